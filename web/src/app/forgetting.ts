// Forgetting a draft on this device, all of it: text, link and key.

import { closeSession } from "../api/relay";
import { documentId } from "../document/ids";
import { forgetDraft, forgetLinks, knownDrafts } from "./drafts";
import { forgetJoined, forgetPerson } from "./identity";
import { forgetPersons } from "./persons";

/** How it went. The cookie is out of a page's reach: only the relay can take it away. */
export type Forgetting = "done" | "open-elsewhere" | "cookie-stays" | "cannot-remove";

/** Forgets a draft; its rescues only when `rescues` says so, they then stay on the list. */
export async function forgetAll(draft: string, rescues: boolean, hasRescues: boolean): Promise<Forgetting> {
  const { forgetHere } = await import("../sync/forget");
  try {
    if (!(await forgetHere(documentId(draft), rescues))) return "open-elsewhere";
  } catch {
    // A browser that stores nothing has nothing to remove; one that cannot be asked says so.
    if (globalThis.indexedDB !== undefined) return "cannot-remove";
  }
  if (hasRescues && !rescues) forgetLinks(draft);
  else forgetDraft(draft);
  forgetJoined(draft);
  forgetPersons(draft);
  if (knownDrafts().length === 0) forgetPerson();
  const answer = await closeSession(draft);
  return answer.ok ? "done" : "cookie-stays";
}
