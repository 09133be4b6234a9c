import { expect, test } from "vitest";
import * as A from "@automerge/automerge";
import fc from "fast-check";
import { readComments, readPositions, readSuggestions, threadOf } from "./discussion";
import { readDocuments, readRecord } from "./record";
import { readMetadata, readSections, readSplits, readTitle } from "./text";
import type { Node } from "./value";
import { Anchors } from "../anchors";
import { LoneDocument, type MutableRoot } from "../live";
import { outlineOf } from "../sections/outline";
import { LiveText } from "../text-model";

/** Keys that readers look for, and some that would hit a prototype. */
const key = fc.constantFrom(
  "plenary",
  "text",
  "discussion",
  "title",
  "metadata",
  "sections",
  "splits",
  "order",
  "comments",
  "suggestions",
  "positions",
  "anchor",
  "section",
  "start",
  "end",
  "quote",
  "heads",
  "body",
  "replyTo",
  "participant",
  "created",
  "stages",
  "milestones",
  "groups",
  "actors",
  "designations",
  "a",
  "b",
  "constructor",
  "toString",
  "hasOwnProperty",
);
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, true, 1.5, -1, 7, "", "text", "😀\n# H\n", new Date(5), new Uint8Array([1])),
  fc.constantFrom("a", "b", "drafting", "automerge:x").map((it): unknown => new A.ImmutableString(it)),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(leaf, { maxLength: 3 }),
    fc.dictionary(key, tie("tree"), { maxKeys: 6, noNullPrototype: true }),
  ),
}));

test("whatever stands in a document, reading it never fails", () => {
  fc.assert(
    fc.property(fc.dictionary(key, tree, { maxKeys: 12, noNullPrototype: true }), (content) => {
      const doc = A.from<MutableRoot>(content);
      const root = doc as Node;
      readTitle(root);
      readMetadata(root);
      readSplits(root);
      readRecord(root);
      readDocuments(root);
      readSuggestions(root);
      readPositions(root);
      const comments = readComments(root);
      for (const id of comments.keys()) {
        expect(comments.has(threadOf(comments, id))).toBe(true);
      }
      outlineOf(readSections(root));
      const live = new LoneDocument(doc);
      const text = new LiveText(live, { schedule: () => () => undefined });
      const anchors = new Anchors(live);
      for (const { anchor } of comments.values()) {
        if (anchor !== null) {
          anchors.resolve(text.state, anchor);
        }
      }
    }),
    { numRuns: 200 },
  );
});
