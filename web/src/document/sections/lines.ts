/** The differences between two texts, by lines and within them by words. */
import { presentableDiff } from "@codemirror/merge";

/** `from` up to `to` of the old text gives way to `insert`. */
export interface Difference {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** A stretch in which two lists of lines differ. */
interface Hunk {
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/**
 * What to replace in `before`, in order, so that it becomes `after`. Lines that stay the same are
 * left alone, so that what others do to them meanwhile is kept.
 */
export function differences(before: string, after: string): Difference[] {
  const old = splitLines(before);
  const now = splitLines(after);
  const hunks: Hunk[] = [];
  compare(old, now, { oldFrom: 0, oldTo: old.length, newFrom: 0, newTo: now.length }, hunks);
  const oldStarts = starts(old);
  const newStarts = starts(now);
  return hunks.flatMap((hunk) => {
    const from = oldStarts[hunk.oldFrom] ?? before.length;
    const to = oldStarts[hunk.oldTo] ?? before.length;
    const start = newStarts[hunk.newFrom] ?? after.length;
    const insert = after.slice(start, newStarts[hunk.newTo] ?? after.length);
    if (from === to || insert === "") {
      return [{ from, to, insert }];
    }
    return presentableDiff(before.slice(from, to), insert, { scanLimit: 1000, timeout: 200 }).map((change) => ({
      from: from + change.fromA,
      to: from + change.toA,
      insert: insert.slice(change.fromB, change.toB),
    }));
  });
}

const splitLines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

function starts(lines: readonly string[]): number[] {
  let at = 0;
  const all = lines.map((line) => {
    const start = at;
    at += line.length;
    return start;
  });
  return [...all, at];
}

/** Patience diff: lines that stand once on each side hold the comparison together. */
function compare(old: readonly string[], now: readonly string[], hunk: Hunk, found: Hunk[]): void {
  let { oldFrom, oldTo, newFrom, newTo } = hunk;
  while (oldFrom < oldTo && newFrom < newTo && old[oldFrom] === now[newFrom]) {
    oldFrom += 1;
    newFrom += 1;
  }
  while (oldFrom < oldTo && newFrom < newTo && old[oldTo - 1] === now[newTo - 1]) {
    oldTo -= 1;
    newTo -= 1;
  }
  if (oldFrom === oldTo && newFrom === newTo) {
    return;
  }
  const anchors = uniqueLines(old, now, { oldFrom, oldTo, newFrom, newTo });
  if (anchors.length === 0) {
    found.push({ oldFrom, oldTo, newFrom, newTo });
    return;
  }
  for (const [oldLine, newLine] of [...anchors, [oldTo, newTo] as const]) {
    compare(old, now, { oldFrom, oldTo: oldLine, newFrom, newTo: newLine }, found);
    oldFrom = oldLine + 1;
    newFrom = newLine + 1;
  }
}

/** Pairs of equal lines that stand once on each side, ascending on both. */
function uniqueLines(
  old: readonly string[],
  now: readonly string[],
  { oldFrom, oldTo, newFrom, newTo }: Hunk,
): (readonly [number, number])[] {
  const seen = new Map<string, { old: number; count: number; now: number; nowCount: number }>();
  for (let index = oldFrom; index < oldTo; index += 1) {
    const line = old[index] ?? "";
    const entry = seen.get(line) ?? { old: index, count: 0, now: -1, nowCount: 0 };
    entry.count += 1;
    seen.set(line, entry);
  }
  for (let index = newFrom; index < newTo; index += 1) {
    const entry = seen.get(now[index] ?? "");
    if (entry !== undefined) {
      entry.now = index;
      entry.nowCount += 1;
    }
  }
  const pairs = [...seen.values()].filter((it) => it.count === 1 && it.nowCount === 1);
  const ascent = longestAscent(pairs.map((it) => it.now));
  return ascent.flatMap((index) => {
    const pair = pairs[index];
    return pair === undefined ? [] : [[pair.old, pair.now] as const];
  });
}

/** Indexes of a longest ascending subsequence, by patience sorting. */
export function longestAscent(numbers: readonly number[]): number[] {
  const piles: number[] = [];
  const previous: number[] = [];
  numbers.forEach((number, index) => {
    let low = 0;
    let high = piles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((numbers[piles[middle] ?? -1] ?? Infinity) < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    previous[index] = low > 0 ? (piles[low - 1] ?? -1) : -1;
    piles[low] = index;
  });
  const ascent: number[] = [];
  for (let index = piles.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    ascent.push(index);
  }
  return ascent.reverse();
}
