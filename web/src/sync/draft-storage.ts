/**
 * What this device keeps of one draft, as automerge-repo's storage wants it. A write that fails is
 * tried again until it succeeds, and meanwhile said: automerge-repo would go on as if it were stored.
 * Whatever is to be written meanwhile waits with it, and is tried in one transaction.
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
const LONGEST_RETRY_MS = 10_000;

/** A write that could not be done yet. */
interface Late {
  readonly document: string;
  readonly run: (objects: IDBObjectStore) => void;
  readonly resolve: () => void;
}

export class DraftStorage implements StorageAdapterInterface {
  /** By key and kind, oldest first. */
  private readonly late = new Map<string, Late>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private pause = FIRST_RETRY_MS;
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
    const saved = this.insist(key, "one", (objects) => {
      objects.put(bytes, this.keyOf(key));
    });
    // The Repo names its storage before it connects, and must not wait for a device that is full.
    return key[0] === "storage-adapter-id" ? Promise.resolve() : saved;
  }

  remove(key: StorageKey): Promise<void> {
    return this.insist(key, "one", (objects) => {
      objects.delete(this.keyOf(key));
    });
  }

  async loadRange(prefix: StorageKey): Promise<Chunk[]> {
    const found = await this.database.range(CHUNKS, beginningWith(this.keyOf(prefix)));
    return found.flatMap(({ key, value }) =>
      Array.isArray(key) && value instanceof Uint8Array ? [{ key: key.slice(2).map(String), data: value }] : [],
    );
  }

  removeRange(prefix: StorageKey): Promise<void> {
    return this.insist(prefix, "range", (objects) => {
      objects.delete(beginningWith(this.keyOf(prefix)));
    });
  }

  /** Tries nothing again from now on. */
  close(): void {
    this.closed = true;
    if (this.timer !== null) {
      clearTimeout(this.timer);
    }
    for (const { resolve } of this.late.values()) {
      resolve();
    }
  }

  private keyOf(key: StorageKey): (string | number)[] {
    return [this.draft, this.generation, ...key];
  }

  /** Resolves when it is on disk, or is tried no more. */
  private insist(key: StorageKey, kind: "one" | "range", run: (objects: IDBObjectStore) => void): Promise<void> {
    const document = key[0] ?? "";
    this.listener.began(document);
    return new Promise((resolve) => {
      const wait = (): void => {
        const name = JSON.stringify([kind, ...key]);
        // A newer write takes the place of an older one of the same key, behind all others.
        this.late.get(name)?.resolve();
        this.late.delete(name);
        this.late.set(name, { document, run, resolve });
        this.retryLater();
      };
      if (this.late.size > 0 && !this.closed) {
        wait();
        return;
      }
      // Begun before anything is awaited: the page may be on its way out.
      this.database.write(CHUNKS, run).then(
        () => {
          this.listener.ended(document);
          resolve();
        },
        (error: unknown) => {
          this.listener.trouble(storageError(error));
          if (this.closed) {
            resolve();
          } else {
            wait();
          }
        },
      );
    });
  }

  private retryLater(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.retry();
    }, this.pause);
  }

  /** Tries all that is late at once. */
  private async retry(): Promise<void> {
    const tried = [...this.late];
    try {
      await this.database.write(CHUNKS, (objects) => {
        for (const [, { run }] of tried) {
          run(objects);
        }
      });
    } catch (error) {
      this.listener.trouble(storageError(error));
      this.pause = Math.min(2 * this.pause, LONGEST_RETRY_MS);
      if (!this.closed) {
        this.retryLater();
      }
      return;
    }
    this.pause = FIRST_RETRY_MS;
    for (const [name, write] of tried) {
      if (this.late.get(name) === write) {
        this.late.delete(name);
      }
    }
    if (this.late.size === 0) {
      this.listener.trouble(null);
    } else {
      this.retryLater();
    }
    for (const [, { document, resolve }] of tried) {
      this.listener.ended(document);
      resolve();
    }
  }
}

/** The generation of a draft's keys that is to be read. */
export async function generationOf(database: Database, draft: DocumentId): Promise<number> {
  const meta = (await database.get(META, draft)) as Partial<Meta> | undefined;
  return typeof meta?.generation === "number" ? meta.generation : 0;
}

/** Discards what is stored of a draft: from the next opening on it is read no more. */
export async function discard(database: Database, draft: DocumentId, generation: number): Promise<void> {
  await readFrom(database, draft, generation + 1);
}

/** Says which generation of a draft's keys is to be read from now on. */
export async function readFrom(database: Database, draft: DocumentId, generation: number): Promise<void> {
  const meta: Meta = { generation };
  await database.write(META, (objects) => {
    objects.put(meta, draft);
  });
}

/** Removes what was discarded before `generation`. */
export function removeOlder(database: Database, draft: DocumentId, generation: number): Promise<void> {
  return database.write(CHUNKS, (objects) => {
    objects.delete(IDBKeyRange.bound([draft, 0], [draft, generation], false, true));
  });
}
