import type { AgeJudge, Clock } from "../contracts.ts";

/**
 * How far the wall clock of a process may be ahead when it starts, as long as no
 * endpoint has said what time it is: the hours of any time zone and some more.
 */
export const DOUBT_MS: number = 24 * 3_600_000;

/** How much the clocks of a network may differ, with the time that an answer takes. */
export const TOLERANCE_MS: number = 60_000;

/** What both clocks showed at one moment. */
export interface ClockReading {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** What both clocks show now. */
export function readClock(clock: Clock): ClockReading {
  return { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
}

/**
 * The time by which the age of one endpoint's signals is judged. It is never later
 * than the wall clock, and never later than the last Date of the endpoint's answers
 * plus what the monotonic clock has counted since. So a wall clock that leaps, or is
 * wrong, deletes nothing before the endpoint agrees. An endpoint whose clock is wrong
 * can only keep its own signals longer.
 *
 * Before the endpoint has said anything, the wall clock of the start stands in for
 * it, less a day of doubt.
 */
export class EndpointTime implements AgeJudge {
  readonly #clock: Clock;
  readonly #openedAtMs: number;
  /** The endpoint's time, or what stands in for it, at this moment of the monotonic clock. */
  #knownMs: number;
  #knownAtMs: number;
  #isConfirmed = false;

  /** `start` is read when the queue is opened, which may be long before an endpoint is added. */
  constructor(clock: Clock, start: ClockReading = readClock(clock)) {
    this.#clock = clock;
    this.#openedAtMs = clock.monotonicMs();
    this.#knownMs = start.wallMs;
    this.#knownAtMs = start.monotonicMs;
  }

  /** The endpoint has said what time it is. */
  heard(dateMs: number): void {
    this.#isConfirmed = true;
    this.#knownMs = dateMs;
    this.#knownAtMs = this.#clock.monotonicMs();
  }

  /** Whether the endpoint has said what time it is. */
  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  /** How far the wall clock is ahead of the endpoint; before that has said anything, of itself at the start. */
  get aheadMs(): number {
    return this.#clock.nowMs() - this.#knownNowMs();
  }

  /** By how much the wall clock is ahead, if that is more than clocks may differ by what the endpoint has said. */
  get wrongByMs(): number {
    const { aheadMs } = this;
    return this.#isConfirmed && Math.abs(aheadMs) > TOLERANCE_MS ? aheadMs : 0;
  }

  nowMs(): number {
    const leewayMs = this.#isConfirmed ? TOLERANCE_MS : -DOUBT_MS;
    return Math.min(this.#clock.nowMs(), this.#knownNowMs() + leewayMs);
  }

  /**
   * The cutoff for what is on disk. Nothing there is too old before the endpoint was
   * asked, or before the process has run for the whole ttl, whatever the clocks say.
   */
  cutoffMs(ttlMs: number): number {
    const ranMs = this.#clock.monotonicMs() - this.#openedAtMs;
    if (!this.#isConfirmed && ranMs < ttlMs) return -Infinity;
    return this.nowMs() - ttlMs;
  }

  #knownNowMs(): number {
    return this.#knownMs + this.#clock.monotonicMs() - this.#knownAtMs;
  }
}
