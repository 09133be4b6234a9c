/**
 * What the relay has signed: that it has stored a document up to some heads. It is kept with this
 * device's copy and shown at each connection before anything is synced, so that a relay that was
 * restored from an older backup takes back what it had accepted, under its authors
 * (docs/protocol.md#receipts).
 */
import * as A from "@automerge/automerge";
import { changeHash, documentId, type DocumentId, type Heads } from "../document/ids";
import type { LiveDocument } from "../document/live";
import { knows } from "../document/versions";
import type { DraftStorage } from "./draft-storage";

/** The length of a receipt in bytes; another length is of a later version and nothing to keep. */
export const RECEIPT_BYTES = 32;
/** One is the rule; a relay that was restored signs for less than before, and both are kept then. */
const MOST_OF_ONE_DOCUMENT = 8;
/** How long receipts are gathered before they are stored: each sync message brings one. */
const GATHER_MS = 1_000;
/** How often it is tried again when the heads of a receipt have not arrived. */
const MOST_TRIES = 20;
/** The first part of their keys in the device's storage. */
const KEY = "receipts";

export interface Receipt {
  readonly heads: Heads;
  readonly receipt: Uint8Array;
}

/** Where they are kept; a part of {@link DraftStorage}. */
export type ReceiptStorage = Pick<DraftStorage, "loadRange" | "save">;

export class Receipts {
  private readonly kept = new Map<DocumentId, readonly Receipt[]>();
  /** The newest one of each document whose heads are not known here, or were not looked at yet. */
  private readonly heard = new Map<DocumentId, Receipt>();
  private readonly documents = new Map<DocumentId, LiveDocument>();
  private readonly writing = new Map<DocumentId, Promise<void>>();
  /** Those that changed while they were being written. */
  private readonly unwritten = new Set<DocumentId>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private tries = 0;

  private constructor(private readonly storage: ReceiptStorage | null) {}

  /** Reads what this device keeps; without a storage they are kept for as long as the page is open. */
  static async load(storage: ReceiptStorage | null): Promise<Receipts> {
    const receipts = new Receipts(storage);
    for (const { key, data } of (await storage?.loadRange([KEY])) ?? []) {
      const id = key[1];
      if (id !== undefined && data !== undefined) {
        receipts.kept.set(documentId(id), read(data));
      }
    }
    return receipts;
  }

  /** All that are to be shown when a connection begins. */
  all(): (Receipt & { readonly document: DocumentId })[] {
    this.settle();
    return [...this.kept].flatMap(([document, list]) => list.map((it) => ({ document, ...it })));
  }

  /** Follows a document: receipts for it are kept once their heads are known. */
  follow(id: DocumentId, document: LiveDocument): void {
    this.documents.set(id, document);
    this.gather();
  }

  /** A sync message brought a receipt. */
  hear(id: DocumentId, heads: Heads, receipt: Uint8Array): void {
    if (receipt.length === RECEIPT_BYTES && heads.length > 0) {
      // The bytes are a view into the whole frame.
      this.heard.set(id, { heads, receipt: receipt.slice() });
      this.tries = 0;
      this.gather();
    }
  }

  /** Stores what waits. Resolves when it is on this device, or could not be put there. */
  async close(): Promise<void> {
    this.settle();
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    await Promise.all(this.writing.values());
  }

  private gather(): void {
    if (this.heard.size > 0) {
      this.timer ??= setTimeout(() => {
        this.timer = null;
        this.settle();
        this.tries += 1;
        if (this.tries < MOST_TRIES) {
          this.gather();
        }
      }, GATHER_MS);
    }
  }

  /** Keeps those whose heads are known here. */
  private settle(): void {
    for (const [id, receipt] of [...this.heard]) {
      const document = this.documents.get(id);
      if (document !== undefined && knows(document.doc(), receipt.heads)) {
        this.heard.delete(id);
        this.keep(id, document, receipt);
      }
    }
  }

  private keep(id: DocumentId, document: LiveDocument, receipt: Receipt): void {
    const before = this.kept.get(id) ?? [];
    if (before.some((it) => isEqual(it.heads, receipt.heads))) {
      return;
    }
    const beyond = new Set(A.getChangesMetaSince(document.doc(), [...receipt.heads]).map((meta) => meta.hash));
    // Those whose heads are behind the new ones say nothing that the new one does not.
    const ahead = before.filter((it) => it.heads.some((head) => beyond.has(head)));
    const next = [...ahead.slice(1 - MOST_OF_ONE_DOCUMENT), receipt];
    this.kept.set(id, next);
    this.store(id);
  }

  /** Writes one at a time: a device that is full keeps a write waiting, and not more and more of them. */
  private store(id: DocumentId): void {
    if (this.storage === null) {
      return;
    }
    if (this.writing.has(id)) {
      this.unwritten.add(id);
      return;
    }
    const written = this.storage.save([KEY, id], write(this.kept.get(id) ?? [])).then(() => {
      this.writing.delete(id);
      if (this.unwritten.delete(id)) {
        this.store(id);
      }
    });
    this.writing.set(id, written);
  }
}

const isEqual = (one: Heads, other: Heads): boolean =>
  one.length === other.length && one.every((head) => other.includes(head));

/** As they stand in the storage: JSON, heads in hexadecimal. */
function write(receipts: readonly Receipt[]): Uint8Array {
  const plain = receipts.map(({ heads, receipt }) => ({ heads, receipt: [...receipt] }));
  return new TextEncoder().encode(JSON.stringify(plain));
}

/** Those that can be read. */
function read(bytes: Uint8Array): Receipt[] {
  try {
    const plain: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(plain) ? plain.flatMap(readOne) : [];
  } catch {
    return [];
  }
}

function readOne(plain: unknown): Receipt[] {
  const { heads, receipt } = (plain ?? {}) as { heads?: unknown; receipt?: unknown };
  if (!isListOf(heads, isHash) || !isListOf(receipt, isByte) || receipt.length !== RECEIPT_BYTES) {
    return [];
  }
  return [{ heads: heads.map(changeHash), receipt: Uint8Array.from(receipt) }];
}

const isListOf = <T>(value: unknown, is: (one: unknown) => one is T): value is T[] =>
  Array.isArray(value) && value.every(is);
const isHash = (value: unknown): value is string => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const isByte = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 256;
