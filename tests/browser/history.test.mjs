// The draft's past: two moments on the slider, what changed between them and by whom, and the way back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE =
  "# Scope\n\nThe scope is wide.\n\n# Terms\n\nA leak is a route that went too far.\n\n# Methods\n\nThe group met twice.\n";

test("what changed and by whom, a passage brought back, a version restored, and nothing of it lost", async () => {
  const draft = await makeDraft(house.site, "The past", SOURCE);
  const [amina, bo] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
  await Promise.all([amina.join(draft.links.editor, "Amina Diallo"), bo.join(draft.links.editor, "Bo Li")]);
  await amina.typeAfter("scope is wide", " and open");
  await bo.sees("wide and open");
  // Bo strikes a sentence.
  await bo.page.locator(".cm-line", { hasText: "The group met twice." }).click();
  await bo.page.keyboard.press("End");
  await bo.page.keyboard.press("Shift+Home");
  await bo.page.keyboard.press("Delete");
  await until(async () => !(await draft.markdown()).includes("met twice"), "the sentence is gone");
  await amina.status("saved");

  await amina.page.getByRole("button", { name: "History" }).click();
  const view = amina.page.getByRole("dialog", { name: "History" });
  const comparison = view.getByRole("region", { name: "What changed" });
  const thumbs = view.getByRole("slider");
  await thumbs.first().waitFor();
  assert.equal(await thumbs.count(), 2);

  // From the beginning until now, by keyboard: both people's doing, each under their name.
  await thumbs.first().focus();
  await amina.page.keyboard.press("Home");
  await thumbs.last().focus();
  await amina.page.keyboard.press("End");
  const added = comparison.locator("ins", { hasText: "and open" });
  const removed = comparison.locator("del", { hasText: "met twice" });
  await added.waitFor();
  await removed.waitFor();
  assert.match(await thumbs.first().getAttribute("aria-valuetext"), /\d/);
  await until(async () => (await added.getAttribute("title")) === "Amina Diallo", "who added it");
  await until(async () => (await removed.getAttribute("title")) === "Bo Li", "who removed it");
  assert.match(await comparison.ariaSnapshot(), /Added by Amina Diallo:[\s\S]*and open/);
  assert.match(await comparison.ariaSnapshot(), /Removed by Bo Li:[\s\S]*met twice/);
  await amina.look("history");

  // The struck passage comes back, for everybody, as a new change.
  await comparison.getByRole("button", { name: "Bring back" }).first().click();
  await bo.sees("The group met twice.");
  await until(async () => (await draft.markdown()).includes("met twice"), "the passage is in the draft again");
  assert.match(await draft.markdown(), /wide and open/);

  // The first version is restored while Bo writes: Bo's words, being newer, stay in the history.
  await view.getByRole("button", { name: /^Restore the text of/ }).click();
  await view.getByRole("button", { name: "Restore", exact: true }).click();
  await until(async () => (await draft.markdown()) === SOURCE, "the first version stands again");
  await until(async () => !(await bo.text.innerText()).includes("and open"), "Bo sees it, too");
  await amina.page.keyboard.press("Escape");
  await view.waitFor({ state: "detached" });

  // Restoring is a change like others: one undo takes it back.
  await amina.text.focus();
  await amina.page.keyboard.press("Control+z");
  await bo.sees("wide and open");
  await until(
    async () => /wide and open[\s\S]*met twice/.test(await draft.markdown()),
    "the restored version is undone",
  );
  assert.deepEqual([...amina.complaints, ...bo.complaints], []);
  await Promise.all([amina.close(), bo.close()]);
});

test("on a phone the past opens from the menu", async () => {
  const draft = await makeDraft(house.site, "Pocket", SOURCE);
  const amina = await somebody(house.browser, {
    view: {
      name: "phone-light",
      viewport: { width: 390, height: 844 },
      colours: "light",
    },
  });
  await amina.join(draft.links.editor, "Amina Diallo");
  await amina.typeAfter("scope is wide", " and open");
  await amina.status("saved");
  await amina.choose("History");
  const view = amina.page.getByRole("dialog", { name: "History" });
  await view.locator("ins", { hasText: "and open" }).waitFor();
  await amina.look("history");
  await amina.close();
});
