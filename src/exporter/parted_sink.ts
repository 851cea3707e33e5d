import type { Appender } from "../appender/appender.ts";
import type { Parts } from "../appender/parts.ts";
import type { OtlpSink, SeriesSink } from "../otlp/sink.ts";
import type { AppendOptions, Exemplar, Histogram, Labels, Metadata, SeriesRef } from "../types.ts";

/** What an exporter appends to: a transaction of a queue. */
export type ExportAppender = OtlpSink & Pick<Appender, "size" | "bytes">;

/** Appends, and sends a part whenever there is enough for one; before a sample, as exemplars go with theirs. */
export class PartedSink implements SeriesSink {
  readonly #appender: ExportAppender;
  readonly #parts: Parts;

  constructor(appender: ExportAppender, parts: Parts) {
    this.#appender = appender;
    this.#parts = parts;
  }

  append(labels: Labels, timestampMs: number, value: number, options?: AppendOptions): SeriesRef {
    this.#parts.sendIfLarge();
    return this.#appender.append(labels, timestampMs, value, options);
  }

  appendStale(labels: Labels, timestampMs: number): SeriesRef {
    this.#parts.sendIfLarge();
    return this.#appender.appendStale(labels, timestampMs);
  }

  appendHistogram(
    labels: Labels,
    timestampMs: number,
    histogram: Histogram,
    options?: AppendOptions,
  ): SeriesRef {
    this.#parts.sendIfLarge();
    return this.#appender.appendHistogram(labels, timestampMs, histogram, options);
  }

  appendExemplar(ref: SeriesRef, exemplar: Exemplar): SeriesRef {
    return this.#appender.appendExemplar(ref, exemplar);
  }

  updateMetadata(family: string, metadata: Metadata): void {
    this.#appender.updateMetadata(family, metadata);
  }
}
