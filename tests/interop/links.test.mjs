// automerge-repo's own clients in a draft on a relay with links, beside `plenary sync`.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";

import { decodeHeads, documentIdToBinary, ImmutableString } from "@automerge/automerge-repo";
import { save, splice } from "@automerge/automerge";
import bs58 from "bs58";
import { decode } from "cbor-x";

import { markdown, open, sections } from "./lib/draft.mjs";
import { newDraft, run, scratch, serve, start, syncUrl } from "./lib/plenary.mjs";
import { dial } from "./lib/repos.mjs";
import { tap } from "./lib/tap.mjs";
import { Hopeless, holds, until } from "./lib/wait.mjs";

const REPORT = `# Report

An introduction that everybody will want to change.

${Array.from({ length: 6 }, (_, at) => `## Part ${at + 1}\n\n${`Sentence of part ${at + 1}. `.repeat(90)}\n`).join("\n")}`;

const home = scratch();
let relay;
const cleanUp = [];

before(async () => {
  relay = await serve({ folder: home.path });
  console.log(`relay at ${relay.http}`);
});

afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

after(async () => {
  await relay?.stop();
  home.remove();
});

/** A fresh draft of REPORT. */
async function draft() {
  const file = join(home.path, "report.md");
  writeFileSync(file, REPORT);
  const made = await newDraft(relay, home.path, "Report", file);
  console.log(`draft ${made.document_id}`);
  return made;
}

/** A client of automerge-repo, ended after the test. */
function client(url, options) {
  const made = dial(url, options);
  cleanUp.push(made.close);
  return made;
}

/** A client whose frames are kept. */
async function tapped(url, options) {
  const frames = [];
  const proxy = await tap(url, (direction, bytes) => frames.push({ direction, message: decode(bytes) }));
  const made = dial(proxy.url, options);
  cleanUp.push(made.close, proxy.close);
  return {
    ...made,
    frames,
    heard: (type) =>
      frames.filter(({ direction, message }) => direction === "server-to-client" && message.type === type),
  };
}

/** Types `words` at the end of a section's first line. */
function type(handle, section, words) {
  handle.change((doc) => {
    const text = String(doc.sections[section].text);
    const end = text.indexOf("\n");
    splice(doc, ["sections", section, "text"], end < 0 ? text.length : end, 0, words);
  });
}

test("two clients edit sections at once and converge", async () => {
  const made = await draft();
  const [anna, ben] = [
    client(made.sync_url, { peerId: "anna" }),
    client(made.sync_url, { peerId: "ben", storage: true }),
  ];
  const [a, b] = [await open(anna.repo, made), await open(ben.repo, made)];
  assert.equal(markdown(a.doc()), REPORT);
  const ids = sections(a.doc()).map(({ id }) => id);
  assert.ok(ids.length > 3, `${ids.length} sections`);

  for (let round = 0; round < 10; round++) {
    type(a, ids[0], ` a${round}`);
    type(b, ids[0], ` b${round}`);
    type(a, ids[1 + (round % (ids.length - 1))], ` (Anna ${round})`);
    type(b, ids[ids.length - 1], ` (Ben ${round})`);
  }
  await until("both have all twenty words of the title", () => {
    const title = String(a.doc().sections[ids[0]].text).split("\n")[0];
    return markdown(a.doc()) === markdown(b.doc()) && title.match(/ [ab]\d/g)?.length === 20;
  });
  assert.equal(markdown(a.doc()).match(/\(Anna \d\)/g).length, 10);
  assert.equal(markdown(a.doc()).match(/\(Ben \d\)/g).length, 10);

  // A newcomer gets the same.
  const carla = client(made.sync_url, { peerId: "carla" });
  const c = await open(carla.repo, made);
  await until("the newcomer has the text", () => markdown(c.doc()) === markdown(a.doc()));
});

test("presence arrives under a name of its sender, once", async () => {
  const made = await draft();
  const [anna, ben] = [client(made.sync_url, { peerId: "anna" }), client(made.sync_url, { peerId: "ben" })];
  const [a, b] = [await open(anna.repo, made), await open(ben.repo, made)];
  const heard = [];
  b.on("ephemeral-message", ({ senderId, message }) => heard.push({ senderId, message }));
  // Broadcast until it arrives: presence may be lost while a peer is still joining.
  let count = 0;
  await until("ben hears anna", () => {
    if (heard.length === 0) a.broadcast({ cursor: ++count });
    return heard.length > 0;
  });
  assert.notEqual(heard[0].senderId, "anna", "by its peer id the relay knows her");
  a.broadcast({ last: true });
  await until("ben hears the last one", () => heard.some(({ message }) => message.last));
  assert.equal(new Set(heard.map(({ senderId }) => senderId)).size, 1);
  await holds(
    "each is heard once",
    () => new Set(heard.map(({ message }) => JSON.stringify(message))).size === heard.length,
    500,
  );
});

test("the relay announces what it has stored", async () => {
  const made = await draft();
  const anna = await tapped(made.sync_url, { peerId: "anna" });
  const a = await open(anna.repo, made);
  const { peerMetadata } = anna.heard("peer")[0].message;
  assert.equal(typeof peerMetadata.storageId, "string");

  const remote = [];
  a.on("remote-heads", ({ storageId, heads }) => remote.push({ storageId, heads }));
  anna.repo.subscribeToRemotes([peerMetadata.storageId]);
  type(a, sections(a.doc())[0].id, " stored");
  const stored = (heads) => JSON.stringify(heads) === JSON.stringify(a.heads());
  await until("the message says that our heads are stored", () =>
    anna
      .heard("remote-heads-changed")
      .some(
        ({ message }) =>
          `automerge:${message.documentId}` === a.url && stored(message.newHeads[peerMetadata.storageId]?.heads),
      ),
  );
  await until("the handle knows it", () =>
    remote.some(({ storageId, heads }) => storageId === peerMetadata.storageId && stored(heads)),
  );
  assert.equal(decodeHeads(a.heads()).length, 1);
});

test("the relay asks nobody to keep a sync state for it", async () => {
  const made = await draft();
  const anna = await tapped(made.sync_url, { peerId: "anna" });
  await until("the relay greets", () => anna.heard("peer").length > 0);
  const { selectedProtocolVersion, peerMetadata } = anna.heard("peer")[0].message;
  assert.equal(selectedProtocolVersion, "1");
  assert.equal(peerMetadata.isEphemeral, true);
});

test("`plenary sync` takes part", async () => {
  const made = await draft();
  const file = join(home.path, "synced.md");
  await run(home.path, "sync", made.sync_url, file, "--once");
  assert.equal(readFileSync(file, "utf8"), REPORT);
  const sync = start(home.path, "sync", made.sync_url, file);
  cleanUp.push(() => sync.stop("SIGINT"));

  const [anna, ben] = [
    client(made.sync_url, { peerId: "anna" }),
    client(made.sync_url, { peerId: "ben", storage: true }),
  ];
  const [a, b] = [await open(anna.repo, made), await open(ben.repo, made)];
  const read = () => {
    if (sync.end) throw new Hopeless(sync.said());
    return readFileSync(file, "utf8");
  };
  const ids = sections(a.doc()).map(({ id }) => id);
  type(a, ids[0], " by Anna");
  await until("the file has what Anna typed", () => read().startsWith("# Report by Anna\n"));

  writeFileSync(file, read().replace("everybody", "nobody"));
  await until("Anna has what was saved", () => markdown(a.doc()).includes("nobody will want"));

  // As editors save: a new file moved over the old one, while Anna goes on typing.
  writeFileSync(`${file}.new`, read().replace("## Part 6", "## The last part"));
  renameSync(`${file}.new`, file);
  type(a, ids[1], " (and Anna)");
  type(b, ids[1], " (and Ben)");
  await until(
    "all three have everything",
    () =>
      markdown(a.doc()) === read() &&
      markdown(b.doc()) === read() &&
      ["## The last part", "(and Anna)", "(and Ben)"].every((words) => read().includes(words)),
  );
});

test("a viewer's link syncs nothing", async () => {
  const made = await draft();
  const vera = await tapped(syncUrl(made, "viewer"), { peerId: "vera" });
  await assert.rejects(vera.repo.find(`automerge:${made.document_id}`), /unavailable/i);
  await until("the relay says doc-unavailable", () => vera.heard("doc-unavailable").length > 0);
  assert.equal(vera.heard("doc-unavailable")[0].message.documentId, made.document_id);
  // The text's own id, learnt elsewhere, opens nothing either.
  const editor = client(made.sync_url, { peerId: "anna" });
  const text = await open(editor.repo, made);
  await assert.rejects(vera.repo.find(text.url), /unavailable/i);
  await holds("nothing is synced", () => vera.heard("sync").length === 0, 500);
});

test("a reviewer reads the text, may not write it, and writes the discussion", async () => {
  const made = await draft();
  const anna = client(made.sync_url, { peerId: "anna" });
  const rita = await tapped(syncUrl(made, "reviewer"), { peerId: "rita" });
  const [a, r] = [await open(anna.repo, made), await open(rita.repo, made)];
  assert.equal(markdown(r.doc()), REPORT);
  const ids = sections(a.doc()).map(({ id }) => id);

  type(r, ids[0], " FORBIDDEN");
  await until("the reviewer is told", () => rita.heard("error").length > 0);
  console.log(`told: ${rita.heard("error")[0].message.message}`);
  type(a, ids[0], " allowed");
  await until("the reviewer still hears the editor", () => markdown(r.doc()).includes(" allowed"));
  await holds("the editor never sees it", () => !markdown(a.doc()).includes("FORBIDDEN"));

  const [talk, heard] = [await open(rita.repo, made, "discussion"), await open(anna.repo, made, "discussion")];
  talk.change((doc) => {
    doc.comments ??= {};
    // An entry says whose it is; the relay refuses a name that is not the author's.
    const participant = new ImmutableString(participantOf(made.document_id, "rita"));
    doc.comments["3vQB7B6MrGQZaxCuFg4oh"] = {
      participant,
      body: "Is this so?",
    };
  });
  await until(
    "the editor has the comment",
    () => String(heard.doc().comments?.["3vQB7B6MrGQZaxCuFg4oh"]?.body) === "Is this so?",
  );
  assert.equal(String(talk.doc().comments["3vQB7B6MrGQZaxCuFg4oh"].body), "Is this so?");

  const late = client(made.sync_url, { peerId: "late" });
  const l = await open(late.repo, made);
  assert.ok(!markdown(l.doc()).includes("FORBIDDEN"));
});

test("a viewer with history edits anyway: no flood, plain words, and a reload that is in step", async () => {
  const made = await draft();
  const secret = new URL(syncUrl(made, "facilitator")).searchParams.get("access");
  const answer = await fetch(`${relay.http}/api/v1/drafts/${made.document_id}/links`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${secret}`,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ role: "viewer", history: true }),
  });
  const link = new URL((await answer.json()).url);
  const url = new URL(syncUrl(made, "viewer"));
  url.searchParams.set("access", link.hash.slice(1));
  const anna = client(made.sync_url, { peerId: "anna" });
  const vera = await tapped(url.href, { peerId: "vera" });
  const [a, v] = [await open(anna.repo, made), await open(vera.repo, made)];
  const ids = sections(a.doc()).map(({ id }) => id);

  for (let at = 0; at < 20; at += 1) type(v, ids[0], ` FORBIDDEN${at}`);
  await until("the viewer is told", () => vera.heard("error").length > 0);
  console.log(`told: ${vera.heard("error")[0].message.message}`);
  type(a, ids[0], " allowed");
  await until("the viewer still hears the editor", () => markdown(v.doc()).includes(" allowed"));
  // Once told, it is quiet: 20 edits are a few dozen frames, and then there are none.
  const before = vera.frames.length;
  assert.ok(before < 200, `${before} frames`);
  await holds("nobody talks on", () => vera.frames.length - before < 10, 1_500);
  await holds("the editor never sees it", () => !markdown(a.doc()).includes("FORBIDDEN"));

  await vera.close();
  const again = client(url.href, { peerId: "vera again" });
  const fresh = await open(again.repo, made);
  await until("the reload is in step", () => markdown(fresh.doc()) === markdown(a.doc()));
  type(a, ids[0], " and more");
  await until("and stays so", () => markdown(fresh.doc()).includes(" and more"));
});

test("who wrote before and only reads by now edits anyway: no flood, plain words, and nothing is told", async () => {
  const made = await draft();
  const editor = client(made.sync_url, { peerId: "vera" });
  const before = await open(editor.repo, made);
  const ids = sections(before.doc()).map(({ id }) => id);
  type(before, ids[0], " allowed");
  const late = client(made.sync_url, { peerId: "anna" });
  const a = await open(late.repo, made);
  await until("it has arrived", () => markdown(a.doc()).includes(" allowed"));
  await editor.close();

  // The same client with what it had, by a link that only reads, as after a reload with storage.
  const vera = await tapped(syncUrl(made, "viewer"), { peerId: "vera" });
  const v = vera.repo.import(save(before.doc()), { docId: before.documentId });
  for (let at = 0; at < 20; at += 1) type(v, ids[0], ` FORBIDDEN${at}`);
  await until("she is told", () => vera.heard("error").length > 0);
  assert.match(vera.heard("error")[0].message.message, /only where you wrote it/);
  for (let at = 20; at < 40; at += 1) type(v, ids[0], ` FORBIDDEN${at}`);
  const frames = vera.frames.length;
  assert.ok(frames < 200, `${frames} frames`);
  await holds("nobody talks on", () => vera.frames.length - frames < 10, 1_500);
  assert.equal(vera.heard("sync").length, 0, "nothing of the text is told");
  await holds("the editor never sees it", () => !markdown(a.doc()).includes("FORBIDDEN"));
});

test("a wrong secret opens nothing and does not crash the client", async () => {
  const made = await draft();
  const url = new URL(made.sync_url);
  url.searchParams.set("access", "wrong");
  const mallory = await tapped(url.href, { peerId: "mallory", retry: 1_000 });
  await until("the relay says why", () => mallory.heard("error").length > 0);
  assert.match(mallory.heard("error")[0].message.message, /link/i);
  assert.equal(mallory.heard("peer").length, 0);
});

/** Who a client without storage is in a draft: docs/protocol.md, "What is ours". */
function participantOf(draft, peerId) {
  const hash = createHash("sha256").update("peer-id-1\0").update(documentIdToBinary(draft)).update(peerId).digest();
  return bs58.encode(hash.subarray(0, 16));
}
