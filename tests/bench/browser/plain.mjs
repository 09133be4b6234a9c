// The yardstick: CodeMirror 6 and nothing else, on the same text. Bundled by measure.mjs.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { markdown } from "@codemirror/lang-markdown";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap } from "@codemirror/view";

const text = await fetch("/text.md").then((answer) => answer.text());
new EditorView({
  parent: document.body,
  state: EditorState.create({
    doc: text,
    extensions: [
      EditorView.lineWrapping,
      history(),
      drawSelection(),
      markdown(),
      keymap.of([...defaultKeymap, ...historyKeymap]),
    ],
  }),
});
