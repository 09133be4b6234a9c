// CodeMirror's own search panel, in our furniture.

import { EditorView } from "@codemirror/view";

export const searchTheme = EditorView.theme({
  ".cm-panels": { backgroundColor: "var(--paper-raised)", color: "var(--ink)", fontFamily: "var(--sans)", border: "none", zIndex: "6" },
  ".cm-panels.cm-panels-top": { borderBlockEnd: "1px solid var(--line-control)", position: "sticky" },
  ".cm-panel.cm-search": { display: "flex", flexWrap: "wrap", alignItems: "center", gap: "var(--s1) var(--s2)", padding: "var(--s2)", paddingInlineEnd: "2.75rem", fontSize: "var(--size-furniture)" },
  ".cm-panel.cm-search br": { flexBasis: "100%", blockSize: "0", content: "''", display: "block" },
  ".cm-panel.cm-search .cm-textfield": { flex: "1 1 10rem", inlineSize: "10rem", minBlockSize: "var(--control)", margin: "0", padding: "0 var(--s2)", border: "1px solid var(--line-control)", borderRadius: "var(--radius)", backgroundColor: "var(--paper)", color: "var(--ink)", fontSize: "var(--size-furniture)" },
  ".cm-panel.cm-search .cm-button": { minBlockSize: "var(--control)", margin: "0", padding: "0 var(--s3)", border: "1px solid var(--line-control)", borderRadius: "var(--radius)", backgroundColor: "var(--paper)", backgroundImage: "none", color: "var(--ink)", fontSize: "var(--size-furniture)", cursor: "pointer" },
  ".cm-panel.cm-search label": { display: "inline-flex", alignItems: "center", gap: "var(--s1)", margin: "0", minBlockSize: "1.5rem", fontSize: "var(--size-tiny)" },
  ".cm-panel.cm-search [name=close]": { position: "absolute", insetInline: "auto var(--s2)", insetBlockStart: "var(--s2)", minInlineSize: "2rem", minBlockSize: "2rem", color: "var(--ink)", backgroundColor: "transparent", border: "none", fontSize: "1.25rem", cursor: "pointer" },
});
