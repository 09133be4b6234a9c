// Ten people who type: one automerge-repo client of its own, which writes in ten sections in turn, as fast
// as ten people do together. One program instead of ten leaves the machine to the browser that is measured.
//
// Started by tests/bench/browser/measure.mjs with the address of the websocket and the draft's id. Says "ready", types from the
// word "go" on its standard input until "stop", and says how many characters it typed.

import { createInterface } from "node:readline";

import { splice } from "@automerge/automerge";

import { open, sections } from "./draft.mjs";
import { dial } from "./repos.mjs";

const PEOPLE = 10;
/** Characters a minute of a quick typist: 300. */
const EVERY_MS = 200 / PEOPLE;
const WORDS = "operators of networks should publish what they find, and say who is harmed. ";

const [address, draft] = process.argv.slice(2);
const { repo, close } = dial(address, { peerId: "typists" });
const text = await open(repo, { document_id: draft });

// Ten places in the second half of the text, so that nobody writes where the measured keys go.
const all = sections(text.doc()).filter((section) => section.text.length > 200);
const places = Array.from({ length: PEOPLE }, (_, at) => all[Math.floor(all.length * (0.5 + (0.5 * at) / PEOPLE))].id);
let typed = 0;
let timer;

function type() {
  const id = places[typed % PEOPLE];
  const character = WORDS[Math.floor(typed / PEOPLE) % WORDS.length];
  text.change((doc) => {
    // Before the last line break of the section, where a person's cursor would be.
    const at = Math.max(0, String(doc.sections[id].text).trimEnd().length);
    splice(doc, ["sections", id, "text"], at, 0, character);
  });
  typed += 1;
}

createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "go") timer ??= setInterval(type, EVERY_MS);
  if (line === "stop") {
    clearInterval(timer);
    console.log(`typed ${typed}`);
    close();
    process.exit(0);
  }
});
console.log("ready");
