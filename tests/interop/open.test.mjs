// A generic automerge-repo application, which knows nothing of drafts, on a relay with `--access open`.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { splice } from "@automerge/automerge";
import { generateAutomergeUrl } from "@automerge/automerge-repo";
import { Repo as Repo1 } from "automerge-repo-1";
import { BrowserWebSocketClientAdapter as WebSocketClientAdapter1 } from "automerge-repo-network-websocket-1";

import { scratch, serve } from "./lib/plenary.mjs";
import { dial, hangUp } from "./lib/repos.mjs";
import { until } from "./lib/wait.mjs";

const cleanUp = [];

afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

/** A relay over a fresh folder, with a way to start it again on the same port. */
async function relay() {
  const home = scratch();
  cleanUp.push(home.remove);
  const here = await serve({ folder: home.path, access: "open" });
  const held = { ...here, process: here };
  cleanUp.push(() => held.process.stop());
  held.restart = async (signal) => {
    await held.process.stop(signal);
    held.process = await serve({
      folder: home.path,
      access: "open",
      port: here.port,
    });
    console.log(`restarted after ${signal}`);
  };
  console.log(`open relay at ${here.http}`);
  return held;
}

function client(url, options) {
  const made = dial(url, options);
  cleanUp.push(made.close);
  return made;
}

const same = (...handles) =>
  handles.every((handle) => JSON.stringify(handle.doc()) === JSON.stringify(handles[0].doc()));

test("a document made on one client is found and edited by others", async () => {
  const server = await relay();
  const anna = client(server.ws, { peerId: "anna" });
  const ben = client(server.ws, { peerId: "ben", storage: true });
  const a = anna.repo.create({ tasks: [], note: "" });
  const b = await until("ben finds the document", () => ben.repo.find(a.url).catch(() => null));
  for (let at = 0; at < 10; at++) {
    a.change((doc) => doc.tasks.push({ by: "anna", at, done: false }));
    b.change((doc) => doc.tasks.push({ by: "ben", at, when: new Date(at) }));
    a.change((doc) => splice(doc, ["note"], 0, 0, "a"));
    b.change((doc) => splice(doc, ["note"], 0, 0, "b"));
  }
  await until("both have everything", () => same(a, b) && a.doc().tasks.length === 20 && a.doc().note.length === 20);

  const carla = client(server.ws, { peerId: "carla" });
  const c = await carla.repo.find(a.url);
  await until("the late joiner has it", () => same(a, c));
  c.change((doc) => {
    doc.carla = { was: ["here", 3.5, null, true] };
  });
  await until("all have what the late joiner wrote", () => same(a, b, c) && a.doc().carla);
});

test("presence arrives, and an unknown document is unavailable", async () => {
  const server = await relay();
  const anna = client(server.ws, { peerId: "anna" });
  const ben = client(server.ws, { peerId: "ben" });
  const a = anna.repo.create({});
  const b = await until("ben finds the document", () => ben.repo.find(a.url).catch(() => null));
  const heard = [];
  b.on("ephemeral-message", ({ senderId, message }) => heard.push({ senderId, message }));
  await until("ben hears anna", () => {
    a.broadcast({ wave: true });
    return heard.length > 0;
  });
  assert.deepEqual(heard[0], { senderId: "anna", message: { wave: true } });
  await assert.rejects(ben.repo.find(generateAutomergeUrl()), /unavailable/i);
});

test("the relay announces what it has stored", async () => {
  const server = await relay();
  const anna = client(server.ws, { peerId: "anna" });
  let storage;
  anna.adapter.on("peer-candidate", ({ peerMetadata }) => (storage = peerMetadata.storageId));
  const a = anna.repo.create({ note: "" });
  const remote = [];
  a.on("remote-heads", ({ storageId, heads }) => remote.push({ storageId, heads }));
  await until("the relay names its store", () => storage);
  anna.repo.subscribeToRemotes([storage]);
  a.change((doc) => splice(doc, ["note"], 0, 0, "stored"));
  await until("our heads are stored", () =>
    remote.some(({ storageId, heads }) => storageId === storage && JSON.stringify(heads) === JSON.stringify(a.heads())),
  );
});

for (const signal of ["SIGTERM", "SIGKILL"]) {
  test(`documents survive a relay ended by ${signal}`, async () => {
    const server = await relay();
    const anna = client(server.ws, { peerId: "anna", storage: true });
    const a = anna.repo.create({ words: [] });
    const reader = client(server.ws, { peerId: "ben" });
    const b = await until("ben finds the document", () => reader.repo.find(a.url).catch(() => null));
    for (let at = 0; at < 20; at++) a.change((doc) => doc.words.push(at));
    await until("ben has what anna wrote", () => b.doc().words.length === 20);
    // Anna goes, so that only the relay can have it.
    anna.close();
    await server.restart(signal);

    const carla = client(server.ws, { peerId: "carla" });
    const c = await until("the document is there again", () => carla.repo.find(a.url).catch(() => null));
    await until("complete", () => c.doc().words.length === 20);

    // Ben was connected, dials again by himself, and what he wrote meanwhile arrives.
    b.change((doc) => doc.words.push("meanwhile"));
    await until("what was written during the restart arrives", () => c.doc().words.includes("meanwhile"), 40_000);
  });
}

test("a client of automerge-repo 1 takes part", async () => {
  const server = await relay();
  const anna = client(server.ws, { peerId: "anna" });
  const a = anna.repo.create({ text: "one" });
  const ben = client(server.ws, { peerId: "ben" });
  const b = await until("ben finds the document", () => ben.repo.find(a.url).catch(() => null));
  const adapter = new WebSocketClientAdapter1(server.ws, 200);
  cleanUp.push(() => hangUp(adapter));
  const repo = new Repo1({ network: [adapter], peerId: "old" });
  const old = repo.find(a.url);
  await old.whenReady();
  old.change((doc) => {
    doc.text += " two";
  });
  await until("today's client has yesterday's words", () => a.doc().text === "one two");
  a.change((doc) => splice(doc, ["text"], doc.text.length, 0, " three"));
  await until("and the other way round", () => old.docSync()?.text === "one two three" && same(a, b));
});
