import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { parse } from "yaml";
import { readTitlePage, writeTitlePage, TEXTS, type Edit, type TitlePage } from "./front-matter";

const SOURCE = `---
# The secretariat keeps this page.
title: "Keeping routes honest"   # as agreed in May
publisher: IGF
version: 1.10
date: 2026-11-22
editors:
  - Amina Diallo
  - name: Bo Li
    affiliation: Lake University
    group: academia
x-internal: [keep, me]   # ours
abstract: |
  First paragraph.

  Second one.
keywords: routing, security
status: draft
---

# Scope
`;

function page(text: string): TitlePage {
  const reading = readTitlePage(text);
  if (reading.kind !== "page") throw new Error(JSON.stringify(reading));
  return reading.page;
}

const apply = (text: string, edits: readonly Edit[]): string =>
  edits.reduceRight((now, { from, to, insert }) => now.slice(0, from) + insert + now.slice(to), text);

function edited(text: string, fields: Partial<TitlePage>): string {
  const before = page(text);
  return apply(text, writeTitlePage(text, before, { ...before, ...fields }));
}

describe("reading", () => {
  test("fields, under any of their names, as they were typed", () => {
    expect(page(SOURCE)).toEqual({
      title: "Keeping routes honest",
      subtitle: "",
      group: "IGF",
      version: "1.10",
      date: "2026-11-22",
      lang: "",
      licence: "",
      status: "draft",
      abstract: "First paragraph.\n\nSecond one.",
      editors: [
        { name: "Amina Diallo", affiliation: "", entry: 0 },
        { name: "Bo Li", affiliation: "Lake University", entry: 1 },
      ],
      keywords: ["routing", "security"],
    });
  });

  test("a text without front matter, and an empty one, have an empty page", () => {
    for (const text of ["", "# Scope\n", "---\n---\n", "---\n# only a comment\n---\n", "text\n---\ntitle: no\n---\n"])
      expect(page(text).title, text).toBe("");
  });

  test("what the form cannot show is locked, and stays", () => {
    const text = "---\ntitle: {en: One, fr: Un}\nkeywords: [[a]]\neditors: [[x]]\nversion: 2\n---\n";
    const reading = readTitlePage(text);
    expect(reading.kind === "page" && [...reading.locked].sort()).toEqual(["editors", "keywords", "title"]);
    expect(edited(text, { version: "3" })).toBe(text.replace("version: 2", 'version: "3"'));
  });

  test.each([
    ["title: One: two\n", 2, "colon"],
    ['title: One\nsubtitle: "Two\n', 3, "unclosed"],
    ["title: One\nkeywords: [a, b\n", 3, "unclosed"],
    ["editors:\n\t- Amina\n", 3, "tab"],
    ["title: One\ntitle: Two\n", 3, "twice"],
    ["title: One\n  subtitle: Two\n", 2, "colon"],
    ["- One\n- Two\n", 2, "shape"],
    ["just words\n", 2, "shape"],
  ])("says where and what is wrong: %j", (yaml, line, kind) => {
    const reading = readTitlePage(`---\n${yaml}---\n`);
    expect(reading.kind).toBe("faulty");
    if (reading.kind === "faulty") {
      expect(reading.faults.map((fault) => fault.kind)).toContain(kind);
      expect(reading.faults.find((fault) => fault.kind === kind)?.line).toBeGreaterThanOrEqual(line - 1);
      expect(reading.faults.every((fault) => fault.line <= yaml.split("\n").length + 1)).toBe(true);
    }
  });
});

describe("writing", () => {
  test("changes the field's own lines and nothing else", () => {
    expect(edited(SOURCE, {})).toBe(SOURCE);
    expect(edited(SOURCE, { title: "Routes: an honest guide" })).toBe(
      SOURCE.replace('"Keeping routes honest"', '"Routes: an honest guide"'),
    );
    expect(edited(SOURCE, { group: "The group" })).toBe(SOURCE.replace("IGF", "The group"));
    expect(edited(SOURCE, { abstract: "One line." })).toBe(
      SOURCE.replace("|\n  First paragraph.\n\n  Second one.", "One line."),
    );
    expect(edited(SOURCE, { version: "1.20" })).toBe(SOURCE.replace("1.10", '"1.20"'));
  });

  test("adds what is new at the end, takes away what is emptied, keeps what others wrote", () => {
    expect(edited(SOURCE, { subtitle: "A guide", status: "" })).toBe(
      SOURCE.replace("status: draft\n", "subtitle: A guide\n"),
    );
    expect(edited(SOURCE, { title: "" })).toContain("# as agreed in May");
    const named = edited(SOURCE, {
      editors: [
        { name: "Bo Li", affiliation: "River University", entry: 1 },
        { name: "Chen", affiliation: "", entry: null },
      ],
    });
    expect((parse(named.split("---\n")[1] ?? "") as { editors: unknown }).editors).toEqual([
      { name: "Bo Li", affiliation: "River University", group: "academia" },
      "Chen",
    ]);
    expect(named).toContain("x-internal: [keep, me]   # ours\nabstract: |\n  First");
    expect(edited(SOURCE, { keywords: ["a", "b, c"] })).toContain("keywords:\n  - a\n  - b, c\nstatus");
  });

  test("makes a page where there was none", () => {
    expect(edited("# Scope\n", { title: "New", lang: "fr" })).toBe("---\ntitle: New\nlang: fr\n---\n\n# Scope\n");
    expect(edited("---\n---\n# Scope\n", { title: "New" })).toBe("---\ntitle: New\n---\n# Scope\n");
    expect(edited("---\ntitle:\n---\n", { title: "New" })).toBe("---\ntitle: New\n---\n");
    expect(page(edited("---\n{title: One, x: 1}\n---\n", { title: "Two", date: "May" }))).toMatchObject({
      title: "Two",
      date: "May",
    });
  });

  test("whatever is written is read again, and other keys stay", () => {
    // The control characters are what a title cannot hold.
    /* eslint-disable no-control-regex */
    const words = fc
      .string({ unit: "grapheme", maxLength: 40 })
      .map((text) => text.trim().replace(/[\r\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g, ""));
    /* eslint-enable no-control-regex */
    const fields = fc.dictionary(fc.constantFrom(...TEXTS), words);
    fc.assert(
      fc.property(
        fields,
        fields,
        fc.array(
          words.filter((word) => word !== ""),
          { maxLength: 3 },
        ),
        (first, second, keywords) => {
          for (const start of [SOURCE, "# Scope\n"]) {
            const once = edited(start, { ...first, keywords });
            const twice = edited(once, second);
            expect(page(twice)).toMatchObject(
              Object.fromEntries(Object.entries({ ...first, ...second, keywords }).map(([key, value]) => [key, value])),
            );
            if (start === SOURCE) expect(twice).toContain("x-internal: [keep, me]   # ours");
            expect(twice.endsWith("# Scope\n")).toBe(true);
          }
        },
      ),
    );
  });
});
