// A relay of the test's own: fresh data, a port of its own, gone afterwards.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

/**
 * Starts the relay; `address` is `http://127.0.0.1:PORT`. Fails within 20 s with the relay's own words.
 * `data` is the folder of an earlier relay that was killed; `stop` removes it in any case.
 * `environment` is added to that of the tests.
 */
export async function startRelay(data = null, environment = {}) {
  const binary = process.env.PLENARY_BIN;
  if (!binary) throw new Error("set PLENARY_BIN to the plenary binary, or run cargo xtask test");
  data ??= await mkdtemp(path.join(tmpdir(), "plenary-browser-"));
  const child = spawn(binary, ["serve", "--listen", "127.0.0.1:0", "--data", data], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let words = "";
  child.stderr.on("data", (chunk) => {
    words = (words + chunk).slice(-4_000);
  });
  const ended = once(child, "exit");
  const firstLine = once(createInterface(child.stdout), "line", {
    signal: AbortSignal.timeout(20_000),
  });
  const outcome = await Promise.race([
    firstLine.then(
      ([line]) => line,
      () => null,
    ),
    ended.then(() => null),
  ]);
  if (!outcome?.startsWith("http://")) {
    child.kill("SIGKILL");
    throw new Error(`the relay did not start: ${outcome ?? ""} ${words}`);
  }
  return {
    address: outcome.trim(),
    pid: child.pid,
    data,
    /** Ends it as a power cut would. */
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async stop() {
      child.kill("SIGTERM");
      const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(patience);
      await rm(data, { recursive: true, force: true });
    },
  };
}
