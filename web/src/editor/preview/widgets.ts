// The small things that stand in for Markdown marks. Their words come from the catalogue.

import { EditorView, WidgetType } from "@codemirror/view";

/** Words that the widgets need, in the reader's language. */
export interface PreviewWords {
  readonly bullet: string;
  readonly taskOpen: string;
  readonly taskDone: string;
  readonly footnote: (number: string) => string;
  readonly editTable: string;
  readonly table: string;
  readonly editFront: string;
  readonly frontTitle: string;
  readonly image: string;
  /** "section 2.1", "table 3", "figure 1". */
  readonly reference: (kind: "sec" | "tbl" | "fig", number: string) => string;
  readonly alert: (kind: AlertKind) => string;
}

export const ALERTS = ["note", "tip", "important", "warning", "caution"] as const;
export type AlertKind = (typeof ALERTS)[number];

function span(className: string, text: string): HTMLSpanElement {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

/** The dot of a list item. */
export class BulletWidget extends WidgetType {
  override eq(): boolean {
    return true;
  }
  override toDOM(): HTMLElement {
    const element = span("cm-bullet", "•");
    element.setAttribute("aria-hidden", "true");
    return element;
  }
}

/** A task's tick, which can be set with a click or a touch. */
export class TaskWidget extends WidgetType {
  constructor(
    private readonly isDone: boolean,
    private readonly label: string,
  ) {
    super();
  }
  override eq(other: TaskWidget): boolean {
    return other.isDone === this.isDone && other.label === this.label;
  }
  override toDOM(view: EditorView): HTMLElement {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.className = "cm-task";
    box.checked = this.isDone;
    box.setAttribute("aria-label", this.label);
    box.tabIndex = -1;
    box.addEventListener("mousedown", (event) => {
      event.preventDefault();
      if (view.state.readOnly) return;
      const at = view.posAtDOM(box);
      const mark = view.state.doc.sliceString(at, at + 3);
      if (!/^\[[ xX]\]$/.test(mark)) return;
      view.dispatch({ changes: { from: at + 1, to: at + 2, insert: mark === "[ ]" ? "x" : " " }, userEvent: "input" });
    });
    return box;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

/** The number of a footnote, raised. */
export class FootnoteWidget extends WidgetType {
  constructor(
    private readonly number: string,
    private readonly label: string,
    /** The words of the note. Looking for them costs a walk through the text, so it is done when drawn and pointed at. */
    private readonly findNote: (view: EditorView) => string,
    private readonly isDefinition: boolean,
  ) {
    super();
  }
  override eq(other: FootnoteWidget): boolean {
    return other.number === this.number && other.label === this.label && other.isDefinition === this.isDefinition;
  }
  override toDOM(view: EditorView): HTMLElement {
    const element = span(this.isDefinition ? "cm-footnote-number" : "cm-footnote", this.number);
    element.setAttribute("role", "img");
    const say = (): void => {
      const note = this.findNote(view);
      element.setAttribute("aria-label", note ? `${this.label}: ${note}` : this.label);
      element.title = note;
    };
    say();
    element.addEventListener("mouseenter", say);
    return element;
  }
  override ignoreEvent(): boolean {
    return false;
  }
}

/** The word at the head of a note set apart. */
export class AlertWidget extends WidgetType {
  constructor(
    private readonly kind: AlertKind,
    private readonly word: string,
  ) {
    super();
  }
  override eq(other: AlertWidget): boolean {
    return other.kind === this.kind && other.word === this.word;
  }
  override toDOM(): HTMLElement {
    return span(`cm-alert-word cm-alert-word-${this.kind}`, this.word);
  }
  override ignoreEvent(): boolean {
    return false;
  }
}

/** An image by its words: drafts hold no pictures yet, and nothing is fetched from elsewhere. */
export class ImageWidget extends WidgetType {
  constructor(
    private readonly label: string,
    private readonly words: string,
  ) {
    super();
  }
  override eq(other: ImageWidget): boolean {
    return other.words === this.words && other.label === this.label;
  }
  override toDOM(): HTMLElement {
    const element = span("cm-image", this.words ? `${this.label}: ${this.words}` : this.label);
    return element;
  }
  override ignoreEvent(): boolean {
    return false;
  }
}

/** Words that stand for a reference to another part. */
export class ReferenceWidget extends WidgetType {
  constructor(
    private readonly words: string,
    private readonly typed: string,
  ) {
    super();
  }
  override eq(other: ReferenceWidget): boolean {
    return other.words === this.words && other.typed === this.typed;
  }
  override toDOM(): HTMLElement {
    const element = span("cm-reference", this.words);
    element.title = this.typed;
    return element;
  }
  override ignoreEvent(): boolean {
    return false;
  }
}

/** A line across the text. */
export class RuleWidget extends WidgetType {
  override eq(): boolean {
    return true;
  }
  override toDOM(): HTMLElement {
    const element = span("cm-rule", "");
    element.setAttribute("role", "separator");
    return element;
  }
  override ignoreEvent(): boolean {
    return false;
  }
}
