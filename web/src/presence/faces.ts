// Who is here, without where they are. Pure.

import type { PeerView } from "../sync/session";

/**
 * Everybody else once, however many pages they have open; `me` is oneself, who may have others open, too.
 * The same list as before while nobody came, left or
 * turned away: cursors move all the time, and nobody's name is drawn anew for that.
 */
export function facesOf(
  peers: readonly PeerView[],
  me: string | null,
  before: readonly PeerView[],
): readonly PeerView[] {
  const seen = new Set<string>();
  const faces = peers.filter(({ participant }) => {
    if (participant === null) return true;
    if (participant === me || seen.has(participant)) return false;
    seen.add(participant);
    return true;
  });
  const isSame =
    faces.length === before.length &&
    faces.every(
      ({ peer, participant, away }, index) =>
        peer === before[index]?.peer && participant === before[index].participant && away === before[index].away,
    );
  return isSame ? before : faces;
}
