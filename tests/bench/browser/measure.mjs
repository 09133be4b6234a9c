// What the editor costs in a real browser: opening a long draft, typing in it while ten people type
// elsewhere, bytes over the wire, and memory after an hour's edits; beside a plain CodeMirror page.
//
// Usage: node measure.mjs [--quick] [opening] [keys] [memory] ; prints a JSON array of figures, of all three parts
// when none is named. `cargo xtask bench browser` calls it with PLENARY_BIN (the release binary), PLENARY_CHROMIUM
// and, where it is there, PLENARY_CORPUS.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, createServer as createProxy } from "node:net";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

import { openBrowser } from "../../browser/lib/browser.mjs";
import { startRelay } from "../../browser/lib/relay.mjs";
import { noteKeys, percentile } from "./keys.mjs";
import { measureTyping } from "./typing.mjs";

const isQuick = process.argv.includes("--quick");
const OPENINGS = isQuick ? 1 : 5;
/** Parts named on the command line; without any, all are measured. */
const named = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const wants = (part) => named.length === 0 || named.includes(part);
const KEYS = isQuick ? 60 : 300;
/** An hour of somebody's recorded work: 20,000 keys are five and a half in each second of it. */
const TRACE_EDITS = isQuick ? 1_000 : 20_000;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const web = here("../../../web/");
const median = (samples) => percentile(samples, 0.5);

const figures = [];
const take = (figure, unit, plenary, plain = null) => figures.push({ figure, unit, plenary, plain });
const say = (words) => process.stderr.write(`  ${words}\n`);

const source = await longText();
const [relay, browser] = await Promise.all([startRelay(), openBrowser()]);
const plain = await plainPage(source);
try {
  const draft = await makeDraft(source);
  if (wants("opening")) await openings(draft);
  if (wants("keys"))
    await measureTyping({
      browser,
      relay: relay.pid,
      draft,
      openDraft: () => openDraft(draft),
      openPlain,
      keys: KEYS,
      take,
      say,
    });
  if (wants("memory")) await memory(draft);
} finally {
  await browser.close();
  await plain.stop();
  await relay.stop();
}
console.log(JSON.stringify(figures));

async function openings(draft) {
  // The relay is warm: the draft is in its memory, as it is while people work.
  await opening(draft);
  const all = [];
  for (let at = 0; at < OPENINGS; at += 1) all.push(await opening(draft));
  take("text to read", "ms", median(all.map((one) => one.text)));
  take("history loaded", "ms", median(all.map((one) => one.history)));
  take("first load", "MB", median(all.map((one) => one.bytes)) / 1e6);
  take("first visit, with what is kept for work offline", "MB", await firstVisit(draft));
}

/** The volume of a hundred pages; our own sample report where the corpus is not there. */
async function longText() {
  const volume = process.env.PLENARY_CORPUS ? path.join(process.env.PLENARY_CORPUS, "nist-sp800-63b.md") : "";
  if (existsSync(volume)) return readFile(volume, "utf8");
  say("left out: the long volume is not there (PLENARY_CORPUS); measuring the sample report");
  return readFile(here("../../../crates/plenary/templates/sample-report.md"), "utf8");
}

async function makeDraft(markdown) {
  const answer = await fetch(`${relay.address}/api/v1/drafts`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Plenary-Request": "1" },
    body: JSON.stringify({ title: "The long volume", markdown }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  const made = await answer.json();
  const host = new URL(relay.address).host;
  const link = Object.assign(new URL(made.links.editor), { host });
  const sync = new URL(made.sync_url);
  sync.host = host;
  sync.searchParams.set("access", link.hash.slice(1));
  return { id: made.document_id, link: link.href, sync: sync.href };
}

/** Lets a page skip the card for joining: what is measured is the draft, not the form. */
function joined(id) {
  localStorage.setItem(`plenary.joined.${id}`, JSON.stringify({ name: "Amina Diallo" }));
}

/** Opens the draft in a browser that was never there: no cache, no storage. Milliseconds and bytes. */
async function opening(draft) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    serviceWorkers: "block",
  });
  await context.addInitScript(joined, draft.id);
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  let bytes = 0;
  await client.send("Network.enable");
  client.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  client.on(
    "Network.webSocketFrameReceived",
    ({ response }) => (bytes += response.payloadData.length * (response.opcode === 2 ? 0.75 : 1)),
  );
  const begun = performance.now();
  await page.goto(draft.link, { waitUntil: "commit" });
  // The words are on the screen, in a page that takes keys.
  await page.locator('.cm-content[contenteditable="true"] .cm-line').first().waitFor();
  const text = performance.now() - begun;
  await page.locator('[data-status="saved"]').waitFor();
  const history = performance.now() - begun;
  await page.waitForLoadState("networkidle");
  await context.close();
  return { text, history, bytes };
}

/** Megabytes that the relay sends at a first visit until the service worker has everything that it keeps. */
async function firstVisit(draft) {
  const counter = await countingProxy(new URL(relay.address));
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
  });
  await context.addInitScript(joined, draft.id);
  const page = await context.newPage();
  const link = new URL(draft.link);
  link.host = counter.host;
  await page.goto(link.href);
  await page.locator('[data-status="saved"]').waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await context.close();
  await counter.stop();
  return counter.bytes() / 1e6;
}

/** Passes everything on to a server, and counts what comes back. */
async function countingProxy(target) {
  let bytes = 0;
  const server = createProxy((socket) => {
    const onward = connect(Number(target.port), target.hostname);
    onward.on("data", (chunk) => (bytes += chunk.length));
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ])
      from.pipe(to).on("error", () => from.destroy());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${server.address().port}`,
    bytes: () => bytes,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** A page with the draft, as somebody has it who has just opened it; it notes its keys. */
async function openDraft(draft) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
  });
  await noteKeys(context);
  await context.addInitScript(joined, draft.id);
  const page = await context.newPage();
  await page.goto(draft.link);
  await page.locator('[data-status="saved"]').waitFor();
  return page;
}

async function openPlain() {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
  });
  await noteKeys(context);
  const page = await context.newPage();
  await page.goto(plain.address);
  await page.locator(".cm-content").waitFor();
  return page;
}

/** The page's memory before and after an hour of somebody else's recorded edits came in, and opened then. */
async function memory(draft) {
  const history = process.env.PLENARY_CORPUS
    ? path.join(process.env.PLENARY_CORPUS, "trace-automerge-paper.json.gz")
    : "";
  if (!existsSync(history))
    return say("left out: no recorded history to replay (PLENARY_CORPUS); memory is not measured");
  const reader = await onlooker(draft);
  takeMemory("opened", await reader.used());
  const replay = spawn(
    process.execPath,
    [here("../../interop/lib/replay.mjs"), draft.sync, draft.id, history, String(TRACE_EDITS)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = await once(createInterface({ input: replay.stdout }), "line", {
    signal: AbortSignal.timeout(600_000),
  });
  say(line);
  // The heading that is put behind the replayed text stands in the outline once everything is there.
  await reader.page.locator("[data-jump]", { hasText: "Replayed to the end" }).waitFor({ timeout: 120_000 });
  takeMemory("an hour later", await reader.used());
  await reader.close();
  const newcomer = await onlooker(draft);
  takeMemory("opened then", await newcomer.used());
  await newcomer.close();
}

function takeMemory(when, { heap, process }) {
  take(`memory, ${when}`, "MB", heap);
  take(`memory of the process, ${when}`, "MB", process);
}

/** A page that looks on, and what it uses after its garbage was collected. Megabytes. */
async function onlooker(draft) {
  const system = await browser.newBrowserCDPSession();
  const renderers = async () =>
    (await system.send("SystemInfo.getProcessInfo")).processInfo.filter(({ type }) => type === "renderer");
  const before = new Set((await renderers()).map(({ id }) => id));
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
  });
  await context.addInitScript(joined, draft.id);
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await page.goto(draft.link);
  await page.locator('[data-status="saved"]').waitFor();
  return {
    page,
    async used() {
      // The first collection lets go of what finalizers hold.
      for (let round = 0; round < 3; round += 1) await client.send("HeapProfiler.collectGarbage");
      const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = await client.send("Runtime.getHeapUsage");
      // The page's own process is the new one that has worked most; others wait to be used.
      const own = (await renderers())
        .filter(({ id }) => !before.has(id))
        .sort((one, two) => two.cpuTime - one.cpuTime)[0];
      const map = await readFile(`/proc/${own.id}/smaps_rollup`, "utf8");
      return {
        heap: (usedSize + embedderHeapUsedSize + backingStorageSize) / 1e6,
        process: (Number(/^Anonymous:\s+(\d+) kB$/m.exec(map)?.[1]) * 1024) / 1e6,
      };
    },
    close: () => context.close(),
  };
}

/** CodeMirror alone on the same text, from a server of its own. */
async function plainPage(markdown) {
  const { build } = await import(pathToFileURL(createRequire(path.join(web, "package.json")).resolve("vite")).href);
  const folder = await mkdtemp(path.join(tmpdir(), "plenary-plain-"));
  await build({
    root: here("."),
    logLevel: "error",
    configFile: false,
    resolve: {
      alias: [
        {
          find: /^@codemirror\/(.*)$/,
          replacement: `${web}node_modules/@codemirror/$1`,
        },
      ],
    },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: "es2022",
      lib: {
        entry: here("plain.mjs"),
        formats: ["es"],
        fileName: () => "plain.js",
      },
    },
  });
  const script = await readFile(path.join(folder, "plain.js"));
  await rm(folder, { recursive: true });
  const files = {
    "/": [
      "text/html; charset=utf-8",
      '<!doctype html><meta charset="utf-8"><title>Plain</title><style>body{max-width:44rem;margin:0 auto;font:18px/1.6 serif}</style><body><script type="module" src="/plain.js"></script>',
    ],
    "/plain.js": ["text/javascript", script],
    "/text.md": ["text/markdown; charset=utf-8", markdown],
  };
  const server = createServer((incoming, outgoing) => {
    const [type, bytes] = files[incoming.url] ?? ["text/plain", ""];
    outgoing.writeHead(200, { "Content-Type": type }).end(bytes);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}/`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
