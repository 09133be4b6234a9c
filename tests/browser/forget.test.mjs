// "Forget" on the start page: link, text and key leave this device, and nothing is lost unasked.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();

/** How many things of the draft this browser keeps outside of cookies. */
function traces(page, id) {
  return page.evaluate(
    (draft) =>
      new Promise((resolve, reject) => {
        const words = Object.entries(localStorage).filter((pair) => pair.join().includes(draft)).length;
        const opening = indexedDB.open("plenary");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const stores = [...opening.result.objectStoreNames];
          let count = words;
          const reading = opening.result.transaction(stores);
          for (const store of stores) {
            const asking = reading.objectStore(store).getAllKeys();
            asking.onsuccess = () =>
              (count += asking.result.filter((key) => JSON.stringify(key).includes(draft)).length);
          }
          reading.oncomplete = () => {
            opening.result.close();
            resolve(count);
          };
        };
      }),
    id,
  );
}

for (const view of [VIEWS[0], VIEWS[3]]) {
  test(`${view.name}: what waits is said and offered, then all of it goes`, async () => {
    const draft = await makeDraft(house.site, "Shared computer", "# Secret\n\nNot for the next guest.\n");
    const amina = await somebody(house.browser, { view });
    const { page } = amina;
    await amina.join(draft.links.editor);
    await amina.typeAfter("next guest", ", nor the one after");
    await amina.status("saved");
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));

    house.site.cut();
    await amina.status("reconnecting");
    await amina.typeAfter("one after", ", offline");
    await page
      .locator("[data-status]")
      .getByText(/1 change waiting|changes waiting/)
      .waitFor();
    await page.goto(house.site.address);
    const forget = page.getByRole("button", {
      name: /^Forget\s*: Shared computer/,
    });
    const dialog = page.getByRole("dialog");
    await forget.click();
    await dialog.getByText(/made here ha(?:s|ve) not reached the server/).waitFor();
    await amina.look("forget-waiting");
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      dialog.getByRole("button", { name: /Download the text/ }).click(),
    ]);
    assert.match(await readFile(await file.path(), "utf8"), /nor the one after, offline/);
    await dialog.getByRole("button", { name: "Cancel" }).click();

    house.site.restore();
    await page.getByRole("link", { name: "Shared computer" }).click();
    await amina.sees("one after, offline");
    await amina.status("saved");
    await until(async () => (await draft.markdown()).includes("offline"), "what waited arrives");
    assert.ok((await traces(page, draft.id)) > 0);

    // As long as it is open in another tab, that tab would write it anew.
    const other = await amina.context.newPage();
    await other.goto(house.site.address);
    await other.getByRole("button", { name: /^Forget\s*: Shared computer/ }).click();
    // The relay's receipt may come a moment after its word that all is saved; until then the button names a loss.
    await other.getByRole("button", { name: /^Forget the draft/ }).click();
    await other.getByText("open in another tab").waitFor();
    await other.close();

    await page.goto(house.site.address);
    await forget.click();
    const submit = dialog.getByRole("button", { name: /^Forget the draft/ });
    await submit.waitFor();
    await amina.look("forget");
    await submit.click();
    await dialog.waitFor({ state: "detached" });
    assert.equal(await traces(page, draft.id), 0);
    // It was the only one: nothing says any more who used this browser.
    assert.deepEqual(
      await page.evaluate(() =>
        ["plenary.participant", "plenary.person"].filter((key) => localStorage.getItem(key) !== null),
      ),
      [],
    );
    await page.goto(`${house.site.address}/d/${draft.id}`);
    await page.getByRole("heading", { name: "This draft opens with a link" }).waitFor();
    assert.deepEqual(amina.complaints, []);
    await amina.close();
  });
}
