// The relay's HTTP interface, one function for each thing that the pages ask.

import { isRecord } from "./untrusted";
import { ask, type Answer } from "./ask";
import { readHeld, readHeldList, readHeldOpened, readTrail, type Held, type HeldOpened, type TrailEntry } from "./held";
import {
  readChanges,
  readConverted,
  readGroups,
  readLink,
  readLinks,
  readNewDraft,
  readOverview,
  readPeople,
  readPerson,
  readServer,
  readSession,
  type ChangeRecord,
  type Converted,
  type Correction,
  type Group,
  type Link,
  type LinkTerms,
  type NewDraft,
  type Overview,
  type Person,
  type PersonFields,
  type Role,
  type Server,
  type Session,
} from "./types";

/** What a new draft begins with. */
export interface Beginning {
  readonly title: string;
  readonly markdown?: string;
  readonly template?: string;
  /** One of the languages of the United Nations; what the text says of itself outranks it. */
  readonly language?: string;
}

/** The media type of a whole draft in one file. */
const BUNDLE_TYPE = "application/vnd.plenary.bundle";

const anything = (): true => true;

export function createDraft(beginning: Beginning, siteSecret: string): Promise<Answer<NewDraft>> {
  return ask(
    "POST",
    "/drafts",
    readNewDraft,
    siteSecret ? { body: beginning, bearer: siteSecret } : { body: beginning },
  );
}

export function importBundle(bytes: Blob, siteSecret: string): Promise<Answer<NewDraft>> {
  const file = { bytes, type: BUNDLE_TYPE };
  return ask("POST", "/drafts/import", readNewDraft, siteSecret ? { file, bearer: siteSecret } : { file });
}

/** What the relay can do. */
export function lookAtServer(): Promise<Answer<Server>> {
  return ask("GET", "/server", readServer);
}

/** The media type of a Word file. */
const WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/** Makes Markdown of a Word file; nothing is kept of it. */
export function convertWord(bytes: Blob, siteSecret: string): Promise<Answer<Converted>> {
  const file = { bytes, type: WORD_TYPE };
  return ask("POST", "/convert", readConverted, siteSecret ? { file, bearer: siteSecret } : { file });
}

/** Exchanges a link's secret for the session cookie. */
export function openSession(draft: string, secret: string, participant: string | null): Promise<Answer<Session>> {
  return ask("POST", "/session", readSession, { body: { document_id: draft, secret }, participant });
}

/** Takes this browser's cookie for a draft away; nothing else knows of the session. */
export function closeSession(draft: string): Promise<Answer<true>> {
  return ask("DELETE", `/drafts/${encodeURIComponent(draft)}/session`, anything);
}

/** The relay's interface for one draft, in the name of one participant. */
export class DraftApi {
  constructor(
    readonly draft: string,
    private readonly participant: string | null,
  ) {}

  private path(rest: string): string {
    return `/drafts/${encodeURIComponent(this.draft)}${rest}`;
  }

  private ask<T>(method: string, rest: string, read: (body: unknown) => T | null, body?: unknown): Promise<Answer<T>> {
    return ask(method, this.path(rest), read, { participant: this.participant, ...(body !== undefined && { body }) });
  }

  overview(): Promise<Answer<Overview>> {
    return this.ask("GET", "", readOverview);
  }

  people(): Promise<Answer<{ people: Person[]; groups: Group[] }>> {
    return this.ask("GET", "/people", readPeople);
  }

  /** Joins, or corrects what one said of oneself; without fields one is a guest. */
  introduce(fields: PersonFields): Promise<Answer<Person>> {
    return this.ask("PUT", "/people/me", readPerson, fields);
  }

  /** Erases one's own entry: what one wrote stays, by "a former participant". */
  leave(): Promise<Answer<true>> {
    return this.ask("DELETE", "/people/me", anything);
  }

  /** A link by which another device is the same person; told this once. */
  personalLink(): Promise<Answer<string>> {
    return this.ask("POST", "/people/me/link", (body) =>
      isRecord(body) && typeof body["url"] === "string" ? body["url"] : null,
    );
  }

  /** Adds a person on whose behalf a facilitator enters what came otherwise. */
  addPerson(fields: PersonFields): Promise<Answer<Person>> {
    return this.ask("POST", "/people", readPerson, fields);
  }

  /** Corrects somebody's entry, or sets the most that they may do. */
  correctPerson(participant: string, correction: Correction): Promise<Answer<Person>> {
    return this.ask("PATCH", `/people/${encodeURIComponent(participant)}`, readPerson, correction);
  }

  /** Notes that somebody is the same person as another, whose entry stays. */
  mergePerson(participant: string, into: string): Promise<Answer<Person>> {
    return this.ask("POST", `/people/${encodeURIComponent(participant)}/merge`, readPerson, { into });
  }

  /** Erases somebody's entry: what they wrote stays, by "a former participant". */
  erasePerson(participant: string): Promise<Answer<true>> {
    return this.ask("DELETE", `/people/${encodeURIComponent(participant)}`, anything);
  }

  setGroups(groups: readonly { key?: string; name: string }[]): Promise<Answer<Group[]>> {
    return this.ask(
      "PUT",
      "/groups",
      (body) => (typeof body === "object" && body !== null && "groups" in body ? readGroups(body.groups) : null),
      { groups },
    );
  }

  /** Who changed the text when, as the relay saw it, oldest first. */
  history(): Promise<Answer<ChangeRecord[]>> {
    return this.ask("GET", "/history", readChanges);
  }

  /** What was held back, oldest first: all of it for facilitators. */
  held(): Promise<Answer<Held[]>> {
    return this.ask("GET", "/quarantine", readHeldList);
  }

  /** What held-back work would change, if it were admitted now. */
  openHeld(id: string): Promise<Answer<HeldOpened>> {
    return this.ask("GET", `/quarantine/${id}`, readHeldOpened);
  }

  /** Puts held-back work into the draft, as its author made it. */
  admit(id: string): Promise<Answer<Held>> {
    return this.ask("POST", `/quarantine/${id}/admit`, readHeld, {});
  }

  /** Leaves held-back work out for good. The reason may not be empty. */
  decline(id: string, reason: string): Promise<Answer<Held>> {
    return this.ask("POST", `/quarantine/${id}/decline`, readHeld, { reason });
  }

  /** What was done about the draft after an entry (0 for all), oldest first. */
  trail(after: number): Promise<Answer<{ entries: TrailEntry[]; next: number | null }>> {
    return this.ask("GET", `/audit?after=${after}`, readTrail);
  }

  /** The address of the whole trail as a file. */
  trailAddress(format: "csv" | "jsonl"): string {
    return `/api/v1${this.path(`/audit?format=${format}`)}`;
  }

  links(): Promise<Answer<Link[]>> {
    return this.ask("GET", "/links", readLinks);
  }

  makeLink(link: LinkTerms & { role: Role }): Promise<Answer<Link>> {
    return this.ask("POST", "/links", readLink, link);
  }

  /** Who came by the link stays, but for an expiry that has passed. */
  changeLink(id: string, terms: LinkTerms): Promise<Answer<Link>> {
    return this.ask("PATCH", `/links/${encodeURIComponent(id)}`, readLink, terms);
  }

  revokeLink(id: string): Promise<Answer<Link>> {
    return this.ask("DELETE", `/links/${encodeURIComponent(id)}`, readLink);
  }

  setStage(stage: string, closesMs: number | null): Promise<Answer<true>> {
    return this.ask("POST", "/stage", anything, closesMs === null ? { stage } : { stage, closes_ms: closesMs });
  }

  /** Deletes the draft after the relay's grace period; the title is asked for so that nobody does it by mistake. */
  remove(title: string): Promise<Answer<true>> {
    return this.ask("POST", "/delete", anything, { title });
  }

  restore(): Promise<Answer<true>> {
    return this.ask("POST", "/undelete", anything);
  }

  /** The address of an export. */
  exportAddress(format: "markdown" | "html" | "bundle"): string {
    return `/api/v1${this.path(`/${format}`)}`;
  }
}
