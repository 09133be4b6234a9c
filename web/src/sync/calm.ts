/**
 * When to do what can wait for a moment: what others wrote, where their cursors are. Such work comes in
 * many small pieces, each of which would make the key that is pressed meanwhile wait. So it is done
 * together, not more often than it can be seen, and while somebody types just after the picture of a
 * key, when the next key is furthest away. While an input method composes a word nothing is done: a
 * change of the line would end the composition, and its letters would stay beside the word.
 */

/** How somebody wants work to be done. Milliseconds. */
export interface Rhythm {
  /** The least time between two runs. The first is at once. */
  readonly every: number;
  /** While somebody types: how long a run waits for a key at most. */
  readonly latest: number;
}

/** What it depends on; tests play it by hand. */
export interface Surroundings {
  /** Milliseconds of a clock that nobody sets: a clock that is set back would have others' words wait for it. */
  readonly now: () => number;
  /** Calls `run` after so many milliseconds, unless the function that it returns is called before. */
  readonly after: (run: () => void, milliseconds: number) => () => void;
  /** Calls `run` once the page has drawn what it has to draw now. */
  readonly afterPicture: (run: () => void) => void;
  /** Calls `run` at every key and touch that may change the text. */
  readonly onKey: (run: () => void) => void;
  /** Calls `run` with true when an input method begins to compose, and with false when it has ended. */
  readonly onComposition: (run: (isComposing: boolean) => void) => void;
  /** Whether nobody sees the page; its timers may not run then. */
  readonly isHidden: () => boolean;
}

/** Work that can be asked for; how often it is asked for makes no difference. */
export interface Task {
  ask(): void;
  /** Runs no more. */
  stop(): void;
}

/** Who pressed no key for this long is not typing, in milliseconds. */
const TYPING_MS = 400;
/** Who leaves a composition standing for this long has gone away from it, in milliseconds. */
const COMPOSING_MS = 10_000;

interface Worker {
  readonly run: () => void;
  readonly rhythm: Rhythm;
  asked: number | null;
  last: number;
  cancel: (() => void) | null;
}

export class Calm {
  private readonly workers = new Set<Worker>();
  private lastKey = -Infinity;
  /** Keys whose picture is not drawn yet. */
  private drawing = false;
  private composing = false;

  constructor(private readonly surroundings: Surroundings = page) {
    surroundings.onKey(() => {
      this.key();
    });
    surroundings.onComposition((isComposing) => {
      this.composing = isComposing;
      // What waited runs after the picture of the composed word.
      this.key();
    });
  }

  /** Whether an input method is at work, and work waits for it however much there is. */
  get isComposing(): boolean {
    return this.composing && this.surroundings.now() - this.lastKey < COMPOSING_MS;
  }

  /** Takes on work: nothing runs before it is asked for. */
  task(run: () => void, rhythm: Rhythm): Task {
    const worker: Worker = { run, rhythm, asked: null, last: -Infinity, cancel: null };
    this.workers.add(worker);
    return {
      ask: () => {
        if (this.workers.has(worker)) {
          this.ask(worker);
        }
      },
      stop: () => {
        worker.cancel?.();
        this.workers.delete(worker);
      },
    };
  }

  private ask(worker: Worker): void {
    const now = this.surroundings.now();
    worker.asked ??= now;
    const waits = Math.max(worker.last + worker.rhythm.every - now, this.patience(worker, now));
    if (this.surroundings.isHidden() || (waits <= 0 && !this.drawing)) {
      this.run(worker);
    } else if (worker.cancel === null) {
      this.wait(worker, waits);
    }
  }

  private wait(worker: Worker, milliseconds: number): void {
    worker.cancel = this.surroundings.after(
      () => {
        worker.cancel = null;
        const patience = this.patience(worker, this.surroundings.now());
        if (patience > 0) {
          this.wait(worker, patience);
        } else if (!this.drawing) {
          this.run(worker);
        }
      },
      Math.max(0, milliseconds),
    );
  }

  /** How much longer a run waits for the next key; nothing when nobody types. */
  private patience({ asked, rhythm }: Worker, now: number): number {
    if (this.isComposing) {
      return this.lastKey + COMPOSING_MS - now;
    }
    return asked === null || now - this.lastKey > TYPING_MS ? 0 : asked + rhythm.latest - now;
  }

  private key(): void {
    this.lastKey = this.surroundings.now();
    if (this.drawing) {
      return;
    }
    this.drawing = true;
    this.surroundings.afterPicture(() => {
      this.drawing = false;
      if (this.isComposing) {
        return;
      }
      const now = this.surroundings.now();
      for (const worker of this.workers) {
        // Half of the rhythm: whoever types quickly has others' words in between, too.
        if (worker.asked !== null && now - worker.last >= worker.rhythm.every / 2) {
          this.run(worker);
        } else if (worker.asked !== null && worker.cancel === null) {
          this.wait(worker, worker.last + worker.rhythm.every - now);
        }
      }
    });
  }

  private run(worker: Worker): void {
    worker.cancel?.();
    worker.cancel = null;
    worker.asked = null;
    worker.run();
    worker.last = this.surroundings.now();
  }
}

/** A page that cannot draw is not waited for longer than this, in milliseconds. */
const PICTURE_WITHIN_MS = 100;

/** Calls `run` once the page has drawn what it has to draw now, or after a while where it draws nothing. */
export function afterPicture(run: () => void): void {
  let isDone = false;
  const once = (): void => {
    if (!isDone) {
      isDone = true;
      clearTimeout(late);
      run();
    }
  };
  const late = setTimeout(once, PICTURE_WITHIN_MS);
  requestAnimationFrame(() => {
    // A message that is sent while a picture is prepared arrives when it is drawn.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      once();
    };
    port2.postMessage(null);
  });
}

/** The page itself; programs without one have nobody who types. */
const page: Surroundings = {
  now: () => performance.now(),
  after: (run, milliseconds) => {
    const id = setTimeout(run, milliseconds);
    return () => {
      clearTimeout(id);
    };
  },
  afterPicture: (run) => {
    if (typeof requestAnimationFrame === "undefined") {
      setTimeout(run, 0);
    } else {
      afterPicture(run);
    }
  },
  onKey: (run) => {
    if (typeof window !== "undefined") {
      for (const event of ["keydown", "beforeinput", "compositionupdate"]) {
        window.addEventListener(event, run, { capture: true, passive: true });
      }
    }
  },
  onComposition: (run) => {
    if (typeof window !== "undefined") {
      for (const [event, isComposing] of [
        ["compositionstart", true],
        ["compositionend", false],
      ] as const) {
        window.addEventListener(
          event,
          () => {
            run(isComposing);
          },
          { capture: true, passive: true },
        );
      }
    }
  },
  isHidden: () => typeof document !== "undefined" && document.hidden,
};

let ofPage: Calm | null = null;

/** The one of this page: it hears every key once. */
export function calm(): Calm {
  ofPage ??= new Calm();
  return ofPage;
}
