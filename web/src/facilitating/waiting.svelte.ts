// How much held-back work waits for a decision, for the facilitator's menu.

import type { DraftApi } from "../api/relay";

/** How long the relay is not asked again, in milliseconds: people come and go in crowds. */
const PATIENCE_MS = 2_000;

export class Waiting {
  count = $state(0);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;
  private isStopped = false;

  constructor(private readonly api: DraftApi) {}

  /** Asks now; what is shown stays when the relay cannot be asked. */
  async look(): Promise<void> {
    this.asked = Date.now();
    const answer = await this.api.held();
    if (answer.ok && !this.isStopped) this.count = answer.body.filter((entry) => entry.state === "waiting").length;
  }

  /** Asks soon, and once for many calls. */
  lookSoon(): void {
    if (this.isStopped) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.look();
    }, Math.max(0, this.asked + PATIENCE_MS - Date.now()));
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }
}
