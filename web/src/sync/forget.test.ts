import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";
import { IDBFactory } from "fake-indexeddb";
import * as A from "@automerge/automerge";
import { documentId, type DocumentId } from "../document/ids";
import { CHUNKS, Database, RESCUES } from "./database";
import { DraftStorage } from "./draft-storage";
import { forgetHere, keptHere } from "./forget";

const DRAFT = documentId("4NMNnkMhL8jXrdJ9jamS58PAVdXu");
const TEXT = documentId("4NMNnkMhL8jXrdJ9jamS58PAVdXv");
const DISCUSSION = documentId("4NMNnkMhL8jXrdJ9jamS58PAVdXw");
const OTHER = documentId("4NMNnkMhL8jXrdJ9jamS58PAVdXx");
const silent = { trouble: () => undefined, began: () => undefined, ended: () => undefined };

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

async function inDatabase<T>(run: (database: Database) => Promise<T>): Promise<T> {
  const database = await Database.open();
  try {
    return await run(database);
  } finally {
    database.close();
  }
}

/** Stores a draft whose text has one change that the relay signed for and `more` that it did not. */
function store(draft: DocumentId, more: number): Promise<void> {
  return inDatabase(async (database) => {
    const storage = new DraftStorage(database, draft, 0, silent);
    const ids = { text: `automerge:${TEXT}`, discussion: `automerge:${DISCUSSION}` };
    const record = A.from({ plenary: 1, ...ids });
    let text = A.from<Record<string, unknown>>({ title: "Trial", sections: { one: { order: "V", text: "Kept." } } });
    const heads = A.getHeads(text);
    for (let count = 0; count < more; count += 1) {
      text = A.change(text, (root) => {
        A.splice(root, ["sections", "one", "text"], 0, 0, `new ${count} `);
      });
    }
    await storage.save([draft, "snapshot", "a"], A.save(record));
    await storage.save([TEXT, "snapshot", "a"], A.save(text));
    const signed = [{ heads, receipt: Array.from({ length: 32 }, () => 1) }];
    await storage.save(["receipts", TEXT], new TextEncoder().encode(JSON.stringify(signed)));
  });
}

const everything = (store: string): Promise<number> =>
  inDatabase(async (database) => (await database.range(store, IDBKeyRange.lowerBound([""]))).length);

test("says what is nowhere else, and hands it out", async () => {
  await store(DRAFT, 2);
  const kept = await keptHere(DRAFT);
  expect(kept.waiting).toBe(2);
  expect(await kept.copy?.text()).toContain("new 1 new 0 Kept.");
  expect(kept.rescues).toEqual([]);
  await store(OTHER, 0);
  expect((await keptHere(OTHER)).waiting).toBe(0);
});

test("a device that has nothing of a draft has nothing to lose", async () => {
  expect(await keptHere(DRAFT)).toEqual({ waiting: 0, copy: null, rescues: [] });
  expect(await forgetHere(DRAFT, true)).toBe(true);
});

test("removes all generations of one draft, and its rescues only when told to", async () => {
  await store(DRAFT, 1);
  await store(OTHER, 0);
  const others = (await everything(CHUNKS)) / 2;
  await inDatabase(async (database) => {
    const older = new DraftStorage(database, DRAFT, 7, silent);
    await older.save([TEXT, "snapshot", "b"], A.save(A.init()));
    const rescue = { id: "r", at: 1, message: "", markdown: "mine", changes: [] };
    await database.write(RESCUES, (objects) => objects.put(rescue, [DRAFT, "r"]));
  });
  expect((await keptHere(DRAFT)).rescues.map((it) => it.markdown)).toEqual(["mine"]);
  expect(await forgetHere(DRAFT, false)).toBe(true);
  expect(await everything(CHUNKS)).toBe(others);
  expect(await everything(RESCUES)).toBe(1);
  expect(await forgetHere(DRAFT, true)).toBe(true);
  expect(await everything(RESCUES)).toBe(0);
  expect((await keptHere(OTHER)).copy).not.toBeNull();
});
