/**
 * Several messages of Automerge's sync protocol as one: the changes of all, with what the last one says
 * of its sender. Applying changes together costs a fraction of applying them one by one, and the rest of
 * an earlier message says nothing that the last one does not say better: a sender speaks of its state.
 *
 * The bytes are put together as they came, not read and written anew: a message carries flags that
 * Automerge's JavaScript does not hand out.
 */

/** A message cut where its changes stand. */
interface Cut {
  /** Kind, heads, need and have. */
  readonly before: Uint8Array;
  readonly count: number;
  /** The changes, each behind its length. */
  readonly changes: Uint8Array;
  /** The flags. */
  readonly after: Uint8Array;
}

const HASH_BYTES = 32;
/** Longer numbers cannot be counted exactly, and no message holds so much. */
const MAX_NUMBER_BYTES = 7;

/** Reads a message from its beginning; throws when it ends too soon. */
class Reader {
  at = 0;

  constructor(readonly bytes: Uint8Array) {}

  /** An unsigned number in LEB128. */
  number(): number {
    let value = 0;
    for (let index = 0; index < MAX_NUMBER_BYTES; index += 1) {
      const byte = this.bytes[this.at];
      if (byte === undefined) {
        break;
      }
      this.at += 1;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) {
        return value;
      }
    }
    throw new RangeError("a sync message ends within a number");
  }

  skip(bytes: number): void {
    if (bytes > this.bytes.length - this.at) {
      throw new RangeError("a sync message is shorter than it says");
    }
    this.at += bytes;
  }

  hashes(): void {
    this.skip(this.number() * HASH_BYTES);
  }
}

/** Cuts a message; null when it is none. */
function cut(bytes: Uint8Array): Cut | null {
  try {
    const reader = new Reader(bytes);
    reader.skip(1);
    reader.hashes();
    reader.hashes();
    for (let left = reader.number(); left > 0; left -= 1) {
      reader.hashes();
      reader.skip(reader.number());
    }
    const before = bytes.subarray(0, reader.at);
    const count = reader.number();
    const begin = reader.at;
    for (let left = count; left > 0; left -= 1) {
      reader.skip(reader.number());
    }
    return {
      before,
      count,
      changes: bytes.subarray(begin, reader.at),
      after: bytes.subarray(reader.at),
    };
  } catch {
    return null;
  }
}

/** A number in LEB128. */
function numberBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ;) {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
    if (rest === 0) {
      return Uint8Array.from(bytes);
    }
  }
}

const equal = (one: Uint8Array, two: Uint8Array): boolean =>
  one.length === two.length && one.every((byte, index) => byte === two[index]);

/**
 * One message that does what these do, in the order in which they came. Null when they cannot be put
 * together: one is no message, or they are of different kinds, or say different things by their flags.
 */
export function together(messages: readonly Uint8Array[]): Uint8Array | null {
  const cuts: Cut[] = [];
  for (const message of messages) {
    const one = cut(message);
    const first = cuts[0] ?? one;
    if (one === null || first === null) {
      return null;
    }
    if (first.before[0] !== one.before[0] || !equal(first.after, one.after)) {
      return null;
    }
    cuts.push(one);
  }
  const last = cuts.at(-1);
  if (last === undefined) {
    return null;
  }
  const count = cuts.reduce((sum, one) => sum + one.count, 0);
  const parts = cuts.map((one) => one.changes);
  const all = [last.before, numberBytes(count), ...parts, last.after];
  const whole = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
