// Ten people who type: ten clients on connections of their own, each a participant with a name, an
// Automerge document, an actor, a cursor that others see, and a section in the second half of the text.
//
// They type at the pace of people and write as the editor in the browser does: what was typed becomes a
// change after 300 ms, and the cursor follows it. What others wrote they take in together, once a second,
// so that ten of them leave the machine to the browser that is measured.
//
// Started by tests/bench/browser/measure.mjs with the address of the websocket and the draft's id. Says
// "ready", types from the word "go" on its standard input until "stop", then says what it did as JSON.

import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { change, decodeSyncMessage, encodeSyncMessage, generateSyncMessage, getCursor, init, initSyncState, receiveSyncMessage, splice } from "@automerge/automerge";
import { decode, encode } from "cbor-x";
import WebSocket from "ws";

import { sections } from "./draft.mjs";

const PEOPLE = 10;
/** From one key of a person to their next: 300 characters a minute, as quick typists write. */
const KEY_MS = { least: 100, most: 300 };
/** After this long what was typed becomes a change, as in the editor. */
const CHANGE_AFTER_MS = 300;
const READ_EVERY_MS = 1_000;
const WORDS = "operators of networks should publish what they find, and say who is harmed. ";

const [address, draft] = process.argv.slice(2);
const site = new URL(address);
const secret = site.searchParams.get("access");

class Typist {
  counts = { keys: 0, changes: 0, cursors: 0 };
  #documents = new Map();
  #unread = new Map();
  #typed = "";
  #pace;
  #sent = 0;

  constructor(number) {
    this.number = number;
    this.peer = `typist-${number}-${randomBytes(4).toString("hex")}`;
    this.participant = randomBytes(32).toString("base64url");
  }

  /** Joins under a name, and fetches the text. */
  async open() {
    this.socket = new WebSocket(address, { perMessageDeflate: false });
    this.socket.binaryType = "nodebuffer";
    await once(this.socket, "open");
    const greeted = new Promise((resolve) => (this.greeted = resolve));
    this.socket.on("message", (bytes) => this.#receive(decode(bytes)));
    this.#send({ type: "join", senderId: this.peer, peerMetadata: { isEphemeral: true, plenary: { version: 1, participant: this.participant, instance: this.peer } }, supportedProtocolVersions: ["1"] });
    this.relay = await greeted;
    await this.#introduce();
    await this.#follow(draft);
    this.text = String(this.#documents.get(draft).doc.text).replace("automerge:", "");
    await this.#follow(this.text);
    // Ten places in the second half of the text, so that nobody writes where the measured keys go.
    const all = sections(this.doc).filter((section) => section.text.length > 200);
    this.section = all[Math.floor(all.length * (0.5 + (0.5 * this.number) / PEOPLE))].id;
    this.reading = setInterval(() => this.#read(), READ_EVERY_MS);
    this.#showCursor();
  }

  get doc() {
    return this.#documents.get(this.text).doc;
  }

  type() {
    const next = () => {
      if (this.#typed === "") this.changing = setTimeout(() => this.#change(), CHANGE_AFTER_MS);
      this.#typed += WORDS[this.counts.keys % WORDS.length];
      this.counts.keys += 1;
      this.#pace = setTimeout(next, KEY_MS.least + Math.random() * (KEY_MS.most - KEY_MS.least));
    };
    this.#pace = setTimeout(next, Math.random() * KEY_MS.most);
  }

  close() {
    for (const timer of [this.#pace, this.changing]) clearTimeout(timer);
    clearInterval(this.reading);
    this.socket.removeAllListeners("message");
    this.socket.close();
  }

  /** Says one's name, as the form for joining does. */
  async #introduce() {
    const answer = await fetch(`http://${site.host}/api/v1/drafts/${draft}/people/me`, {
      method: "PUT",
      headers: { "Content-Type": "application/json", "Plenary-Request": "1", "Plenary-Participant": this.participant, Authorization: `Bearer ${secret}` },
      body: JSON.stringify({ name: `Typist ${this.number + 1}` }),
    });
    if (!answer.ok) throw new Error(`typist ${this.number} was not let in: ${await answer.text()}`);
  }

  /** Asks for a document and waits until it is here. */
  async #follow(id) {
    const document = { doc: init(), sync: initSyncState() };
    this.#documents.set(id, document);
    this.#answer(id, "request");
    while (document.doc.text === undefined && document.doc.sections === undefined) {
      await once(this.socket, "message", { signal: AbortSignal.timeout(60_000) });
      this.#read();
    }
  }

  #send(message) {
    this.socket.send(encode(message));
  }

  #receive(message) {
    if (message.type === "peer") this.greeted(message.senderId);
    if (message.kind === "participant") this.id = message.participant;
    if (message.type === "error") throw new Error(message.message);
    if (message.type !== "sync") return;
    const id = message.documentId;
    this.#unread.set(id, [...(this.#unread.get(id) ?? []), decodeSyncMessage(message.data)]);
  }

  /** Takes in what came: the changes of all messages, with what the last one says of the relay. */
  #read() {
    for (const [id, messages] of this.#unread) {
      const document = this.#documents.get(id);
      const together = { ...messages.at(-1), changes: messages.flatMap((one) => one.changes) };
      [document.doc, document.sync] = receiveSyncMessage(document.doc, document.sync, encodeSyncMessage(together));
      this.#answer(id, "sync");
    }
    this.#unread.clear();
  }

  #answer(id, type) {
    const document = this.#documents.get(id);
    const [sync, data] = generateSyncMessage(document.doc, document.sync);
    document.sync = sync;
    if (data !== null) this.#send({ type, documentId: id, senderId: this.peer, targetId: this.relay, data });
  }

  /** Makes a change of what was typed, before the last line break of the section. */
  #change() {
    const document = this.#documents.get(this.text);
    const typed = this.#typed;
    this.#typed = "";
    const at = this.#place();
    document.doc = change(document.doc, (doc) => splice(doc, ["sections", this.section, "text"], at, 0, typed));
    this.counts.changes += 1;
    this.#answer(this.text, "sync");
    this.#showCursor();
  }

  #place() {
    return String(this.doc.sections[this.section].text).replace(/\n+$/, "").length;
  }

  #showCursor() {
    const cursor = { section: this.section, cursor: getCursor(this.doc, ["sections", this.section, "text"], this.#place()) };
    const here = { plenary: 1, peer: this.peer, participant: this.id ?? null, type: "here", away: false, anchor: cursor, head: cursor };
    this.#send({ type: "ephemeral", documentId: this.text, senderId: this.peer, targetId: this.relay, count: (this.#sent += 1), sessionId: this.peer, data: encode(here) });
    this.counts.cursors += 1;
  }
}

const people = Array.from({ length: PEOPLE }, (_, number) => new Typist(number));
for (const typist of people) await typist.open();
let begun = 0;
createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "go" && begun === 0) {
    begun = Date.now();
    for (const typist of people) typist.type();
  }
  if (line === "stop") {
    const sum = (name) => people.reduce((all, { counts }) => all + counts[name], 0);
    console.log(JSON.stringify({ people: PEOPLE, seconds: Math.round((Date.now() - begun) / 1000), keys: sum("keys"), changes: sum("changes"), cursors: sum("cursors") }));
    for (const typist of people) typist.close();
    process.exit(0);
  }
});
console.log("ready");
