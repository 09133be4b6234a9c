/** How TypeScript, JavaScript, Svelte and CSS are laid out, here and under tests/. */
export default {
  printWidth: 120,
  arrowParens: "always",
  plugins: ["prettier-plugin-svelte"],
  overrides: [{ files: "*.svelte", options: { parser: "svelte" } }],
};
