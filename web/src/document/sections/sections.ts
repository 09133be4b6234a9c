/**
 * The sections of a text at one moment, and how they make one continuous text. Immutable: an edit
 * makes another one that shares what stayed.
 */
import type { SectionId } from "../ids";
import { compareBytes } from "./order";

/** One section. The same object means that nothing about it changed. */
export interface Section {
  readonly id: SectionId;
  readonly order: string;
  readonly text: string;
  /** False where a plain string stands in place of the text. */
  readonly editable: boolean;
}

/** Where something stands: in which section, and where in it (UTF-16 units). */
export interface Place {
  /** The section's index among all sections. */
  readonly section: number;
  readonly index: number;
}

export class Sections {
  /** Where each section begins in the whole text. */
  private readonly starts: Int32Array;
  /** Whether joining puts a newline after each section. */
  private readonly glued: Uint8Array;
  /** The length of the whole text. */
  readonly length: number;
  private joined: string | null = null;

  private constructor(readonly all: readonly Section[]) {
    const count = all.length;
    this.starts = new Int32Array(count);
    this.glued = new Uint8Array(count);
    let at = 0;
    let unended = -1;
    for (let index = 0; index < count; index += 1) {
      const text = this.get(index).text;
      if (text.length > 0) {
        if (unended >= 0) {
          // Every empty section in between begins after the newline, too.
          this.glued[unended] = 1;
          at += 1;
          for (let between = unended + 1; between < index; between += 1) {
            this.starts[between] = at;
          }
        }
        unended = text.endsWith("\n") ? -1 : index;
      }
      this.starts[index] = at;
      at += text.length;
    }
    this.length = at;
  }

  static readonly empty = new Sections([]);

  /** Sorts the sections into reading order: by order key, then by id, both bytewise. */
  static sorted(all: readonly Section[]): Sections {
    return new Sections([...all].sort(compareSections));
  }

  /** Takes sections that are in reading order. */
  static inOrder(all: readonly Section[]): Sections {
    return new Sections(all);
  }

  /** The section with this index, which must exist. */
  get(index: number): Section {
    const section = this.all[index];
    if (section === undefined) {
      throw new RangeError(`there is no section ${index} among ${this.all.length}`);
    }
    return section;
  }

  /** Where a section begins in the whole text. */
  start(index: number): number {
    return this.starts[index] ?? this.length;
  }

  /** Where a section's own text ends. */
  end(index: number): number {
    return this.start(index) + this.get(index).text.length;
  }

  /** Whether joining puts a newline after this section. */
  isGlued(index: number): boolean {
    return this.glued[index] === 1;
  }

  /** The index of a section, or -1. */
  indexOf(id: SectionId): number {
    return this.all.findIndex((section) => section.id === id);
  }

  /** The whole text. */
  markdown(): string {
    if (this.joined === null) {
      let text = "";
      for (let index = 0; index < this.all.length; index += 1) {
        text += this.get(index).text;
        if (this.isGlued(index)) {
          text += "\n";
        }
      }
      this.joined = text;
    }
    return this.joined;
  }

  /**
   * The section whose character (or whose newline of joining) stands at `offset`; -1 at the end of
   * the text and beyond.
   */
  at(offset: number): number {
    if (offset < 0 || offset >= this.length) {
      return -1;
    }
    // The last section that begins at or before the offset; empty ones begin where the next does.
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.start(middle) <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    let index = low - 1;
    while (index > 0 && this.get(index).text.length === 0) {
      index -= 1;
    }
    return index;
  }

  /** The id of the section that has the character at `offset`, or null. */
  holding(offset: number): SectionId | null {
    const index = this.at(offset);
    return index < 0 ? null : this.get(index).id;
  }

  /**
   * The place of an offset: before the character that stands there, or at the end of the last
   * section that has text. Null where there is no section at all.
   */
  placeAt(offset: number): Place | null {
    const index = this.at(offset);
    if (index >= 0) {
      return { section: index, index: offset - this.start(index) };
    }
    for (let last = this.all.length - 1; last >= 0; last -= 1) {
      const length = this.get(last).text.length;
      if (length > 0) {
        return { section: last, index: length };
      }
    }
    return this.all.length > 0 ? { section: 0, index: 0 } : null;
  }

  /** The next section after `index` that has text, or the number of sections. */
  nextFilled(index: number): number {
    let next = index + 1;
    while (next < this.all.length && this.get(next).text.length === 0) {
      next += 1;
    }
    return next;
  }

  /** The last section before `index` that has text, or -1. */
  previousFilled(index: number): number {
    let previous = index - 1;
    while (previous >= 0 && this.get(previous).text.length === 0) {
      previous -= 1;
    }
    return previous;
  }
}

/** The order in which sections are read. */
function compareSections(one: Section, two: Section): number {
  return compareBytes(one.order, two.order) || compareBytes(one.id, two.id);
}
