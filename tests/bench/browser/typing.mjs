// What one key costs at the top of a long text: in the editor and in a plain CodeMirror page, each alone on the
// machine, while ten people type further down in the draft, and the same with a core of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { busiest, canPin, keepApart, mainThread, processesOf } from "./cores.mjs";
import { forgetKeys, notedKeys, percentile } from "./keys.mjs";

/** One key after another at ten a second: faster than people type, slow enough that keys do not queue. */
const KEY_EVERY_MS = 100;
const WORDS = "operators of networks should publish what they find ";

/**
 * What surrounds the keys, in the order in which they are measured. While the ten type, the plain page has them
 * beside it as well: their programs and the relay are work for the machine, though it gets none of their words.
 */
const SURROUNDINGS = [
  { name: "alone", others: false, apart: "no" },
  { name: "ten typing", others: true, apart: "no" },
  // All of Chromium on a core of its own: its other processes then take turns with the page.
  { name: "ten typing, browser apart", others: true, apart: "browser" },
  // As on a computer that is nobody else's and has more cores than two.
  { name: "ten typing, page apart", others: true, apart: "page" },
];

/** See keys.mjs. */
const FIGURES = ["busy", "painted", "felt"];
/** Of what `busy` and `painted` consist; told where it is typed among ten, which is what the goal is about. */
const PARTS = ["delayed", "handling", "waited", "drawing"];

/**
 * Measures all of it, with so many `keys` in each page. `openDraft` and `openPlain` open a page that notes its keys,
 * in a context of its own; `draft` has the id and the websocket's address for those who type elsewhere; `relay` is
 * its process's id. `take(figure, unit, editor, plain)` gets each figure, `say` what happened in words.
 */
export async function measureTyping({ browser, relay, draft, openDraft, openPlain, keys, take, say }) {
  const isPinning = await canPin();
  for (const { name, others, apart } of SURROUNDINGS) {
    if (apart !== "no" && !isPinning) {
      say(`left out: ${name} (one core, or no taskset)`);
      continue;
    }
    const measured = [];
    for (const openPage of [openDraft, openPlain]) {
      measured.push(
        await typeAmong({
          browser,
          relay,
          draft,
          openPage,
          keys,
          others,
          apart,
          say,
        }),
      );
    }
    const [ours, theirs] = measured;
    for (const figure of apart === "no" && others ? [...FIGURES, ...PARTS] : FIGURES) {
      for (const [percent, share] of [
        ["p50", 0.5],
        ["p95", 0.95],
      ]) {
        take(
          `key, ${figure} ${percent}, ${name}`,
          "ms",
          percentile(ours[figure], share),
          percentile(theirs[figure], share),
        );
      }
    }
    take(`main thread ran, each key, ${name}`, "ms", ours.ran, theirs.ran);
    take(`main thread waited for a core, each key, ${name}`, "ms", ours.queued, theirs.queued);
  }
}

/** Opens a page, types in it among the others that there are, and closes it. */
async function typeAmong({ browser, relay, draft, openPage, keys, others, apart, say }) {
  const page = await openPage();
  const typists = others ? await openTypists(draft) : null;
  let release = null;
  try {
    typists?.say("go");
    await page.locator(".cm-content").focus();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("End");
    const { all, renderers } = await processesOf(browser);
    // The first keys warm the page up.
    const shows = await busiest(renderers, () => page.keyboard.type(WORDS.slice(0, 20), { delay: KEY_EVERY_MS }));
    const helpers = all.filter((pid) => pid !== shows);
    // What drives the browser is no part of it.
    const rest = [relay, process.pid, ...(typists ? [typists.pid] : [])];
    if (apart === "browser") release = await keepApart(rest, all);
    if (apart === "page") release = await keepApart([...rest, ...helpers], [shows]);
    return await typeInto(page, shows, keys);
  } finally {
    if (typists) say(await typists.stop());
    await release?.();
    await page.context().close();
  }
}

async function typeInto(page, shows, keys) {
  const text = WORDS.repeat(Math.ceil(keys / WORDS.length)).slice(0, keys);
  await forgetKeys(page);
  const begun = await mainThread(shows);
  await page.keyboard.type(text, { delay: KEY_EVERY_MS });
  const ended = await mainThread(shows);
  return {
    ...(await notedKeys(page)),
    ran: (ended.ran - begun.ran) / keys,
    queued: (ended.queued - begun.queued) / keys,
  };
}

/** The program that types as ten people. */
async function openTypists(draft) {
  const program = fileURLToPath(new URL("../../interop/lib/typists.mjs", import.meta.url));
  const child = spawn(process.execPath, [program, draft.sync, draft.id], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const next = async () => (await once(lines, "line", { signal: AbortSignal.timeout(60_000) }))[0];
  await next();
  return {
    pid: child.pid,
    say: (word) => child.stdin.write(`${word}\n`),
    async stop() {
      const answer = next();
      child.stdin.write("stop\n");
      return answer;
    },
  };
}
