// Going where somebody's window goes, until one acts oneself.

import { announce } from "../app/announcer.svelte";
import type { PeerView, Presence } from "../sync/session";
import { t } from "../words/words.svelte";

export class Following {
  /** Whom one follows; null when nobody. */
  peer = $state<string | null>(null);
  /** The name of whom one follows, or followed last. */
  name = $state("");

  /** `nameOf` tells how a peer is shown; of one that has left only the id is known. */
  constructor(
    private readonly presence: Presence,
    private readonly nameOf: (view: PeerView | undefined, peer: string) => string,
  ) {}

  /** Whom one follows, among those who are here. */
  among(peers: readonly PeerView[]): PeerView | undefined {
    return peers.find((one) => one.peer === this.peer);
  }

  /** Follows a peer from now on; null ends it. */
  begin(peer: string | null): void {
    if (peer === this.peer) return;
    this.peer = peer;
    if (peer !== null) this.name = this.nameOf(this.among(this.presence.peers.get()), peer);
    this.presence.follow(peer);
    announce(t(peer === null ? "follow.ended" : "follow.begun", { name: this.name }));
  }

  end(): void {
    this.begin(null);
  }
}
