// The drafts that this device knows: what the start page lists. The link is kept so that a draft can
// be opened again when the session cookie is gone; clearing the browser's data clears it.

import { isRecord } from "../api/untrusted";
import { recallJson, remember } from "../basis/memory";

const KEY = "plenary.drafts";
const MOST = 200;

/** One remembered draft. Times in milliseconds since 1970. */
export interface KnownDraft {
  readonly id: string;
  readonly title: string;
  /** Without a link the cookie alone opens it. */
  readonly link?: string;
  readonly role?: string;
  readonly stage?: string;
  readonly openedMs: number;
  readonly changedMs?: number;
  /** The links of all roles, when this device made the draft. */
  readonly links?: Readonly<Record<string, string>>;
  /** Forgotten but for changes that the relay did not take. */
  readonly isForgotten?: boolean;
}

function optionalText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function optionalNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function readLinks(value: unknown): Record<string, string> | undefined {
  if (!isRecord(value)) return undefined;
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}

function readDraft(value: unknown): KnownDraft[] {
  if (!isRecord(value)) return [];
  const id = optionalText(value["id"]);
  if (!id) return [];
  const draft: KnownDraft = {
    id,
    title: optionalText(value["title"]) ?? "",
    // `madeAt` was written by the first pages.
    openedMs: optionalNumber(value["openedMs"]) ?? optionalNumber(value["madeAt"]) ?? 0,
  };
  const link = optionalText(value["link"]);
  const role = optionalText(value["role"]);
  const stage = optionalText(value["stage"]);
  const changedMs = optionalNumber(value["changedMs"]);
  const links = readLinks(value["links"]);
  return [
    {
      ...draft,
      ...(link && { link }),
      ...(role && { role }),
      ...(stage && { stage }),
      ...(changedMs && { changedMs }),
      ...(links && { links }),
      ...(value["isForgotten"] === true && { isForgotten: true }),
    },
  ];
}

/** All remembered drafts, the one opened last first. */
export function knownDrafts(): KnownDraft[] {
  const list = recallJson(KEY, (value) => {
    if (Array.isArray(value)) return value.flatMap(readDraft);
    if (isRecord(value))
      return Object.entries(value).flatMap(([id, entry]) => (isRecord(entry) ? readDraft({ ...entry, id }) : []));
    return null;
  });
  return (list ?? []).sort((one, other) => other.openedMs - one.openedMs);
}

/** One remembered draft. */
export function knownDraft(id: string): KnownDraft | null {
  return knownDrafts().find((draft) => draft.id === id) ?? null;
}

/** Remembers a draft, keeping what was known and is not said anew. False when the browser refuses. */
export function rememberDraft(draft: Partial<KnownDraft> & { readonly id: string }): boolean {
  const before = knownDraft(draft.id);
  const next: KnownDraft = { title: "", openedMs: Date.now(), ...before, ...draft, isForgotten: false };
  const others = knownDrafts().filter((other) => other.id !== draft.id);
  return remember(KEY, JSON.stringify([next, ...others].slice(0, MOST)));
}

/** Takes a draft off the list, its links included. */
export function forgetDraft(id: string): void {
  remember(KEY, JSON.stringify(knownDrafts().filter((draft) => draft.id !== id)));
}

/** Keeps of a draft only that changes of it are on this device which are nowhere else: no link opens it. */
export function forgetLinks(id: string): void {
  const known = knownDraft(id);
  if (!known) return;
  const others = knownDrafts().filter((draft) => draft.id !== id);
  remember(KEY, JSON.stringify([{ id, title: known.title, openedMs: known.openedMs, isForgotten: true }, ...others]));
}
