// What a printed report says on its pages: running heads, page numbers, repeated table heads, no
// heading left alone at the foot of a page. Usage: node print.mjs [--plenary PATH] (or $PLENARY_BIN).
// Needs Chromium and poppler's pdftotext. The last line is `N passed, N failed`.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const cache = join(root, "tests/.cache/print");
const named = process.argv.indexOf("--plenary");
const built = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/plenary");
const plenary = named > 0 ? resolve(process.argv[named + 1] ?? "") : (process.env.PLENARY_BIN ?? built);

/** Whether a program is there. */
function isThere(program) {
  try {
    execFileSync(program, ["-v"], { stdio: "ignore" });
    return true;
  } catch (error) {
    return error.code !== "ENOENT";
  }
}

if (!existsSync(plenary) || !isThere("pdftotext")) {
  console.log("skipped: printed pages, which need pdftotext (Debian: poppler-utils) and a built plenary");
  process.exit(0);
}

const results = { passed: 0, failed: 0 };

/** Counts a check and prints what it found. */
function check(name, found) {
  results[found.length === 0 ? "passed" : "failed"] += 1;
  console.log(`${found.length === 0 ? "ok   " : "FAIL "} ${name}`);
  for (const line of found.slice(0, 8)) console.log(`        ${line}`);
}

/** Prints a Markdown file as Chromium does and gives the lines of each page, as they stand on paper. */
async function print(browser, path, name) {
  mkdirSync(cache, { recursive: true });
  const html = join(cache, `${name}.html`);
  const pdf = join(cache, `${name}.pdf`);
  writeFileSync(
    html,
    execFileSync(plenary, ["export", path, "--to", "html", "--output", "-", "--warnings", "none"], {
      maxBuffer: 1 << 28,
    }),
  );
  const page = await browser.newPage();
  await page.goto(pathToFileURL(html).href);
  const headings = await page.evaluate(() =>
    [...document.querySelectorAll(".text h2, .text h3")].map((heading) => heading.textContent.trim()),
  );
  await page.pdf({ path: pdf, preferCSSPageSize: true, printBackground: true });
  await page.close();
  const text = execFileSync("pdftotext", ["-layout", "-enc", "UTF-8", pdf, "-"], {
    maxBuffer: 1 << 28,
    encoding: "utf8",
  });
  // Marks that only steer the direction of a line say nothing.
  const pages = text
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .split("\f")
    .slice(0, -1)
    .map((page) =>
      page
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
    );
  return { pages, headings };
}

/** One space for any run of white space. */
const tidy = (text) => text.replace(/\s+/g, " ").trim();

const browser = await launch();
try {
  const { pages, headings } = await print(browser, join(root, "crates/plenary/templates/sample-report.md"), "sample");
  const title = "Ten risks to a secure Internet";
  check(`a cover and ${pages.length - 1} pages`, pages.length > 20 ? [] : [`only ${pages.length} pages`]);
  check(
    "the cover has neither running head nor number",
    /^\d+$/.test(pages[0].at(-1)) || tidy(pages[0][0]).startsWith(title) ? [pages[0][0], pages[0].at(-1)] : [],
  );
  const inside = pages.slice(1).map((lines, index) => ({ lines, number: index + 2 }));
  check(
    "every other page has the title above",
    inside
      .filter(({ lines }) => !tidy(lines[0] ?? "").startsWith(title))
      .map(({ lines, number }) => `page ${number}: ${lines[0]}`),
  );
  check(
    "and version and date beside it",
    inside
      .filter(({ lines }) => !/Version 0\.9 · 20 November 2026$/.test(tidy(lines[0] ?? "")))
      .map(({ lines, number }) => `page ${number}: ${lines[0]}`),
  );
  check(
    "and its number below",
    inside
      .filter(({ lines, number }) => lines.at(-1) !== String(number))
      .map(({ lines, number }) => `page ${number}: ${lines.at(-1)}`),
  );
  const known = new Set(headings.map(tidy));
  const listed = (lines) => /^Contents$/.test(tidy(lines[1] ?? ""));
  check(
    "no heading stands last on its page",
    inside
      .filter(({ lines }) => !listed(lines))
      .filter(({ lines }) => known.has(tidy(lines.at(-2) ?? "")))
      .map(({ lines, number }) => `page ${number}: ${lines.at(-2)}`),
  );

  const rows = Array.from({ length: 160 }, (_, row) => `| ${row + 1} | A row of a table that needs several pages |`);
  const long = join(cache, "long.md");
  writeFileSync(
    long,
    `---\ntitle: Long\n---\n\n# Table\n\n| Number | Words that stand above |\n| --- | --- |\n${rows.join("\n")}\n`,
  );
  const table = await print(browser, long, "long");
  const holding = table.pages.filter((lines) => lines.some((line) => line.includes("needs several pages")));
  check(
    `a table's head on each of its ${holding.length} pages`,
    holding.length > 2
      ? holding
          .filter((lines) => !lines.some((line) => line.includes("Words that stand above")))
          .map((lines) => lines[0])
      : ["the table fits on two pages"],
  );

  const arabic = await print(browser, join(here, "languages.md"), "languages");
  check(
    "pages of an Arabic report have numbers too",
    arabic.pages
      .slice(1)
      .filter((lines, index) => lines.at(-1) !== String(index + 2))
      .map((lines) => lines.at(-1)),
  );
} finally {
  await browser.close();
}
console.log(`${results.passed} passed, ${results.failed} failed`);
process.exit(results.failed === 0 ? 0 : 1);
