// Who wrote the parts of a passage, in reading order. Pure.

import type { Text } from "@codemirror/state";

import type { AuthorshipView, Range } from "../document/draft";
import type { ParticipantId } from "../document/ids";
import type { Told } from "./times";

/** Words that one person wrote at one go, or at several with nothing of others between. */
export interface Piece {
  readonly text: string;
  readonly participant: ParticipantId | null;
  /** Whether it stood in the draft when that was made. */
  readonly isFirst: boolean;
  /** When it was written, in milliseconds since 1970; null when that is not told. */
  readonly from: number | null;
  readonly to: number | null;
}

/**
 * The pieces of `range`. White space, stray punctuation and the newlines between sections, which nobody wrote,
 * go with what stands before them, so that one sees who wrote the words. `first` is the change that made the draft.
 */
export function piecesOf(
  markdown: string,
  range: Range,
  authors: readonly AuthorshipView[],
  told: ReadonlyMap<string, Told>,
  first: string | null,
): Piece[] {
  const pieces: Piece[] = [];
  let at = range.from;
  for (const author of authors) {
    extend(pieces, markdown.slice(at, Math.max(at, author.from)));
    at = Math.max(at, author.to);
    const text = markdown.slice(author.from, author.to);
    const known = author.changes.flatMap((hash) => told.get(hash) ?? []);
    const times = known.flatMap((one) => one.at ?? []);
    add(pieces, {
      text,
      participant: known[0]?.participant ?? author.participant,
      isFirst: first !== null && author.changes[0] === first,
      from: times.length > 0 ? Math.min(...times) : null,
      to: times.length > 0 ? Math.max(...times) : null,
    });
  }
  extend(pieces, markdown.slice(at, range.to));
  // Only once all that one person wrote together is together can it be said that it holds no word.
  const joined: Piece[] = [];
  for (const piece of pieces) {
    if (joined.length > 0 && !/[\p{L}\p{N}\p{S}]/u.test(piece.text)) extend(joined, piece.text);
    else add(joined, piece);
  }
  return joined.map((piece) => ({ ...piece, text: piece.text.trim() })).filter((piece) => piece.text !== "");
}

function extend(pieces: Piece[], text: string): void {
  const last = pieces.at(-1);
  if (last) pieces[pieces.length - 1] = { ...last, text: last.text + text };
}

function add(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (last && piece.text.trim() === "") extend(pieces, piece.text);
  else if (last && last.participant === piece.participant && last.isFirst === piece.isFirst)
    pieces[pieces.length - 1] = {
      ...last,
      text: last.text + piece.text,
      from: earlier(last.from, piece.from),
      to: later(last.to, piece.to),
    };
  else pieces.push(piece);
}

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);
const later = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other);

/** The paragraph around an offset: from blank line to blank line, and nothing where the line itself is blank. */
export function paragraphAround(doc: Text, offset: number): Range {
  const line = doc.lineAt(Math.min(offset, doc.length));
  const isBlank = (number: number): boolean => number < 1 || number > doc.lines || doc.line(number).text.trim() === "";
  let first = line.number;
  let last = line.number;
  while (!isBlank(line.number) && !isBlank(first - 1)) first -= 1;
  while (!isBlank(line.number) && !isBlank(last + 1)) last += 1;
  return { from: doc.line(first).from, to: doc.line(last).to };
}
