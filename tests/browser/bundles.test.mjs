// Whole drafts in one file: taken away from the export menu, opened on the start page. And Word files.

import assert from "node:assert/strict";
import { test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";
import { startRelay } from "./lib/relay.mjs";
import { openSite } from "./lib/site.mjs";

const SOURCE = "# Scope\n\nThe group agreed.\n";
const house = openHouse();

for (const view of [VIEWS[0], VIEWS[2]]) {
  test(`${view.name}: a bundle is taken away and opened at another server, with its history`, async () => {
    const second = await startRelay();
    const elsewhere = await openSite(second.address);
    try {
      const draft = await makeDraft(house.site, "Moving house", SOURCE);
      const amina = await somebody(house.browser, { view });
      const { page } = amina;
      const isPhone = view.viewport.width < 600;
      await amina.join(draft.links.facilitator, "Amina Diallo");
      await amina.typeAfter("agreed", " to move");
      await amina.status("saved");
      await page.getByRole("button", { name: isPhone ? "Menu" : "Export", exact: true }).click();
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("menuitem", { name: /^Bundle/ }).click(),
      ]);
      assert.equal(file.suggestedFilename(), "moving-house.plenary");
      const bytes = await readAll(file);

      // Where it came from, it is already.
      await bring(page, house.site, bytes);
      await page.getByRole("alert").getByText("This draft is here already").waitFor();
      await amina.look("bundle-here");
      await bring(page, elsewhere, bytes);
      await page.getByRole("link", { name: "Open the draft" }).click();
      await page.getByRole("button", { name: "Continue as a guest" }).click();
      await amina.sees("The group agreed to move.");
      await amina.status("saved");
      await amina.typeAfter("to move", " twice");
      await amina.status("saved");
      await page
        .getByRole("button", {
          name: isPhone ? "Menu" : "History",
          exact: true,
        })
        .click();
      if (isPhone) await page.getByRole("menuitem", { name: "History", exact: true }).click();
      await page.getByRole("dialog", { name: "History" }).getByText("to move").first().waitFor();
      await page.keyboard.press("Escape");
      assert.equal(await draft.markdown(), "# Scope\n\nThe group agreed to move.\n");
      assert.deepEqual(amina.complaints, []);
      await amina.close();
    } finally {
      await elsewhere.stop();
      await second.stop();
    }
  });
}

/** Begins a draft with a bundle, on the start page. */
async function bring(page, where, buffer) {
  await page.goto(where.address);
  await page.getByRole("radio", { name: /Your own text/ }).check();
  await page.locator("#file").setInputFiles({ name: "moving-house.plenary", mimeType: "", buffer });
  await page.getByText("moving-house.plenary").waitFor();
  await page.getByRole("button", { name: "Create draft" }).click();
}

async function readAll(file) {
  const chunks = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test("a file that is no bundle, or a damaged one, is refused in words, and nothing is made", async () => {
  const amina = await somebody(house.browser);
  const { page } = amina;
  await page.goto(house.site.address);
  await page.getByRole("radio", { name: /Your own text/ }).check();
  await page.locator("#file").setInputFiles({
    name: "broken.plenary",
    mimeType: "",
    buffer: Buffer.from("no bundle at all"),
  });
  await page.getByRole("button", { name: "Create draft" }).click();
  await page.getByRole("alert").getByText("Nothing was created").waitFor();
  await amina.look("bundle-broken");
  assert.deepEqual(amina.complaints, []);
  await amina.close();
});

/** Answers in place of the relay, which may have no pandoc here. */
async function wordServer(page, can, answer) {
  await page.route("**/api/v1/server", (route) =>
    route.fulfill({
      json: {
        version: "test",
        word_import: can,
        word_bytes: 20_971_520,
        site_secret: false,
      },
    }),
  );
  await page.route("**/api/v1/convert", (route) => route.fulfill(answer));
}

const WORD = {
  name: "notes.docx",
  mimeType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  buffer: Buffer.from("PK"),
};

test("a Word file: what it becomes is shown before anything is made, or it is said that this server cannot", async () => {
  // Requests that the service worker has seen are not the page's any more.
  const amina = await somebody(house.browser, {
    view: VIEWS[1],
    serviceWorkers: "block",
  });
  const { page } = amina;
  await wordServer(page, true, {
    json: {
      markdown: "---\ntitle: From Word\n---\n\n# Scope\n\nAgreed in Word.\n",
      pictures: 2,
    },
  });
  await page.goto(house.site.address);
  await page.getByRole("radio", { name: /Your own text/ }).check();
  await page.locator("#file").setInputFiles(WORD);
  await page.getByText("2 pictures were left out").waitFor();
  assert.equal(await page.getByLabel("Title of the new draft").inputValue(), "From Word");
  assert.match(await page.getByLabel(/Text of the draft/).inputValue(), /Agreed in Word/);
  await amina.look("word-import");
  await page.getByRole("button", { name: "Create draft" }).click();
  await page.getByRole("link", { name: "Open the draft" }).click();
  await page.getByRole("button", { name: "Continue as a guest" }).click();
  await amina.sees("Agreed in Word.");

  await wordServer(page, false, { status: 501, json: { code: "no_pandoc" } });
  await page.goto(house.site.address);
  await page.getByRole("radio", { name: /Your own text/ }).check();
  await page.locator("#file").setInputFiles(WORD);
  await page.getByRole("alert").getByText("which this server cannot read").waitFor();
  await amina.look("word-refused");
  await until(() => page.getByRole("button", { name: "Create draft" }).isEnabled(), "one may go on");
  assert.deepEqual(amina.complaints, []);
  await amina.close();
});
