// Writes CommonMark's examples to tests/.cache/commonmark.json for the Rust test that checks our
// renderer against them. The specification's text stays in the npm package.

import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const { tests } = createRequire(import.meta.url)("commonmark-spec");
const folder = new URL("../.cache/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("commonmark.json", folder), JSON.stringify(tests));
console.log(`${tests.length} examples written to tests/.cache/commonmark.json`);
