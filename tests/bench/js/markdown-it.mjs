// markdown-it beside our export: `node markdown-it.mjs FILE.md` writes HTML to standard output,
// `node markdown-it.mjs FILE.md ROUNDS` the milliseconds that half of the rounds do not exceed.

import { readFileSync } from "node:fs";
import MarkdownIt from "markdown-it";

const [path, rounds] = process.argv.slice(2);
const source = readFileSync(path, "utf8");
const renderer = () => new MarkdownIt({ html: false, linkify: true });

if (rounds === undefined) {
  process.stdout.write(renderer().render(source));
} else {
  const taken = [];
  // Ten rounds first, so that what is timed is compiled code.
  for (let round = -10; round < Number(rounds); round += 1) {
    const begun = performance.now();
    renderer().render(source);
    if (round >= 0) taken.push(performance.now() - begun);
  }
  taken.sort((one, other) => one - other);
  console.log(taken[Math.floor(taken.length / 2)].toFixed(4));
}
