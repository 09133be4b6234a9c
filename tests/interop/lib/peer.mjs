// A light client of a draft: a connection, a name and an Automerge document, without a Repo around them. What
// others write it takes in together, once a second, so that many of them leave the machine to what is measured.

import { randomBytes } from "node:crypto";
import { once } from "node:events";

import {
  change,
  decodeSyncMessage,
  encodeSyncMessage,
  generateSyncMessage,
  getCursor,
  getHeads,
  init,
  initSyncState,
  receiveSyncMessage,
  splice,
} from "@automerge/automerge";
import { decode, encode } from "cbor-x";
import WebSocket from "ws";

import { sections } from "./draft.mjs";

const READ_EVERY_MS = 1_000;

export class Peer {
  /** How many changes it made, and how often it said where its cursor is. */
  counts = { changes: 0, cursors: 0 };
  #documents = new Map();
  #unread = new Map();
  #sent = 0;
  /** What the relay said last that it has of the text. */
  #heads = [];

  /** `address` of the websocket, with the link's secret as its `access`; `draft` is the record's id. */
  constructor(address, draft, name) {
    this.site = new URL(address);
    this.draft = draft;
    this.name = name;
    this.peer = `${name.toLowerCase().replaceAll(" ", "-")}-${randomBytes(4).toString("hex")}`;
    this.participant = randomBytes(32).toString("base64url");
  }

  /** Joins under its name, and fetches the text. */
  async open() {
    this.socket = new WebSocket(this.site, { perMessageDeflate: false });
    this.socket.binaryType = "nodebuffer";
    await once(this.socket, "open");
    const greeted = new Promise((resolve) => (this.greeted = resolve));
    this.socket.on("message", (bytes) => this.#receive(decode(bytes)));
    this.#send({
      type: "join",
      senderId: this.peer,
      peerMetadata: {
        isEphemeral: true,
        plenary: {
          version: 1,
          participant: this.participant,
          instance: this.peer,
        },
      },
      supportedProtocolVersions: ["1"],
    });
    this.relay = await greeted;
    await this.#introduce();
    await this.#follow(this.draft);
    this.text = String(this.#documents.get(this.draft).doc.text).replace("automerge:", "");
    await this.#follow(this.text);
    this.reading = setInterval(() => this.#read(), READ_EVERY_MS);
  }

  /** The text's document. */
  get doc() {
    return this.#documents.get(this.text).doc;
  }

  /** Sections with more than a few words, in reading order. */
  get sections() {
    return sections(this.doc).filter((section) => section.text.length > 200);
  }

  textOf(section) {
    return String(this.doc.sections[section].text);
  }

  /** The end of what a section says: before its last line breaks. UTF-16 units. */
  endOf(section) {
    return this.textOf(section).replace(/\n+$/, "").length;
  }

  /** Makes one change of edits `[position, deleted, inserted]` of a section's text, in UTF-16 units. */
  edit(section, edits) {
    const document = this.#documents.get(this.text);
    document.doc = change(document.doc, (doc) => {
      for (const [at, deleted, inserted] of edits) splice(doc, ["sections", section, "text"], at, deleted, inserted);
    });
    this.counts.changes += 1;
    this.#answer(this.text, "sync");
  }

  /** Says that the cursor stands before a character of a section. */
  showCursor(section, at) {
    const cursor = {
      section,
      cursor: getCursor(this.doc, ["sections", section, "text"], at),
    };
    const here = {
      plenary: 1,
      peer: this.peer,
      participant: this.id ?? null,
      type: "here",
      away: false,
      anchor: cursor,
      head: cursor,
    };
    this.#send({
      type: "ephemeral",
      documentId: this.text,
      senderId: this.peer,
      targetId: this.relay,
      count: (this.#sent += 1),
      sessionId: this.peer,
      data: encode(here),
    });
    this.counts.cursors += 1;
  }

  /** Resolves when the relay has said that it has everything. */
  async isStored() {
    const has = () => getHeads(this.doc).every((head) => this.#heads.includes(head));
    while (!has())
      await once(this.socket, "message", {
        signal: AbortSignal.timeout(120_000),
      });
  }

  /** How many bytes wait for the socket. */
  get waiting() {
    return this.socket.bufferedAmount;
  }

  close() {
    clearInterval(this.reading);
    this.socket.removeAllListeners("message");
    this.socket.close();
  }

  /** Says the name, as the form for joining does. */
  async #introduce() {
    const answer = await fetch(`http://${this.site.host}/api/v1/drafts/${this.draft}/people/me`, {
      method: "PUT",
      headers: {
        "Content-Type": "application/json",
        "Plenary-Participant": this.participant,
        Authorization: `Bearer ${this.site.searchParams.get("access")}`,
      },
      body: JSON.stringify({ name: this.name }),
    });
    if (!answer.ok) throw new Error(`${this.name} was not let in: ${await answer.text()}`);
  }

  /** Asks for a document and waits until it is here. */
  async #follow(id) {
    const document = { doc: init(), sync: initSyncState() };
    this.#documents.set(id, document);
    this.#answer(id, "request");
    while (document.doc.text === undefined && document.doc.sections === undefined) {
      await once(this.socket, "message", {
        signal: AbortSignal.timeout(60_000),
      });
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
    if (!this.#unread.has(id)) this.#unread.set(id, []);
    const said = decodeSyncMessage(message.data);
    this.#unread.get(id).push(said);
    if (id === this.text) this.#heads = said.heads;
  }

  /** Takes in what came: the changes of all messages, with what the last one says of the relay. */
  #read() {
    for (const [id, messages] of this.#unread) {
      const document = this.#documents.get(id);
      const together = {
        ...messages.at(-1),
        changes: messages.flatMap((one) => one.changes),
      };
      [document.doc, document.sync] = receiveSyncMessage(document.doc, document.sync, encodeSyncMessage(together));
      this.#answer(id, "sync");
    }
    this.#unread.clear();
  }

  #answer(id, type) {
    const document = this.#documents.get(id);
    const [sync, data] = generateSyncMessage(document.doc, document.sync);
    document.sync = sync;
    if (data !== null)
      this.#send({
        type,
        documentId: id,
        senderId: this.peer,
        targetId: this.relay,
        data,
      });
  }
}
