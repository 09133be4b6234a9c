// @vitest-environment jsdom
import { describe, expect, test } from "vitest";

import { EditorState } from "@codemirror/state";

import { reportLanguage } from "../preview";
import { fitted, isVerbatim } from "./extension";
import { markdownOfHtml } from "./index";

const paste = (html: string, used: string[] = []): string | null => markdownOfHtml(html, new Set(used));

describe("from Word", () => {
  const word = `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p.MsoNormal{margin:0}</style></head><body lang=EN-GB>
<!--StartFragment--><h1><a name="_Toc1">Executive <o:p></o:p>summary</a></h1>
<p class=MsoNormal>States <b>should<span style='mso-spacerun:yes'> </span></b><b>act</b> <i>now</i><a style='mso-footnote-id:ftn1' href="file:///C:/x.docx#_ftn1" name="_ftnref1" title=""><span class=MsoFootnoteReference><span style='mso-special-character:footnote'>[1]</span></span></a>, see <a href="https://example.org/a">the register</a>.<o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='font-family:Symbol'><span style='mso-list:Ignore'>·<span>&nbsp;&nbsp; </span></span></span><![endif]>First</p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>o<span>&nbsp;</span></span>Nested</p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·<span>&nbsp;</span></span>Second</p>
<p class=MsoListParagraphCxSpFirst style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.<span>&nbsp;</span></span>One</p>
<p class=MsoListParagraphCxSpLast style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>2.<span>&nbsp;</span></span>Two</p>
<table class=MsoTableGrid border=1><tr><td><p class=MsoNormal><b>Risk</b></p></td><td><p class=MsoNormal align=right style='text-align:right'><b>Share</b></p></td></tr>
<tr><td><p class=MsoNormal>Cables | routes</p></td><td><p class=MsoNormal align=right style='text-align:right'>4&nbsp;%</p></td></tr></table>
<!--EndFragment-->
<div style='mso-element:footnote-list'><br clear=all><hr align=left size=1 width="33%"><div style='mso-element:footnote' id=ftn1><p class=MsoFootnoteText><a style='mso-footnote-id:ftn1' href="file:///C:/x.docx#_ftnref1" name="_ftn1" title=""><span class=MsoFootnoteReference>[1]</span></a> So the group found in 2025.</p></div></div></body></html>`;

  test("headings, emphasis, links, lists, tables and footnotes arrive as Markdown", () => {
    expect(paste(word)).toBe(
      [
        "# Executive summary",
        "",
        "States **should act** *now*[^1], see [the register](https://example.org/a).",
        "",
        "- First",
        "  - Nested",
        "- Second",
        "",
        "1. One",
        "2. Two",
        "",
        "| Risk | Share |",
        "| --- | ---: |",
        "| Cables \\| routes | 4\u00a0% |",
        "",
        "[^1]: So the group found in 2025.",
        "",
      ].join("\n"),
    );
  });

  test("pasted notes get labels that the draft does not have", () => {
    const text = paste(word, ["1", "2"]);
    expect(text).toContain("*now*[^3]");
    expect(text).toContain("[^3]: So the group");
  });
});

describe("from Google Docs", () => {
  test("its wrapper is not bold, and lists beside their items are nested", () => {
    const html = `<meta charset='utf-8'><b style="font-weight:normal;" id="docs-internal-guid-1"><h2 dir="ltr"><span style="font-weight:700">Scope</span></h2><p dir="ltr"><span style="font-style:normal;font-weight:400">Plain, </span><span style="font-weight:700;font-style:italic">both</span><span> and </span><a href="https://www.google.com/url?q=https://example.org/x&amp;sa=D"><span style="text-decoration:underline">a link</span></a></p><ul><li dir="ltr" aria-level="1"><p dir="ltr"><span>One</span></p></li><ul><li aria-level="2"><p><span>Under one</span></p></li></ul><li><p><span>Two</span></p></li></ul></b>`;
    expect(paste(html)).toBe(
      "## Scope\n\nPlain, ***both*** and [a link](https://example.org/x)\n\n- One\n  - Under one\n- Two",
    );
  });
});

describe("nothing of the words is lost, and nothing gets another meaning", () => {
  test("links into other pages stay, whatever their fragments are called", () => {
    const html = `<p>See <a href="https://example.org/guide#advanced">the advanced guide</a>, <a href="https://example.org/a#references">its sources</a> and page <a href="https://example.org/doc#p12">12</a>.</p>`;
    expect(paste(html)).toBe(
      "See [the advanced guide](https://example.org/guide#advanced), [its sources](https://example.org/a#references) and page [12](https://example.org/doc#p12).",
    );
    const note = `<p>A<a href="#_edn1" name="_ednref1">[i]</a> <b>b</b></p><div id=edn1><p><a href="#_ednref1" name="_edn1">[i]</a> As <a href="https://example.org/#finance">finance</a> says.</p></div>`;
    expect(paste(note)).toBe("A[^1] **b**\n\n[^1]: As [finance](https://example.org/#finance) says.\n");
  });

  test("a chapter called Notes is no footnote, and a link to what was not copied keeps its words", () => {
    expect(paste(`<p>See <a href="#notes">the notes</a>.</p><h2 id="notes">Notes</h2><p>Few.</p>`)).toBe(
      "See the notes.\n\n## Notes\n\nFew.",
    );
    expect(paste(`<p>See <a href="#note-on-terms">what it <b>means</b></a>.</p>`)).toBe("See what it **means**.");
    expect(
      paste(`<p>Routes <b>leak</b><sup><a href="https://en.wikipedia.org/wiki/BGP#cite_note-1">[1]</a></sup>.</p>`),
    ).toBe("Routes **leak**.");
    expect(paste(`<p>See <a href="#x" data-plenary-note="y">this</a> <b>now</b></p>`)).toBe("See this **now**");
  });

  test("headings that Word numbers are headings, and its lists go on counting", () => {
    const item = (mark: string, words: string): string =>
      `<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>${mark}<span>&nbsp;</span></span>${words}</p>`;
    expect(
      paste(
        `<h1 style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>1<span>&nbsp;</span></span>Introduction</h1><p>Text</p><h2 style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>1.1</span>Scope</h2>`,
      ),
    ).toBe("# Introduction\n\nText\n\n## Scope");
    expect(paste(`${item("1.", "One")}<p>Between</p>${item("2.", "Two")}`)).toBe("1. One\n\nBetween\n\n2. Two");
  });

  test("tasks of Google Docs keep their boxes, and marks of Word's remarks are no brackets", () => {
    const box = (isDone: boolean, words: string): string =>
      `<li role="checkbox" aria-checked="${isDone}"><img alt="${isDone ? "" : "un"}checked" aria-roledescription="checkbox"><p>${words}</p></li>`;
    expect(paste(`<ul>${box(false, "Ask")}${box(true, "Count")}</ul>`)).toBe("- [ ] Ask\n- [x] Count");
    expect(
      paste(`<p>Text<span class=MsoCommentReference><a href="#_msocom_1">[AB1]</a></span> goes <b>on</b></p>`),
    ).toBe("Text goes **on**");
  });
});

describe("from web pages", () => {
  test("nothing that could run comes along", () => {
    const html = `<h3 onclick="x()">Head</h3><script>alert(1)</script><p>Text <a href="javascript:alert(1)">bad</a> <img src=x onerror=alert(1) alt="a chart"> &lt;script&gt;</p><style>p{}</style>`;
    expect(paste(html)).toBe("### Head\n\nText bad a chart \\<script>");
  });

  test("what would be Markdown by accident is escaped, brackets of negotiation are not", () => {
    expect(
      paste(
        "<p>1. Not a list</p><p># nor a heading</p><p>2 * 3 * 4 and snake_case and _x_ [should / shall] <b>act</b></p>",
      ),
    ).toBe("1\\. Not a list\n\n\\# nor a heading\n\n2 \\* 3 \\* 4 and snake_case and \\_x\\_ [should / shall] **act**");
  });

  test("footnotes of Wikipedia and pandoc, with their links back", () => {
    const html = `<p>Routes leak<sup id="fnref1"><a href="#fn1">1</a></sup>.</p><section class="footnotes"><hr><ol><li id="fn1"><p>As in 2008.<a href="#fnref1">↩︎</a></p></li></ol></section>`;
    expect(paste(html)).toBe("Routes leak[^1].\n\n[^1]: As in 2008.\n");
  });

  test("tables with joined cells keep their columns, code keeps its lines", () => {
    const html = `<table><tr><th>A</th><th>B</th></tr><tr><td rowspan=2>x</td><td>1</td></tr><tr><td>2</td></tr><tr><td colspan=2>all</td></tr></table><pre>a  b\nc</pre><blockquote><p>Said</p></blockquote><hr>`;
    expect(paste(html)).toBe(
      "| A | B |\n| --- | --- |\n| x | 1 |\n|  | 2 |\n| all |  |\n\n```\na  b\nc\n```\n\n> Said\n\n---",
    );
  });

  test("plain words are left to plain pasting", () => {
    expect(paste("<span>just words</span>")).toBeNull();
    expect(paste("")).toBeNull();
  });

  test("deep nonsense does not break it", () => {
    const html = `<ul>${"<li><ul>".repeat(60)}<li>deep</li>${"</ul></li>".repeat(60)}</ul>`;
    expect(paste(html)).toContain("deep");
  });
});

test("blocks get the blank lines that they need", () => {
  expect(fitted("ab", "# A\n\nb", "cd")).toBe("\n\n# A\n\nb\n\n");
  expect(fitted("\n\n", "# A", "")).toBe("# A\n");
  expect(fitted("ab", "**words**", "cd")).toBe("**words**");
});

test("in code and in the title page pasted words stay as they are", () => {
  const doc = "---\ntitle: x\n---\n\nwords `code` on\n\n```\nfenced\n```\n";
  const verbatim = (word: string): boolean =>
    isVerbatim(EditorState.create({ doc, selection: { anchor: doc.indexOf(word) + 2 }, extensions: reportLanguage }));
  expect(["itle", "words", "code", "on", "fenced"].map(verbatim)).toEqual([true, false, true, false, true]);
});
