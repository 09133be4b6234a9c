import { expect, test } from "vitest";

import { readLink, type Link } from "../api/types";
import { changeOf, mostOf, termsOf } from "./terms";

const DAY = 86_400_000;
const link = (more: object = {}): Link => {
  const read = readLink({
    id: "a",
    role: "editor",
    label: "Operators",
    group: "technical",
    expires_ms: 9 * DAY,
    uses_limit: 5,
    uses: 2,
    ...more,
  });
  if (!read) throw new Error("not a link");
  return read;
};

test("what was not touched is not sent", () => {
  expect(changeOf(termsOf(link()), DAY, link())).toEqual({});
  expect(changeOf({ ...termsOf(link()), label: " Operators " }, DAY, link())).toEqual({});
  expect(changeOf(termsOf(), DAY)).toEqual({});
  expect(changeOf({ ...termsOf(link()), group: "academia" }, DAY, link())).toEqual({ group: "academia" });
});

test("what was taken away is null, and an expiry counts from now", () => {
  expect(changeOf({ label: "", ends: "0", group: "", most: "" }, DAY, link())).toEqual({
    label: null,
    expires_ms: null,
    group: null,
    uses: null,
  });
  expect(changeOf({ ...termsOf(link()), ends: "7" }, DAY, link())).toEqual({ expires_ms: 8 * DAY });
  expect(changeOf({ ...termsOf(), label: "Ours", ends: "1", most: "3" }, DAY)).toEqual({
    label: "Ours",
    expires_ms: 2 * DAY,
    uses: 3,
  });
});

test("a number of people is a whole number, from one on", () => {
  const most = (typed: string): number | null | undefined => mostOf({ ...termsOf(), most: typed });
  expect([most(""), most(" 7 "), most("1000000")]).toEqual([null, 7, 1_000_000]);
  for (const wrong of ["0", "-1", "1.5", "two", "1000001"]) expect(most(wrong), wrong).toBeUndefined();
});
