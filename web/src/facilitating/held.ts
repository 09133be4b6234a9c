// What held-back work would change, as text to read. Pure.

import type { HeldDifference } from "../api/held";
import type { ParticipantId } from "../document/ids";
import { differences } from "../document/sections/lines";
import { folded, paragraphsOf, segmentsOf, type Came, type Shown } from "../history/segments";

/** One section or comment, with what would come and go in it by the participant. */
export function shownOf({ before, after }: HeldDifference, participant: ParticipantId): Shown[] {
  const old = before ?? "";
  const next = after ?? "";
  const came: Came[] = [];
  // By how much what stands behind a difference is further on in the new text than in the old one.
  let shift = 0;
  for (const { from, to, insert } of differences(old, next)) {
    const offset = from + shift;
    if (to > from) came.push({ kind: "removed", offset, text: old.slice(from, to), participant });
    if (insert !== "") came.push({ kind: "added", offset, text: insert, participant });
    shift += insert.length - (to - from);
  }
  return folded(paragraphsOf(segmentsOf(next, came)));
}
