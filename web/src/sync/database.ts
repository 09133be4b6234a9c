/** IndexedDB with promises that tell the truth: a transaction that aborts is an error. */
import type { StorageTrouble } from "./session";

const NAME = "plenary";
const VERSION = 1;
/** How long the browser may take to open it: some never answer in private mode. */
const OPEN_WITHIN_MS = 5_000;
/** Chunks of documents: `[draft, generation, …key]` → bytes. */
export const CHUNKS = "chunks";
/** One entry for each draft: `draft` → {@link Meta}. */
export const META = "drafts";
/** Changes that the relay did not take: `[draft, id]` → a stored rescue. */
export const RESCUES = "rescues";

export interface Meta {
  /** Counts up whenever what is stored of the draft is discarded. */
  readonly generation: number;
}

/** Why something could not be stored. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  constructor(
    readonly trouble: StorageTrouble,
    message: string,
  ) {
    super(message);
  }
}

export class Database {
  /** Called when the storage was lost and is there again, empty. */
  onReturned: (() => void) | null = null;
  private isLost = false;
  private isReturning = false;

  private constructor(
    private connection: IDBDatabase,
    private readonly factory: IDBFactory | undefined,
  ) {
    this.follow(connection);
  }

  /** Opens it; rejects with a {@link StorageError} where the browser refuses. */
  static async open(factory: IDBFactory | undefined = globalThis.indexedDB): Promise<Database> {
    return new Database(await Database.connect(factory), factory);
  }

  private static connect(factory: IDBFactory | undefined): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      if (factory === undefined) {
        reject(new StorageError("refused", "this browser keeps nothing on this device"));
        return;
      }
      let isTooLate = false;
      setTimeout(() => {
        isTooLate = true;
        reject(new StorageError("refused", "the browser's storage does not answer"));
      }, OPEN_WITHIN_MS);
      let request: IDBOpenDBRequest;
      try {
        request = factory.open(NAME, VERSION);
      } catch (error) {
        reject(storageError(error));
        return;
      }
      request.onupgradeneeded = () => {
        for (const store of [CHUNKS, META, RESCUES]) {
          if (!request.result.objectStoreNames.contains(store)) {
            request.result.createObjectStore(store);
          }
        }
      };
      request.onsuccess = () => {
        if (isTooLate) {
          request.result.close();
        }
        resolve(request.result);
      };
      request.onerror = () => {
        reject(storageError(request.error));
      };
      request.onblocked = () => {
        reject(new StorageError("failed", "another tab holds an older version of the storage"));
      };
    });
  }

  private follow(connection: IDBDatabase): void {
    // Another tab with a newer version may upgrade; this one then stores no more and says so.
    connection.onversionchange = () => {
      connection.close();
    };
    // The browser closes it when its data is cleared.
    connection.onclose = () => {
      this.isLost = true;
    };
  }

  /** Opens it again after it was lost. Whoever wants to write meanwhile tries again later. */
  private async recover(): Promise<void> {
    if (this.isReturning) {
      return;
    }
    this.isReturning = true;
    try {
      this.connection = await Database.connect(this.factory);
      this.follow(this.connection);
      this.isLost = false;
      this.onReturned?.();
    } catch {
      // The next write tries again.
    } finally {
      this.isReturning = false;
    }
  }

  /** Reads the value at a key. */
  get(store: string, key: IDBValidKey): Promise<unknown> {
    return this.read(store, (objects) => objects.get(key));
  }

  /** Reads all values in a range with their keys. */
  async range(store: string, range: IDBKeyRange): Promise<{ key: IDBValidKey; value: unknown }[]> {
    const [keys, values] = await Promise.all([
      this.read(store, (objects) => objects.getAllKeys(range)),
      this.read(store, (objects) => objects.getAll(range)),
    ]);
    if (keys.length !== values.length) {
      // Somebody wrote between the two.
      return this.range(store, range);
    }
    return keys.map((key, index) => ({ key, value: values[index] }));
  }

  /** Writes; resolves when the transaction is on disk, rejects with a {@link StorageError}. */
  write(store: string, run: (objects: IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        reject(storageError(error));
      };
      if (this.isLost) {
        void this.recover();
        fail(new StorageError("failed", "what was stored on this device was cleared"));
        return;
      }
      try {
        const transaction = this.connection.transaction(store, "readwrite", {
          durability: "strict",
        });
        transaction.oncomplete = () => {
          resolve();
        };
        transaction.onabort = () => {
          fail(transaction.error);
        };
        transaction.onerror = () => {
          fail(transaction.error);
        };
        run(transaction.objectStore(store));
        // Without waiting for the requests' answers: a page that is being left hears none, and
        // the browser would take the transaction back.
        transaction.commit();
      } catch (error) {
        fail(error);
      }
    });
  }

  close(): void {
    this.connection.close();
  }

  private read<T>(store: string, run: (objects: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      try {
        const request = run(this.connection.transaction(store, "readonly").objectStore(store));
        request.onsuccess = () => {
          resolve(request.result);
        };
        request.onerror = () => {
          reject(storageError(request.error));
        };
      } catch (error) {
        reject(storageError(error));
      }
    });
  }
}

/** All keys that begin with these parts: arrays sort after strings and numbers. */
export const beginningWith = (parts: readonly (string | number)[]): IDBKeyRange =>
  IDBKeyRange.bound([...parts], [...parts, []]);

export function storageError(error: unknown): StorageError {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  const message = error instanceof Error || error instanceof DOMException ? error.message : "";
  switch (name) {
    case "QuotaExceededError":
      return new StorageError("full", "this device has no room left for the draft");
    case "SecurityError":
    case "InvalidStateError":
    case "UnknownError":
      return new StorageError("refused", message === "" ? "the browser refused to store" : message);
    default:
      return error instanceof StorageError
        ? error
        : new StorageError("failed", message === "" ? "the browser could not store" : message);
  }
}
