/** By how many milliseconds timestamps of scrapes may be moved; "none" where they are as they are. */
export type Tolerance = number | "none";

/** When a target is scraped: at a fixed distance from the first time, whatever a scrape takes. */
export class Ticks {
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  /** Of the first scrape: the ticks by the monotonic clock are counted from here. */
  readonly #startMs: number;
  /** A time of the wall clock at which a scrape should be. */
  #alignedMs: number;

  /**
   * The first scrape is now.
   *
   * @param toleranceMs timestamps this close to where they should be are there, as gaps of
   * one length compress well; never more than a hundredth of the interval
   */
  constructor(intervalMs: number, toleranceMs: Tolerance, nowMs: number, monotonicMs: number) {
    this.#intervalMs = intervalMs;
    this.#toleranceMs = toleranceMs === "none" ? -1 : Math.min(intervalMs / 100, toleranceMs);
    this.#startMs = monotonicMs;
    this.#alignedMs = nowMs;
  }

  /** The timestamp of a scrape that begins now. In milliseconds. */
  timestampMs(nowMs: number): number {
    const own = Math.round(nowMs);
    if (this.#toleranceMs < 0) return own;
    // Timers may fire a little early, so it is the nearest that counts.
    const passed = Math.round((nowMs - this.#alignedMs) / this.#intervalMs);
    this.#alignedMs += passed * this.#intervalMs;
    const isNear = Math.abs(nowMs - this.#alignedMs) <= this.#toleranceMs;
    return isNear ? Math.round(this.#alignedMs) : own;
  }

  /**
   * How long it is to the next tick after one; what was missed is skipped. A scrape that
   * took until its next tick is followed by that at once, as with Go's ticker.
   *
   * @param lastMs the monotonic time when the scrape before began
   */
  delayMs(lastMs: number, monotonicMs: number): number {
    const tick = this.#tickAfter(lastMs);
    return Math.max(0, tick - monotonicMs);
  }

  #tickAfter(lastMs: number): number {
    // What began a little early was meant for the tick behind it.
    const passed = Math.floor((lastMs - this.#startMs) / this.#intervalMs + EARLY);
    return this.#startMs + (passed + 1) * this.#intervalMs;
  }
}

/** So much of an interval a timer may be early. */
const EARLY = 0.01;
