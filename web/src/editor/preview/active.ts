// Where the cursor is: there the Markdown shows as it was typed, everywhere else as it will read.

import { Facet, StateEffect, StateField, type EditorState, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

/** Says that the editor has the keyboard, or has not; {@link trackFocus} does so by itself. */
export const setFocused = StateEffect.define<boolean>();

/** Whether the editor has the keyboard: without it nothing is shown as source. */
const focused = StateField.define<boolean>({
  create: () => false,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setFocused)) return effect.value;
    return value;
  },
});

/** Off in readers' views, where nobody needs the source. */
const revealSource = Facet.define<boolean, boolean>({ combine: (values) => values[0] ?? true });

/** Whether a range of the text, in UTF-16 units, is touched by a cursor or selection. */
export function isTouched(state: EditorState, from: number, to: number): boolean {
  if (!state.facet(revealSource) || !state.field(focused, false)) return false;
  return state.selection.ranges.some((range) => range.from <= to && range.to >= from);
}

/** Whether the line that holds a position is touched. */
export function isLineTouched(state: EditorState, position: number): boolean {
  const line = state.doc.lineAt(position);
  return isTouched(state, line.from, line.to);
}

/** Brings the state up to date with where the keyboard is, a moment later: never within an update. */
function follow(view: EditorView): void {
  setTimeout(() => {
    const known = view.state.field(focused, false);
    if (known !== undefined && view.dom.isConnected && known !== view.hasFocus)
      view.dispatch({ effects: setFocused.of(view.hasFocus) });
  }, 0);
}

/**
 * Keeps the focus in the state, so that fields can be computed from it. CodeMirror's own
 * `focusChangeEffect` is dropped when another transaction comes in between, which ours often do.
 */
export const trackFocus: Extension = [
  focused,
  EditorView.updateListener.of((update) => {
    if (update.view.hasFocus !== update.state.field(focused, false)) follow(update.view);
  }),
  EditorView.domEventHandlers({
    focus: (_, view) => follow(view),
    blur: (_, view) => follow(view),
  }),
];

/** Whether a transaction changed the focus. */
export function focusChanged(effects: readonly StateEffect<unknown>[]): boolean {
  return effects.some((effect) => effect.is(setFocused));
}
