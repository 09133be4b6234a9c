// How much held-back work waits for a decision, for the facilitator's menu.

import type { DraftApi } from "../api/relay";

/** How long the relay is not asked again, in milliseconds: people come and go in crowds. */
const PATIENCE_MS = 2_000;

export class Waiting {
  count = $state(0);
  /** How often the relay said that there is more or less. */
  moved = $state(0);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;
  private isStopped = false;

  /** Whether it was ever learned how much waits: until then no number is news. */
  private isKnown = false;

  /** `onmore` hears how much waits when it has become more while somebody looked on. */
  constructor(
    private readonly api: DraftApi,
    private readonly onmore: (count: number) => void,
  ) {}

  /** Notes how much waits, as somebody has just learned. */
  note(count: number): void {
    const isMore = this.isKnown && count > this.count;
    this.isKnown = true;
    this.count = count;
    if (isMore) this.onmore(count);
  }

  /** Whoever may no longer decide is told no number. */
  forget(): void {
    this.isKnown = false;
    this.count = 0;
  }

  /** Asks now; what is shown stays when the relay cannot be asked. */
  async look(): Promise<void> {
    this.asked = Date.now();
    const answer = await this.api.held();
    if (answer.ok && !this.isStopped) this.note(answer.body.filter((entry) => entry.state === "waiting").length);
  }

  /** Asks soon, and once for many calls. */
  lookSoon(): void {
    if (this.isStopped) return;
    this.timer ??= setTimeout(
      () => {
        this.timer = undefined;
        void this.look();
      },
      Math.max(0, this.asked + PATIENCE_MS - Date.now()),
    );
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }
}
