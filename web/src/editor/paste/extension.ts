// The paste event of the editor.

import type { EditorState, Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

import { markdownOfHtml } from "./index";

/** The labels of all footnotes of a text. */
function usedLabels(state: EditorState): Set<string> {
  return new Set([...state.doc.toString().matchAll(/\[\^([^\s\]]{1,200})\]/g)].map((match) => match[1] ?? ""));
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
    if (html === "" || view.state.readOnly) return false;
    const text = markdownOfHtml(html, usedLabels(view.state));
    if (text === null) return false;
    event.preventDefault();
    const { from, to } = view.state.selection.main;
    const before = view.state.sliceDoc(Math.max(0, from - 2), from);
    const after = view.state.sliceDoc(to, to + 2);
    const insert = fitted(before, text, after);
    view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, scrollIntoView: true, userEvent: "input.paste" });
    return true;
  },
});
