import * as A from "@automerge/automerge";
import type { DocumentId, PeerId } from "@automerge/automerge-repo";
import { expect, test } from "vitest";
import { Calm } from "./calm";
import { Intake, type Incoming } from "./intake";

/** An intake whose pauses end when the test says so. */
function intake(): { take: (message: Incoming) => void; flush: () => void; heard: Incoming[]; wait: () => void } {
  const heard: Incoming[] = [];
  let time = 0;
  let timers: (() => void)[] = [];
  const calm = new Calm({
    now: () => time,
    after: (run) => {
      timers.push(run);
      return () => {
        timers = timers.filter((it) => it !== run);
      };
    },
    afterPicture: () => undefined,
    onKey: () => undefined,
    onComposition: () => undefined,
    isHidden: () => false,
  });
  const made = new Intake((message) => heard.push(message), calm);
  return {
    heard,
    take: (message) => {
      made.take(message);
    },
    flush: () => {
      made.flush();
    },
    wait: () => {
      time += 1_000;
      for (const run of timers.splice(0)) {
        run();
      }
    },
  };
}

const relay = "relay" as PeerId;
const me = "me" as PeerId;

function message(type: string, document: string, data?: Uint8Array): Incoming {
  return {
    type,
    senderId: relay,
    targetId: me,
    documentId: document as DocumentId,
    ...(data === undefined ? {} : { data }),
  };
}

/** What a peer says about a document that grows. */
function* sayings(): Generator<Uint8Array> {
  let doc = A.init<Record<string, number>>();
  let state = A.initSyncState();
  const theirs = A.generateSyncMessage(doc, A.initSyncState())[1];
  if (theirs !== null) {
    [doc, state] = A.receiveSyncMessage(doc, state, theirs);
  }
  for (let count = 0; ; count += 1) {
    doc = A.change(doc, (it) => {
      it["count"] = count;
    });
    const [next, bytes] = A.generateSyncMessage(doc, state);
    state = next;
    if (bytes !== null) {
      yield bytes;
    }
  }
}

const changesIn = ({ data }: Incoming): number => A.decodeSyncMessage(data ?? new Uint8Array()).changes.length;

test("the first message of a document is handed on at once, and those that follow closely as one", () => {
  const { take, heard, wait } = intake();
  const text = sayings();
  const next = (): Uint8Array => text.next().value as Uint8Array;
  take(message("sync", "text", next()));
  expect(heard.length).toBe(1);
  const parts = Array.from({ length: 5 }, () => message("sync", "text", next()));
  for (const part of parts) {
    take(part);
  }
  expect(heard.length).toBe(1);
  wait();
  expect(heard.length).toBe(2);
  expect(heard[1] && changesIn(heard[1])).toBe(parts.reduce((sum, part) => sum + changesIn(part), 0));
});

test("documents do not wait for each other, and presence for none", () => {
  const { take, heard } = intake();
  const text = sayings();
  take(message("sync", "text", text.next().value as Uint8Array));
  take(message("sync", "text", text.next().value as Uint8Array));
  take(message("sync", "discussion", sayings().next().value as Uint8Array));
  take(message("ephemeral", "text", Uint8Array.of(1)));
  expect(heard.map(({ type, documentId }) => [type, documentId])).toEqual([
    ["sync", "text"],
    ["sync", "discussion"],
    ["ephemeral", "text"],
  ]);
});

test("whatever else is said of a document comes after its words", () => {
  const { take, heard } = intake();
  const text = sayings();
  take(message("sync", "text", text.next().value as Uint8Array));
  take(message("sync", "text", text.next().value as Uint8Array));
  take(message("doc-unavailable", "text"));
  expect(heard.map(({ type }) => type)).toEqual(["sync", "sync", "doc-unavailable"]);
});

test("what cannot be put together is handed on piece by piece, in order, with what each says", () => {
  const { take, heard, flush } = intake();
  take(message("sync", "text", Uint8Array.of(9)));
  const pieces = [1, 2, 3].map((byte) => message("sync", "text", Uint8Array.of(byte)));
  for (const piece of pieces) {
    take(piece);
  }
  flush();
  expect(heard.slice(1)).toEqual(pieces);
});

test("many messages are not kept waiting", () => {
  const { take, heard } = intake();
  const text = sayings();
  for (let count = 0; count < 65; count += 1) {
    take(message("sync", "text", text.next().value as Uint8Array));
  }
  expect(heard.reduce((sum, one) => sum + changesIn(one), 0)).toBe(65);
});

test("the end of a connection hands on what waits", () => {
  const { take, heard, flush, wait } = intake();
  const text = sayings();
  take(message("sync", "text", text.next().value as Uint8Array));
  take(message("sync", "text", text.next().value as Uint8Array));
  flush();
  expect(heard.length).toBe(2);
  wait();
  expect(heard.length).toBe(2);
});
