import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { IDBFactory } from "fake-indexeddb";
import * as A from "@automerge/automerge";
import { changeHash, documentId } from "../document/ids";
import { LoneDocument, type MutableRoot } from "../document/live";
import { Database } from "./database";
import { handInRescued, send, type Way } from "./hand-in";
import { HandsIn } from "./hands-in";
import { Rescues, type Refused } from "./rescue";

const DRAFT = documentId("draft");
const WAY: Way = { draft: DRAFT, server: "http://relay", participantSecret: "a secret of sixteen" };
let statuses: number[] = [];
let asked: { address: string; bytes: number }[] = [];

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  [statuses, asked] = [[], []];
  vi.stubGlobal("fetch", async (address: string, { body }: { body: Blob }) => {
    asked.push({ address, bytes: (await body.arrayBuffer()).byteLength });
    const status = statuses.shift() ?? 204;
    if (status === 0) throw new TypeError("away");
    return new Response(null, { status });
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function refused(...words: string[]): Refused {
  let doc = A.from<MutableRoot>({ text: "" }, { actor: "aa".repeat(16) });
  const stored = A.getHeads(doc).map(changeHash);
  for (const word of words) {
    doc = A.change(doc, { time: 0 }, (root) => {
      A.splice(root, ["text"], 0, 0, word);
    });
  }
  const hashes = A.getChangesMetaSince(doc, [...stored]).map((meta) => changeHash(meta.hash));
  return { live: new LoneDocument(doc), stored, hashes };
}

const nothing: Refused = { live: new LoneDocument(A.init<MutableRoot>()), stored: [], hashes: [] };

test.each([
  [204, "taken"],
  [403, "refused"],
  [409, "refused"],
  [413, "refused"],
  [429, "later"],
  [503, "later"],
  [0, "later"],
])("status %s is %s", async (status, went) => {
  statuses = [status];
  expect(await send(WAY, { text: [new Uint8Array(3)], discussion: [] })).toBe(went);
  expect(asked).toEqual([{ address: "http://relay/api/v1/drafts/draft/hand-in/text", bytes: 3 }]);
});

test("what was rescued for it is handed in once, by whichever tab comes first", async () => {
  const rescues = new Rescues(await Database.open(), DRAFT);
  const work = refused("one", "two");
  const both = refused("three");
  const kept = [await rescues.keep(work, both, "", 1, "due"), await rescues.keep(work, both, "", 2, "due")];
  expect(await rescues.stored()).toHaveLength(1);
  for (const { stored } of kept) {
    expect(await handInRescued(rescues, WAY, stored)).toBe("taken");
  }
  const documents = asked.map((it) => it.address.split("/").at(-1));
  expect(documents).toEqual(["text", "discussion"]);
  expect((await rescues.load()).map((it) => it.handing)).toEqual(["done"]);
});

test("what the relay does not take stays with its author, and is not tried again", async () => {
  const rescues = new Rescues(await Database.open(), DRAFT);
  const { stored } = await rescues.keep(refused("one"), nothing, "", 1, "due");
  statuses = [413];
  expect(await handInRescued(rescues, WAY, stored)).toBe("refused");
  expect((await rescues.load()).map((it) => it.handing)).toEqual(["none"]);
});

test("what cannot be read now is not called taken", async () => {
  const rescues = new Rescues(await Database.open(), DRAFT);
  const { stored } = await rescues.keep(refused("one"), nothing, "", 1, "due");
  const reading = vi.spyOn(rescues, "stored").mockRejectedValueOnce(new Error("no storage"));
  expect(await handInRescued(rescues, WAY, null)).toBe("later");
  expect(asked).toEqual([]);
  reading.mockRejectedValueOnce(new Error("no storage"));
  expect(await handInRescued(rescues, WAY, stored)).toBe("taken");
  expect(asked).toHaveLength(1);
});

describe("a relay that is away", () => {
  test("is asked again until it answers, and never again after closing", async () => {
    const rescues = new Rescues(null, DRAFT);
    const { stored } = await rescues.keep(refused("one"), nothing, "", 1, "due");
    vi.useFakeTimers();
    statuses = [0, 503];
    const told: string[] = [];
    const hands = new HandsIn(rescues, WAY);
    hands.begin(stored, (handing) => told.push(handing));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told).toEqual(["done"]);
    expect(asked).toHaveLength(3);
    statuses = [0];
    const other = new HandsIn(rescues, WAY);
    other.begin(stored, (handing) => told.push(handing));
    await vi.advanceTimersByTimeAsync(100);
    other.close();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked).toHaveLength(4);
    expect(told).toEqual(["done"]);
  });
});
