// The outline of a text: its headings, numbered as the export numbers them. Pure.

/** One heading. Offsets in UTF-16 units. */
export interface Heading {
  readonly level: number;
  /** The words without marks and attributes. */
  readonly text: string;
  /** "2.1", "A.1", or empty where the export gives none. */
  readonly number: string;
  /** The author's own name for it, from `{#name}`; empty without one. */
  readonly id: string;
  /** Where the heading's line begins. */
  readonly from: number;
  /** Where the part under this heading ends: at the next heading of its level or above. */
  readonly to: number;
}

interface Found {
  level: number;
  text: string;
  classes: string;
  from: number;
}

const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const ATTRIBUTES = /[ \t]*\{((?:[#.-]|[\w-]+=)[^{}]*)\}[ \t]*$/;
const TYPED = /^(?:\d+(?:\.\d+)*\.?|[A-Z]\.\d+(?:\.\d+)*)\s+\S/;
const LETTERED = /^(?:Annex|Appendix|Annexe|Recommendation|Recommandation)\s+[\dA-Z]/i;

function findHeadings(text: string): Found[] {
  const found: Found[] = [];
  let fence: string | null = null;
  let inFront = /^---[ \t]*(?:\n|$)/.test(text);
  let at = 0;
  for (const line of text.split("\n")) {
    const from = at;
    at += line.length + 1;
    if (inFront) {
      if (from > 0 && /^(?:---|\.\.\.)[ \t]*$/.test(line)) inFront = false;
      continue;
    }
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== null) {
      if (mark?.startsWith(fence)) fence = null;
      continue;
    }
    if (mark !== undefined) {
      fence = mark;
      continue;
    }
    const heading = line.includes("#") ? HEADING.exec(line) : null;
    if (!heading) continue;
    const raw = heading[2] ?? "";
    const classes = ATTRIBUTES.exec(raw)?.[1] ?? "";
    found.push({ level: heading[1]?.length ?? 1, text: plainWords(raw.replace(ATTRIBUTES, "")), classes, from });
  }
  return found;
}

/** Words as they are read: without emphasis, links and references to notes. */
function plainWords(markdown: string): string {
  return markdown
    .replace(/\[\^[^\]]+\]/g, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/(\*\*|__|~~|`)(.+?)\1/g, "$2")
    .replace(/(?<![\p{L}\p{N}*])\*([^*]+)\*/gu, "$1")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .trim();
}

/** A front matter that could not be closed has no headings. Numbers follow docs/report-format.md. */
export function outlineOf(text: string): Heading[] {
  const found = findHeadings(text);
  const titles = found.filter((heading) => heading.level === 1);
  const hasTitle = /^---[ \t]*\n(?:.*\n)*?title:/.test(text.slice(0, 20_000));
  const lone = !hasTitle && titles.length === 1 && found[0]?.level === 1 ? found[0] : null;
  const typed = found.filter((heading) => TYPED.test(heading.text)).length;
  const isTyped = found.length > 0 && typed * 3 >= found.length;
  const numbers = isTyped ? found.map(() => "") : numbered(found, lone);
  return found.map((heading, index) => {
    const next = found.slice(index + 1).find((other) => other.level <= heading.level);
    return {
      level: heading.level,
      text: heading.text,
      number: numbers[index] ?? "",
      id: /#([^\s}]+)/.exec(heading.classes)?.[1] ?? "",
      from: heading.from,
      to: next?.from ?? text.length,
    };
  });
}

function numbered(found: readonly Found[], lone: Found | null): string[] {
  const top = Math.min(...found.filter((heading) => heading !== lone).map((heading) => heading.level));
  const counters: number[] = [];
  let annexes = 0;
  let isAnnex = false;
  /** The level of a heading that has no number: what stands under it has none either. */
  let silent: number | null = null;
  return found.map((heading) => {
    if (heading === lone) return "";
    if (silent !== null && heading.level > silent) return "";
    silent = null;
    if (/(?:^|\s)(?:\.unnumbered|-)(?:\s|$)/.test(heading.classes)) {
      silent = heading.level;
      return "";
    }
    const depth = heading.level - top;
    if (depth === 0) isAnnex = /(?:^|\s)\.appendix(?:\s|$)/.test(heading.classes);
    if (depth === 0 && LETTERED.test(heading.text)) return "";
    if (depth === 0 && isAnnex) {
      annexes += 1;
      counters.length = 1;
      return String.fromCharCode(64 + Math.min(26, annexes));
    }
    if (LETTERED.test(heading.text)) {
      silent = heading.level;
      return "";
    }
    while (counters.length < depth) counters.push(0);
    counters.length = depth + 1;
    counters[depth] = (counters[depth] ?? 0) + 1;
    const parts = counters.slice(isAnnex ? 1 : 0, depth + 1).map((part) => String(part || 1));
    return (isAnnex ? [String.fromCharCode(64 + annexes), ...parts] : parts).join(".");
  });
}

/** The index of the heading under which an offset stands, or -1 before the first. */
export function headingAt(headings: readonly Heading[], offset: number): number {
  let low = 0;
  let high = headings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((headings[middle]?.from ?? Infinity) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** A heading as the outline lists it. */
export interface Row {
  /** Which heading it is. */
  readonly index: number;
  readonly level: number;
  readonly text: string;
  readonly number: string;
  /** Whether a heading below belongs to it. */
  readonly hasChildren: boolean;
}

/** By what a folded heading is known again. */
export const foldKey = ({ level, text }: Pick<Heading, "level" | "text">): string => `${level} ${text}`;

/**
 * The rows of an outline without what stands under folded headings. Rows that say what they said before
 * are the same objects, so that only the others are drawn anew: while people write, offsets change all
 * the time, and headings hardly ever.
 */
export function rowsOf(
  headings: readonly Heading[],
  isFolded: (key: string) => boolean,
  before: readonly Row[],
): Row[] {
  const known = new Map(before.map((row) => [row.index, row]));
  const rows: Row[] = [];
  let hiddenBelow: number | null = null;
  for (const [index, heading] of headings.entries()) {
    if (hiddenBelow !== null && heading.level > hiddenBelow) continue;
    hiddenBelow = isFolded(foldKey(heading)) ? heading.level : null;
    const { level, text, number } = heading;
    const hasChildren = (headings[index + 1]?.level ?? 0) > level;
    const old = known.get(index);
    const isSame =
      old?.level === level && old.text === text && old.number === number && old.hasChildren === hasChildren;
    rows.push(isSame ? old : { index, level, text, number, hasChildren });
  }
  return rows;
}

/**
 * The index that a heading has in a newer outline of the same text, or -1 when it is gone. Headings that
 * read alike are told apart by which of them it is.
 */
export function findAgain(headings: readonly Heading[], index: number, now: readonly Heading[]): number {
  const wanted = headings[index];
  if (!wanted) return -1;
  const isAlike = (other: Heading): boolean => other.level === wanted.level && other.text === wanted.text;
  const which = headings.slice(0, index).filter(isAlike).length;
  return now.flatMap((other, at) => (isAlike(other) ? [at] : []))[which] ?? -1;
}

/**
 * Where a part may be put when it is moved before another one: the range to take and the place to put
 * it, or null when it would stay where it is.
 */
export function move(
  headings: readonly Heading[],
  index: number,
  before: number,
  length: number,
): { from: number; to: number; at: number } | null {
  const part = headings[index];
  if (!part) return null;
  const at = before >= headings.length ? length : (headings[before]?.from ?? length);
  return at >= part.from && at <= part.to ? null : { from: part.from, to: part.to, at };
}

/** Words as people count them, in any script; a run of Chinese or Japanese characters by Intl's own cutting. */
export function countWords(text: string, language: string): number {
  const isDense = /[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]/.test(text);
  if (!isDense) return text.match(/[\p{L}\p{N}]+(?:[’'.-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
  let words = 0;
  for (const part of new Intl.Segmenter(language, { granularity: "word" }).segment(text)) if (part.isWordLike) words++;
  return words;
}
