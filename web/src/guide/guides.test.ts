import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { renderGuide } from "../../scripts/guides";
import { en } from "../words/en";
import type { Message } from "../words/format";
import { LANGUAGES } from "../words/languages";
import { ENGLISH_GUIDES, GUIDE_NAMES, TRANSLATED, type GuideName, type Guides } from "./guides";

const languages = [
  {
    tag: "en-GB",
    ending: "",
    guides: ENGLISH_GUIDES as Partial<Guides>,
    names: GUIDE_NAMES as readonly GuideName[],
    words: en as Readonly<Record<string, Message>>,
  },
];
for (const [tag, load] of Object.entries(TRANSLATED)) {
  const words = await LANGUAGES.find((language) => language.tag === tag)?.load?.();
  const guides = await load();
  languages.push({
    tag,
    ending: `.${tag}`,
    guides,
    names: GUIDE_NAMES.filter((name) => guides[name]),
    words: words ?? {},
  });
}
const sourceOf = (name: GuideName, ending: string): string =>
  readFileSync(new URL(`../../../docs/${name}${ending}.md`, import.meta.url), "utf8");

describe.each(languages)("the guides in $tag", ({ tag, ending, guides, names, words }) => {
  test.each(names)("%s is in the editor, whole", (name) => {
    const source = sourceOf(name, ending);
    const { title, sections, html } = guides[name] ?? ENGLISH_GUIDES[name];
    expect(`# ${title}`).toBe(source.split("\n")[0]);
    expect(sections.map((one) => one.title)).toEqual([...source.matchAll(/^## (.+)$/gm)].map((found) => found[1]));
    expect(new Set(sections.map((one) => one.id)).size).toBe(sections.length);
    for (const { id } of sections) expect(html).toContain(`id="${id}"`);
    expect(html.match(/<img/g)?.length ?? 0).toBe(source.match(/!\[/g)?.length ?? 0);
    expect(html).not.toContain("{{picture");
    // Links lead to the other guide, or within this one.
    for (const [, other, section] of html.matchAll(/<a href="#"(?: data-guide="([\w-]+)")? data-section="([\w-]*)"/g)) {
      // A guide that is not translated is shown in English.
      const to = (other ?? name) as GuideName;
      const target = guides[to] ?? ENGLISH_GUIDES[to];
      expect(target, other).toBeDefined();
      if (section) expect(target.html).toContain(`id="guide-${other ?? name}-${section}"`);
    }
    expect(html.match(/<a /g)?.length ?? 0).toBe([...html.matchAll(/<a href="#"/g)].length);
  });

  test.each(names)("%s is built as in English", (name) => {
    expect(shapeOf(sourceOf(name, ending))).toEqual(shapeOf(sourceOf(name, "")));
  });

  // What a guide sets in italics or bold is what stands in the interface, a key, or the first words of an item.
  test.each(names)("%s says the words that the interface says", (name) => {
    const said = new Set(Object.values(words).flatMap(textsOf).map(plain));
    const source = sourceOf(name, ending)
      .replace(/`[^`]*`/g, "")
      .replace(/^!\[.*$/gm, "")
      .replace(/\s+/g, " ")
      .replace(/ - \*\*[^*]+\*\*/g, "");
    const KEYS = /^(?:Ctrl|Alt|Shift|Maj|Tab|Esc|Échap|Enter|Entrée|Entrar|F1|Menu$)/;
    const OURS = ["They are the only keys", "Ce sont les seules clés", "Son las únicas llaves"];
    const named = [...source.matchAll(/\*\*([^*]+)\*\*|\*([^*]+)\*/g)].map((found) =>
      plain(found[1] ?? found[2] ?? ""),
    );
    expect(named.length).toBeGreaterThan(5);
    for (const words of named) {
      if ((KEYS.test(words) && !words.includes("→")) || OURS.includes(words)) continue;
      for (const one of words.split(" → ")) expect(said, `“${words}” in ${tag}`).toContain(one);
    }
  });

  test("the table of what the lowest line says quotes the interface", () => {
    const messages = Object.entries(words)
      .filter(([key]) => key.startsWith("status."))
      .flatMap(([, message]) => textsOf(message))
      .map(plain);
    const one = `(?:${messages.map((text) => text.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\w+\}/g, "[\\d:]+")).join("|")})`;
    const rows = [...sourceOf("participants-guide", ending).matchAll(/^\| ([^|]+) \| [^|]+ \|$/gm)]
      .map((row) => plain(row[1] ?? ""))
      .slice(-9);
    for (const row of rows) {
      const whole = new RegExp(`^${one}(?: ${one})*$`).test(row);
      const beginning = messages.some((text) => text.startsWith(row.replace(/…$/, "")));
      expect(whole || beginning, row).toBe(true);
    }
  });
});

test("French guides keep their narrow spaces", () => {
  for (const name of GUIDE_NAMES)
    expect(sourceOf(name, ".fr").replace(/`[^`]*`/g, "")).not.toMatch(/[^\u202f|](?:[;!?»]|:)(?=\s)|«[^\u202f]|'/);
});

test("what a guide must not hold does not come through", () => {
  const { html, pictures } = renderGuide(
    '# T\n\n## S\n\n<script>alert(1)</script>\n\nWords <b onclick=x> [x](javascript:alert(1)) [out](https://example.org) ![a "b"](p.png)\n',
    "n",
  );
  expect(html).not.toMatch(/<script|<b|javascript:|example\.org/);
  expect(html).toContain('alt="a &quot;b&quot;"');
  expect(pictures).toEqual(["p.png"]);
});

/** What a guide is made of: headings by level, list items, rows of tables, pictures. */
function shapeOf(source: string): string[] {
  return source
    .split("\n")
    .flatMap(
      (line) =>
        /^(#+) /.exec(line)?.[1] ??
        (line.startsWith("- ") ? "item" : line.startsWith("|") ? "row" : (/^!\[.*\]\((.*)\)$/.exec(line)?.[1] ?? [])),
    );
}

function textsOf(message: Message): string[] {
  return typeof message === "string" ? [message] : Object.values(message).map(String);
}

/** Without what a page sets otherwise than a catalogue: apostrophes and no-break spaces. */
function plain(text: string): string {
  return text
    .replaceAll("’", "'")
    .replace(/[\u00a0\u202f]/g, " ")
    .trim();
}
