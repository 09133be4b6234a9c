// A tab that the browser puts to sleep, and a page that is too old for its relay.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { dialNow, makeDraft, somebody, until } from "./lib/people.mjs";

const SOURCE = "# Scope\n\nThe group agreed.\n\nThe chair noted it.\n";
const house = openHouse();

test("a tab that was put to sleep mid-sentence keeps its words, and wakes up in step", async () => {
  const draft = await makeDraft(house.site, "Asleep", SOURCE);
  const [bo, amina] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
  await Promise.all([bo.join(draft.links.editor), amina.join(draft.links.editor)]);
  await bo.status("saved");
  const debug = await bo.context.newCDPSession(bo.page);
  await bo.typeAfter("agreed", " before it slept");
  await debug.send("Page.setWebLifecycleState", { state: "frozen" });
  // Its last connection ends while it sleeps, as it does when a network goes.
  await amina.typeAfter("noted it", " meanwhile");
  await until(async () => (await draft.markdown()).includes("meanwhile"), "others go on");
  house.site.cut();
  house.site.restore();
  await debug.send("Page.setWebLifecycleState", { state: "active" });
  await bo.sees("noted it meanwhile");
  await bo.status("saved");
  await until(async () => (await draft.markdown()).includes("agreed before it slept"), "its own words arrive");
  await bo.typeAfter("before it slept", " and after");
  await amina.sees("before it slept and after");
  assert.deepEqual([...bo.complaints, ...amina.complaints], []);
  await Promise.all([bo.close(), amina.close()]);
});

test("a page that is too old for its relay is told, keeps its edits, and comes back with the newest editor", async () => {
  const draft = await makeDraft(house.site, "Too old", SOURCE);
  const bo = await somebody(house.browser);
  await bo.join(draft.links.editor);
  await bo.status("saved");
  await bo.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  house.site.cut();
  await bo.status("reconnecting");
  await bo.typeAfter("agreed", " in the old editor");
  await bo.page
    .locator("[data-status]")
    .getByText(/Saved on this device, \d+ changes? waiting/)
    .waitFor();
  // The relay has been replaced by one that speaks a newer version only.
  house.site.refuseSockets(4406);
  house.site.restore();
  await dialNow(bo.page);
  await bo.status("too-old");
  await bo.page.locator("[data-status]").getByText("This page is older than the server").waitFor();
  await bo.look("too-old");
  house.site.refuseSockets(null);
  await bo.page.evaluate(() => {
    const { update } = ServiceWorkerRegistration.prototype;
    ServiceWorkerRegistration.prototype.update = function () {
      localStorage.setItem("test.updated", "yes");
      return update.call(this);
    };
  });
  await bo.page.getByRole("button", { name: "Reload" }).click();
  await bo.sees("in the old editor");
  await until(async () => (await draft.markdown()).includes("agreed in the old editor"), "its edits arrive");
  await bo.status("saved");
  assert.equal(await bo.page.evaluate(() => localStorage.getItem("test.updated")), "yes");
  assert.deepEqual(bo.complaints, []);
  await bo.close();
});
