/** A label set: names to values. A label with an empty value counts as absent, as in Prometheus. */
export type Labels = Readonly<Record<string, string>>;

/**
 * A number that stands for a label set, as in Prometheus's Appender. It is
 * ephemeral: after eviction an append by it throws `UNKNOWN_SERIES_REF`, and the
 * caller appends with the labels again.
 */
export type SeriesRef = number;

/** Why a signal was dropped, each counted and logged by its name. */
export type DropReason =
  | "ttl"
  | "disk_limit"
  | "rejected"
  | "max_retries"
  | "corrupt"
  | "unsupported";

/** What became of one request, or of a part of it. */
export type Outcome =
  | { readonly kind: "delivered" }
  | { readonly kind: "dropped"; readonly reason: DropReason };

/** What `queue.write` made of one request. */
export interface WriteResult {
  /** Signals kept: they go to every endpoint. */
  readonly accepted: number;
  /** Samples older than the TTL, dropped for the reason `ttl`. */
  readonly expired: number;
  /** Samples of series whose labels break a rule; rejected, the rest is kept. */
  readonly invalid: number;
  /** Signals of a kind that the file format in use cannot carry, dropped as `unsupported`. */
  readonly unsupported: number;
  /** The first broken rule, where `invalid` is not 0: for the answer to the sender. */
  readonly firstInvalid?: string;
}
