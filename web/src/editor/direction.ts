// Each line runs the way its own words run: an Arabic quotation in an English report, and the other
// way round.

import { EditorView, Decoration, ViewPlugin, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import type { Extension, Range } from "@codemirror/state";

const automatic = Decoration.line({ attributes: { dir: "auto" } });

/** Whether a language is written from right to left. */
export function directionOf(language: string): "ltr" | "rtl" {
  return /^(?:ar|he|fa|ur|ps|sd|ug|yi|dv|ckb)(?:-|$)/i.test(language) ? "rtl" : "ltr";
}

function decorate(view: EditorView): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at);
      if (line.length > 0) ranges.push(automatic.range(line.from));
      at = line.to + 1;
    }
  }
  return Decoration.set(ranges);
}

/** Gives every line on the screen the direction of its first letter; empty lines keep the draft's. */
export const lineDirections: Extension = [
  EditorView.perLineTextDirection.of(true),
  ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = decorate(view);
      }
      update(update: ViewUpdate) {
        if (update.docChanged || update.viewportChanged) this.decorations = decorate(update.view);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  ),
];
