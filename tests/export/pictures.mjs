// Takes pictures of an exported report: cover, contents, table, footnotes, Arabic, dark, phone and
// the first printed pages. Usage: node pictures.mjs REPORT.html OUTPUT_FOLDER
// Needs Chromium (PLENARY_CHROMIUM, default /usr/bin/chromium) and pdftoppm for the printed pages.

import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";

const [input, folder] = process.argv.slice(2);
if (!input || !folder) {
  console.error("usage: node pictures.mjs REPORT.html OUTPUT_FOLDER");
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const address = pathToFileURL(resolve(input)).href;
const browser = await launch();

/** Opens the report at a size and hands the page to `shoot`. */
async function at({ width, height, dark = false }, shoot) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    deviceScaleFactor: width < 500 ? 2 : 1,
    isMobile: width < 500,
    hasTouch: width < 500,
  });
  const page = await context.newPage();
  await page.goto(address);
  await shoot(page);
  await context.close();
}

/** Scrolls the first match to the top third and takes the window. */
async function around(page, selector, name) {
  const found = page.locator(selector).first();
  if ((await found.count()) === 0) {
    console.log(`no ${selector} in this report: ${name}.png skipped`);
    return;
  }
  await found.evaluate((element) => {
    element.scrollIntoView({ block: "start" });
    window.scrollBy(0, -160);
  });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

const wide = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
await at(wide, async (page) => {
  await page.screenshot({ path: join(folder, "cover.png") });
  await around(page, ".text .head", "text");
  await around(page, ".text table", "table");
  await around(page, ".recommendation", "recommendation");
  await around(page, ".bracket", "brackets");
  await around(page, ".text [lang|=ar][dir=rtl]", "arabic");
  await around(page, ".annex", "annex");
  await around(page, ".notes", "footnotes");
});
await at({ ...wide, dark: true }, async (page) => {
  await page.screenshot({ path: join(folder, "cover-dark.png") });
  await around(page, ".recommendation", "recommendation-dark");
  await around(page, ".text table", "table-dark");
});
await at(phone, async (page) => {
  await page.screenshot({ path: join(folder, "phone-cover.png") });
  await around(page, ".contents", "phone-contents");
  await around(page, ".text table", "phone-table");
  await around(page, ".text .head", "phone-text");
  await around(page, ".recommendation", "phone-recommendation");
});
await at(wide, async (page) => {
  const pdf = join(folder, "print.pdf");
  await page.pdf({ path: pdf, preferCSSPageSize: true, printBackground: true });
  try {
    execFileSync("pdftoppm", ["-r", "70", "-png", "-f", "1", "-l", "6", pdf, join(folder, "print")]);
  } catch (error) {
    console.log(`pdftoppm is missing, printed pages stay in ${pdf}: ${error.message}`);
    return;
  }
  rmSync(pdf);
});
await browser.close();
