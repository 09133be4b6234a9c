// What `@sec:x`, `@tbl:x` and `@fig:x` point to: numbers, as the export gives them. They are counted
// when the text has been still for a moment, not at every key.

import { StateEffect, StateField, type Extension, type Text } from "@codemirror/state";
import { ViewPlugin, type EditorView, type ViewUpdate } from "@codemirror/view";

import { outlineOf } from "../../outline/outline";

/** Numbers by name, such as `sec:scope` → `2.1`. */
export type References = ReadonlyMap<string, string>;

const REST_MS = 300;
const setReferences = StateEffect.define<References>();

/** The numbers as they were counted last. */
export const references = StateField.define<References>({
  create: (state) => countReferences(state.doc),
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setReferences)) return effect.value;
    return value;
  },
});

/** Numbers the sections, tables and figures of a text that have a name. Headings may leave out `sec:`. */
export function countReferences(doc: Text): Map<string, string> {
  const text = doc.toString();
  const found = new Map<string, string>();
  for (const heading of outlineOf(text)) {
    if (heading.id === "" || heading.number === "") continue;
    const name = heading.id.startsWith("sec:") ? heading.id : `sec:${heading.id}`;
    if (!found.has(name)) found.set(name, heading.number);
  }
  for (const kind of ["tbl", "fig"]) {
    let number = 0;
    for (const match of text.matchAll(new RegExp(`\\{#(${kind}:[^\\s}]+)[^}\\n]*\\}`, "g"))) {
      number += 1;
      const name = match[1] ?? "";
      if (!found.has(name)) found.set(name, String(number));
    }
  }
  return found;
}

/** Counts anew some moments after the last change. */
export const countWhenStill: Extension = [
  references,
  ViewPlugin.fromClass(
    class {
      private timer: ReturnType<typeof setTimeout> | undefined;
      constructor(private readonly view: EditorView) {}
      update(update: ViewUpdate): void {
        if (!update.docChanged) return;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.count(), REST_MS);
      }
      private count(): void {
        const next = countReferences(this.view.state.doc);
        const before = this.view.state.field(references);
        const isSame = next.size === before.size && [...next].every(([name, number]) => before.get(name) === number);
        if (!isSame) this.view.dispatch({ effects: setReferences.of(next) });
      }
      destroy(): void {
        clearTimeout(this.timer);
      }
    },
  ),
];

/** Whether a transaction brought new numbers. */
export function referencesChanged(effects: readonly StateEffect<unknown>[]): boolean {
  return effects.some((effect) => effect.is(setReferences));
}

/** The words for a reference, or null when it leads nowhere: then it is shown as typed. */
export function referenceWords(
  numbers: References,
  typed: string,
  name: (kind: "sec" | "tbl" | "fig", number: string) => string,
): string | null {
  const found = /^@(sec|fig|tbl):(.+)$/i.exec(typed);
  const kind = found?.[1]?.toLowerCase();
  const number = numbers.get(`${kind ?? ""}:${found?.[2] ?? ""}`);
  if (number === undefined || (kind !== "sec" && kind !== "tbl" && kind !== "fig")) return null;
  const words = name(kind, number);
  return /^@[SFT]/.test(typed) ? words.charAt(0).toLocaleUpperCase() + words.slice(1) : words;
}
