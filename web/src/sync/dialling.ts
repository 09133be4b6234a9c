/** When to dial again after a connection ended: the table of docs/protocol.md, and the pauses. */
import type { GoneReason } from "./session";

/** What the end of a connection means for the client. */
export type Ending =
  | { readonly again: "now" | "later" }
  /** A person must do something first. */
  | { readonly again: "no"; readonly why: GoneReason | "too-old" | "quarantine-full" };

const ENDINGS: ReadonlyMap<number, Ending> = new Map<number, Ending>([
  [4400, { again: "no", why: "protocol" }],
  [4401, { again: "no", why: "unauthorised" }],
  [4403, { again: "no", why: "revoked" }],
  [4404, { again: "no", why: "not-found" }],
  [4405, { again: "now" }],
  [4406, { again: "no", why: "too-old" }],
  [4408, { again: "later" }],
  [4409, { again: "no", why: "replaced" }],
  [4413, { again: "no", why: "protocol" }],
  [4415, { again: "no", why: "protocol" }],
  [4429, { again: "later" }],
  [4500, { again: "later" }],
  [4502, { again: "later" }],
  [4503, { again: "later" }],
  [4507, { again: "no", why: "quarantine-full" }],
]);

/** What a close code means; those that are not in the table come from something in between. */
export const endingOf = (code: number): Ending => ENDINGS.get(code) ?? { again: "later" };

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * The pause before attempt number `attempt` (from 0) in milliseconds: it doubles up to half a minute
 * and is drawn from its upper half, so that a relay that restarts is not dialled by all at once.
 */
export function pauseBefore(attempt: number, random: () => number): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 10));
  return Math.round(longest * (0.5 + random() / 2));
}
