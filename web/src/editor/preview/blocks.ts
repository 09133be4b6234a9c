// What fills whole lines and changes their height: tables and the title page. CodeMirror takes such
// decorations only from the state, so they are kept in a field: moved along with changes, and looked
// for anew when the blocks of the text or the place of the cursor changed.

import { syntaxTree } from "@codemirror/language";
import { Facet, StateField, type EditorState, type Extension, type Range } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";

import { directionOfWords } from "../direction";
import { focusChanged, isTouched } from "./active";
import { renderInline } from "./render-inline";
import { references, referencesChanged, referenceWords, type References } from "./references";
import { frontMatterEnd } from "./syntax";
import { parseTable, unescapeCell, type Table } from "./table-model";
import type { PreviewWords } from "./widgets";

/** What the preview asks of its surroundings. */
export interface BlockActions {
  /** Opens the table editor for the table at an offset, at a cell. */
  readonly editTable: (view: EditorView, at: number, row: number, column: number) => void;
  /** Opens the form of the title page. */
  readonly editFront: (view: EditorView) => void;
}

export const blockActions = Facet.define<BlockActions, BlockActions | null>({ combine: (values) => values[0] ?? null });

const SIDES = { none: "", start: "cm-align-start", centre: "cm-align-centre", end: "cm-align-end" } as const;

class TableWidget extends WidgetType {
  constructor(
    private readonly source: string,
    private readonly table: Table,
    private readonly words: PreviewWords,
    private readonly numbers: References,
  ) {
    super();
  }

  override eq(other: TableWidget): boolean {
    return other.source === this.source && other.words === this.words && (other.numbers === this.numbers || !this.source.includes("@"));
  }

  override get estimatedHeight(): number {
    return this.table.rows.length * 42 + 24;
  }

  override toDOM(view: EditorView): HTMLElement {
    const frame = document.createElement("div");
    frame.className = "cm-table-frame";
    const table = document.createElement("table");
    table.className = "cm-table";
    // In an Arabic table the first column stands at the right, whatever the draft is written in.
    frame.dir = table.dir = directionOfWords((this.table.rows[0] ?? []).map((cell) => cell.text).join(" "));
    table.setAttribute("aria-label", this.words.table);
    this.table.rows.forEach((row, rowIndex) => {
      const line = document.createElement("tr");
      row.forEach((cell, columnIndex) => {
        const element = document.createElement(rowIndex === 0 ? "th" : "td");
        if (rowIndex === 0) element.setAttribute("scope", "col");
        element.className = SIDES[this.table.alignments[columnIndex] ?? "none"];
        element.dir = "auto";
        renderInline(element, unescapeCell(cell.text), (typed) => referenceWords(this.numbers, typed, this.words.reference));
        element.dataset["row"] = String(rowIndex);
        element.dataset["column"] = String(columnIndex);
        line.append(element);
      });
      table.append(line);
    });
    frame.append(table);
    if (!view.state.readOnly) frame.append(this.button(view, frame));
    frame.addEventListener("mousedown", (event) => {
      if (view.state.readOnly || event.button !== 0) return;
      const cell = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
      if (!cell) return;
      event.preventDefault();
      open(view, frame, Number(cell.dataset["row"]), Number(cell.dataset["column"]));
    });
    return frame;
  }

  private button(view: EditorView, frame: HTMLElement): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button cm-table-edit";
    button.textContent = this.words.editTable;
    button.addEventListener("click", () => open(view, frame, 0, 0));
    return button;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

function open(view: EditorView, frame: HTMLElement, row: number, column: number): void {
  view.state.facet(blockActions)?.editTable(view, view.posAtDOM(frame), row, column);
}

/** The lines of the front matter that a title page shows. */
const FRONT = ["title", "subtitle", "group", "version", "date", "status"] as const;

/** The plain values of the front matter's simple lines; folded and listed ones are left to the export. */
export function frontMatterFields(source: string): Map<string, string> {
  const fields = new Map<string, string>();
  const lines = source.split("\n");
  lines.forEach((line, index) => {
    const found = /^([\w-]+):[ \t]*(.*)$/.exec(line);
    if (!found) return;
    let value = (found[2] ?? "").trim();
    if (/^[|>][+-]?$/.test(value)) value = (lines[index + 1] ?? "").trim();
    fields.set(found[1] ?? "", value.replace(/^(["'])(.*)\1$/, "$2"));
  });
  return fields;
}

class FrontMatterWidget extends WidgetType {
  constructor(
    private readonly source: string,
    private readonly words: PreviewWords,
  ) {
    super();
  }

  override eq(other: FrontMatterWidget): boolean {
    return other.source === this.source && other.words === this.words;
  }

  override get estimatedHeight(): number {
    return 240;
  }

  override toDOM(view: EditorView): HTMLElement {
    const page = document.createElement("div");
    page.className = "cm-title-page";
    const fields = frontMatterFields(this.source);
    const add = (name: string, text: string | undefined): void => {
      if (!text) return;
      const line = document.createElement("div");
      line.className = `cm-title-${name}`;
      line.dir = "auto";
      line.textContent = text;
      page.append(line);
    };
    for (const name of FRONT.slice(0, 3)) add(name, fields.get(name));
    add("facts", [fields.get("version"), fields.get("date")].filter(Boolean).join(" · "));
    add("status", fields.get("status"));
    if (!view.state.readOnly) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button cm-title-edit";
      button.textContent = this.words.editFront;
      button.addEventListener("click", () => view.state.facet(blockActions)?.editFront(view));
      page.append(button);
    }
    return page;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

function blocks(state: EditorState, words: PreviewWords): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  const front = frontMatterEnd(state.doc);
  if (front > 0) {
    const to = state.doc.lineAt(Math.max(0, front - 1)).to;
    if (!isTouched(state, 0, to)) {
      const widget = new FrontMatterWidget(state.doc.sliceString(0, to), words);
      ranges.push(Decoration.replace({ widget, block: true }).range(0, to));
    }
  }
  // Tables stand at the top or in quotes and lists; only those at the top fill whole lines.
  for (let node = syntaxTree(state).topNode.firstChild; node; node = node.nextSibling) {
    if (node.name !== "Table" || node.from < front) continue;
    const from = state.doc.lineAt(node.from).from;
    const to = state.doc.lineAt(node.to).to;
    if (isTouched(state, from, to)) continue;
    const source = state.doc.sliceString(from, to);
    const table = parseTable(source);
    if (table) ranges.push(Decoration.replace({ widget: new TableWidget(source, table, words, state.field(references)), block: true }).range(from, to));
  }
  return Decoration.set(ranges, true);
}

/** The extension that draws tables and the title page. */
export function blockPreview(words: PreviewWords): Extension {
  return StateField.define<DecorationSet>({
    create: (state) => blocks(state, words),
    update(value, transaction) {
      const treeMoved = syntaxTree(transaction.startState) !== syntaxTree(transaction.state);
      const moved = transaction.selection !== undefined || focusChanged(transaction.effects) || referencesChanged(transaction.effects);
      if (transaction.docChanged || treeMoved || moved) return blocks(transaction.state, words);
      return value;
    },
    provide: (field) => EditorView.decorations.from(field),
  });
}
