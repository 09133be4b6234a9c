// What pandoc makes of our Markdown: its reading of `plenary export --to md` with its options, looked
// at as pandoc's own JSON. Usage: node pandoc.mjs [--plenary PATH] (or $PLENARY_BIN).
// Exits with 1 on any finding; the last line is `N passed, N failed`.

import { execFileSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { programsFor } from "./pandoc-path.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const { plenary, pandoc } = programsFor("what pandoc reads");

const portable = join(here, "portable.md");
const sample = join(root, "crates/plenary/templates/sample-report.md");

/** pandoc's document of a file exported with these options. */
function read(path, ...options) {
  const markdown = execFileSync(plenary, [
    "export",
    path,
    "--to",
    "md",
    "--output",
    "-",
    "--warnings",
    "none",
    ...options,
  ]);
  return JSON.parse(
    execFileSync(pandoc, ["--from", "markdown", "--to", "json"], {
      input: markdown,
      maxBuffer: 1 << 28,
    }),
  );
}

/** All nodes of these kinds, in order. */
function nodes(tree, ...kinds) {
  if (Array.isArray(tree)) return tree.flatMap((part) => nodes(part, ...kinds));
  if (tree === null || typeof tree !== "object") return [];
  const inner = Object.values(tree).flatMap((part) => nodes(part, ...kinds));
  return kinds.includes(tree.t) ? [tree, ...inner] : inner;
}

/** The words of a tree, code left out. */
function words(tree) {
  if (Array.isArray(tree)) return tree.map(words).join("");
  if (tree === null || typeof tree !== "object") return "";
  if (tree.t === "Str") return tree.c;
  if (["Space", "SoftBreak", "LineBreak"].includes(tree.t)) return " ";
  if (["Code", "CodeBlock", "RawInline", "RawBlock"].includes(tree.t)) return "";
  return words(Object.values(tree));
}

const results = { passed: 0, failed: 0 };

/** Counts a check: what was found must be what is expected. */
function check(name, found, expected) {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  const same = one === other;
  results[same ? "passed" : "failed"] += 1;
  console.log(same ? `ok    ${name}` : `FAIL  ${name}\n        found    ${one}\n        expected ${other}`);
}

/** Notation of ours that is left in the words or as a citation. */
function leftOver(document) {
  const citations = nodes(document.blocks, "Citation", "Cite").map((cite) => words(cite.c ?? []));
  const typed = words(document.blocks).match(/@(sec|fig|tbl):\S+|\{[#.]\S*|:::/gi) ?? [];
  return [...citations, ...typed];
}

const headers = (document) =>
  nodes(document.blocks, "Header").map(({ c: [level, [id, classes], inlines] }) => [
    level,
    id,
    classes.join(" "),
    words(inlines),
  ]);

const whole = read(portable, "--front-matter");
const meta = (key) => whole.meta[key]?.c;
check("front matter: title", words(meta("title")), "A portable report");
check("front matter: subtitle", words(meta("subtitle")), "What other tools read");
check("front matter: author", meta("author")?.map(words), ["Ana Example", "Bo Beispiel"]);
check("front matter: date", words(meta("date")), "2026-11-22");
check("front matter: lang", words(meta("lang")), "en-GB");
check("front matter: abstract, two paragraphs", meta("abstract")?.map(words), [
  "The first paragraph.",
  "The second one.",
]);
check("front matter: keywords", meta("keywords")?.map(words), ["portability", "best practices"]);
check("headings with their attributes", headers(whole), [
  [1, "summary", "unnumbered", "Executive summary"],
  [1, "sec:scope", "", "Scope and method"],
  [2, "sec:terms", "", "Terms"],
  [1, "sec:sources", "appendix", "Sources"],
]);
const [table] = nodes(whole.blocks, "Table");
check("a table's id and caption", [table?.c[0][0], words(table?.c[1])], ["tbl:risks", "Risks by share"]);
const [figure] = nodes(whole.blocks, "Figure");
check("a figure's id and caption", [figure?.c[0][0], words(figure?.c[1])], ["fig:plot", "A plot of two lines"]);
check("footnotes", nodes(whole.blocks, "Note").length, 1);
const [definitions] = nodes(whole.blocks, "DefinitionList");
check(
  "a definition list",
  definitions?.c.map(([term, meanings]) => [words(term), meanings.map(words)]),
  [
    ["Resilience", ["The ability to go on."]],
    ["Trust", ["What is lost at once."]],
  ],
);
check(
  "tasks",
  nodes(whole.blocks, "BulletList").map(({ c }) => c.map(words)),
  [["☒ done", "☐ to do"]],
);
check("struck words", nodes(whole.blocks, "Strikeout").map(words), ["struck"]);
const languages = [...nodes(whole.blocks, "Div"), ...nodes(whole.blocks, "Span")].map(({ c: [[, , pairs], inner] }) => [
  pairs,
  words(inner),
]);
check("passages in another language", languages, [
  [[["lang", "fr"]], "Un passage en français, avec le mot juste."],
  [[["lang", "fr"]], "le mot juste"],
]);
// The footnote stands where it is referred to, so its reference comes first.
check(
  "references are citations, for pandoc-crossref",
  nodes(whole.blocks, "Cite").flatMap(({ c: [cites] }) => cites.map(({ citationId }) => citationId)),
  ["sec:terms", "sec:scope", "fig:plot", "tbl:risks", "sec:terms"],
);

const flat = read(portable, "--front-matter", "--flatten");
check("flattened: nothing of ours is left", leftOver(flat), []);
check(
  "flattened: numbers in headings",
  headers(flat).map(([, , , text]) => text),
  ["Executive summary", "1 Scope and method", "1.1 Terms", "Annex A. Sources"],
);
check(
  "flattened: references in words",
  /See section 1, figure 1, table 1 and section 1\.1\./.test(words(flat.blocks)),
  true,
);
check(
  "flattened: captions with their numbers",
  /Table 1\. Risks by share/.test(words(flat.blocks)) && /Figure 1\. A plot/.test(words(flat.blocks)),
  true,
);
check(
  "flattened: code stays as it is",
  nodes(flat.blocks, "CodeBlock").map(({ c: [, text] }) => text),
  ['print("@sec:scope ::: [a / b]")'],
);

const report = read(sample, "--front-matter");
const flatReport = read(sample, "--front-matter", "--flatten");
check("the sample: title", words(report.meta.title.c), "Ten risks to a secure Internet");
check("the sample: lang", words(report.meta.lang?.c), "en-GB");
check(
  "the sample: as many notes, tables and definitions flattened or not",
  ["Note", "Table", "DefinitionList"].map((kind) => nodes(flatReport.blocks, kind).length),
  ["Note", "Table", "DefinitionList"].map((kind) => nodes(report.blocks, kind).length),
);
check(
  "the sample: tables have captions",
  nodes(report.blocks, "Table").filter(({ c }) => words(c[1]) === "").length,
  0,
);
check("the sample flattened: nothing of ours is left", leftOver(flatReport), []);

console.log(`${results.passed} passed, ${results.failed} failed`);
process.exit(results.failed === 0 ? 0 : 1);
