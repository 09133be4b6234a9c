// A device that keeps nothing: its storage is full, refused, or cleared while the draft is open. It is
// said, and nothing is lost while the page is open.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const SOURCE = "# Scope\n\nThe group agreed.\n";
const house = openHouse();

/** Cuts the connection for as long as `run` takes. */
async function offline(people, run) {
  house.site.cut();
  try {
    await Promise.all(
      people.map((one) => one.page.locator('[data-status="reconnecting"], [data-status="unsaved"]').waitFor()),
    );
    await run();
  } finally {
    house.site.restore();
  }
}

test("storage that is full is said while something waits, and filled again when there is room", async () => {
  const draft = await makeDraft(house.site, "Full", SOURCE);
  const bo = await somebody(house.browser);
  // The editor's own files are there before the room is gone.
  await bo.page.goto(house.site.address);
  await bo.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const debug = await bo.context.newCDPSession(bo.page);
  const quota = (bytes) =>
    debug.send("Storage.overrideQuotaForOrigin", {
      origin: house.site.address,
      ...(bytes === null ? {} : { quotaSize: bytes }),
    });
  // Before anything is stored: Chromium remembers for half a minute how much room it saw.
  await quota(1);
  await bo.join(draft.links.editor);
  await bo.status("saved");
  await bo.typeAfter("agreed", " in Geneva");
  // While the relay has everything, the page says only that there is no copy here.
  await bo.page
    .locator(".no-copy")
    .getByText("This device’s storage is full. What you write goes to the server")
    .waitFor();
  await bo.status("saved");
  await offline([bo], async () => {
    await bo.typeAfter("in Geneva", ", at night");
    await bo.status("unsaved");
    await bo.page
      .locator("[data-status]")
      .getByText(/Keep this page open: \d+ changes? (?:is|are) nowhere else/)
      .waitFor();
    await bo.look("storage-full");
    await quota(null);
    await bo.status("reconnecting");
    await bo.page
      .locator("[data-status]")
      .getByText(/Saved on this device, \d+ changes? waiting/)
      .waitFor();
    // What is on the device now is all of it.
    await bo.page.reload();
    await bo.sees("in Geneva, at night");
  });
  await until(async () => (await draft.markdown()).includes("in Geneva, at night"), "what waited arrives");
  await bo.status("saved");
  assert.deepEqual(bo.complaints, []);
  await bo.close();
});

const REFUSALS = {
  "has no storage at all": () => Object.defineProperty(globalThis, "indexedDB", { value: undefined }),
  "refuses to open the storage": () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
  },
  "lets nothing be written": () => {
    // As when the disk fails: every write is taken back when it is to be kept.
    IDBTransaction.prototype.commit = function () {
      this.abort();
    };
  },
  "answers nothing when asked to open": () => {
    IDBFactory.prototype.open = () => new EventTarget();
  },
};

for (const [what, refuse] of Object.entries(REFUSALS)) {
  test(`a browser that ${what}: said, and what is typed offline arrives as long as the page is open`, async () => {
    const draft = await makeDraft(house.site, "Private", SOURCE);
    const bo = await somebody(house.browser);
    await bo.context.addInitScript(refuse);
    await bo.join(draft.links.editor);
    await bo.status("saved");
    await bo.typeAfter("agreed", " in private");
    await until(async () => (await draft.markdown()).includes("in private"), "words reach the relay");
    await bo.page.locator(".no-copy").getByText("What you write goes to the server and is not kept here").waitFor();
    await offline([bo], async () => {
      await bo.typeAfter("in private", ", offline");
      await bo.status("unsaved");
      await bo.page.getByRole("button", { name: "Download a copy" }).waitFor();
    });
    await until(async () => (await draft.markdown()).includes("in private, offline"), "what waited arrives");
    await bo.status("saved");
    assert.deepEqual(bo.complaints, []);
    await bo.close();
  });
}

test("data that is cleared while the draft is open: words go on to the relay, and are kept here again", async () => {
  const draft = await makeDraft(house.site, "Cleared", SOURCE);
  const bo = await somebody(house.browser);
  await bo.join(draft.links.editor);
  await bo.typeAfter("agreed", " first");
  await bo.status("saved");
  const debug = await bo.context.newCDPSession(bo.page);
  await debug.send("Storage.clearDataForOrigin", {
    origin: house.site.address,
    storageTypes: "all",
  });
  await bo.typeAfter("agreed first", ", then again");
  await until(async () => (await draft.markdown()).includes("first, then again"), "words reach the relay");
  await bo.status("saved");
  // Also after a new connection, for which the cookie was needed that is gone.
  await offline([bo], async () => {
    await bo.typeAfter("then again", " and again");
    await bo.page
      .locator("[data-status]")
      .getByText(/Saved on this device, \d+ changes? waiting/)
      .waitFor();
  });
  await until(async () => (await draft.markdown()).includes("then again and again"), "what waited arrives");
  await bo.status("saved");
  await bo.page.reload();
  await bo.sees("first, then again and again");
  await bo.status("saved");
  assert.deepEqual(bo.complaints, []);
  await bo.close();
});
