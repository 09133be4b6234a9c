// Word documents through the relay and the command line, with the real pandoc: a document that pandoc makes
// of Markdown comes back as Markdown that our export understands.
// Usage: node word.mjs [--plenary PATH] (or $PLENARY_BIN). The last line is `N passed, N failed`.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "../lib/program.mjs";
import { programsFor } from "./pandoc-path.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { plenary, pandoc } = programsFor("Word documents");

const WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const folder = mkdtempSync(join(tmpdir(), "plenary-word-"));
const results = { passed: 0, failed: 0 };

function check(name, holds, detail = "") {
  results[holds ? "passed" : "failed"] += 1;
  console.log(holds ? `ok    ${name}` : `FAIL  ${name}\n${detail}`);
}

const source = readFileSync(join(here, "word.md"));
// The smallest picture that there is.
const picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
writeFileSync(join(folder, "cat.png"), Buffer.from(picture, "base64"));
const word = join(folder, "A report.docx");
execFileSync(pandoc, ["--from", "markdown-citations", "--to", "docx", "--output", word], {
  input: source,
  cwd: folder,
});

const convert = (url, body) =>
  fetch(`${url}/api/v1/convert`, {
    method: "POST",
    headers: { "content-type": WORD },
    body,
  });

function looksRight(markdown, pictures) {
  const has = (name, ...parts) =>
    check(
      name,
      parts.every((part) => markdown.includes(part)),
      `        ${parts.join(" … ")}\n        is missing in\n${markdown}`,
    );
  const lacks = (name, part) => check(name, !part.test(markdown), `        ${part} stands in\n${markdown}`);
  has("the title is front matter", "---\n", "title: The title", "- Ana Example");
  has("headings", "\n# Scope and method\n", "\n## Terms\n");
  has("bold, italic, struck", "**bold**", "*italic*", "~~struck~~");
  has("a link", "[link](https://example.org/a?b=c)");
  has("a footnote with brackets as typed", "\n[^1]: A note that is [not agreed].");
  has("brackets in the text", "States [should / shall] act");
  has("what would become a definition does not", "[text\\]: nothing");
  has("lists", "\n- one\n- two\n  - nested\n", "1.  first", "- [x] done");
  has("a table with its caption", "| A", "| 1", "\n: The caption of it\n");
  has("cells of several paragraphs, rows and columns", "| x · y | p1 · p2 |", "| both", "|       | 2");
  has("a definition", "\nTerm\n: What it means\n");
  has("Arabic", "هذا نص عربي **مهم** في الوثيقة.");
  has("tracked changes are accepted", "We have decided.");
  has("pictures are their text", "A picture of a cat", "An inline small cat here");
  lacks("no comment of a reviewer", /secret remark/);
  lacks("no HTML", /<(?!https?:)[a-z/!]/i);
  lacks("no picture", /!\[|\.png/);
  check("pictures are counted", pictures === undefined || pictures === 2, `        ${pictures}`);
}

const relay = await serve(join(folder, "data"), {
  more: ["--pandoc", pandoc],
  environment: { PLENARY_LOG: "error" },
  program: plenary,
});
try {
  const server = await (await fetch(`${relay.address}/api/v1/server`)).json();
  check("the relay says that it reads Word documents", server.word_import === true);
  const answer = await convert(relay.address, readFileSync(word));
  const converted = await answer.json();
  check("it is converted", answer.status === 200, JSON.stringify(converted));
  looksRight(converted.markdown, converted.pictures);
  const file = join(folder, "converted.md");
  writeFileSync(file, converted.markdown);
  const html = execFileSync(plenary, ["export", file, "--to", "html", "--output", "-", "--warnings", "none"], {
    encoding: "utf8",
  });
  for (const part of [
    "The title</h1>",
    "<dl",
    "<table",
    "<caption",
    "doc-noteref",
    'class="bracket',
    'dir="rtl"',
    'class="task done"',
  ]) {
    check(`our export understands it: ${part}`, html.includes(part), html.slice(html.indexOf("<main")));
  }
  const damaged = readFileSync(word).subarray(0, 3000);
  for (const [name, bytes] of [
    ["damaged", damaged],
    ["no ZIP", "hello"],
    ["another ZIP", zipOf(plenary)],
  ]) {
    const refused = await convert(relay.address, bytes);
    check(`refused: ${name}`, refused.status === 422 && (await refused.json()).code === "not_word", refused.status);
  }
  const imported = spawnSync(plenary, ["import", word, "--server", relay.address, "--json"], {
    encoding: "utf8",
    env: { ...process.env, PLENARY_PANDOC: pandoc },
  });
  check("plenary import", imported.status === 0 && JSON.parse(imported.stdout).title === "The title", imported.stderr);
  check("plenary import says what it left out", imported.stderr.includes("2 pictures were left out"), imported.stderr);
  const begun = spawnSync(plenary, ["new", "Another", "--from", word, "--server", relay.address, "--json"], {
    encoding: "utf8",
    env: { ...process.env, PLENARY_PANDOC: pandoc },
  });
  check("plenary new --from", begun.status === 0, begun.stderr);
  const link = JSON.parse(begun.stdout).links.editor;
  const back = execFileSync(plenary, ["export", link, "--to", "md", "--output", "-"], { encoding: "utf8" });
  check("the draft holds what was converted", back === converted.markdown, back);
} finally {
  await relay.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** A bundle: a ZIP archive that is no Word document. */
function zipOf(program) {
  const markdown = join(folder, "plain.md");
  const bundle = join(folder, "plain.plenary");
  writeFileSync(markdown, "# Plain\n");
  const made = spawnSync(program, ["new", "Plain", "--from", markdown, "--server", relay.address, "--json"], {
    encoding: "utf8",
  });
  execFileSync(program, ["export", JSON.parse(made.stdout).links.editor, "--to", "bundle", "--output", bundle]);
  return readFileSync(bundle);
}

console.log(`${results.passed} passed, ${results.failed} failed`);
process.exit(results.failed > 0 ? 1 : 0);
