/**
 * What this device keeps of one draft, as automerge-repo's storage wants it. A write that fails is
 * tried again until it succeeds, and meanwhile said: automerge-repo would go on as if it were stored.
 *
 * Discarding a draft begins a new *generation* of its keys. So a tab that still holds what was
 * discarded writes where nobody reads, and cannot bring it back.
 */
import type { Chunk, StorageAdapterInterface, StorageKey } from "@automerge/automerge-repo";
import type { DocumentId } from "../document/ids";
import { beginningWith, CHUNKS, META, StorageError, storageError, type Database, type Meta } from "./database";

export interface StorageListener {
  /** Something cannot be stored; null when everything is stored again. */
  trouble(error: StorageError | null): void;
  /** A write for a document begins, or is on disk. */
  began(document: string): void;
  ended(document: string): void;
}

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;

export class DraftStorage implements StorageAdapterInterface {
  private failing = 0;
  private closed = false;

  constructor(
    private readonly database: Database,
    private readonly draft: DocumentId,
    readonly generation: number,
    private readonly listener: StorageListener,
  ) {}

  async load(key: StorageKey): Promise<Uint8Array | undefined> {
    const value = await this.database.get(CHUNKS, this.keyOf(key));
    return value instanceof Uint8Array ? value : undefined;
  }

  save(key: StorageKey, data: Uint8Array): Promise<void> {
    // A copy of its own: the bytes may be a view into the WebAssembly's memory.
    const bytes = data.slice();
    return this.insist(key, (objects) => {
      objects.put(bytes, this.keyOf(key));
    });
  }

  remove(key: StorageKey): Promise<void> {
    return this.insist(key, (objects) => {
      objects.delete(this.keyOf(key));
    });
  }

  async loadRange(prefix: StorageKey): Promise<Chunk[]> {
    const found = await this.database.range(CHUNKS, beginningWith(this.keyOf(prefix)));
    return found.flatMap(({ key, value }) =>
      Array.isArray(key) && value instanceof Uint8Array
        ? [{ key: key.slice(2).map(String), data: value }]
        : [],
    );
  }

  removeRange(prefix: StorageKey): Promise<void> {
    return this.insist(prefix, (objects) => {
      objects.delete(beginningWith(this.keyOf(prefix)));
    });
  }

  /** Tries nothing again from now on. */
  close(): void {
    this.closed = true;
  }

  private keyOf(key: StorageKey): (string | number)[] {
    return [this.draft, this.generation, ...key];
  }

  private async insist(key: StorageKey, run: (objects: IDBObjectStore) => void): Promise<void> {
    const document = key[0] ?? "";
    this.listener.began(document);
    let failed = false;
    for (let pause = FIRST_RETRY_MS; ; pause = Math.min(2 * pause, LONGEST_RETRY_MS)) {
      try {
        await this.database.write(CHUNKS, run);
        break;
      } catch (error) {
        this.failing += failed ? 0 : 1;
        failed = true;
        this.listener.trouble(storageError(error));
        if (this.closed) {
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    this.failing -= failed ? 1 : 0;
    if (failed && this.failing === 0 && !this.closed) {
      this.listener.trouble(null);
    }
    this.listener.ended(document);
  }
}

/** The generation of a draft's keys that is to be read. */
export async function generationOf(database: Database, draft: DocumentId): Promise<number> {
  const meta = (await database.get(META, draft)) as Partial<Meta> | undefined;
  return typeof meta?.generation === "number" ? meta.generation : 0;
}

/** Discards what is stored of a draft: from the next opening on it is read no more. */
export async function discard(
  database: Database,
  draft: DocumentId,
  generation: number,
): Promise<void> {
  const meta: Meta = { generation: generation + 1 };
  await database.write(META, (objects) => {
    objects.put(meta, draft);
  });
}

/** Removes what was discarded before `generation`. */
export function removeOlder(
  database: Database,
  draft: DocumentId,
  generation: number,
): Promise<void> {
  return database.write(CHUNKS, (objects) => {
    objects.delete(IDBKeyRange.bound([draft, 0], [draft, generation], false, true));
  });
}
