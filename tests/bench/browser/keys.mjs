// Measures keys inside of a page. A key counts from the moment at which the browser took it (the event's
// own time stamp, so that waiting behind other work counts) to the picture after it.
//
// `busy` is what the page itself needs: from the key until its input was handled, and from the start of the
// next picture until the page was laid out and painted. It leaves out the wait for that picture to begin,
// which a screen of 60 Hz makes up to 16.7 ms long for every program. `painted` is the whole way from the key
// until the page was painted, that wait included. `felt` is the browser's own figure (Event Timing): from the
// key until the picture stood on the screen, in steps of 8 ms; the browser tells it only from 16 ms upwards.

/** What Event Timing does not tell, in milliseconds: such keys count as this. */
const UNTOLD_MS = 16;

/**
 * Has the pages of a browser context note their keys, from the first key on. It must be asked for before a page is
 * opened: whatever the page puts off until after a picture would else run before the end of that picture is noted.
 */
export async function noteKeys(context) {
  await context.addInitScript((untold) => {
    const samples = [];
    const felt = [];
    globalThis.keySamples = { samples, felt };
    let current = null;
    /** Runs after the task that is under way, before anything that comes later. */
    const soon = (run) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        channel.port1.close();
        run();
      };
      channel.port2.postMessage(null);
    };
    addEventListener(
      "keydown",
      (event) => {
        if (event.key.length !== 1) return;
        const sample = {
          at: event.timeStamp,
          begun: performance.now(),
          handled: 0,
          frame: 0,
          painted: 0,
        };
        current = sample;
        requestAnimationFrame(() => {
          sample.frame = performance.now();
          // A message that is sent while a picture is prepared arrives when it is painted.
          soon(() => {
            sample.painted = performance.now();
            if (sample.handled > 0) samples.push(sample);
          });
        });
      },
      { capture: true },
    );
    addEventListener("input", () => {
      const sample = current;
      current = null;
      // The editor has taken the input in by now, but for what it put off to the end of this event.
      if (sample) queueMicrotask(() => (sample.handled = performance.now()));
    });
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (name === "keydown") felt.push(duration);
    }).observe({ type: "event", durationThreshold: untold });
  }, UNTOLD_MS);
}

/** Forgets what a page has noted so far. */
export async function forgetKeys(page) {
  await page.evaluate(() => {
    for (const noted of Object.values(globalThis.keySamples)) noted.length = 0;
  });
}

/** The keys that a page noted, as milliseconds: an array for each figure, and for the parts of `busy`. */
export async function notedKeys(page) {
  const { samples, felt } = await page.evaluate(() => globalThis.keySamples);
  const told = felt.slice(0, samples.length);
  const each = (figure) => samples.map(figure);
  return {
    delayed: each(({ at, begun }) => begun - at),
    handling: each(({ begun, handled }) => handled - begun),
    waited: each(({ handled, frame }) => Math.max(0, frame - handled)),
    drawing: each(({ handled, frame, painted }) => painted - Math.max(frame, handled)),
    busy: each(({ at, handled, frame, painted }) => painted - at - Math.max(0, frame - handled)),
    painted: each(({ at, painted }) => painted - at),
    felt: [...told, ...Array(samples.length - told.length).fill(UNTOLD_MS)],
  };
}

/** The value that a share of the samples does not exceed. */
export function percentile(samples, share) {
  const sorted = [...samples].sort((one, two) => one - two);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}
