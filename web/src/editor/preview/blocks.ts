// What fills whole lines and changes their height: tables and the title page. CodeMirror takes such
// decorations only from the state, so they are kept in a field: moved along with changes, and looked
// for anew when the blocks of the text or the place of the cursor changed.

import { syntaxTree } from "@codemirror/language";
import { Facet, StateField, type EditorState, type Extension } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, type DecorationSet } from "@codemirror/view";
import { Tree } from "@lezer/common";

import { directionOfWords } from "../direction";
import { focusChanged, isTouched } from "./active";
import { renderInline } from "./render-inline";
import { references, referencesChanged, referenceWords, type References } from "./references";
import { frontMatterEnd } from "./syntax";
import { headWords, parseTable, unescapeCell, type Table } from "./table-model";
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
    return (
      other.source === this.source &&
      other.words === this.words &&
      (other.numbers === this.numbers || !this.source.includes("@"))
    );
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
    frame.dir = table.dir = directionOfWords(headWords(this.table));
    table.setAttribute("aria-label", this.words.table);
    this.table.rows.forEach((row, rowIndex) => {
      const line = document.createElement("tr");
      row.forEach((cell, columnIndex) => {
        const element = document.createElement(rowIndex === 0 ? "th" : "td");
        if (rowIndex === 0) element.setAttribute("scope", "col");
        element.className = SIDES[this.table.alignments[columnIndex] ?? "none"];
        element.dir = "auto";
        renderInline(element, unescapeCell(cell.text), (typed) =>
          referenceWords(this.numbers, typed, this.words.reference),
        );
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
function frontMatterFields(source: string): Map<string, string> {
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

/** Whole lines of the text that may be drawn as a block, and the decoration that does it. */
interface Block {
  readonly from: number;
  readonly to: number;
  readonly decoration: Decoration;
}

/** All blocks of a text, and those of them that are drawn: where the cursor is, the source shows. */
interface Blocks {
  readonly all: readonly Block[];
  readonly drawn: readonly Block[];
  readonly decorations: DecorationSet;
}

/** A place in a syntax tree: where a node of it begins in the text. */
interface Placed {
  readonly tree: Tree;
  readonly from: number;
}

/**
 * The tables at the top of a syntax tree. They fill whole lines; those in quotes and lists do not. The
 * tree's own lists of children are walked, since that costs a tenth of asking for one node after another.
 */
function tablesAtTop(tree: Tree, from = 0, found: Placed[] = []): Placed[] {
  tree.children.forEach((child, index) => {
    if (!(child instanceof Tree)) return;
    const at = from + (tree.positions[index] ?? 0);
    if (child.type.name === "Table") found.push({ tree: child, from: at });
    // Long lists of children are held in nodes without a name.
    else if (child.type.isAnonymous) tablesAtTop(child, at, found);
  });
  return found;
}

interface KnownTable {
  readonly source: string;
  readonly numbers: References;
  /** Null for what looks like a table to the syntax and is none. */
  readonly decoration: Decoration | null;
}

/** Finds the blocks of one editor's text, and reads and makes each only once while it stays as it is. */
class BlockReader {
  /** By the tree's part that an edit elsewhere leaves as it is. */
  private readonly tables = new WeakMap<Tree, KnownTable>();
  private front: { readonly source: string; readonly decoration: Decoration } | null = null;

  constructor(private readonly words: PreviewWords) {}

  read(state: EditorState): Blocks {
    const all: Block[] = [];
    const front = frontMatterEnd(state.doc);
    if (front > 0) {
      const to = state.doc.lineAt(Math.max(0, front - 1)).to;
      all.push({ from: 0, to, decoration: this.titlePage(state.doc.sliceString(0, to)) });
    }
    for (const { tree, from: start } of tablesAtTop(syntaxTree(state))) {
      if (start < front) continue;
      const from = state.doc.lineAt(start).from;
      const to = state.doc.lineAt(start + tree.length).to;
      const decoration = this.table(tree, state.doc.sliceString(from, to), state.field(references));
      if (decoration) all.push({ from, to, decoration });
    }
    return this.draw(state, all);
  }

  /** The same blocks after the cursor moved. */
  draw(state: EditorState, all: readonly Block[], before?: Blocks): Blocks {
    const drawn = all.filter(({ from, to }) => !isTouched(state, from, to));
    if (before && drawn.length === before.drawn.length && drawn.every((block, index) => block === before.drawn[index]))
      return before;
    return {
      all,
      drawn,
      decorations: Decoration.set(drawn.map(({ from, to, decoration }) => decoration.range(from, to))),
    };
  }

  private titlePage(source: string): Decoration {
    if (this.front?.source !== source) {
      this.front = {
        source,
        decoration: Decoration.replace({ widget: new FrontMatterWidget(source, this.words), block: true }),
      };
    }
    return this.front.decoration;
  }

  private table(tree: Tree, source: string, numbers: References): Decoration | null {
    const known = this.tables.get(tree);
    // Spaces before a table belong to its line and not to its tree.
    if (known?.source === source && known.numbers === numbers) return known.decoration;
    const table = parseTable(source);
    const decoration =
      table && Decoration.replace({ widget: new TableWidget(source, table, this.words, numbers), block: true });
    this.tables.set(tree, { source, numbers, decoration });
    return decoration;
  }
}

/** The extension that draws tables and the title page. */
export function blockPreview(words: PreviewWords): Extension {
  const reader = new BlockReader(words);
  return StateField.define<Blocks>({
    create: (state) => reader.read(state),
    update(value, { startState, state, docChanged, selection, effects }) {
      if (docChanged || syntaxTree(startState) !== syntaxTree(state) || referencesChanged(effects))
        return reader.read(state);
      return selection !== undefined || focusChanged(effects) ? reader.draw(state, value.all, value) : value;
    },
    provide: (field) => EditorView.decorations.from(field, (value) => value.decorations),
  });
}
