// Somebody who writes what somebody wrote once: a recorded editing history, every key of it, as the edits of
// one client, many times faster than they were made. Two keys become a change, as they do in the editor at
// the pace of people (a change after 300 ms).
//
// Started by tests/bench/browser/measure.mjs with the address of the websocket, the draft's id, the file
// with the history and how many of its edits are meant. Says what it did as JSON once the relay has it all,
// and puts a heading behind it, by which a page shows that it has everything.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { Peer } from "./peer.mjs";

const KEYS_IN_A_CHANGE = 2;
/** Changes a second; a page takes them in as they come. */
const CHANGES_A_SECOND = 250;
const [address, draft, file, count] = process.argv.slice(2);

const patches = JSON.parse(gunzipSync(readFileSync(file)))
  .txns.flatMap((transaction) => transaction.patches)
  .slice(0, Number(count));
// The history counts code points; as long as all are one UTF-16 unit long, both counts are the same.
if (patches.some(([, , inserted]) => /[\u{10000}-\u{10ffff}]/u.test(inserted)))
  throw new Error("the history holds characters of two UTF-16 units");

const peer = new Peer(address, draft, "Replay");
await peer.open();
const { id } = peer.sections[Math.floor(peer.sections.length / 2)];
const begin = peer.endOf(id);
const behind = peer.textOf(id).slice(begin);
peer.edit(id, [[begin, 0, "\n\n"]]);

const begun = Date.now();
let replayed = "";
for (let at = 0; at < patches.length; at += KEYS_IN_A_CHANGE) {
  const edits = patches.slice(at, at + KEYS_IN_A_CHANGE);
  for (const [position, deleted, inserted] of edits)
    replayed = replayed.slice(0, position) + inserted + replayed.slice(position + deleted);
  peer.edit(
    id,
    edits.map(([position, deleted, inserted]) => [begin + 2 + position, deleted, inserted]),
  );
  const due = begun + ((at / KEYS_IN_A_CHANGE) * 1000) / CHANGES_A_SECOND;
  while (Date.now() < due || peer.waiting > 100_000) await new Promise((resolve) => setTimeout(resolve, 5));
}
if (peer.textOf(id).slice(begin + 2) !== replayed + behind)
  throw new Error("the replayed text is not that of the history");
peer.edit(id, [[peer.endOf(id), 0, "\n\n## Replayed to the end"]]);
await peer.isStored();
console.log(
  JSON.stringify({
    edits: patches.length,
    changes: peer.counts.changes,
    characters: replayed.length,
    seconds: Math.round((Date.now() - begun) / 1000),
  }),
);
peer.close();
process.exit(0);
