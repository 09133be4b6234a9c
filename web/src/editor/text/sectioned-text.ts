/** The CodeMirror extension that shows a draft's sections as one continuous text. */
import { history } from "@codemirror/commands";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, ViewPlugin } from "@codemirror/view";
import type { TextModel } from "../../document/draft";
import type { Readable } from "../../document/store";
import { LiveText } from "../../document/text-model";
import { EditorBinding } from "./binding";
import { remoteChange, sectionsField, unixLines, type SectionsField } from "./sections-field";

export { remoteChange } from "./sections-field";

/** What the extension needs of a session. */
export interface TextSource {
  readonly text: TextModel;
  readonly editable: Readable<boolean>;
}

/**
 * Binds an editor to a draft. Begin the editor with `doc: source.text.markdown()`; it brings the
 * history (undo and redo of one's own edits only), so bind their keys and add no other history.
 */
export function sectionedText(source: TextSource): Extension {
  const { text } = source;
  if (!(text instanceof LiveText)) {
    throw new TypeError("sectionedText needs the text of a session that openDraft made");
  }
  const [field, extension] = sectionsField(() => text.state, text.random);
  const bound = new WeakMap<EditorView, EditorBinding>();
  const plugin = ViewPlugin.define((view) => {
    const binding = new EditorBinding(text, view, field);
    bound.set(view, binding);
    // A view may not change itself while it is being made.
    queueMicrotask(() => {
      binding.catchUp();
    });
    return {
      destroy: () => {
        text.flush();
        binding.destroy();
        bound.delete(view);
      },
    };
  });
  return [
    extension,
    history(),
    EditorState.lineSeparator.of("\n"),
    // Before the editor counts where the cursor stands after it.
    EditorView.clipboardInputFilter.of(unixLines),
    EditorState.allowMultipleSelections.of(true),
    guard(source, field),
    readOnly(source.editable),
    plugin,
    EditorView.updateListener.of((update) => {
      bound.get(update.view)?.applied(update.transactions);
    }),
    EditorView.domEventHandlers({
      blur: () => {
        text.flush();
      },
    }),
  ];
}

/** Lets nothing be typed where it could not be kept. */
function guard(source: TextSource, field: SectionsField): Extension {
  return EditorState.changeFilter.of((transaction) => {
    if (transaction.annotation(remoteChange) === true) {
      return true;
    }
    if (!source.editable.get()) {
      return false;
    }
    const { sections } = transaction.startState.field(field);
    const fixed: number[] = [];
    sections.all.forEach((section, index) => {
      if (!section.editable && section.text !== "") {
        fixed.push(sections.start(index), sections.end(index));
      }
    });
    return fixed.length === 0 ? true : fixed;
  });
}

function readOnly(editable: Readable<boolean>): Extension {
  const compartment = new Compartment();
  const state = (): Extension => EditorState.readOnly.of(!editable.get());
  return [
    compartment.of(state()),
    ViewPlugin.define((view) => {
      let begun = false;
      const stop = editable.subscribe(() => {
        if (begun) {
          view.dispatch({ effects: compartment.reconfigure(state()) });
        }
      });
      begun = true;
      return { destroy: stop };
    }),
  ];
}
