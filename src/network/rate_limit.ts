import type { Clock } from "../contracts.ts";

/** So much of what was not used may be caught up with. */
const BURST_MS = 1_000;

/**
 * Holds the shards of an endpoint to so many bytes a second, all together. What goes
 * beyond it leaves, and is waited for afterwards: a request is never cut in two for it.
 */
export class RateLimit {
  readonly #bytesPerSecond: number;
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** When all that has left would have left at that rate. */
  #dueMs = -Infinity;

  /** 0 is without limit. */
  constructor(bytesPerSecond: number, clock: Pick<Clock, "monotonicMs">) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
  }

  /** How long the next request has to wait; 0 when it may leave. */
  get waitMs(): number {
    if (this.#bytesPerSecond === 0) return 0;
    return Math.max(0, this.#dueMs - this.#clock.monotonicMs());
  }

  /** So many bytes leave now. */
  spend(bytes: number): void {
    if (this.#bytesPerSecond === 0) return;
    const earliestMs = this.#clock.monotonicMs() - BURST_MS;
    this.#dueMs = Math.max(this.#dueMs, earliestMs) + (bytes / this.#bytesPerSecond) * 1_000;
  }
}
