import { describe, expect, test } from "vitest";
import * as A from "@automerge/automerge";
import { changeHash, documentId } from "../document/ids";
import { LoneDocument, type MutableRoot } from "../document/live";
import { StorageError } from "./database";
import { Stored, statusOf, type Facts } from "./saving";
import type { Rescue } from "./session";
import { Truth } from "./truth";

const good: Facts = {
  opened: true,
  tooOld: null,
  connection: { kind: "connected" },
  offline: false,
  rescue: null,
  trouble: null,
  writing: false,
  waiting: 0,
  savedAt: 5,
  savedHeads: [],
  readOnly: null,
};
const full = new StorageError("full", "no room");
const rescue = { message: "refused" } as Rescue;

test("the status is the most serious thing that holds", () => {
  expect(statusOf(good)).toEqual({ kind: "saved", at: 5, heads: [] });
  const ladder: [Partial<Facts>, string][] = [
    [{ readOnly: { reason: "stage", message: "" } }, "read-only"],
    [{ waiting: 2 }, "saved-here"],
    [{ connection: { kind: "waiting", nextTryAt: 9 } }, "reconnecting"],
    [{ writing: true }, "saving"],
    [{ trouble: full, waiting: 2 }, "unsaved"],
    [{ rescue }, "refused"],
    [
      {
        connection: {
          kind: "stopped",
          ending: { again: "no", why: "revoked" },
          message: "revoked",
        },
      },
      "refused",
    ],
    [{ rescue: null }, "gone"],
    [
      {
        rescue,
        connection: { kind: "stopped", ending: { again: "no", why: "not-found" }, message: "" },
      },
      "gone",
    ],
    [{ tooOld: "newer" }, "too-old"],
    [{ opened: false }, "opening"],
  ];
  let facts = good;
  for (const [more, kind] of ladder) {
    facts = { ...facts, ...more };
    expect(statusOf(facts).kind).toBe(kind);
  }
});

describe("never says saved", () => {
  test.each<[string, Partial<Facts>]>([
    ["before the relay announced anything", { savedAt: null }],
    ["while something waits", { waiting: 1 }],
    ["while something is written", { writing: true, waiting: 1 }],
    ["while it is not connected", { connection: { kind: "dialling" } }],
    ["while the storage fails", { trouble: full, waiting: 1 }],
  ])("%s", (_, facts) => {
    expect(statusOf({ ...good, ...facts }).kind).not.toBe("saved");
  });
});

test("what waits is what the relay's announced heads do not cover", () => {
  const live = new LoneDocument(A.from<MutableRoot>({ n: 0 }));
  const stored = new Stored(live);
  const heads = (): ReturnType<typeof changeHash>[] => A.getHeads(live.doc()).map(changeHash);
  expect(stored.waiting()).toBe(1);
  stored.announced(heads());
  expect(stored.waiting()).toBe(0);
  live.change("one", (root) => {
    root["n"] = 1;
  });
  live.change("two", (root) => {
    root["n"] = 2;
  });
  expect(stored.waiting()).toBe(2);
  // Heads that are not here yet say nothing until their changes arrive.
  const other = new LoneDocument(A.clone(live.doc() as A.Doc<MutableRoot>));
  other.change("three", (root) => {
    root["m"] = 3;
  });
  const ahead = A.getHeads(other.doc()).map(changeHash);
  stored.announced(ahead);
  expect(stored.waiting()).toBe(2);
  live.receive(A.getChanges(live.doc() as A.Doc<MutableRoot>, other.doc() as A.Doc<MutableRoot>));
  expect(stored.waiting()).toBe(0);
});

test("with the first key it is said that not all is saved, before anything is worked out", () => {
  const live = new LoneDocument(A.from<MutableRoot>({ n: 0 }));
  const truth = new Truth();
  const id = documentId("3fbeM1AVMnrDYmPCCv8f9kuiAdCP");
  truth.opened = true;
  truth.connectionIs({ kind: "connected" });
  truth.add(id, new Stored(live));
  truth.announced(id, A.getHeads(live.doc()).map(changeHash), 5);
  truth.sayNow();
  expect(truth.status.get().kind).toBe("saved");
  truth.wrote();
  expect(truth.status.get()).toEqual({ kind: "saving", waiting: 1 });
  // Nothing came of it after all.
  truth.sayNow();
  expect(truth.status.get().kind).toBe("saved");
  truth.close();
});
