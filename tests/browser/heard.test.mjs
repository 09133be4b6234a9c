// What those who hear the page are told, and the whole way by keyboard: join, write, comment, share, export.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { listenTo, makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE = "# Scope\n\nThe scope is wide.\n\n## Terms\n\nA leak is a route that went too far.\n";

describe("what a screen reader is told", () => {
  test("the page's parts have names: bar, tools, outline, text, comments, status line", async () => {
    const draft = await makeDraft(house.site, "Heard", SOURCE);
    const amina = await somebody(house.browser);
    await amina.join(draft.links.facilitator, "Amina Diallo");
    await amina.status("saved");
    const { page } = amina;
    const said = await page.locator(".workspace").ariaSnapshot();
    assert.match(said, /textbox "Title of the draft": Heard/);
    assert.match(said, /button "1 person is here"/);
    assert.match(said, /toolbar "Writing tools"/);
    assert.match(said, /navigation "Outline":\n\s+- list:\n\s+- listitem:[\s\S]*button "Scope"[\s\S]*button "1 Terms"/);
    assert.match(said, /textbox "Text of “Heard”"/);
    assert.match(said, /region "Comments"/);
    assert.match(said, /contentinfo "Saving and length": Saved on the server at \d+:\d\d/);
    const text = page.getByRole("textbox", { name: "Text of “Heard”" });
    assert.equal(await text.getAttribute("aria-multiline"), "true");
    assert.equal(await text.getAttribute("lang"), "en-GB");
    // The place in the outline is said, not only shown.
    await amina.cursorAfter("too far");
    await page.locator('[data-jump][aria-current="location"]', { hasText: "Terms" }).waitFor();
    assert.equal(await page.locator("[aria-current]").count(), 1);
    assert.deepEqual(amina.complaints, []);
    await amina.close();
  });

  test("who comes and goes, new comments and a lost connection are said once each, and typing is not", async () => {
    const draft = await makeDraft(house.site, "Told", SOURCE);
    const amina = await somebody(house.browser);
    await amina.join(draft.links.editor, "Amina Diallo");
    await amina.status("saved");
    const said = await listenTo(amina.page);
    const told = async (words) => (await said()).filter((sentence) => sentence.includes(words)).length;

    const rita = await somebody(house.browser);
    await rita.join(draft.links.editor, "Rita Ortega");
    await until(() => told("Rita Ortega is here."), "that Rita is here");
    await rita.typeAfter("too far", " and on and on and on");
    await amina.sees("and on and on and on");
    await rita.page.keyboard.press("Shift+Home");
    await rita.page.keyboard.press("Control+Alt+m");
    await rita.page.getByPlaceholder("Your comment").fill("Really?");
    await rita.page.keyboard.press("Control+Enter");
    await until(() => told("New comment by Rita Ortega."), "that there is a comment");
    await rita.leave();
    await until(() => told("Rita Ortega has left."), "that Rita has left");
    house.site.cut();
    await until(() => told("The connection is lost."), "that the connection is lost");
    house.site.restore();
    await amina.status("saved");
    await until(() => told("Connected. Everything is saved on the server."), "that it is back");

    for (const words of ["Rita Ortega is here.", "New comment by", "has left.", "The connection is lost."])
      assert.equal(await told(words), 1, words);
    assert.equal(await told("and on"), 0, "what others type is not read out");
    assert.equal(await told("next try"), 0, "the seconds to the next try are not counted aloud");
    await Promise.all([amina.close(), rita.close()]);
  });
});

describe("by keyboard alone", () => {
  test("join, write, comment, share and export", async () => {
    const draft = await makeDraft(house.site, "Keys only", SOURCE);
    const amina = await somebody(house.browser);
    const { page } = amina;
    const { keyboard } = page;
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement;
        return element?.getAttribute("aria-label") ?? element?.textContent?.trim() ?? "";
      });
    /** Presses Tab until something with the name has the keyboard; a ring of controls is passed once. */
    const tabTo = async (name) => {
      for (let presses = 0; presses < 60; presses += 1) {
        if (name.test(await focused())) return;
        await keyboard.press("Tab");
      }
      assert.fail(`Tab never reaches ${name}`);
    };
    await page.goto(draft.links.facilitator);
    await page.getByLabel("Your name").waitFor();
    await until(() => page.evaluate(() => document.activeElement?.id === "join-name"), "the name has the keyboard");
    await keyboard.type("Amina Diallo");
    await keyboard.press("Enter");
    await amina.text.waitFor();
    await page.getByRole("dialog").waitFor({ state: "detached" });

    // The first Tab offers to skip to the text.
    await tabTo(/^Skip to the text$/);
    await keyboard.press("Enter");
    await tabTo(/^Text of “Keys only”$/);
    await keyboard.press("Control+End");
    await keyboard.type("Typed with keys.");
    await until(async () => (await draft.markdown()).includes("Typed with keys."), "what was typed");
    await keyboard.press("Control+Alt+m");
    await keyboard.type("A comment by keyboard");
    await keyboard.press("Control+Enter");
    await page.getByRole("article").getByText("A comment by keyboard").waitFor();
    // The field is gone; the keyboard is back in the text.
    await until(async () => /^Text of “Keys only”$/.test(await focused()), "the text has the keyboard again");

    await tabTo(/^Skip to the text$/);
    await tabTo(/^Share$/);
    await keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Share" });
    await dialog.waitFor();
    await dialog.getByRole("radio").first().waitFor();
    await tabTo(/^Make a link$/);
    await keyboard.press("Enter");
    await dialog.getByText("this link is shown only now").waitFor();
    await keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    // The keyboard is where it was before the dialog.
    await until(async () => /^Share$/.test(await focused()), "the keyboard is back at Share");
    await tabTo(/^Export$/);
    await keyboard.press("Enter");
    await page.getByRole("menu").waitFor();
    const download = page.waitForEvent("download");
    await until(async () => {
      if (/^Markdown/.test(await focused())) return true;
      await keyboard.press("ArrowDown");
      return false;
    }, "the arrow keys reach Markdown");
    await keyboard.press("Enter");
    assert.equal((await download).suggestedFilename(), "keys-only.md");
    assert.deepEqual(amina.complaints, []);
    await amina.close();
  });
});
