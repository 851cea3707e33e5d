const RESOLUTION_MS = 20;

/** How long a timer of 20 ms takes, again and again. What node:perf_hooks has for it says another thing on each runtime. */
export class LoopDelay {
  readonly #delaysMs: number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#wait();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The delay that so many of all did not exceed; `quantile` is from 0 to 1. */
  ms(quantile: number): number {
    const sorted = this.#delaysMs.toSorted((a, b) => a - b);
    return sorted[Math.ceil(quantile * sorted.length) - 1] ?? NaN;
  }

  #wait(): void {
    const sinceMs = performance.now();
    this.#timer = setTimeout(() => {
      this.#delaysMs.push(performance.now() - sinceMs);
      this.#wait();
    }, RESOLUTION_MS);
  }
}
