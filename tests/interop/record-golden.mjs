// Records frames of automerge-repo's own websocket client and server into
// crates/protocol/testdata/golden, with what they mean as JSON beside them.
//
//   npm ci && node record-golden.mjs
//
// Ids and times are drawn anew at each run, so a second recording differs in bytes and not in kind.
// Frames that no JavaScript peer sends today, but which are legal, are composed here and say so.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { decodeSyncMessage, splice } from "@automerge/automerge";
import { Repo, generateAutomergeUrl } from "@automerge/automerge-repo";
import { WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket";
import { Repo as Repo1 } from "automerge-repo-1";
import { BrowserWebSocketClientAdapter as WebSocketClientAdapter1 } from "automerge-repo-network-websocket-1";
import { Encoder, decode } from "cbor-x";
import { WebSocket, WebSocketServer } from "ws";

import { MemoryStorage, dial, hangUp } from "./lib/repos.mjs";
import { tap } from "./lib/tap.mjs";
import { until } from "./lib/wait.mjs";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../crates/protocol/testdata/golden");

/** What a frame means, in JSON: bytes as hex, absent and undefined fields left out. */
function meaning(bytes) {
  const message = decode(bytes);
  const plain = (_, value) => (typeof value === "bigint" ? String(value) : value);
  const expected = JSON.parse(JSON.stringify({ ...message, data: undefined }, plain));
  if (message.data) {
    expected.data = Buffer.from(message.data).toString("hex");
    if (message.type === "sync" || message.type === "request") expected.sync = syncMeaning(message.data);
  }
  return expected;
}

/** What the Automerge message inside says, for tests of whoever parses it. */
function syncMeaning(data) {
  const { heads, need, have, changes } = decodeSyncMessage(new Uint8Array(data));
  return {
    version: data[0] === 0x43 ? 2 : 1,
    heads,
    need,
    have: have.map(({ lastSync, bloom }) => ({
      lastSync,
      bloomBytes: bloom.length,
    })),
    changes: changes.length,
    changeBytes: changes.reduce((sum, change) => sum + change.length, 0),
  };
}

const golden = [];

/** Keeps the first frame of each kind in each direction, and every sync message of a session. */
class Recorder {
  constructor(client) {
    this.client = client;
    this.seen = new Map();
    this.frames = [];
  }

  take(direction, bytes) {
    const message = decode(bytes);
    this.frames.push({ direction, message });
    const kind = `${message.type} ${direction}`;
    const count = (this.seen.get(kind) ?? 0) + 1;
    this.seen.set(kind, count);
    const kept = message.type === "sync" ? 6 : 2;
    if (count > kept) return;
    const name = `${this.client}-${message.type}-${direction}-${count}`;
    keep(name, direction, `recorded from ${this.client}`, bytes);
  }

  has(type, direction, count = 1) {
    return (this.seen.get(`${type} ${direction}`) ?? 0) >= count;
  }
}

function keep(name, direction, origin, bytes) {
  golden.push({
    name,
    file: `${name}.cbor`,
    direction,
    origin,
    expected: meaning(bytes),
  });
  writeFileSync(join(folder, `${name}.cbor`), bytes);
}

async function startServer() {
  const socket = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await until("the server listens", () => socket.address());
  const repo = new Repo({
    network: [new WebSocketServerAdapter(socket)],
    storage: new MemoryStorage(),
    peerId: "golden-server",
    sharePolicy: async () => false,
    enableRemoteHeadsGossiping: true,
  });
  return { repo, socket, url: `ws://127.0.0.1:${socket.address().port}` };
}

/** Two clients of today: one with storage, one without. */
async function recordToday(server) {
  const anna = new Recorder("automerge-repo-2.5.6-with-storage");
  const ben = new Recorder("automerge-repo-2.5.6-without-storage");
  const taps = [await tap(server.url, anna.take.bind(anna)), await tap(server.url, ben.take.bind(ben))];
  const a = dial(taps[0].url, { peerId: "anna", storage: true });
  const b = dial(taps[1].url, { peerId: "ben" });

  const handle = a.repo.create({ title: "Report", text: "" });
  await until("anna's document is stored", () => anna.has("sync", "server-to-client"));
  const found = await b.repo.find(handle.url);
  await until("ben has anna's text", () => found.doc()?.title === "Report");
  for (const [by, word] of [
    [handle, "Good "],
    [found, "practice "],
    [handle, "for "],
    [found, "all"],
  ]) {
    by.change((doc) => splice(doc, ["text"], doc.text.length, 0, word));
  }
  await until("both have all words", () => handle.doc().text === found.doc().text && handle.doc().text.length === 21);

  found.on("ephemeral-message", () => {});
  handle.broadcast({ cursor: 3, name: "Anna" });
  await until("presence reaches ben", () => ben.has("ephemeral", "server-to-client"));
  await until("ben echoes it", () => ben.has("ephemeral", "client-to-server"));

  const serverStorage = await server.repo.storageId();
  const annaStorage = await a.repo.storageId();
  b.repo.subscribeToRemotes([serverStorage, annaStorage]);
  await until("ben subscribes", () => ben.has("remote-subscription-change", "client-to-server"));
  handle.change((doc) => splice(doc, ["text"], 0, 0, "!"));
  await until("ben learns what anna saved", () => ben.has("remote-heads-changed", "server-to-client"));
  // A client tells what it knows to be saved when it dials again.
  a.adapter.socket.close();
  await until("anna tells what is saved", () => anna.has("remote-heads-changed", "client-to-server"));

  await b.repo.find(generateAutomergeUrl()).catch(() => {});
  await until("ben is told of an unknown document", () => ben.has("doc-unavailable", "server-to-client"));
  await until("the server asks back or ben answers", () => ben.has("request", "client-to-server"));

  for (const client of [a, b]) client.close();
  for (const proxy of taps) proxy.close();
  return handle.url;
}

/** A client of automerge-repo 1 with an Automerge that knows no flags in sync messages. */
async function recordYesterday(server, url) {
  const carla = new Recorder("automerge-repo-1.2.1");
  const proxy = await tap(server.url, carla.take.bind(carla));
  const adapter = new WebSocketClientAdapter1(proxy.url, 200);
  const repo = new Repo1({ network: [adapter], peerId: "carla" });
  const handle = repo.find(url);
  await handle.whenReady();
  const before = carla.frames.filter(({ message }) => message.type === "sync").length;
  handle.change((doc) => {
    doc.text += "?";
  });
  await until(
    "the change of yesterday's client arrives",
    () => carla.frames.filter(({ message }) => message.type === "sync").length > before + 1,
  );
  handle.broadcast({ cursor: 1 });
  await until("its presence leaves", () => carla.has("ephemeral", "client-to-server"));
  hangUp(adapter);
  proxy.close();
}

/** What the server answers to a version that nobody speaks. */
async function recordRefusal(server) {
  const socket = new WebSocket(server.url);
  await new Promise((resolve) => socket.once("open", resolve));
  const encoder = new Encoder({ tagUint8Array: false, useRecords: false });
  const join = encoder.encode({
    type: "join",
    senderId: "dora",
    peerMetadata: {},
    supportedProtocolVersions: ["0", "99"],
  });
  keep("join-of-unknown-versions", "client-to-server", "composed with cbor-x", join);
  const answer = new Promise((resolve) => socket.once("message", resolve));
  socket.send(join);
  keep("automerge-repo-2.5.6-error", "server-to-client", "recorded from automerge-repo 2.5.6", await answer);
  socket.terminate();
}

/** Legal forms that the JavaScript peers do not send today. */
function compose() {
  const document = generateAutomergeUrl().slice("automerge:".length);
  const envelope = { senderId: "emma", targetId: "golden-server" };
  const data = Uint8Array.from([0x42, 0, 0, 0, 0]);
  const plain = new Encoder({ tagUint8Array: false, useRecords: false });
  const small = new Encoder({
    tagUint8Array: false,
    useRecords: false,
    variableMapSize: true,
  });
  const tagged = new Encoder({ tagUint8Array: true, useRecords: false });
  const add = (name, direction, bytes) => keep(name, direction, "composed with cbor-x", bytes);
  const [up, down] = ["client-to-server", "server-to-client"];

  add("leave", up, plain.encode({ type: "leave", senderId: "emma" }));
  add("join-without-versions", up, plain.encode({ type: "join", senderId: "emma", peerMetadata: {} }));
  add(
    "join-with-undefined-and-null",
    up,
    plain.encode({
      type: "join",
      senderId: "emma",
      peerMetadata: { storageId: undefined, isEphemeral: null },
      supportedProtocolVersions: ["1"],
    }),
  );
  add(
    "join-with-plenary",
    up,
    plain.encode({
      type: "join",
      senderId: "emma",
      supportedProtocolVersions: ["1"],
      peerMetadata: {
        isEphemeral: true,
        plenary: {
          version: 1,
          participant: "secret of emma",
          instance: "third tab",
        },
      },
    }),
  );
  add("sync-with-tagged-bytes", up, tagged.encode({ type: "sync", ...envelope, documentId: document, data }));
  add("sync-with-small-header", up, small.encode({ type: "sync", ...envelope, documentId: document, data }));
  add(
    "sync-with-unknown-keys",
    up,
    plain.encode({
      future: { deep: [1, [2, { three: new Date(0) }]], big: 2n ** 70n },
      type: "sync",
      ...envelope,
      documentId: document,
      data,
    }),
  );
  add(
    "ephemeral-with-float-count",
    up,
    Buffer.concat([
      Buffer.from([0xbf]), // a map of indefinite length
      ...Object.entries({
        type: "ephemeral",
        ...envelope,
        documentId: document,
        sessionId: "s1",
        data,
      }).flatMap((entry) => entry.map((x) => plain.encode(x))),
      plain.encode("count"),
      Buffer.from([0xfb, 0x40, 0x45, 0, 0, 0, 0, 0, 0]), // 42 as a double
      Buffer.from([0xff]),
    ]),
  );
  add(
    "subscription-with-undefined",
    up,
    plain.encode({
      type: "remote-subscription-change",
      ...envelope,
      add: ["store"],
      remove: undefined,
    }),
  );
  add(
    "subscription-ends",
    up,
    plain.encode({
      type: "remote-subscription-change",
      ...envelope,
      remove: ["store", "other"],
    }),
  );
  add(
    "doc-unavailable",
    up,
    plain.encode({
      type: "doc-unavailable",
      ...envelope,
      documentId: document,
    }),
  );
  add("unknown-type", up, plain.encode({ type: "from-the-future", ...envelope, payload: [1, 2, 3] }));
  add(
    "plenary-notice",
    down,
    plain.encode({
      type: "plenary",
      senderId: "golden-server",
      targetId: "emma",
      kind: "notice",
      message: "The draft closes at 18:00 UTC.",
    }),
  );
  add(
    "plenary-of-unknown-kind",
    down,
    plain.encode({
      type: "plenary",
      senderId: "golden-server",
      targetId: "emma",
      kind: "confetti",
      colour: "red",
    }),
  );
}

mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) rmSync(join(folder, file));
const server = await startServer();
const url = await recordToday(server);
await recordYesterday(server, url);
await recordRefusal(server);
compose();
golden.sort((a, b) => (a.name < b.name ? -1 : 1));
writeFileSync(join(folder, "index.json"), `${JSON.stringify(golden, null, 2)}\n`);
console.log(`${golden.length} frames in ${folder}`);
process.exit(0);
