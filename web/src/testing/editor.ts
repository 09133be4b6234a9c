/** An editor without a page, bound to a text as the page's own. */
import { history, redo, undo } from "@codemirror/commands";
import { EditorState, type Transaction, type TransactionSpec } from "@codemirror/state";
import type { LiveText } from "../document/text-model";
import { EditorBinding, type EditorHost } from "../editor/text/binding";
import { sectionsField } from "../editor/text/sections-field";

export class Editor implements EditorHost {
  state: EditorState;
  private readonly binding: EditorBinding;

  constructor(readonly model: LiveText) {
    const [field, extension] = sectionsField(() => model.state, model.random);
    this.state = EditorState.create({
      doc: model.markdown(),
      extensions: [extension, history(), EditorState.allowMultipleSelections.of(true)],
    });
    this.binding = new EditorBinding(model, this, field);
  }

  dispatch = (spec: TransactionSpec | Transaction): void => {
    const transaction = "startState" in spec ? spec : this.state.update(spec);
    this.state = transaction.state;
    this.binding.applied([transaction]);
  };

  type(from: number, to: number, insert: string): void {
    this.dispatch({
      changes: { from, to, insert },
      selection: { anchor: from + insert.length },
      userEvent: insert === "" ? "delete" : "input.type",
    });
  }

  undo = (): boolean => undo({ state: this.state, dispatch: this.dispatch });
  redo = (): boolean => redo({ state: this.state, dispatch: this.dispatch });

  get text(): string {
    return this.state.doc.sliceString(0);
  }
}
