/** What requests are under when they are sent: snappy is remote write's own, zstd VictoriaMetrics's. */
export type RequestCompression = "snappy" | "zstd";

/** A label set: names to values. A label with an empty value counts as absent, as in Prometheus. */
export type Labels = Readonly<Record<string, string>>;

/**
 * A number that stands for a label set, as in Prometheus's Appender. It is
 * ephemeral: after eviction an append by it throws `UNKNOWN_SERIES_REF`, and the
 * caller appends with the labels again.
 */
export type SeriesRef = number;

/**
 * The protobuf message of a remote write request, by its full name, as
 * Prometheus's `protobuf_message` and the `proto` parameter of the content type
 * have it: remote write 1.0 and 2.0.
 */
export type ProtobufMessage = "prometheus.WriteRequest" | "io.prometheus.write.v2.Request";

/** Signals by kind. */
export interface SignalCounts {
  /** Samples, stale markers among them. */
  readonly samples: number;
  /** Native histograms. */
  readonly histograms: number;
  /** Exemplars. */
  readonly exemplars: number;
  /** Metadata entries. */
  readonly metadata: number;
}

/**
 * Why a signal that was accepted was dropped, each counted and logged by its name.
 *
 * - `ttl`: it had grown older than the TTL before an attempt to send it.
 * - `disk_limit`: the endpoint's files took too much room.
 * - `rejected`: the endpoint refused it for good.
 * - `skipped`: somebody had it dropped on purpose (`Queue.dropBefore`, `walq drop`).
 * - `max_retries`: the endpoint did not take it in as many attempts as are allowed.
 * - `corrupt`: its file is damaged.
 * - `filtered`: of a kind that the endpoint's options say is not to be sent.
 * - `nhcb_in_rw1_not_supported`: a native histogram with custom buckets, which
 *   remote write 1.0 does not have (Prometheus's name for it).
 * - `exemplar_without_sample`: in remote write 2.0 an exemplar comes with a sample
 *   or histogram of its series, and the batch has none that is sent.
 * - `metadata_without_series`: in remote write 2.0 metadata comes with a series of
 *   its family, and the batch has none that is sent.
 * - `unsupported`: no request could carry it.
 * - `dropped_series`: the endpoint's `writeRelabelConfigs` drop its series, or leave it
 *   no label (Prometheus's name for it).
 * - `relabeled_too_large`: they make the labels of its series too large.
 */
export type DropReason =
  | "ttl"
  | "disk_limit"
  | "rejected"
  | "skipped"
  | "max_retries"
  | "corrupt"
  | "filtered"
  | "nhcb_in_rw1_not_supported"
  | "exemplar_without_sample"
  | "metadata_without_series"
  | "unsupported"
  | "dropped_series"
  | "relabeled_too_large";

/** No signal was dropped, for any reason. */
export const NOTHING_DROPPED: Readonly<Record<DropReason, number>> = {
  ttl: 0,
  disk_limit: 0,
  rejected: 0,
  skipped: 0,
  max_retries: 0,
  corrupt: 0,
  filtered: 0,
  nhcb_in_rw1_not_supported: 0,
  exemplar_without_sample: 0,
  metadata_without_series: 0,
  unsupported: 0,
  dropped_series: 0,
  relabeled_too_large: 0,
};

/**
 * What `queue.write` or a commit made of one request. All of it was kept if
 * `expired`, `invalid` and `unsupported` are 0. What was refused was never accepted:
 * it is not in any endpoint's counts, and is no drop (see {@link DropReason}).
 */
export interface WriteResult {
  /** Signals kept: they go to every endpoint. */
  readonly accepted: number;
  /** The same, by kind. */
  readonly kinds: SignalCounts;
  /** Signals older than the TTL: refused, counted as `ttl` in `stats().refused`. */
  readonly expired: number;
  /** Signals that break a rule, or whose series does: refused, counted as `invalid` in `stats().refused`. */
  readonly invalid: number;
  /** Signals of a kind that the file format in use cannot carry: refused, counted as `unsupported` in `stats().refused`. */
  readonly unsupported: number;
  /** Where `expired` is not 0: metric and timestamp of the first one. For the answer to the sender, as the next two. */
  readonly firstExpired?: string;
  /** Where `invalid` is not 0: the first broken rule, or the first timestamp that is not in milliseconds. */
  readonly firstInvalid?: string;
  /** Where `unsupported` is not 0: metric, kind and timestamp of the first one. */
  readonly firstUnsupported?: string;
}

// ---------------------------------------------------------------- signals
// Native histograms: Prometheus, "Native Histograms" specification; remote write
// 1.0 and 2.0, message `Histogram`.

/** A run of buckets that are next to each other. */
export interface BucketSpan {
  /** For the first span, the index of its first bucket. For every other, how many buckets lie between it and the span before, at least 0. */
  readonly offset: number;
  /** How many buckets it has. */
  readonly length: number;
}

/** Whether counters of a histogram have been reset since the one before; "gauge" when they can also fall. */
export type ResetHint = "unknown" | "yes" | "no" | "gauge";

/** What integer and float histograms have in common. */
export interface AnyHistogram {
  /** Sum of all observations; any number. */
  readonly sum: number;
  /** -4 to 8: each bucket is 2^(2^-schema) times as wide as the one before. -53: the bounds are `customValues`. */
  readonly schema: number;
  /** Width of the zero bucket. @default 0 */
  readonly zeroThreshold?: number;
  /** Whether its counters were reset since the one before. @default "unknown" */
  readonly resetHint?: ResetHint;
  /** Upper bounds of custom buckets, ascending, without the infinite one; for schema -53 alone. */
  readonly customValues?: readonly number[];
}

/** A histogram that counts observations. Its buckets add up to `count`; if `sum` is NaN, at most to it. */
export interface IntegerHistogram extends AnyHistogram {
  /** Tells it from a {@link FloatHistogram}. */
  readonly type: "integer";
  /** Number of observations, a whole number. */
  readonly count: number;
  /** Observations in the zero bucket. @default 0 */
  readonly zeroCount?: number;
  /** Buckets of positive observations: the first count, then differences to the count before. */
  readonly positive?: { readonly spans: readonly BucketSpan[]; readonly deltas: readonly number[] };
  /** Buckets of negative observations, by their absolute values. */
  readonly negative?: { readonly spans: readonly BucketSpan[]; readonly deltas: readonly number[] };
}

/** A histogram of fractions, as rates of histograms are. */
export interface FloatHistogram extends AnyHistogram {
  /** Tells it from an {@link IntegerHistogram}. */
  readonly type: "float";
  /** Number of observations; any number that is not negative. */
  readonly count: number;
  /** Observations in the zero bucket. @default 0 */
  readonly zeroCount?: number;
  /** Buckets of positive observations, each with its own count. */
  readonly positive?: { readonly spans: readonly BucketSpan[]; readonly counts: readonly number[] };
  /** Buckets of negative observations, by their absolute values. */
  readonly negative?: { readonly spans: readonly BucketSpan[]; readonly counts: readonly number[] };
}

/** A native histogram. */
export type Histogram = IntegerHistogram | FloatHistogram;

/** A reference from a series to one observation, such as a trace (OpenMetrics 1.0, "Exemplars"). */
export interface Exemplar {
  /** Labels of its own, such as `trace_id`. */
  readonly labels: Labels;
  /** The observation; any number. */
  readonly value: number;
  /** Milliseconds since the epoch. @default that of the sample it comes with */
  readonly timestampMs?: number;
}

/** What a metric family is (OpenMetrics 1.0, "Metric Types"). */
export type MetricType =
  | "unknown"
  | "counter"
  | "gauge"
  | "histogram"
  | "gaugehistogram"
  | "summary"
  | "info"
  | "stateset";

/** What is known of a metric family. */
export interface Metadata {
  /** What the family is. */
  readonly type: MetricType;
  /** A sentence for people. @default "" */
  readonly help?: string;
  /** Such as "seconds". @default "" */
  readonly unit?: string;
}

/** More of a sample or histogram. */
export interface AppendOptions {
  /**
   * When the counter or histogram began to count, in milliseconds since the epoch
   * (remote write 2.0, `start_timestamp`; 1.0 cannot carry it). 0 is none. @default 0
   */
  readonly startTimestampMs?: number;
}
