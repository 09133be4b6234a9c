// The live preview: the text reads like the report while it is written.

import { markdown } from "@codemirror/lang-markdown";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { GFM } from "@lezer/markdown";
import { tags } from "@lezer/highlight";

import { trackFocus } from "./active";
import { blockPreview } from "./blocks";
import { footnotes } from "./footnotes";
import { inlinePreview } from "./inline";
import { countWhenStill } from "./references";
import { reportSyntax } from "./syntax";
import { previewTheme, sourceTheme } from "./theme";
import type { PreviewWords } from "./widgets";

export type { PreviewWords } from "./widgets";
export { blockActions, type BlockActions } from "./blocks";

/** The Markdown of the report format, for the editor. Continuing lists at Enter comes with it. */
export const reportLanguage: Extension = markdown({
  extensions: [GFM, reportSyntax],
  addKeymap: true,
  pasteURLAsLink: false,
});

/** The text as it will read, with the Markdown of the line or block where the cursor is. */
export function livePreview(words: PreviewWords): Extension {
  return [trackFocus, footnotes, countWhenStill, blockPreview(words), inlinePreview(words), previewTheme];
}

const sourceColours = HighlightStyle.define([
  { tag: tags.heading, fontWeight: "650" },
  { tag: tags.strong, fontWeight: "650" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: [tags.link, tags.url], color: "var(--accent)" },
  { tag: [tags.meta, tags.processingInstruction, tags.comment], color: "var(--ink-faint)" },
]);

/** The Markdown as it is typed, everywhere. */
export function sourceMode(): Extension {
  return [trackFocus, footnotes, sourceTheme, syntaxHighlighting(sourceColours)];
}
