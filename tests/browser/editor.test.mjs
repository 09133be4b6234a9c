// The editor as working groups use it: several browsers on one draft, against a real relay.
//
// Needs PLENARY_BIN, PLENARY_CHROMIUM and the built editor (`npm run build` in web/); `cargo xtask test`
// sees to all three. Pictures of every view go to PLENARY_TEST_OUTPUT.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { openBrowser, VIEWS } from "./lib/browser.mjs";
import { dialNow, makeDraft, somebody, until } from "./lib/people.mjs";
import { startRelay } from "./lib/relay.mjs";
import { isBuilt, openSite } from "./lib/site.mjs";

const SOURCE = [
  "# Scope",
  "",
  "Routes are [shared / common] property[^1] of **all operators**.",
  "",
  "> [!NOTE]",
  "> Comments close soon.",
  "",
  "| Risk | Share |",
  "| --- | ---: |",
  "| Cables | 4 |",
  "",
  "# Terms",
  "",
  "A leak is a route that went too far.",
  "",
  "# Methods",
  "",
  "The group met twice.",
  "",
  "[^1]: So it was found.",
  "",
].join("\n");

let browser;
let relay;
let site;

before(async () => {
  if (!isBuilt) throw new Error("web/dist is missing: run `npm ci && npm run build` in web/, or cargo xtask test");
  [relay, browser] = await Promise.all([startRelay(), openBrowser()]);
  site = await openSite(relay.address);
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await relay?.stop();
});

describe("writing together", () => {
  test("two people write, see each other, and only what is on the server is called saved", async () => {
    const draft = await makeDraft(site, "Routing", SOURCE);
    const amina = await somebody(browser);
    const bo = await somebody(browser);
    await Promise.all([amina.join(draft.links.facilitator, "Amina Diallo"), bo.join(draft.links.editor, "Bo Li")]);
    await amina.typeAfter("too far", " and came back");
    await bo.sees("too far and came back.");
    await bo.typeAfter("met twice", " in Geneva");
    await amina.sees("met twice in Geneva.");
    await amina.status("saved");
    assert.match(await draft.markdown(), /too far and came back\.[\s\S]*met twice in Geneva\./);
    await amina.page.getByRole("button", { name: /2 people are here/ }).waitFor();
    assert.equal(await amina.page.evaluate(() => location.hash), "");
    await amina.page.reload();
    await amina.sees("came back.");
    assert.deepEqual([...amina.complaints, ...bo.complaints], []);
    await Promise.all([amina.close(), bo.close()]);
  });

  test("undo takes back one's own words only", async () => {
    const draft = await makeDraft(site, "Undo", SOURCE);
    const [amina, bo] = await Promise.all([somebody(browser), somebody(browser)]);
    await Promise.all([amina.join(draft.links.editor), bo.join(draft.links.editor)]);
    await amina.typeAfter("too far", " MINE");
    await bo.sees("MINE");
    await bo.typeAfter("met twice", " THEIRS");
    await amina.sees("THEIRS");
    await amina.page.keyboard.press("Control+z");
    await until(async () => !(await bo.text.innerText()).includes("MINE"), "the undone words stay");
    await amina.sees("THEIRS");
    await Promise.all([amina.close(), bo.close()]);
  });

  test("a comment is made, answered and settled, between two people", async () => {
    const draft = await makeDraft(site, "Comments", SOURCE);
    const [amina, rita] = await Promise.all([somebody(browser), somebody(browser)]);
    await amina.join(draft.links.editor, "Amina Diallo");
    await rita.join(draft.links.reviewer, "Rita Ortega");
    await rita.page.locator(".cm-line", { hasText: "A leak is" }).dblclick();
    await rita.page.getByRole("button", { name: "Comment", exact: true }).click();
    await rita.page.getByPlaceholder("Your comment").fill("Whose definition is this?");
    await rita.page.getByRole("button", { name: "Add comment" }).click();
    const card = amina.page.getByRole("article", { name: /Comment 1/ });
    await card.getByText("Whose definition").click();
    await card.getByRole("button", { name: "Reply" }).click();
    await amina.page.getByPlaceholder("Reply").fill("That of RFC 7908.");
    await amina.page.keyboard.press("Control+Enter");
    await rita.page.getByText("RFC 7908").waitFor();
    await amina.look("comments");
    await card.getByRole("button", { name: "Mark as settled" }).click();
    await rita.page.getByRole("button", { name: /Show 1 settled/ }).waitFor();
    await Promise.all([amina.close(), rita.close()]);
  });

  test("a part is moved in the outline, by keyboard, while somebody writes in it", async () => {
    const draft = await makeDraft(site, "Outline", SOURCE);
    const [amina, bo] = await Promise.all([somebody(browser), somebody(browser)]);
    await Promise.all([amina.join(draft.links.editor), bo.join(draft.links.editor)]);
    await bo.typeAfter("too far", " one");
    const row = amina.page.getByRole("button", { name: /Terms$/ });
    await row.first().focus();
    await Promise.all([amina.page.keyboard.press("Alt+ArrowDown"), bo.page.keyboard.type(" two three", { delay: 20 })]);
    await until(
      async () => /# Methods[\s\S]*# Terms[\s\S]*one two three/.test(await draft.markdown()),
      "moved with what was typed meanwhile",
    );
    await Promise.all([amina.close(), bo.close()]);
  });

  test("a part goes down the outline as fast as the keys are pressed, and the keyboard goes with it", async () => {
    const draft = await makeDraft(site, "Steps", "# One\n\n1\n\n# Two\n\n2\n\n# Three\n\n3\n\n# Four\n\n4\n");
    const amina = await somebody(browser);
    await amina.join(draft.links.editor);
    const order = async (wanted) =>
      until(
        async () => [...(await draft.markdown()).matchAll(/^# (\w+)/gm)].map((it) => it[1]).join(" ") === wanted,
        wanted,
      );
    await amina.page.getByRole("navigation", { name: "Outline" }).getByRole("button", { name: /One$/ }).focus();
    for (let press = 0; press < 3; press++) await amina.page.keyboard.press("Alt+ArrowDown");
    await order("Two Three Four One");
    await until(
      async () => /One$/.test((await amina.page.locator(":focus").innerText()).trim()),
      "the keyboard is on the part",
    );
    for (let press = 0; press < 2; press++) await amina.page.keyboard.press("Alt+ArrowUp");
    await order("Two One Three Four");
    assert.deepEqual(amina.complaints, []);
    await amina.close();
  });
});

describe("a bad connection", () => {
  test("offline one goes on writing, and everything arrives when one is back", async () => {
    const draft = await makeDraft(site, "Offline", SOURCE);
    const [amina, bo] = await Promise.all([somebody(browser), somebody(browser)]);
    await Promise.all([amina.join(draft.links.editor), bo.join(draft.links.editor)]);
    await amina.status("saved");
    site.cut();
    await amina.typeAfter("too far", " while offline");
    await amina.status("reconnecting");
    await amina.page.getByText(/waiting for the connection/).waitFor();
    await amina.look("offline");
    await bo.typeAfter("met twice", " without her");
    site.restore();
    await bo.sees("while offline");
    await amina.sees("without her");
    await amina.status("saved");
    await Promise.all([amina.close(), bo.close()]);
  });

  test("a draft opens without a connection, takes words, and sends them later", async () => {
    const draft = await makeDraft(site, "Closed laptop", SOURCE);
    const amina = await somebody(browser);
    await amina.join(draft.links.editor, "Amina Diallo");
    await amina.status("saved");
    await amina.page.evaluate(() => navigator.serviceWorker.ready);
    const { page } = amina;
    site.cut();
    try {
      await page.reload();
      await amina.sees("too far");
      await amina.typeAfter("too far", " on the train");
      await page.getByText(/waiting for the connection/).waitFor();
      // The laptop is closed in the middle of it: only what is on the device is left.
      await page.reload();
      await amina.sees("on the train");
    } finally {
      site.restore();
    }
    await amina.status("saved");
    await until(async () => (await draft.markdown()).includes("too far on the train"), "what was typed offline");
    assert.deepEqual(amina.complaints, []);
    await amina.close();
  });

  test("the relay is killed while three people type: nothing that was called saved is missing, nothing else is lost", async () => {
    const mine = await startRelay();
    const house = await openSite(mine.address);
    let again = null;
    try {
      const draft = await makeDraft(house, "Killed", SOURCE);
      const people = await Promise.all([0, 1, 2].map(() => somebody(browser)));
      await Promise.all(people.map((one) => one.join(draft.links.editor)));
      const places = ["too far", "met twice", "common"];
      await Promise.all(people.map((one, index) => one.cursorAfter(places[index])));
      const typing = people.map((one, index) =>
        one.page.keyboard.type(` alpha${index} beta${index} gamma${index} delta${index} omega${index}`, { delay: 25 }),
      );
      await people[0].page.locator(".cm-line", { hasText: "beta0" }).waitFor();
      await mine.kill();
      await Promise.all(typing);
      await people[0].status("reconnecting");
      again = await startRelay(mine.data);
      house.setRelay(again.address);
      for (const one of people) await dialNow(one.page);
      await Promise.all(people.map((one) => one.status("saved")));
      for (const index of [0, 1, 2]) {
        const whole = ` alpha${index} beta${index} gamma${index} delta${index} omega${index}`;
        await until(async () => (await draft.markdown()).includes(whole), `what person ${index} typed`);
        await Promise.all(people.map((one) => one.sees(`omega${index}`)));
      }
      await Promise.all(people.map((one) => one.close()));
    } finally {
      await house.stop();
      await again?.stop();
    }
  });

  test("a link is revoked under one's fingers: one is told, and keeps one's words", async () => {
    const draft = await makeDraft(site, "Revoked", SOURCE);
    const [chair, bo] = await Promise.all([somebody(browser), somebody(browser)]);
    await chair.join(draft.links.facilitator, "Amina Diallo");
    await bo.join(draft.links.editor, "Bo Li");
    await bo.status("saved");
    await chair.page.getByRole("button", { name: "Share", exact: true }).click();
    const revoke = chair.page.getByRole("button", { name: /^Revoke\s*: Edit/ });
    const offered = await Promise.race([
      revoke.waitFor().then(() => true),
      chair.page
        .getByText("cannot make or revoke")
        .waitFor()
        .then(() => false),
    ]);
    if (offered) {
      await revoke.click();
      await bo.status("gone");
      await bo.page.getByRole("button", { name: "Download a copy" }).waitFor();
      await bo.look("revoked");
    } else console.log("not shown: this relay cannot revoke links yet");
    await Promise.all([chair.close(), bo.close()]);
  });
});

describe("what pages may do", () => {
  test("a reader gets the text and no editor; nobody asks a third party", async () => {
    const draft = await makeDraft(site, "Reading", SOURCE);
    const reader = await somebody(browser);
    const hosts = new Set();
    reader.page.on("request", (request) => hosts.add(new URL(request.url()).host));
    await reader.page.goto(draft.links.viewer);
    await reader.page.frameLocator("iframe").getByText("A leak is a route").waitFor();
    assert.deepEqual([...hosts].filter(Boolean), [new URL(site.address).host]);
    assert.equal(await reader.text.count(), 0);
    await reader.look("reader");
    assert.deepEqual(reader.complaints, []);
    await reader.close();
  });

  test("a wrong link says what is wrong and what to do", async () => {
    const draft = await makeDraft(site, "Doors", SOURCE);
    const stranger = await somebody(browser);
    await stranger.page.goto(`${site.address}/d/${draft.id}#${"x".repeat(43)}`);
    await stranger.page.getByRole("heading", { name: "This link is not valid" }).waitFor();
    await stranger.look("bad-link");
    await stranger.page.goto(`${site.address}/`);
    await stranger.page.goto(`${site.address}/d/${draft.id}`);
    await stranger.page.getByRole("heading", { name: "This draft opens with a link" }).waitFor();
    await stranger.close();
  });
});

describe("by keyboard alone", () => {
  test("join, write, comment, leave the text, share and help", async () => {
    const draft = await makeDraft(site, "Keyboard", SOURCE);
    const amina = await somebody(browser);
    const { keyboard } = amina.page;
    await amina.page.goto(draft.links.facilitator);
    await amina.page.getByLabel("Your name").waitFor();
    await keyboard.type("Amina Diallo");
    await keyboard.press("Enter");
    await amina.text.waitFor();
    await amina.text.focus();
    await keyboard.press("Control+End");
    await keyboard.type("\n\nTyped with keys, ");
    await keyboard.press("Control+b");
    await keyboard.type("bold");
    await keyboard.press("Alt+2");
    await until(async () => (await draft.markdown()).includes("## Typed with keys, **bold**"), "the typed heading");
    await keyboard.press("Control+Alt+m");
    await keyboard.type("A comment by keyboard");
    await keyboard.press("Control+Enter");
    await amina.page.getByRole("article").getByText("A comment by keyboard").waitFor();
    await amina.text.focus();
    await keyboard.press("Escape");
    assert.equal(await amina.page.evaluate(() => document.activeElement?.closest(".toolbar") !== null), true);
    await keyboard.press("F1");
    await amina.page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await amina.look("keys");
    await keyboard.press("Escape");
    await amina.page.getByRole("button", { name: "Share", exact: true }).focus();
    await keyboard.press("Enter");
    await amina.page.getByRole("dialog", { name: "Share" }).waitFor();
    await amina.look("share");
    assert.deepEqual(amina.complaints, []);
    await amina.close();
  });
});

describe("for people who do not write Markdown", () => {
  test("a table is edited in fields", async () => {
    const draft = await makeDraft(site, "Tables", SOURCE);
    const amina = await somebody(browser);
    await amina.join(draft.links.editor);
    await amina.page.getByRole("cell", { name: "Cables" }).click();
    await amina.page.getByRole("dialog", { name: "Edit table" }).waitFor();
    await amina.look("table");
    await until(
      () => amina.page.evaluate(() => document.activeElement?.tagName === "TEXTAREA"),
      "the cell has the keyboard",
    );
    await amina.page.keyboard.type("Sea cables | routes");
    await amina.page.keyboard.press("Enter");
    await amina.page.keyboard.type("Rockets");
    await amina.page.getByRole("button", { name: "Done" }).click();
    await until(
      async () => (await draft.markdown()).includes("| Sea cables \\| routes | 4 |\n| Rockets |"),
      "the edited table",
    );
    await amina.close();
  });

  test("two people change one table at once, and it stays one table", async () => {
    const draft = await makeDraft(site, "Two at a table", "# T\n\n|A|B|\n|---|---|\n|one|1|\n|two|2|\n\nEnd.\n");
    const [amina, bo] = await Promise.all([somebody(browser), somebody(browser)]);
    await Promise.all([amina.join(draft.links.editor), bo.join(draft.links.editor)]);
    await amina.page.getByRole("cell", { name: "one" }).click();
    await bo.page.getByRole("cell", { name: "two" }).click();
    await Promise.all(
      [amina, bo].map(({ page }) =>
        until(() => page.evaluate(() => document.activeElement?.tagName === "TEXTAREA"), "the cell has the keyboard"),
      ),
    );
    site.cut();
    await Promise.all([amina.status("reconnecting"), bo.status("reconnecting")]);
    // Neither hears of the other yet: Amina adds a row, Bo writes in a cell and adds one, too.
    await amina.page.keyboard.press("Enter");
    await amina.page.keyboard.press("Enter");
    await amina.page.keyboard.type("three");
    await amina.page.getByRole("button", { name: "Done" }).click();
    await bo.page.keyboard.type("second");
    await bo.page.keyboard.press("Enter");
    await bo.page.keyboard.type("four");
    await bo.page.getByRole("button", { name: "Done" }).click();
    site.restore();
    const words = async () => (await draft.markdown()).match(/[a-z]{3,}/g)?.join(" ");
    await until(
      async () => /^one second (?:three four|four three)$/.test(await words()),
      "one table with all words",
    ).catch(async (error) => {
      throw new Error(`${error.message}\n${await draft.markdown()}`);
    });
    assert.equal((await draft.markdown()).match(/---/g).length, 2);
    await Promise.all([amina.close(), bo.close()]);
  });

  test("a footnote comes from the tools, and its note can be typed at once", async () => {
    const draft = await makeDraft(site, "Footnotes", SOURCE);
    const amina = await somebody(browser);
    await amina.join(draft.links.editor);
    await amina.cursorAfter("too far");
    await amina.page.getByRole("button", { name: "Footnote" }).click();
    // The line with the cursor shows its Markdown, also when the keyboard was elsewhere a moment ago.
    await amina.sees("[^2]:");
    await amina.page.keyboard.type("As in 2008.");
    await until(
      async () => /too far\[\^2\]\.[\s\S]*\[\^2\]: As in 2008\./.test(await draft.markdown()),
      "the footnote",
    );
    await amina.close();
  });

  test("rich text is pasted as Markdown", async () => {
    const draft = await makeDraft(site, "Paste", SOURCE);
    const amina = await somebody(browser);
    await amina.join(draft.links.editor);
    await amina.text.focus();
    await amina.page.keyboard.press("Control+End");
    await amina.page.evaluate(() => {
      const data = new DataTransfer();
      data.setData("text/html", "<h2>Pasted</h2><ul><li><b>One</b></li><li>Two</li></ul>");
      data.setData("text/plain", "Pasted One Two");
      document.querySelector(".cm-content").dispatchEvent(
        new ClipboardEvent("paste", {
          clipboardData: data,
          bubbles: true,
          cancelable: true,
        }),
      );
    });
    await until(async () => (await draft.markdown()).includes("## Pasted\n\n- **One**\n- Two"), "the pasted Markdown");
    await amina.close();
  });

  test("Arabic, combining marks and emoji are typed and deleted whole", async () => {
    const draft = await makeDraft(site, "Scripts", SOURCE);
    const [amina, bo] = await Promise.all([somebody(browser), somebody(browser)]);
    await Promise.all([amina.join(draft.links.editor), bo.join(draft.links.editor)]);
    await amina.text.focus();
    await amina.page.keyboard.press("Control+End");
    await amina.page.keyboard.insertText("الأمن للجميع e\u0301 👩🏽‍💻");
    await bo.sees("الأمن للجميع");
    await amina.page.keyboard.press("Backspace");
    await until(
      async () => (await draft.markdown()).trimEnd().endsWith("الأمن للجميع e\u0301"),
      "one Backspace takes the whole emoji",
    );
    assert.equal(
      await bo.page.locator(".cm-line", { hasText: "الأمن" }).evaluate((line) => getComputedStyle(line).direction),
      "rtl",
    );
    await Promise.all([amina.close(), bo.close()]);
  });
});

describe("every view, every way of looking", () => {
  const looks = [
    ...VIEWS.map((view) => ({ view })),
    { view: VIEWS[0], language: "ar" },
    { view: VIEWS[2], language: "fr" },
  ];
  for (const look of looks) {
    test(`${look.view.name} ${look.language ?? ""}`, async () => {
      const draft = await makeDraft(site, "Views", SOURCE);
      const amina = await somebody(browser, look);
      await amina.page.goto(site.address);
      await amina.page.locator("#title").waitFor();
      await amina.look("start");
      await amina.page.goto(draft.links.facilitator);
      await amina.page.locator("#join-name").waitFor();
      await amina.look("join");
      await amina.page.locator(".join .link-button").click();
      await amina.text.waitFor();
      await amina.page.locator(".cm-table").waitFor();
      await amina.status("saved");
      await amina.look("draft");
      await amina.text.focus();
      await amina.page.keyboard.press("Control+Home");
      await amina.look("draft-writing");
      const isPhone = look.view.viewport.width < 600;
      if (isPhone) {
        await amina.page.locator(".topbar button").first().click();
        await amina.page.locator(".sheet nav").waitFor();
        await amina.look("outline");
        await amina.page.keyboard.press("Escape");
      }
      assert.deepEqual(amina.complaints, []);
      await amina.close();
    });
  }
});
