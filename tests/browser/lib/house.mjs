// What one file of journeys runs in: a relay with fresh data, the site in front of it, and a browser.

import { after, before } from "node:test";

import { openBrowser } from "./browser.mjs";
import { startRelay } from "./relay.mjs";
import { isBuilt, openSite } from "./site.mjs";

/** Opened before the file's first test and closed after its last. Its fields are there once tests run. */
export function openHouse() {
  const house = { browser: null, relay: null, site: null };
  before(async () => {
    if (!isBuilt) throw new Error("web/dist is missing: run `npm ci && npm run build` in web/, or cargo xtask test");
    [house.relay, house.browser] = await Promise.all([startRelay(), openBrowser()]);
    house.site = await openSite(house.relay.address);
  });
  after(async () => {
    await house.browser?.close();
    await house.site?.stop();
    await house.relay?.stop();
  });
  return house;
}

/** A report of so many chapters that most of it is outside the window, whatever the window. */
export function longReport(chapters = 30) {
  const chapter = (number) =>
    [
      `# Chapter ${number}`,
      "",
      `Opening words of chapter ${number}.`,
      "",
      ...Array.from(
        { length: 6 },
        (_, at) =>
          `Paragraph ${at + 1} of chapter ${number} says at some length what operators of networks, large and small, found when they looked into it together.\n`,
      ),
    ].join("\n");
  return Array.from({ length: chapters }, (_, at) => chapter(at + 1)).join("\n");
}
