// The same draft for people who see, read and set it otherwise: dark, French, right to left, 400 % zoom.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE =
  "# Scope\n\nThe scope is wide[^1].\n\n| Risk | Share |\n| --- | ---: |\n| Cables | 4 |\n\n[^1]: A note.\n";

/** How light a colour such as `rgb(20, 20, 20)` is, from 0 to 255. */
const lightness = (page, selector) =>
  page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const canvas = new OffscreenCanvas(1, 1).getContext("2d");
      canvas.fillStyle = getComputedStyle(element).backgroundColor;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
      return (red + green + blue) / 3;
    });

describe("appearance", () => {
  test("dark is chosen in the menu, stays after a reload, and gives way to the system again", async () => {
    const draft = await makeDraft(house.site, "Night", SOURCE);
    const amina = await somebody(house.browser);
    await amina.join(draft.links.editor, "Amina Diallo");
    assert.ok((await lightness(amina.page, "html")) > 200);
    await amina.choose("Appearance As the system", "Dark");
    await until(async () => (await lightness(amina.page, "html")) < 60, "the page is dark");
    await amina.look("dark-by-choice");
    await amina.page.reload();
    await amina.text.waitFor();
    assert.ok((await lightness(amina.page, "html")) < 60);
    await amina.choose("Appearance Dark", "As the system");
    await until(async () => (await lightness(amina.page, "html")) > 200, "the page is light as the system");
    await amina.page.emulateMedia({ colorScheme: "dark" });
    await until(async () => (await lightness(amina.page, "html")) < 60, "the page follows the system");
    assert.deepEqual(amina.complaints, []);
    await amina.close();
  });
});

describe("languages", () => {
  test("French is chosen in the menu: every word of the page, its language, and the help", async () => {
    const draft = await makeDraft(house.site, "Routage", SOURCE);
    const amina = await somebody(house.browser);
    await amina.join(draft.links.facilitator, "Amina Diallo");
    await amina.status("saved");
    await amina.choose("Language English", "Français");
    await amina.page.getByText(/Enregistré sur le serveur à/).waitFor();
    assert.equal(await amina.page.evaluate(() => document.documentElement.lang), "fr");
    for (const name of ["Partager", "Historique", "Exporter"])
      await amina.page.getByRole("button", { name, exact: true }).waitFor();
    await amina.page.getByRole("navigation", { name: "Plan" }).waitFor();
    await amina.look("french");
    await amina.page.keyboard.press("F1");
    await amina.page.getByRole("dialog", { name: "Raccourcis clavier" }).waitFor();
    await amina.page.keyboard.press("Escape");
    // English is nowhere left in what the page says.
    const snapshot = await amina.page.locator(".workspace").ariaSnapshot();
    for (const word of ["History", "Saved", "Outline", "words", "Heading", "Footnote", "Edit", "Table"])
      assert.doesNotMatch(snapshot, new RegExp(`["\\s]${word}\\b`), `“${word}” is left`);
    await amina.page.reload();
    await amina.page.getByText(/Enregistré sur le serveur à/).waitFor();
    await amina.close();
  });

  test("in Arabic the furniture stands mirrored, and the text keeps its own direction", async () => {
    const draft = await makeDraft(
      house.site,
      "الأمن",
      "# نطاق التقرير\n\nالأمن للجميع.\n\nAn English line.\n\n| الخطر | من |\n| --- | --- |\n| الكوابل | الجميع |\n",
    );
    const amina = await somebody(house.browser, { language: "ar" });
    await amina.page.goto(draft.links.editor);
    await amina.page.locator(".join .link-button").click();
    await amina.text.waitFor();
    await amina.status("saved");
    assert.equal(await amina.page.evaluate(() => document.documentElement.dir), "rtl");
    const outline = await amina.page.locator("aside.outline").boundingBox();
    const text = await amina.text.boundingBox();
    const comments = await amina.page.locator("section.margin").boundingBox();
    assert.ok(outline.x > text.x && text.x > comments.x, "from the right: outline, text, comments");
    const direction = (words) =>
      amina.page.locator(".cm-line", { hasText: words }).evaluate((line) => getComputedStyle(line).direction);
    assert.deepEqual([await direction("الأمن للجميع"), await direction("An English line")], ["rtl", "ltr"]);
    const cell = async (words) => (await amina.page.getByRole("cell", { name: words }).boundingBox()).x;
    assert.ok(
      (await cell("الكوابل")) > (await cell("الجميع")),
      "the first column of an Arabic table stands at the right",
    );
    // Typing in the middle of an Arabic line, and selecting it.
    await amina.page.locator(".cm-line", { hasText: "الأمن للجميع" }).click();
    await amina.page.keyboard.press("End");
    await amina.page.keyboard.insertText(" نعم");
    await until(
      async () => (await draft.markdown()).includes("الأمن للجميع. نعم"),
      "what was typed stands at the line's end",
    );
    await amina.page.keyboard.press("Shift+Home");
    await amina.page.keyboard.press("Delete");
    await until(async () => !(await draft.markdown()).includes("الأمن للجميع"), "the whole line was selected");
    await amina.look("arabic");
    assert.deepEqual(amina.complaints, []);
    await amina.close();
  });
});

describe("at 400 % of 1280 × 1024", () => {
  test("one writes, comments, moves about, shares and exports without scrolling sideways", async () => {
    const draft = await makeDraft(house.site, "Zoomed", SOURCE);
    const amina = await somebody(house.browser, {
      view: {
        name: "zoomed",
        viewport: { width: 320, height: 256 },
        colours: "light",
      },
    });
    const { page } = amina;
    await page.goto(draft.links.facilitator);
    await page.getByLabel("Your name").fill("Amina Diallo");
    await amina.look("join");
    await page.getByRole("button", { name: "Join the draft" }).click();
    await amina.text.waitFor();
    await amina.status("saved");
    await amina.look("draft");
    await amina.cursorAfter("scope is wide");
    await page.keyboard.type(" and open");
    await until(async () => (await draft.markdown()).includes("wide and open"), "what was typed");

    // The words around the cursor are in the window.
    await amina.looksAt("wide and open");
    await page.getByRole("button", { name: "Comment", exact: true }).click();
    await page.getByPlaceholder("Your comment").fill("Too wide?");
    await page.getByRole("button", { name: "Add comment" }).click();
    await page.getByRole("article", { name: /Comment 1/ }).waitFor();
    await amina.look("comments");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Outline" }).click();
    await page.getByRole("dialog", { name: "Outline" }).getByRole("button", { name: "Scope" }).click();
    await amina.looksAt("Scope");

    await amina.choose("Share");
    await page.getByRole("dialog", { name: "Share" }).getByRole("button", { name: "Make a link" }).click();
    await page.getByText("this link is shown only now").waitFor();
    await amina.look("share");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Menu" }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: /^Markdown/ }).click();
    assert.equal((await download).suggestedFilename(), "zoomed.md");
    assert.deepEqual(amina.complaints, []);
    await amina.close();
  });
});
