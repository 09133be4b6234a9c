// Who this browser is to the relay, and what its person said of themselves last. Nothing of it is in
// documents: the relay keeps names, and gives them out as each person allowed.

import { CREDITS, type Credit, type PersonFields } from "../api/types";
import { isRecord } from "../api/untrusted";
import { recall, recallJson, remember } from "../basis/memory";

const SECRET = "plenary.participant";
const PERSON = "plenary.person";
/** Who writes a draft here, where it is not the one who writes all others. */
const CHOSEN = "plenary.participant.";
const JOINED = "plenary.joined.";
const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Bytes in base58 (the Bitcoin alphabet, without a checksum). */
export function base58(bytes: Uint8Array): string {
  let value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = "";
  for (; value > 0n; value /= 58n) text = (ALPHABET[Number(value % 58n)] ?? "") + text;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros < 0 ? bytes.length : zeros) + text;
}

function random(bytes: number): string {
  return base58(crypto.getRandomValues(new Uint8Array(bytes)));
}

let forThisPage: string | null = null;

/** A secret by which the relay knows somebody again: 32 random bytes. */
export function newSecret(): string {
  return random(32);
}

export function isSecret(text: unknown): text is string {
  return typeof text === "string" && /^[1-9A-HJ-NP-Za-km-z]{40,50}$/.test(text);
}

/**
 * The secret by which the relay knows the person who writes a draft in this browser: that of whoever was chosen for
 * the draft, else the browser's own, drawn once.
 */
export function participantSecret(draft: string): string {
  const chosen = recall(CHOSEN + draft);
  if (isSecret(chosen)) return chosen;
  const known = recall(SECRET);
  if (isSecret(known)) return known;
  forThisPage ??= random(32);
  remember(SECRET, forThisPage);
  return forThisPage;
}

/** An id of this start of the page. */
export const instance: string = random(16);

export function readFields(value: unknown): PersonFields | null {
  if (!isRecord(value)) return null;
  const text = (name: string): string | undefined => (typeof value[name] === "string" ? value[name] : undefined);
  const name = text("name");
  const affiliation = text("affiliation");
  const group = text("group");
  const credit: Credit | undefined = CREDITS.find((word) => word === value["credit"]);
  const behalf = value["capacity"] === "on-behalf-of" ? (text("on_behalf_of") ?? "") : null;
  return {
    ...(name && { name }),
    ...(affiliation && { affiliation }),
    ...(group && { group }),
    ...(credit && { credit }),
    ...(behalf !== null && { capacity: "on-behalf-of", on_behalf_of: behalf }),
    ...(typeof value["withheld"] === "boolean" && { withheld: value["withheld"] }),
  };
}

/** What the person said of themselves last, on this browser. Of somebody else who writes a draft it knows nothing. */
export function rememberedPerson(draft: string): PersonFields {
  return recall(CHOSEN + draft) === null ? (recallJson(PERSON, readFields) ?? {}) : {};
}

export function rememberPerson(fields: PersonFields): void {
  remember(PERSON, JSON.stringify(fields));
}

/** Whether this browser joined a draft, and as whom; null when it never did. `{}` is a guest. */
export function joinedAs(draft: string): PersonFields | null {
  return recallJson(JOINED + draft, readFields);
}

export function rememberJoined(draft: string, fields: PersonFields): void {
  remember(JOINED + draft, JSON.stringify(fields));
}

/** Forgets that this browser joined a draft, and as whom. */
export function forgetJoined(draft: string): void {
  remember(JOINED + draft, null);
}

/** Chooses who writes a draft here from now on, and as whom they joined it; null when they have not. False when the
 * browser keeps nothing. */
export function chooseSecret(draft: string, secret: string, joined: PersonFields | null): boolean {
  return remember(CHOSEN + draft, secret) && remember(JOINED + draft, joined === null ? null : JSON.stringify(joined));
}

/** Forgets who was chosen for a draft. */
export function forgetChosen(draft: string): void {
  remember(CHOSEN + draft, null);
}

/** Forgets who used this browser: whoever joins from it next is somebody new. */
export function forgetPerson(): void {
  forThisPage = null;
  remember(SECRET, null);
  remember(PERSON, null);
}
