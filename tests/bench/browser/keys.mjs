// Measures keys inside of a page. A key counts from the moment at which the browser took it (the event's
// own time stamp, so that waiting behind other work counts) to the picture after it.
//
// `busy` leaves out the wait for the next picture, which a screen of 60 Hz makes up to 16.7 ms long for
// every program: from the key until its input was handled, and from the start of the next picture until
// the page was laid out and painted. `painted` is the whole way from the key to the painted picture.

/** Begins to note keys in the page. */
export async function noteKeys(page) {
  await page.evaluate(() => {
    const samples = [];
    globalThis.keySamples = samples;
    let current = null;
    /** Runs after the task that is under way and what it put off, before anything else. */
    const soon = (run) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        channel.port1.close();
        run();
      };
      channel.port2.postMessage(null);
    };
    addEventListener("keydown", (event) => {
      if (event.key.length !== 1) return;
      const sample = { at: event.timeStamp, handled: 0, frame: 0, painted: 0 };
      current = sample;
      requestAnimationFrame(() => {
        sample.frame = performance.now();
        // A message that is sent while a picture is prepared arrives when it is painted.
        soon(() => {
          sample.painted = performance.now();
          if (sample.handled > 0) samples.push(sample);
        });
      });
    }, { capture: true });
    addEventListener("input", () => {
      const sample = current;
      current = null;
      if (sample) soon(() => (sample.handled = performance.now()));
    }, { capture: true });
  });
}

/** The keys noted so far, as milliseconds: `{ busy: number[], painted: number[] }`. */
export async function notedKeys(page) {
  const samples = await page.evaluate(() => globalThis.keySamples.splice(0));
  return {
    busy: samples.map(({ at, handled, frame, painted }) => (handled <= frame ? handled - at + (painted - frame) : painted - at)),
    painted: samples.map(({ at, painted }) => painted - at),
  };
}

/** The value that a share of the samples does not exceed. */
export function percentile(samples, share) {
  const sorted = [...samples].sort((one, two) => one - two);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}
