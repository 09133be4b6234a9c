// A relay that is restored from an older backup: what pages had seen saved comes back from them, under
// its authors and once.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { openBrowser } from "./lib/browser.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";
import { startRelay } from "./lib/relay.mjs";
import { openSite } from "./lib/site.mjs";

let browser;
let folder;

before(async () => {
  [browser, folder] = await Promise.all([openBrowser(), mkdtemp(path.join(tmpdir(), "plenary-receipts-"))]);
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const plenary = (...words) => promisify(execFile)(process.env.PLENARY_BIN, words);

/** Who made how many of the text's changes, as the relay keeps it. */
async function authors(site, draft) {
  const secret = new URL(draft.links.facilitator).hash.slice(1);
  const answer = await fetch(`${site.address}/api/v1/drafts/${draft.id}/history`, {
    headers: { Authorization: `Bearer ${secret}` },
  });
  const counts = new Map();
  for (const { participant } of (await answer.json()).changes)
    counts.set(participant, (counts.get(participant) ?? 0) + 1);
  return counts;
}

/** The text's heads, in hexadecimal. */
async function headsOf(site, draft) {
  const secret = new URL(draft.links.facilitator).hash.slice(1);
  const answer = await fetch(`${site.address}/api/v1/drafts/${draft.id}/markdown`, {
    headers: { Authorization: `Bearer ${secret}` },
  });
  return answer.headers.get("plenary-heads").split(" ").sort().join(" ");
}

test("what came after the backup comes back from a page, also others' words, each under its author", async () => {
  const first = await startRelay();
  const site = await openSite(first.address);
  let second = null;
  try {
    const draft = await makeDraft(site, "Restored", "# Scope\n\nThe first word.\n\nThe last word.\n");
    const [amina, bo] = await Promise.all([somebody(browser), somebody(browser)]);
    await Promise.all([amina.join(draft.links.editor, "Amina Diallo"), bo.join(draft.links.editor, "Bo Li")]);
    await bo.typeAfter("last word", " before");
    await bo.status("saved");
    const backup = path.join(folder, "drafts.backup");
    await plenary("backup", "--data", first.data, backup);

    await bo.typeAfter("last word before", " and after");
    await amina.typeAfter("first word", ", remembered");
    await amina.sees("before and after");
    await bo.sees("remembered");
    await Promise.all([amina.status("saved"), bo.status("saved")]);
    const before = await authors(site, draft);
    // Bo never comes back, and Amina closes her laptop: only what her device keeps is left.
    await bo.close();
    const heads = await headsOf(site, draft);
    await until(
      async () => (await amina.page.evaluate(receiptsKept)).some((it) => it.sort().join(" ") === heads),
      "the device keeps a receipt for all that is saved",
    );
    await amina.page.close();
    await first.kill();

    const data = path.join(folder, "restored");
    await plenary("restore", "--data", data, backup);
    second = await startRelay(data);
    site.setRelay(second.address);
    assert.doesNotMatch(await draft.markdown(), /after|remembered/);

    const page = await amina.context.newPage();
    await page.goto(`${site.address}/d/${draft.id}`);
    await page.locator('[data-status="saved"]').waitFor();
    await until(
      async () =>
        (await draft.markdown()) === "# Scope\n\nThe first word, remembered.\n\nThe last word before and after.\n",
      "the text is whole again, and nothing is doubled",
    );
    assert.deepEqual(await authors(site, draft), before);
    await page.locator(".cm-line", { hasText: "first word" }).click();
    await page.keyboard.press("End");
    await page.keyboard.type(" Still hers.");
    await until(async () => (await draft.markdown()).includes("Still hers."), "she goes on writing");
    const now = await authors(site, draft);
    assert.deepEqual([...now.keys()].sort(), [...before.keys()].sort());
    assert.deepEqual(amina.complaints, []);
    await amina.close();
  } finally {
    await site.stop();
    await first.stop();
    await second?.stop();
  }
});

/** The heads of all receipts in the device's storage. */
function receiptsKept() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("plenary");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const heads = [];
      const asking = opening.result.transaction("chunks").objectStore("chunks").openCursor();
      asking.onerror = () => reject(asking.error);
      asking.onsuccess = () => {
        const cursor = asking.result;
        if (cursor) {
          if (cursor.key[2] === "receipts")
            heads.push(...JSON.parse(new TextDecoder().decode(cursor.value)).map((one) => one.heads));
          cursor.continue();
          return;
        }
        opening.result.close();
        resolve(heads);
      };
    };
  });
}
