// Pipe tables as rows and cells, and back. Pure.

export type Alignment = "none" | "start" | "centre" | "end";

/** One cell: where its words stand, in UTF-16 units from the beginning of the table's source. */
export interface Cell {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Of the last cell: what stands in the row beyond the table's columns, which no report shows. */
  readonly more?: readonly string[];
}

/** A table. `rows[0]` is its head; every row has as many cells as there are alignments. */
export interface Table {
  readonly alignments: readonly Alignment[];
  readonly rows: readonly (readonly Cell[])[];
}

interface RawCell {
  text: string;
  from: number;
  to: number;
}

/** The cells of one line; `offset` is where the line begins. */
function cellsOf(line: string, offset: number): RawCell[] {
  const cells: RawCell[] = [];
  let start = 0;
  let isEscaped = false;
  const push = (end: number): void => {
    const raw = line.slice(start, end);
    const lead = raw.length - raw.trimStart().length;
    const text = raw.trim();
    const from = offset + start + (text === "" ? Math.min(1, raw.length) : lead);
    cells.push({ text, from, to: from + text.length });
    start = end + 1;
  };
  for (let index = 0; index < line.length; index++) {
    const char = line[index];
    if (isEscaped) isEscaped = false;
    else if (char === "\\") isEscaped = true;
    else if (char === "|") push(index);
  }
  push(line.length);
  if (/^\s*\|/.test(line)) cells.shift();
  if (/(?<!\\)\|\s*$/.test(line) && cells.length > 0) cells.pop();
  return cells;
}

function alignmentOf(mark: string): Alignment | null {
  if (!/^:?-+:?$/.test(mark)) return null;
  if (mark.startsWith(":") && mark.endsWith(":") && mark.length > 1) return "centre";
  if (mark.startsWith(":")) return "start";
  return mark.endsWith(":") ? "end" : "none";
}

/** Reads the source of a pipe table, or gives null when it is none. */
export function parseTable(source: string): Table | null {
  const lines = source.replace(/\n+$/, "").split("\n");
  const [head, rule] = lines;
  if (head === undefined || rule === undefined) return null;
  const alignments: Alignment[] = [];
  for (const mark of cellsOf(rule, 0)) {
    const alignment = alignmentOf(mark.text);
    if (!alignment) return null;
    alignments.push(alignment);
  }
  if (alignments.length === 0) return null;
  const rows: Cell[][] = [];
  let offset = 0;
  lines.forEach((line, index) => {
    if (index !== 1) {
      const all: Cell[] = cellsOf(line, offset);
      const cells = all.slice(0, alignments.length);
      const last = cells.at(-1);
      if (last && all.length > cells.length)
        cells[cells.length - 1] = { ...last, more: all.slice(cells.length).map(({ text }) => text) };
      const end = offset + line.length;
      while (cells.length < alignments.length) cells.push({ text: "", from: end, to: end });
      rows.push(cells);
    }
    offset += line.length + 1;
  });
  return { alignments, rows };
}

/** What a person types into a cell, as it stands in Markdown: one line, its bars escaped. */
export function escapeCell(text: string): string {
  return text
    .replace(/\s*\n\s*/g, "<br>")
    .replace(/(?<!\\)\|/g, "\\|")
    .trim();
}

/** A cell as a person sees it in a field. */
export function unescapeCell(text: string): string {
  return text.replace(/<br\s*\/?>/gi, "\n").replace(/\\\|/g, "|");
}

const RULES: Readonly<Record<Alignment, string>> = { none: "---", start: ":---", centre: ":---:", end: "---:" };

/** Writes a table; the texts of cells are taken as Markdown. Ends without a newline. */
export function writeTable(alignments: readonly Alignment[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${alignments.map((_, column) => cells[column] ?? "").join(" | ")} |`;
  const [head = [], ...body] = rows;
  const rule = `| ${alignments.map((alignment) => RULES[alignment]).join(" | ")} |`;
  return [line(head), rule, ...body.map(line)].join("\n");
}

/**
 * The texts of a table's cells, row by row. What stands beyond the columns, because of a bar that was
 * meant as a character, is taken into the last cell, so that no change of the table loses it.
 */
export function textsOf(table: Table): string[][] {
  return table.rows.map((row) => row.map(({ text, more = [] }) => [text, ...more].join(" \\| ")));
}

/** A table with a row put before row `at` (1 is the first below the head). */
export function insertRow(table: Table, at: number): string {
  const rows = textsOf(table);
  rows.splice(
    Math.max(1, at),
    0,
    table.alignments.map(() => ""),
  );
  return writeTable(table.alignments, rows);
}

/** A table without one row; its head stays. */
export function removeRow(table: Table, at: number): string {
  const rows = textsOf(table);
  if (at >= 1) rows.splice(at, 1);
  return writeTable(table.alignments, rows);
}

/** A table with a row moved by one place. */
export function moveRow(table: Table, at: number, by: -1 | 1): string {
  const rows = textsOf(table);
  const to = at + by;
  const row = rows[at];
  const other = rows[to];
  if (at >= 1 && to >= 1 && row && other) {
    rows[to] = row;
    rows[at] = other;
  }
  return writeTable(table.alignments, rows);
}

/** A table with a column put before column `at`. */
export function insertColumn(table: Table, at: number): string {
  const alignments = [...table.alignments];
  alignments.splice(at, 0, "none");
  const rows = textsOf(table).map((row) => [...row.slice(0, at), "", ...row.slice(at)]);
  return writeTable(alignments, rows);
}

/** A table without one column; the last one stays. */
export function removeColumn(table: Table, at: number): string {
  if (table.alignments.length === 1) return writeTable(table.alignments, textsOf(table));
  const keep = (_: unknown, column: number): boolean => column !== at;
  return writeTable(
    table.alignments.filter(keep),
    textsOf(table).map((row) => row.filter(keep)),
  );
}

/** A table with a column moved by one place. */
export function moveColumn(table: Table, at: number, by: -1 | 1): string {
  const to = at + by;
  if (to < 0 || to >= table.alignments.length) return writeTable(table.alignments, textsOf(table));
  const swap = <T>(list: readonly T[]): T[] =>
    list.map((entry, index) => (index === at ? (list[to] ?? entry) : index === to ? (list[at] ?? entry) : entry));
  return writeTable(swap(table.alignments), textsOf(table).map(swap));
}

/** A table with one column aligned otherwise. */
export function alignColumn(table: Table, at: number, alignment: Alignment): string {
  return writeTable(
    table.alignments.map((before, index) => (index === at ? alignment : before)),
    textsOf(table),
  );
}

/** An empty table with a head. */
export function newTable(columns: number, rows: number, head: readonly string[] = []): string {
  const alignments: Alignment[] = Array.from({ length: columns }, () => "none");
  const body = Array.from({ length: rows }, () => alignments.map(() => ""));
  return writeTable(alignments, [alignments.map((_, column) => head[column] ?? ""), ...body]);
}

/** The words of a table's head, which decide in which direction its columns run. */
export function headWords(table: Table): string {
  return (table.rows[0] ?? [])
    .map((cell) => cell.text)
    .join(" ")
    .trim();
}
