import type { Clock } from "../contracts.ts";

/** Those who sleep until their time is over, or somebody wakes them all. */
export class Sleepers {
  readonly #clock: Pick<Clock, "after" | "monotonicMs">;
  /** What wakes each, and since when it sleeps. */
  readonly #asleep = new Map<() => void, number>();

  constructor(clock: Pick<Clock, "after" | "monotonicMs">) {
    this.#clock = clock;
  }

  /** Since when the one sleeps that began first, by the monotonic clock; `Infinity` when nobody does. */
  get sinceMs(): number {
    return Math.min(...this.#asleep.values());
  }

  /** False when the signal aborted first. */
  sleep(delayMs: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (): void => {
        cancel();
        signal.removeEventListener("abort", settle);
        this.#asleep.delete(settle);
        resolve(!signal.aborted);
      };
      const cancel = this.#clock.after(delayMs, settle);
      signal.addEventListener("abort", settle, { once: true });
      this.#asleep.set(settle, this.#clock.monotonicMs());
    });
  }

  wakeAll(): void {
    for (const wake of [...this.#asleep.keys()]) wake();
  }
}
