import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { IDBFactory } from "fake-indexeddb";
import * as A from "@automerge/automerge";
import { changeHash, documentId, type Heads } from "../document/ids";
import { LoneDocument, type MutableRoot } from "../document/live";
import { Database } from "./database";
import { DraftStorage } from "./draft-storage";
import { RECEIPT_BYTES, Receipts } from "./receipts";

const DRAFT = documentId("4NMNnkMhL8jXrdJ9jamS58PAVdXu");
const TEXT = documentId("4NMNnkMhL8jXrdJ9jamS58PAVdXv");
const signature = (of: number): Uint8Array => new Uint8Array(RECEIPT_BYTES).fill(of);
const silent = { trouble: () => undefined, began: () => undefined, ended: () => undefined };
let database: Database;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  database = await Database.open();
});

afterEach(() => {
  database.close();
  vi.useRealTimers();
});

const storage = (generation = 0): DraftStorage => new DraftStorage(database, DRAFT, generation, silent);
const headsOf = (document: LoneDocument): Heads => A.getHeads(document.doc()).map(changeHash);
const made = (): LoneDocument => new LoneDocument(A.init<MutableRoot>());
const grow = (document: LoneDocument): Heads => {
  document.change("grow", (root) => {
    root["count"] = Number(root["count"] ?? 0) + 1;
  });
  return headsOf(document);
};
const shown = (receipts: Receipts): number[] => receipts.all().map((it) => it.receipt[0] ?? -1);

test("a receipt is kept with the document and found again by the next page", async () => {
  const document = made();
  const heads = grow(document);
  const receipts = await Receipts.load(storage());
  receipts.follow(TEXT, document);
  receipts.hear(TEXT, heads, signature(1));
  await receipts.close();
  const again = await Receipts.load(storage());
  expect(again.all()).toEqual([{ document: TEXT, heads, receipt: signature(1) }]);
  // What was discarded with the document is gone with it.
  expect((await Receipts.load(storage(1))).all()).toEqual([]);
});

test("a newer one replaces those behind it, and a restored relay's older one stands beside", async () => {
  const document = made();
  const receipts = await Receipts.load(null);
  receipts.follow(TEXT, document);
  const early = grow(document);
  receipts.hear(TEXT, early, signature(1));
  expect(shown(receipts)).toEqual([1]);
  const late = grow(document);
  receipts.hear(TEXT, late, signature(2));
  expect(shown(receipts)).toEqual([2]);
  receipts.hear(TEXT, early, signature(3));
  expect(shown(receipts)).toEqual([2, 3]);
  receipts.hear(TEXT, grow(document), signature(4));
  expect(shown(receipts)).toEqual([4]);
});

test("while one cannot be written, newer ones are kept and shown, and written as one", async () => {
  const document = made();
  const writes: Uint8Array[] = [];
  let free: () => void = () => undefined;
  const slow = {
    loadRange: () => Promise.resolve([]),
    save: (_key: readonly string[], data: Uint8Array) => {
      writes.push(data);
      return new Promise<void>((resolve) => {
        free = resolve;
      });
    },
  };
  const receipts = await Receipts.load(slow);
  receipts.follow(TEXT, document);
  for (const number of [1, 2, 3]) {
    receipts.hear(TEXT, grow(document), signature(number));
    expect(shown(receipts)).toEqual([number]);
  }
  expect(writes.length).toBe(1);
  free();
  await vi.waitFor(() => expect(writes.length).toBe(2));
  expect(JSON.parse(new TextDecoder().decode(writes[1]))).toMatchObject([{ receipt: [...signature(3)] }]);
  free();
  await receipts.close();
});

test("one for what is not here yet waits until it is", async () => {
  vi.useFakeTimers();
  const elsewhere = made();
  grow(elsewhere);
  const document = new LoneDocument(A.clone(elsewhere.doc() as A.Doc<MutableRoot>));
  const receipts = await Receipts.load(null);
  receipts.hear(TEXT, grow(elsewhere), signature(1));
  receipts.follow(TEXT, document);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(shown(receipts)).toEqual([]);
  document.receive(A.getAllChanges(elsewhere.doc()));
  await vi.advanceTimersByTimeAsync(1_500);
  expect(shown(receipts)).toEqual([1]);
});

test("what is no receipt, or cannot be read, is passed by", async () => {
  const document = made();
  const heads = grow(document);
  const receipts = await Receipts.load(storage());
  receipts.follow(TEXT, document);
  receipts.hear(TEXT, heads, new Uint8Array(31));
  receipts.hear(TEXT, [], signature(1));
  expect(receipts.all()).toEqual([]);
  for (const words of ["{", "[null, 3]", '[{"heads":["x"],"receipt":[]}]']) {
    await storage().save(["receipts", TEXT], new TextEncoder().encode(words));
    expect((await Receipts.load(storage())).all()).toEqual([]);
  }
});
