/** What this device offers a draft: storage of its own, and a lock that says who uses it. */
import type { DocumentId } from "../document/ids";
import { Database, StorageError, storageError } from "./database";
import { DraftStorage, generationOf, type StorageListener } from "./draft-storage";
import { LastWords, storeLastWords } from "./last-words";

export class Device {
  private constructor(
    readonly database: Database | null,
    readonly storage: DraftStorage | null,
    /** Why nothing can be kept here. */
    readonly trouble: StorageError | null,
    /** Where the last changes of a page that is being left are noted. */
    readonly lastWords: LastWords | null,
    private readonly draft: DocumentId,
    private readonly release: () => void,
  ) {}

  static async open(draft: DocumentId, listener: StorageListener): Promise<Device> {
    try {
      const database = await Database.open();
      const generation = await generationOf(database, draft);
      const release = hold(lockOf(draft, generation));
      await storeLastWords(database, draft);
      const storage = new DraftStorage(database, draft, generation, listener);
      const lastWords = new LastWords(draft, generation);
      return new Device(database, storage, null, lastWords, draft, release);
    } catch (error) {
      return new Device(null, null, storageError(error), null, draft, () => undefined);
    }
  }

  /** Runs `run` when no tab uses what was discarded before this generation. */
  async whenOlderIsFree(run: (generation: number) => Promise<void>): Promise<void> {
    const generation = this.storage?.generation ?? 0;
    const locks = lockManager();
    if (generation === 0) {
      return;
    }
    const name = lockOf(this.draft, generation - 1);
    if (locks === null) {
      await run(generation);
      return;
    }
    await locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock !== null) {
        await run(generation);
      }
    });
  }

  /** Asks the browser not to clear what is stored when it needs room. */
  persist(): void {
    const storage = typeof navigator === "undefined" ? undefined : navigator.storage;
    storage?.persist?.().catch(() => undefined);
  }

  close(): void {
    this.storage?.close();
    this.release();
    this.database?.close();
  }
}

/** The lock that every tab holds, shared, while it has this generation of a draft open. */
export const lockOf = (draft: DocumentId, generation: number): string => `plenary:${draft}:${generation}`;

/** Null where the browser has no locks. */
export const lockManager = (): LockManager | null =>
  typeof navigator === "undefined" ? null : (navigator.locks ?? null);

/** Holds a shared lock until the returned function is called. */
function hold(name: string): () => void {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  lockManager()
    ?.request(name, { mode: "shared" }, () => held)
    .catch(() => undefined);
  return release;
}
