// The real program: `plenary serve`, `new` and `sync` as processes.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as program from "../../lib/program.mjs";

/** An empty folder, and how to remove it. */
export function scratch() {
  const path = mkdtempSync(join(tmpdir(), "plenary-interop-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** State and data go to a folder of the test's, whatever the machine's user has. */
const within = (folder) => ({
  HOME: folder,
  XDG_STATE_HOME: join(folder, "state"),
  XDG_DATA_HOME: join(folder, "data"),
  XDG_CONFIG_HOME: join(folder, "config"),
});

/** Starts a relay and resolves when it has printed its address. `port` 0 takes a free one. */
export async function serve({ folder, access = "links", port = 0 }) {
  const relay = await program.serve(join(folder, "data"), {
    listen: `127.0.0.1:${port}`,
    more: ["--access", access],
    environment: within(folder),
  });
  relay.http = relay.address;
  relay.port = Number(new URL(relay.address).port);
  relay.ws = `${relay.address.replace("http", "ws")}/sync`;
  return relay;
}

/** Runs the program to its end and gives its standard output; fails on another exit code than 0. */
export async function run(folder, ...args) {
  const command = start(folder, ...args);
  const { code } = await command.ended;
  if (code !== 0) throw new Error(`exit code ${code}: ${command.said()}`);
  return command.stdout;
}

/** Starts the program and leaves it running. */
export function start(folder, ...args) {
  return new program.Program(args, within(folder));
}

/** Makes a draft of a Markdown file; gives what `plenary new --json` prints. */
export async function newDraft(relay, folder, title, file) {
  return JSON.parse(await run(folder, "new", title, "--from", file, "--server", relay.http, "--json"));
}

/** The websocket address of a draft for another role than the editor, made of its share link. */
export function syncUrl(draft, role) {
  const url = new URL(draft.sync_url);
  url.searchParams.set("access", new URL(draft.links[role]).hash.slice(1));
  return url.href;
}
