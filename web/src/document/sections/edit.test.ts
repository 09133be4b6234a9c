import { expect, test } from "vitest";
import fc from "fast-check";
import { sectionId } from "../ids";
import { cut } from "./cut";
import { difference, wellFormed } from "./difference";
import { Editing } from "./edit";
import { differences } from "./lines";
import { keysBetween } from "./order";
import { seeded } from "../../testing/random";
import { Sections } from "./sections";
import { Text } from "@codemirror/state";

function sectionsOf(texts: readonly string[]): Sections {
  const keys = keysBetween(null, null, Math.max(texts.length, 2), "abcd") ?? [];
  return Sections.inOrder(
    texts.map((text, index) => ({
      id: sectionId(`s${index}`),
      order: keys[index] ?? "",
      text,
      editable: true,
    })),
  );
}

const words = fc.string({
  unit: fc.constantFrom("a", "b", "\n", "\n", "# ", "é", "😀", "😁", "-", "="),
  maxLength: 12,
});

test("an edit of sections gives exactly the edited text", () => {
  fc.assert(
    fc.property(
      fc.array(words, { minLength: 1, maxLength: 6 }),
      fc.array(fc.tuple(fc.nat(), fc.nat(), words), { maxLength: 6 }),
      fc.integer(),
      (texts, edits, seed) => {
        const editing = new Editing(sectionsOf(texts), seeded(seed));
        for (const [one, two, insert] of edits) {
          const text = editing.sections.markdown();
          const places = [one, two].map((it) => it % (text.length + 1)).sort((a, b) => a - b);
          const [from = 0, to = 0] = places;
          const before = editing.sections;
          editing.replace({ from, to, insert });
          const wanted = text.slice(0, from) + insert + text.slice(to);
          expect(editing.sections.markdown()).toBe(wanted);
          const changes = difference(before, editing.sections, new Map());
          expect(changes.apply(Text.of(text.split("\n"))).toString()).toBe(wanted);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("text that comes back goes where it was, and the text is exact", () => {
  fc.assert(
    fc.property(
      fc.array(words, { minLength: 1, maxLength: 6 }),
      fc.nat(),
      fc.nat(),
      fc.integer(),
      (texts, one, two, seed) => {
        const editing = new Editing(sectionsOf(texts), seeded(seed));
        const text = editing.sections.markdown();
        const places = [one, two].map((it) => it % (text.length + 1)).sort((a, b) => a - b);
        const [from = 0, to = 0] = places;
        const parts = editing.partsOf(from, to);
        editing.replace({ from, to, insert: "" });
        editing.replace({ from, to: from, insert: text.slice(from, to), parts });
        expect(editing.sections.markdown()).toBe(text);
      },
    ),
    { numRuns: 2000 },
  );
});

test("deleting over sections and undoing gives every section its text back", () => {
  const editing = new Editing(sectionsOf(["# A\n\na\n", "# B\n\nb\n", "# C\n\nc\n"]), seeded(1));
  const texts = editing.sections.all.map((it) => it.text);
  const parts = editing.partsOf(5, 18);
  const deleted = editing.sections.markdown().slice(5, 18);
  editing.replace({ from: 5, to: 18, insert: "" });
  expect(editing.sections.markdown()).toBe("# A\n\n\nc\n");
  editing.replace({ from: 5, to: 5, insert: deleted, parts });
  expect(editing.sections.all.map((it) => it.text)).toEqual(texts);
});

test("a heading typed at the end of a section begins a new one", () => {
  const editing = new Editing(sectionsOf(["# A\n\na\n", "# C\n"]), seeded(1));
  editing.replace({ from: 7, to: 7, insert: "\n" });
  editing.replace({ from: 8, to: 8, insert: "\n" });
  expect(editing.sections.all.map((it) => it.text)).toEqual(["# A\n\na\n\n\n", "# C\n"]);
  editing.replace({ from: 8, to: 8, insert: "#" });
  expect(editing.sections.all.map((it) => it.text)).toEqual(["# A\n\na\n\n", "#\n", "# C\n"]);
});

test("typing at a border belongs to the line below, whole lines to the section above", () => {
  const editing = new Editing(sectionsOf(["# A\n", "# B\n"]), seeded(1));
  editing.replace({ from: 4, to: 4, insert: "x" });
  expect(editing.sections.all.map((it) => it.text)).toEqual(["# A\n", "x# B\n"]);
  editing.replace({ from: 4, to: 4, insert: "y\n" });
  expect(editing.sections.all.map((it) => it.text)).toEqual(["# A\ny\n", "x# B\n"]);
});

test("text without sections gets them", () => {
  const editing = new Editing(Sections.empty, seeded(1));
  editing.replace({ from: 0, to: 0, insert: "# A\n\na\n# B\n" });
  expect(editing.sections.all.map((it) => it.text)).toEqual(["# A\n\na\n", "# B\n"]);
});

test("a long section is cut where blocks end", () => {
  const text = `${"word ".repeat(100)}\n\n`.repeat(40);
  const editing = new Editing(sectionsOf([text]), seeded(1));
  editing.cutLong(0);
  expect(editing.sections.markdown()).toBe(text);
  expect(editing.sections.all.map((it) => it.text)).toEqual(cut(text));
});

test("differences turn one text into the other", () => {
  fc.assert(
    fc.property(words, words, words, (one, two, three) => {
      const before = one + two;
      const after = one + three;
      let built = "";
      let at = 0;
      for (const { from, to, insert } of differences(before, after)) {
        expect(wellFormed(insert)).toBe(insert);
        expect(wellFormed(before.slice(from, to))).toBe(before.slice(from, to));
        built += before.slice(at, from) + insert;
        at = to;
      }
      expect(built + before.slice(at)).toBe(after);
    }),
    { numRuns: 3000 },
  );
});
