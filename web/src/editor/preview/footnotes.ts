// Footnotes: their numbers by first reference, and what they say.

import { syntaxTree } from "@codemirror/language";
import { StateField, type EditorState, type Text } from "@codemirror/state";

/** The footnotes of a text. Labels are as typed between `[^` and `]`. */
export interface Footnotes {
  /** Numbers from 1, by the label. */
  readonly numbers: ReadonlyMap<string, number>;
}

const REFERENCE = /\[\^([^\s\]]{1,200})\](?!:)/g;

/** Numbers the labels of a text by where they are first referred to. */
export function numberFootnotes(text: string): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const match of text.matchAll(REFERENCE)) {
    const label = match[1] ?? "";
    const isDefinition = text[match.index + match[0].length] === ":";
    if (!isDefinition && !numbers.has(label)) numbers.set(label, numbers.size + 1);
  }
  return numbers;
}

/** The words of the note with this label, on one line, or null when there is no such note. */
export function noteText(doc: Text, label: string): string | null {
  const opening = `[^${label}]:`;
  for (let number = doc.lines; number >= 1; number--) {
    const line = doc.line(number);
    if (!line.text.startsWith(opening)) continue;
    const words = [line.text.slice(opening.length).trim()];
    for (let next = number + 1; next <= doc.lines; next++) {
      const text = doc.line(next).text;
      if (!/^\s+\S/.test(text)) break;
      words.push(text.trim());
    }
    return words.join(" ");
  }
  return null;
}

/** A label for a new footnote that no other one has. */
export function freeLabel(text: string): string {
  const used = new Set([...text.matchAll(/\[\^([^\s\]]{1,200})\]/g)].map((match) => match[1]));
  let number = 1;
  while (used.has(String(number))) number++;
  return String(number);
}

function compute(state: EditorState): Footnotes {
  return { numbers: numberFootnotes(state.doc.toString()) };
}

/** Numbers are counted anew only when a change touches a reference: typing elsewhere costs nothing. */
export const footnotes = StateField.define<Footnotes>({
  create: compute,
  update(value, transaction) {
    if (!transaction.docChanged) return value;
    let touched = false;
    transaction.changes.iterChanges((fromA, toA, fromB, toB) => {
      if (touched) return;
      const before = transaction.startState.doc.sliceString(
        Math.max(0, fromA - 2),
        Math.min(transaction.startState.doc.length, toA + 2),
      );
      const after = transaction.newDoc.sliceString(
        Math.max(0, fromB - 2),
        Math.min(transaction.newDoc.length, toB + 2),
      );
      touched = before.includes("[^") || after.includes("[^") || insideReference(transaction.state, fromB);
    });
    return touched ? compute(transaction.state) : value;
  },
});

function insideReference(state: EditorState, position: number): boolean {
  return syntaxTree(state).resolveInner(position, -1).name === "FootnoteReference";
}
