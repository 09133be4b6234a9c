// Things that are put in at the cursor: a footnote, a table.

import { EditorSelection, type EditorState, type StateCommand } from "@codemirror/state";

import { freeLabel } from "../preview/footnotes";
import { newTable } from "../preview/table-model";

/** Puts a reference at the cursor and its note at the end of the text, where the cursor goes to write it. */
export const insertFootnote: StateCommand = ({ state, dispatch }) => {
  if (state.readOnly) return false;
  const at = state.selection.main.to;
  const label = freeLabel(state.doc.toString());
  const end = state.doc.length;
  const tail = state.sliceDoc(Math.max(0, end - 2), end);
  const lastLine =
    state.doc.line(state.doc.lines).text.trim() === "" && state.doc.lines > 1
      ? state.doc.line(state.doc.lines - 1).text
      : state.doc.line(state.doc.lines).text;
  const follows = /^(?:\[\^|\s{2,})/.test(lastLine);
  const gap =
    end === 0 || tail === "\n\n" || (tail.endsWith("\n") && follows)
      ? ""
      : tail.endsWith("\n") || follows
        ? "\n"
        : "\n\n";
  const note = `${gap}[^${label}]: `;
  const reference = `[^${label}]`;
  dispatch(
    state.update({
      changes: [
        { from: at, insert: reference },
        { from: end, insert: `${note}\n` },
      ],
      selection: EditorSelection.cursor(end + reference.length + note.length),
      scrollIntoView: true,
      userEvent: "input",
    }),
  );
  return true;
};

/** Where a block may stand: after the block that holds the cursor. UTF-16 units. */
function blockEnd(state: EditorState): { at: number; gap: string } {
  let line = state.doc.lineAt(state.selection.main.head);
  if (line.text.trim() === "")
    return { at: line.from, gap: line.number > 1 && state.doc.line(line.number - 1).text.trim() !== "" ? "\n" : "" };
  while (line.number < state.doc.lines && state.doc.line(line.number + 1).text.trim() !== "")
    line = state.doc.line(line.number + 1);
  return { at: line.to, gap: "\n\n" };
}

/** Puts an empty table below the paragraph with the cursor; gives the offset where it begins, or null. */
export function insertTable(
  columns: number,
  rows: number,
  head: readonly string[],
): (target: Parameters<StateCommand>[0]) => number | null {
  return ({ state, dispatch }) => {
    if (state.readOnly) return null;
    const { at, gap } = blockEnd(state);
    const after = state.sliceDoc(at, at + 2);
    const tail =
      after.startsWith("\n\n") || (after === "\n" && at + 1 === state.doc.length)
        ? ""
        : after.startsWith("\n")
          ? "\n"
          : "\n\n";
    const table = newTable(columns, rows, head);
    const insert = gap + table + tail;
    dispatch(state.update({ changes: { from: at, insert }, userEvent: "input" }));
    return at + gap.length;
  };
}
