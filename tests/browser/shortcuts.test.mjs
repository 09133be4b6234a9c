// The help lists every shortcut; each does what it says. And the dialogs of the menu, at 400 % zoom.

import assert from "node:assert/strict";
import { test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { makeDraft, somebody, until } from "./lib/people.mjs";

const house = openHouse();
const SOURCE = "# Scope\n\nThe scope is narrow.\n\n# Terms\n\nThe terms are few.\n";

/** What a shortcut of writing makes of the text, with the cursor behind "The scope". */
const WRITES = {
  Bold: /^The \*\*scope\*\* is/m,
  Italic: /^The \*scope\* is/m,
  "Struck through": /^The ~~scope~~ is/m,
  Code: /^The `scope` is/m,
  Link: /^The \[scope\]\(https:\/\/\) is/m,
  "Heading 1": /^# The scope is/m,
  "Heading 2": /^## The scope is/m,
  "Heading 3": /^### The scope is/m,
  "Heading 4": /^#### The scope is/m,
  "Heading 5": /^##### The scope is/m,
  "Heading 6": /^###### The scope is/m,
  "Bulleted list": /^- The scope is/m,
  "Numbered list": /^1\. The scope is/m,
  "Task list": /^- \[ \] The scope is/m,
  Quotation: /^> The scope is/m,
  Footnote: /^The scope\[\^1\] is[\s\S]*^\[\^1\]: /m,
  "Note set apart": /^> \[!NOTE\]\n> The scope is/m,
  "Brackets: not agreed": /^The \[scope\] is/m,
  Indent: /^ +The scope is/m,
  "Move the line up": /^# Scope\nThe scope is narrow\.\n\n/m,
  "Move the line down": /^# Scope\n\n\nThe scope is narrow\./m,
};

/** A shortcut as the help shows it, as Playwright presses it. */
const pressed = (shown) =>
  shown
    .replace("Ctrl", "Control")
    .replace("↑", "ArrowUp")
    .replace("↓", "ArrowDown")
    .replace("←", "ArrowLeft")
    .replace("Esc", "Escape")
    .replace("Page Down", "PageDown")
    .replace("Page Up", "PageUp")
    .replace(/(?<=\+)[A-Z]$/, (letter) => letter.toLowerCase());

async function helpOf(page) {
  await page.keyboard.press("F1");
  const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await dialog.waitFor();
  const groups = await dialog
    .locator("section")
    .evaluateAll((sections) =>
      sections.map((section) => [
        section.querySelector("h3").textContent,
        [...section.querySelectorAll("dl > div")].map((row) => [
          row.querySelector("dt").textContent,
          row.querySelector("dd").textContent.trim(),
        ]),
      ]),
    );
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  return Object.fromEntries(groups.map(([title, rows]) => [title, Object.fromEntries(rows)]));
}

/** What stands in the editor as source: all of it, for so short a text is wholly drawn. */
const source = (page) =>
  page.evaluate(() => [...document.querySelectorAll(".cm-line")].map((line) => line.textContent).join("\n"));

test("each shortcut of the help does what it says, and each can be taken back", async () => {
  const draft = await makeDraft(house.site, "Shortcuts", SOURCE);
  const amina = await somebody(house.browser);
  const { page } = amina;
  const { keyboard } = page;
  const reads = (wanted, what) =>
    until(async () => wanted.test(await source(page)), what).catch(async (error) => {
      throw new Error(`${error.message}\n${await source(page)}`);
    });
  const focused = (selector) =>
    until(
      () => page.evaluate((wanted) => document.activeElement?.closest(wanted) !== null, selector),
      `the keyboard is in ${selector}`,
    );
  await amina.join(draft.links.editor, "Amina Diallo");
  await amina.text.focus();
  const { Writing, Editing, "Moving about": Moving, Outline } = await helpOf(page);
  await focused(".cm-content");
  await amina.choose("Show the Markdown");
  await until(async () => (await source(page)) === SOURCE, "the source is shown");

  const writes = {
    ...Writing,
    Indent: Editing.Indent,
    "Move the line up": Editing["Move the line up"],
    "Move the line down": Editing["Move the line down"],
  };
  assert.deepEqual(
    Object.keys(writes)
      .filter((name) => name !== "Plain text")
      .sort(),
    Object.keys(WRITES).sort(),
  );
  for (const [name, wanted] of Object.entries(WRITES)) {
    await amina.cursorAfter("The scope");
    await keyboard.press(pressed(writes[name]));
    await reads(wanted, `${name} (${writes[name]})`);
    if (name === "Heading 2") {
      await keyboard.press(pressed(Writing["Plain text"]));
      await reads(/^The scope is/m, "plain text again");
      await keyboard.press(pressed(Editing.Undo));
    }
    if (name === "Indent") {
      await keyboard.press(pressed(Editing.Outdent));
      await reads(/^The scope is/m, "as far out as before");
      await keyboard.press(pressed(Editing.Undo));
    }
    if (name === "Bold") {
      await keyboard.press(pressed(Editing.Undo));
      await reads(/^The scope is/m, "bold is taken back");
      await keyboard.press(pressed(Editing.Redo));
      await reads(wanted, "and done again");
    }
    await amina.text.focus();
    await keyboard.press(pressed(Editing.Undo));
    await until(async () => (await source(page)) === SOURCE, `${name} is taken back`);
  }
  assert.deepEqual(Object.keys(Editing).sort(), [
    "Indent",
    "Move the line down",
    "Move the line up",
    "Outdent",
    "Paste as plain text",
    "Redo",
    "Search and replace",
    "Undo",
  ]);
  await keyboard.press(pressed(Editing["Search and replace"]));
  await focused(".cm-search");
  await keyboard.press("Escape");
  await focused(".cm-content");

  assert.deepEqual(Object.keys(Moving), [
    "Leave the text",
    "Comment",
    "Who wrote this passage",
    "Next comment",
    "Previous comment",
    "Outline",
    "Keyboard shortcuts",
  ]);
  await keyboard.press(pressed(Moving.Comment));
  await focused(".composer");
  await keyboard.type("A remark");
  await keyboard.press("Control+Enter");
  await focused(".cm-content");
  for (const way of ["Next comment", "Previous comment"]) {
    await keyboard.press(pressed(Moving[way]));
    await focused("article");
    await amina.text.focus();
  }
  await keyboard.press(pressed(Moving["Who wrote this passage"]));
  await page.getByRole("dialog").waitFor();
  await keyboard.press("Escape");
  await focused(".cm-content");
  const outline = page.getByRole("navigation", { name: "Outline" });
  await keyboard.press(pressed(Moving.Outline));
  await outline.waitFor({ state: "detached" });
  await keyboard.press(pressed(Moving.Outline));
  await outline.waitFor();
  await keyboard.press(pressed(Moving["Leave the text"]));
  await focused(".toolbar");

  assert.deepEqual(Object.keys(Outline), [
    "From heading to heading",
    "Fold a part",
    "Move a part up",
    "Move a part down",
  ]);
  await outline.getByRole("button", { name: /Scope$/ }).focus();
  await keyboard.press(pressed(Outline["Move a part down"]));
  await reads(/^# Terms[\s\S]*^# Scope/m, "the part moved down");
  await until(async () => /Terms/.test(await outline.locator("li").first().innerText()), "the outline tells so");
  await outline.getByRole("button", { name: /Scope$/ }).focus();
  await keyboard.press(pressed(Outline["Move a part up"]));
  await reads(/^# Scope[\s\S]*^# Terms/m, "the part moved up");
  await amina.status("saved");
  assert.deepEqual(amina.complaints, []);
  await amina.close();
});

test("at 400 % zoom every dialog of the menu fits, closes with Esc and gives the keyboard back", async () => {
  const draft = await makeDraft(
    house.site,
    "A draft with a rather long title, as reports of working groups have them",
    SOURCE,
  );
  const amina = await somebody(house.browser, {
    view: {
      name: "zoomed",
      viewport: { width: 320, height: 256 },
      colours: "light",
    },
  });
  const { page } = amina;
  await amina.join(draft.links.facilitator, "Amina Diallo");
  for (const item of [
    "Share",
    "History",
    "People",
    "Title page",
    "Draft settings",
    "Held back",
    "What was done",
    "Guide",
    "Keyboard shortcuts",
    "Delete the draft",
  ]) {
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("menuitem", { name: item }).first().click();
    const dialog = page.getByRole("dialog").or(page.getByRole("alertdialog"));
    await dialog.waitFor();
    await amina.look(`dialog-${item.toLowerCase().replaceAll(" ", "-")}`);
    const last = dialog.getByRole("button").last();
    await last.scrollIntoViewIfNeeded();
    // A click that only tries says whether anything lies over it.
    await last.click({ trial: true });
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await until(
      () => page.evaluate(() => document.activeElement !== document.body && document.activeElement !== null),
      `after ${item} the keyboard is somewhere`,
    );
  }
  assert.deepEqual(amina.complaints, []);
  await amina.close();
});
