// What the relay answers, read from JSON that is not trusted: each reader gives null for what it
// cannot use, and leaves out fields of the wrong kind.

import { isRecord } from "./untrusted";

export const ROLES = ["viewer", "reviewer", "editor", "facilitator"] as const;
export type Role = (typeof ROLES)[number];

export const CREDITS = ["by-name", "organisation", "anonymous"] as const;
export type Credit = (typeof CREDITS)[number];

/** A stakeholder group of the draft. */
export interface Group {
  readonly key: string;
  readonly name: string;
}

/** Somebody who takes part, as far as they allow it to be known. */
export interface Person {
  readonly participant: string;
  /** Further ids of the same person: of other devices, or merged by a facilitator. */
  readonly also?: readonly string[];
  readonly name: string | null;
  readonly affiliation: string | null;
  readonly group: string | null;
  readonly credit: Credit;
  /** For which organisation they speak; null when for themselves. */
  readonly behalf: string | null;
  /** What they may do; null when they never came by a link. */
  readonly role: string | null;
  /** The most that they may do, whatever their link allows; null when no facilitator set a limit. */
  readonly roleCap: string | null;
  /** Whether a facilitator added them, for what came by mail. */
  readonly isAdded: boolean;
  readonly guest: boolean;
  readonly former: boolean;
  readonly withheld: boolean;
}

/** What a person says about themselves. */
export interface PersonFields {
  readonly name?: string;
  readonly affiliation?: string;
  readonly group?: string;
  readonly credit?: Credit;
  readonly capacity?: "personal" | "on-behalf-of";
  readonly on_behalf_of?: string;
  /** Whether nobody is told who they are; absent, it stays as it was. */
  readonly withheld?: boolean;
}

/** What a facilitator corrects in somebody's entry: an absent field stays as it is, null clears it. */
export interface Correction {
  readonly name?: string | null;
  readonly affiliation?: string | null;
  readonly group?: string | null;
  readonly capacity?: "personal" | "on-behalf-of";
  readonly on_behalf_of?: string | null;
  /** Theirs to say, unless a facilitator added them. */
  readonly credit?: Credit;
  /** The most that they may do, whatever their link allows; null takes the limit back. */
  readonly role?: Role | null;
}

/** What a person who is known said of themselves. */
export function fieldsOf(person: Person): PersonFields {
  return {
    ...(person.name && { name: person.name }),
    ...(person.affiliation && { affiliation: person.affiliation }),
    ...(person.group && { group: person.group }),
    credit: person.credit,
    ...(person.behalf !== null && { capacity: "on-behalf-of", on_behalf_of: person.behalf }),
    withheld: person.withheld,
  };
}

/** A share link, never with its secret. Times in milliseconds since 1970. */
export interface Link {
  readonly id: string;
  readonly label: string | null;
  readonly role: string;
  /** The key of the stakeholder group that is offered to whoever joins by it. */
  readonly group: string | null;
  readonly createdMs: number | null;
  readonly expiresMs: number | null;
  readonly revokedMs: number | null;
  /** How many participants have joined by it. */
  readonly uses: number | null;
  /** How many may; null without a limit. */
  readonly usesLimit: number | null;
  /** Shown once, right after the link was made. */
  readonly url: string | null;
}

/** The terms of a link to make or to change: an absent one stays as it is, null takes it away. */
export interface LinkTerms {
  readonly label?: string | null;
  readonly expires_ms?: number | null;
  readonly uses?: number | null;
  readonly group?: string | null;
}

/** What opening a link gives. */
export interface Session {
  readonly draft: string;
  readonly role: Role;
  readonly title: string | null;
  readonly stage: string | null;
  readonly participant: string | null;
  readonly person: Person | null;
  readonly presetGroup: string | null;
  readonly groups: readonly Group[];
}

/** A draft as the relay sees it. */
export interface Overview {
  readonly draft: string;
  readonly title: string;
  readonly role: Role;
  readonly stage: string;
  readonly stageClosesMs: number | null;
  readonly participant: string | null;
  readonly person: Person | null;
}

/** A draft that was just made, with its links by role. */
export interface NewDraft {
  readonly draft: string;
  readonly title: string;
  readonly links: Readonly<Record<string, string>>;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** One of our roles; a word that is not known may do nothing but read. */
export function readRole(value: unknown): Role {
  return ROLES.find((role) => role === value) ?? "viewer";
}

export function readGroups(value: unknown): Group[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    if (!isRecord(entry)) return [];
    const key = text(entry["key"]);
    const name = text(entry["name"]);
    return key && name ? [{ key, name }] : [];
  });
}

export function readPerson(value: unknown): Person | null {
  if (!isRecord(value)) return null;
  const participant = text(value["participant"]);
  if (!participant) return null;
  const also = value["also"];
  return {
    participant,
    also: Array.isArray(also) ? also.flatMap((id: unknown) => text(id) ?? []) : [],
    name: text(value["name"]),
    affiliation: text(value["affiliation"]),
    group: text(value["group"]),
    credit: CREDITS.find((credit) => credit === value["credit"]) ?? "by-name",
    behalf: value["capacity"] === "on-behalf-of" ? (text(value["on_behalf_of"]) ?? "") : null,
    role: text(value["role"]),
    roleCap: text(value["role_cap"]),
    isAdded: text(value["added_by"]) !== null,
    guest: value["guest"] === true,
    former: value["former"] === true,
    withheld: value["withheld"] === true,
  };
}

export function readPeople(value: unknown): { people: Person[]; groups: Group[] } | null {
  if (!isRecord(value) || !Array.isArray(value["people"])) return null;
  const people = value["people"].flatMap((entry: unknown) => readPerson(entry) ?? []);
  return { people, groups: readGroups(value["groups"]) };
}

export function readLink(value: unknown): Link | null {
  if (!isRecord(value)) return null;
  const id = text(value["id"]);
  const role = text(value["role"]);
  if (!id || !role) return null;
  return {
    id,
    role,
    label: text(value["label"]),
    group: text(value["group"]),
    createdMs: number(value["created_ms"]),
    expiresMs: number(value["expires_ms"]),
    revokedMs: number(value["revoked_ms"]),
    uses: number(value["uses"]),
    usesLimit: number(value["uses_limit"]),
    url: text(value["url"]),
  };
}

export function readLinks(value: unknown): Link[] | null {
  if (!isRecord(value) || !Array.isArray(value["links"])) return null;
  return value["links"].flatMap((entry: unknown) => readLink(entry) ?? []);
}

export function readSession(value: unknown): Session | null {
  if (!isRecord(value)) return null;
  const draft = text(value["document_id"]);
  if (!draft) return null;
  return {
    draft,
    role: readRole(value["role"]),
    title: text(value["title"]),
    stage: text(value["stage"]),
    participant: text(value["participant"]),
    person: readPerson(value["person"]),
    presetGroup: text(value["group"]),
    groups: readGroups(value["groups"]),
  };
}

export function readOverview(value: unknown): Overview | null {
  if (!isRecord(value)) return null;
  const draft = text(value["document_id"]);
  if (!draft) return null;
  return {
    draft,
    title: text(value["title"]) ?? "",
    role: readRole(value["role"]),
    stage: text(value["stage"]) ?? "drafting",
    stageClosesMs: number(value["stage_closes_ms"]),
    participant: text(value["participant"]),
    person: readPerson(value["person"]),
  };
}

/** Who made a change to the text, and when the relay took it, as the relay keeps it. */
export interface ChangeRecord {
  readonly hash: string;
  readonly actor: string;
  readonly participant: string | null;
  readonly receivedMs: number | null;
}

export function readChanges(value: unknown): ChangeRecord[] | null {
  if (!isRecord(value) || !Array.isArray(value["changes"])) return null;
  return value["changes"].flatMap((entry: unknown) => {
    if (!isRecord(entry)) return [];
    const hash = text(entry["hash"]);
    const actor = text(entry["actor"]);
    return hash && actor
      ? [{ hash, actor, participant: text(entry["participant"]), receivedMs: number(entry["received_ms"]) }]
      : [];
  });
}

export function readNewDraft(value: unknown): NewDraft | null {
  if (!isRecord(value) || !isRecord(value["links"])) return null;
  const draft = text(value["document_id"]);
  if (!draft) return null;
  const links = Object.fromEntries(
    Object.entries(value["links"]).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
  return { draft, title: text(value["title"]) ?? "", links };
}

/** What the relay can do. */
export interface Server {
  /** Whether it makes Markdown of Word files. */
  readonly wordImport: boolean;
  /** The largest Word file that it takes, in bytes. */
  readonly wordBytes: number;
}

export function readServer(value: unknown): Server | null {
  if (!isRecord(value)) return null;
  return { wordImport: value["word_import"] === true, wordBytes: number(value["word_bytes"]) ?? 0 };
}

/** A Word file as Markdown. */
export interface Converted {
  readonly markdown: string;
  /** How many pictures were left out. */
  readonly pictures: number;
}

export function readConverted(value: unknown): Converted | null {
  if (!isRecord(value) || typeof value["markdown"] !== "string") return null;
  return { markdown: value["markdown"], pictures: number(value["pictures"]) ?? 0 };
}
