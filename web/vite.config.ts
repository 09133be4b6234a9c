import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defaultClientConditions, defineConfig } from "vite";
import { fileURLToPath } from "node:url";
import { guides } from "./scripts/guides.ts";

/** Where a relay listens while the editor is developed; `vite` passes requests for it on. */
const relay = process.env["PLENARY_RELAY"] ?? "http://127.0.0.1:8320";

/**
 * The full entries of Automerge carry the WebAssembly inside of themselves or fetch it in ways that
 * break in Vite; with the slim ones the page fetches one file, which the relay serves compressed and
 * immutable. automerge-repo names the full entry in two of its files, so the alias covers both.
 */
const slim = [
  { find: /^@automerge\/automerge$/, replacement: "@automerge/automerge/slim" },
  { find: /^@automerge\/automerge-repo$/, replacement: "@automerge/automerge-repo/slim" },
];

export default defineConfig(({ mode }) => ({
  plugins: [guides(), svelte()],
  resolve: {
    alias: slim,
    // A second copy of the editor's state breaks its extensions silently.
    dedupe: ["@codemirror/state", "@codemirror/view", "@codemirror/language", "@lezer/common"],
    conditions: mode === "test" ? ["browser"] : [...defaultClientConditions],
  },
  build: {
    outDir: fileURLToPath(new URL("./dist", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    assetsDir: "assets",
    // A font or the WebAssembly inside of a script would be fetched again at every release.
    assetsInlineLimit: 0,
    sourcemap: false,
  },
  server: {
    // The guides and their pictures stand in docs/.
    fs: { allow: [".."] },
    proxy: {
      "/api": { target: relay },
      "/sync": { target: relay, ws: true },
    },
  },
  test: {
    environment: "node",
    include: ["src/**/*.test.ts"],
    setupFiles: ["src/testing/setup.ts"],
    testTimeout: 60_000,
    server: { deps: { inline: [/automerge-repo/] } },
  },
}));
