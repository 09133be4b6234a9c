// The real program: `plenary serve`, `new` and `sync` as processes.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Hopeless, until } from "./wait.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");

/** The program under test: PLENARY_BIN, or the debug build of this checkout. */
export function binary() {
  const path = process.env.PLENARY_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/plenary");
  if (!existsSync(path))
    throw new Error(`${path} is not there: run \`cargo build -p plenary\` first, or set PLENARY_BIN`);
  return path;
}

/** An empty folder, and how to remove it. */
export function scratch() {
  const path = mkdtempSync(join(tmpdir(), "plenary-interop-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Processes that run; none outlives the tests, however these end. */
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));

/** A process of the program whose output is kept and shown when a test fails. */
class Process {
  constructor(args, home) {
    this.name = `plenary ${args[0]}`;
    // Its state and data go to the scratch folder, whatever the machine's user has.
    const env = {
      ...process.env,
      HOME: home,
      XDG_STATE_HOME: join(home, "state"),
      XDG_DATA_HOME: join(home, "data"),
      XDG_CONFIG_HOME: join(home, "config"),
    };
    this.child = spawn(binary(), args, {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.stdout = "";
    this.stderr = "";
    this.child.stdout.setEncoding("utf8").on("data", (text) => (this.stdout += text));
    this.child.stderr.setEncoding("utf8").on("data", (text) => (this.stderr += text));
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code, signal) => resolve({ code, signal }));
      this.child.on("error", (error) => resolve({ code: -1, signal: String(error) }));
    });
    running.add(this.child);
    this.ended.then((end) => {
      this.end = end;
      running.delete(this.child);
    });
  }

  /** Ends the process with `signal` and waits for it; kills it when it does not end in time. */
  async stop(signal = "SIGTERM") {
    if (!this.end) {
      this.child.kill(signal);
      const timer = setTimeout(() => this.child.kill("SIGKILL"), 15_000);
      await this.ended;
      clearTimeout(timer);
    }
    return this.end;
  }

  /** What the process said, for the message of a failed test. */
  said() {
    return `${this.name} said:\n${this.stdout}${this.stderr}`;
  }
}

/** Starts a relay and resolves when it has printed its address. `port` 0 takes a free one. */
export async function serve({ folder, access = "links", port = 0 }) {
  const args = ["serve", "--listen", `127.0.0.1:${port}`, "--data", join(folder, "data"), "--access", access];
  const relay = new Process(args, folder);
  const line = await until(
    "the relay prints its address",
    () => {
      if (relay.end) throw new Hopeless(relay.said());
      return relay.stdout.match(/^(http:\/\/127\.0\.0\.1:(\d+))/);
    },
    30_000,
  );
  relay.http = line[1];
  relay.port = Number(line[2]);
  relay.ws = `${line[1].replace("http", "ws")}/sync`;
  return relay;
}

/** Runs the program to its end and gives its standard output; fails on another exit code than 0. */
export async function run(folder, ...args) {
  const command = new Process(args, folder);
  const { code } = await command.ended;
  if (code !== 0) throw new Error(`exit code ${code}: ${command.said()}`);
  return command.stdout;
}

/** Starts the program and leaves it running. */
export function start(folder, ...args) {
  return new Process(args, folder);
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
