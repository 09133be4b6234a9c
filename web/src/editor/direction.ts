// In which language and direction each passage runs: an Arabic quotation in an English report, and the
// other way round. Directions follow the words, line by line; languages cannot be told apart by their
// letters, so authors mark passages (`::: {lang=fr}` to `:::`) and words (`[mot juste]{lang=fr}`), and
// the browser's spell checker and screen readers are told.

import { Decoration, EditorView, ViewPlugin, type DecorationSet, type ViewUpdate } from "@codemirror/view";
import { StateField, type ChangeSet, type EditorState, type Extension, type Range, type Text } from "@codemirror/state";

/** Whether a language is written from right to left. */
export function directionOf(language: string): "ltr" | "rtl" {
  return /^(?:ar|he|fa|ur|ps|sd|ug|yi|dv|ckb)(?:-|$)/i.test(language) ? "rtl" : "ltr";
}

/** The direction of words, by their first letter. */
export function directionOfWords(words: string): "ltr" | "rtl" {
  const letter = /\p{L}/u.exec(words)?.[0] ?? "";
  return /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(letter)
    ? "rtl"
    : "ltr";
}

/** A language tag as browsers take it; null for anything else. */
function tagOf(typed: string): string | null {
  try {
    return Intl.getCanonicalLocales(typed)[0] ?? null;
  } catch {
    return null;
  }
}

/** The language that the title page of a Markdown text names, or null. */
export function writtenLanguage(text: string): string | null {
  if (!text.startsWith("---")) return null;
  const front = /^---[ \t]*\n([\s\S]{0,40000}?)^(?:---|\.\.\.)[ \t]*$/m.exec(text);
  const typed =
    front?.index === 0
      ? /^(?:lang|language):[ \t]*["']?([\w-]+)["']?[ \t]*(?:#.*)?$/m.exec(front[1] ?? "")?.[1]
      : undefined;
  return typed === undefined ? null : tagOf(typed);
}

/** A passage that says its language: whole lines, as offsets in UTF-16 units. */
export interface Passage {
  readonly from: number;
  readonly to: number;
  readonly language: string;
}

const FENCE = /^:{3,}/;

/** The marked passages of a text, in order; inner ones come after those around them. */
export function passagesOf(doc: Text): Passage[] {
  const found: (Passage & { to: number })[] = [];
  const open: ((typeof found)[number] | null)[] = [];
  let from = 0;
  for (const line of doc.iterLines()) {
    if (FENCE.test(line)) {
      const attributes = line.replace(FENCE, "").trim();
      if (attributes === "" || /^:+$/.test(attributes)) {
        const passage = open.pop();
        if (passage) passage.to = from + line.length;
      } else {
        const language = tagOf(/\blang=["']?([\w-]+)/.exec(attributes)?.[1] ?? "");
        const passage = language === null ? null : { from, to: doc.length, language };
        open.push(passage);
        if (passage) found.push(passage);
      }
    }
    from += line.length + 1;
  }
  return found;
}

/** Whether a change may have made, moved or removed the mark of a passage. */
function touchesMarks(before: Text, after: Text, changes: ChangeSet): boolean {
  let found = false;
  const has = (doc: Text, from: number, to: number): boolean =>
    doc.sliceString(doc.lineAt(from).from, doc.lineAt(to).to).includes(":::");
  changes.iterChangedRanges((fromA, toA, fromB, toB) => {
    found ||= has(before, fromA, toA) || has(after, fromB, toB);
  });
  return found;
}

const passages = StateField.define<readonly Passage[]>({
  create: (state) => passagesOf(state.doc),
  update(value, transaction) {
    if (!transaction.docChanged) return value;
    const { changes, startState, newDoc } = transaction;
    if (touchesMarks(startState.doc, newDoc, changes)) return passagesOf(newDoc);
    return value.length === 0
      ? value
      : value.map((one) => ({ ...one, from: changes.mapPos(one.from, 1), to: changes.mapPos(one.to, -1) }));
  },
});

const WORDS = /\[([^[\]\n]+)\]\{[^{}\n]*?\blang=["']?([\w-]+)[^{}\n]*\}/g;

/** `> [!NOTE]`: shown as a word of the interface, whose letters say nothing of the passage. */
const ALERT = /^\s*>\s*\[!\w+\]\s*$/;
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** The direction of a line: that of its first letter, and for an alert's first line that of the alert. */
export function lineDirection(doc: Text, number: number): "auto" | "ltr" | "rtl" {
  if (!ALERT.test(doc.line(number).text) || number >= doc.lines) return "auto";
  const letter = /\p{L}/u.exec(doc.line(number + 1).text)?.[0];
  if (letter === undefined) return "auto";
  return RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr";
}

const directed = {
  auto: Decoration.line({ attributes: { dir: "auto" } }),
  ltr: Decoration.line({ attributes: { dir: "ltr" } }),
  rtl: Decoration.line({ attributes: { dir: "rtl" } }),
};

/** The language of a line that stands in a marked passage. */
function languageAt(state: EditorState, from: number): string | null {
  return state.field(passages).findLast((one) => one.from <= from && from <= one.to)?.language ?? null;
}

function decorate(view: EditorView): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to;) {
      const line = view.state.doc.lineAt(at);
      const language = languageAt(view.state, line.from);
      if (language !== null)
        ranges.push(
          Decoration.line({
            attributes: {
              lang: language,
              dir: line.length > 0 ? lineDirection(view.state.doc, line.number) : directionOf(language),
            },
          }).range(line.from),
        );
      else if (line.length > 0) ranges.push(directed[lineDirection(view.state.doc, line.number)].range(line.from));
      for (const words of line.text.matchAll(WORDS)) {
        const tag = tagOf(words[2] ?? "");
        const start = line.from + words.index + 1;
        if (tag !== null)
          ranges.push(Decoration.mark({ attributes: { lang: tag } }).range(start, start + (words[1] ?? "").length));
      }
      at = line.to + 1;
    }
  }
  return Decoration.set(ranges, true);
}

/** Gives every line on the screen the direction of its first letter, and marked passages their language. */
export const lineDirections: Extension = [
  EditorView.perLineTextDirection.of(true),
  passages,
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
