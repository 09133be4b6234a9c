// axe over one exported report, in every way it is read.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const VIEWS = [
  ["light", { width: 1440, height: 900 }, { colorScheme: "light" }],
  ["dark", { width: 1440, height: 900 }, { colorScheme: "dark" }],
  ["390 px", { width: 390, height: 844 }, { colorScheme: "light" }],
  ["390 px dark", { width: 390, height: 844 }, { colorScheme: "dark" }],
  ["print", { width: 794, height: 1123 }, { media: "print" }],
];

/** The names of the views. */
export const views = VIEWS.map(([name]) => name);

/** What axe finds in one view: rule, how often, where first. Also whether the page scrolls sideways. */
export async function auditAccessibility(browser, file, view) {
  const [, viewport, media] = VIEWS.find(([name]) => name === view);
  const context = await browser.newContext({ viewport, bypassCSP: true });
  const page = await context.newPage();
  page.setDefaultTimeout(300_000);
  await page.emulateMedia(media);
  await page.goto(pathToFileURL(file).href);
  await page.evaluate(axe);
  // Paper has no touch targets.
  const rules = media.media === "print" ? { "target-size": { enabled: false } } : {};
  const violations = await page.evaluate(async (rules) => {
    // Every rule, also those that are off by default, but for the strictest level (AAA), whose
    // contrast our tokens meet for text and not for furniture.
    const { violations } = await window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations"],
      rules,
    });
    return violations.map(
      ({ id, help, nodes }) =>
        `${id} (${nodes.length}): ${help}: ${nodes[0].html.slice(0, 160)} ${nodes[0].any?.[0]?.message ?? ""}`,
    );
  }, rules);
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (sideways > 0) violations.push(`the page is ${sideways} px wider than its window`);
  await context.close();
  return violations;
}
