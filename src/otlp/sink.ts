import type {
  AppendOptions,
  Exemplar,
  Histogram,
  Labels,
  Metadata,
  SeriesRef,
  WriteResult,
} from "../types.ts";

/** What the series are appended to. */
export interface SeriesSink {
  append(
    labelsOrRef: Labels | SeriesRef,
    timestampMs: number,
    value: number,
    options?: AppendOptions,
  ): SeriesRef;
  appendStale(labelsOrRef: Labels | SeriesRef, timestampMs: number): SeriesRef;
  appendHistogram(
    labelsOrRef: Labels | SeriesRef,
    timestampMs: number,
    histogram: Histogram,
    options?: AppendOptions,
  ): SeriesRef;
  appendExemplar(ref: SeriesRef, exemplar: Exemplar): SeriesRef;
  updateMetadata(family: string, metadata: Metadata): void;
}

/** The same, with its end: a transaction of a queue. */
export interface OtlpSink extends SeriesSink {
  commit(options?: { readonly durable?: boolean }): Promise<WriteResult>;
}
