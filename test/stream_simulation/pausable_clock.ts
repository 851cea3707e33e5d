import type { CancelTimer, Clock } from "../../src/contracts.ts";

/** A process that may be stopped (SIGSTOP): others go on, and it finds out late. */
export class Pausable {
  readonly clock: Clock;
  #resumed: Promise<void> | undefined;
  #resume: () => void = () => {};

  constructor(inner: Clock) {
    this.clock = {
      nowMs: () => inner.nowMs(),
      monotonicMs: () => inner.monotonicMs(),
      after: (delayMs, fire): CancelTimer => {
        let isCancelled = false;
        const cancel = inner.after(delayMs, () => {
          if (this.#resumed === undefined) return fire();
          void this.#resumed.then(() => isCancelled || fire());
        });
        return () => {
          isCancelled = true;
          cancel();
        };
      },
    };
  }

  get isPaused(): boolean {
    return this.#resumed !== undefined;
  }

  /** Nothing of it goes on until {@link Pausable.resume}. */
  pause(): void {
    if (this.#resumed !== undefined) return;
    this.#resumed = new Promise((resolve) => this.#resume = resolve);
  }

  resume(): void {
    this.#resumed = undefined;
    this.#resume();
  }

  /** What came for it while it was stopped is seen when it goes on. */
  async seen<Result>(result: Promise<Result>): Promise<Result> {
    try {
      return await result;
    } finally {
      await this.#resumed;
    }
  }
}
