// The form in which one says who one is: small, with what few people change folded away.

import assert from "node:assert/strict";
import { test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE = "# Scope\n\nThe scope is wide.\n";
const MORE = "More about how you appear";

/** The fold of a form, and whether it is open. */
function foldOf(form) {
  const fold = form.locator("details");
  return {
    summary: fold.locator("summary"),
    isOpen: () => fold.evaluate((one) => one.open),
  };
}

test("joining asks three things; the rest is folded, opens by keyboard, and is open where something is said", async () => {
  const [draft, other] = [
    await makeDraft(house.site, "Folded", SOURCE),
    await makeDraft(house.site, "Another", SOURCE),
  ];
  const bo = await somebody(house.browser);
  const card = bo.page.locator(".join");
  await bo.page.goto(draft.links.editor);
  await card.getByText(MORE).waitFor();
  const fold = foldOf(card);
  assert.equal(await fold.isOpen(), false);
  assert.deepEqual(await card.getByRole("textbox").count(), 2);
  for (const hidden of ["Tell nobody who I am", "I speak on behalf of an organisation"])
    assert.equal(await card.getByLabel(hidden).isVisible(), false, hidden);

  // By keyboard: from the name on, the fold comes behind the group and before the button.
  await until(() => bo.page.evaluate(() => document.activeElement?.id === "join-name"), "the name has the keyboard");
  await bo.page.keyboard.press("Enter");
  await card.getByText("Enter the name by which the group knows you").waitFor();
  assert.equal(await bo.page.evaluate(() => document.activeElement?.id), "join-name");
  await bo.page.keyboard.type("Bo Li");
  await card.getByText("Enter the name by which the group knows you").waitFor({ state: "detached" });
  for (const _ of ["organisation", "group", "fold"]) await bo.page.keyboard.press("Tab");
  assert.ok(await fold.summary.evaluate((one) => one === document.activeElement), "the keyboard is on the fold");
  await bo.page.keyboard.press("Enter");
  await card.getByRole("radio", { name: "Name me", exact: true }).waitFor();
  await bo.look("join-unfolded");
  await bo.page.keyboard.press("Tab");
  await bo.page.keyboard.press("ArrowDown");
  await bo.page.keyboard.press("Tab");
  await bo.page.keyboard.press("Space");
  await bo.page.keyboard.press("Tab");
  await bo.page.keyboard.type("The council");
  // What is said again as most say it stays in sight.
  await card.getByRole("radio", { name: "Name me", exact: true }).check();
  assert.equal(await fold.isOpen(), true);
  await card.getByRole("radio", { name: "Name my organisation only" }).check();
  await bo.page.keyboard.press("Enter");
  await bo.text.waitFor();

  // One's own entry is the same form, open because something there is said.
  await bo.choose("People");
  const own = bo.page.getByRole("dialog", { name: "People" });
  await until(foldOf(own).isOpen, "the fold is open");
  assert.equal(await own.getByLabel("On behalf of", { exact: true }).inputValue(), "The council");
  assert.equal(await own.getByRole("radio", { name: "Name my organisation only" }).isChecked(), true);

  // In another draft the choice of credit is remembered, and shown; for whom one speaks is asked anew.
  await bo.page.goto(other.links.reviewer);
  await until(fold.isOpen, "the fold is open");
  assert.equal(await card.getByRole("radio", { name: "Name my organisation only" }).isChecked(), true);
  assert.equal(await card.getByLabel("I speak on behalf of an organisation").isChecked(), false);
  assert.deepEqual(bo.complaints, []);
  await bo.close();
});

for (const look of [{ view: VIEWS[0] }, { view: VIEWS[1] }, { view: VIEWS[2] }, { view: VIEWS[2], language: "ar" }]) {
  test(`the form in ${look.view.name} ${look.language ?? ""}`, async () => {
    const draft = await makeDraft(house.site, "Looks", SOURCE);
    const guest = await somebody(house.browser, look);
    await guest.page.goto(draft.links.editor);
    await guest.page.locator("#join-name").waitFor();
    await guest.look("join-folded");
    const joins = guest.page.locator(".join button[type=submit]");
    assert.ok(
      await joins.evaluate((button) => button.getBoundingClientRect().bottom <= innerHeight),
      "the button is in sight without scrolling",
    );
    await guest.page.locator(".join summary").click();
    await guest.page.locator(".join fieldset").waitFor();
    await guest.look("join-open");
    assert.deepEqual(guest.complaints, []);
    await guest.close();
  });
}
