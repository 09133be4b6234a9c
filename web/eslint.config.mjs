import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";

/** What the compiler does not see: promises that nobody waits for, `any`, effects that never run. */
export default [
  { ignores: ["dist", "public"] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    files: ["src/**/*.ts", "src/**/*.svelte"],
    languageOptions: {
      parserOptions: { projectService: true, extraFileExtensions: [".svelte"], parser: ts.parser },
    },
    rules: {
      // The compiler knows the names.
      "no-undef": "off",
      // Values that a derivation makes and nobody changes afterwards need no reactive map.
      "svelte/prefer-svelte-reactivity": "off",
      // It does not see that a component's variables outlive a run of its expressions.
      "no-useless-assignment": "off",
      // French has spaces that do not break, in comments as well.
      "no-irregular-whitespace": ["error", { skipComments: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      "@typescript-eslint/await-thenable": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  { files: ["pages/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["src/offline/worker.js"], languageOptions: { globals: globals.serviceworker } },
  { files: ["scripts/**", "*.config.*"], languageOptions: { globals: globals.node } },
];
