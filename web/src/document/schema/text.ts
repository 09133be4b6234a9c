/** Reading the text's document. */
import { entryId, sectionId, type EntryId, type SectionId } from "../ids";
import { Sections, type Section } from "../sections/sections";
import { asMap, entriesAt, field, numberAt, stringAt, stringsByKey, textAt, type Node } from "./value";

/** Text that went from the end of one section to the beginning of another. */
export interface Split {
  readonly key: EntryId;
  readonly from: SectionId;
  readonly to: SectionId;
  readonly start: number;
  readonly length: number;
}

export function readSection(key: string, value: unknown): Section | null {
  const node = asMap(value);
  if (node === null) {
    return null;
  }
  const { text, isText } = textAt(node, "text");
  return { id: sectionId(key), order: stringAt(node, "order"), text, editable: isText };
}

export function readSections(root: Node): Sections {
  const map = asMap(field(root, "sections")) ?? {};
  const all = Object.keys(map).flatMap((key) => readSection(key, field(map, key)) ?? []);
  return Sections.sorted(all);
}

export const readTitle = (root: Node): string => textAt(root, "title").text;

export const readMetadata = (root: Node): Record<string, string> => stringsByKey(root, "metadata");

export function readSplits(root: Node): Split[] {
  return entriesAt(root, "splits").map(([key, node]) => ({
    key: entryId(key),
    from: sectionId(stringAt(node, "from")),
    to: sectionId(stringAt(node, "to")),
    start: numberAt(node, "start") ?? 0,
    length: numberAt(node, "length") ?? 0,
  }));
}
