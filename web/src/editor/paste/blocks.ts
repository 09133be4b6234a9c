// HTML elements as blocks: headings, paragraphs, lists (also Word's, which are paragraphs), tables.

import { PLAIN, type Block, type Run } from "./model";
import { isNothing, runsOf, tidyRuns } from "./runs";

const CONTAINERS = new Set([
  "div",
  "section",
  "article",
  "main",
  "header",
  "footer",
  "aside",
  "nav",
  "body",
  "center",
  "figure",
  "details",
  "form",
  "fieldset",
  "dl",
  "span",
  "b",
  "font",
  "a",
  "i",
  "strong",
  "em",
  "u",
  "ins",
  "w:sdt",
]);
const BLOCKS = "p, div, h1, h2, h3, h4, h5, h6, ul, ol, table, blockquote, pre, hr, section, article, li, dl, figure";

/** What Word says of a paragraph that is an item of a list: its level from 1, and its own mark. */
interface WordItem {
  readonly level: number;
  readonly isOrdered: boolean;
  /** The number that it bears; 1 where the mark is no number. */
  readonly number: number;
}

/** Headings that Word numbers are headings; their numbers come anew from the draft. */
function wordItem(element: Element): WordItem | null {
  if (headingLevel(element) !== null) return null;
  const style = element.getAttribute("style") ?? "";
  const found = /mso-list:\s*l\d+\s+level(\d+)/i.exec(style);
  if (!found) return null;
  const mark =
    [...element.querySelectorAll("[style]")].find((part) =>
      /mso-list:\s*ignore/i.test(part.getAttribute("style") ?? ""),
    )?.textContent ?? "";
  const isOrdered = /^[\s\u00A0]*\(?(?:\d+|[a-z]|[ivxlc]+)[.)]/i.test(mark);
  return { level: Number(found[1]), isOrdered, number: Number(/^[\s\u00A0]*\(?(\d{1,9})[.)]/.exec(mark)?.[1] ?? "1") };
}

/** Headings that are told by a class or a role rather than by their element. */
function headingLevel(element: Element): number | null {
  const tag = /^h([1-6])$/.exec(element.localName)?.[1];
  if (tag) return Number(tag);
  if (element.classList.contains("MsoTitle")) return 1;
  const heading = /^MsoHeading([1-6])$/.exec(element.className)?.[1];
  if (heading) return Number(heading);
  if (element.getAttribute("role") === "heading")
    return Math.min(6, Number(element.getAttribute("aria-level") ?? "2") || 2);
  return null;
}

function paragraph(runs: readonly Run[]): Block[] {
  const tidy = tidyRuns(runs);
  return tidy.length === 0 ? [] : [{ kind: "paragraph", runs: tidy }];
}

/** Reads the children of an element; words that stand between blocks become paragraphs. */
export function blocksOf(parent: Node, around: Run = PLAIN): Block[] {
  const out: Block[] = [];
  let loose: Run[] = [];
  const flush = (): void => {
    out.push(...paragraph(loose));
    loose = [];
  };
  const children = [...parent.childNodes];
  for (let index = 0; index < children.length; index++) {
    const child = children[index];
    if (!child) continue;
    if (!isElement(child) || !holdsBlocks(child)) {
      loose.push(...runsOf(child, around));
      continue;
    }
    if (isNothing(child)) continue;
    flush();
    const item = wordItem(child);
    if (item) {
      const items: (WordItem & { readonly element: Element })[] = [];
      for (; index < children.length; index++) {
        const next = children[index];
        if (next && !isElement(next) && (next.textContent ?? "").trim() === "") continue;
        const found = next && isElement(next) ? wordItem(next) : null;
        if (!found || !next || !isElement(next)) break;
        items.push({ element: next, ...found });
      }
      index--;
      out.push(...wordList(items, 0, items.length));
    } else out.push(...blockOf(child));
  }
  flush();
  return out;
}

function isElement(node: Node): node is Element {
  return node.nodeType === 1;
}

function holdsBlocks(element: Element): boolean {
  return (
    element.matches(BLOCKS) ||
    element.querySelector(BLOCKS) !== null ||
    element.localName === "dt" ||
    element.localName === "dd"
  );
}

function blockOf(element: Element): Block[] {
  const level = headingLevel(element);
  if (level !== null) {
    const runs = tidyRuns(
      runsOf(element).map((run) => (run.text === "\n" ? { ...run, text: " " } : { ...run, bold: false })),
    );
    return runs.length === 0 ? [] : [{ kind: "heading", level, runs }];
  }
  switch (element.localName) {
    case "p":
    case "dt":
    case "dd":
      return element.querySelector(BLOCKS) ? blocksOf(element) : paragraph(runsOf(element));
    case "ul":
    case "ol":
      return htmlList(element);
    case "li":
      return [{ kind: "list", isOrdered: false, start: 1, items: [blocksOf(element)] }];
    case "blockquote":
      return [{ kind: "quote", blocks: blocksOf(element) }];
    case "pre":
      return [{ kind: "code", text: (element.textContent ?? "").replace(/\n$/, "") }];
    case "hr":
      return [{ kind: "rule" }];
    case "table":
      return table(element);
    default:
      return CONTAINERS.has(element.localName) || element.querySelector(BLOCKS)
        ? blocksOf(element)
        : paragraph(runsOf(element));
  }
}

/** Word's flat paragraphs as nested lists. */
function wordList(items: readonly (WordItem & { readonly element: Element })[], from: number, to: number): Block[] {
  const first = items[from];
  if (!first || from >= to) return [];
  const level = Math.min(...items.slice(from, to).map((item) => item.level));
  const out: { isOrdered: boolean; start: number; items: Block[][] }[] = [];
  for (let index = from; index < to;) {
    const item = items[index];
    if (!item) break;
    let end = index + 1;
    while (end < to && (items[end]?.level ?? level) > level) end++;
    const own = item.level === level ? paragraph(runsOf(item.element)) : [];
    const nested = wordList(items, item.level === level ? index + 1 : index, end);
    const last = out.at(-1);
    if (last && last.isOrdered === item.isOrdered) last.items.push([...own, ...nested]);
    else
      out.push({
        isOrdered: item.isOrdered,
        start: item.level === level ? item.number : 1,
        items: [[...own, ...nested]],
      });
    index = end;
  }
  return out.map((list) => ({ kind: "list", ...list }));
}

/** An item of a list of tasks begins with its box. */
function ticked(state: string | null, blocks: readonly Block[]): Block[] {
  const [first, ...rest] = blocks;
  if (state === null || first?.kind !== "paragraph") return [...blocks];
  return [{ ...first, runs: [{ ...PLAIN, text: state === "true" ? "[x] " : "[ ] " }, ...first.runs] }, ...rest];
}

function htmlList(element: Element): Block[] {
  const items: Block[][] = [];
  for (const child of element.children) {
    if (isNothing(child)) continue;
    if (child.localName === "ul" || child.localName === "ol") {
      // Google Docs puts a nested list beside its item instead of into it.
      const last = items.at(-1);
      if (last) last.push(...htmlList(child));
      else items.push(htmlList(child));
      continue;
    }
    const blocks = blocksOf(child);
    if (blocks.length > 0) items.push(ticked(child.getAttribute("aria-checked"), blocks));
  }
  const start = Number(element.getAttribute("start") ?? "1") || 1;
  return items.length === 0 ? [] : [{ kind: "list", isOrdered: element.localName === "ol", start, items }];
}

function alignmentOf(cell: Element): "none" | "centre" | "end" {
  const style = (cell.querySelector("p, div") ?? cell).getAttribute("style") ?? "";
  const value =
    /text-align:\s*(\w+)/i.exec(style)?.[1] ?? (cell.querySelector("p[align]") ?? cell).getAttribute("align") ?? "";
  if (value.toLowerCase() === "center") return "centre";
  return /^(?:right|end)$/i.test(value) ? "end" : "none";
}

function table(element: Element): Block[] {
  const lines = [...element.querySelectorAll("tr")].filter((row) => row.closest("table") === element);
  const rows: Block[][][] = [];
  const alignments: ("none" | "centre" | "end")[] = [];
  /** Columns that a cell from above still covers, with how many rows are left. */
  const covered: number[] = [];
  for (const line of lines) {
    const cells: Block[][] = [];
    const skip = (): void => {
      while ((covered[cells.length] ?? 0) > 0) {
        covered[cells.length] = (covered[cells.length] ?? 1) - 1;
        cells.push([]);
      }
    };
    for (const cell of line.children) {
      if (cell.localName !== "td" && cell.localName !== "th") continue;
      skip();
      alignments[cells.length] ??= alignmentOf(cell);
      const down = Math.min(200, Number(cell.getAttribute("rowspan") ?? "1") || 1);
      const across = Math.min(50, Number(cell.getAttribute("colspan") ?? "1") || 1);
      for (let index = 0; index < across; index++) {
        covered[cells.length] = down - 1;
        cells.push(index === 0 ? blocksOf(cell) : []);
      }
    }
    skip();
    if (cells.some((cell) => cell.length > 0)) rows.push(cells);
  }
  const width = Math.max(0, ...rows.map((row) => row.length));
  if (rows.length === 0 || width === 0) return [];
  // A table of one cell is a frame, not a table.
  if (width === 1 && rows.length === 1) return rows[0]?.[0] ?? [];
  const caption = element.querySelector("caption");
  const full = rows.map((row) => [...row, ...Array.from({ length: width - row.length }, (): Block[] => [])]);
  const result: Block[] = [
    {
      kind: "table",
      rows: full,
      alignments: Array.from({ length: width }, (_, column) => alignments[column] ?? "none"),
    },
  ];
  if (caption) result.push(...paragraph([{ ...PLAIN, text: ": " }, ...runsOf(caption)]));
  return result;
}
