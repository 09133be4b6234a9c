/** Text that comes back by undo and redo goes to the sections that it came from. */
import { StateEffect, type Text, type Transaction } from "@codemirror/state";
import type { SectionId } from "../../document/ids";
import { partsOf, type Editing, type Part } from "../../document/sections/edit";
import type { Operation } from "../../document/sections/operations";
import { Sections, type Section } from "../../document/sections/sections";
import type { PlannedEdit } from "../../document/text-model";

/**
 * Where text stood that a transaction took away or moved, so that undoing puts it back. Without
 * positions: the history maps positions of effects only roughly when others write meanwhile.
 */
export interface Origin {
  readonly section: SectionId;
  readonly text: string;
  /** Not taken away, only moved to another section because its line was joined to one there. */
  readonly kept: boolean;
  /** All that its section had, which was left empty. */
  readonly isWhole: boolean;
}

export const returning = StateEffect.define<readonly Origin[]>({ map: (origins) => origins });

export const textOf = (text: Text): string => text.sliceString(0, text.length, "\n");

/** What comes back in an undo or redo, and whereto. */
export class Returns {
  private readonly origins: Origin[];
  private readonly kept: readonly Origin[];
  private readonly doc: Text;

  constructor(transaction: Transaction, sections: Sections) {
    const all = transaction.effects.flatMap((it) => (it.is(returning) ? it.value : []));
    this.doc = transaction.startState.doc;
    // The text comes back in reading order, and so do its origins.
    const place = new Map(sections.all.map((section, index) => [section.id, index]));
    const index = (origin: Origin): number => place.get(origin.section) ?? -1;
    this.origins = all.filter((it) => !it.kept).sort((one, two) => index(one) - index(two));
    this.kept = all.filter((it) => it.kept);
  }

  get none(): boolean {
    return this.origins.length === 0 && this.kept.length === 0;
  }

  /** The edit with the origins of its text; widened over a line that goes back to its section. */
  place(from: number, to: number, insert: string): Parameters<Editing["replace"]>[0] {
    const parts: Part[] = [];
    let at = 0;
    while (at < insert.length) {
      const found = this.origins.findIndex((it) => insert.startsWith(it.text, at));
      const [origin] = found < 0 ? [] : this.origins.splice(found, 1);
      const section = origin?.section ?? parts.at(-1)?.section;
      const length = origin?.text.length ?? 1;
      if (section !== undefined) {
        parts.push({ section, length });
      } else {
        return { from, to, insert };
      }
      at += length;
    }
    const line = this.kept.find((it) => this.doc.sliceString(to, to + it.text.length) === it.text);
    if (line !== undefined && parts.length > 0) {
      parts.push({ section: line.section, length: line.text.length });
      return { from, to: to + line.text.length, insert: insert + line.text, parts };
    }
    return parts.length > 0 ? { from, to, insert, parts } : { from, to, insert };
  }
}

/**
 * Chapters that were deleted and come back, when others wrote in them meanwhile: each goes to its own
 * section, before what stands there now. The history of an editor knows one place for all of it, before
 * or after those words, and would put them in front of a heading. Null for anything else.
 */
export function broughtBack(
  before: Sections,
  transaction: Transaction,
): { readonly after: Sections; readonly operations: readonly Operation[] } | null {
  const origins = transaction.effects.flatMap((it) => (it.is(returning) ? it.value : []));
  const current = (it: Origin): Section | undefined => before.all[before.indexOf(it.section)];
  const isMeant = origins.every((it) => it.isWhole && current(it)?.editable === true);
  if (!isMeant || origins.every((it) => current(it)?.text === "")) {
    return null;
  }
  let length = 0;
  let isPure = true;
  transaction.changes.iterChanges((from, to, _fromB, _toB, inserted) => {
    isPure &&= from === to;
    length += inserted.length;
  }, true);
  if (!isPure || length !== origins.reduce((sum, { text }) => sum + text.length, 0)) {
    return null;
  }
  const all = [...before.all];
  const operations: Operation[] = [];
  for (const { section, text } of origins) {
    const index = before.indexOf(section);
    const now = all[index];
    if (now !== undefined) {
      const insert = now.text === "" || text.endsWith("\n") ? text : `${text}\n`;
      operations.push({ kind: "splice", section, index: 0, remove: 0, insert });
      all[index] = { ...now, text: insert + now.text };
    }
  }
  return { after: Sections.inOrder(all), operations };
}

/** Where everything stood that a transaction took away, and what it moved between sections. */
export function originsOf({ before, after }: PlannedEdit, transaction: Transaction): Origin[] {
  const origins: Origin[] = [];
  const { doc } = transaction.startState;
  const push = (from: number, parts: readonly Part[], kept: boolean): void => {
    let at = from;
    for (const { section, length } of parts) {
      const now = after.indexOf(section);
      const isWhole = !kept && now >= 0 && after.get(now).text === "";
      origins.push({ section, text: doc.sliceString(at, at + length, "\n"), kept, isWhole });
      at += length;
    }
  };
  transaction.changes.iterChanges((from, to, _fromB, toB) => {
    push(from, partsOf(before, from, to), false);
    const old = before.at(to);
    const now = after.at(toB);
    if (old >= 0 && now >= 0 && before.get(old).id !== after.get(now).id) {
      const line = doc.lineAt(to);
      const end = Math.min(line.to + 1, before.end(old));
      if (before.start(old) <= to && before.indexOf(after.get(now).id) >= 0) {
        push(to, partsOf(before, to, end), true);
      }
    }
  }, true);
  return origins;
}
