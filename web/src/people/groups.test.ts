// @vitest-environment jsdom
import { expect, test } from "vitest";

import type { Group } from "../api/types";
import { areSame, moved, rowOf, wantedGroups } from "./groups";

const GROUPS: readonly Group[] = [
  { key: "a", name: "Governments" },
  { key: "b", name: "Cable operators" },
];

test("what nobody touched is what the relay gave", () => {
  const rows = GROUPS.map(rowOf);
  expect(areSame(rows, GROUPS)).toBe(true);
  expect(wantedGroups(rows)).toEqual(GROUPS);
});

test("groups are renamed, added and moved, and keep their keys", () => {
  const rows = [...moved(GROUPS.map(rowOf), 1, -1), rowOf(null)];
  rows[0]!.name = " Operators ";
  rows[2]!.name = "Youth";
  expect(areSame(rows, GROUPS)).toBe(false);
  expect(wantedGroups(rows)).toEqual([
    { key: "b", name: "Operators" },
    { key: "a", name: "Governments" },
    { name: "Youth" },
  ]);
});

test("nothing moves out of the list", () => {
  const rows = GROUPS.map(rowOf);
  expect(moved(rows, 0, -1)).toEqual(rows);
  expect(moved(rows, 1, 1)).toEqual(rows);
});

test("a name that is missing or stands twice is not sent", () => {
  const rows = [...GROUPS.map(rowOf), rowOf(null)];
  expect(wantedGroups(rows)).toBeNull();
  rows[2]!.name = "Cable operators";
  expect(wantedGroups(rows)).toBeNull();
  expect(wantedGroups([])).toBeNull();
});
