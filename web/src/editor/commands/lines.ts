// What concerns whole lines: headings, lists, quotes and notes.

import { type ChangeSpec, type EditorState, type Line, type StateCommand } from "@codemirror/state";

/** The lines that the selection touches, in order, each once. */
function touched(state: EditorState): Line[] {
  const lines = new Map<number, Line>();
  for (const range of state.selection.ranges) {
    for (let at = range.from; ;) {
      const line = state.doc.lineAt(at);
      lines.set(line.number, line);
      if (line.to >= range.to || line.number === state.doc.lines) break;
      at = line.to + 1;
    }
  }
  return [...lines.values()].sort((one, other) => one.number - other.number);
}

const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+|$)/;
const ITEM = /^(\s*)(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?/;

/** Makes the lines headings of a level (1 to 6), or plain text again when they are such already; 0 makes plain text. */
export function setHeading(level: number): StateCommand {
  return ({ state, dispatch }) => {
    if (state.readOnly) return false;
    const changes: ChangeSpec[] = [];
    for (const line of touched(state)) {
      const found = HEADING.exec(line.text);
      const has = found?.[1]?.length ?? 0;
      const wanted = has === level ? 0 : level;
      const insert = wanted === 0 ? "" : `${"#".repeat(wanted)} `;
      changes.push({ from: line.from, to: line.from + (found?.[0].length ?? 0), insert });
    }
    dispatch(state.update({ changes, scrollIntoView: true, userEvent: "input" }));
    return true;
  };
}

/** The heading level of the line with the cursor; 0 for plain text. */
export function headingLevel(state: EditorState): number {
  return HEADING.exec(state.doc.lineAt(state.selection.main.head).text)?.[1]?.length ?? 0;
}

export type ListKind = "bullets" | "numbers" | "tasks";

function mark(kind: ListKind, index: number): string {
  if (kind === "bullets") return "- ";
  return kind === "numbers" ? `${index + 1}. ` : "- [ ] ";
}

function kindOf(line: string): ListKind | null {
  const found = ITEM.exec(line);
  if (!found) return null;
  if (/\[[ xX]\]/.test(found[0])) return "tasks";
  return /\d/.test(found[0]) ? "numbers" : "bullets";
}

/** Makes the lines items of a list, or plain text again when all of them are such already. */
export function toggleList(kind: ListKind): StateCommand {
  return ({ state, dispatch }) => {
    if (state.readOnly) return false;
    const all = touched(state);
    const lines = all.length > 1 ? all.filter((line) => line.text.trim() !== "") : all;
    const isOn = lines.every((line) => kindOf(line.text) === kind);
    const changes: ChangeSpec[] = lines.map((line, index) => {
      const found = ITEM.exec(line.text);
      const indent = found?.[1] ?? /^\s*/.exec(line.text)?.[0] ?? "";
      return {
        from: line.from,
        to: line.from + (found?.[0].length ?? indent.length),
        insert: isOn ? indent : indent + mark(kind, index),
      };
    });
    dispatch(state.update({ changes, scrollIntoView: true, userEvent: "input" }));
    return true;
  };
}

/** Makes the lines a quotation, or takes its marks away. */
export const toggleQuote: StateCommand = ({ state, dispatch }) => {
  if (state.readOnly) return false;
  const lines = touched(state);
  const isOn = lines.every((line) => /^\s*>/.test(line.text));
  const changes: ChangeSpec[] = lines.map((line) => {
    const found = /^\s*> ?/.exec(line.text);
    return isOn ? { from: line.from, to: line.from + (found?.[0].length ?? 0) } : { from: line.from, insert: "> " };
  });
  dispatch(state.update({ changes, scrollIntoView: true, userEvent: "input" }));
  return true;
};

/** Sets the lines apart as a note of a kind (`NOTE`, `TIP`, `IMPORTANT`, `WARNING`, `CAUTION`). */
export function insertAlert(kind: string): StateCommand {
  return ({ state, dispatch }) => {
    if (state.readOnly) return false;
    const lines = touched(state);
    const first = lines[0];
    if (!first) return false;
    const opening = /^>\s*\[!\w+\]/.exec(first.text);
    if (opening) {
      dispatch(
        state.update({
          changes: { from: first.from, to: first.from + opening[0].length, insert: `> [!${kind}]` },
          userEvent: "input",
        }),
      );
      return true;
    }
    const gap = first.number > 1 && state.doc.line(first.number - 1).text.trim() !== "" ? "\n" : "";
    const changes: ChangeSpec[] = lines.map((line, index) => ({
      from: line.from,
      insert: index === 0 ? `${gap}> [!${kind}]\n> ` : "> ",
    }));
    dispatch(state.update({ changes, scrollIntoView: true, userEvent: "input" }));
    return true;
  };
}
