/** How the whole text changes from one state of the sections to another. */
import { ChangeSet, type ChangeSpec } from "@codemirror/state";
import type { SectionId } from "../ids";
import { longestAscent } from "./lines";
import type { Section, Sections } from "./sections";

/** How the texts of some sections changed; for others the smallest difference is taken. */
export type SectionChanges = ReadonlyMap<SectionId, ChangeSet>;

/**
 * The change of the whole text from `before` to `after`. A section that moved is taken out and put in
 * elsewhere; all others keep their text, so that selections in them stay where they are.
 */
export function difference(before: Sections, after: Sections, known: SectionChanges): ChangeSet {
  const specs: ChangeSpec[] = [];
  const stays = staying(before, after);
  let old = 0;
  let now = 0;
  while (old < before.all.length || now < after.all.length) {
    const oldSection = before.all[old];
    const newSection = after.all[now];
    if (oldSection !== undefined && !stays.has(oldSection.id)) {
      const to = before.end(old) + (before.isGlued(old) ? 1 : 0);
      specs.push({ from: before.start(old), to });
      old += 1;
    } else if (newSection !== undefined && !stays.has(newSection.id)) {
      const insert = newSection.text + (after.isGlued(now) ? "\n" : "");
      specs.push({ from: old < before.all.length ? before.start(old) : before.length, insert });
      now += 1;
    } else if (oldSection !== undefined && newSection !== undefined) {
      pushText(specs, before.start(old), oldSection, newSection, known);
      pushGlue(specs, before.end(old), before.isGlued(old), after.isGlued(now));
      old += 1;
      now += 1;
    } else {
      break;
    }
  }
  return ChangeSet.of(specs, before.length);
}

function pushText(specs: ChangeSpec[], start: number, before: Section, after: Section, known: SectionChanges): void {
  if (before.text === after.text) {
    return;
  }
  const changes = known.get(before.id);
  if (changes === undefined) {
    const { from, to, insert } = smallest(before.text, after.text);
    specs.push({ from: start + from, to: start + to, insert });
    return;
  }
  changes.iterChanges((from, to, _fromB, _toB, inserted) => {
    specs.push({ from: start + from, to: start + to, insert: inserted });
  }, true);
}

function pushGlue(specs: ChangeSpec[], end: number, before: boolean, after: boolean): void {
  if (before && !after) {
    specs.push({ from: end, to: end + 1 });
  } else if (after && !before) {
    specs.push({ from: end, insert: "\n" });
  }
}

/** The sections that both have and that stand in the same order in both: as many as possible. */
function staying(before: Sections, after: Sections): Set<SectionId> {
  const places = new Map<SectionId, number>();
  before.all.forEach((section, index) => places.set(section.id, index));
  const ids: SectionId[] = [];
  const olds: number[] = [];
  for (const section of after.all) {
    const place = places.get(section.id);
    if (place !== undefined) {
      ids.push(section.id);
      olds.push(place);
    }
  }
  if (olds.every((place, index) => index === 0 || place > (olds[index - 1] ?? -1))) {
    return new Set(ids);
  }
  return new Set(longestAscent(olds).flatMap((index) => ids[index] ?? []));
}

/** The one replacement that turns `before` into `after`, without splitting a surrogate pair. */
export function smallest(before: string, after: string): { from: number; to: number; insert: string } {
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before.charCodeAt(from) === after.charCodeAt(from)) {
    from += 1;
  }
  if (from > 0 && isHigh(before.charCodeAt(from - 1))) {
    from -= 1;
  }
  let tail = 0;
  while (
    tail < shorter - from &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  ) {
    tail += 1;
  }
  if (tail > 0 && isLow(before.charCodeAt(before.length - tail))) {
    tail -= 1;
  }
  return { from, to: before.length - tail, insert: after.slice(from, after.length - tail) };
}

/** Whether a UTF-16 unit is the first half of a surrogate pair. */
export const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
/** Whether a UTF-16 unit is the second half of a surrogate pair. */
export const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;

/** A text without halves of surrogate pairs, which no document can hold. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, "\ufffd");
