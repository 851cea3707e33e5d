import type { Clock } from "../contracts.ts";
import { DOUBT_MS, type EndpointTime } from "./endpoint_time.ts";

/** Time runs at this speed while the clock on the wall catches up. */
const SLOWED = 0.5;

/** Receivers refuse what is further in their future (Prometheus, `maxAheadTime`; Mimir, `creation_grace_period`). */
const AHEAD_MS_MAX = 10 * 60_000;

/**
 * Timestamps that only grow, as a receiver refuses what is older than what it has. When the
 * wall clock is set back they go on from where they were, at half the speed, until it has
 * caught up: differences between them stay of the kind that a rate can be made of.
 *
 * A clock that was far ahead, and is right again, is another matter: its timestamps were
 * refused, and so would be all that come until it has caught up, which may be years. So they
 * go back with it where they are further ahead than receivers take, of what it shows and of
 * what the endpoints say. Before one has said what time it is that is a day: it may be the
 * clock as it is now that is wrong.
 */
export class GrowingTime {
  readonly #clock: Clock;
  readonly #endpoints: () => readonly EndpointTime[];
  #lastMs = -Infinity;
  #lastMonotonicMs = 0;

  constructor(clock: Clock, endpoints: () => readonly EndpointTime[] = () => []) {
    this.#clock = clock;
    this.#endpoints = endpoints;
  }

  /** The timestamp of what is read now; each one is later than the one before. In milliseconds. */
  next(): number {
    const wallMs = Math.round(this.#clock.nowMs());
    const monotonicMs = this.#clock.monotonicMs();
    if (wallMs > this.#lastMs) this.#lastMs = wallMs;
    else {
      const passedMs = (monotonicMs - this.#lastMonotonicMs) * SLOWED;
      const slowedMs = this.#lastMs + Math.max(1, Math.floor(passedMs));
      this.#lastMs = this.#bounded(slowedMs, wallMs);
    }
    this.#lastMonotonicMs = monotonicMs;
    return this.#lastMs;
  }

  #bounded(timeMs: number, wallMs: number): number {
    const confirmed = this.#endpoints().filter(({ isConfirmed }) => isConfirmed);
    const aheadMsMax = confirmed.length === 0 ? DOUBT_MS : AHEAD_MS_MAX;
    const saidMs = confirmed.map(({ aheadMs }) => Math.round(wallMs - aheadMs));
    const latestMs = Math.max(wallMs, ...saidMs);
    return timeMs - latestMs > aheadMsMax ? latestMs : timeMs;
  }
}
