/**
 * The last changes of a page that is being left. IndexedDB answers later, and a page that is gone
 * hears no answer; so what it has not confirmed is noted down in the one storage of browsers that
 * writes at once. The next page that opens the draft puts it where it belongs.
 */
import * as A from "@automerge/automerge";
import type { DocumentId } from "../document/ids";
import { randomKey } from "../document/keys";
import { CHUNKS, type Database } from "./database";

const PREFIX = "plenary.last-words";
/** Browsers give about five million characters to a whole site. */
const MOST_CHARACTERS = 1_500_000;

export class LastWords {
  private readonly tab = randomKey();
  private readonly noted = new Set<string>();

  constructor(
    private readonly draft: DocumentId,
    private readonly generation: number,
  ) {}

  /** Notes down changes of a document, in place of what was noted of it before. */
  note(document: DocumentId, bytes: Uint8Array): void {
    const key = [PREFIX, this.draft, this.generation, document, this.tab].join(":");
    const value = toBase64(bytes);
    if (value.length > MOST_CHARACTERS) {
      return;
    }
    try {
      globalThis.localStorage.setItem(key, value);
      this.noted.add(key);
    } catch {
      // Refused or full; what the browser's other storage was given still counts.
    }
  }

  /** Everything is stored: nothing need be noted. */
  forget(): void {
    for (const key of this.noted) {
      globalThis.localStorage.removeItem(key);
    }
    this.noted.clear();
  }
}

/** Stores what earlier pages noted of a draft, where automerge-repo finds it. */
export async function storeLastWords(database: Database, draft: DocumentId): Promise<void> {
  for (const { key, document, generation, tab, value } of noted(draft)) {
    const bytes = chunks(value);
    if (bytes === null) {
      // A damaged chunk would make the whole draft unreadable here.
      continue;
    }
    try {
      await database.write(CHUNKS, (objects) => {
        objects.put(bytes, [draft, generation, document, "incremental", `last-words-${tab}`]);
      });
    } catch {
      // There may be no room. It stays noted, and what is stored of the draft can still be read.
      continue;
    }
    globalThis.localStorage.removeItem(key);
  }
}

/** Removes what is noted of a draft. */
export function dropLastWords(draft: DocumentId): void {
  for (const { key } of noted(draft)) {
    globalThis.localStorage.removeItem(key);
  }
}

interface Noted {
  readonly key: string;
  readonly generation: number;
  readonly document: string;
  readonly tab: string;
  readonly value: string;
}

function noted(draft: DocumentId): Noted[] {
  let keys: string[];
  try {
    keys = Object.keys(globalThis.localStorage);
  } catch {
    return [];
  }
  return keys.flatMap((key) => {
    const [prefix, owner, generation, document, tab, more] = key.split(":");
    const value = globalThis.localStorage.getItem(key);
    const isOurs = prefix === PREFIX && owner === draft && more === undefined;
    if (!isOurs || document === undefined || tab === undefined || value === null) {
      return [];
    }
    return [{ key, generation: Number(generation), document, tab, value }];
  });
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) {
    binary += String.fromCharCode(byte);
  }
  return btoa(binary);
}

/** The bytes that were noted; null when Automerge cannot read them. */
function chunks(value: string): Uint8Array | null {
  try {
    const bytes = Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
    A.free(A.loadIncremental(A.init(), bytes));
    return bytes;
  } catch {
    return null;
  }
}
