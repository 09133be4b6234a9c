// Who made a change and when, as far as it may be told. Pure.

import type { ChangeRecord } from "../api/types";
import type { ChangeView } from "../document/draft";
import { participantId, type ParticipantId } from "../document/ids";

/** A change as people are told of it. */
export interface Told {
  readonly participant: ParticipantId | null;
  /** In milliseconds since 1970; null when its author is withheld: when somebody works can tell who they are. */
  readonly at: number | null;
}

/**
 * What may be told of each change, by its hash. What the relay says counts; `relay` is null when it cannot be
 * asked, and then the changes' own claims do, but for those of whom it is known that they are withheld. A
 * change that claims no time (0) is by somebody who was withheld when they wrote it.
 */
export function toldOf(
  changes: readonly ChangeView[],
  relay: readonly ChangeRecord[] | null,
  isWithheld: (participant: ParticipantId | null) => boolean,
): Map<string, Told> {
  const known = new Map(relay?.map((record) => [record.hash, record]));
  return new Map(
    changes.map(({ hash, participant: claimed, time }) => {
      const record = known.get(hash);
      const participant = record?.participant ? participantId(record.participant) : claimed;
      return [hash, { participant, at: record ? record.receivedMs : isWithheld(participant) ? null : time || null }];
    }),
  );
}

/**
 * The changes with what may be told of them. Where a time is not told, that of the change before stands: the
 * order is no secret.
 */
export function datedBy(changes: readonly ChangeView[], told: ReadonlyMap<string, Told>): ChangeView[] {
  const firstKnown = changes.map((change) => told.get(change.hash)?.at ?? null).find((at) => at !== null);
  let last = firstKnown ?? 0;
  return changes.map((change) => {
    const known = told.get(change.hash);
    last = known ? (known.at ?? last) : change.time;
    return { ...change, participant: known?.participant ?? change.participant, time: last };
  });
}
