/**
 * What registries of metrics look like: `Registry` of prom-client 15 and of its successor
 * `@prometheus-io/client`, and whatever else has the same methods. Nothing of either is
 * loaded, so it does not matter which of them an application has, or how many copies.
 */
import type { Histogram } from "../types.ts";

/**
 * A registry of metrics, by its shape. Its metrics are read one by one where it lists them
 * (`getMetricsAsArray`), so that one whose collector fails takes no other with it.
 */
export type MetricRegistry =
  | { getMetricsAsArray(): readonly object[] }
  | { getMetricsAsJSON(): Promise<readonly object[]> };

/** Labels as they come from a registry: numbers are written as text, and what is undefined is absent. */
export type GivenLabels = Readonly<Record<string, string | number | undefined>>;

/** The exemplar of a value. */
export interface GivenExemplar {
  readonly labelSet?: GivenLabels;
  readonly value?: number | null;
  /** In seconds. */
  readonly timestamp?: number;
}

/** One series of a metric, as it is now. */
export interface GivenValue {
  readonly labels?: GivenLabels;
  readonly value?: number;
  /** Where it is not that of the metric: `x_bucket`, `x_sum`. */
  readonly metricName?: string;
  readonly exemplar?: GivenExemplar | null;
  /** In place of `value`. */
  readonly histogram?: Histogram;
  /** The same, with the names of the proposal for the client. */
  readonly nativeHistogram?: GivenHistogram;
}

/**
 * A snapshot of a native histogram, with the names for buckets that prometheus/client_js has
 * in pull request 856, which is not released. Its count and sum go by those of Prometheus's
 * protobuf, or by the short ones.
 */
export interface GivenHistogram {
  readonly schema: number;
  readonly sampleCount?: number;
  readonly count?: number;
  readonly sampleSum?: number;
  readonly sum?: number;
  readonly zeroThreshold?: number;
  readonly zeroCount?: number;
  readonly positiveSpans?: readonly { readonly offset: number; readonly length: number }[];
  readonly positiveDeltas?: readonly number[];
  readonly negativeSpans?: readonly { readonly offset: number; readonly length: number }[];
  readonly negativeDeltas?: readonly number[];
}

/** A metric with its values. */
export interface GivenMetric {
  readonly name: string;
  readonly help?: string;
  readonly type?: string;
  readonly values?: readonly GivenValue[];
}
