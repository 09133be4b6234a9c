/** Hands in what was rescued, and tries again as long as the relay cannot be asked. */
import { handInRescued, type Way } from "./hand-in";
import type { Rescues, StoredRescue } from "./rescue";
import type { Handing } from "./session";

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 60_000;

export class HandsIn {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private closed = false;

  constructor(
    private readonly rescues: Rescues,
    private readonly way: Way,
  ) {}

  /** Begins with `stored`, which need not be on this device; `tell` hears when it is settled. */
  begin(stored: StoredRescue, tell: (handing: Handing) => void): void {
    void this.attempt(stored, tell, FIRST_RETRY_MS);
  }

  /** Tries nothing again from now on: what is due and kept here is tried at the next opening. */
  close(): void {
    this.closed = true;
    if (this.timer !== null) {
      clearTimeout(this.timer);
    }
  }

  private async attempt(stored: StoredRescue, tell: (handing: Handing) => void, pause: number): Promise<void> {
    const went = await handInRescued(this.rescues, this.way, stored);
    if (this.closed) {
      return;
    }
    if (went !== "later") {
      tell(went === "taken" ? "done" : "none");
      return;
    }
    this.timer = setTimeout(() => {
      void this.attempt(stored, tell, Math.min(2 * pause, LONGEST_RETRY_MS));
    }, pause);
  }
}
