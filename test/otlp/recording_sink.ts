/** A transaction that keeps what is appended, as rows that can be compared. */
import type { OtlpSink } from "../../src/otlp/sink.ts";
import type { AppendOptions, Exemplar, Histogram, Labels, Metadata } from "../../src/types.ts";
import { checkHistogram } from "../../src/appender/check_histogram.ts";
import { checkLabels } from "../../src/appender/labels.ts";

/** One signal with its exemplars. */
export interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly startMs: number;
  readonly timeMs: number;
  /** A value, `"stale"` or a histogram. */
  readonly value: number | "stale" | Histogram;
  readonly exemplars: Exemplar[];
}

export class RecordingSink implements OtlpSink {
  readonly rows: Row[] = [];
  readonly metadata: Map<string, Metadata> = new Map();

  append(labels: Labels, timeMs: number, value: number, options: AppendOptions = {}): number {
    return this.#put(labels, timeMs, value, options);
  }

  appendStale(labels: Labels, timeMs: number): number {
    return this.#put(labels, timeMs, "stale", {});
  }

  appendHistogram(
    labels: Labels,
    timeMs: number,
    histogram: Histogram,
    options: AppendOptions = {},
  ): number {
    checkHistogram(histogram);
    return this.#put(labels, timeMs, histogram, options);
  }

  appendExemplar(ref: number, exemplar: Exemplar): number {
    this.rows[ref - 1]!.exemplars.push({ ...exemplar, labels: { ...exemplar.labels } });
    return ref;
  }

  updateMetadata(family: string, metadata: Metadata): void {
    this.metadata.set(family, metadata);
  }

  commit(): Promise<never> {
    throw new Error("nothing is committed here");
  }

  #put(
    labels: Labels,
    timeMs: number,
    value: Row["value"],
    { startTimestampMs: startMs = 0 }: AppendOptions,
  ): number {
    const own = Object.fromEntries(checkLabels(labels));
    return this.rows.push({ labels: own, startMs, timeMs, value, exemplars: [] });
  }
}
