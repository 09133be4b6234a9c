// Where comments stand in the margin: beside their passage, pushed apart softly, the active one exactly
// beside its own. Pure.

/** A note in the margin: where it would like to be and how tall it is, in CSS pixels. */
export interface Note {
  readonly id: string;
  readonly wish: number;
  readonly height: number;
}

/** The tops of the notes, by id. `gap` is the least distance between two, in CSS pixels. */
export function arrange(notes: readonly Note[], active: string | null, gap: number): Map<string, number> {
  const sorted = [...notes].sort((one, other) => one.wish - other.wish);
  const tops = new Map<string, number>();
  const fixed = Math.max(
    0,
    sorted.findIndex((note) => note.id === active),
  );
  let bottom = -Infinity;
  for (const note of sorted.slice(fixed)) {
    const top = Math.max(note.wish, bottom + gap, 0);
    tops.set(note.id, top);
    bottom = top + note.height;
  }
  let ceiling = tops.get(sorted[fixed]?.id ?? "") ?? Infinity;
  for (const note of sorted.slice(0, fixed).reverse()) {
    const top = Math.min(note.wish, ceiling - gap - note.height);
    tops.set(note.id, top);
    ceiling = top;
  }
  // Nothing may leave the page at its upper end: then the others give way after all.
  if (ceiling < 0) return arrange(notes, null, gap);
  return tops;
}
