// The words of a table cell as elements. Reads with the editor's own Markdown parser and makes text
// nodes only: nothing that stands in a draft becomes markup.

import { GFM, parser } from "@lezer/markdown";
import type { SyntaxNode } from "@lezer/common";

import { reportSyntax } from "./syntax";

const inlineParser = parser.configure([GFM, reportSyntax]);

const ELEMENTS: Readonly<Record<string, [tag: string, className: string]>> = {
  StrongEmphasis: ["strong", ""],
  Emphasis: ["em", ""],
  Strikethrough: ["s", ""],
  InlineCode: ["code", "cm-code"],
  Link: ["span", "cm-link"],
  Autolink: ["span", "cm-link"],
  FootnoteReference: ["sup", ""],
};
/** Words for a reference to another part, or null when it leads nowhere. */
type Resolve = (typed: string) => string | null;

const SKIPPED = new Set(["EmphasisMark", "StrikethroughMark", "CodeMark", "LinkMark", "LinkTitle", "Attributes"]);

/** Appends the words of one cell; newlines become line breaks. */
export function renderInline(target: HTMLElement, markdown: string, reference: Resolve): void {
  const lines = markdown.split("\n");
  lines.forEach((line, index) => {
    if (index > 0) target.append(document.createElement("br"));
    walk(target, inlineParser.parse(line).topNode, line, reference);
  });
}

function walk(target: HTMLElement, node: SyntaxNode, source: string, reference: Resolve): void {
  let at = node.from;
  for (let child = node.firstChild; child; child = child.nextSibling) {
    target.append(source.slice(at, child.from));
    at = child.to;
    append(target, child, source, reference);
  }
  target.append(source.slice(at, node.to));
}

function append(target: HTMLElement, node: SyntaxNode, source: string, reference: Resolve): void {
  if (SKIPPED.has(node.name)) return;
  if (node.name === "URL" && node.parent?.name === "Link") return;
  if (node.name === "CrossReference") {
    const typed = source.slice(node.from, node.to);
    return target.append(reference(typed) ?? typed);
  }
  if (node.name === "Escape") return target.append(source.slice(node.from + 1, node.to));
  const isBracket = node.name === "Link" && !node.getChild("URL") && !node.getChild("LinkLabel");
  const found = isBracket ? undefined : ELEMENTS[node.name];
  if (isBracket || node.name === "Paragraph") {
    if (isBracket) return target.append(source.slice(node.from, node.to));
    return walk(target, node, source, reference);
  }
  if (!found) return target.append(source.slice(node.from, node.to));
  const element = document.createElement(found[0]);
  if (found[1]) element.className = found[1];
  if (node.name === "FootnoteReference") element.textContent = source.slice(node.from + 2, node.to - 1);
  else walk(element, node, source, reference);
  target.append(element);
}
