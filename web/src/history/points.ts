// The moments of a draft that people look back to: milestones, and the ends of spells of work. Pure.

import type { ChangeView, MilestoneView } from "../document/draft";
import type { Heads, ParticipantId } from "../document/ids";

/** A moment to look at, oldest first in lists. Times in milliseconds since 1970. */
export interface Point {
  readonly key: string;
  readonly at: number;
  readonly heads: Heads;
  /** The milestone's name, or null for a spell of work. */
  readonly milestone: string | null;
  readonly participants: readonly (ParticipantId | null)[];
  readonly changes: number;
}

/** A pause that ends a spell of work. */
const PAUSE_MS = 10 * 60_000;

/** Cuts the changes into spells of work, and puts the milestones among them. */
export function pointsOf(changes: readonly ChangeView[], milestones: readonly MilestoneView[]): Point[] {
  const points: Point[] = [];
  let spell: ChangeView[] = [];
  const end = (): void => {
    const last = spell.at(-1);
    if (!last) return;
    const participants = [...new Set(spell.map((change) => change.participant))];
    // Who has not reached the relay yet stands behind what has, whatever their clock says.
    const before = points.at(-1)?.at ?? last.time;
    points.push({
      key: last.hash,
      at: Math.max(last.time, before),
      heads: last.heads,
      milestone: null,
      participants,
      changes: spell.length,
    });
    spell = [];
  };
  for (const change of changes) {
    const last = spell.at(-1);
    // The very first change is the draft as it was made: always a moment to look back to.
    const isFirst = last !== undefined && points.length === 0 && spell.length === 1 && last === changes[0];
    if (
      last &&
      (isFirst ||
        Math.abs(change.time - last.time) > PAUSE_MS ||
        new Date(change.time).toDateString() !== new Date(last.time).toDateString())
    )
      end();
    spell.push(change);
  }
  end();
  for (const milestone of milestones) {
    points.push({
      key: milestone.id,
      at: milestone.at,
      heads: milestone.heads.text,
      milestone: milestone.name,
      participants: [milestone.by],
      changes: 0,
    });
  }
  return points.sort((one, other) => one.at - other.at);
}
