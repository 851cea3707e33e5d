/** What waits somewhere, by the second in which it was scraped, the oldest first. */
export class Cohorts {
  readonly #samples: number[] = [];
  #oldest = Infinity;
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** The second of the oldest; Infinity when nothing waits. */
  get oldest(): number {
    return this.#oldest;
  }

  add(second: number, samples: number): void {
    if (samples <= 0) return;
    this.#samples[second] = (this.#samples[second] ?? 0) + samples;
    this.#oldest = Math.min(this.#oldest, second);
    this.#total += samples;
  }

  /** Takes so much of the oldest, and tells of each part. */
  take(samples: number, taken: (second: number, samples: number) => void): void {
    let left = samples;
    while (left > NOTHING && this.#oldest !== Infinity) {
      const here = this.#samples[this.#oldest] ?? 0;
      const part = Math.min(here, left);
      left -= part;
      this.#samples[this.#oldest] = here - part;
      this.#total -= part;
      if (part > 0) taken(this.#oldest, part);
      if (here - part <= NOTHING) this.#next(here - part);
    }
  }

  /** What is left of numbers that are no whole ones is nothing. */
  #next(rest: number): void {
    this.#total -= rest;
    this.#samples[this.#oldest] = 0;
    for (let second = this.#oldest + 1; second < this.#samples.length; second++) {
      if ((this.#samples[second] ?? 0) > NOTHING) {
        this.#oldest = second;
        return;
      }
    }
    this.#oldest = Infinity;
    this.#total = 0;
  }
}

const NOTHING = 1e-6;
