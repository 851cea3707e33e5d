import { assert } from "../assert.ts";
import type { CancelTimer, Clock } from "../contracts.ts";
import { Timers } from "./timers.ts";

/**
 * Time that passes only when a test says so: the monotonic clock with it, and a wall
 * clock that may be off.
 */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  #passedMs = 0;
  /** True time in which the host slept: the monotonic clock stood still. */
  #sleptMs = 0;
  #aheadMs = 0;
  readonly #timers: Timers = new Timers();

  /** `startMs` is in milliseconds since the epoch. */
  constructor(startMs: number = Date.UTC(2025, 0, 1)) {
    this.#startMs = startMs;
  }

  /** The wall clock. */
  nowMs(): number {
    return this.trueMs() + this.#aheadMs;
  }

  /** What everybody else's clock shows. */
  trueMs(): number {
    return this.#startMs + this.#passedMs + this.#sleptMs;
  }

  /** How far the wall clock is ahead of true time; below 0 it is behind. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** What has passed since the start, the time aside in which the host slept. */
  monotonicMs(): number {
    return this.#passedMs;
  }

  /** Fires when {@link VirtualClock.advance} comes to it. */
  after(delayMs: number, fire: () => void): CancelTimer {
    assert(!Number.isNaN(delayMs), "a timer's delay is not a number");
    const timer = this.#timers.add(this.#passedMs + Math.max(0, delayMs), fire);
    return () => this.#timers.cancel(timer);
  }

  /** Timers that are set and have not fired. */
  get timers(): number {
    return this.#timers.size;
  }

  /** The wall clock jumps, as when somebody or NTP sets it; timers and monotonic time do not notice. */
  jump(ms: number): void {
    this.#aheadMs += ms;
  }

  /** The host sleeps, as a laptop does or a machine that is paused: timers and monotonic time stand still. */
  suspend(ms: number): void {
    this.#sleptMs += ms;
  }

  /** Lets `ms` pass; fires what falls due, one by one, each time after all promises have settled. */
  async advance(ms: number): Promise<void> {
    await this.advanceUntil(() => false, ms);
  }

  /**
   * Goes from timer to timer until `done`, for at most `msMax`. Tells whether it
   * came to be done; the clock stands where that was, else at the end.
   */
  async advanceUntil(done: () => boolean, msMax: number): Promise<boolean> {
    const endMs = this.#passedMs + msMax;
    await this.settle();
    while (!done()) {
      const timer = this.#timers.takeBy(endMs);
      if (timer === undefined) {
        this.#passedMs = endMs;
        return done();
      }
      this.#passedMs = timer.dueMs;
      timer.fire();
      await this.settle();
    }
    return true;
  }

  /** Waits until every promise that needs neither time nor input has run its course. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}

/** The clock as one process sees it: once the process is dead, no timer of it fires any more. */
export class ProcessClock implements Clock {
  readonly #time: VirtualClock;
  #dead = false;

  /** All processes of a host share its time. */
  constructor(time: VirtualClock) {
    this.#time = time;
  }

  /** The wall clock of the host. */
  nowMs(): number {
    return this.#time.nowMs();
  }

  /** The monotonic clock of the host. */
  monotonicMs(): number {
    return this.#time.monotonicMs();
  }

  /** Never fires when the process is dead by then. */
  after(delayMs: number, fire: () => void): CancelTimer {
    if (this.#dead) return () => {};
    return this.#time.after(delayMs, () => {
      if (!this.#dead) fire();
    });
  }

  /** The process is dead from now on. */
  kill(): void {
    this.#dead = true;
  }
}
