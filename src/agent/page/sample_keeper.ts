import type { CancelTimer, Clock } from "../../contracts.ts";
import type { SampledSeries } from "../../sampling/series_sample.ts";
import type { SampleEvent } from "./protocol.ts";

/** How long a sample is kept when nobody looks at it any more. */
export const KEPT_MS: number = 5 * 60_000;

/** A sample of the series that come in, as the queue makes it. */
export interface SampleLike {
  readonly series: readonly SampledSeries[];
  readonly samples: number;
  readonly batches: number;
  readonly isFull: boolean;
}

/** Who makes samples. */
export interface SampleSource {
  sampleSeries(): SampleLike;
  endSample(): void;
}

/** Has a sample while somebody looks, and for a while afterwards. */
export class SampleKeeper {
  readonly #clock: Clock;
  readonly #source: () => Partial<SampleSource> | undefined;
  #sample: SampleLike | undefined;
  #sinceMs = 0;
  #viewers = 0;
  #cancelForget: CancelTimer | undefined;

  constructor(clock: Clock, source: () => Partial<SampleSource> | undefined) {
    this.#clock = clock;
    this.#source = source;
  }

  get series(): readonly SampledSeries[] {
    return this.#sample?.series ?? [];
  }

  get event(): SampleEvent {
    const { series = [], samples = 0, batches = 0, isFull = false } = this.#sample ?? {};
    return { series: series.length, samples, batches, isFull, sinceMs: this.#sinceMs };
  }

  /** Somebody looks, until what is returned is called. */
  look(): () => void {
    this.#viewers++;
    this.#cancelForget?.();
    if (this.#sample === undefined) this.begin();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      if (--this.#viewers === 0) this.#rest();
    };
  }

  /** What comes in from now on. */
  begin(): void {
    this.#sample = this.#source()?.sampleSeries?.();
    this.#sinceMs = this.#clock.nowMs();
    if (this.#viewers === 0) this.#rest();
  }

  stop(): void {
    this.#cancelForget?.();
    this.#source()?.endSample?.();
    this.#sample = undefined;
  }

  /** Nothing more is taken down, and what there is forgotten after a while. */
  #rest(): void {
    this.#source()?.endSample?.();
    this.#cancelForget?.();
    this.#cancelForget = this.#clock.after(KEPT_MS, () => this.stop());
  }
}
