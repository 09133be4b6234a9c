import { describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";

import { en, type MessageKey } from "./en";
import { fill, places, type Message } from "./format";
import { ENGLISH, LANGUAGES, preferred, type Language, type Translation } from "./languages";

const keys = Object.keys(en) as MessageKey[];
const translations: { language: Language; words: Translation }[] = [];
for (const language of LANGUAGES) if (language.load) translations.push({ language, words: await language.load() });

/** Categories that a language has for numbers which the interface never counts to (a million and more). */
const NEVER_COUNTED: Readonly<Record<string, readonly string[]>> = { fr: ["many"], es: ["many"] };
const textsOf = (message: Message): string[] =>
  typeof message === "string" ? [message] : Object.values(message).map(String);

describe.each(translations)("$language.name", ({ language, words }) => {
  test("says everything, and nothing else, with the same places", () => {
    expect(Object.keys(words)).toEqual(keys);
    for (const key of keys) expect(places(words[key]), key).toEqual(places(en[key]));
    for (const key of keys)
      if (key !== "comma") for (const text of textsOf(words[key])) expect(text, key).toBe(text.trim());
  });

  test("says it in other words than English", () => {
    const same = keys.filter((key) => JSON.stringify(words[key]) === JSON.stringify(en[key]));
    expect(same.length).toBeLessThan(keys.length / 20);
  });

  test("has every plural form that the language has", () => {
    const { pluralCategories } = new Intl.PluralRules(language.formats).resolvedOptions();
    const needed = pluralCategories.filter((category) => !NEVER_COUNTED[language.tag]?.includes(category)).sort();
    for (const key of keys) {
      if (typeof en[key] === "string") continue;
      const message = words[key];
      expect(typeof message === "string" ? ["other"] : Object.keys(message).sort(), key).toEqual(needed);
    }
  });

  test("numbers and times come out in the language", () => {
    expect(Intl.NumberFormat.supportedLocalesOf([language.formats])).toEqual([language.formats]);
    expect(Intl.DateTimeFormat.supportedLocalesOf([language.formats])).toEqual([language.formats]);
    expect(new Intl.NumberFormat(language.formats).format(67)).toBe("67");
  });
});

describe("the catalogue", () => {
  test("every message has a note for translators", () => {
    const entries = ["./en.ts", "./facilitating/en.ts", "./writing/en.ts"]
      .flatMap((file) => readFileSync(new URL(file, import.meta.url), "utf8").split(/\n(?= {2}["\w])/))
      .filter((entry) => /^ {2}"?[\w.-]+"?:/.test(entry));
    expect(entries.length).toBe(keys.length);
    for (const entry of entries) expect(entry).toMatch(/, \/\/ \S.*\.$/m);
  });

  test("keeps to the house's way of speaking", () => {
    for (const text of keys.flatMap((key) => textsOf(en[key]))) {
      expect(text).not.toMatch(/!|\bplease\b|\boops\b|\berror\b|CRDT|sync|merge|heads|document id/i);
    }
  });

  test("French signs and quotation marks keep their narrow spaces", () => {
    const french = translations.find(({ language }) => language.tag === "fr")?.words;
    for (const key of keys) {
      // What is to be typed into the title page, between straight quotation marks, is YAML.
      const texts = textsOf(french?.[key] ?? "").map((text) => text.replace(/title: .*$/, ""));
      for (const text of texts) expect(text, key).not.toMatch(/[^\u202f](?:[;!?»]|:(?!\/))|«[^\u202f]|'/);
    }
  });

  test("all UN languages are there", () => {
    expect(LANGUAGES.map((language) => language.tag)).toEqual(["ar", "zh", "en-GB", "fr", "ru", "es"]);
    expect(LANGUAGES.filter((language) => language.load === null)).toEqual([ENGLISH]);
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

  test("the six forms of Arabic and the three of Russian", async () => {
    const said = (tag: string, key: MessageKey, count: number): string => {
      const found = translations.find(({ language }) => language.tag === tag);
      return found ? fill(found.words[key], { count }, found.language.formats) : "";
    };
    expect([0, 1, 2, 3, 11, 67, 100, 1200].map((count) => said("ar", "words.all", count))).toEqual([
      "لا كلمات",
      "كلمة واحدة",
      "كلمتان",
      "3 كلمات",
      "11 كلمة",
      "67 كلمة",
      "100 كلمة",
      "1,200 كلمة",
    ]);
    expect([1, 2, 5, 11, 21, 22, 25].map((count) => said("ru", "words.all", count))).toEqual([
      "1 слово",
      "2 слова",
      "5 слов",
      "11 слов",
      "21 слово",
      "22 слова",
      "25 слов",
    ]);
  });

  test("words of the other direction stand apart from the sentence around them", () => {
    expect(fill("حذف {name}:", { name: "Bo Li" }, "ar")).toBe("حذف \u2068Bo Li\u2069:");
    expect(fill("حذف {name}:", { name: "سلمى" }, "ar")).toBe("حذف سلمى:");
    expect(fill("Comment {number}, by {name}", { number: 2, name: "سلمى" }, "en-GB")).toBe(
      "Comment 2, by \u2068سلمى\u2069",
    );
    expect(fill("{name}的评论", { name: "李明" }, "zh")).toBe("李明的评论");
  });

  test("the language is the chosen one, else the first one that is wished for", () => {
    expect(preferred(null, ["de", "fr-CH"]).tag).toBe("fr");
    expect(preferred("ar", ["fr"]).tag).toBe("ar");
    expect(preferred(null, ["zh-Hans"]).tag).toBe("zh");
    expect(preferred(null, ["de"]).tag).toBe("en-GB");
  });
});
