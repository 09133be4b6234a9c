// People in browsers: each has a context of their own, as if on another computer.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { violations } from "./axe.mjs";
import { VIEWS } from "./browser.mjs";

export const output = process.env.PLENARY_TEST_OUTPUT ?? path.join(tmpdir(), "plenary-browser-tests");
/** Another machine may be slow; nothing waits longer than it must. */
export const PATIENCE = Number(process.env.PLENARY_TEST_PATIENCE ?? 30_000);

/** Somebody's page. `complaints` collects what the page itself did wrong; a test ends by finding it empty. */
export async function somebody(browser, { view = VIEWS[0], language = null, ...more } = {}) {
  await mkdir(output, { recursive: true });
  const context = await browser.newContext({
    viewport: view.viewport,
    colorScheme: view.colours,
    hasTouch: view.viewport.width < 600,
    reducedMotion: "reduce",
    ...more,
  });
  if (language) await context.addInitScript((tag) => localStorage.setItem("plenary.language", tag), language);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("console", (message) => {
    // The browser itself notes every refused or failed request; refusals are tested by what is shown.
    const isRequest = /Failed to load resource|WebSocket connection to|ERR_INTERNET_DISCONNECTED/.test(message.text());
    if (message.type() === "error" && !isRequest) complaints.push(message.text());
  });
  const text = page.locator(".cm-content");
  return {
    page,
    context,
    complaints,
    text,
    /** Opens a link and joins under a name, or as a guest. */
    async join(link, name = null) {
      await page.goto(link);
      // The same button in every language.
      const guest = page.locator(".join .link-button");
      await guest.waitFor();
      if (name) {
        await page.getByLabel("Your name").fill(name);
        await page.getByLabel("Stakeholder group").selectOption({ index: 1 });
        await page.getByRole("button", { name: "Join the draft" }).click();
      } else await guest.click();
      await text.waitFor();
      await guest.waitFor({ state: "detached" });
    },
    /** Puts the cursor behind the words and types. */
    async typeAfter(words, typed, options) {
      await page.locator(".cm-line", { hasText: words }).first().click();
      await page.keyboard.press("Control+End");
      await this.cursorAfter(words);
      await page.keyboard.type(typed, options);
    },
    /** Puts the cursor behind the first place of the words, by the editor's own search. */
    async cursorAfter(words) {
      await text.focus();
      await page.keyboard.press("Control+Home");
      await page.keyboard.press("Control+f");
      await page.locator(".cm-search [name=search]").pressSequentially(words);
      await page.keyboard.press("Enter");
      await page.keyboard.press("Escape");
      await page.keyboard.press("ArrowRight");
    },
    /** Opens the menu and chooses an item of it; `then` is an item of the menu that opens beside it. */
    async choose(item, then = null) {
      await page.locator(".topbar > [aria-haspopup=menu]").last().click();
      await page
        .getByRole("menuitem", { name: item, exact: true })
        .or(page.getByRole("menuitemcheckbox", { name: item, exact: true }))
        .click();
      if (then) await page.getByRole("menuitem", { name: then }).click();
    },
    /** Waits until a line with the words stands in the window's part of the text. */
    looksAt(words) {
      return until(() => this.shows(words), `the window does not show “${words}”`);
    },
    /** Whether it stands there now. */
    shows: (words) =>
      page.evaluate((wanted) => {
        const paper = document.querySelector(".paper").getBoundingClientRect();
        const places = [...document.querySelectorAll(".cm-line")]
          .filter((line) => line.textContent.includes(wanted))
          .map((line) => line.getBoundingClientRect());
        return places.some(({ top, bottom }) => bottom > paper.top && top < paper.bottom);
      }, words),
    sees: (words) => page.locator(".cm-line", { hasText: words }).first().waitFor(),
    status: (kind) => page.locator(`[data-status="${kind}"]`).waitFor(),
    /** A picture, axe's verdict, and no scrolling sideways. */
    async look(name) {
      await page.screenshot({
        path: path.join(output, `${name}-${view.name}${language ? `-${language}` : ""}.png`),
      });
      assert.deepEqual(await violations(page), [], `${name} in ${view.name} ${language ?? ""}`);
      const sideways = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(sideways <= 0, `${name} in ${view.name} scrolls sideways by ${sideways} px`);
    },
    /** Leaves the draft as one who closes the page; the browser stays open. */
    leave: () => page.goto("about:blank"),
    close: () => context.close(),
  };
}

/** Makes a draft straight at the relay; links lead to the site where the editor is. */
export async function makeDraft(site, title, markdown) {
  const answer = await fetch(`${site.address}/api/v1/drafts`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Plenary-Request": "1" },
    body: JSON.stringify({ title, markdown }),
  });
  const made = await answer.json();
  if (!answer.ok) throw new Error(JSON.stringify(made));
  const here = new URL(site.address).host;
  const links = Object.fromEntries(
    Object.entries(made.links).map(([role, link]) => [role, Object.assign(new URL(link), { host: here }).href]),
  );
  return {
    id: made.document_id,
    links,
    markdown: () =>
      fetch(`${site.address}/api/v1/drafts/${made.document_id}/markdown`, {
        headers: {
          Authorization: `Bearer ${new URL(links.facilitator).hash.slice(1)}`,
        },
      }).then((source) => source.text()),
  };
}

/** Waits until `check` gives something true; says what it gave last otherwise. */
export async function until(check, what) {
  const end = Date.now() + PATIENCE;
  let last;
  do {
    last = await check();
    if (last) return last;
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while (Date.now() < end);
  throw new Error(`${what}: ${last}`);
}

/**
 * Has a page that counts down to its next try dial at once. The button is there only while it counts: a page
 * that has dialled by itself meanwhile lacks it, and the test waits for what comes of the dialling either way.
 */
export const dialNow = (page) =>
  page
    .getByRole("button", { name: "Try now" })
    .click({ timeout: 2_000 })
    .catch(() => {});

/** Notes all that live regions say from now on; gives the sentences when called. */
export async function listenTo(page) {
  await page.evaluate(() => {
    globalThis.said = [];
    for (const region of document.querySelectorAll("[aria-live], [role=status], [role=alert]")) {
      new MutationObserver(() => globalThis.said.push(region.textContent)).observe(region, {
        childList: true,
        characterData: true,
        subtree: true,
      });
    }
  });
  return () => page.evaluate(() => globalThis.said);
}
