/** The folders of web/src see each other one way: the code map of docs/ARCHITECTURE.md has the order. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

/** From bottom to top. A folder sees those of lower rows only, and never a neighbour in its own. */
const ROWS = [
  ["basis", "style", "offline", "document"],
  ["api", "sync"],
  ["words"],
  ["app"],
  ["parts", "presence"],
  ["outline", "comments", "history", "guide"],
  ["editor", "people", "facilitating"],
  ["title-page", "sharing"],
  ["views"],
  // The page itself: App.svelte and main.ts.
  [""],
];

const source = import.meta.dirname;
const folderOf = (file: string): string => {
  const [folder, ...rest] = relative(source, file).split("/");
  return rest.length > 0 ? (folder ?? "") : "";
};

/** What tests alone use may see everything. */
const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.(ts|svelte)$/.test(file) && !/\.test\.ts$|\.d\.ts$/.test(file) && !file.startsWith("testing/"))
  .map((file) => join(source, file));

/** The files that a file imports, whether at once or when they are needed. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']*)["']/g)]
    .map((found) => resolve(dirname(file), found[1] ?? ""))
    .filter((imported) => !relative(source, imported).startsWith(".."));
}

test("every folder has its row", () => {
  const folders = new Set(files.map(folderOf));
  expect([...folders].filter((folder) => !ROWS.some((row) => row.includes(folder)))).toEqual([]);
});

test("no folder imports from its own row or one above", () => {
  const row = (folder: string): number => ROWS.findIndex((row) => row.includes(folder));
  const seen = files.flatMap((file) => importsOf(file).map((imported) => [file, imported] as const));
  expect(seen.length).toBeGreaterThan(500);
  const wrong = seen
    .filter(([file, imported]) => folderOf(file) !== folderOf(imported))
    .filter(([file, imported]) => row(folderOf(imported)) >= row(folderOf(file)))
    .map(([file, imported]) => `${relative(source, file)} imports ${relative(source, imported)}`);
  expect(wrong).toEqual([]);
});
