// Blocks as Markdown. Characters that would mean something else than they say are escaped; square
// brackets are not, because in a draft they mark text that is not agreed, wherever it was written.

import { escapeCell, writeTable } from "../preview/table-model";
import type { Block, Run } from "./model";

function escapeText(text: string): string {
  return text
    .replace(/\\(?=[!-/:-@[-`{-~])/g, "\\\\")
    .replace(/[*`]/g, "\\$&")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "\\_")
    .replace(/<(?=[A-Za-z/!?])/g, "\\<")
    .replace(/~~/g, "\\~~")
    .replace(/&(?=#?\w+;)/g, "\\&");
}

/** Escapes what would begin a block at the start of a line. */
function escapeStart(line: string): string {
  return line
    .replace(/^(\s*)(#{1,6})(?=\s|$)/, "$1\\$2")
    .replace(/^(\s*)([-+>])(?=\s|$)/, "$1\\$2")
    .replace(/^(\s*\d{1,9})([.)])(?=\s|$)/, "$1\\$2")
    .replace(/^(\s*)(-{3,}|={3,})\s*$/, "$1\\$2");
}

/** Words with marks around them; spaces at the ends stay outside of the marks. */
function wrap(text: string, open: string, close: string): string {
  const lead = /^\s*/.exec(text)?.[0] ?? "";
  const rest = text.slice(lead.length);
  const core = rest.trimEnd();
  return core === "" ? text : `${lead}${open}${core}${close}${rest.slice(core.length)}`;
}

function codeSpan(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = "`".repeat(longest + 1);
  const pad = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${fence}${pad}${text}${pad}${fence}`;
}

/** The looks that several runs share are opened once: `**one *two* three**`. */
const NESTING = ["href", "bold", "italic", "struck", "raise"] as const;
type Layer = (typeof NESTING)[number];

function value(run: Run, layer: Layer): string | boolean | null {
  return layer === "raise" ? (run.raise === "none" ? null : run.raise) : run[layer] === false ? null : run[layer];
}

function marksFor(layer: Layer, run: Run): (inner: string, plain: string) => string {
  switch (layer) {
    case "href":
      return (inner, plain) => linkTo(inner, plain, run.href ?? "");
    case "bold":
      return (inner) => wrap(inner, "**", "**");
    case "italic":
      return (inner) => wrap(inner, "*", "*");
    case "struck":
      return (inner) => wrap(inner, "~~", "~~");
    case "raise":
      return (inner) => wrap(inner, `<${run.raise}>`, `</${run.raise}>`);
  }
}

function linkTo(inner: string, plain: string, href: string): string {
  const words = plain.trim();
  if (words === href || words === href.replace(/\/$/, "") || `mailto:${words}` === href) return words;
  if (words === "") return "";
  const target = href.replace(/[()\s]/g, (char) => encodeURIComponent(char).replace("(", "%28").replace(")", "%29"));
  return wrap(inner, "[", `](${target})`);
}

function inline(runs: readonly Run[], labels: ReadonlyMap<string, string>, depth = 0): string {
  const layer = NESTING[depth];
  if (layer === undefined) return runs.map((run) => leaf(run, labels)).join("");
  let out = "";
  for (let index = 0; index < runs.length;) {
    const run = runs[index];
    if (!run) break;
    const look = value(run, layer);
    let end = index + 1;
    for (let next = runs[end]; next && value(next, layer) === look; next = runs[end]) end++;
    const group = runs.slice(index, end);
    const inner = inline(group, labels, depth + 1);
    out += look === null ? inner : marksFor(layer, run)(inner, group.map((part) => part.text).join(""));
    index = end;
  }
  return out;
}

function leaf(run: Run, labels: ReadonlyMap<string, string>): string {
  if (run.note !== null) {
    const label = labels.get(run.note);
    return label === undefined ? "" : `[^${label}]`;
  }
  if (run.code) return codeSpan(run.text);
  return escapeText(run.text);
}

/** The lines of one paragraph; a line break of the author stays one. */
function lines(runs: readonly Run[], labels: ReadonlyMap<string, string>): string {
  return inline(runs, labels)
    .split("\n")
    .map((line) => escapeStart(line.trim()))
    .filter((line, index, all) => line !== "" || (index > 0 && index < all.length - 1))
    .join("  \n");
}

function indent(text: string, by: string): string {
  return text.replace(/\n(?!\n|$)/g, `\n${by}`);
}

function list(block: Extract<Block, { kind: "list" }>, labels: ReadonlyMap<string, string>): string {
  const isLoose = block.items.some((item) => item.filter((part) => part.kind !== "list").length > 1);
  const items = block.items.map((item, index) => {
    const mark = block.isOrdered ? `${block.start + index}. ` : "- ";
    const body = writeBlocks(item, labels, isLoose ? "\n\n" : "\n");
    return mark + indent(body, " ".repeat(mark.length));
  });
  return items.join(isLoose ? "\n\n" : "\n");
}

function cell(blocks: readonly Block[], labels: ReadonlyMap<string, string>, isHead: boolean): string {
  const parts = blocks.map((block) => {
    if (block.kind === "paragraph" || block.kind === "heading") {
      const runs = isHead ? block.runs.map((run) => ({ ...run, bold: false })) : block.runs;
      return inline(runs, labels);
    }
    return writeBlock(block, labels).replace(/^- /gm, "• ");
  });
  return escapeCell(parts.join("\n"));
}

function writeBlock(block: Block, labels: ReadonlyMap<string, string>): string {
  switch (block.kind) {
    case "paragraph":
      return lines(block.runs, labels);
    case "heading":
      return `${"#".repeat(block.level)} ${inline(block.runs, labels)
        .replace(/\s*\n\s*/g, " ")
        .trim()}`;
    case "list":
      return list(block, labels);
    case "quote":
      return writeBlocks(block.blocks, labels).replace(/^/gm, "> ").replace(/^> $/gm, ">");
    case "code":
      return `\`\`\`\n${block.text}\n\`\`\``;
    case "rule":
      return "---";
    case "table":
      return writeTable(
        block.alignments,
        block.rows.map((row, index) => row.map((part) => cell(part, labels, index === 0))),
      );
  }
}

/** Blocks one under another. */
export function writeBlocks(blocks: readonly Block[], labels: ReadonlyMap<string, string>, gap = "\n\n"): string {
  return blocks
    .map((block) => writeBlock(block, labels))
    .filter((text) => text !== "")
    .join(gap);
}
