import { expect, test } from "vitest";

import { participantId } from "../document/ids";
import type { PeerView } from "../sync/session";
import { facesOf } from "./faces";

const view = (peer: string, person: string | null, head = 0, away = false): PeerView => ({
  peer,
  participant: person === null ? null : participantId(person),
  selection: { anchor: head, head },
  section: null,
  view: null,
  away,
});

test("everybody else is shown once, and guests without a name each", () => {
  const all = [view("m", "me"), view("a", "ann"), view("b", "ann"), view("c", null), view("d", null), view("e", "bob")];
  expect(facesOf(all, "me", []).map(({ peer }) => peer)).toEqual(["a", "c", "d", "e"]);
});

test("cursors that move make no new list; who comes, leaves or turns away does", () => {
  const first = facesOf([view("a", "ann", 1), view("b", "bob", 2)], "me", []);
  expect(facesOf([view("a", "ann", 5), view("b", "bob", 9)], "me", first)).toBe(first);
  expect(facesOf([view("a", "ann", 5), view("b", "bob", 9, true)], "me", first)).not.toBe(first);
  expect(facesOf([view("a", "ann", 5)], "me", first).map(({ peer }) => peer)).toEqual(["a"]);
  expect(facesOf([view("a", "ann"), view("b", "bob"), view("c", null)], "me", first).length).toBe(3);
});
