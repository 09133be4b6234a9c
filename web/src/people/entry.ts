// What a form about a person holds, and what of it is sent.

import type { Correction, Credit, Person, PersonFields } from "../api/types";

/** The fields as they stand in the form. */
export interface Entry {
  name: string;
  affiliation: string;
  /** The key of the stakeholder group; empty when it is not stated. */
  group: string;
  credit: Credit;
  /** Null for themselves; else the organisation for which they speak, which may be empty yet. */
  behalf: string | null;
  withheld: boolean;
}

/** The form filled in with what was said; empty without anything. */
export function entryOf(fields: PersonFields = {}): Entry {
  return {
    name: fields.name ?? "",
    affiliation: fields.affiliation ?? "",
    group: fields.group ?? "",
    credit: fields.credit ?? "by-name",
    behalf: fields.capacity === "on-behalf-of" ? (fields.on_behalf_of ?? "") : null,
    withheld: fields.withheld ?? false,
  };
}

/** Whether somebody appears as most people do: under their name, for themselves, known to the others. */
export function isPlain(entry: Entry): boolean {
  return entry.credit === "by-name" && entry.behalf === null && !entry.withheld;
}

/** What the form says, without what is empty. */
export function fieldsFrom(entry: Entry): PersonFields {
  const [name, affiliation, behalf] = [entry.name.trim(), entry.affiliation.trim(), entry.behalf?.trim()];
  return {
    ...(name && { name }),
    ...(affiliation && { affiliation }),
    ...(entry.group && { group: entry.group }),
    credit: entry.credit,
    ...(behalf && { capacity: "on-behalf-of", on_behalf_of: behalf }),
    withheld: entry.withheld,
  };
}

/**
 * What of the form differs from the person's entry: what a facilitator did not touch is not sent, so that
 * two who correct different fields take nothing from each other. How they are credited is sent only for
 * those whom a facilitator added: with all others it is theirs to say.
 */
export function correctionOf(person: Person, entry: Entry): Correction {
  const now = fieldsFrom(entry);
  const text = (before: string | null, after: string | undefined): string | null | undefined =>
    (before ?? "") === (after ?? "") ? undefined : (after ?? null);
  const [name, affiliation, group] = [
    text(person.name, now.name),
    text(person.affiliation, now.affiliation),
    text(person.group, now.group),
  ];
  const behalf = text(person.behalf, now.on_behalf_of);
  return {
    ...(name !== undefined && { name }),
    ...(affiliation !== undefined && { affiliation }),
    ...(group !== undefined && { group }),
    ...(behalf !== undefined && { capacity: behalf === null ? "personal" : "on-behalf-of", on_behalf_of: behalf }),
    ...(person.isAdded && entry.credit !== person.credit && { credit: entry.credit }),
  };
}
