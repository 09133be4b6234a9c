/**
 * Forgetting a draft on this device: what is kept of it here, what of that is nowhere else, and its
 * removal. The draft itself, on the relay and on other devices, is untouched.
 */
import type { DocumentId } from "../document/ids";
import { beginningWith, CHUNKS, Database, META, RESCUES } from "./database";
import { generationOf } from "./draft-storage";
import { dropLastWords, storeLastWords } from "./last-words";
import { leftIn, waitingOf } from "./leftovers";
import { lockManager, lockOf } from "./device";
import { markdownOf, Rescues } from "./rescue";
import type { Rescue } from "./session";
import { loadAutomerge } from "./wasm";

/** What this device keeps of a draft. */
export interface KeptHere {
  /** Changes made here that the relay is not known to have. */
  readonly waiting: number;
  /** The text as it stands here, what waits first; null when nothing is kept. */
  readonly copy: Blob | null;
  /** Changes that the relay did not take. */
  readonly rescues: readonly Rescue[];
}

/** Looks at what is kept. A device that keeps nothing, or that cannot be read, has nothing to lose. */
export async function keptHere(draft: DocumentId): Promise<KeptHere> {
  await loadAutomerge();
  const database = await Database.open();
  try {
    const rescues = new Rescues(database, draft);
    await storeLastWords(database, draft);
    const known = await waitingIn(database, draft, rescues);
    return { ...known, rescues: await rescues.load() };
  } finally {
    // Rescues are only read here; discarding them is part of forgetting.
    database.close();
  }
}

/**
 * Removes what is kept of a draft: its documents in all generations, and its rescues when `rescues`
 * says so. False when the draft is open in another tab, which would write it anew.
 */
export async function forgetHere(draft: DocumentId, rescues: boolean): Promise<boolean> {
  const database = await Database.open();
  try {
    const generation = await generationOf(database, draft);
    const remove = async (): Promise<void> => {
      dropLastWords(draft);
      await database.write(CHUNKS, (objects) => objects.delete(beginningWith([draft])));
      await database.write(META, (objects) => objects.delete(draft));
      if (rescues) {
        await database.write(RESCUES, (objects) => objects.delete(beginningWith([draft])));
      }
    };
    const locks = lockManager();
    if (locks === null) {
      await remove();
      return true;
    }
    return await locks.request(lockOf(draft, generation), { ifAvailable: true }, async (lock) => {
      if (lock === null) {
        return false;
      }
      await remove();
      return true;
    });
  } finally {
    database.close();
  }
}

async function waitingIn(
  database: Database,
  draft: DocumentId,
  rescues: Rescues,
): Promise<{ waiting: number; copy: Blob | null }> {
  const generation = await generationOf(database, draft);
  const found = await waitingOf(database, draft, generation);
  if (found === null) {
    return { waiting: 0, copy: null };
  }
  const { documents, text, discussion } = found;
  const rescued = await rescues.hashes();
  let older = 0;
  for (let before = 0; before < generation; before += 1) {
    const left = await leftIn(database, draft, before, documents, rescued);
    older += left.text.hashes.length + left.discussion.hashes.length;
  }
  const waiting = text.hashes.length + discussion.hashes.length + older;
  const copy = new Blob([markdownOf(text, discussion)], { type: "text/markdown;charset=utf-8" });
  return { waiting, copy };
}
