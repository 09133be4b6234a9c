// The laptop is closed in the middle of a sentence: whatever the page had called kept is there again.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";

import { chromium } from "playwright-core";

import { openHouse } from "./lib/house.mjs";
import { makeDraft, PATIENCE, until } from "./lib/people.mjs";

const house = openHouse();

/** A browser with a profile on disk, so that it can be ended and started again. */
async function laptop(profile) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.PLENARY_CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    viewport: { width: 1280, height: 900 },
    reducedMotion: "reduce",
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(PATIENCE);
  return {
    context,
    page,
    kind: () => page.locator("[data-status]").getAttribute("data-status"),
  };
}

/** Opens the draft, types in it with or without a connection, and gives the words that were called kept. */
async function typeAndClose(draft, profile, isOffline) {
  const { context, page, kind } = await laptop(profile);
  await page.goto(draft.links.editor);
  await page.getByRole("button", { name: "Continue as a guest" }).click();
  await page.locator('[data-status="saved"]').waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Control+End");
  if (isOffline) {
    house.site.cut();
    await page.locator('[data-status="reconnecting"]').waitFor();
  }
  await page.keyboard.type("The first sentence is kept.", { delay: 10 });
  // "Saved on this device" is a promise, with the connection and without.
  const isKept = async () =>
    ["saved", "saved-here"].includes(await kind()) ||
    ((await kind()) === "reconnecting" &&
      /Saved on this device, \d+ change/.test(await page.locator(".status").innerText()));
  await until(isKept, "the first sentence is called kept");
  const typing = page.keyboard
    .type(" And in the middle of the second one the lid is clo", { delay: 10 })
    .catch(() => undefined);
  await page.locator(".cm-line", { hasText: "in the middle" }).waitFor();
  await context.close();
  await typing;
}

for (const isOffline of [false, true]) {
  test(`the lid is closed while one types ${isOffline ? "without" : "with"} a connection: nothing that was called kept is missing`, async () => {
    const draft = await makeDraft(house.site, "The lid", "# Notes\n\n");
    const profile = await mkdtemp(path.join(tmpdir(), "plenary-laptop-"));
    try {
      await typeAndClose(draft, profile, isOffline);
      if (!isOffline) house.site.cut();
      // Opened again on the train, then at home.
      const { context, page } = await laptop(profile);
      await page.goto(draft.links.editor.split("#")[0]);
      await page.locator(".cm-line", { hasText: "The first sentence is kept." }).waitFor();
      await page.locator('[data-status="reconnecting"]').waitFor();
      house.site.restore();
      await page.locator('[data-status="saved"]').waitFor();
      const text = await draft.markdown();
      assert.match(text, /The first sentence is kept\./);
      const second = /kept\.(.*)/.exec(text)?.[1] ?? "";
      assert.ok(
        " And in the middle of the second one the lid is clo".startsWith(second),
        `what came after is no beginning of what was typed: ${second}`,
      );
      await context.close();
    } finally {
      house.site.restore();
      await rm(profile, { recursive: true, force: true });
    }
  });
}
