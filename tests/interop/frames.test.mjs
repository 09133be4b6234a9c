// automerge-repo's own decoder reads what Plenary writes (crates/protocol/testdata/ours).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { cbor } from "@automerge/automerge-repo";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../crates/protocol/testdata/ours");
const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));

assert.ok(index.length > 10);
for (const { name, file, expected } of index) {
  test(`automerge-repo reads our frame ${name}`, () => {
    const message = cbor.decode(new Uint8Array(readFileSync(join(folder, file))));
    assert.deepEqual(inJson(message), expected);
  });
}

/** Bytes must come out as Uint8Array and numbers as numbers; JSON shows bytes as hex. */
function inJson(message) {
  const plain = { ...message };
  for (const name of ["data", "receipt"]) {
    if (!(name in plain)) continue;
    assert.ok(plain[name] instanceof Uint8Array, `${name} is bytes`);
    plain[name] = Buffer.from(plain[name]).toString("hex");
  }
  if ("count" in plain) assert.equal(typeof plain.count, "number");
  for (const saved of Object.values(plain.newHeads ?? {})) assert.equal(typeof saved.timestamp, "number");
  return JSON.parse(JSON.stringify(plain));
}
