// What the interface draws over the text: passages that have comments, and other people's cursors and
// selections. They are handed in as offsets, and move with every change until they are handed in anew.

import { StateEffect, StateField, type Extension, type Range } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";

/** A passage with a comment. Offsets in UTF-16 units. */
export interface CommentMark {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly isActive: boolean;
  readonly isResolved: boolean;
}

/** Somebody's cursor and selection. */
export interface PeerMark {
  readonly peer: string;
  readonly name: string;
  /** From 1 to 7: the token `--group-N`. */
  readonly hue: number;
  readonly anchor: number;
  readonly head: number;
}

export const showComments = StateEffect.define<readonly CommentMark[]>();
export const showPeers = StateEffect.define<readonly PeerMark[]>();

class CursorWidget extends WidgetType {
  constructor(
    private readonly name: string,
    private readonly hue: number,
  ) {
    super();
  }
  override eq(other: CursorWidget): boolean {
    return other.name === this.name && other.hue === this.hue;
  }
  override toDOM(): HTMLElement {
    const caret = document.createElement("span");
    caret.className = `cm-peer cm-peer-${this.hue}`;
    caret.setAttribute("aria-hidden", "true");
    // As an attribute that the style shows: the name is no part of the text, for nobody and no tool.
    caret.dataset["name"] = this.name;
    return caret;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

function commentMarks(marks: readonly CommentMark[], length: number): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  for (const mark of marks) {
    const to = Math.min(mark.to, length);
    if (mark.from >= to || mark.isResolved) continue;
    const className = mark.isActive ? "cm-commented cm-commented-active" : "cm-commented";
    ranges.push(Decoration.mark({ class: className, attributes: { "data-thread": mark.id } }).range(mark.from, to));
  }
  return Decoration.set(ranges, true);
}

function peerMarks(marks: readonly PeerMark[], length: number): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  for (const mark of marks) {
    const head = Math.min(mark.head, length);
    const anchor = Math.min(mark.anchor, length);
    if (anchor !== head) {
      ranges.push(Decoration.mark({ class: `cm-peer-selection cm-peer-selection-${mark.hue}` }).range(Math.min(anchor, head), Math.max(anchor, head)));
    }
    ranges.push(Decoration.widget({ widget: new CursorWidget(mark.name, mark.hue), side: 1 }).range(head));
  }
  return Decoration.set(ranges, true);
}

function field<T>(effect: ReturnType<typeof StateEffect.define<T>>, draw: (value: T, length: number) => DecorationSet): Extension {
  return StateField.define<DecorationSet>({
    create: () => Decoration.none,
    update(value, transaction) {
      let next = transaction.docChanged ? value.map(transaction.changes) : value;
      for (const one of transaction.effects) if (one.is(effect)) next = draw(one.value, transaction.newDoc.length);
      return next;
    },
    provide: (self) => EditorView.decorations.from(self),
  });
}

const HUES = [1, 2, 3, 4, 5, 6, 7];

const theme = EditorView.theme({
  ".cm-commented": { backgroundColor: "var(--comment-wash)", borderBlockEnd: "2px solid var(--comment-line)", cursor: "pointer" },
  ".cm-commented-active": { backgroundColor: "var(--comment-active)" },
  ".cm-peer": { position: "relative", display: "inline-block", inlineSize: "0", blockSize: "1.1em", verticalAlign: "text-bottom", borderInlineStart: "2px solid currentColor", marginInlineEnd: "-2px" },
  ".cm-peer::after": { content: "attr(data-name)", position: "absolute", insetBlockEnd: "100%", insetInlineStart: "-2px", padding: "0 0.4em", fontFamily: "var(--sans)", fontSize: "0.6875rem", fontStyle: "normal", fontWeight: "600", lineHeight: "1.4", whiteSpace: "nowrap", color: "var(--paper)", borderRadius: "var(--radius-small)", pointerEvents: "none", userSelect: "none", zIndex: "5" },
  ...Object.fromEntries(HUES.map((hue) => [`.cm-peer-${hue}`, { color: `var(--group-${hue})` }])),
  ...Object.fromEntries(HUES.map((hue) => [`.cm-peer-${hue}::after`, { backgroundColor: `var(--group-${hue})` }])),
  ...Object.fromEntries(HUES.map((hue) => [`.cm-peer-selection-${hue}`, { backgroundColor: `color-mix(in srgb, var(--group-${hue}) 18%, transparent)` }])),
});

/** Comments and peers on the text. */
export const overlays: Extension = [field(showComments, commentMarks), field(showPeers, peerMarks), theme];
