import type { EncodedBatch, Kernel, LabelPair } from "../contracts.ts";
import { BATCH_BYTES_MAX } from "../limits.ts";
import { readSeries } from "./read_series.ts";

/** Series that are kept. */
export const SAMPLED_SERIES_MAX = 5_000;
/** Bytes of their labels. */
const LABEL_BYTES_MAX = 4 * 1024 * 1024;
/** One more than a batch can hold: it is one request. */
const REQUEST_SIGNALS_MAX = 0xffff_ffff;
/** Nothing is too old to be looked at. */
const CUTOFF_MS = Number.MIN_SAFE_INTEGER;

/** A series that came in while somebody looked. */
export interface SampledSeries {
  /** By name in the order of their bytes. */
  readonly labels: readonly LabelPair[];
  /** Samples and histograms that came of it. */
  readonly samples: number;
}

type Counted = { labels: readonly LabelPair[]; samples: number };

/**
 * Looks at the batches that come in, on demand, and keeps a bounded number of their series.
 * When it is full it looks at nothing more.
 */
export class SeriesSample {
  readonly #reader;
  readonly #series = new Map<string, Counted>();
  #labelBytes = 0;
  #samples = 0;
  #batches = 0;
  #isFull = false;

  constructor(kernel: Kernel) {
    this.#reader = kernel.createReader({
      shards: 1,
      requestSignalsMax: REQUEST_SIGNALS_MAX,
      externalLabels: {},
      handedBytesMax: 0,
      uncompressedBytesMax: BATCH_BYTES_MAX,
      message: "prometheus.WriteRequest",
      sends: { histograms: true, exemplars: false, metadata: false },
      metadataCacheSize: 0,
    });
  }

  /** Batches that were looked at. */
  get batches(): number {
    return this.#batches;
  }

  /** Samples of the series that are kept. */
  get samples(): number {
    return this.#samples;
  }

  /** It has seen as many series as it keeps. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get series(): readonly SampledSeries[] {
    return [...this.#series.values()];
  }

  /** Looks at a batch. */
  see({ format, compression, data, checksum }: EncodedBatch): void {
    if (this.#isFull) return;
    const reader = this.#reader;
    reader.load({ format, compression, data, checksum });
    reader.route(CUTOFF_MS);
    this.#batches++;
    if (reader.openSignals(0) === 0) return;
    const body = reader.take(0);
    for (const { key, samples, labels } of readSeries(reader.plain(body))) {
      this.#count(key, samples, labels);
    }
    reader.settled(body, true);
    reader.recycle(body);
  }

  #count(key: string, samples: number, labels: () => LabelPair[]): void {
    const known = this.#series.get(key);
    if (known === undefined) {
      const isRoom = this.#series.size < SAMPLED_SERIES_MAX &&
        this.#labelBytes + key.length <= LABEL_BYTES_MAX;
      if (!isRoom) {
        this.#isFull = true;
        return;
      }
      this.#labelBytes += key.length;
      this.#series.set(key, { labels: labels(), samples });
    } else known.samples += samples;
    this.#samples += samples;
  }
}
