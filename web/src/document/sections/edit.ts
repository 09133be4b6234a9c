/**
 * Turns an edit of the whole text into edits of its sections, such that joining the sections gives
 * exactly the edited text.
 *
 * The text that joining puts between sections (a newline where one is missing) is not stored, so an
 * edit may have to store it, or to move the first line of the next section to the end of this one.
 */
import { sectionId, type SectionId } from "../ids";
import { randomKey } from "../keys";
import { scan } from "./blocks";
import { cutRange, SECTION_TARGET_BYTES, utf8Length } from "./cut";
import { append, type Operation } from "./operations";
import { keysBetween, randomInfix, type Random } from "./order";
import { Sections, type Section } from "./sections";

/** From which sections the characters of an insertion came, in order; lengths add up to it. */
export interface Part {
  readonly section: SectionId;
  readonly length: number;
}

/** An edit of the whole text: `from` up to `to` gives way to `insert`. */
export interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
  /** For text that comes back: where it was. */
  readonly parts?: readonly Part[];
}

/** A section's new text: kept stretches of its old one, and new text between them. */
type Segment = string | { readonly from: number; readonly to: number };

/** Carries edits out on sections, one after another, and collects what is to be written. */
export class Editing {
  readonly operations: Operation[] = [];

  constructor(
    public sections: Sections,
    private readonly random: Random,
  ) {}

  /** Replaces a passage of the whole text. */
  replace(edit: Replacement): void {
    if (edit.from === edit.to && edit.insert === "") {
      return;
    }
    const place = this.placeForSections(edit);
    if (place !== null) {
      this.insertSections(place, cutRange(edit.insert, 0, edit.insert.length, scan(edit.insert).boundaries));
      return;
    }
    const [first, last] = this.window(edit);
    const window = new Window(this.sections, first, last, edit);
    window.assign();
    const joined = window.join();
    this.write(window.texts);
    if (edit.insert !== "" && edit.parts === undefined && !joined) {
      this.splitOffHeading(window.owner, edit);
    }
  }

  /** From which sections a passage comes; a newline of joining counts to the section before it. */
  partsOf(from: number, to: number): Part[] {
    return partsOf(this.sections, from, to);
  }

  /**
   * Where an insertion makes sections of its own: beside a plain string, which cannot take it, and in
   * front of the first heading of all, whose section stays as it is. Null for any other edit.
   */
  private placeForSections(edit: Replacement): number | null {
    if (edit.from !== edit.to) {
      return null;
    }
    const { sections } = this;
    const owner = this.ownerOfInsertion(edit);
    if (owner < 0) {
      return sections.all.length;
    }
    if (!sections.get(owner).editable) {
      return edit.from === sections.start(owner) ? owner : owner + 1;
    }
    const first =
      edit.parts === undefined && edit.insert.endsWith("\n") && edit.from === 0 && sections.get(owner).text !== "";
    const heads = first && scan(sections.get(owner).text).headings[0]?.offset === 0;
    return heads ? owner : null;
  }

  /** The sections, by index, that an edit touches. */
  private window(edit: Replacement): [number, number] {
    const { sections } = this;
    const owner = edit.from < edit.to ? sections.at(edit.from) : this.ownerOfInsertion(edit);
    const last = edit.from < edit.to ? sections.at(edit.to - 1) : owner;
    return edit.parts === undefined ? [owner, last] : this.widened(edit, owner, last);
  }

  /**
   * Where text is typed: at the border of two sections, whole lines go to the end of the first and
   * anything else to the beginning of the second, so that it joins the line that stands there.
   */
  private ownerOfInsertion({ from, insert }: Replacement): number {
    const { sections } = this;
    const wholeLines = insert.endsWith("\n");
    let index = sections.at(from);
    if (index < 0) {
      index = sections.previousFilled(sections.all.length);
      if (index < 0) {
        index = sections.all.findIndex((section) => section.editable);
      }
      return index;
    }
    if (from === sections.start(index) && wholeLines) {
      const above = sections.previousFilled(index);
      const ended = above >= 0 && !sections.isGlued(above);
      if (ended && sections.get(above).editable) {
        return above;
      }
    }
    return index;
  }

  /** Text that comes back may return to sections around the place, as far as nothing is between. */
  private widened({ from, to, parts }: Replacement, owner: number, end: number): [number, number] {
    const { sections } = this;
    const wanted = new Set(parts?.map((part) => part.section));
    let first = owner;
    let last = end;
    for (let index = owner - 1; index >= 0 && from <= sections.start(owner); index -= 1) {
      if (sections.end(index) !== from || sections.isGlued(index)) {
        break;
      }
      if (wanted.has(sections.get(index).id)) {
        first = index;
      }
    }
    const rest = sections.end(end) + (sections.isGlued(end) ? 1 : 0);
    for (let index = end + 1; index < sections.all.length && to >= rest; index += 1) {
      if (sections.start(index) !== to) {
        break;
      }
      if (wanted.has(sections.get(index).id)) {
        last = index;
      }
    }
    return [first, last];
  }

  /** Writes new texts of sections, each given by the segments of its old one. */
  private write(texts: ReadonlyMap<number, readonly Segment[]>): void {
    const all = [...this.sections.all];
    for (const [index, segments] of texts) {
      const section = this.sections.get(index);
      let at = 0;
      let read = 0;
      let insert = "";
      const splice = (until: number): void => {
        if (until > read || insert !== "") {
          append(this.operations, {
            kind: "splice",
            section: section.id,
            index: at,
            remove: until - read,
            insert,
          });
          at += insert.length;
          insert = "";
        }
      };
      for (const segment of segments) {
        if (typeof segment === "string") {
          insert += segment;
        } else if (segment.to > segment.from) {
          splice(segment.from);
          at += segment.to - segment.from;
          read = segment.to;
        }
      }
      splice(section.text.length);
      all[index] = { ...section, text: textOf(section.text, segments) };
    }
    this.sections = Sections.inOrder(all);
  }

  /**
   * When an insertion makes a heading at the end of a section, with only blank lines after it, the
   * heading and what follows it become sections of their own.
   */
  private splitOffHeading(owner: number, edit: Replacement): void {
    const section = this.sections.get(owner);
    const text = section.text;
    const start = Math.max(0, Math.min(edit.from - this.sections.start(owner), text.length));
    const inserted = text.startsWith(edit.insert, start);
    if (!inserted || text.slice(start + edit.insert.length).trim() !== "") {
      return;
    }
    const lineStart = start === 0 ? 0 : text.lastIndexOf("\n", start - 1) + 1;
    if (!/[#=-]/.test(text.slice(lineStart, start + edit.insert.length))) {
      return;
    }
    const boundaries = scan(text).boundaries;
    const heading = boundaries.find(
      (it) => it.kind === "heading" && it.offset >= lineStart && text.slice(0, it.offset).trim() !== "",
    );
    if (heading !== undefined) {
      this.cutOff(owner, cutRange(text, heading.offset, text.length, boundaries), false);
    }
  }

  /**
   * Cuts a section that an insertion made far too long into several, noted as splits, so that
   * anchors follow and what others type there costs little.
   */
  cutLong(index: number): void {
    const section = this.sections.get(index);
    if (!section.editable || utf8Length(section.text) <= 2 * SECTION_TARGET_BYTES) {
      return;
    }
    const boundaries = scan(section.text).boundaries;
    const [, ...rest] = cutRange(section.text, 0, section.text.length, boundaries);
    this.cutOff(index, rest, true);
  }

  /** Divides a section at an index of its text, noted as a split. Returns the new section's index. */
  divide(index: number, at: number): number {
    const { text } = this.sections.get(index);
    if (at <= 0) {
      return index;
    }
    if (at < text.length) {
      this.cutOff(index, [text.slice(at)], true);
    }
    return index + 1;
  }

  /** Moves the last part of a section, given in pieces, to new sections after it. */
  private cutOff(index: number, pieces: readonly string[], noted: boolean): void {
    const section = this.sections.get(index);
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length === 0) {
      return;
    }
    const start = section.text.length - length;
    this.write(new Map([[index, [{ from: 0, to: start }]]]));
    const created = this.insertSections(index + 1, pieces);
    let from = start;
    created.forEach((to, place) => {
      const piece = pieces[place]?.length ?? 0;
      if (noted) {
        append(this.operations, { kind: "split", from: section.id, to, start: from, length: piece });
      }
      from += piece;
    });
  }

  /** Puts new sections before the one with index `before`. */
  insertSections(before: number, texts: readonly string[]): SectionId[] {
    const orders = this.ordersFor(before, texts.length);
    const all = [...this.sections.all];
    const created = texts.map((text, index): Section => {
      const section = sectionId(randomKey(this.random));
      const order = orders[index] ?? "";
      append(this.operations, { kind: "create", section, order, text });
      return { id: section, order, text, editable: true };
    });
    all.splice(before, 0, ...created);
    this.sections = Sections.inOrder(all);
    return created.map((section) => section.id);
  }

  /** Moves the sections from index `first` up to, not including, `end` before the one at `before`. */
  move(first: number, end: number, before: number): void {
    if (before >= first && before <= end) {
      return;
    }
    const all = [...this.sections.all];
    const moved = all.splice(first, end - first);
    const target = before > first ? before - (end - first) : before;
    this.sections = Sections.inOrder(all);
    const orders = this.ordersFor(target, moved.length);
    const placed = moved.map((section, index): Section => {
      const order = orders[index] ?? "";
      append(this.operations, { kind: "order", section: section.id, order });
      return { ...section, order };
    });
    const rest = [...this.sections.all];
    rest.splice(target, 0, ...placed);
    this.sections = Sections.inOrder(rest);
  }

  /** Order keys before the section at an index; where there is no room, all get new ones. */
  private ordersFor(before: number, count: number): string[] {
    const infix = randomInfix(this.random);
    const low = this.sections.all[before - 1]?.order ?? null;
    const high = this.sections.all[before]?.order ?? null;
    const keys = keysBetween(low, high, count, infix);
    if (keys !== null) {
      return keys;
    }
    const total = this.sections.all.length + count;
    const renewed = keysBetween(null, null, Math.max(total, 2), infix) ?? [];
    const own = renewed.splice(before, count);
    const all = this.sections.all.map((section, index): Section => {
      const order = renewed[index] ?? section.order;
      append(this.operations, { kind: "order", section: section.id, order });
      return { ...section, order };
    });
    this.sections = Sections.inOrder(all);
    return own;
  }
}

/** From which sections a passage comes; a newline of joining counts to the section before it. */
export function partsOf(sections: Sections, from: number, to: number): Part[] {
  const parts: Part[] = [];
  for (let at = from; at < to;) {
    const index = sections.at(at);
    if (index < 0) {
      break;
    }
    const end = Math.min(to, sections.end(index) + (sections.isGlued(index) ? 1 : 0));
    parts.push({ section: sections.get(index).id, length: end - at });
    at = end;
  }
  return parts;
}

/** The sections that one edit touches, and their new texts. */
class Window {
  readonly texts = new Map<number, Segment[]>();
  /** The section that takes what is typed. */
  owner: number;

  constructor(
    private readonly sections: Sections,
    private readonly first: number,
    private readonly last: number,
    private readonly edit: Replacement,
  ) {
    this.owner = first;
  }

  /** Gives every section what it keeps and what it takes. */
  assign(): void {
    const { sections, first, last, edit } = this;
    const head: Segment[] = [{ from: 0, to: Math.min(edit.from, sections.end(first)) - sections.start(first) }];
    const length = sections.get(last).text.length;
    const tailFrom = Math.min(Math.max(edit.to - sections.start(last), 0), length);
    const tail: Segment = { from: tailFrom, to: length };
    for (let index = first; index <= last; index += 1) {
      this.texts.set(index, []);
    }
    this.texts.set(first, head);
    // Typing after the newline that joining put means typing in the section below it; typing before
    // text that comes back to several sections is given to each of them.
    let index = first;
    for (const { text, section } of this.insertions()) {
      index = Math.max(index, section);
      const owned = this.texts.get(index);
      owned?.push(text);
    }
    this.texts.get(last)?.push(tail);
  }

  /** What is inserted, piece by piece, and which section of the window should have it. */
  private insertions(): { text: string; section: number }[] {
    const { edit, sections, first, last } = this;
    if (edit.parts === undefined) {
      return [{ text: edit.insert, section: first }];
    }
    const pieces: { text: string; section: number }[] = [];
    let from = 0;
    for (const part of edit.parts) {
      const text = edit.insert.slice(from, from + part.length);
      from += part.length;
      let section = first;
      for (let index = first; index <= last; index += 1) {
        const candidate = sections.get(index);
        if (candidate.id === part.section && candidate.editable) {
          section = index;
        }
      }
      pieces.push({ text, section });
    }
    pieces.push({ text: edit.insert.slice(from), section: first });
    return pieces;
  }

  /** Makes joining give the edited text; returns whether lines had to move between sections. */
  join(): boolean {
    const { sections, last, edit } = this;
    const glueStays = sections.isGlued(last) && edit.to <= sections.end(last);
    let moved = false;
    let open = -1;
    for (const index of [...this.texts.keys()]) {
      if (this.textAt(index) === "") {
        continue;
      }
      moved = this.end(open, index) || moved;
      if (this.textAt(index) !== "") {
        open = index;
      }
    }
    if (glueStays) {
      this.keepGlue(open);
      return moved;
    }
    if (open < 0) {
      this.keepGlueAbove();
      return moved;
    }
    for (
      let next = sections.nextFilled(last);
      next < sections.all.length && !this.textAt(open).endsWith("\n");
      next = sections.nextFilled(next)
    ) {
      moved = this.end(open, next) || moved;
    }
    return moved;
  }

  /** A newline that joining put after the window was not deleted, so it must still be there. */
  private keepGlue(open: number): void {
    const text = open < 0 ? "" : this.textAt(open);
    if (text === "" || text.endsWith("\n")) {
      this.segmentsAt(open < 0 ? this.last : open).push("\n");
    }
  }

  /** The window became empty: the newline before it is stored when nothing follows any more. */
  private keepGlueAbove(): void {
    const { sections, first, last } = this;
    const above = sections.previousFilled(first);
    if (above >= 0 && sections.isGlued(above) && sections.nextFilled(last) >= sections.all.length) {
      this.segmentsAt(above).push("\n");
    }
  }

  /** Takes lines off the beginning of `next` until the text of `open` ends with a newline. */
  private end(open: number, next: number): boolean {
    if (open < 0 || this.textAt(open).endsWith("\n")) {
      return false;
    }
    const text = this.textAt(next);
    const newline = text.indexOf("\n");
    const length = newline < 0 ? text.length : newline + 1;
    this.texts.set(next, dropped(this.sections.get(next).text, this.segmentsAt(next), length));
    // A line that only joining ended must end with a newline of its own where it goes.
    const ended = newline < 0 && next > this.last && this.sections.isGlued(next);
    this.segmentsAt(open).push(text.slice(0, length) + (ended ? "\n" : ""));
    return true;
  }

  private segmentsAt(index: number): Segment[] {
    let segments = this.texts.get(index);
    if (segments === undefined) {
      segments = [{ from: 0, to: this.sections.get(index).text.length }];
      this.texts.set(index, segments);
    }
    return segments;
  }

  private textAt(index: number): string {
    return textOf(this.sections.get(index).text, this.segmentsAt(index));
  }
}

/** Leaves out the first `length` units of a text given by segments. */
function dropped(old: string, segments: readonly Segment[], length: number): Segment[] {
  let left = length;
  const rest: Segment[] = [];
  for (const segment of segments) {
    if (typeof segment === "string") {
      const kept = segment.slice(Math.min(left, segment.length));
      left -= segment.length - kept.length;
      if (kept !== "") {
        rest.push(kept);
      }
    } else {
      const gone = Math.min(left, segment.to - segment.from);
      left -= gone;
      rest.push({ from: segment.from + gone, to: Math.min(segment.to, old.length) });
    }
  }
  return rest;
}

function textOf(old: string, segments: readonly Segment[]): string {
  return segments.map((it) => (typeof it === "string" ? it : old.slice(it.from, it.to))).join("");
}
