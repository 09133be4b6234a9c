// Marks around words: bold, italic, struck, brackets, links. Pressing twice takes them away again.

import {
  EditorSelection,
  type ChangeSpec,
  type EditorState,
  type SelectionRange,
  type StateCommand,
} from "@codemirror/state";

/** A range without spaces at its ends, so that `**word **` never comes about. */
function trimmed(state: EditorState, range: SelectionRange): { from: number; to: number } {
  const text = state.sliceDoc(range.from, range.to);
  const lead = text.length - text.trimStart().length;
  const trail = text.length - text.trimEnd().length;
  return text.trim() === "" ? { from: range.from, to: range.to } : { from: range.from + lead, to: range.to - trail };
}

/** The word around an empty selection, or the selection itself. */
function target(state: EditorState, range: SelectionRange): { from: number; to: number } {
  if (!range.empty) return trimmed(state, range);
  return state.wordAt(range.head) ?? { from: range.head, to: range.head };
}

/** Whether a run of the mark's character around a range is of the mark's own length: `*` is not `**`. */
function surrounds(state: EditorState, from: number, to: number, open: string, close: string): boolean {
  if (state.sliceDoc(from - open.length, from) !== open || state.sliceDoc(to, to + close.length) !== close)
    return false;
  const char = open[0] ?? "";
  if (open !== "*") return true;
  const before = /\*+$/.exec(state.sliceDoc(Math.max(0, from - 3), from))?.[0].length ?? 0;
  return char !== "*" || before % 2 === 1;
}

/** Puts marks around the selection or the word, or takes them away when they are there. */
function toggleMarks(open: string, close: string = open): StateCommand {
  return ({ state, dispatch }) => {
    if (state.readOnly) return false;
    const spec = state.changeByRange((range) => {
      const { from, to } = target(state, range);
      if (surrounds(state, from, to, open, close)) {
        const changes: ChangeSpec[] = [
          { from: from - open.length, to: from },
          { from: to, to: to + close.length },
        ];
        return { changes, range: EditorSelection.range(from - open.length, to - open.length) };
      }
      const changes: ChangeSpec[] = [
        { from, insert: open },
        { from: to, insert: close },
      ];
      const isEmpty = from === to;
      return {
        changes,
        range: isEmpty
          ? EditorSelection.cursor(from + open.length)
          : EditorSelection.range(from + open.length, to + open.length),
      };
    });
    dispatch(state.update(spec, { scrollIntoView: true, userEvent: "input" }));
    return true;
  };
}

export const toggleBold = toggleMarks("**");
export const toggleItalic = toggleMarks("*");
export const toggleStruck = toggleMarks("~~");
export const toggleCode = toggleMarks("`");
/** Marks text as not agreed. */
export const toggleBracket = toggleMarks("[", "]");

/** A link around the selection; the address is selected, to be typed over. */
export const insertLink: StateCommand = ({ state, dispatch }) => {
  if (state.readOnly) return false;
  const range = state.selection.main;
  const { from, to } = target(state, range);
  const words = state.sliceDoc(from, to);
  const isAddress = /^(?:https?:\/\/|mailto:)\S+$/.test(words);
  const address = isAddress ? words : "https://";
  const label = isAddress ? "" : words;
  const insert = `[${label}](${address})`;
  const at =
    isAddress || label === ""
      ? EditorSelection.cursor(from + 1)
      : EditorSelection.range(from + label.length + 3, from + label.length + 3 + address.length);
  dispatch(
    state.update({
      changes: { from, to, insert },
      selection: EditorSelection.create([at]),
      scrollIntoView: true,
      userEvent: "input",
    }),
  );
  return true;
};
