import "fake-indexeddb/auto";
import * as A from "@automerge/automerge";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { documentId } from "../document/ids";
import { Database, StorageError } from "./database";
import { DraftStorage } from "./draft-storage";
import { LastWords, storeLastWords } from "./last-words";

const draft = documentId("draft");
const text = documentId("text");
const quiet = { trouble: () => undefined, began: () => undefined, ended: () => undefined };
/** What a browser keeps in `localStorage`: its keys are its own properties, its methods are not. */
class Kept {
  [key: string]: unknown;
}
Object.defineProperties(Kept.prototype, {
  setItem: {
    value(this: Kept, key: string, value: string) {
      this[key] = value;
    },
  },
  getItem: {
    value(this: Kept, key: string) {
      return this[key] ?? null;
    },
  },
  removeItem: {
    value(this: Kept, key: string) {
      delete this[key];
    },
  },
});
let kept: Kept;

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  kept = new Kept();
  vi.stubGlobal("localStorage", kept);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test("what a page noted while it was left is stored by the next one, once", async () => {
  let doc = A.from<Record<string, string>>({ words: "before the tunnel" });
  const stored = A.save(doc);
  const heads = A.getHeads(doc);
  doc = A.change(doc, (root) => {
    root["words"] = "inside of it";
  });
  new LastWords(draft, 2).note(text, A.saveSince(doc, heads));
  new LastWords(documentId("other"), 2).note(text, A.save(doc));

  const database = await Database.open();
  const storage = new DraftStorage(database, draft, 2, quiet);
  await storage.save([text, "snapshot", "a"], stored);
  await storeLastWords(database, draft);
  const chunks = await storage.loadRange([text]);
  const bytes = chunks.map((it) => it.data ?? new Uint8Array()).reverse();
  const opened = bytes.reduce((into, it) => A.loadIncremental(into, it), A.init<Record<string, string>>());
  expect(opened["words"]).toBe("inside of it");
  expect(Object.keys(kept)).toHaveLength(1);
  await storeLastWords(database, draft);
  expect(await storage.loadRange([text])).toHaveLength(2);
});

test("once everything is stored nothing is noted any more", () => {
  const words = new LastWords(draft, 0);
  words.note(text, A.save(A.from({ one: 1 })));
  words.note(text, A.save(A.from({ two: 2 })));
  expect(Object.keys(kept)).toHaveLength(1);
  words.forget();
  expect(Object.keys(kept)).toHaveLength(0);
});

test("what is damaged stays out of the draft, and where it was", async () => {
  kept[`plenary.last-words:${draft}:0:${text}:tab`] = btoa("not a chunk");
  kept[`plenary.last-words:${draft}:0:${text}:tab2`] = "not base64 \u2028";
  const database = await Database.open();
  await storeLastWords(database, draft);
  expect(await new DraftStorage(database, draft, 0, quiet).loadRange([text])).toHaveLength(0);
  expect(Object.keys(kept)).toHaveLength(2);
});

test("what cannot be stored now stays noted, and keeps nobody from what is stored", async () => {
  new LastWords(draft, 0).note(text, A.save(A.from({ one: 1 })));
  const database = await Database.open();
  const write = vi.spyOn(database, "write").mockRejectedValueOnce(new StorageError("full", "no room"));
  await storeLastWords(database, draft);
  expect(write).toHaveBeenCalledOnce();
  expect(Object.keys(kept)).toHaveLength(1);
  await storeLastWords(database, draft);
  expect(Object.keys(kept)).toHaveLength(0);
  expect(await new DraftStorage(database, draft, 0, quiet).loadRange([text])).toHaveLength(1);
});

test("a browser that refuses to note anything is no error", () => {
  vi.stubGlobal("localStorage", undefined);
  expect(() => {
    new LastWords(draft, 0).note(text, A.save(A.from({ one: 1 })));
  }).not.toThrow();
});
