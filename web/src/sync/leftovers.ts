/**
 * What tabs left in storage that was discarded meanwhile: changes that neither reached the relay nor
 * were rescued are rescued now, before they are removed.
 */
import * as A from "@automerge/automerge";
import { changeHash, type ChangeHash, type DocumentId } from "../document/ids";
import { LoneDocument, rootOf, type MutableRoot } from "../document/live";
import { readDocuments } from "../document/schema/record";
import { knows } from "../document/versions";
import { beginningWith, CHUNKS, type Database } from "./database";
import type { Device } from "./device";
import { DraftStorage, removeOlder } from "./draft-storage";
import { Receipts } from "./receipts";
import type { Refused, Rescues } from "./rescue";
import type { Rescue } from "./session";

/** A document as it is now. */
export interface Current {
  readonly id: DocumentId;
  doc(): A.Doc<unknown>;
}

/** Rescues what earlier generations hold and the documents of now do not, then removes those. */
export async function rescueLeftovers(
  device: Device,
  draft: DocumentId,
  rescues: Rescues,
  [text, discussion]: readonly [Current, Current],
): Promise<Rescue[]> {
  const { database } = device;
  const found: Rescue[] = [];
  if (database === null) {
    return found;
  }
  await device.whenOlderIsFree(async (generation) => {
    const rescued = await rescues.hashes();
    for (let older = 0; older < generation; older += 1) {
      const left = await leftIn(database, draft, older, [text, discussion], rescued);
      if (left.text.hashes.length + left.discussion.hashes.length > 0) {
        const message = "left by another tab that was closed before it could send";
        const { rescue, kept } = await rescues.keep(left.text, left.discussion, message, Date.now());
        found.push(rescue);
        if (!kept) {
          return;
        }
      }
    }
    await removeOlder(database, draft, generation);
  });
  return found;
}

/** What a generation holds that is neither in the documents of now nor rescued. */
export async function leftIn(
  database: Database,
  draft: DocumentId,
  generation: number,
  [text, discussion]: readonly [Current, Current],
  rescued: ReadonlySet<ChangeHash>,
): Promise<{ text: Refused; discussion: Refused }> {
  const of = async (current: Current): Promise<Refused> => {
    const doc = await changesIn(database, draft, generation, current.id);
    const now = current.doc();
    const hashes = A.getChangesMetaSince(doc, [])
      .map((meta) => changeHash(meta.hash))
      .filter((hash) => !rescued.has(hash) && !knows(now, [hash]));
    const stored = A.getHeads(now)
      .filter((it) => knows(doc, [it]))
      .map(changeHash);
    return { live: new LoneDocument(doc), stored, hashes };
  };
  return { text: await of(text), discussion: await of(discussion) };
}

/** What a generation holds of a draft and the relay has not signed for; null when it holds no draft. */
export async function waitingOf(
  database: Database,
  draft: DocumentId,
  generation: number,
): Promise<{ documents: readonly [Current, Current]; text: Refused; discussion: Refused } | null> {
  const record = await changesIn(database, draft, generation, draft);
  const ids = readDocuments(rootOf(new LoneDocument(record)));
  if (ids.text === null || ids.discussion === null) {
    return null;
  }
  const ignore = { trouble: () => undefined, began: () => undefined, ended: () => undefined };
  const receipts = await Receipts.load(new DraftStorage(database, draft, generation, ignore));
  const of = async (id: DocumentId): Promise<{ current: Current; refused: Refused }> => {
    const doc = await changesIn(database, draft, generation, id);
    const signed = receipts
      .all()
      .filter((it) => it.document === id)
      .flatMap((it) => it.heads);
    const stored = signed.filter((head) => knows(doc, [head]));
    const hashes = A.getChangesMetaSince(doc, [...stored]).map((it) => changeHash(it.hash));
    const refused = { live: new LoneDocument(doc), stored, hashes };
    return { current: { id, doc: () => doc }, refused };
  };
  const [text, discussion] = [await of(ids.text), await of(ids.discussion)];
  return {
    documents: [text.current, discussion.current],
    text: text.refused,
    discussion: discussion.refused,
  };
}

/** A document as a generation holds it; empty when it holds none of it. */
export async function changesIn(
  database: Database,
  draft: DocumentId,
  generation: number,
  id: DocumentId,
): Promise<A.Doc<MutableRoot>> {
  const chunks = await database.range(CHUNKS, beginningWith([draft, generation, id]));
  let doc = A.init<MutableRoot>();
  for (const { value } of chunks) {
    if (value instanceof Uint8Array) {
      doc = A.loadIncremental(doc, value);
    }
  }
  return doc;
}
