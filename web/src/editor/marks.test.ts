// @vitest-environment jsdom
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { afterEach, expect, test } from "vitest";

import { overlays, showComments, showPeers, type PeerMark } from "./marks";

const views: EditorView[] = [];
afterEach(() => {
  for (const view of views.splice(0)) view.destroy();
});

function show(): { view: EditorView; updates: () => number } {
  let updates = 0;
  const view = new EditorView({
    state: EditorState.create({
      doc: "one two three",
      extensions: [overlays, EditorView.updateListener.of(() => updates++)],
    }),
    parent: document.body,
  });
  views.push(view);
  return { view, updates: () => updates };
}

const peer = (anchor: number, head = anchor): PeerMark => ({ peer: "p", name: "Ann", hue: 1, anchor, head });
const cursors = (view: EditorView): number => view.dom.querySelectorAll(".cm-peer").length;

test("cursors move with the text, and are not drawn anew where they are already", () => {
  const { view, updates } = show();
  showPeers(view, [peer(4)]);
  expect(updates()).toBe(1);
  showPeers(view, [peer(4)]);
  expect(updates()).toBe(1);
  view.dispatch({ changes: { from: 0, insert: "zero " } });
  showPeers(view, [peer(9)]);
  expect(updates()).toBe(2);
  showPeers(view, [peer(3)]);
  expect(updates()).toBe(3);
  showPeers(view, []);
  expect(cursors(view)).toBe(0);
});

test("a cursor in a passage that is deleted stands where the passage was", () => {
  const { view, updates } = show();
  showPeers(view, [peer(5)]);
  view.dispatch({ changes: { from: 3, to: 8 } });
  expect(cursors(view)).toBe(1);
  expect(view.contentDOM.textContent).toBe("onethree");
  showPeers(view, [peer(3)]);
  expect(updates()).toBe(2);
});

test("a comment's passage grows from within and not at its ends", () => {
  const { view } = show();
  const marked = (): string => view.dom.querySelector(".cm-commented")?.textContent ?? "";
  showComments(view, [{ id: "c", from: 4, to: 7, isActive: false, isResolved: false }]);
  view.dispatch({ changes: { from: 5, insert: "--" } });
  expect(marked()).toBe("t--wo");
  view.dispatch({ changes: { from: 9, insert: "!" } });
  expect(marked()).toBe("t--wo");
});
