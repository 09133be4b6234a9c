import { Text } from "@codemirror/state";
import { expect, test } from "vitest";

import { numberFootnotes } from "./footnotes";
import { countReferences, referenceWords } from "./references";

const doc = Text.of(
  "# Summary {.unnumbered}\n# Scope {#sec:scope}\n## Terms {#terms}\n| a |\n| - |\n\n: One {#tbl:one}\n\n: Two {#tbl:two .wide}\n\n![x](a.png){#fig:x}\n".split(
    "\n",
  ),
);
const name = (kind: string, number: string): string =>
  `${{ sec: "section", tbl: "table", fig: "figure" }[kind] ?? ""} ${number}`;

test("references have the numbers of the export", () => {
  expect(Object.fromEntries(countReferences(doc))).toEqual({
    "sec:scope": "1",
    "sec:terms": "1.1",
    "tbl:one": "1",
    "tbl:two": "2",
    "fig:x": "1",
  });
});

test("references are words; those that lead nowhere stay as typed", () => {
  const numbers = countReferences(doc);
  expect(referenceWords(numbers, "@sec:terms", name)).toBe("section 1.1");
  expect(referenceWords(numbers, "@Tbl:two", name)).toBe("Table 2");
  expect(referenceWords(numbers, "@sec:none", name)).toBeNull();
});

test("footnotes are numbered by their first reference", () => {
  expect([...numberFootnotes("[^b] and [^a] and [^b]\n\n[^a]: x\n[^b]: y\n[^c]: never")]).toEqual([
    ["b", 1],
    ["a", 2],
  ]);
});
