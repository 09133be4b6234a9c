// Opening a draft without a network: the service worker has the editor, the device has the draft.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();

test("a draft that was open opens again without a network, and what is typed there arrives later", async () => {
  const draft = await makeDraft(house.site, "On the train", "# Tunnel\n\nBefore the tunnel.\n");
  const amina = await somebody(house.browser);
  await amina.join(draft.links.editor, "Amina Diallo");
  await amina.typeAfter("Before the tunnel", " and inside");
  await amina.status("saved");
  await amina.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));

  house.site.cut();
  await amina.page.reload();
  await amina.sees("Before the tunnel and inside");
  await amina.status("reconnecting");
  await amina.typeAfter("and inside", " it, offline");
  await amina.page.reload();
  await amina.sees("and inside it, offline");

  house.site.restore();
  await until(
    async () => (await draft.markdown()).includes("and inside it, offline"),
    "what was typed offline arrives",
  );
  await amina.status("saved");
  assert.deepEqual(amina.complaints, []);
  await amina.close();
});

test("a draft that was never open here says that it cannot be reached", async () => {
  const draft = await makeDraft(house.site, "Elsewhere", "# Elsewhere\n");
  const bo = await somebody(house.browser);
  await bo.page.goto(house.site.address);
  await bo.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  house.site.cut();
  await bo.page.goto(draft.links.editor);
  await bo.page
    .getByText(/cannot be reached/)
    .first()
    .waitFor();
  house.site.restore();
  await bo.close();
});
