import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { renderGuide } from "../../scripts/guides";
import { GUIDES, GUIDE_NAMES } from "./guides";

test("both guides of docs/ are in the editor, whole", () => {
  for (const name of GUIDE_NAMES) {
    const source = readFileSync(new URL(`../../../docs/${name}.md`, import.meta.url), "utf8");
    const { title, sections, html } = GUIDES[name];
    expect(`# ${title}`).toBe(source.split("\n")[0]);
    expect(sections.map((one) => one.title)).toEqual([...source.matchAll(/^## (.+)$/gm)].map((found) => found[1]));
    expect(new Set(sections.map((one) => one.id)).size).toBe(sections.length);
    for (const { id } of sections) expect(html).toContain(`id="${id}"`);
    expect(html.match(/<img/g)?.length ?? 0).toBe(source.match(/!\[/g)?.length ?? 0);
    expect(html).not.toContain("{{picture");
    // Links lead to the other guide, or within this one.
    for (const [, other, section] of html.matchAll(/<a href="#"(?: data-guide="([\w-]+)")? data-section="([\w-]*)"/g)) {
      const target = GUIDES[(other ?? name) as keyof typeof GUIDES];
      expect(target, other).toBeDefined();
      if (section) expect(target.html).toContain(`id="guide-${other ?? name}-${section}"`);
    }
    expect(html.match(/<a /g)?.length ?? 0).toBe([...html.matchAll(/<a href="#"/g)].length);
  }
});

test("what a guide must not hold does not come through", () => {
  const { html, pictures } = renderGuide('# T\n\n## S\n\n<script>alert(1)</script>\n\nWords <b onclick=x> [x](javascript:alert(1)) [out](https://example.org) ![a "b"](p.png)\n', "n");
  expect(html).not.toMatch(/<script|<b|javascript:|example\.org/);
  expect(html).toContain('alt="a &quot;b&quot;"');
  expect(pictures).toEqual(["p.png"]);
});
