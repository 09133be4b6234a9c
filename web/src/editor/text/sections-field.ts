/**
 * What the editor knows of sections: kept in its state, so that each transaction is planned on the
 * very text that it changes.
 */
import { invertedEffects } from "@codemirror/commands";
import {
  Annotation,
  EditorState,
  StateEffect,
  StateField,
  type Extension,
  type Text,
  type Transaction,
} from "@codemirror/state";
import { difference, isHigh, isLow, wellFormed } from "../../document/sections/difference";
import { Editing, partsOf, type Part } from "../../document/sections/edit";
import type { Random } from "../../document/sections/order";
import type { Operation } from "../../document/sections/operations";
import { Sections, type Section } from "../../document/sections/sections";
import type { SectionId } from "../../document/ids";
import type { PlannedEdit } from "../../document/text-model";

/** Marks a transaction that brings what others (or other views) did. */
export const remoteChange = Annotation.define<boolean>();

/**
 * Sets the sections that belong to the text after a transaction that was made elsewhere; with what it
 * meant, when this person made it and may undo it here.
 */
export const setSections = StateEffect.define<SectionsState>();

/** Undoes a move: the sections get the order keys back that they had. */
interface Move {
  readonly orders: ReadonlyMap<SectionId, string>;
  /** Whether moving was all that was done, so that undoing it is moving back, whatever others wrote. */
  readonly isAll: boolean;
}

const restoreOrder = StateEffect.define<Move>({ map: (move) => move });

/**
 * Where text stood that a transaction took away or moved, so that undoing puts it back. Without
 * positions: the history maps positions of effects only roughly when others write meanwhile.
 */
interface Origin {
  readonly section: SectionId;
  readonly text: string;
  /** Not taken away, only moved to another section because its line was joined to one there. */
  readonly kept: boolean;
}

const returning = StateEffect.define<readonly Origin[]>({ map: (origins) => origins });

export interface SectionsState {
  readonly sections: Sections;
  /** What the transaction that led here means for the sections; null when it came from elsewhere. */
  readonly planned: PlannedEdit | null;
  /** Whether the editor shows another text than its sections have, until it is put right at once. */
  readonly isAstray?: boolean;
}

export type SectionsField = StateField<SectionsState>;

/** The field, and what goes with it, for an editor that begins with `initial`. */
export function sectionsField(initial: () => Sections, random: Random): [SectionsField, Extension] {
  const field = StateField.define<SectionsState>({
    create: () => ({ sections: initial(), planned: null }),
    update(value, transaction) {
      for (const effect of transaction.effects) {
        if (effect.is(setSections)) {
          return effect.value;
        }
      }
      return transaction.docChanged ? plan(value.sections, transaction, random) : value;
    },
  });
  const inverted = invertedEffects.of((transaction) => {
    const planned = transaction.docChanged ? transaction.state.field(field).planned : null;
    if (planned === null) {
      return [];
    }
    const orders = ordersBefore(planned);
    const origins = originsOf(planned, transaction);
    return [
      ...(orders.size > 0 ? [restoreOrder.of({ orders, isAll: isMove(planned, orders) })] : []),
      ...(origins.length > 0 ? [returning.of(origins)] : []),
    ];
  });
  return [field, [field, inverted, EditorState.transactionFilter.of(wholeCharacters)]];
}

function plan(before: Sections, transaction: Transaction, random: Random): SectionsState {
  const moved = moveBack(before, transaction);
  if (moved !== null) {
    return moved;
  }
  const editing = new Editing(before, random);
  const returns = new Returns(transaction, before);
  const edits: Parameters<Editing["replace"]>[0][] = [];
  transaction.changes.iterChanges((from, to, _fromB, _toB, inserted) => {
    const insert = textOf(inserted);
    edits.push(returns.none ? { from, to, insert } : returns.place(from, to, insert));
  }, true);
  // From the end, so that the places of earlier ones hold.
  for (const edit of edits.reverse()) {
    editing.replace(edit);
  }
  const after = editing.sections;
  return {
    sections: after,
    planned: { before, after, operations: editing.operations, changes: transaction.changes },
  };
}

/**
 * Undoes a move as a move. The history of an editor knows only text that was taken out and put in; when
 * others wrote in it meanwhile, it would leave their words behind, so the sections decide.
 */
function moveBack(before: Sections, transaction: Transaction): SectionsState | null {
  for (const effect of transaction.effects) {
    if (effect.is(restoreOrder)) {
      const { orders, isAll } = effect.value;
      const operations: Operation[] = [];
      const after = reordered(before, orders, (section, order) => {
        operations.push({ kind: "order", section, order });
      });
      if (after.markdown() === textOf(transaction.newDoc)) {
        const { changes } = transaction;
        return { sections: after, planned: { before, after, operations, changes } };
      }
      if (isAll) {
        const changes = difference(before, after, new Map());
        return { sections: after, planned: { before, after, operations, changes }, isAstray: true };
      }
    }
  }
  return null;
}

/** The sections with other order keys; `told` hears of each that changes. */
function reordered(
  sections: Sections,
  orders: ReadonlyMap<SectionId, string>,
  told: (section: SectionId, order: string) => void = () => undefined,
): Sections {
  const all = sections.all.map((section): Section => {
    const order = orders.get(section.id);
    if (order === undefined || order === section.order) {
      return section;
    }
    told(section.id, order);
    return { ...section, order };
  });
  return Sections.sorted(all);
}

/** Whether an edit only moved sections: with the order of before, the text is that of before. */
function isMove({ before, after }: PlannedEdit, orders: ReadonlyMap<SectionId, string>): boolean {
  return reordered(after, orders).markdown() === before.markdown();
}

/** The order keys that sections had which an edit moved. */
function ordersBefore({ before, operations }: PlannedEdit): ReadonlyMap<SectionId, string> {
  const orders = new Map<SectionId, string>();
  for (const operation of operations) {
    const section =
      operation.kind === "order" ? before.all[before.indexOf(operation.section)] : undefined;
    if (section !== undefined) {
      orders.set(section.id, section.order);
    }
  }
  return orders;
}

const textOf = (text: Text): string => text.sliceString(0, text.length, "\n");

/** What comes back in an undo or redo, and whereto. */
class Returns {
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

/** Where everything stood that a transaction took away, and what it moved between sections. */
function originsOf({ before, after }: PlannedEdit, transaction: Transaction): Origin[] {
  const origins: Origin[] = [];
  const { doc } = transaction.startState;
  const push = (from: number, parts: readonly Part[], kept: boolean): void => {
    let at = from;
    for (const { section, length } of parts) {
      origins.push({ section, text: doc.sliceString(at, at + length, "\n"), kept });
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

/** Widens edits that would cut a character of two UTF-16 units in halves. */
function wholeCharacters(transaction: Transaction): Transaction | readonly object[] {
  if (!transaction.docChanged || transaction.annotation(remoteChange) === true) {
    return transaction;
  }
  const { doc } = transaction.startState;
  let whole = true;
  const changes: { from: number; to: number; insert: string }[] = [];
  transaction.changes.iterChanges((fromA, toA, _fromB, _toB, inserted) => {
    const from = splits(doc, fromA) ? fromA - 1 : fromA;
    const to = splits(doc, toA) ? toA + 1 : toA;
    const text = textOf(inserted);
    const insert = wellFormed(text);
    whole &&= from === fromA && to === toA && insert === text;
    changes.push({ from, to, insert });
  }, true);
  return whole ? transaction : [{ changes, userEvent: "input", scrollIntoView: true }];
}

function splits(doc: Text, offset: number): boolean {
  if (offset <= 0 || offset >= doc.length) {
    return false;
  }
  const around = doc.sliceString(offset - 1, offset + 1);
  return isHigh(around.charCodeAt(0)) && isLow(around.charCodeAt(1));
}
