// The real program as a process: `plenary serve` and all other commands, for every test in JavaScript.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
/** A relay says its address at once, save on a machine that is very busy. */
const PATIENCE_MS = 30_000;
/** How long a process may take to end in good order. */
const FAREWELL_MS = 15_000;

/** The program under test: PLENARY_BIN, or the debug build of this checkout. */
export function binary() {
  const path = process.env.PLENARY_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/plenary");
  if (!existsSync(path))
    throw new Error(`${path} is not there: run \`cargo build -p plenary\` first, or set PLENARY_BIN`);
  return path;
}

/** Processes that run; none outlives the tests, however these end. */
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => process.exit(1));

/** A process of the program whose output is kept and shown when a test fails. */
export class Program {
  /** `environment` is added to that of the tests. */
  constructor(args, environment = {}, program = binary()) {
    this.name = `plenary ${args[0]}`;
    this.child = spawn(program, args, {
      env: { ...process.env, ...environment },
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
      const timer = setTimeout(() => this.child.kill("SIGKILL"), FAREWELL_MS);
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

/**
 * Starts a relay with its data in a folder and resolves when it listens, with `address`
 * (`http://HOST:PORT`). `listen` takes a free port unless told; `more` are further arguments.
 */
export async function serve(data, { listen = "127.0.0.1:0", more = [], environment = {}, program = binary() } = {}) {
  const relay = new Program(["serve", "--listen", listen, "--data", data, ...more], environment, program);
  const spoken = new Promise((resolve) => {
    const look = () => {
      const found = /^(https?:\/\/\S+)\n/.exec(relay.stdout);
      if (found) resolve(found[1]);
    };
    relay.child.stdout.on("data", look);
  });
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  const address = await Promise.race([spoken, relay.ended.then(() => null), late.then(() => null)]);
  clearTimeout(timer);
  if (address === null) {
    await relay.stop("SIGKILL");
    throw new Error(`the relay did not start; ${relay.said()}`);
  }
  relay.address = address;
  return relay;
}
