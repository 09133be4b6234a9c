import { describe, expect, test } from "vitest";

import { seeded } from "../testing/random";
import { countWords, findAgain, headingAt, move, outlineOf, rowsOf } from "./outline";

const numbers = (text: string): string[] =>
  outlineOf(text).map((heading) => `${heading.number} ${heading.text}`.trim());

describe("the outline", () => {
  test("numbers headings by nesting, and leaves the lone title without a number", () => {
    expect(numbers("# Title\n\n## One\n\n### Part\n\n### Part two\n\n## Two\n")).toEqual([
      "Title",
      "1 One",
      "1.1 Part",
      "1.2 Part two",
      "2 Two",
    ]);
  });

  test("follows the report format: unnumbered parts, annexes, typed recommendations", () => {
    const text =
      "---\ntitle: T\n---\n# Summary {.unnumbered}\n## Inside\n# Framing\n## Scope {#scope}\n# Recommendation 1: Act\n# Method {.appendix}\n## Steps\n# More {.appendix}\n";
    expect(numbers(text)).toEqual([
      "Summary",
      "Inside",
      "1 Framing",
      "1.1 Scope",
      "Recommendation 1: Act",
      "A Method",
      "A.1 Steps",
      "B More",
    ]);
  });

  test("adds no numbers where authors typed them", () => {
    expect(numbers("# 1 One\n# 2 Two\n## 2.1 Part\n")).toEqual(["1 One", "2 Two", "2.1 Part"]);
  });

  test("knows what is no heading: code, front matter, plain hashes", () => {
    expect(
      numbers(
        "---\n# not: one\n---\n```\n# code\n```\n#hash\n    # indented\n# **Real** [link](https://x.org)[^1] ##\n",
      ),
    ).toEqual(["Real link"]);
  });

  test("gives each part its extent", () => {
    const text = "# A\n\na\n\n## B\n\nb\n\n# C\n";
    const [a, b, c] = outlineOf(text);
    expect(text.slice(a?.from, a?.to)).toBe("# A\n\na\n\n## B\n\nb\n\n");
    expect(text.slice(b?.from, b?.to)).toBe("## B\n\nb\n\n");
    expect(text.slice(c?.from, c?.to)).toBe("# C\n");
    expect(headingAt(outlineOf(text), 7)).toBe(0);
    expect(headingAt(outlineOf("text\n# A\n"), 2)).toBe(-1);
  });

  test("finds a heading again after others wrote", () => {
    const before = outlineOf("# A\na\n# Same\n# Same\n# B\n");
    const now = outlineOf("# A\nmuch longer\n# New\n# Same\n# Same\n");
    expect(before.map((_, index) => findAgain(before, index, now))).toEqual([0, 2, 3, -1]);
    expect(findAgain(before, 9, now)).toBe(-1);
  });

  test("moves a part before another, never into itself", () => {
    const text = "# A\na\n# B\nb\n# C\nc\n";
    const headings = outlineOf(text);
    expect(move(headings, 0, 2, text.length)).toEqual({ from: 0, to: 6, at: 12 });
    expect(move(headings, 0, 3, text.length)).toEqual({ from: 0, to: 6, at: 18 });
    expect(move(headings, 0, 1, text.length)).toBeNull();
    expect(move(headings, 1, 1, text.length)).toBeNull();
  });
});

test("words are counted in any script", () => {
  expect(countWords("Don’t count state-of-the-art twice: 3.5 words", "en")).toBe(6);
  expect(countWords("الأمن السيبراني للجميع", "ar")).toBe(3);
  expect(countWords("互联网安全", "zh")).toBeGreaterThan(1);
  expect(countWords("— … !", "en")).toBe(0);
});

describe("the rows of the outline", () => {
  const all = (): boolean => false;

  test("rows stay the same objects while headings say the same, whatever is written between them", () => {
    const rows = rowsOf(outlineOf("# A\n\na\n\n## B\n\nb\n\n# C\n"), all, []);
    const later = rowsOf(outlineOf("# A\n\na and much more\n\n## B\n\nb\n\n# C!\n"), all, rows);
    expect(later.map((row, index) => row === rows[index])).toEqual([true, true, false]);
    expect(later[2]?.text).toBe("C!");
  });

  test("rows are what they would be without those of before, after any edit", () => {
    const random = seeded(11);
    let text = "# A\n\na\n\n## B\n\nb\n\n### C\n\n# D\n\n## E\n";
    let rows = rowsOf(outlineOf(text), all, []);
    for (let round = 0; round < 300; round++) {
      const at = random() % (text.length + 1);
      text =
        text.slice(0, at) +
        (["#", "\n", "# ", "x", "\n## y\n", ""][random() % 6] ?? "") +
        text.slice(at + (random() % 4));
      const isFolded = (key: string): boolean => key.length % 3 === 0;
      rows = rowsOf(outlineOf(text), isFolded, rows);
      expect(rows).toEqual(rowsOf(outlineOf(text), isFolded, []));
    }
  });

  test("what stands under a folded heading is left out", () => {
    const headings = outlineOf("# A\n## B\n### C\n# D\n");
    expect(rowsOf(headings, (key) => key === "1 A", []).map(({ text }) => text)).toEqual(["A", "D"]);
  });
});
