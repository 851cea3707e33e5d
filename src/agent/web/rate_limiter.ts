import type { Clock } from "../../contracts.ts";

/** So many requests at once, and then one an interval: what was not used adds up to the burst. */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  constructor(of: { clock: Clock; intervalMs: number; burst: number }) {
    this.#clock = of.clock;
    this.#intervalMs = of.intervalMs;
    this.#burst = of.burst;
    this.#tokens = of.burst;
    this.#atMs = of.clock.monotonicMs();
  }

  /** Whether one more may pass. */
  admit(): boolean {
    const nowMs = this.#clock.monotonicMs();
    const gained = (nowMs - this.#atMs) / this.#intervalMs;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** Until one may pass, in whole seconds. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil((1 - this.#tokens) * this.#intervalMs / 1_000));
  }
}
