// Those who only read: the text at once, and a way to say who one is that stands in nobody's way.

import assert from "node:assert/strict";
import { test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody } from "./lib/people.mjs";

const house = openHouse();

for (const view of [VIEWS[0], VIEWS[3]]) {
  test(`${view.name}: a reader's link opens the text at once, and a name can be given`, async () => {
    const draft = await makeDraft(house.site, "Reading", "# Scope\n\nThe group agreed.\n");
    const rosa = await somebody(house.browser, { view });
    const { page } = rosa;
    await page.goto(draft.links.viewer);
    await page.frameLocator("iframe").getByText("The group agreed").waitFor();
    assert.equal(await page.getByRole("dialog").count(), 0);
    await rosa.look("reading");
    await page.getByRole("button", { name: "Say who you are" }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Say who you are" }).click();
    await page.getByLabel("Your name").fill("Rosa Silva");
    await rosa.look("reading-name");
    const saved = page.waitForResponse((answer) => answer.url().endsWith("/people/me") && answer.ok());
    await page.getByRole("button", { name: "Save your entry" }).click();
    await saved;
    await page.getByRole("button", { name: "Rosa Silva" }).waitFor();
    await page.reload();
    await page.frameLocator("iframe").getByText("The group agreed").waitFor();
    await page.getByRole("button", { name: "Rosa Silva" }).click();
    await page.getByRole("button", { name: "Erase my entry" }).click();
    await page.getByRole("button", { name: "Say who you are" }).waitFor();
    assert.deepEqual(rosa.complaints, []);
    await rosa.close();
  });
}
