import { expect, test } from "vitest";

import { participantId } from "../document/ids";
import { readHeldList, readTrail } from "../api/held";
import { shownOf } from "./held";

const bo = participantId("bo");
const marks = { same: "", added: "+", removed: "-" } as const;
const told = (before: string | null, after: string | null): string[] =>
  shownOf({ before, after }, bo).map((one) =>
    one.kind === "fold"
      ? `… ${one.paragraphs.length}`
      : one.paragraph.segments.map(({ kind, text }) => `${marks[kind]}[${text}]`).join(""),
  );

test("a difference is told by what comes and goes, in its place", () => {
  expect(told("One two three.\n", "One 2 three, four.\n")).toEqual(["[One ]-[two]+[2][ three]+[, four][.\n]"]);
});

test("what would be new is all added, what would be gone is all removed", () => {
  expect(told(null, "New.")).toEqual(["+[New.]"]);
  expect(told("Old.", null)).toEqual(["-[Old.]"]);
  expect(told("Same.", "Same.")).toEqual(["… 1"]);
});

test("what is far from a change is folded", () => {
  expect(told("A.\n\nB.\n\nC.\n\nD.\n", "A.\n\nB.\n\nC.\n\nD now.\n")).toEqual(["… 2", "[C.]", "[D]+[ now][.\n]"]);
});

test("answers that cannot be read are no answers, and unknown words do not end the list", () => {
  expect(readHeldList({})).toBeNull();
  expect(
    readHeldList({
      entries: [
        { id: "a" },
        { id: "b", participant: "p", document: "text", reason: "new-word", changes: 3, state: "waiting" },
      ],
    }),
  ).toMatchObject([{ id: "b", why: "other", receivedMs: null, changes: 3 }]);
  expect(
    readTrail({
      entries: [{ sequence: 4, kind: "stage-set", detail: { to: "final", opens_ms: null, nested: {} } }],
      next: 4,
    }),
  ).toEqual({ entries: [{ sequence: 4, kind: "stage-set", atMs: null, by: null, detail: { to: "final" } }], next: 4 });
});
