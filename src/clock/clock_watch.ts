import type { Clock, LogFields, Logger } from "../contracts.ts";

/** A clock that is off by more than this is told: alerts on age go wrong, and the ttl with them. */
export const FAR_MS: number = 5 * 60_000;
/** It is said again after this long, while it stays so. */
const AGAIN_MS = 3_600_000;

/** What a {@link ClockWatch} is to say. */
interface WatchWords {
  /** What the clock is held against, such as "the senders' timestamps". */
  readonly other: string;
  /** What follows when it is far off. */
  readonly consequence: string;
}

/** Says in the log that the clock is far off: when that begins, once an hour, and when it ends. */
export class ClockWatch {
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** What the clock was far from when it was looked at last; undefined if from nothing. */
  #farFrom: string | undefined;
  #toldAtMs = -Infinity;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** How far the wall clock is ahead now; undefined when that is not known. */
  look(aheadMs: number | undefined, { other, consequence }: WatchWords): void {
    if (aheadMs === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    const isFar = Math.abs(aheadMs) > FAR_MS;
    if (isFar && (this.#farFrom !== other || nowMs - this.#toldAtMs >= AGAIN_MS)) {
      this.#toldAtMs = nowMs;
      const where = aheadMs > 0 ? "ahead of" : "behind";
      this.#logger.warn(`the clock is far ${where} ${other}: ${consequence}`, off(aheadMs));
    } else if (!isFar && this.#farFrom !== undefined) {
      this.#logger.info(`the clock agrees with ${other} again`, off(aheadMs));
    }
    this.#farFrom = isFar ? other : undefined;
  }
}

function off(aheadMs: number): LogFields {
  return { ahead_seconds: Math.round(aheadMs / 1000) };
}
