/** Keys of entries: 128 random bits in base58, without a checksum. */
import type { Random } from "./sections/order";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Whole numbers below 2^32 from the browser's generator. */
export const secureRandom: Random = () => {
  const numbers = new Uint32Array(1);
  crypto.getRandomValues(numbers);
  return numbers[0] ?? 0;
};

/** Draws a key. */
export function randomKey(random: Random = secureRandom): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, random());
  new DataView(bytes.buffer).setUint32(4, random());
  new DataView(bytes.buffer).setUint32(8, random());
  new DataView(bytes.buffer).setUint32(12, random());
  return base58(bytes);
}

/** Writes bytes in base58 (the Bitcoin alphabet); each leading zero is a `1`. */
export function base58(bytes: Uint8Array): string {
  let number = 0n;
  for (const byte of bytes) {
    number = number * 256n + BigInt(byte);
  }
  let text = "";
  for (; number > 0n; number /= 58n) {
    text = ALPHABET.charAt(Number(number % 58n)) + text;
  }
  for (const byte of bytes) {
    if (byte !== 0) {
      break;
    }
    text = `1${text}`;
  }
  return text;
}
