import { Text } from "@codemirror/state";
import { expect, test } from "vitest";

import type { AuthorshipView, ChangeView } from "../document/draft";
import { actorId, changeHash, participantId } from "../document/ids";
import { paragraphAround, piecesOf } from "./authorship";
import { datedBy, toldOf } from "./times";

const author = (from: number, to: number, participant: string, ...changes: string[]): AuthorshipView => ({
  from,
  to,
  actor: actorId("a"),
  participant: participantId(participant),
  changes: changes.map(changeHash),
});
const change = (hash: string, participant: string, time: number): ChangeView => ({
  hash: changeHash(hash),
  actor: actorId("a"),
  participant: participantId(participant),
  time,
  message: "",
  heads: [changeHash(hash)],
});

test("pieces cover the words once, with white space and gaps where it stands", () => {
  const source = "One two\nthree  four";
  const told = new Map([
    ["1", { participant: participantId("ann"), at: 10 }],
    ["2", { participant: participantId("bob"), at: 20 }],
    ["3", { participant: participantId("bob"), at: 40 }],
  ]);
  // Nobody wrote the newline between the sections; Bob wrote on both sides of it.
  const pieces = piecesOf(
    source,
    { from: 0, to: source.length },
    [
      author(0, 4, "ann", "1"),
      author(4, 7, "bob", "2"),
      author(8, 13, "bob", "3"),
      author(13, 15, "ann", "1"),
      author(15, 19, "ann", "1"),
    ],
    told,
    "1",
  );
  expect(pieces.map((piece) => [piece.text, piece.participant, piece.isFirst, piece.from, piece.to])).toEqual([
    ["One", "ann", true, 10, 10],
    ["two\nthree", "bob", false, 20, 40],
    ["four", "ann", true, 10, 10],
  ]);
});

test("stray punctuation goes with the words before it, and stays where it belongs to words", () => {
  const source = "One, as we say, two.";
  const told = new Map([
    ["1", { participant: participantId("ann"), at: 10 }],
    ["2", { participant: participantId("bob"), at: 20 }],
  ]);
  // Bob typed the comma and the words after it at two strokes; the stop at the end is Ann's, behind Bob's words.
  const pieces = piecesOf(
    source,
    { from: 0, to: source.length },
    [author(0, 3, "ann", "1"), author(3, 4, "bob", "2"), author(4, 19, "bob", "2"), author(19, 20, "ann", "1")],
    told,
    null,
  );
  expect(pieces.map((piece) => [piece.text, piece.participant])).toEqual([
    ["One", "ann"],
    [", as we say, two.", "bob"],
  ]);
});

test("times of those who are withheld are told nowhere, with the relay or without it", () => {
  const changes = [change("1", "ann", 10), change("2", "eve", 20), change("3", "ann", 30)];
  const isEve = (id: string | null): boolean => id === "eve";
  const relay = [
    { hash: "1", actor: "a", participant: "ann", receivedMs: 11 },
    { hash: "2", actor: "a", participant: "eve", receivedMs: null },
    { hash: "3", actor: "a", participant: "ann", receivedMs: 33 },
  ];
  expect([...toldOf(changes, relay, isEve).values()].map((one) => one.at)).toEqual([11, null, 33]);
  expect([...toldOf(changes, null, isEve).values()].map((one) => one.at)).toEqual([10, null, 30]);
  expect(datedBy(changes, toldOf(changes, relay, isEve)).map((one) => one.time)).toEqual([11, 11, 33]);
  expect(
    datedBy(
      [changes[1], changes[2]].flatMap((one) => one ?? []),
      toldOf(changes, relay, isEve),
    ).map((one) => one.time),
  ).toEqual([33, 33]);
});

test("a paragraph ends at blank lines", () => {
  const doc = Text.of(["# One", "", "two", "three", " ", "four"]);
  const words = (offset: number): string => {
    const { from, to } = paragraphAround(doc, offset);
    return doc.sliceString(from, to);
  };
  expect([words(0), words(6), words(9), words(doc.length), words(99)]).toEqual([
    "# One",
    "",
    "two\nthree",
    "four",
    "four",
  ]);
});
