// The preview of the report beside the text, when the relay goes away and comes back.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody } from "./lib/people.mjs";

const house = openHouse();

const openPreview = async ({ page }) => {
  await page.getByRole("button", { name: "Menu", exact: true }).click();
  await page.getByRole("menuitemcheckbox", { name: /Preview of the report/ }).click();
};

test("the side preview keeps what it showed, says from when it is, and follows again", async () => {
  const draft = await makeDraft(house.site, "Preview", "# Scope\n\nThe group agreed.\n");
  const bo = await somebody(house.browser);
  await bo.join(draft.links.editor);
  await bo.status("saved");
  await openPreview(bo);
  const report = bo.page.frameLocator("iframe[data-ready]");
  await report.getByText("The group agreed.").waitFor();
  await bo.typeAfter("agreed", " twice");
  await report.getByText("The group agreed twice.").waitFor();

  house.site.cut();
  await bo.page.getByText(/^As it was at .*It follows again when you are connected/).waitFor();
  await bo.typeAfter("agreed twice", ", then thrice");
  await report.getByText("The group agreed twice.").waitFor();
  await bo.look("preview-offline");
  // Opened anew while the relay is away there is nothing to show, and that is said.
  await bo.page.getByRole("button", { name: "Close the preview" }).click();
  await openPreview(bo);
  await bo.page.getByText("It appears when you are connected").waitFor();

  house.site.restore();
  await report.getByText("The group agreed twice, then thrice.").waitFor();
  await bo.page.getByText(/^As it was at/).waitFor({ state: "detached" });
  assert.deepEqual(bo.complaints, []);
  await bo.close();
});

test("a reviewer's side preview follows what others write", async () => {
  const draft = await makeDraft(house.site, "Following", "# Scope\n\nThe group agreed.\n");
  const [rita, bo] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
  await Promise.all([rita.join(draft.links.reviewer), bo.join(draft.links.editor)]);
  await rita.status("read-only");
  await openPreview(rita);
  const report = rita.page.frameLocator("iframe[data-ready]");
  await report.getByText("The group agreed.").waitFor();
  await bo.typeAfter("agreed", " again");
  await report.getByText("The group agreed again.").waitFor();
  await Promise.all([rita.close(), bo.close()]);
});
