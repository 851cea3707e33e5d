import type { Clock } from "../contracts.ts";

/** What was spent comes back in this time. */
const REFILL_MS = 3_600_000;

/**
 * How much may be written: all that may lie on the disk at once, and that again in an
 * hour. A receiver that refuses everything is not to double what the disk writes, only
 * for one file to push out the next.
 */
export class WriteAllowance {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** A share of the whole. */
  #spent = 0;
  #atMs: number;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
    this.#atMs = clock.monotonicMs();
  }

  /** What was written was taken away on purpose, and may be written once more. */
  giveBack(share: number): void {
    this.#spent = Math.max(0, this.#spent - share);
  }

  /** False when so large a share of the whole may not be written now. */
  take(share: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    this.#spent = Math.max(0, this.#spent - (nowMs - this.#atMs) / REFILL_MS);
    this.#atMs = nowMs;
    if (this.#spent + share > 1) return false;
    this.#spent += share;
    return true;
  }
}
