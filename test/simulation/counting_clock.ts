import type { CancelTimer, Clock } from "../../src/contracts.ts";

/** Knows how many timers one process has set: none may be left after a close. */
export class CountingClock implements Clock {
  readonly #inner: Clock;
  readonly #timers = new Set<symbol>();

  constructor(inner: Clock) {
    this.#inner = inner;
  }

  get timers(): number {
    return this.#timers.size;
  }

  nowMs(): number {
    return this.#inner.nowMs();
  }

  monotonicMs(): number {
    return this.#inner.monotonicMs();
  }

  after(delayMs: number, fire: () => void, inBackground?: boolean): CancelTimer {
    const timer = Symbol();
    this.#timers.add(timer);
    const cancel = this.#inner.after(delayMs, () => {
      this.#timers.delete(timer);
      fire();
    }, inBackground);
    return () => {
      this.#timers.delete(timer);
      cancel();
    };
  }
}
