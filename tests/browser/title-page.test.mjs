// The title page as a form, and the languages of passages.

import assert from "node:assert/strict";
import { test } from "node:test";

import { VIEWS } from "./lib/browser.mjs";
import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const SOURCE =
  "---\n# Kept by the secretariat.\ntitle: Keeping routes honest\ngroup: The group\nx-internal: yes # ours\n---\n\n# Scope\n\nThe group agreed.\n";
const house = openHouse();

for (const view of [VIEWS[0], VIEWS[3]]) {
  test(`${view.name}: fields are written into the text, and what else stands there stays`, async () => {
    const draft = await makeDraft(house.site, "Titles", SOURCE);
    const amina = await somebody(house.browser, { view });
    const { page } = amina;
    await amina.join(draft.links.editor);
    await amina.status("saved");
    await page.getByRole("button", { name: "Edit title page" }).click();
    const dialog = page.getByRole("dialog", { name: "Title page" });
    await dialog.getByLabel("Title of the report").fill("Routes: an honest guide");
    await dialog.getByLabel("Version").fill("1.10");
    await dialog.getByLabel("Language of the text").selectOption("fr");
    await dialog.getByRole("button", { name: "Add an editor" }).click();
    await page.keyboard.type("Amina Diallo");
    await dialog.getByLabel("Organisation of editor 1").fill("Lake University");
    await dialog.getByLabel("Summary").fill("One.\n\nTwo.");
    await dialog.getByLabel("Keywords").fill("routing, security");
    await amina.look("title-page");
    await dialog.getByRole("button", { name: "Save the title page" }).click();
    await dialog.waitFor({ state: "detached" });
    const written = [
      "---",
      "# Kept by the secretariat.",
      'title: "Routes: an honest guide"',
      "group: The group",
      "x-internal: yes # ours",
      'version: "1.10"',
      "lang: fr",
      "abstract: |-",
      "  One.",
      "",
      "  Two.",
      "editors:",
      "  - name: Amina Diallo",
      "    affiliation: Lake University",
      "keywords:",
      "  - routing",
      "  - security",
      "---",
      "",
      "# Scope",
      "",
      "The group agreed.",
      "",
    ].join("\n");
    await until(async () => (await draft.markdown()) === written, "the title page is in the text");
    await page.locator('.cm-content[lang="fr"][spellcheck="true"]').waitFor();
    assert.deepEqual(amina.complaints, []);
    await amina.close();
  });
}

test("what was written by hand and cannot be read is shown with its line, and what to do", async () => {
  const draft = await makeDraft(house.site, "By hand", "---\ntitle: One: two\nversion: 1\n---\n\n# Scope\n");
  const amina = await somebody(house.browser);
  const { page } = amina;
  await amina.join(draft.links.editor);
  await amina.status("saved");
  await page.getByRole("button", { name: "Menu", exact: true }).click();
  await page.getByRole("menuitem", { name: "Title page" }).click();
  await page.getByText("There are two colons.").waitFor();
  await page.getByText("Line 2:", { exact: true }).waitFor();
  await amina.look("title-page-faulty");
  await page.getByRole("button", { name: /Show it in the text/ }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await amina.sees("title: One: two");
  await page.keyboard.press("End");
  await page.keyboard.type("!");
  await until(async () => (await draft.markdown()).includes("title: One: two!"), "the cursor stands in that line");
  await amina.close();
});

test("passages and words say their language, to spell checkers and screen readers", async () => {
  const draft = await makeDraft(
    house.site,
    "Tongues",
    "# Scope\n\nThe [mot juste]{lang=fr} here.\n\n::: {lang=ar}\n\nالأمن للجميع\n\n:::\n\nThe end.\n",
  );
  const amina = await somebody(house.browser);
  const { page } = amina;
  await amina.join(draft.links.editor);
  await page.locator('.cm-content [lang="fr"]', { hasText: "mot juste" }).waitFor();
  const line = page.locator('.cm-line[lang="ar"]', { hasText: "الأمن" });
  assert.equal(await line.evaluate((element) => getComputedStyle(element).direction), "rtl");
  assert.equal(await page.locator(".cm-line", { hasText: "The end" }).getAttribute("lang"), null);
  assert.equal(await page.locator(".cm-content").getAttribute("lang"), "en-GB");
  assert.equal(await page.locator(".cm-content").getAttribute("spellcheck"), "true");
  await amina.close();
});
