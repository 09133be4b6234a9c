// What people know from word processors: paste from Word, find and replace, counting words, printing.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";

import { openHouse } from "./lib/house.mjs";
import { makeDraft, output, somebody, until } from "./lib/people.mjs";
import { WORD } from "./lib/word.mjs";

const house = openHouse();

test("a page copied in Word is pasted clean, and arrives so for the others", async () => {
  const draft = await makeDraft(house.site, "From Word", "# Before\n\nStands here.\n");
  const [amina, bo] = await Promise.all([somebody(house.browser), somebody(house.browser)]);
  await Promise.all([amina.join(draft.links.editor, "Amina Diallo"), bo.join(draft.links.editor, "Bo Li")]);
  await amina.text.focus();
  await amina.page.keyboard.press("Control+End");
  await amina.page.evaluate((html) => {
    const data = new DataTransfer();
    data.setData("text/html", html);
    data.setData("text/plain", "Terms used ...");
    document.querySelector(".cm-content").dispatchEvent(
      new ClipboardEvent("paste", {
        clipboardData: data,
        bubbles: true,
        cancelable: true,
      }),
    );
  }, WORD);
  const expected = [
    /\n# Terms used\n/,
    /\n## Leaks and hijacks\n/,
    /A \*\*route leak\*\* is/,
    /\[RFC 7908\]\(https:\/\/www\.rfc-editor\.org\/rfc\/rfc7908\)/,
    /\n- First point\n( *\n)?- Second point\n( *\n)? +- Under the second\n/,
    /\n1\. Step one\n( *\n)?2\. Step two\n/,
    /\| *Risk *\| *Share *\|\n\|[ :-]+\|[ :-]+\|\n\| *Cables *\| *4 *\|/,
    /\[\^\d+\]/,
    /\n\[\^\d+\]: As found in 2008\./,
  ];
  await until(async () => (await draft.markdown()).includes("As found in 2008"), "the pasted text");
  const markdown = await draft.markdown();
  for (const pattern of expected) assert.match(markdown, pattern);
  assert.doesNotMatch(markdown, /mso|Mso|<\/?[a-z]|&nbsp;|Fragment|\n---/);
  assert.match(markdown, /^# Before\n\nStands here\.\n/);
  await bo.sees("Leaks and hijacks");
  await bo.page.getByRole("cell", { name: "Cables" }).waitFor();
  // One undo takes the whole paste back.
  await amina.page.keyboard.press("Control+z");
  await until(async () => (await draft.markdown()).trimEnd() === "# Before\n\nStands here.", "the paste is undone");
  // That Word's own styles are blocked is said by the browser, and is as it must be.
  const other = [...amina.complaints, ...bo.complaints].filter(
    (complaint) => !complaint.startsWith("Applying inline style violates"),
  );
  assert.deepEqual(other, []);
  await Promise.all([amina.close(), bo.close()]);
});

test("find and replace, in all sections at once, and undone at once", async () => {
  const source =
    "# Scope\n\nEach operater counts.\n\n# Terms\n\nAn operater is whoever runs a network. Operaters meet.\n";
  const draft = await makeDraft(house.site, "Finding", source);
  const amina = await somebody(house.browser);
  await amina.join(draft.links.editor, "Amina Diallo");
  await amina.page.getByRole("button", { name: "Search and replace" }).click();
  const panel = amina.page.locator(".cm-search");
  await panel.getByLabel("Find").pressSequentially("operater");
  await amina.page.locator(".cm-searchMatch").first().waitFor();
  assert.equal(await amina.page.locator(".cm-searchMatch").count(), 3);
  await amina.look("search");
  await panel.getByLabel("Replace with").fill("operator");
  await panel.getByRole("button", { name: "Replace all" }).click();
  await until(async () => /Each operator counts[\s\S]*An operator is/.test(await draft.markdown()), "all are replaced");
  await amina.page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await amina.text.focus();
  await amina.page.keyboard.press("Control+z");
  await until(async () => (await draft.markdown()) === source, "all are back");
  assert.deepEqual(amina.complaints, []);
  await amina.close();
});

test("the words of the text, and of what is selected, are counted at the end of the status line", async () => {
  const draft = await makeDraft(house.site, "Counting", "# One two\n\nThree four five.\n");
  const amina = await somebody(house.browser);
  await amina.join(draft.links.editor, "Amina Diallo");
  const count = amina.page.getByRole("contentinfo").getByText(/words?$/);
  await until(async () => (await count.innerText()) === "5 words", "five words");
  await amina.page.locator(".cm-line", { hasText: "Three four" }).click();
  await amina.page.keyboard.press("Home");
  for (let at = 0; at < 2; at += 1) await amina.page.keyboard.press("Control+Shift+ArrowRight");
  await until(async () => (await count.innerText()) === "2 of 5 words", "two of five words");
  await amina.page.keyboard.press("End");
  await amina.page.keyboard.type(" Six seven");
  await until(async () => (await count.innerText()) === "7 words", "seven words");
  await amina.close();
});

test("on paper stand the words and nothing of the furniture, from the editor and from the export", async () => {
  const paragraphs = Array.from(
    { length: 60 },
    (_, at) =>
      `Paragraph ${at + 1} has words enough to fill a line or two on paper, so that the text needs several pages.\n`,
  );
  const draft = await makeDraft(
    house.site,
    "On paper",
    `# Scope\n\n${paragraphs.join("\n")}\n| Risk | Share |\n| --- | ---: |\n| Cables | 4 |\n\nThe very last words.\n`,
  );
  const amina = await somebody(house.browser);
  await amina.join(draft.links.facilitator, "Amina Diallo");
  await amina.status("saved");
  // Paper is light, whatever the screen is.
  await amina.choose("Appearance As the system", "Dark");
  await until(() => amina.page.evaluate(() => document.documentElement.dataset.theme === "dark"), "dark is chosen");
  await amina.page.emulateMedia({ media: "print", colorScheme: "dark" });
  const ink = () =>
    amina.page.evaluate(() =>
      [".cm-content", ".cm-heading"].map((part) =>
        getComputedStyle(document.querySelector(part)).color.match(/\d+/g).map(Number),
      ),
    );
  await until(async () => (await ink()).every((colour) => Math.max(...colour) < 80), "ink is dark");
  await amina.page.emulateMedia({ media: null, colorScheme: null });
  const editor = await printed(amina.page, "editor");
  await amina.page.goto(`${house.site.address}/api/v1/drafts/${draft.id}/html`);
  const report = await printed(amina.page, "export");
  for (const [name, text] of Object.entries({ editor, report })) {
    for (const words of [
      "Scope",
      "Paragraph 1 has",
      "Paragraph 30 has",
      "Paragraph 60 has",
      "Cables",
      "The very last words.",
    ])
      assert.ok(text.includes(words), `${name} on paper lacks “${words}”`);
    for (const words of ["History", "Export", "Saved on the server", "Outline", "Plain text", "Edit table"])
      assert.ok(!text.includes(words), `${name} on paper has “${words}”`);
  }
  await amina.close();
});

/** A page as its PDF reads: words with single spaces. Needs poppler's pdftotext. */
async function printed(page, name) {
  const file = path.join(output, `print-${name}.pdf`);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await writeFile(file, await page.pdf({ format: "A4", preferCSSPageSize: true }));
  return execFileSync("pdftotext", ["-layout", file, "-"], {
    encoding: "utf8",
  }).replace(/\s+/g, " ");
}
