import type { Clock } from "../contracts.ts";

/** How many of the last requests are looked at, and how old they may be. */
const REQUESTS = 63;
const WINDOW_MS = 10 * 60_000;
/** Fewer requests, or less time, say nothing about the clock. */
const REQUESTS_MIN = 3;
const SPAN_MS_MIN = 60_000;
/** No sender's clock is earlier than this (1973): a smaller timestamp has another unit, or none. */
const TIMESTAMP_MS_MIN = 1e11;

/**
 * How far the wall clock is from the senders' timestamps: the newest one of each of
 * the last requests, and of these the middle one, so that neither a sender with a
 * backlog nor one with a wrong clock is taken for all.
 */
export class SenderTimes {
  readonly #clock: Clock;
  /** By how much the clock was ahead of a request, and when that came by the monotonic clock; the next one replaces the oldest. */
  readonly #aheadMs: Float64Array = new Float64Array(REQUESTS);
  readonly #atMs: Float64Array = new Float64Array(REQUESTS).fill(-Infinity);
  #next = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A request has come in, and this is the newest timestamp in it, kept or not. */
  came(newestMs: number): void {
    if (newestMs < TIMESTAMP_MS_MIN) return;
    this.#aheadMs[this.#next] = this.#clock.nowMs() - newestMs;
    this.#atMs[this.#next] = this.#clock.monotonicMs();
    this.#next = (this.#next + 1) % REQUESTS;
  }

  /** Undefined while too few requests have come in, or in too short a time. */
  get aheadMs(): number | undefined {
    const nowMs = this.#clock.monotonicMs();
    const sinceMs = nowMs - WINDOW_MS;
    const firstMs = this.#atMs.reduce((min, at) => at >= sinceMs ? Math.min(min, at) : min, nowMs);
    const recent = this.#aheadMs.filter((_, index) => this.#atMs[index]! >= sinceMs).sort();
    if (recent.length < REQUESTS_MIN || nowMs - firstMs < SPAN_MS_MIN) return undefined;
    return recent[recent.length >> 1];
  }
}
