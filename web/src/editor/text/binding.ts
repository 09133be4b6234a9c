/** Keeps one editor and the draft's text equal, in both directions. */
import { isolateHistory } from "@codemirror/commands";
import {
  EditorSelection,
  Transaction,
  type ChangeSet,
  type EditorState,
  type SelectionRange,
  type TransactionSpec,
} from "@codemirror/state";
import { difference, smallest } from "../../document/sections/difference";
import type { Sections } from "../../document/sections/sections";
import type { LiveText, PlannedEdit, TextEdit } from "../../document/text-model";
import { remoteChange, setSections, type SectionsField } from "./sections-field";

/** What the binding needs of an editor; an `EditorView` is one. */
export interface EditorHost {
  readonly state: EditorState;
  dispatch(spec: TransactionSpec): void;
}

export class EditorBinding {
  private readonly stop: () => void;

  constructor(
    private readonly model: LiveText,
    private readonly host: EditorHost,
    private readonly field: SectionsField,
  ) {
    this.stop = model.onEdit((edit) => {
      if (edit.origin !== this) {
        this.received(edit);
      }
    });
  }

  /** Takes what the person did. Call it with every transaction, in order, once they are applied. */
  applied(transactions: readonly Transaction[]): void {
    for (const transaction of transactions) {
      if (!transaction.docChanged || transaction.annotation(remoteChange) === true) {
        continue;
      }
      const { planned } = transaction.state.field(this.field);
      if (planned !== null && !this.model.apply(planned, this)) {
        this.rebase(planned.before, planned.changes);
      }
    }
    this.verify();
  }

  /** Shows the model's text, in case that the editor opened before the last changes. */
  catchUp(): void {
    if (this.host.state.field(this.field).sections !== this.model.state) {
      this.showModel();
    }
  }

  destroy(): void {
    this.stop();
  }

  private received({ before, after, changes, planned }: TextEdit): void {
    if (this.host.state.field(this.field).sections !== before) {
      this.showModel();
      return;
    }
    this.show(changes, before, after, planned);
  }

  private show(changes: ChangeSet, before: Sections, after: Sections, planned: PlannedEdit | null): void {
    const { selection } = this.host.state;
    const moved = hasMoves(before, after);
    this.host.dispatch({
      changes,
      effects: setSections.of({ sections: after, planned }),
      annotations: [
        remoteChange.of(true),
        // What this person did with the outline or the history can be undone here, by itself.
        planned === null ? Transaction.addToHistory.of(false) : isolateHistory.of("full"),
      ],
      ...(moved ? { selection: follow(selection, changes, before, after) } : {}),
      filter: false,
    });
  }

  /** Makes the editor show the model's text, whatever it shows now. */
  private showModel(): void {
    const { state } = this.host;
    const after = this.model.state;
    const changes = state.changes(smallest(state.doc.sliceString(0), after.markdown()));
    this.show(changes, after, after, null);
  }

  /** The edit was planned on a text that others changed meanwhile: carry it over to the new one. */
  private rebase(before: Sections, changes: ChangeSet): void {
    const others = difference(before, this.model.state, new Map());
    const mapped = changes.map(others);
    const edits: { from: number; to: number; insert: string }[] = [];
    mapped.iterChanges((from, to, _fromB, _toB, inserted) => {
      edits.push({ from, to, insert: inserted.sliceString(0, inserted.length, "\n") });
    }, true);
    for (const { from, to, insert } of edits.reverse()) {
      this.model.replaceRange({ from, to }, insert);
    }
    this.showModel();
  }

  /**
   * Sections say what the text is. An edit beside a section that cannot be edited may not come out
   * exactly as it was typed, nor does undoing a move in which others wrote; the editor then shows
   * what is.
   */
  private verify(): void {
    const { isAstray } = this.host.state.field(this.field);
    if (isAstray === true || this.host.state.doc.length !== this.model.state.length) {
      this.showModel();
    }
  }
}

function hasMoves(before: Sections, after: Sections): boolean {
  if (before === after) {
    return false;
  }
  const order = after.all.map((section) => section.id);
  let at = 0;
  for (const section of before.all) {
    const found = order.indexOf(section.id, at);
    if (found < 0) {
      return true;
    }
    at = found + 1;
  }
  return false;
}

/** A selection in a section that moved goes with it. */
function follow(selection: EditorSelection, changes: ChangeSet, before: Sections, after: Sections): EditorSelection {
  const goTo = (offset: number): number => {
    const mapped = changes.mapPos(offset, 1);
    const place = before.placeAt(offset);
    if (place === null) {
      return mapped;
    }
    const { id } = before.get(place.section);
    const now = after.indexOf(id);
    if (now < 0 || (mapped >= after.start(now) && mapped <= after.end(now))) {
      return mapped;
    }
    return after.start(now) + Math.min(place.index, after.get(now).text.length);
  };
  const range = ({ anchor, head }: SelectionRange): SelectionRange => EditorSelection.range(goTo(anchor), goTo(head));
  return EditorSelection.create(selection.ranges.map(range), selection.mainIndex);
}
