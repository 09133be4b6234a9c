// How the text looks in the editor: the design tokens on CodeMirror's classes. CodeMirror puts these
// rules into a constructed style sheet, which the content security policy allows.

import { EditorView } from "@codemirror/view";

const ALERT_COLOURS: Readonly<Record<string, string>> = {
  note: "--group-1",
  tip: "--group-3",
  important: "--group-4",
  warning: "--warning",
  caution: "--danger",
};

function alerts(): Record<string, Record<string, string>> {
  const rules: Record<string, Record<string, string>> = {};
  for (const [kind, colour] of Object.entries(ALERT_COLOURS)) {
    rules[`.cm-alert-${kind}`] = { borderInlineStart: `4px solid var(${colour})` };
    rules[`.cm-alert-word-${kind}`] = { color: `var(${colour})` };
  }
  return rules;
}

/** The look of the text, in every mode. */
export const paperTheme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "transparent", fontSize: "var(--size-text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--serif)", lineHeight: "var(--leading-text)", overflow: "visible" },
  ".cm-content": {
    padding: "var(--s5) 0 40vh",
    caretColor: "var(--accent)",
    maxInlineSize: "var(--measure)",
    fontVariantNumeric: "oldstyle-nums proportional-nums",
  },
  ".cm-line": { padding: "0 2px" },
  ".cm-cursor, .cm-dropCursor": {
    borderInlineStart: "2px solid var(--accent)",
    borderLeft: "none",
    marginInlineStart: "-1px",
  },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--selection)",
  },
  ".cm-placeholder": { color: "var(--ink-faint)", fontStyle: "italic" },
  ".cm-searchMatch": { backgroundColor: "var(--match-wash)", borderRadius: "2px" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--match-active)" },
  ".cm-selectionMatch": { backgroundColor: "var(--accent-wash)" },
  ".cm-mark": { color: "var(--ink-faint)", fontWeight: "400" },
});

/** The look of rendered Markdown. */
export const previewTheme = EditorView.theme({
  ".cm-heading": { fontWeight: "620", lineHeight: "1.3", fontVariantNumeric: "lining-nums", textWrap: "balance" },
  ".cm-heading-1": { fontSize: "var(--size-h1)", paddingBlock: "1.6rem 0.3rem" },
  ".cm-heading-2": { fontSize: "var(--size-h2)", paddingBlock: "1.3rem 0.25rem" },
  ".cm-heading-3": { fontSize: "var(--size-h3)", paddingBlock: "1rem 0.2rem" },
  ".cm-heading-4, .cm-heading-5, .cm-heading-6": { paddingBlock: "0.8rem 0.1rem" },
  ".cm-heading-5": { fontStyle: "italic" },
  ".cm-heading-6": { fontStyle: "italic", fontWeight: "450" },
  ".cm-strong": { fontWeight: "680" },
  ".cm-emphasis": { fontStyle: "italic" },
  ".cm-struck": { textDecoration: "line-through", color: "var(--ink-quiet)" },
  ".cm-code": {
    fontFamily: "var(--mono)",
    fontVariantNumeric: "normal",
    fontSize: "0.86em",
    backgroundColor: "var(--paper-sunken)",
    borderRadius: "var(--radius-small)",
    padding: "0.1em 0.25em",
  },
  ".cm-code-line": {
    fontFamily: "var(--mono)",
    fontVariantNumeric: "normal",
    fontSize: "0.86em",
    backgroundColor: "var(--paper-sunken)",
    paddingInline: "var(--s3)",
  },
  ".cm-link": {
    color: "var(--accent)",
    textDecoration: "underline",
    textDecorationThickness: "1px",
    textUnderlineOffset: "0.15em",
  },
  ".cm-reference": { color: "var(--accent)" },
  ".cm-list-line": { paddingInlineStart: "0.4rem" },
  ".cm-bullet": { color: "var(--accent)", paddingInlineEnd: "0.15em" },
  ".cm-list-number": { fontVariantNumeric: "tabular-nums lining-nums", color: "var(--ink-quiet)" },
  ".cm-task": {
    inlineSize: "1rem",
    blockSize: "1rem",
    verticalAlign: "-0.1em",
    margin: "0 0.3em 0 0",
    accentColor: "var(--accent)",
  },
  ".cm-quote": {
    borderInlineStart: "3px solid var(--line-control)",
    paddingInlineStart: "var(--s4)",
    color: "var(--ink-quiet)",
    fontStyle: "italic",
  },
  ".cm-alert": {
    backgroundColor: "var(--paper-raised)",
    paddingInline: "var(--s4)",
    fontFamily: "var(--sans)",
    fontSize: "var(--size-body)",
    lineHeight: "1.5",
  },
  ".cm-alert-word": { fontWeight: "650", fontSize: "var(--size-furniture)" },
  ".cm-footnote": {
    fontSize: "0.72em",
    verticalAlign: "super",
    lineHeight: "1",
    color: "var(--accent)",
    fontFamily: "var(--sans)",
    fontWeight: "600",
    padding: "0 0.15em",
    cursor: "pointer",
  },
  ".cm-footnote-line": { fontSize: "0.89em", paddingInlineStart: "1.8em", textIndent: "-1.8em" },
  ".cm-footnote-number": {
    display: "inline-block",
    minInlineSize: "1.6em",
    textIndent: "0",
    color: "var(--accent)",
    fontFamily: "var(--sans)",
    fontSize: "0.85em",
    fontWeight: "600",
  },
  ".cm-bracket": {
    boxShadow: "inset 0 0 0 1px var(--bracket-line)",
    borderRadius: "var(--radius-small)",
    padding: "0.05em 0.1em",
    boxDecorationBreak: "clone",
    webkitBoxDecorationBreak: "clone",
  },
  ".cm-bracket-or": { color: "var(--bracket-line)", fontWeight: "700" },
  ".cm-image": {
    display: "inline-block",
    padding: "var(--s2) var(--s3)",
    border: "1px dashed var(--line-control)",
    borderRadius: "var(--radius)",
    fontFamily: "var(--sans)",
    fontSize: "var(--size-furniture)",
    color: "var(--ink-quiet)",
  },
  ".cm-rule": { display: "block", blockSize: "1px", backgroundColor: "var(--line-control)", marginBlock: "0.8em" },
  ".cm-caption-line": { fontSize: "var(--size-body)", fontStyle: "italic", color: "var(--ink-quiet)" },
  ".cm-definition-line": { paddingInlineStart: "var(--s5)" },
  ".cm-front-line": {
    fontFamily: "var(--mono)",
    fontVariantNumeric: "normal",
    fontSize: "0.86rem",
    color: "var(--ink-quiet)",
  },
  ".cm-table-frame": { position: "relative", overflowX: "auto", paddingBlock: "var(--s3)" },
  // The editor breaks lines anywhere; in a narrow column that would cut words which only want room.
  ".cm-table": {
    borderCollapse: "collapse",
    inlineSize: "100%",
    fontFamily: "var(--sans)",
    fontSize: "0.9375rem",
    lineHeight: "1.45",
    fontVariantNumeric: "tabular-nums lining-nums",
    overflowWrap: "break-word",
    wordBreak: "normal",
  },
  ".cm-table th": {
    textAlign: "start",
    fontWeight: "600",
    borderBlockEnd: "2px solid var(--line-control)",
    padding: "var(--s2)",
    verticalAlign: "bottom",
  },
  ".cm-table td": { borderBlockEnd: "1px solid var(--line)", padding: "var(--s2)", verticalAlign: "top" },
  ".cm-table .cm-align-centre": { textAlign: "center" },
  ".cm-table .cm-align-end": { textAlign: "end" },
  ".cm-table-edit, .cm-title-edit": {
    fontFamily: "var(--sans)",
    opacity: "0",
    position: "absolute",
    insetInlineEnd: "0",
    insetBlockStart: "0",
  },
  ".cm-table-frame:hover .cm-table-edit, .cm-table-edit:focus-visible, .cm-title-page:hover .cm-title-edit, .cm-title-edit:focus-visible":
    { opacity: "1" },
  "@media (hover: none)": { ".cm-table-edit, .cm-title-edit": { opacity: "1", position: "static" } },
  ".cm-title-page": {
    position: "relative",
    padding: "var(--s5) 0 var(--s6)",
    marginBlockEnd: "var(--s4)",
    borderBlockEnd: "1px solid var(--line)",
  },
  ".cm-title-title": { fontSize: "2.25rem", fontWeight: "640", lineHeight: "1.15", textWrap: "balance" },
  ".cm-title-subtitle": {
    fontSize: "var(--size-h3)",
    color: "var(--ink-quiet)",
    lineHeight: "1.35",
    paddingBlockStart: "var(--s2)",
  },
  ".cm-title-group": {
    fontFamily: "var(--sans)",
    fontSize: "var(--size-furniture)",
    fontWeight: "600",
    paddingBlockStart: "var(--s4)",
  },
  ".cm-title-facts": {
    fontFamily: "var(--sans)",
    fontSize: "var(--size-furniture)",
    color: "var(--ink-quiet)",
    fontVariantNumeric: "tabular-nums",
  },
  ".cm-title-status": {
    fontFamily: "var(--sans)",
    fontSize: "var(--size-furniture)",
    color: "var(--ink-quiet)",
    paddingBlockStart: "var(--s3)",
    maxInlineSize: "60ch",
  },
  ...alerts(),
});

/** The look of the source: one quiet monospaced face, headings told by weight. */
export const sourceTheme = EditorView.theme({
  ".cm-content": { fontFamily: "var(--mono)", fontVariantNumeric: "normal", fontSize: "0.9375rem" },
});
