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
import { Editing } from "../../document/sections/edit";
import type { Random } from "../../document/sections/order";
import type { Operation } from "../../document/sections/operations";
import { Sections, type Section } from "../../document/sections/sections";
import type { SectionId } from "../../document/ids";
import type { PlannedEdit } from "../../document/text-model";
import { broughtBack, originsOf, returning, Returns, textOf } from "./returns";

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

export interface SectionsState {
  readonly sections: Sections;
  /** What the transaction that led here means for the sections; null when it came from elsewhere. */
  readonly planned: PlannedEdit | null;
  /** Whether the editor shows another text than its sections have, until it is put right at once. */
  readonly isAstray?: boolean;
}

export type SectionsField = StateField<SectionsState>;

const NOTHING: Pick<SectionsState, "planned" | "isAstray"> = { planned: null };

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
    const { planned, isAstray } = transaction.docChanged ? transaction.state.field(field) : NOTHING;
    if (planned === null) {
      return [];
    }
    const orders = ordersBefore(planned);
    // The transaction of an editor that goes astray speaks of other places than the sections have.
    const origins = isAstray === true ? [] : originsOf(planned, transaction);
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
  const back = broughtBack(before, transaction);
  if (back !== null) {
    return astray(before, back.after, back.operations);
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
  const { operations } = editing;
  // Each key would pay for comparing; only what comes back may come out otherwise.
  if (isReturn(transaction) && after.markdown() !== textOf(transaction.newDoc)) {
    return astray(before, after, operations);
  }
  const { changes } = transaction;
  return { sections: after, planned: { before, after, operations, changes } };
}

/** Whether a transaction undoes or redoes something that concerned places of sections. */
function isReturn({ effects }: Transaction): boolean {
  return effects.some((effect) => effect.is(returning) || effect.is(restoreOrder));
}

/** What the sections decide where the editor shows something else for the moment. */
function astray(before: Sections, after: Sections, operations: readonly Operation[]): SectionsState {
  const changes = difference(before, after, new Map());
  return { sections: after, planned: { before, after, operations, changes }, isAstray: true };
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
        return astray(before, after, operations);
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
    const section = operation.kind === "order" ? before.all[before.indexOf(operation.section)] : undefined;
    if (section !== undefined) {
      orders.set(section.id, section.order);
    }
  }
  return orders;
}

/**
 * Widens edits that would cut a character of two UTF-16 units in halves, and gives lines the one ending
 * that a draft has: what Windows puts on the clipboard ends them with two characters.
 */
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
    const insert = wellFormed(unixLines(text));
    whole &&= from === fromA && to === toA && insert === text;
    changes.push({ from, to, insert });
  }, true);
  return whole ? transaction : [{ changes, userEvent: "input", scrollIntoView: true }];
}

/** A text with LF only, as documents hold it. */
export const unixLines = (text: string): string => text.replace(/\r\n?/g, "\n");

function splits(doc: Text, offset: number): boolean {
  if (offset <= 0 || offset >= doc.length) {
    return false;
  }
  const around = doc.sliceString(offset - 1, offset + 1);
  return isHigh(around.charCodeAt(0)) && isLow(around.charCodeAt(1));
}
