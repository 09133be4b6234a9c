// What the interface draws over the text: passages that have comments, and other people's cursors and
// selections. They are handed in as offsets, and move with every change until they are handed in anew.

import { StateEffect, StateField, type ChangeDesc, type Extension, type Range } from "@codemirror/state";
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
      ranges.push(
        Decoration.mark({ class: `cm-peer-selection cm-peer-selection-${mark.hue}` }).range(
          Math.min(anchor, head),
          Math.max(anchor, head),
        ),
      );
    }
    ranges.push(Decoration.widget({ widget: new CursorWidget(mark.name, mark.hue), side: 1 }).range(head));
  }
  return Decoration.set(ranges, true);
}

/** Marks as they were handed in, moved along with the text since, and how they are drawn. */
interface Drawn<T> {
  readonly marks: readonly T[];
  readonly decorations: DecorationSet;
}

interface Overlay<T> {
  readonly extension: Extension;
  /** Draws these marks, unless they are what is drawn already. */
  readonly show: (view: EditorView, marks: readonly T[]) => void;
}

/** `move` carries a mark through a change. */
function overlay<T extends object>(
  draw: (marks: readonly T[], length: number) => DecorationSet,
  move: (mark: T, changes: ChangeDesc) => T,
): Overlay<T> {
  const set = StateEffect.define<readonly T[]>();
  const field = StateField.define<Drawn<T>>({
    create: () => ({ marks: [], decorations: Decoration.none }),
    update(value, { docChanged, changes, effects, newDoc }) {
      let next = value;
      if (docChanged && value.marks.length > 0) {
        const marks = value.marks.map((mark) => move(mark, changes));
        const moved = value.decorations.map(changes);
        // Decorations go with deleted text; marks stay where it was.
        next = { marks, decorations: moved.size === value.decorations.size ? moved : draw(marks, newDoc.length) };
      }
      for (const effect of effects)
        if (effect.is(set)) next = { marks: effect.value, decorations: draw(effect.value, newDoc.length) };
      return next;
    },
    provide: (self) => EditorView.decorations.from(self, (value) => value.decorations),
  });
  return {
    extension: field,
    show: (view, marks) => {
      if (!areSame(view.state.field(field).marks, marks)) view.dispatch({ effects: set.of(marks) });
    },
  };
}

function areSame<T extends object>(one: readonly T[], two: readonly T[]): boolean {
  return (
    one.length === two.length &&
    one.every((mark, index) => Object.entries(mark).every(([name, value]) => value === two[index]?.[name as keyof T]))
  );
}

const comments = overlay<CommentMark>(commentMarks, (mark, changes) => ({
  ...mark,
  from: changes.mapPos(mark.from, 1),
  to: changes.mapPos(mark.to, -1),
}));
const peers = overlay<PeerMark>(peerMarks, (mark, changes) => ({
  ...mark,
  anchor: changes.mapPos(mark.anchor, 1),
  head: changes.mapPos(mark.head, 1),
}));

/** Draws passages with comments. */
export const showComments = comments.show;
/** Draws others' cursors and selections. */
export const showPeers = peers.show;

const HUES = [1, 2, 3, 4, 5, 6, 7];

const theme = EditorView.theme({
  ".cm-commented": {
    backgroundColor: "var(--comment-wash)",
    borderBlockEnd: "2px solid var(--comment-line)",
    cursor: "pointer",
  },
  ".cm-commented-active": { backgroundColor: "var(--comment-active)" },
  ".cm-peer": {
    position: "relative",
    display: "inline-block",
    inlineSize: "0",
    blockSize: "1.1em",
    verticalAlign: "text-bottom",
    borderInlineStart: "2px solid currentColor",
    marginInlineEnd: "-2px",
  },
  ".cm-peer::after": {
    content: "attr(data-name)",
    position: "absolute",
    insetBlockEnd: "100%",
    insetInlineStart: "-2px",
    padding: "0 0.4em",
    fontFamily: "var(--sans)",
    fontSize: "0.6875rem",
    fontStyle: "normal",
    fontWeight: "600",
    lineHeight: "1.4",
    whiteSpace: "nowrap",
    color: "var(--paper)",
    borderRadius: "var(--radius-small)",
    pointerEvents: "none",
    userSelect: "none",
    zIndex: "5",
  },
  ...Object.fromEntries(HUES.map((hue) => [`.cm-peer-${hue}`, { color: `var(--group-${hue})` }])),
  ...Object.fromEntries(HUES.map((hue) => [`.cm-peer-${hue}::after`, { backgroundColor: `var(--group-${hue})` }])),
  ...Object.fromEntries(
    HUES.map((hue) => [
      `.cm-peer-selection-${hue}`,
      { backgroundColor: `color-mix(in srgb, var(--group-${hue}) 18%, transparent)` },
    ]),
  ),
});

/** Comments and peers on the text. */
export const overlays: Extension = [comments.extension, peers.extension, theme];
