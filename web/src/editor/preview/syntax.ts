// The report format's own syntax, as far as the preview must tell it from plain Markdown. It is read
// by the Markdown parser's rules (code and links come first), never by a second parser of our own.

import type { InlineContext, MarkdownConfig, InlineParser } from "@lezer/markdown";
import { tags } from "@lezer/highlight";
import type { Text } from "@codemirror/state";

/** Front matter longer than this many lines is not looked for the end of at every key. */
const FRONT_MATTER_LINES = 2_000;
const OPEN = 91;
const BANG = 33;
const AT = 64;
const BRACE = 123;

/** `[^x]`: a reference to a footnote. Comes before links, which would take it for one. */
const footnoteReference: InlineParser = {
  name: "FootnoteReference",
  before: "Link",
  parse(context: InlineContext, next: number, position: number) {
    if (next !== OPEN || context.char(position + 1) !== 94) return -1;
    const found = /^\[\^[^\s\]]{1,200}\]/.exec(context.slice(position, Math.min(context.end, position + 204)));
    if (!found) return -1;
    return context.addElement(context.elt("FootnoteReference", position, position + found[0].length));
  },
};

/** `[!NOTE]` at the start of a quotation: what makes it an alert. */
const alertMark: InlineParser = {
  name: "AlertMark",
  before: "Link",
  parse(context: InlineContext, next: number, position: number) {
    if (next !== OPEN || context.char(position + 1) !== BANG || position !== context.offset) return -1;
    const found = /^\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?=\n|$)/i.exec(
      context.slice(position, Math.min(context.end, position + 40)),
    );
    if (!found) return -1;
    return context.addElement(context.elt("AlertMark", position, position + found[0].trimEnd().length));
  },
};

/** `@sec:x`, `@fig:x`, `@tbl:x`: a reference to a part of the report. */
const crossReference: InlineParser = {
  name: "CrossReference",
  parse(context: InlineContext, next: number, position: number) {
    if (next !== AT) return -1;
    const before = position > context.offset ? context.slice(position - 1, position) : "";
    if (/[\p{L}\p{N}.@]/u.test(before)) return -1;
    const found = /^@(?:sec|fig|tbl):[\p{L}\p{N}_-]+/iu.exec(
      context.slice(position, Math.min(context.end, position + 120)),
    );
    if (!found) return -1;
    return context.addElement(context.elt("CrossReference", position, position + found[0].length));
  },
};

/** `{#sec:x .unnumbered}` at the end of a heading, a caption or an image: attributes for the export. */
const attributes: InlineParser = {
  name: "Attributes",
  parse(context: InlineContext, next: number, position: number) {
    if (next !== BRACE) return -1;
    const found = /^\{(?:[#.-]|[\w-]+=)[^{}\n]*\}/.exec(context.slice(position, Math.min(context.end, position + 300)));
    if (!found) return -1;
    return context.addElement(context.elt("Attributes", position, position + found[0].length));
  },
};

/** Our part of the grammar, for `markdown({extensions: […]})`. */
export const reportSyntax: MarkdownConfig = {
  defineNodes: [
    { name: "FootnoteReference", style: tags.link },
    { name: "AlertMark", style: tags.meta },
    { name: "CrossReference", style: tags.link },
    { name: "Attributes", style: tags.meta },
  ],
  parseInline: [footnoteReference, alertMark, crossReference, attributes],
};

/** Where the YAML front matter ends (the offset after its last line), or 0 when there is none. UTF-16 units. */
export function frontMatterEnd(doc: Text): number {
  if (!/^---[ \t]*$/.test(doc.line(1).text)) return 0;
  const most = Math.min(doc.lines, FRONT_MATTER_LINES);
  for (let number = 2; number <= most; number++) {
    const line = doc.line(number);
    if (/^(?:---|\.\.\.)[ \t]*$/.test(line.text)) return Math.min(doc.length, line.to + 1);
  }
  return 0;
}

/** What square brackets are when they are no link: text that is not agreed, unless it is one of these. */
export function isBracketedText(inner: string, after: string): boolean {
  if (inner === "" || after === "(" || after === "{" || after === ":") return false;
  if (/^[\s\d.,;–-]*$/.test(inner) || /^(?:…|\.\.\.|sic|x|X| )$/.test(inner)) return false;
  return !/^[@^!]/.test(inner);
}
