/** Making anchors and finding their passages again: the counterpart of `resolve.rs` in crates/draft. */
import * as A from "@automerge/automerge";
import { Cursors, objectId, type Pointed } from "./cursors";
import type { Anchor, AnchorState, Range } from "./draft";
import { changeHash, type Heads, type SectionId } from "./ids";
import { rootOf, type LiveDocument } from "./live";
import { readSplits, type Split } from "./schema/text";
import { asMap, field } from "./schema/value";
import { isLow, isHigh } from "./sections/difference";
import type { Sections } from "./sections/sections";
import { knows } from "./versions";

/** The longest quote that an anchor keeps, in characters. */
const MAX_QUOTE = 2000;
const MAX_SPLITS_FOLLOWED = 64;

interface Cursored {
  readonly section: SectionId;
  readonly start: string;
  readonly end: string;
}

/** The anchors of one text. The sections that it is given must be those of the document. */
export class Anchors {
  readonly cursors: Cursors;

  constructor(private readonly live: LiveDocument) {
    this.cursors = new Cursors(() => live.doc());
    live.listen({
      changed: (patches) => {
        this.cursors.changed(patches);
      },
    });
  }

  /**
   * Makes an anchor on a passage of the whole text, cut to the section in which it begins. Null when
   * there is no text there that can be commented on.
   */
  make(sections: Sections, range: Range): Anchor | null {
    const place = sections.placeAt(range.from);
    const section = place === null ? null : sections.get(place.section);
    if (place === null || section === null || !section.editable) {
      return null;
    }
    const from = wholeFrom(section.text, place.index);
    const length = range.to - range.from;
    const to = wholeTo(section.text, Math.min(from + length, section.text.length));
    const passage = section.text.slice(from, to);
    const last = from === to ? from : to - (isLow(section.text.charCodeAt(to - 1)) ? 2 : 1);
    const start = this.cursors.make(section.id, from);
    const end = this.cursors.make(section.id, last);
    if (start === null || end === null) {
      return null;
    }
    return {
      section: section.id,
      start,
      end,
      quote: [...passage].slice(0, MAX_QUOTE).join(""),
      heads: A.getHeads(this.live.doc()).map(changeHash),
    };
  }

  /** Finds an anchor's passage in the present text. */
  resolve(sections: Sections, anchor: Anchor): AnchorState {
    const followed = this.follow(sections, anchor);
    if (followed !== null) {
      return followed;
    }
    if (!knows(this.live.doc(), anchor.heads)) {
      return { kind: "pending" };
    }
    return findQuote(sections, anchor.quote) ?? { kind: "orphaned" };
  }

  /** Follows the cursors, in the anchor's section and through the splits of it. */
  private follow(sections: Sections, anchor: Anchor): AnchorState | null {
    let place: Cursored = anchor;
    let splits: Split[] | null = null;
    const seen = new Set<string>();
    for (let count = 0; count < MAX_SPLITS_FOLLOWED; count += 1) {
      const index = sections.indexOf(place.section);
      const section = sections.all[index];
      if (section === undefined) {
        return null;
      }
      const range = this.rangeIn(section.text, place, anchor.quote === "");
      if (range !== null) {
        const words = section.text.slice(range.from, range.to);
        const start = sections.start(index);
        return {
          kind: "attached",
          section: section.id,
          range: { from: start + range.from, to: start + range.to },
          changed: !quotes(anchor.quote, words),
        };
      }
      splits ??= readSplits(rootOf(this.live));
      const next = this.next(place, splits, seen);
      if (next === null) {
        return null;
      }
      place = next;
    }
    return null;
  }

  /** The passage in a section's text, unless all of it was deleted. */
  private rangeIn(text: string, place: Cursored, empty: boolean): Range | null {
    const object = this.cursors.textObject(place.section);
    if (object === null) {
      return null;
    }
    const start = this.cursors.position(object, place.start, null);
    const end = this.cursors.position(object, place.end, null);
    if (start === null || end === null) {
      return null;
    }
    if (empty) {
      const there = start.alive || place.start === "e";
      return there ? { from: start.index, to: start.index } : null;
    }
    const to = endAfter(text, end);
    return start.index < to ? { from: start.index, to: Math.min(to, text.length) } : null;
  }

  /** Where the passage went when its section was split. */
  private next(place: Cursored, splits: readonly Split[], seen: Set<string>): Cursored | null {
    for (const split of splits) {
      if (split.from !== place.section || seen.has(split.key)) {
        continue;
      }
      seen.add(split.key);
      const moved = this.movedBy(place, split);
      if (moved !== null) {
        return moved;
      }
    }
    return null;
  }

  private movedBy(place: Cursored, split: Split): Cursored | null {
    const doc = this.live.doc();
    const splits = asMap(field(rootOf(this.live), "splits"));
    const entry = splits === null ? null : asMap(field(splits, split.key));
    const made = entry === null ? null : objectId(entry);
    const change = made === null ? null : this.cursors.changeOfObject(doc, made);
    const from = this.cursors.textObject(split.from);
    const to = this.cursors.textObject(split.to);
    const meta = change === null ? null : A.getBackend(doc).getChangeMetaByHash(change);
    if (change === null || from === null || to === null || meta === null) {
      return null;
    }
    const before: Heads = meta.deps.map(changeHash);
    const moved = (cursor: string): string | null => {
      const then = this.cursors.position(from, cursor, before);
      const offset = then === null ? -1 : then.index - split.start;
      if (then?.alive !== true || offset < 0 || offset >= split.length) {
        return null;
      }
      return this.cursors.makeIn(to, offset, [change]);
    };
    // A passage that the split went through keeps the part with its beginning or else its end.
    const start = moved(place.start);
    const end = moved(place.end);
    const first = start ?? end;
    const last = end ?? start;
    return first === null || last === null ? null : { section: split.to, start: first, end: last };
  }
}

/** The index after the character to which a cursor points; a deleted one points after itself. */
function endAfter(text: string, end: Pointed): number {
  if (!end.alive) {
    return end.index;
  }
  return end.index + (isHigh(text.charCodeAt(end.index)) ? 2 : 1);
}

const quotes = (quote: string, words: string): boolean =>
  quote === words || (words.startsWith(quote) && [...quote].length === MAX_QUOTE);

/** Finds a quote where it stands exactly once. */
function findQuote(sections: Sections, quote: string): AnchorState | null {
  if (quote.trim() === "") {
    return null;
  }
  let found: AnchorState | null = null;
  for (const [index, { id, text }] of sections.all.entries()) {
    const at = text.indexOf(quote);
    if (at < 0) {
      continue;
    }
    if (found !== null || text.indexOf(quote, at + quote.length) >= 0) {
      return null;
    }
    const from = sections.start(index) + at;
    found = { kind: "moved", section: id, range: { from, to: from + quote.length } };
  }
  return found;
}

const inside = (text: string, index: number): boolean =>
  index > 0 && isHigh(text.charCodeAt(index - 1)) && isLow(text.charCodeAt(index));
const wholeFrom = (text: string, index: number): number => (inside(text, index) ? index - 1 : index);
const wholeTo = (text: string, index: number): number => (inside(text, index) ? index + 1 : index);
