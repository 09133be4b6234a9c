// Waiting for conditions instead of for time.

/** An error that waiting longer cannot mend, such as a process that ended. */
export class Hopeless extends Error {}

/** Resolves with the first truthy result of `condition` (which may be async), or fails after `timeout` ms. */
export async function until(what, condition, timeout = 20_000) {
  const deadline = Date.now() + timeout;
  let last;
  for (;;) {
    try {
      const result = await condition();
      if (result) return result;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${timeout} ms in vain: ${what}${last ? ` (last: ${last.message})` : ""}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Resolves when `check` held at every look during `duration` ms: for what must not happen. */
export async function holds(what, check, duration = 1_500) {
  const end = Date.now() + duration;
  while (Date.now() < end) {
    if (!(await check())) throw new Error(`did not hold: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
