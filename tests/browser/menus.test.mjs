// Every menu that opens over the page, in every way of looking: axe's verdict while it is open.

import assert from "node:assert/strict";
import { test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody } from "./lib/people.mjs";

const house = openHouse();

for (const view of [VIEWS[0], VIEWS[3]]) {
  test(`${view.name}: open menus stand in the parts of the page that they belong to`, async () => {
    const draft = await makeDraft(house.site, "Menus", "# Scope\n\nThe group agreed.\n");
    const amina = await somebody(house.browser, { view });
    const { page } = amina;
    const isPhone = view.viewport.width < 600;
    const menu = page.getByRole("menu");
    const open = async (button, name) => {
      await button.click();
      await menu.first().waitFor();
      await amina.look(`menu-${name}`);
      await page.keyboard.press("Escape");
      await menu.first().waitFor({ state: "detached" });
    };
    await page.goto(house.site.address);
    await open(page.locator("header button", { hasText: "English" }), "settings");
    await amina.join(draft.links.facilitator);
    await amina.status("saved");
    await open(page.getByRole("button", { name: "Menu", exact: true }), "main");
    await open(page.getByRole("button", { name: /Only you|is here|are here/ }), "people");
    await open(page.getByRole("button", { name: "Plain text" }), "headings");
    await open(page.getByRole("button", { name: "Note set apart" }), "notes");
    if (!isPhone) await open(page.getByRole("button", { name: "Export" }), "export");
    // The guide stands in the menu, beside the list of shortcuts.
    await page.getByRole("button", { name: "Menu", exact: true }).click();
    await page.getByRole("menuitem", { name: "Guide" }).click();
    const guide = page.getByRole("dialog", { name: "Guide" });
    await guide.getByRole("heading", { name: "Giving people access" }).waitFor();
    await amina.look("guide");
    await guide.getByRole("tab", { name: "Taking part" }).click();
    await guide.getByRole("link", { name: "facilitator's guide" }).click();
    await guide.getByRole("heading", { name: "Giving people access" }).waitFor();
    await page.keyboard.press("Escape");
    await guide.waitFor({ state: "detached" });
    assert.deepEqual(amina.complaints, []);
    await amina.close();
  });
}
