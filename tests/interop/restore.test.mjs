// A stock client whose site is restored from a backup that is older than what it has written.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { splice } from "@automerge/automerge";

import { markdown, open, sections } from "./lib/draft.mjs";
import { newDraft, run, scratch, serve, syncUrl } from "./lib/plenary.mjs";
import { dial } from "./lib/repos.mjs";
import { until } from "./lib/wait.mjs";

const home = scratch();
const cleanUp = [];

after(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
  home.remove();
});

/** Types words at the beginning of the first section. */
function type(handle, words) {
  const [{ id }] = sections(handle.doc());
  handle.change((doc) => splice(doc, ["sections", id, "text"], 0, 0, words));
}

/** The changes of the text as the relay has them. */
async function history(relay, made) {
  const secret = new URL(syncUrl(made, "facilitator")).searchParams.get("access");
  const answer = await fetch(`${relay.http}/api/v1/drafts/${made.document_id}/history`, {
    headers: { Authorization: `Bearer ${secret}` },
  });
  return (await answer.json()).changes;
}

test("what a stock client still has comes back once, and nobody else becomes its author", async () => {
  const first = await serve({ folder: home.path });
  const file = join(home.path, "report.md");
  writeFileSync(file, "# Report\n\nFirst.\n");
  const made = await newDraft(first, home.path, "Report", file);
  const [sam, bo] = ["sam", "bo"].map((peerId) => dial(made.sync_url, { peerId, retry: 200 }));
  cleanUp.push(sam.close, bo.close);
  const [s, b] = [await open(sam.repo, made), await open(bo.repo, made)];
  type(s, "Early. ");
  await until("bo has it", () => markdown(b.doc()).includes("Early."));
  const backup = join(home.path, "backup");
  await run(home.path, "backup", "--data", join(home.path, "data"), backup);

  // Newer than the backup.
  type(s, "Late. ");
  await until("bo has it", () => markdown(b.doc()).includes("Late."));
  type(b, "Bo's. ");
  await until("sam has it", () => markdown(s.doc()).includes("Bo's."));
  const words = markdown(s.doc());
  const before = await history(first, made);
  const hashes = before.map(({ hash }) => hash);
  await first.stop("SIGKILL");

  const restored = join(home.path, "restored");
  await run(home.path, "restore", backup, "--data", join(restored, "data"));
  const restoredAt = Math.floor(Date.now() / 1000);
  const second = await serve({ folder: restored, port: first.port });
  cleanUp.push(() => second.stop());
  const kept = async () => (await history(second, made)).filter(({ hash }) => hashes.includes(hash));
  await until("all is back", async () => (await kept()).length === hashes.length);
  const authors = new Map(before.map(({ hash, participant }) => [hash, participant]));
  for (const { hash, participant } of await kept()) {
    // Of what a stock client brings nobody can tell whose it is; but it is nobody else's.
    assert.ok([authors.get(hash), "unknown"].includes(participant), `${hash} by ${participant}`);
  }
  assert.equal((await history(second, made)).length, hashes.length, "nothing is doubled");

  // Both go on, and a newcomer sees the same. Changes tell their time in whole seconds.
  await until("the second of the restore is over", () => Math.floor(Date.now() / 1000) > restoredAt);
  type(s, "Again. ");
  type(b, "And again. ");
  const late = dial(made.sync_url, { peerId: "late" });
  cleanUp.push(late.close);
  const l = await open(late.repo, made);
  const all = ["Again. ", "And again. "];
  await until("all have all", () =>
    [s, b, l].every((handle) => all.every((one) => markdown(handle.doc()).includes(one))),
  );
  assert.equal(markdown(s.doc()), markdown(l.doc()));
  assert.equal(markdown(b.doc()), markdown(l.doc()));
  const rest = all.reduce((text, one) => text.replace(one, ""), markdown(l.doc()));
  assert.equal(rest, words, "not a word more or less");
  const newer = (await history(second, made)).filter(({ hash }) => !hashes.includes(hash));
  assert.deepEqual(
    new Set(newer.map(({ participant }) => participant)),
    new Set([before.at(-2).participant, before.at(-1).participant]),
    "what is written from now on is its author's",
  );
});
