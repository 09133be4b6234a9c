import * as A from "@automerge/automerge";
import fc from "fast-check";
import { expect, test } from "vitest";
import { together } from "./together";

interface Notes {
  [key: string]: string;
}

/** Messages that one side sends for each of its changes, before it hears from the other. */
function said(words: readonly string[], base: A.Doc<Notes>): Uint8Array[] {
  let doc = A.clone(base);
  let state = A.initSyncState();
  const messages: Uint8Array[] = [];
  // The two know each other's state, as on a connection that has been up for a while.
  const theirs = A.generateSyncMessage(base, A.initSyncState())[1];
  if (theirs !== null) {
    [doc, state] = A.receiveSyncMessage(doc, state, theirs);
  }
  for (const [index, word] of words.entries()) {
    doc = A.change(doc, (it) => {
      it[`key ${index % 3}`] = word;
    });
    const [next, message] = A.generateSyncMessage(doc, state);
    state = next;
    if (message !== null) {
      messages.push(message);
    }
  }
  return messages;
}

test("messages put together do what they do one after the other", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 300 }), { minLength: 1, maxLength: 12 }), (words) => {
      const base = A.change(A.init<Notes>(), (it) => {
        it["begin"] = "here";
      });
      const messages = said(words, base);
      const whole = together(messages);
      if (whole === null) {
        throw new Error("could not be put together");
      }
      const decoded = messages.map((it) => A.decodeSyncMessage(it));
      const read = A.decodeSyncMessage(whole);
      expect(read.changes).toEqual(decoded.flatMap((it) => it.changes));
      expect({ ...read, changes: [] }).toEqual({ ...decoded.at(-1), changes: [] });
      // The flags at the end come along, which the decoded message does not show.
      expect(whole.slice(-3)).toEqual(messages.at(-1)?.slice(-3));
      const [at, state] = A.receiveSyncMessage(A.clone(base), A.initSyncState(), whole);
      let stepwise = A.clone(base);
      let steps = A.initSyncState();
      for (const message of messages) {
        [stepwise, steps] = A.receiveSyncMessage(stepwise, steps, message);
      }
      // Not always the sender's: its filter may take a change for known, and send it when it is asked for.
      expect(A.getHeads(at)).toEqual(A.getHeads(stepwise));
      // Both answer alike, so the conversation goes on as it would have.
      const answer = A.generateSyncMessage(at, state)[1];
      const other = A.generateSyncMessage(stepwise, steps)[1];
      expect(answer && A.decodeSyncMessage(answer)).toEqual(other && A.decodeSyncMessage(other));
    }),
    { numRuns: 100 },
  );
});

test("one message stays as it is", () => {
  const [message] = said(["one"], A.init<Notes>());
  expect(message && together([message])).toEqual(message);
});

test("what is no message, or of another kind, is not put together", () => {
  const [one, two] = said(["one", "two"], A.init<Notes>());
  if (one === undefined || two === undefined) {
    throw new Error("nothing was said");
  }
  expect(together([])).toBeNull();
  expect(together([one, two.slice(0, -8)])).toBeNull();
  expect(together([Uint8Array.of(0x43, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), two])).toBeNull();
  const otherKind = two.slice();
  otherKind[0] = 0x42;
  expect(together([one, otherKind])).toBeNull();
  const otherFlags = two.slice();
  otherFlags[two.length - 1] = (two.at(-1) ?? 0) ^ 1;
  expect(together([one, otherFlags])).toBeNull();
});

test("garbage never makes it throw", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 4 }), (messages) => {
      together(messages);
    }),
    { numRuns: 500 },
  );
});
