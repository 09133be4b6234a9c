import { describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";

import { en, type MessageKey } from "./en";
import { fill, places } from "./format";
import { fr } from "./fr";
import { LANGUAGES, preferred } from "./languages";

const keys = Object.keys(en) as MessageKey[];

describe("the catalogue", () => {
  test("French says everything, with the same places and in other words", () => {
    expect(Object.keys(fr).sort()).toEqual([...keys].sort());
    for (const key of keys) expect(places(fr[key]), key).toEqual(places(en[key]));
    const same = keys.filter((key) => JSON.stringify(fr[key]) === JSON.stringify(en[key]));
    expect(same.length).toBeLessThan(keys.length / 20);
  });

  test("every message has a note for translators", () => {
    const lines = readFileSync(new URL("./en.ts", import.meta.url), "utf8").split("\n").filter((line) => /^ {2}"/.test(line));
    expect(lines.length).toBe(keys.length);
    for (const line of lines) expect(line).toMatch(/, \/\/ \S.*\.$/);
  });

  test("keeps to the house's way of speaking", () => {
    const texts = keys.flatMap((key) => { const message = en[key]; return typeof message === "string" ? [message] : Object.values(message); });
    for (const text of texts) {
      expect(text).not.toMatch(/!|\bplease\b|\boops\b|\berror\b|CRDT|sync|merge|heads|document id/i);
    }
  });

  test("all UN languages are there", () => {
    expect(LANGUAGES.map((language) => language.tag).sort()).toEqual(["ar", "en-GB", "es", "fr", "ru", "zh"]);
  });
});

describe("filling in", () => {
  test("places and plurals", () => {
    expect(fill("{name} is here", { name: "Amina" }, "en")).toBe("Amina is here");
    expect(fill({ one: "{count} word", other: "{count} words" }, { count: 1 }, "en")).toBe("1 word");
    expect(fill({ one: "{count} word", other: "{count} words" }, { count: 1200 }, "en-GB")).toBe("1,200 words");
    expect(fill({ one: "{count} mot", other: "{count} mots" }, { count: 0 }, "fr")).toBe("0 mot");
    expect(fill("a {missing} place", {}, "en")).toBe("a {missing} place");
  });

  test("the language is the chosen one, else the first complete one that is wished for", () => {
    expect(preferred(null, ["de", "fr-CH"]).tag).toBe("fr");
    expect(preferred("ar", ["fr"]).tag).toBe("ar");
    expect(preferred(null, ["zh-Hans"]).tag).toBe("en-GB");
  });
});
