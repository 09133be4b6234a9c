/** Where a text is cut into sections: the counterpart of `cut.rs` in crates/draft. */
import { scan, type Boundary } from "./blocks";

/** The size in bytes of UTF-8 that sections are kept near. */
export const SECTION_TARGET_BYTES = 2048;

/** Cuts a text (with LF only) into pieces that cover it without gaps; none is empty. */
export function cut(text: string): string[] {
  return cutRange(text, 0, text.length, scan(text).boundaries);
}

/** Cuts a range of a text at `boundaries`, which were found in the whole of it. */
export function cutRange(text: string, from: number, to: number, boundaries: readonly Boundary[]): string[] {
  const within = boundaries.filter((it) => it.offset > from && it.offset < to);
  const pieces: string[] = [];
  let start = from;
  within.forEach((boundary, index) => {
    const piece = text.slice(start, boundary.offset);
    // Blank lines alone are no section; they stay with what follows them.
    if (piece.trim() === "") {
      return;
    }
    const next = within[index + 1]?.offset ?? to;
    if (boundary.kind === "heading" || isDue(text, start, boundary.offset, next)) {
      pieces.push(piece);
      start = boundary.offset;
    }
  });
  if (start < to) {
    pieces.push(text.slice(start, to));
  }
  return pieces;
}

/** Whether a section from `start` should end at `here`, when the next chance comes at `next`. */
function isDue(text: string, start: number, here: number, next: number): boolean {
  const now = utf8Length(text, start, here);
  if (now >= SECTION_TARGET_BYTES) {
    return true;
  }
  return now >= SECTION_TARGET_BYTES / 2 && now + utf8Length(text, here, next) > (SECTION_TARGET_BYTES * 3) / 2;
}

/** How many bytes part of a text has in UTF-8. */
export function utf8Length(text: string, from = 0, to = text.length): number {
  let bytes = 0;
  for (let index = from; index < to; index += 1) {
    const unit = text.charCodeAt(index);
    // Each half of a surrogate pair counts two of the four bytes.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return bytes;
}
