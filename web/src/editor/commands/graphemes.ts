// Deleting what a person sees as one character: an emoji made of several, a letter with its marks.
// CodeMirror's own deletion takes some of them apart.

import type { StateCommand } from "@codemirror/state";
import type { KeyBinding } from "@codemirror/view";

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Longer characters than this, in UTF-16 units, do not exist; so no long line is cut up for one key. */
const LONGEST = 64;

/** The length of the last character of a text, in UTF-16 units. */
export function lastCharacter(text: string): number {
  const tail = text.slice(-LONGEST);
  let last = "";
  for (const { segment } of segmenter.segment(tail)) last = segment;
  return last.length;
}

/** The length of the first character of a text, in UTF-16 units. */
export function firstCharacter(text: string): number {
  for (const { segment } of segmenter.segment(text.slice(0, LONGEST))) return segment.length;
  return 0;
}

/** Whether a character is one that only we delete whole: emoji joined or coloured, flags. */
const JOINED = /\u200D|[\u{1F3FB}-\u{1F3FF}]|[\u{1F1E6}-\u{1F1FF}]/u;

function deletion(isForward: boolean): StateCommand {
  return ({ state, dispatch }) => {
    const { main, ranges } = state.selection;
    if (state.readOnly || ranges.length > 1 || !main.empty) return false;
    const line = state.doc.lineAt(main.head);
    const text = isForward ? line.text.slice(main.head - line.from) : line.text.slice(0, main.head - line.from);
    const length = isForward ? firstCharacter(text) : lastCharacter(text);
    const from = isForward ? main.head : main.head - length;
    if (length === 0 || !JOINED.test(state.sliceDoc(from, from + length))) return false;
    dispatch(
      state.update({
        changes: { from, to: from + length },
        scrollIntoView: true,
        userEvent: isForward ? "delete.forward" : "delete.backward",
      }),
    );
    return true;
  };
}

export const graphemeKeymap: readonly KeyBinding[] = [
  { key: "Backspace", run: deletion(false) },
  { key: "Delete", run: deletion(true) },
];
