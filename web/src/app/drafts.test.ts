import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { forgetDraft, forgetLinks, knownDraft, knownDrafts, rememberDraft } from "./drafts";

let kept: Map<string, string>;

beforeEach(() => {
  kept = new Map();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

const LINKS = { facilitator: "https://here/d/one#secret" };

test("a draft is forgotten with its links, and others are not", () => {
  rememberDraft({ id: "one", title: "One", link: LINKS.facilitator, links: LINKS, openedMs: 1 });
  rememberDraft({ id: "two", title: "Two", openedMs: 2 });
  forgetDraft("one");
  expect(knownDrafts().map((draft) => draft.id)).toEqual(["two"]);
  expect([...kept.values()].join()).not.toContain("secret");
});

test("of a draft whose refused changes stay, nothing is kept that opens it, until it is opened again", () => {
  rememberDraft({ id: "one", title: "One", role: "editor", link: LINKS.facilitator, links: LINKS, openedMs: 1 });
  forgetLinks("one");
  expect(knownDraft("one")).toEqual({ id: "one", title: "One", openedMs: 1, isForgotten: true });
  expect([...kept.values()].join()).not.toContain("secret");
  rememberDraft({ id: "one", link: LINKS.facilitator });
  expect(knownDraft("one")).toMatchObject({ title: "One", link: LINKS.facilitator });
  expect(knownDraft("one")?.isForgotten).toBeFalsy();
  forgetLinks("unknown");
  expect(knownDrafts().length).toBe(1);
});

test("a damaged list is an empty one, and a browser that refuses is no mistake", () => {
  for (const words of ["{", "7", '[{"title":1}]', "null"]) {
    kept.set("plenary.drafts", words);
    expect(knownDrafts()).toEqual([]);
  }
  vi.stubGlobal("localStorage", undefined);
  expect(knownDrafts()).toEqual([]);
  expect(rememberDraft({ id: "one" })).toBe(false);
});
