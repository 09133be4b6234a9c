/**
 * Reading a document whatever stands in it. Any peer can write anything; a reader takes what it can,
 * leaves out the rest and never throws.
 */
import { isImmutableString } from "@automerge/automerge";
import type { Anchor } from "../draft";
import { changeHash, participantId, sectionId, type Heads, type ParticipantId } from "../ids";

/** The longest plain string that is read, in UTF-16 units: those beyond count as unreadable. */
const MAX_STRING = 64 << 10;
/** How many items of a list are read. */
const MAX_ITEMS = 10_000;

/** A map as Automerge shows it. */
export type Node = Readonly<Record<string, unknown>>;

/** A map, or null for anything else. */
export function asMap(value: unknown): Node | null {
  const plain =
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Date) &&
    !(value instanceof Uint8Array) &&
    !isImmutableString(value);
  return plain ? (value as Node) : null;
}

/** The value at a key, which is never one of the prototype's. */
export function field(node: Node, key: string): unknown {
  return Object.hasOwn(node, key) ? node[key] : undefined;
}

/** A plain string, or the content of a text in its place; null for anything else or too long. */
export function asString(value: unknown): string | null {
  const text = typeof value === "string" ? value : isImmutableString(value) ? value.val : null;
  return text !== null && text.length <= MAX_STRING ? text : null;
}

export const stringAt = (node: Node, key: string): string => asString(field(node, key)) ?? "";
export const optionalStringAt = (node: Node, key: string): string | null => asString(field(node, key));

/** A text of any length; a plain string in its place is read too. */
export function textAt(node: Node, key: string): { text: string; isText: boolean } {
  const value = field(node, key);
  if (typeof value === "string") {
    return { text: value, isText: true };
  }
  return { text: isImmutableString(value) ? value.val : "", isText: false };
}

/** A whole number or a time in milliseconds. */
export function numberAt(node: Node, key: string): number | null {
  const value = field(node, key);
  const number = value instanceof Date ? value.getTime() : typeof value === "number" ? value : Number.NaN;
  return Number.isSafeInteger(number) ? number : null;
}

export const booleanAt = (node: Node, key: string): boolean => field(node, key) === true;

export function participantAt(node: Node, key: string): ParticipantId | null {
  const text = optionalStringAt(node, key);
  return text === null ? null : participantId(text);
}

/** The entries of a flat map, sorted by key; those that are not maps are left out. */
export function entriesAt(node: Node, key: string): [string, Node][] {
  const map = asMap(field(node, key));
  if (map === null) {
    return [];
  }
  return Object.keys(map)
    .sort()
    .flatMap((name): [string, Node][] => {
      const entry = asMap(field(map, name));
      return entry === null ? [] : [[name, entry]];
    });
}

/** A map of plain strings; numbers and truth values are written out. */
export function stringsByKey(node: Node, key: string): Record<string, string> {
  const map = asMap(field(node, key));
  const strings: [string, string][] = [];
  for (const name of map === null ? [] : Object.keys(map)) {
    const value = field(map ?? {}, name);
    const written = typeof value === "number" || typeof value === "boolean" ? String(value) : asString(value);
    if (written !== null) {
      strings.push([name, written]);
    }
  }
  // `fromEntries` defines properties, so that a key like `__proto__` is only a key.
  return Object.fromEntries(strings);
}

/** Change hashes; what is none is left out. */
export function headsAt(node: Node, key: string): Heads {
  const value = field(node, key);
  if (!Array.isArray(value)) {
    return [];
  }
  return value.slice(0, MAX_ITEMS).flatMap((item) => {
    const text = asString(item);
    return text !== null && /^[0-9a-f]{64}$/.test(text) ? [changeHash(text)] : [];
  });
}

export function anchorAt(node: Node, key: string): Anchor | null {
  const map = asMap(field(node, key));
  if (map === null) {
    return null;
  }
  return {
    section: sectionId(stringAt(map, "section")),
    start: stringAt(map, "start"),
    end: stringAt(map, "end"),
    quote: stringAt(map, "quote"),
    heads: headsAt(map, "heads"),
  };
}
