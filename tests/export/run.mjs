// Checks exported reports with what publishers use: the Nu checker, axe in Chromium (light, dark,
// 390 px, print), and a trap on every way to run or fetch anything.
//
//   node run.mjs [--plenary PATH] [--quick] [REPORT.html …]
//
// Without reports it renders the sample drafts and every report of the corpus ($PLENARY_CORPUS,
// default ../shared/data beside the checkout) with `PATH export` when --plenary is given, else with
// the crate's example `render`, which also renders the thousands of small hostile pages. Exits with 1 on any finding; the last line is `N passed, N failed`.

import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { auditAccessibility, views } from "./accessibility.mjs";
import { launch } from "./browser.mjs";
import { trapEverything, trapMany } from "./traps.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const cache = join(root, "tests/.cache/export");
const largest = 256 * 1024 * 1024;

/** What is checked and how: the command line, read once. */
function readArguments(argv) {
  const options = { plenary: null, quick: false, reports: [] };
  const rest = [...argv];
  while (rest.length > 0) {
    const argument = rest.shift();
    if (argument === "--plenary") options.plenary = resolve(rest.shift() ?? "");
    else if (argument === "--quick") options.quick = true;
    else options.reports.push(resolve(argument));
  }
  return options;
}

/** The crate's example `render`, built. */
function example() {
  execFileSync("cargo", ["build", "--quiet", "--package", "plenary-export", "--example", "render"], {
    cwd: root,
    stdio: "inherit",
  });
  return join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/examples/render");
}

/** A function from a Markdown file's path to HTML. */
function renderer({ plenary }) {
  if (plenary)
    return (path) =>
      execFileSync(plenary, ["export", path, "--to", "html", "--output", "-", "--warnings", "none"], {
        maxBuffer: largest,
      });
  const render = example();
  return (path) =>
    execFileSync(render, [path], {
      maxBuffer: largest,
      stdio: ["ignore", "pipe", "ignore"],
    });
}

/** The Markdown of the sample drafts and of the corpus. */
function sources() {
  const folders = [
    join(root, "crates/plenary/templates"),
    process.env.PLENARY_CORPUS ?? resolve(root, "../shared/data"),
  ];
  const found = [];
  for (const folder of folders) {
    if (!existsSync(folder)) {
      console.log(`skipped: ${folder} is absent`);
      continue;
    }
    for (const name of readdirSync(folder).sort()) {
      if (name.endsWith(".md") && name !== "README.md") found.push(join(folder, name));
    }
  }
  found.push(join(here, "languages.md"), join(here, "everything.md"));
  return found;
}

/** Renders all sources into the cache and gives the files. */
function renderAll(render) {
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  return sources().map((path) => {
    const output = join(cache, basename(path).replace(/\.md$/, ".html"));
    writeFileSync(output, render(path));
    return output;
  });
}

/** Whether the policy of a file names the hash of each style in it. */
function policyNamesStyles(html) {
  const policy = html.match(/style-src ([^;"]*)/)?.[1] ?? "";
  const styles = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map((match) => match[1]);
  return (
    styles.length > 0 &&
    styles.every((style) => policy.includes(`'sha256-${createHash("sha256").update(style).digest("base64")}'`))
  );
}

/**
 * The Nu checker (26.9) warns of every inline style under a policy, whatever hashes the policy
 * names; a three-line page with the right hash shows it. So we check the hashes ourselves, and leave
 * that one warning out only where they are right.
 */
function isUnfoundedPolicyWarning(message, html) {
  return message.message.startsWith("Inline style violates Content Security Policy") && policyNamesStyles(html);
}

/** The Nu checker's findings, errors and warnings alike, by file. One run of Java reads all files. */
async function nuChecker(files) {
  const path = join(dirname(createRequire(import.meta.url).resolve("vnu-jar/package.json")), "build/dist/vnu.jar");
  const options = ["-Xss4m", "-jar", path, "--format", "json", "--exit-zero-always", ...files];
  const outcome = await promisify(execFile)("java", options, {
    maxBuffer: largest,
    encoding: "utf8",
  });
  const found = new Map(files.map((file) => [pathToFileURL(file).href, []]));
  const contents = new Map(files.map((file) => [pathToFileURL(file).href, readFileSync(file, "utf8")]));
  for (const message of JSON.parse(outcome.stderr || outcome.stdout).messages) {
    const url = message.url?.replace(/^file:\/(?!\/)/, "file:///") ?? "unknown";
    if (isUnfoundedPolicyWarning(message, contents.get(url) ?? "")) continue;
    const list = found.get(url) ?? [];
    if (message.type === "error" || message.subType === "warning") {
      list.push(`line ${message.lastLine}: ${message.message} — ${(message.extract ?? "").trim().slice(0, 120)}`);
    }
    if (message.type === "non-document-error") list.push(message.message);
    found.set(url, list);
  }
  return found;
}

const began = Date.now();
const seconds = () => Math.round((Date.now() - began) / 1000);
const results = { passed: 0, failed: 0 };

/** Counts a check and prints what it found. */
function record(name, found) {
  if (found.length === 0) {
    results.passed += 1;
    console.log(`ok    ${name}`);
    return;
  }
  results.failed += 1;
  console.log(`FAIL  ${name}`);
  for (const line of found.slice(0, 12)) console.log(`        ${line}`);
  if (found.length > 12) console.log(`        and ${found.length - 12} more`);
}

const options = readArguments(process.argv.slice(2));
const render = options.reports.length > 0 && options.quick ? null : renderer(options);
const files = options.reports.length > 0 ? options.reports : renderAll(render);

/** Runs jobs, a few abreast: a page that waits for its rendering leaves the processor to others. */
async function abreast(jobs) {
  const waiting = [...jobs];
  const worker = async () => {
    while (waiting.length > 0) await waiting.shift()();
  };
  await Promise.all(Array.from({ length: 3 }, worker));
}

/** Hostile input through one sink, as pages: one process of the example renders all of them. */
function hostilePages(program, sink, payloads) {
  const sources = payloads.map((payload) => {
    const yaml = JSON.stringify(payload);
    return JSON.stringify(sink.replaceAll("{yaml}", () => yaml).replaceAll("{}", () => payload));
  });
  const output = execFileSync(program, ["--batch"], {
    input: sources.join("\n"),
    maxBuffer: largest,
    encoding: "utf8",
  });
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** Ways to run or fetch that the traps missed: each of these documents has to be caught, by name. */
async function untouched(browser) {
  const bad = {
    script: "<script>alert(1)</script>",
    handler: "<p onmouseover='alert(2)'>text</p>",
    image: "<img src='//evil.test/i.png'>",
    address: "<a href='javascript:alert(3)'>link</a>",
    refresh: "<meta http-equiv='refresh' content='0;url=http://evil.test/'>",
    frame: "<iframe srcdoc='x'></iframe>",
  };
  const policy = '<meta http-equiv="Content-Security-Policy" content="default-src *">';
  const missed = [];
  for (const [name, html] of Object.entries(bad)) {
    for (const trap of [trapEverything, trapMany]) {
      const found = await trap(browser, [`<!doctype html>${policy}${html}`]);
      if (found.length === 0) missed.push(`${trap.name} lets ${name} pass`);
    }
  }
  return missed;
}

// Java works beside the browser from the start; the largest reports go first, so that no long one is
// left for the end.
const nu = nuChecker(files);
const browser = await launch();
try {
  const bySize = [...files].sort((one, other) => statSync(other).size - statSync(one).size);
  await abreast(
    bySize.flatMap((file) =>
      views.map((view) => async () => {
        record(`axe, ${view}: ${basename(file)}`, await auditAccessibility(browser, file, view));
      }),
    ),
  );
  console.log(`      axe took ${seconds()} s`);
  for (const file of files)
    record(`traps: ${basename(file)}`, await trapEverything(browser, [readFileSync(file, "utf8")]));
  if (!options.quick) {
    const data = JSON.parse(readFileSync(join(root, "crates/export/tests/data/xss.json"), "utf8"));
    const program = example();
    for (const [name, sink] of Object.entries(data.sinks)) {
      const pages = hostilePages(program, sink, data.payloads);
      record(`hostile input through ${name} (${pages.length} payloads)`, await trapMany(browser, pages));
    }
    record("the traps spring", await untouched(browser));
  }
} finally {
  await browser.close();
}
for (const [url, found] of await nu) record(`Nu checker: ${basename(url)}`, found);
console.log(`      all took ${seconds()} s`);
console.log(`${results.passed} passed, ${results.failed} failed`);
process.exit(results.failed === 0 ? 0 : 1);
