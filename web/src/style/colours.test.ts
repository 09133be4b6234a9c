/** Colours that have to stand in more than one place, as CSS has no way to say them once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

type Tokens = Readonly<Record<string, string>>;

/** The tokens of the first block after `opening`, without their comments. */
function tokensAfter(css: string, opening: string): Tokens {
  const start = css.indexOf(opening);
  expect(start, opening).toBeGreaterThanOrEqual(0);
  const block = css.slice(start + opening.length, css.indexOf("}", start)).replace(/\/\*.*?\*\//gs, "");
  const tokens = [...block.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map((found) => [found[1], found[2]?.trim()]);
  return Object.fromEntries(tokens) as Tokens;
}

const colours = (tokens: Tokens): Tokens =>
  Object.fromEntries(Object.entries(tokens).filter(([, value]) => /^#|^rgb/.test(value)));

const editor = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");
const pages = readFileSync(join(import.meta.dirname, "../../pages/shared.css"), "utf8");
const light = tokensAfter(editor, "\n:root {");
const chosen = tokensAfter(editor, ':root[data-theme="dark"] {');

test("dark is the same, whether the reader chose it or the system", () => {
  expect(tokensAfter(editor, ':root:not([data-theme="light"]) {')).toEqual(chosen);
  expect(Object.keys(chosen).length).toBeGreaterThan(30);
});

test("every colour of the light editor has a dark one", () => {
  expect(Object.keys(colours(light)).filter((name) => !(name in chosen))).toEqual([]);
});

test("the pages that need no build step have the editor's colours, in light and in dark", () => {
  const [bright, dark] = [":root {", "@media (prefers-color-scheme: dark) {\n  :root {"].map((opening) =>
    colours(tokensAfter(pages, opening)),
  );
  expect(Object.keys(bright ?? {}).length).toBeGreaterThan(10);
  expect(Object.keys(dark ?? {})).toEqual(Object.keys(bright ?? {}));
  expect(light).toMatchObject(bright ?? {});
  expect(chosen).toMatchObject(dark ?? {});
});
