/** A generator of numbers below 2^32 that is the same in every run. */
import type { Random } from "../document/sections/order";

export function seeded(seed: number): Random {
  // Neighbouring seeds must not begin alike: devices of one test draw the keys of sections.
  let state = (Math.imul(seed, 2654435761) ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
