/**
 * How far ahead of the clock a timestamp may be and still count: as much as
 * Prometheus allows what it scrapes.
 */
export const AHEAD_MS_MAX: number = 10 * 60_000;

/** The timestamps of a batch or a request: all lie between these two. */
interface TimeSpan {
  readonly oldestMs: number;
  readonly newestMs: number;
}

/**
 * The highest timestamp of all that went by, bounded by now and a little: one
 * sample from the future must not hide for years that what comes after it is late.
 */
export class HighestTimestamp {
  #highestMs = 0;

  see(span: TimeSpan, nowMs: number): void {
    const latestMs = nowMs + AHEAD_MS_MAX;
    // It was seen by a clock that has been set back since.
    if (this.#highestMs > latestMs) this.#highestMs = 0;
    this.#highestMs = Math.max(this.#highestMs, newestUpTo(latestMs, span));
  }

  /** 0 before the first. */
  at(nowMs: number): number {
    return Math.min(this.#highestMs, nowMs + AHEAD_MS_MAX);
  }
}

/** Where the newest one is from the future, the oldest says at least how far those beside it have come. */
function newestUpTo(latestMs: number, { oldestMs, newestMs }: TimeSpan): number {
  if (newestMs <= latestMs) return newestMs;
  return Math.min(oldestMs, latestMs);
}
