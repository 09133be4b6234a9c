import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cbor, type Message, type PeerId } from "@automerge/automerge-repo";
import { encodeHeads } from "@automerge/automerge-repo";
import * as A from "@automerge/automerge";
import { changeHash, documentId } from "../document/ids";
import { RelayAdapter, type ConnectionState, type ShownReceipt } from "./relay-adapter";

/** A socket whose other end the test plays. */
class Socket extends EventTarget {
  static made: Socket[] = [];
  readyState = 0;
  binaryType = "";
  sent: Record<string, unknown>[] = [];

  constructor(readonly url: string) {
    super();
    Socket.made.push(this);
  }

  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  send(data: Uint8Array): void {
    this.sent.push(cbor.decode(data));
  }

  says(message: Record<string, unknown>): void {
    const data = Uint8Array.from(cbor.encode(message)).buffer;
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  ends(code: number, reason = ""): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
  }

  close(): void {
    this.readyState = 3;
  }
}

const states: ConnectionState[] = [];
const heard: unknown[] = [];
let kept: ShownReceipt[] = [];
let adapter: RelayAdapter;

const socket = (): Socket => {
  const last = Socket.made.at(-1);
  if (last === undefined) {
    throw new Error("nothing was dialled");
  }
  return last;
};
const state = (): ConnectionState | undefined => states.at(-1);

function greet(): void {
  socket().open();
  socket().says({
    type: "peer",
    senderId: "relay",
    targetId: "me",
    selectedProtocolVersion: "1",
    peerMetadata: { storageId: "disk", isEphemeral: true, plenary: { version: 1 } },
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  Socket.made = [];
  states.length = 0;
  heard.length = 0;
  kept = [];
  adapter = new RelayAdapter({
    url: "ws://relay/sync?draft=d",
    participantSecret: "secret",
    instance: "instance",
    random: () => 0.5,
    receipts: () => kept,
    socket: (url) => new Socket(url) as unknown as WebSocket,
    listener: {
      state: (it) => states.push(it),
      saved: (...it) => heard.push(["saved", ...it.slice(0, 2)]),
      signed: (...it) => heard.push(["signed", ...it]),
      quarantined: (...it) => heard.push(["quarantined", ...it]),
      readOnly: (...it) => heard.push(["read-only", ...it]),
      roleChanged: () => heard.push(["role"]),
      notice: (it) => heard.push(["notice", it]),
      moved: (it) => heard.push(["moved", it]),
      participant: (it) => heard.push(["participant", it]),
    },
  });
  adapter.connect("me" as PeerId, { isEphemeral: false });
});

afterEach(() => {
  adapter.disconnect();
  vi.useRealTimers();
});

test("joins as one participant and follows what the relay stores", () => {
  expect(adapter.isReady()).toBe(false);
  greet();
  expect(adapter.isReady()).toBe(true);
  expect(socket().sent[0]).toEqual({
    type: "join",
    senderId: "me",
    peerMetadata: {
      isEphemeral: false,
      plenary: { version: 1, participant: "secret", instance: "instance" },
    },
    supportedProtocolVersions: ["1"],
  });
  expect(socket().sent[1]).toMatchObject({ type: "remote-subscription-change", add: ["disk"] });
  expect(state()).toEqual({ kind: "connected" });
});

test("dials again with growing pauses, which a good connection resets", async () => {
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 8; attempt += 1) {
    socket().ends(1006);
    const waiting = state();
    pauses.push(waiting?.kind === "waiting" ? waiting.nextTryAt - Date.now() : -1);
    await vi.advanceTimersToNextTimerAsync();
    await vi.advanceTimersByTimeAsync(pauses.at(-1) ?? 0);
  }
  expect(pauses).toEqual([750, 1500, 3000, 6000, 12_000, 22_500, 22_500, 22_500]);
  greet();
  await vi.advanceTimersByTimeAsync(6_000);
  socket().ends(4503);
  expect(state()).toMatchObject({ kind: "waiting", nextTryAt: Date.now() + 750 });
});

test("stops with the relay's words when a person must do something, until it is asked to dial", () => {
  greet();
  socket().says({ type: "error", message: "this link was revoked" });
  socket().ends(4403);
  expect(state()).toEqual({
    kind: "stopped",
    ending: { again: "no", why: "revoked" },
    message: "this link was revoked",
  });
  const dialled = Socket.made.length;
  adapter.refresh();
  expect(Socket.made.length).toBe(dialled);
  adapter.redial();
  expect(Socket.made.length).toBe(dialled + 1);
});

test("dials at once when the role changed, and says so", async () => {
  greet();
  await vi.advanceTimersByTimeAsync(6_000);
  socket().ends(4405);
  expect(heard).toEqual([["role"]]);
  await vi.advanceTimersByTimeAsync(1);
  expect(state()).toEqual({ kind: "dialling" });
});

test("hears what is ours, and passes by what it cannot read", () => {
  greet();
  const plenary = { type: "plenary", senderId: "relay", targetId: "me", documentId: "doc" };
  socket().says({ ...plenary, kind: "read-only", message: "only reading" });
  socket().says({ ...plenary, kind: "quarantined", hashes: ["garbage"], message: "not taken" });
  socket().says({ ...plenary, kind: "notice", message: "hello" });
  socket().says({ ...plenary, kind: "participant", participant: "ann" });
  socket().says({ ...plenary, documentId: undefined, kind: "people" });
  socket().says({ ...plenary, documentId: undefined, kind: "held" });
  socket().says({ ...plenary, kind: "of the future" });
  socket().dispatchEvent(new MessageEvent("message", { data: new Uint8Array([255]).buffer }));
  socket().dispatchEvent(new MessageEvent("message", { data: "text" }));
  expect(heard).toEqual([
    ["read-only", "doc", "only reading"],
    ["quarantined", "doc", [], "not taken"],
    ["notice", "hello"],
    ["participant", "ann"],
    ["moved", "people"],
    ["moved", "held"],
  ]);
});

test("passes sync messages on, and presence of others not back", () => {
  const received: Message[] = [];
  adapter.on("message", (message) => received.push(message));
  greet();
  socket().says({
    type: "ephemeral",
    senderId: "bob",
    targetId: "me",
    documentId: "d",
    count: 1,
    sessionId: "s",
    data: new Uint8Array([1]),
  });
  expect(received.map((it) => it.type)).toEqual(["ephemeral"]);
  const [message] = received;
  const sent = socket().sent.length;
  if (message !== undefined) {
    adapter.send({ ...message, targetId: "relay" as PeerId });
  }
  expect(socket().sent.length).toBe(sent);
});

test("a device that slept dials anew", async () => {
  greet();
  await vi.advanceTimersByTimeAsync(6_000);
  const before = Socket.made.length;
  vi.setSystemTime(Date.now() + 600_000);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(Socket.made.length).toBe(before + 1);
});

test("shows its receipts before anything else is said in a connection, and hears new ones", () => {
  const document = documentId("4NMNnkMhL8jXrdJ9jamS58PAVdXu");
  const made = A.change(A.init<{ word?: string }>(), (root) => {
    root.word = "one";
  });
  const heads = A.getHeads(made).map(changeHash);
  const receipt = new Uint8Array(32).fill(7);
  kept = [{ document, heads, receipt }];
  adapter.on("peer-candidate", ({ peerId }) => {
    // The Repo begins to sync when it hears of a peer.
    adapter.send({
      type: "sync",
      senderId: "me" as PeerId,
      targetId: peerId,
      documentId: document as never,
      data: new Uint8Array([1]),
    });
  });
  greet();
  expect(socket().sent.map((it) => it["type"])).toEqual(["join", "plenary", "sync", "remote-subscription-change"]);
  expect(socket().sent[1]).toMatchObject({ kind: "receipt", documentId: document, heads: encodeHeads([...heads]) });
  expect([...(socket().sent[1]?.["receipt"] as Uint8Array)]).toEqual([...receipt]);

  const [, data] = A.generateSyncMessage(made, A.initSyncState());
  const sync = {
    type: "sync",
    senderId: "relay",
    targetId: "me",
    documentId: document,
    data: data ?? new Uint8Array(),
  };
  socket().says({ ...sync, receipt: new Uint8Array(32).fill(8) });
  expect(heard).toContainEqual(["signed", document, heads, expect.objectContaining({ length: 32 })]);
  heard.length = 0;
  socket().says(sync);
  // What the relay says quickly one after the other is taken in together.
  expect(heard).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(heard.map((it) => (it as unknown[])[0])).toEqual(["saved"]);
});

test("shows no receipts to a relay that does not know them", () => {
  kept = [{ document: documentId("d"), heads: [], receipt: new Uint8Array(32) }];
  socket().open();
  socket().says({ type: "peer", senderId: "relay", targetId: "me", selectedProtocolVersion: "1", peerMetadata: {} });
  expect(socket().sent.map((it) => it["type"])).toEqual(["join"]);
});
