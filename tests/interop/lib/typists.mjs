// Ten people who type: ten clients on connections of their own, each a participant with a name, an
// Automerge document, an actor, a cursor that others see, and a section in the second half of the text.
//
// They type at the pace of people and write as the editor in the browser does: what was typed becomes a
// change after 300 ms, and the cursor follows it.
//
// Started by tests/bench/browser/measure.mjs with the address of the websocket and the draft's id. Says
// "ready", types from the word "go" on its standard input until "stop", then says what it did as JSON.

import { createInterface } from "node:readline";

import { Peer } from "./peer.mjs";

const PEOPLE = 10;
/** From one key of a person to their next: 300 characters a minute, as quick typists write. */
const KEY_MS = { least: 100, most: 300 };
/** After this long what was typed becomes a change, as in the editor. */
const CHANGE_AFTER_MS = 300;
const WORDS = "operators of networks should publish what they find, and say who is harmed. ";

const [address, draft] = process.argv.slice(2);

class Typist {
  keys = 0;
  #typed = "";

  constructor(number) {
    this.number = number;
    this.peer = new Peer(address, draft, `Typist ${number + 1}`);
  }

  async open() {
    await this.peer.open();
    // Ten places in the second half of the text, so that nobody writes where the measured keys go.
    const all = this.peer.sections;
    this.section = all[Math.floor(all.length * (0.5 + (0.5 * this.number) / PEOPLE))].id;
    this.#showCursor();
  }

  type() {
    const next = () => {
      if (this.#typed === "") this.changing = setTimeout(() => this.#change(), CHANGE_AFTER_MS);
      this.#typed += WORDS[this.keys % WORDS.length];
      this.keys += 1;
      this.pace = setTimeout(next, KEY_MS.least + Math.random() * (KEY_MS.most - KEY_MS.least));
    };
    this.pace = setTimeout(next, Math.random() * KEY_MS.most);
  }

  close() {
    clearTimeout(this.pace);
    clearTimeout(this.changing);
    this.peer.close();
  }

  #change() {
    this.peer.edit(this.section, [[this.peer.endOf(this.section), 0, this.#typed]]);
    this.#typed = "";
    this.#showCursor();
  }

  #showCursor() {
    this.peer.showCursor(this.section, this.peer.endOf(this.section));
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
    const sum = (count) => people.reduce((all, typist) => all + count(typist), 0);
    const seconds = Math.round((Date.now() - begun) / 1000);
    console.log(
      JSON.stringify({
        people: PEOPLE,
        seconds,
        keys: sum(({ keys }) => keys),
        changes: sum(({ peer }) => peer.counts.changes),
        cursors: sum(({ peer }) => peer.counts.cursors),
      }),
    );
    for (const typist of people) typist.close();
    process.exit(0);
  }
});
console.log("ready");
