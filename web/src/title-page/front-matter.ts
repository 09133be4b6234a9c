// The title page as the text holds it: YAML between two `---` lines at the very start (see
// docs/report-format.md). It is read into fields, and fields are written back where they stand, so that
// other keys, comments and the author's own way of writing stay as they are.

import { isMap, isScalar, isSeq, parseDocument, stringify, type Document, type Pair, type YAMLMap } from "yaml";

/** The fields of the form that hold one text, in the order in which new ones are written. */
export const TEXTS = [
  "title",
  "subtitle",
  "group",
  "version",
  "date",
  "lang",
  "licence",
  "status",
  "abstract",
] as const;
export type TextField = (typeof TEXTS)[number];
const FIELDS = [...TEXTS, "editors", "keywords"] as const;
export type Field = (typeof FIELDS)[number];

/** Other names under which the report knows a field. */
const NAMES: Readonly<Record<Field, readonly string[]>> = {
  title: ["title"],
  subtitle: ["subtitle"],
  group: ["group", "publisher", "institution"],
  editors: ["editors", "authors", "editor", "author"],
  version: ["version"],
  date: ["date"],
  lang: ["lang", "language"],
  licence: ["licence", "license", "rights"],
  status: ["status"],
  abstract: ["abstract", "summary"],
  keywords: ["keywords", "keyword"],
};

export interface Editor {
  readonly name: string;
  readonly affiliation: string;
  /** Which entry of the list it was; null for a new one. What else an entry holds stays with it. */
  readonly entry: number | null;
}

export interface TitlePage extends Readonly<Record<TextField, string>> {
  readonly editors: readonly Editor[];
  readonly keywords: readonly string[];
}

/** What is wrong with hand-written YAML, by kinds for which there is advice. `line` counts from 1 in the text. */
export interface Fault {
  readonly line: number;
  readonly kind: "colon" | "unclosed" | "tab" | "indent" | "twice" | "shape" | "other";
  /** The line as it stands. */
  readonly source: string;
}

export type Reading =
  | {
      readonly kind: "page";
      readonly page: TitlePage;
      /** Fields that hold something else than the form can show. */ readonly locked: ReadonlySet<Field>;
    }
  | { readonly kind: "faulty"; readonly faults: readonly Fault[] };

/** Replaces `from` to `to` (UTF-16 units of the whole text) by `insert`. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

const FENCED = /^---[ \t]*\n([\s\S]*?)(?:^(?:---|\.\.\.)[ \t]*(?:\n|$))/m;
/** A title page that says nothing. */
export const EMPTY_PAGE: TitlePage = {
  title: "",
  subtitle: "",
  group: "",
  version: "",
  date: "",
  lang: "",
  licence: "",
  status: "",
  abstract: "",
  editors: [],
  keywords: [],
};

interface Parsed {
  /** Where the YAML begins in the text; null without front matter. */
  readonly start: number | null;
  readonly yaml: string;
  readonly document: Document.Parsed;
}

function parse(text: string): Parsed {
  const found = text.startsWith("---") ? FENCED.exec(text) : null;
  const yaml = found?.index === 0 ? (found[1] ?? "") : "";
  const start = found?.index === 0 ? found[0].indexOf("\n") + 1 : null;
  // Keys that stand twice are told, not thrown; nothing is expanded.
  return {
    start,
    yaml,
    document: parseDocument(yaml, { keepSourceTokens: true, logLevel: "silent", stringKeys: true }),
  };
}

/** Reads the title page of a draft's Markdown. */
export function readTitlePage(text: string): Reading {
  const parsed = parse(text);
  const faults = faultsOf(parsed);
  if (faults.length > 0) return { kind: "faulty", faults };
  const map = isMap(parsed.document.contents) ? parsed.document.contents : null;
  const locked = new Set<Field>();
  let page: TitlePage = EMPTY_PAGE;
  for (const field of FIELDS) {
    const pair = map === null ? null : pairOf(map, field);
    if (!pair) continue;
    const value =
      field === "editors" ? editorsOf(pair.value) : field === "keywords" ? keywordsOf(pair.value) : textOf(pair.value);
    if (value === null) locked.add(field);
    else page = { ...page, [field]: value };
  }
  return { kind: "page", page, locked };
}

/** The edits that turn the title page into `next` where it differs from `before`, sorted. */
export function writeTitlePage(text: string, before: TitlePage, next: TitlePage): Edit[] {
  const changed = FIELDS.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(next[field]));
  const { start, yaml, document } = parse(text);
  if (changed.length === 0) return [];
  const map = isMap(document.contents) ? document.contents : null;
  if (start === null)
    return [
      { from: 0, to: 0, insert: `---\n${changed.map((field) => written(field, next, field, null)).join("")}---\n\n` },
    ];
  if (map?.flow) return [{ from: start, to: start + yaml.length, insert: rewritten(document, changed, next) }];
  const added: string[] = [];
  const edits = changed.flatMap((field): Edit[] => {
    const pair = map === null ? null : pairOf(map, field);
    if (pair) return [replaced(yaml, start, field, pair, next)];
    const line = written(field, next, field, null);
    if (line !== "") added.push(line);
    return [];
  });
  if (added.length > 0) {
    const end = start + yaml.length;
    edits.push({ from: end, to: end, insert: `${yaml === "" || yaml.endsWith("\n") ? "" : "\n"}${added.join("")}` });
  }
  return edits.sort((one, other) => one.from - other.from);
}

function pairOf(map: YAMLMap, field: Field): Pair | null {
  const named = (name: string): Pair | undefined =>
    map.items.find((pair) => isScalar(pair.key) && pair.key.value === name);
  for (const name of NAMES[field]) {
    const pair = named(name);
    if (pair) return pair;
  }
  return null;
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return "";
  if (!isScalar(value)) return null;
  if (value.value === null) return "";
  // A version such as 1.10 is a number to YAML, and stays what was typed.
  return typeof value.value === "string" ? value.value.replace(/\n+$/, "") : (value.source ?? String(value.value));
}

function keywordsOf(value: unknown): string[] | null {
  if (isSeq(value)) {
    const words = value.items.map(textOf);
    return words.some((word) => word === null) ? null : words.map((word) => word ?? "");
  }
  return (
    textOf(value)
      ?.split(",")
      .map((word) => word.trim())
      .filter(Boolean) ?? null
  );
}

function editorsOf(value: unknown): Editor[] | null {
  if (!isSeq(value)) {
    const one = editorOf(value, 0);
    return one === null ? null : one.name === "" && one.affiliation === "" ? [] : [one];
  }
  const editors = value.items.map(editorOf);
  return editors.some((one) => one === null) ? null : editors.flatMap((one) => one ?? []);
}

function editorOf(item: unknown, entry: number): Editor | null {
  if (!isMap(item)) {
    const name = textOf(item);
    return name === null ? null : { name, affiliation: "", entry };
  }
  const name = textOf(item.get("name", true));
  const affiliation = textOf(item.get("affiliation", true));
  return name === null || affiliation === null ? null : { name, affiliation, entry };
}

/** A pair as lines of YAML that end with a line feed; nothing when the field is empty. */
function written(field: Field, page: TitlePage, name: string, old: unknown): string {
  const value = field === "editors" ? editorsWritten(page.editors, old) : page[field];
  return value.length === 0
    ? ""
    : stringify({ [name]: typeof value === "string" ? value : [...value] }, { lineWidth: 0 });
}

/** Editors as the list holds them: a name alone, or a map that keeps what else it says. */
function editorsWritten(editors: readonly Editor[], old: unknown): unknown[] {
  const items: unknown[] = isSeq(old) ? old.items : old === null || old === undefined ? [] : [old];
  return editors.map(({ name, affiliation, entry }) => {
    const item = entry === null ? null : items[entry];
    const kept: Record<string, unknown> = isMap(item) ? { ...(item.toJSON() as Record<string, unknown>) } : {};
    delete kept["affiliation"];
    delete kept["name"];
    if (affiliation === "" && Object.keys(kept).length === 0) return name;
    return { ...(name && { name }), ...(affiliation && { affiliation }), ...kept };
  });
}

/** The edit of one field that stands there already: of its own lines and nothing else. */
function replaced(yaml: string, start: number, field: Field, pair: Pair, next: TitlePage): Edit {
  const [from, to] = extent(yaml, pair);
  const name = isScalar(pair.key) ? String(pair.key.value) : field;
  const lines = written(field, next, name, pair.value).replace(/\n$/, "");
  if (lines !== "")
    return { from: start + from, to: start + to, insert: `${lines}${yaml.slice(from, to).endsWith("\n") ? "\n" : ""}` };
  // The line goes with its value, unless a comment stands behind it.
  const rest = /^[ \t]*(#[^\n]*)?\n?/.exec(yaml.slice(to));
  const isWhole = rest?.[1] === undefined && !yaml.slice(from, to).endsWith("\n");
  return { from: start + from, to: start + to + (isWhole ? (rest?.[0].length ?? 0) : 0), insert: "" };
}

/** Where a pair stands in the YAML, without a comment behind it. */
function extent(yaml: string, pair: Pair): [number, number] {
  const key = isScalar(pair.key) ? pair.key.range : null;
  const from = key?.[0] ?? 0;
  const colon = yaml.indexOf(":", key?.[1] ?? 0) + 1;
  const value = pair.value as { range?: readonly [number, number, number] | null } | null;
  return [from, Math.max(colon, value?.range?.[1] ?? colon)];
}

/** Where all keys stand in one line in braces, the whole is written anew; comments stay. */
function rewritten(document: Document, changed: readonly Field[], next: TitlePage): string {
  const map = document.contents as YAMLMap;
  for (const field of changed) {
    const pair = pairOf(map, field);
    const name = isScalar(pair?.key) ? String(pair.key.value) : field;
    const value = field === "editors" ? editorsWritten(next.editors, pair?.value) : next[field];
    if (value.length === 0) document.delete(name);
    else document.set(name, document.createNode(value));
  }
  map.flow = false;
  return document.toString({ lineWidth: 0 });
}

const KINDS: Readonly<Record<string, Fault["kind"]>> = {
  BLOCK_AS_IMPLICIT_KEY: "colon",
  MISSING_CHAR: "unclosed",
  BAD_DQ_ESCAPE: "unclosed",
  TAB_AS_INDENT: "tab",
  BAD_INDENT: "indent",
  MULTILINE_IMPLICIT_KEY: "indent",
  BLOCK_IN_FLOW: "indent",
  DUPLICATE_KEY: "twice",
};

function faultsOf({ start, yaml, document }: Parsed): Fault[] {
  if (start === null) return [];
  const lines = yaml.split("\n");
  const at = (line: number, kind: Fault["kind"]): Fault => ({
    line: line + 1,
    kind,
    source: (lines[line - 1] ?? "").trim(),
  });
  const found = document.errors.map((error) =>
    at(
      error.linePos?.[0].line ?? 1,
      kindOf(error.code, error.message, lines[(error.linePos?.[0].line ?? 1) - 1] ?? ""),
    ),
  );
  // One mistake is often found several times.
  const faults = found.filter((one, index) => found.findIndex((other) => other.line === one.line) === index);
  if (
    faults.length === 0 &&
    document.contents !== null &&
    !isMap(document.contents) &&
    !(isScalar(document.contents) && document.contents.value === null)
  )
    faults.push(at(1, "shape"));
  return faults;
}

function kindOf(code: string, message: string, line: string): Fault["kind"] {
  if (/\bquote\b|closing|end with/i.test(message)) return "unclosed";
  const kind = KINDS[code] ?? "other";
  // "title: One: two" is found as keys in one another.
  return kind !== "twice" && kind !== "tab" && /^[\w-]+:\s+[^"'[{].*:\s/.test(line) ? "colon" : kind;
}
