/** Which operations wrote the characters of a text: few questions for long stretches. */

/** Characters that one actor wrote at one stroke, so that their operations are numbered on. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly actor: string;
  /** The operation that wrote the first character. */
  readonly counter: number;
}

/** The operation that wrote a character. */
export interface OperationId {
  readonly counter: number;
  readonly actor: string;
}

/** Reads an id such as `12@abcd`; null for anything else. */
export function operationId(text: string | null): OperationId | null {
  const [counter, actor] = text?.split("@") ?? [];
  return actor === undefined ? null : { counter: Number(counter), actor };
}

/**
 * Finds the runs of a range by asking for single characters: a stretch whose ends and middle are
 * numbered on is one run, any other is halved.
 */
export function runsOf(from: number, to: number, operationAt: (index: number) => OperationId | null): Run[] {
  const runs: Run[] = [];
  const find = (start: number, end: number): void => {
    const first = operationAt(start);
    const last = operationAt(end - 1);
    if (first === null || last === null) {
      return;
    }
    const middle = start + Math.floor((end - start) / 2);
    const follows = (it: OperationId | null, index: number): boolean =>
      it?.actor === first.actor && it.counter - first.counter === index - start;
    // The middle is asked, too: something of others may stand where something was deleted.
    if (end - start <= 1 || (follows(last, end - 1) && follows(operationAt(middle), middle))) {
      runs.push({ from: start, to: end, ...first });
    } else {
      find(start, middle);
      find(middle, end);
    }
  };
  if (from < to) {
    find(from, to);
  }
  return runs;
}

/** Finds operations among runs. */
export class RunIndex {
  private readonly byActor = new Map<string, Run[]>();

  constructor(runs: readonly Run[]) {
    for (const run of runs) {
      const known = this.byActor.get(run.actor);
      if (known === undefined) {
        this.byActor.set(run.actor, [run]);
      } else {
        known.push(run);
      }
    }
    for (const known of this.byActor.values()) {
      known.sort((one, two) => one.counter - two.counter);
    }
  }

  /** The index of the character that an operation wrote, or null. */
  find({ counter, actor }: OperationId): number | null {
    const runs = this.byActor.get(actor) ?? [];
    let low = 0;
    let high = runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((runs[middle]?.counter ?? Infinity) <= counter) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    const run = runs[low - 1];
    const within = run === undefined ? -1 : counter - run.counter;
    return run !== undefined && within < run.to - run.from ? run.from + within : null;
  }
}
