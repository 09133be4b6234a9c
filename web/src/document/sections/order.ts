/**
 * Keys that order sections, so that one can always be put between two others. The rules stand in
 * docs/document-format.md; `order-vectors.json` proves that Rust and TypeScript agree.
 */

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE = DIGITS.length;
const MIDDLE = BASE / 2;
const HIGHEST = BASE - 1;
const INFIX_DIGITS = 4;

/** The longest key; where a longer one would be due, there is no room and sections get new keys. */
const MAX_ORDER_LENGTH = 128;

/** Draws whole numbers below 2^32; pass `crypto` wrapped, or a seeded one in tests. */
export type Random = () => number;

/** Draws the digits that the keys of one paste share; the last is not `0`. */
export function randomInfix(random: Random): string {
  let infix = "";
  for (let index = 1; index < INFIX_DIGITS; index += 1) {
    infix += DIGITS.charAt(random() % BASE);
  }
  return infix + DIGITS.charAt(1 + (random() % HIGHEST));
}

/**
 * Makes `count` ascending keys between `low` and `high`; null as a bound means the very beginning or
 * end. Returns null when there is no room.
 */
export function keysBetween(low: string | null, high: string | null, count: number, infix: string): string[] | null {
  const lowDigits = low === null ? null : digitsOf(low);
  const highDigits = high === null ? null : digitsOf(high);
  const infixDigits = digitsOf(infix);
  if (lowDigits === undefined || highDigits === undefined || infixDigits === undefined) {
    return null;
  }
  const found = stemBetween(lowDigits, highDigits);
  if (found === null) {
    return null;
  }
  const stem = [...found, ...infixDigits];
  const width = counterWidth(count);
  if (stem.length + width + 1 > MAX_ORDER_LENGTH) {
    return null;
  }
  const written = write(stem);
  if (count === 1) {
    return [written];
  }
  const keys: string[] = [];
  for (let index = 0; index < count; index += 1) {
    keys.push(written + write(counterDigits(index, width)) + DIGITS.charAt(MIDDLE));
  }
  return keys;
}

/** Compares two strings by their UTF-8 bytes, as every reader of a draft must. */
export function compareBytes(one: string, two: string): number {
  const length = Math.min(one.length, two.length);
  for (let index = 0; index < length; index += 1) {
    const a = one.charCodeAt(index);
    const b = two.charCodeAt(index);
    if (a !== b) {
      return rank(a) - rank(b);
    }
  }
  return one.length - two.length;
}

/** UTF-16 sorts surrogates below U+E000; UTF-8 sorts what they stand for above all others. */
function rank(unit: number): number {
  if (unit >= 0xe000) {
    return unit - 0x800;
  }
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

function digitsOf(key: string): number[] | undefined {
  if (key.length > MAX_ORDER_LENGTH) {
    return undefined;
  }
  const digits: number[] = [];
  for (const character of key) {
    const digit = DIGITS.indexOf(character);
    if (digit < 0) {
      return undefined;
    }
    digits.push(digit);
  }
  return digits;
}

const write = (digits: readonly number[]): string => digits.map((digit) => DIGITS.charAt(digit)).join("");

function counterWidth(count: number): number {
  let width = 1;
  for (let room = BASE; room < count; room *= BASE) {
    width += 1;
  }
  return width;
}

function counterDigits(index: number, width: number): number[] {
  const digits = new Array<number>(width).fill(0);
  let rest = index;
  for (let place = width - 1; place >= 0; place -= 1) {
    digits[place] = rest % BASE;
    rest = Math.floor(rest / BASE);
  }
  return digits;
}

/** Digits such that they and all that continues them lie between the bounds. */
function stemBetween(low: number[] | null, high: number[] | null): number[] | null {
  if (low === null) {
    return high === null ? [MIDDLE] : before(high);
  }
  return high === null ? after(low) : between(low, high);
}

const leading = (digits: readonly number[], digit: number): number => {
  const other = digits.findIndex((it) => it !== digit);
  return other < 0 ? digits.length : other;
};

const padded = (digits: readonly number[], length: number): number[] =>
  Array.from({ length }, (_, index) => digits[index] ?? 0);

/** Counts up in a block that grows with the logarithm of what is appended. */
function after(low: number[]): number[] {
  const stem = padded(low, 2 * leading(low, HIGHEST) + 2);
  for (let place = stem.length - 1; place >= 0; place -= 1) {
    const digit = stem[place] ?? 0;
    if (digit < HIGHEST) {
      stem[place] = digit + 1;
      break;
    }
    stem[place] = 0;
  }
  return stem;
}

/** Counts down in the same way; there is nothing before a key of zeros alone. */
function before(high: number[]): number[] | null {
  const run = leading(high, 0);
  if (run === high.length) {
    return null;
  }
  const stem = padded(high, 2 * run + 2);
  for (let place = stem.length - 1; place >= 0; place -= 1) {
    const digit = stem[place] ?? 0;
    if (digit > 0) {
      stem[place] = digit - 1;
      break;
    }
    stem[place] = HIGHEST;
  }
  return stem;
}

/** Goes down the digits that both bounds share, then takes the middle. */
function between(low: number[], high: number[]): number[] | null {
  const stem: number[] = [];
  let index = 0;
  for (; ; index += 1) {
    const floor = low[index] ?? 0;
    const ceiling = high[index];
    if (ceiling === undefined || ceiling < floor) {
      return null;
    }
    if (ceiling - floor > 1) {
      stem.push(Math.floor((floor + ceiling) / 2));
      return stem;
    }
    stem.push(floor);
    if (ceiling > floor) {
      index += 1;
      break;
    }
  }
  // From here every continuation is less than `high`; it must only be greater than `low`.
  for (; ; index += 1) {
    const floor = low[index] ?? 0;
    if (floor < HIGHEST) {
      stem.push(Math.ceil((floor + BASE) / 2));
      return stem;
    }
    stem.push(floor);
  }
}
