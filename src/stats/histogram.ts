/** Upper bounds in seconds: Prometheus's own for `sent_batch_duration_seconds`. */
const DURATION_BOUNDS_SECONDS: readonly number[] = [
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  25,
  60,
  120,
  300,
];

/** A histogram's state: `counts` are cumulative, as in the exposition format, without +Inf. */
export interface HistogramSnapshot {
  /** Upper bounds of the buckets, ascending, in seconds. */
  readonly boundsSeconds: readonly number[];
  /** For each bound, how many observations were at most that. */
  readonly counts: readonly number[];
  /** All observations. */
  readonly count: number;
  /** Sum of all observations, in seconds. */
  readonly sumSeconds: number;
}

/** Counts durations in fixed buckets; memory does not depend on what it saw. */
export class DurationHistogram {
  readonly #buckets = new Array<number>(DURATION_BOUNDS_SECONDS.length).fill(0);
  #count = 0;
  #sumSeconds = 0;

  observe(durationMs: number): void {
    const seconds = durationMs / 1000;
    this.#count++;
    this.#sumSeconds += seconds;
    const bucket = DURATION_BOUNDS_SECONDS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.#buckets[bucket]!++;
  }

  snapshot(): HistogramSnapshot {
    let running = 0;
    return {
      boundsSeconds: DURATION_BOUNDS_SECONDS,
      counts: this.#buckets.map((own) => running += own),
      count: this.#count,
      sumSeconds: this.#sumSeconds,
    };
  }
}
