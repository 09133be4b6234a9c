// Which processor cores programs may use, and how long a thread had one. Linux only.

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Whether programs can be kept apart here: two cores, and `taskset` of util-linux. */
export async function canPin() {
  if (availableParallelism() < 2) return false;
  return run("taskset", ["--version"]).then(
    () => true,
    () => false,
  );
}

/**
 * Keeps one group of programs (process ids, with all their threads) on the first core and the other on all but that
 * one; the function that it returns lets everybody everywhere again.
 */
export async function keepApart(onFirst, onOthers) {
  const last = availableParallelism() - 1;
  const put = (cores) => (pid) =>
    run("taskset", ["--all-tasks", "--pid", "--cpu-list", cores, String(pid)]).catch(() => undefined);
  await Promise.all([...onFirst.map(put("0")), ...onOthers.map(put(last === 1 ? "1" : `1-${last}`))]);
  return () => Promise.all([...onFirst, ...onOthers].map(put(`0-${last}`)));
}

/** A browser's processes: `{ all, renderers }`, as process ids. */
export async function processesOf(browser) {
  const system = await browser.newBrowserCDPSession();
  const { processInfo } = await system.send("SystemInfo.getProcessInfo");
  await system.detach();
  const ids = (some) => some.map(({ id }) => id);
  return {
    all: ids(processInfo),
    renderers: ids(processInfo.filter(({ type }) => type === "renderer")),
  };
}

/** How long the main thread of a process has run, and waited for a core while it could have run. Milliseconds. */
export async function mainThread(pid) {
  const [ran, queued] = (await readFile(`/proc/${pid}/task/${pid}/schedstat`, "utf8")).split(" ").map(Number);
  return { ran: ran / 1e6, queued: queued / 1e6 };
}

/** Of some processes the one whose main thread runs most while `work` is done: no browser says which shows a page. */
export async function busiest(pids, work) {
  const before = await Promise.all(pids.map(mainThread));
  await work();
  const after = await Promise.all(pids.map(mainThread));
  const ran = pids.map((_, at) => after[at].ran - before[at].ran);
  return pids[ran.indexOf(Math.max(...ran))];
}
