// What of the text the window shows, and going where somebody else's window is. The paper scrolls, not the editor.

import type { EditorView } from "@codemirror/view";

import type { Range } from "../document/draft";

/** How much of the paper's edges is left free around a cursor, in pixels. */
const MARGIN_PX = 96;

/** The part of the text that stands in the window, from the first line that is seen to the last. */
export function viewportOf(view: EditorView, paper: Element): Range {
  const { top, bottom } = paper.getBoundingClientRect();
  const from = view.lineBlockAtHeight(Math.max(0, top - view.documentTop)).from;
  const to = view.lineBlockAtHeight(Math.max(0, bottom - view.documentTop)).to;
  return { from, to: Math.max(from, to) };
}

/**
 * Where to scroll so that one sees what somebody else sees. Windows differ in height: what they show comes first,
 * but for their cursor, which would otherwise stand outside. Null when nothing is known of them.
 */
export function placeOf(
  view: EditorView,
  paper: Element,
  seen: Range | null,
  head: number | null,
): { readonly at: number; readonly margin: number } | null {
  const end = view.state.doc.length;
  if (seen === null) return head === null ? null : { at: Math.min(head, end), margin: MARGIN_PX };
  const from = Math.min(seen.from, end);
  if (head === null || head < seen.from || head > seen.to) return { at: from, margin: 0 };
  const depth = view.lineBlockAt(Math.min(head, end)).bottom - view.lineBlockAt(from).top;
  return depth <= paper.clientHeight - MARGIN_PX / 2
    ? { at: from, margin: 0 }
    : { at: Math.min(head, end), margin: MARGIN_PX };
}
