// The editor's parts put together. What maps the text to the draft's sections comes in from outside.

import { defaultKeymap, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, Prec, type Extension } from "@codemirror/state";
import { crosshairCursor, drawSelection, dropCursor, EditorView, keymap, rectangularSelection } from "@codemirror/view";

import { graphemeKeymap } from "./commands/graphemes";
import { writingKeymap } from "./commands/keymap";
import { directionOf, lineDirections } from "./direction";
import { overlays } from "./marks";
import { pasteRichText } from "./paste/extension";
import { refuseFiles } from "./paste/files";
import { blockActions, livePreview, reportLanguage, sourceMode, type BlockActions, type PreviewWords } from "./preview";
import { searchTheme } from "./search-theme";
import { useConstructedSheets } from "./styles";
import { paperTheme } from "./preview/theme";

export type Look = "rendered" | "source";

export interface EditorParts {
  readonly parent: HTMLElement;
  readonly doc: string;
  /** The mapping to the draft, its undo history and whether one may write. */
  readonly sections: Extension;
  readonly words: PreviewWords;
  readonly phrases: Readonly<Record<string, string>>;
  readonly label: string;
  /** BCP 47 tag of the draft, for spell checking. */
  readonly language: string;
  readonly look: Look;
  readonly actions: BlockActions;
  /** Takes the keyboard out of the editor. */
  readonly leave: () => void;
  /** Pictures or other files were pasted or dropped, and are not in the text. */
  readonly refuseFiles: () => void;
  readonly onupdate: Extension;
}

const looks = new Compartment();
const attributes = new Compartment();

function lookOf(look: Look, words: PreviewWords, phrases: EditorParts["phrases"]): Extension {
  return [EditorState.phrases.of(phrases), look === "rendered" ? livePreview(words) : sourceMode()];
}

function attributesOf(label: string, language: string): Extension {
  return EditorView.contentAttributes.of({
    "aria-label": label,
    lang: language,
    dir: directionOf(language),
    spellcheck: "true",
    autocorrect: "on",
    autocapitalize: "sentences",
  });
}

/** Makes the editor in an element. Destroy it when the view goes away. */
export function createEditor(parts: EditorParts): EditorView {
  useConstructedSheets(document);
  const state = EditorState.create({
    doc: parts.doc,
    extensions: [
      parts.sections,
      EditorState.allowMultipleSelections.of(true),
      EditorView.lineWrapping,
      lineDirections,
      drawSelection(),
      dropCursor(),
      rectangularSelection(),
      crosshairCursor(),
      bracketMatching(),
      highlightSelectionMatches({ minSelectionLength: 4 }),
      search({ top: true }),
      searchTheme,
      reportLanguage,
      looks.of(lookOf(parts.look, parts.words, parts.phrases)),
      attributes.of(attributesOf(parts.label, parts.language)),
      overlays,
      refuseFiles(parts.refuseFiles),
      pasteRichText,
      blockActions.of(parts.actions),
      Prec.high(keymap.of([...writingKeymap, ...graphemeKeymap])),
      keymap.of([...searchKeymap, ...historyKeymap, ...defaultKeymap]),
      Prec.lowest(keymap.of([{ key: "Escape", run: () => (parts.leave(), true) }])),
      parts.onupdate,
      // Last, because what stands earlier overrules what stands later.
      paperTheme,
    ],
  });
  return new EditorView({ state, parent: parts.parent });
}

/** Shows the text as it will read, or its source, in the words of the interface's language. */
export function changeLook(view: EditorView, look: Look, words: PreviewWords, phrases: EditorParts["phrases"]): void {
  view.dispatch({ effects: looks.reconfigure(lookOf(look, words, phrases)) });
}

/** Names the editor and its language anew. */
export function changeAttributes(view: EditorView, label: string, language: string): void {
  view.dispatch({ effects: attributes.reconfigure(attributesOf(label, language)) });
}
