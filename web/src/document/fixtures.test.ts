import { describe, expect, test } from "vitest";
import * as A from "@automerge/automerge";
import { readFileSync } from "node:fs";
import { keysBetween } from "./sections/order";
import { readComments, readPositions, readSuggestions, threadOf } from "./schema/discussion";
import { readDocuments, readRecord } from "./schema/record";
import { readMetadata, readSections, readTitle } from "./schema/text";
import { outlineOf } from "./sections/outline";
import type { Node } from "./schema/value";
import { entryId } from "./ids";

const folder = new URL("../../../crates/draft/testdata/", import.meta.url);
const json = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const load = (name: string): Node =>
  A.load<Record<string, unknown>>(readFileSync(new URL(`draft/${name}.automerge`, folder)));

interface Expected {
  markdown: string;
  title: string;
  metadata: Record<string, string>;
  version: number;
  stage: string;
  created: number;
  groups: string[];
  actors: Record<string, string>;
  ids: { text: string; discussion: string };
  sections: { id: string; order: string; text: string }[];
  outline: {
    level: number;
    number: string;
    title: string;
    section: string;
    offset_utf16: number;
  }[];
  milestones: [string, string, string[]][];
  comments: Record<
    string,
    {
      actor: string;
      behalf: string | null;
      body: string;
      created: number;
      participant: string;
      replyTo: string | null;
      thread: string;
      withdrawn: boolean;
    }
  >;
  suggestions: { id: string; reason: string; replacement: string }[];
  stands: string[];
}

const expected = json("draft/expected.json") as Expected;

describe("the draft that Rust wrote", () => {
  test("its text reads the same here", () => {
    const root = load("text");
    const sections = readSections(root);
    expect(sections.all.map(({ id, order, text }) => ({ id, order, text }))).toEqual(expected.sections);
    expect(sections.markdown()).toBe(expected.markdown);
    expect(readTitle(root)).toBe(expected.title);
    expect(readMetadata(root)).toEqual(expected.metadata);
    expect(
      outlineOf(sections).map(({ level, number, title, section, offset }) => ({
        level,
        number,
        title,
        section,
        offset_utf16: offset,
      })),
    ).toEqual(
      expected.outline.map(({ level, number, title, section, offset_utf16 }) => ({
        level,
        number,
        title,
        section,
        offset_utf16,
      })),
    );
  });

  test("its record reads the same here", () => {
    const root = load("record");
    const record = readRecord(root);
    expect(record.version).toBe(expected.version);
    expect(record.stage).toBe(expected.stage);
    expect(record.created).toBe(expected.created);
    expect(record.groups.map((it) => it.name)).toEqual(expected.groups);
    expect(record.actors).toEqual(expected.actors);
    expect(record.milestones.map((it) => [it.id, it.name, it.heads.text])).toEqual(expected.milestones);
    const { text, discussion } = readDocuments(root);
    expect({ text, discussion }).toEqual({
      text: expected.ids.text,
      discussion: expected.ids.discussion,
    });
  });

  test("its discussion reads the same here", () => {
    const root = load("discussion");
    const comments = readComments(root);
    expect([...comments.keys()].sort()).toEqual(Object.keys(expected.comments).sort());
    for (const [key, comment] of comments) {
      const wanted = expected.comments[key];
      expect(comment).toMatchObject({
        actor: wanted?.actor,
        behalf: wanted?.behalf,
        body: wanted?.body,
        created: wanted?.created,
        participant: wanted?.participant,
        replyTo: wanted?.replyTo ?? null,
        withdrawn: wanted?.withdrawn,
      });
      expect(threadOf(comments, entryId(key))).toBe(wanted?.thread);
    }
    expect(readSuggestions(root).map(({ id, reason, replacement }) => ({ id, reason, replacement }))).toEqual(
      expected.suggestions.map(({ id, reason, replacement }) => ({ id, reason, replacement })),
    );
    expect(readPositions(root).map((it) => it.stand)).toEqual(expected.stands);
  });
});

test("order keys are those of the shared vectors", () => {
  const vectors = json("order-vectors.json") as {
    low: string | null;
    high: string | null;
    count: number;
    infix: string;
    keys: string[] | null;
  }[];
  expect(vectors.length).toBeGreaterThan(10);
  for (const { low, high, count, infix, keys } of vectors) {
    expect(keysBetween(low, high, count, infix), JSON.stringify({ low, high, count })).toEqual(keys);
  }
});
