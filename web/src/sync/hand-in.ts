/**
 * Handing in: changes that may not be synced any more, as the link was revoked or has expired, or its
 * person may only read. They go to the facilitators, who decide about them; nothing comes back.
 */
import * as A from "@automerge/automerge";
import { changeHash, type ChangeHash, type DocumentId } from "../document/ids";
import { Database } from "./database";
import { lockManager } from "./device";
import { discard, generationOf } from "./draft-storage";
import { storeLastWords } from "./last-words";
import { waitingOf } from "./leftovers";
import { rawChanges, Rescues, type Refused, type StoredRescue } from "./rescue";
import type { Rescue } from "./session";
import { loadAutomerge } from "./wasm";

/** How to reach the relay, and as whom. */
export interface Way {
  readonly draft: DocumentId;
  /** Such as `https://host`; the page's own origin when absent. */
  readonly server?: string;
  /** The link's secret, for programs and tests; a page has its cookie. */
  readonly secret?: string;
  readonly participantSecret: string;
}

/** How it went: the relay has all of it, takes none of it, or could not be asked and may be later. */
export type HandedIn = "taken" | "refused" | "later";

/** What is handed in, by document. */
interface Work {
  readonly text: readonly Uint8Array[];
  readonly discussion: readonly Uint8Array[];
}

/** Sends changes. Sending them again does nothing, so it may be repeated whenever it is not known how it went. */
export async function send(way: Way, work: Work): Promise<HandedIn> {
  for (const document of ["text", "discussion"] as const) {
    const changes = work[document];
    if (changes.length === 0) {
      continue;
    }
    const headers = new Headers({
      "Content-Type": "application/octet-stream",
      "Plenary-Participant": way.participantSecret,
    });
    if (way.secret !== undefined) {
      headers.set("Authorization", `Bearer ${way.secret}`);
    }
    try {
      const address = `${way.server ?? ""}/api/v1/drafts/${way.draft}/hand-in/${document}`;
      const body = new Blob(changes.map((it) => it.slice()));
      const { ok, status } = await fetch(address, { method: "POST", headers, body });
      if (!ok) {
        return status === 429 || status >= 500 ? "later" : "refused";
      }
    } catch {
      return "later";
    }
  }
  return "taken";
}

const hashOf = (change: Uint8Array): ChangeHash => changeHash(A.decodeChange(change).hash);

/** Hands in what was rescued for it, once for all tabs; tells how it went and notes it with the rescues. */
export function handInRescued(rescues: Rescues, way: Way, own: StoredRescue | null): Promise<HandedIn> {
  const run = async (): Promise<HandedIn> => {
    const read = await rescues.stored().catch(() => null);
    if (read === null && own === null) {
      return "later";
    }
    // What one has in one's hand need not wait for what cannot be read now.
    const stored = read ?? [];
    const done = new Set(stored.filter((it) => it.handing === "done").flatMap((it) => it.changes.map(hashOf)));
    const due = stored.filter((it) => it.handing === "due");
    const all = own === null || due.some((it) => it.id === own.id) ? due : [...due, own];
    const work = { text: new Map<ChangeHash, Uint8Array>(), discussion: new Map<ChangeHash, Uint8Array>() };
    for (const { changes, texts = 0 } of all) {
      changes.forEach((change, index) => {
        const hash = hashOf(change);
        if (!done.has(hash)) {
          work[index < texts ? "text" : "discussion"].set(hash, change);
        }
      });
    }
    const went = await send(way, { text: [...work.text.values()], discussion: [...work.discussion.values()] });
    if (went !== "later") {
      await rescues
        .note(
          due.map((it) => it.id),
          went === "taken" ? "done" : "none",
        )
        .catch(() => undefined);
    }
    return went;
  };
  const locks = lockManager();
  return locks === null ? run() : locks.request(`plenary:hand-in:${way.draft}`, run);
}

/** What a device had of a draft that its link does not open any more. */
export interface LeftHere {
  /** How handing in went; null when nothing was left to hand in. */
  readonly went: HandedIn | null;
  /** All that is kept here for its author, what was handed in included. */
  readonly rescues: readonly Rescue[];
}

/**
 * Hands in what this device keeps of a draft and the relay is not known to have, of all tabs that ever
 * wrote. What the relay takes is kept as rescued and the copy of the draft is discarded; what it does not
 * take stays as it is.
 */
export async function handInLeft(way: Way): Promise<LeftHere> {
  await loadAutomerge();
  const database = await Database.open();
  const run = async (): Promise<LeftHere> => {
    const rescues = new Rescues(database, way.draft);
    await storeLastWords(database, way.draft);
    const isDue = (await rescues.stored()).some((it) => it.handing === "due");
    let went = isDue ? await handInRescued(rescues, way, null) : null;
    const newest = await generationOf(database, way.draft);
    for (let generation = 0; generation <= newest; generation += 1) {
      const sent = await handInGeneration(database, way, rescues, generation);
      went = sent === null || (went !== null && went !== "taken") ? went : sent;
      if (sent === "taken" && generation === newest) {
        await discard(database, way.draft, newest);
      }
    }
    return { went, rescues: await rescues.load() };
  };
  try {
    const locks = lockManager();
    return await (locks === null ? run() : locks.request(`plenary:hand-in-left:${way.draft}`, run));
  } finally {
    // What is listed can be downloaded from memory.
    database.close();
  }
}

async function handInGeneration(
  database: Database,
  way: Way,
  rescues: Rescues,
  generation: number,
): Promise<HandedIn | null> {
  const found = await waitingOf(database, way.draft, generation);
  const rescued = await rescues.hashes();
  const unknown = (refused: Refused): Refused => ({
    ...refused,
    hashes: refused.hashes.filter((hash) => !rescued.has(hash)),
  });
  if (found === null) {
    return null;
  }
  const [text, discussion] = [unknown(found.text), unknown(found.discussion)];
  if (text.hashes.length + discussion.hashes.length === 0) {
    return null;
  }
  const sent = await send(way, { text: rawChanges(text), discussion: rawChanges(discussion) });
  if (sent === "taken") {
    const { kept } = await rescues.keep(text, discussion, "", Date.now(), "done");
    return kept ? "taken" : "later";
  }
  return sent;
}
