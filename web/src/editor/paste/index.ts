// Pasting from Word, Google Docs, LibreOffice and web pages: HTML in, clean Markdown out.

import { blocksOf } from "./blocks";
import type { Block, Pasted } from "./model";
import { takeNotes } from "./notes";
import { writeBlocks } from "./write";

/** What is longer than this, in UTF-16 units, is pasted as plain text: reading it would stop the page. */
const LONGEST_HTML = 20_000_000;

/** Reads pasted HTML. The document is inert: no script runs, nothing is fetched. */
function readHtml(html: string): Pasted {
  const root = new DOMParser().parseFromString(html, "text/html").body;
  const elements = takeNotes(root);
  const notes = new Map<string, readonly Block[]>();
  for (const [key, element] of elements) notes.set(key, noteBlocks(element));
  return { blocks: blocksOf(root), notes };
}

/** The blocks of a note, without the number that it begins with. */
function noteBlocks(element: Element): Block[] {
  const blocks = blocksOf(element).flatMap((block) =>
    block.kind === "list" && block.items.length === 1 ? (block.items[0] ?? []) : [block],
  );
  const [first, ...rest] = blocks;
  if (first?.kind !== "paragraph") return blocks;
  const runs = first.runs.map((run, index) =>
    index === 0 ? { ...run, text: run.text.replace(/^\s*(?:\[?\d{1,4}\]?[.):]?|[↑^])\s+/, "") } : run,
  );
  return [{ ...first, runs }, ...rest];
}

/**
 * Pasted HTML as Markdown, or null when it says no more than plain text does. `used` are the labels of
 * footnotes that the draft has: pasted notes get others.
 */
export function markdownOfHtml(html: string, used: ReadonlySet<string>): string | null {
  if (html.length > LONGEST_HTML) return null;
  const pasted = readHtml(html);
  if (pasted.blocks.length === 0 || isPlain(pasted.blocks)) return null;
  const labels = new Map<string, string>();
  let number = 1;
  for (const key of pasted.notes.keys()) {
    while (used.has(String(number))) number++;
    labels.set(key, String(number));
    number++;
  }
  const text = writeBlocks(pasted.blocks, labels);
  const notes = [...pasted.notes].map(
    ([key, blocks]) => `[^${labels.get(key) ?? ""}]: ${writeBlocks(blocks, labels).replace(/\n(?!\n)/g, "\n    ")}`,
  );
  return notes.length === 0 ? text : `${text}\n\n${notes.join("\n")}\n`;
}

/** One paragraph without any look is better pasted as the plain text that came with it. */
function isPlain(blocks: readonly Block[]): boolean {
  const [only] = blocks;
  if (blocks.length !== 1 || only?.kind !== "paragraph") return false;
  return only.runs.every(
    (run) =>
      !run.bold &&
      !run.italic &&
      !run.struck &&
      !run.code &&
      run.raise === "none" &&
      run.href === null &&
      run.note === null,
  );
}
