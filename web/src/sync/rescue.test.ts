import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";
import { IDBFactory } from "fake-indexeddb";
import * as A from "@automerge/automerge";
import { changeHash, documentId } from "../document/ids";
import { LoneDocument, type MutableRoot } from "../document/live";
import { Database } from "./database";
import { Rescues, type Refused } from "./rescue";

const DRAFT = documentId("draft");

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

/** A text of which the relay did not take the last `count` changes. */
function refused(words: readonly string[]): Refused {
  let doc = A.from<MutableRoot>({ title: "Trial", sections: { one: { order: "V", text: "Kept." } } });
  const stored = A.getHeads(doc).map(changeHash);
  for (const word of words) {
    doc = A.change(doc, (root) => {
      A.splice(root, ["sections", "one", "text"], 0, 0, word);
    });
  }
  const hashes = A.getChangesMetaSince(doc, [...stored]).map((meta) => changeHash(meta.hash));
  return { live: new LoneDocument(doc), stored, hashes };
}

const nothing: Refused = { live: new LoneDocument(A.init<MutableRoot>()), stored: [], hashes: [] };

test("what was not taken is kept with its words, until its author has it", async () => {
  const rescues = new Rescues(await Database.open(), DRAFT);
  const { rescue, kept } = await rescues.keep(refused(["Mine. "]), nothing, "read only", 5);
  expect(kept).toBe(true);
  expect(rescue.markdown).toContain("Mine.");
  const [found] = await rescues.load();
  expect(found).toMatchObject({ at: 5, message: "read only", changes: 1 });
  expect(await found?.download("markdown").text()).toContain("Mine. Kept.");
  await found?.discard();
  expect(await rescues.load()).toEqual([]);
});

test("two tabs that hold the same changes rescue them once, and what only one has is kept", async () => {
  const rescues = new Rescues(await Database.open(), DRAFT);
  const same = refused(["Mine. "]);
  await Promise.all([1, 2].map((at) => new Rescues(null, DRAFT).keep(same, nothing, "", at)));
  await rescues.keep(same, nothing, "", 1);
  const again = await rescues.keep(same, nothing, "", 2);
  expect(again.kept).toBe(true);
  expect(again.rescue.markdown).toContain("Mine.");
  expect(await rescues.load()).toHaveLength(1);
  await rescues.keep(refused(["Mine. ", "More. "]), nothing, "", 3);
  expect(await rescues.load()).toHaveLength(2);
});

test("without a storage it can be taken all the same", async () => {
  const { rescue, kept } = await new Rescues(null, DRAFT).keep(refused(["Mine. "]), nothing, "", 1);
  expect(kept).toBe(false);
  expect(await rescue.download("markdown").text()).toContain("Mine.");
});
