// What the relay kept and did not apply, and the trail of what was done, read from JSON that is not trusted.

import { isRecord } from "./untrusted";

/** Why work was held back, as the relay's stable words; `other` for one that this page does not know. */
const WHYS = [
  "not-allowed",
  "stage",
  "foreign-actor",
  "foreign-entry",
  "sequence-number",
  "author-footer",
  "builds-on-refused",
  "invalid",
  "link-ended",
  "behalf",
  "other",
] as const;
export type Why = (typeof WHYS)[number];

/** Changes of one person to one document that were not applied, and are decided about together. */
export interface Held {
  /** Another one when more of it comes in, so that nobody decides about what they have not seen. */
  readonly id: string;
  readonly participant: string;
  readonly document: "text" | "discussion" | "other";
  readonly why: Why;
  /** When the newest was received, in milliseconds since 1970; null when its author is withheld. */
  readonly receivedMs: number | null;
  /** How many changes. */
  readonly changes: number;
  readonly state: "waiting" | "admitted" | "declined";
  readonly decidedBy: string | null;
  readonly decidedMs: number | null;
  /** The reason that was given, in the words of who decided. */
  readonly decision: string | null;
}

/** What would become of a section or of a comment: null before when it would be new, null after when it would be gone. */
export interface HeldDifference {
  readonly before: string | null;
  readonly after: string | null;
}

export interface HeldOpened {
  readonly differences: readonly HeldDifference[];
  /** Why there is no difference to show, in the relay's own words; empty when there is one. */
  readonly unreadable: string;
}

/** One line of the trail. */
export interface TrailEntry {
  /** Its place; it only grows. */
  readonly sequence: number;
  /** In milliseconds since 1970; null when who did it is withheld. */
  readonly atMs: number | null;
  /** Null for whoever runs the server. */
  readonly by: string | null;
  /** What was done, as the relay's stable word. */
  readonly kind: string;
  /** The particulars, by their names; what is neither text nor number is left out. */
  readonly detail: Readonly<Record<string, string | number>>;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function readHeld(value: unknown): Held | null {
  if (!isRecord(value)) return null;
  const id = text(value["id"]);
  const participant = text(value["participant"]);
  if (id === null || participant === null) return null;
  const { document, state } = value;
  return {
    id,
    participant,
    document: document === "text" || document === "discussion" ? document : "other",
    why: WHYS.find((why) => why === value["reason"]) ?? "other",
    receivedMs: number(value["received_ms"]),
    changes: number(value["changes"]) ?? 0,
    state: state === "admitted" || state === "declined" ? state : "waiting",
    decidedBy: text(value["decided_by"]),
    decidedMs: number(value["decided_ms"]),
    decision: text(value["decision"]),
  };
}

export function readHeldList(value: unknown): Held[] | null {
  if (!isRecord(value) || !Array.isArray(value["entries"])) return null;
  return value["entries"].flatMap((entry: unknown) => readHeld(entry) ?? []);
}

export function readHeldOpened(value: unknown): HeldOpened | null {
  if (!isRecord(value) || !Array.isArray(value["difference"])) return null;
  const words = (one: unknown): string | null => (typeof one === "string" ? one : null);
  const differences = value["difference"].flatMap((one: unknown) =>
    isRecord(one) ? [{ before: words(one["before"]), after: words(one["after"]) }] : [],
  );
  return { differences, unreadable: text(value["unreadable"]) ?? "" };
}

/** A part of the trail, oldest first; `next` is what to ask for after it, null at its end. */
export function readTrail(value: unknown): { entries: TrailEntry[]; next: number | null } | null {
  if (!isRecord(value) || !Array.isArray(value["entries"])) return null;
  const entries = value["entries"].flatMap((entry: unknown) => {
    if (!isRecord(entry)) return [];
    const sequence = number(entry["sequence"]);
    const kind = text(entry["kind"]);
    if (sequence === null || kind === null) return [];
    return [
      { sequence, kind, atMs: number(entry["at_ms"]), by: text(entry["by"]), detail: particulars(entry["detail"]) },
    ];
  });
  return { entries, next: number(value["next"]) };
}

function particulars(value: unknown): Record<string, string | number> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (pair): pair is [string, string | number] => text(pair[1]) !== null || number(pair[1]) !== null,
    ),
  );
}
