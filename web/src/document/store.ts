/**
 * A value that changes, in the form that Svelte calls a store. The engine depends on no framework:
 * `$value` in a component and `subscribe` anywhere else read the same thing.
 */
export interface Readable<T> {
  /** The value now. */
  get(): T;
  /** Calls `run` now and after every change, until the function that it returns is called. */
  subscribe(run: (value: T) => void): () => void;
}

/** A {@link Readable} that its owner sets. */
export class Store<T> implements Readable<T> {
  readonly #listeners = new Set<(value: T) => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  /** Sets the value and tells everybody, unless it is the very same value. */
  set(value: T): void {
    if (Object.is(value, this.#value)) {
      return;
    }
    this.#value = value;
    for (const listener of [...this.#listeners]) {
      listener(value);
    }
  }

  subscribe(run: (value: T) => void): () => void {
    this.#listeners.add(run);
    run(this.#value);
    return () => {
      this.#listeners.delete(run);
    };
  }
}
