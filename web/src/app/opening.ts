// How a draft is opened: from a link's secret, from the session cookie, or without the relay from what
// this device knows.

import { openSession, DraftApi } from "../api/relay";
import type { Group, Person, Role } from "../api/types";
import { readRole } from "../api/types";
import type { Refusal } from "../api/ask";
import { knownDraft, rememberDraft } from "./drafts";
import { participantSecret } from "./identity";
import { hideSecret } from "./router.svelte";

/** A draft whose door is open. */
export interface Door {
  readonly kind: "opened";
  readonly api: DraftApi;
  readonly draft: string;
  readonly title: string;
  readonly role: Role;
  readonly stage: string;
  readonly closesMs: number | null;
  readonly participant: string | null;
  readonly person: Person | null;
  readonly groups: readonly Group[];
  readonly presetGroup: string | null;
  /** Whether the relay could not be reached, so that only what is on this device can be shown. */
  readonly isOffline: boolean;
  /** Opens the door again when the cookie was cleared while the page is open. False without a link. */
  readonly reenter: () => Promise<boolean>;
}

/** Why a draft stays closed: the view says what it means and what can be done. */
export interface Closed {
  readonly kind: "closed";
  readonly why: "no-link" | "bad-link" | "gone" | "unreachable" | "other";
  readonly detail: string;
  /** The link had opened the draft, and was withdrawn or has expired. */
  readonly hasEnded: boolean;
}

function closed(refusal: Refusal): Closed {
  const { detail, code } = refusal;
  const hasEnded = code === "link_revoked" || code === "link_expired";
  if (refusal.status === 0 || refusal.status >= 502) return { kind: "closed", why: "unreachable", detail, hasEnded };
  if (refusal.status === 401) return { kind: "closed", why: "no-link", detail, hasEnded };
  if (refusal.status === 403) return { kind: "closed", why: "bad-link", detail, hasEnded };
  if (refusal.status === 404 || refusal.status === 410) return { kind: "closed", why: "gone", detail, hasEnded };
  if (refusal.status === 400) return { kind: "closed", why: "bad-link", detail, hasEnded };
  return { kind: "closed", why: "other", detail, hasEnded };
}

/** The secret of a link that this device remembers for a draft. */
function rememberedSecret(draft: string): string | null {
  const link = knownDraft(draft)?.link ?? "";
  return /#([\w-]{10,200})$/.exec(link)?.[1] ?? null;
}

/** Asks for the cookie again, with the link that this page was opened by or that the device keeps. */
function reentry(draft: string, secret: string | null): () => Promise<boolean> {
  // Read now: whoever clears the cookies clears what the device remembers, too.
  const key = secret ?? rememberedSecret(draft);
  const participant = participantSecret(draft);
  return async () => key !== null && (await openSession(draft, key, participant)).ok;
}

/** Opens the door of a draft. Never throws. */
export async function open(draft: string, secret: string | null): Promise<Door | Closed> {
  const participant = participantSecret(draft);
  const api = new DraftApi(draft, participant);
  let found = secret ? await openSession(draft, secret, participant) : null;
  if (found && !found.ok && found.status !== 0) return closed(found);
  let overview = await api.overview();
  if (!overview.ok && overview.status === 401) {
    // The cookie has gone: the link that this device keeps opens the draft again.
    const kept = secret ?? rememberedSecret(draft);
    found = kept ? await openSession(draft, kept, participant) : null;
    if (found?.ok) overview = await api.overview();
  }
  if (!overview.ok) return overview.status === 0 || overview.status >= 502 ? offline(api, draft) : closed(overview);
  if (secret) hideSecret();
  const link = secret ? `${location.origin}/d/${draft}#${secret}` : null;
  const { title, role, stage } = overview.body;
  rememberDraft({ id: draft, title, role, stage, openedMs: Date.now(), ...(link && { link }) });
  const session = found?.ok ? found.body : null;
  return {
    kind: "opened",
    api,
    draft,
    title,
    role,
    stage,
    closesMs: overview.body.stageClosesMs,
    participant: session?.participant ?? overview.body.participant,
    person: session?.person ?? overview.body.person,
    groups: session?.groups ?? [],
    presetGroup: session?.presetGroup ?? null,
    isOffline: false,
    reenter: reentry(draft, secret),
  };
}

/** What can be opened without the relay: a draft that was open on this device before. */
function offline(api: DraftApi, draft: string): Door | Closed {
  const known = knownDraft(draft);
  if (!known || !known.role || known.role === "viewer")
    return { kind: "closed", why: "unreachable", detail: "", hasEnded: false };
  return {
    kind: "opened",
    api,
    draft,
    title: known.title,
    role: readRole(known.role),
    stage: known.stage ?? "drafting",
    closesMs: null,
    participant: null,
    person: null,
    groups: [],
    presetGroup: null,
    isOffline: true,
    reenter: reentry(draft, null),
  };
}
