import type { Clock } from "../contracts.ts";

/** Time runs at this speed while the clock on the wall catches up. */
const SLOWED = 0.5;

/**
 * Timestamps that only grow, as a receiver refuses what is older than what it has. When the
 * wall clock is set back they go on from where they were, at half the speed, until it has
 * caught up: differences between them stay of the kind that a rate can be made of.
 */
export class GrowingTime {
  readonly #clock: Clock;
  #lastMs = -Infinity;
  #lastMonotonicMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The timestamp of what is read now; each one is later than the one before. In milliseconds. */
  next(): number {
    const wallMs = Math.round(this.#clock.nowMs());
    const monotonicMs = this.#clock.monotonicMs();
    if (wallMs > this.#lastMs) this.#lastMs = wallMs;
    else {
      const passedMs = (monotonicMs - this.#lastMonotonicMs) * SLOWED;
      this.#lastMs += Math.max(1, Math.floor(passedMs));
    }
    this.#lastMonotonicMs = monotonicMs;
    return this.#lastMs;
  }
}
