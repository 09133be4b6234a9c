import { expect, test } from "vitest";

import { arrange } from "./layout";

const note = (id: string, wish: number, height = 50) => ({ id, wish, height });

test("notes stand beside their passages where there is room", () => {
  expect([...arrange([note("a", 0), note("b", 200)], null, 10)]).toEqual([
    ["a", 0],
    ["b", 200],
  ]);
});

test("crowded notes are pushed down, the active one stands exactly", () => {
  expect(arrange([note("a", 100), note("b", 110), note("c", 120)], null, 10).get("c")).toBe(220);
  const tops = arrange([note("a", 300), note("b", 310), note("c", 320)], "b", 10);
  expect([tops.get("a"), tops.get("b"), tops.get("c")]).toEqual([250, 310, 370]);
});

test("nothing leaves the page at its upper end, and nothing overlaps", () => {
  const notes = [note("a", 5), note("b", 6), note("c", 7)];
  const tops = arrange(notes, "c", 10);
  const sorted = notes.map((one) => tops.get(one.id) ?? -1).sort((one, other) => one - other);
  expect(sorted[0]).toBeGreaterThanOrEqual(0);
  expect((sorted[1] ?? 0) - (sorted[0] ?? 0)).toBeGreaterThanOrEqual(60);
});
