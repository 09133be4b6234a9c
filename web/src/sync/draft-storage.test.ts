import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { documentId } from "../document/ids";
import { Database, StorageError, type CHUNKS } from "./database";
import { discard, DraftStorage, generationOf, removeOlder, type StorageListener } from "./draft-storage";

const draft = documentId("draft");
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const said: (string | null)[] = [];
const listener: StorageListener = {
  trouble: (error) => said.push(error?.trouble ?? null),
  began: (document) => said.push(`began ${document}`),
  ended: (document) => said.push(`ended ${document}`),
};

beforeEach(() => {
  said.length = 0;
  globalThis.indexedDB = new IDBFactory();
});

afterEach(() => {
  vi.useRealTimers();
});

test("keeps chunks by their beginnings, and apart for each draft", async () => {
  const database = await Database.open();
  const storage = new DraftStorage(database, draft, 0, listener);
  const other = new DraftStorage(database, documentId("other"), 0, listener);
  await storage.save(["doc", "snapshot", "a"], bytes("one"));
  await storage.save(["doc", "incremental", "b"], bytes("two"));
  await storage.save(["doc2", "snapshot", "c"], bytes("three"));
  await other.save(["doc", "snapshot", "a"], bytes("four"));
  expect(await storage.load(["doc", "snapshot", "a"])).toEqual(bytes("one"));
  expect((await storage.loadRange(["doc"])).map((it) => it.key)).toEqual([
    ["doc", "incremental", "b"],
    ["doc", "snapshot", "a"],
  ]);
  await storage.removeRange(["doc"]);
  expect(await storage.loadRange(["doc"])).toEqual([]);
  expect(await storage.loadRange(["doc2"])).toHaveLength(1);
  expect(await other.loadRange(["doc"])).toHaveLength(1);
});

test("says that a write failed, goes on trying, and says when it succeeded", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  let failures = 2;
  const database = {
    write: (_store: typeof CHUNKS, _run: unknown) => {
      failures -= 1;
      return failures >= 0 ? Promise.reject(new StorageError("full", "no room")) : Promise.resolve();
    },
  } as unknown as Database;
  const storage = new DraftStorage(database, draft, 0, listener);
  let done = false;
  const saving = storage.save(["doc", "incremental", "a"], bytes("x")).then(() => {
    done = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(said).toEqual(["began doc", "full"]);
  expect(done).toBe(false);
  await vi.advanceTimersByTimeAsync(60_000);
  await saving;
  expect(said).toEqual(["began doc", "full", "full", null, "ended doc"]);
});

test("what comes while a write fails waits with it, a newer write for an older one of its key", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const database = await Database.open();
  const { write } = database;
  let isFull = true;
  let tries = 0;
  database.write = (store, run) => {
    tries += 1;
    return isFull ? Promise.reject(new StorageError("full", "no room")) : write.call(database, store, run);
  };
  const storage = new DraftStorage(database, draft, 0, listener);
  const first = storage.save(["doc", "incremental", "a"], bytes("first"));
  await vi.advanceTimersByTimeAsync(0);
  const removed = storage.removeRange(["doc"]);
  const writes = [1, 2, 3].map((count) => storage.save(["doc", "incremental", "a"], bytes(`again ${count}`)));
  await vi.advanceTimersByTimeAsync(2_000);
  // One try for the first, one for all together.
  expect(tries).toBe(2);
  isFull = false;
  await vi.advanceTimersByTimeAsync(4_000);
  vi.useRealTimers();
  await Promise.all([first, removed, ...writes]);
  expect(await storage.load(["doc", "incremental", "a"])).toEqual(bytes("again 3"));
  expect(said.filter((it) => it === null || it === "full")).toEqual(["full", "full", null]);
});

test("the storage's own name is waited for by nobody: a draft opens on a device that is full", async () => {
  const database = { write: () => Promise.reject(new StorageError("full", "no room")) } as unknown as Database;
  const storage = new DraftStorage(database, draft, 0, listener);
  await storage.save(["storage-adapter-id"], bytes("name"));
  storage.close();
});

test("a page that ends waits no longer for what cannot be written", async () => {
  const database = { write: () => Promise.reject(new StorageError("full", "no room")) } as unknown as Database;
  const storage = new DraftStorage(database, draft, 0, listener);
  const saving = storage.save(["doc", "incremental", "a"], bytes("x"));
  await new Promise((resolve) => setTimeout(resolve, 0));
  storage.close();
  await saving;
  expect(said).not.toContain("ended doc");
});

test("data that is cleared while it is open is an error first, and can be written again then", async () => {
  const database = await Database.open();
  let returned = 0;
  database.onReturned = () => {
    returned += 1;
  };
  const { connection } = database as unknown as { connection: IDBDatabase };
  connection.close();
  connection.onclose?.(new Event("close"));
  const put = (): Promise<void> => database.write("chunks", (objects) => objects.put(1, "key"));
  await expect(put()).rejects.toMatchObject({ trouble: "failed" });
  await vi.waitFor(put);
  expect(returned).toBe(1);
});

test("a browser that never answers is one that refuses", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  const silent = { open: () => ({}) } as unknown as IDBFactory;
  const opening = expect(Database.open(silent)).rejects.toMatchObject({ trouble: "refused" });
  await vi.advanceTimersByTimeAsync(6_000);
  await opening;
});

test("what was discarded is read no more, also when a tab still writes it", async () => {
  const database = await Database.open();
  const old = new DraftStorage(database, draft, await generationOf(database, draft), listener);
  await old.save(["doc", "snapshot", "a"], bytes("refused"));
  await discard(database, draft, old.generation);
  const fresh = new DraftStorage(database, draft, await generationOf(database, draft), listener);
  await old.save(["doc", "snapshot", "b"], bytes("refused again"));
  expect(await fresh.loadRange(["doc"])).toEqual([]);
  await removeOlder(database, draft, fresh.generation);
  expect(await old.loadRange(["doc"])).toEqual([]);
});

test("an abort is an error, and a browser that stores nothing is said", async () => {
  const database = await Database.open();
  const write = database.write("chunks", (objects) => {
    objects.put(1, "key");
    objects.transaction.abort();
  });
  await expect(write).rejects.toBeInstanceOf(StorageError);
  const refusing = {
    open: () => {
      throw new DOMException("not here", "SecurityError");
    },
  } as unknown as IDBFactory;
  await expect(Database.open(refusing)).rejects.toMatchObject({ trouble: "refused" });
});
