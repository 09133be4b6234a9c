import { expect, test } from "vitest";

import type { PassageView } from "../document/draft";
import { sectionId } from "../document/ids";
import { folded, paragraphsOf, segmentsOf } from "./segments";

const passage = (kind: "added" | "removed", offset: number, text: string): PassageView => ({
  kind,
  section: sectionId("s"),
  offset,
  text,
  actor: null,
  participant: null,
});

test("what came and went stands in its place", () => {
  const segments = segmentsOf("one TWO three", [passage("added", 4, "TWO"), passage("removed", 4, "two")]);
  expect(segments.map((segment) => [segment.kind, segment.text])).toEqual([
    ["same", "one "],
    ["removed", "two"],
    ["added", "TWO"],
    ["same", " three"],
  ]);
  expect(
    segments
      .filter((segment) => segment.kind !== "removed")
      .map((segment) => segment.text)
      .join(""),
  ).toBe("one TWO three");
});

test("passages that do not fit are survived", () => {
  const segments = segmentsOf("ab", [passage("added", 1, "bcd"), passage("added", 9, "x")]);
  expect(
    segments
      .filter((segment) => segment.kind !== "removed")
      .map((segment) => segment.text)
      .join(""),
  ).toBe("ab");
});

test("unchanged paragraphs far from changes are folded", () => {
  const text = ["p0", "p1", "p2", "p3 new", "p4", "p5", "p6"].join("\n\n");
  const shown = folded(paragraphsOf(segmentsOf(text, [passage("added", text.indexOf("new"), "new")])));
  expect(
    shown.map((one) =>
      one.kind === "fold"
        ? `fold ${one.paragraphs.length}`
        : one.paragraph.segments.map((segment) => segment.text).join(""),
    ),
  ).toEqual(["fold 2", "p2", "p3 new", "p4", "fold 2"]);
});
