// The paste event of the editor.

import { syntaxTree } from "@codemirror/language";
import type { EditorState, Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import type { SyntaxNode } from "@lezer/common";

import { frontMatterEnd } from "../preview/syntax";
import { markdownOfHtml } from "./index";

const VERBATIM = new Set(["FencedCode", "CodeBlock", "InlineCode"]);

/** The labels of all footnotes of a text. */
function usedLabels(state: EditorState): Set<string> {
  return new Set([...state.doc.toString().matchAll(/\[\^([^\s\]]{1,200})\]/g)].map((match) => match[1] ?? ""));
}

/** Whether the cursor stands where Markdown means nothing: in code, or in the YAML at the start of a text. */
export function isVerbatim(state: EditorState): boolean {
  const { from } = state.selection.main;
  if (from > 0 && from < frontMatterEnd(state.doc)) return true;
  for (let node: SyntaxNode | null = syntaxTree(state).resolveInner(from, -1); node; node = node.parent) {
    if (VERBATIM.has(node.name) && from < node.to) return true;
  }
  return false;
}

/** Blank lines around blocks, as many as the place needs. */
export function fitted(before: string, text: string, after: string): string {
  const isBlock = text.includes("\n") || /^(?:#{1,6} |[-|>]|\d+[.)] )/.test(text);
  if (!isBlock) return text;
  const lead = before === "" || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const trail = after === "" ? "\n" : after.startsWith("\n\n") ? "" : after.startsWith("\n") ? "\n" : "\n\n";
  return lead + text.replace(/\n+$/, "") + trail;
}

/** Takes rich text in as Markdown. Ctrl+Shift+V brings plain text, as everywhere. */
export const pasteRichText: Extension = EditorView.domEventHandlers({
  paste(event, view) {
    const html = event.clipboardData?.getData("text/html") ?? "";
    if (html === "" || view.state.readOnly || isVerbatim(view.state)) return false;
    const text = markdownOfHtml(html, usedLabels(view.state));
    if (text === null) return false;
    event.preventDefault();
    const { from, to } = view.state.selection.main;
    const before = view.state.sliceDoc(Math.max(0, from - 2), from);
    const after = view.state.sliceDoc(to, to + 2);
    const insert = fitted(before, text, after);
    view.dispatch({
      changes: { from, to, insert },
      selection: { anchor: from + insert.length },
      scrollIntoView: true,
      userEvent: "input.paste",
    });
    return true;
  },
});
