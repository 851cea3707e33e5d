/**
 * OTLP metrics as walq reads them (opentelemetry-proto, metrics/v1/metrics.proto): what
 * the protobuf and the JSON form have in common, without what nothing comes of.
 */

import type { Attribute } from "./attribute.ts";
import type { PointAttributes } from "./raw_attributes.ts";

export type { AnyValue, Attribute } from "./attribute.ts";

/** What one process tells. */
export interface OtlpResource {
  readonly attributes: readonly Attribute[];
  readonly scopes: readonly OtlpScope[];
}

/** What one library in it tells. */
export interface OtlpScope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string;
  readonly attributes: readonly Attribute[];
  readonly metrics: readonly OtlpMetric[];
}

/** Whether points tell what came since the one before, or since the beginning. */
export type Temporality = "unspecified" | "delta" | "cumulative";

/** A metric with its points. */
export interface OtlpMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly data: OtlpData;
}

/** What a metric is. */
export type OtlpData =
  | { readonly kind: "gauge"; readonly points: readonly NumberPoint[] }
  | {
    readonly kind: "sum";
    readonly temporality: Temporality;
    readonly isMonotonic: boolean;
    readonly points: readonly NumberPoint[];
  }
  | {
    readonly kind: "histogram";
    readonly temporality: Temporality;
    readonly points: readonly HistogramPoint[];
  }
  | {
    readonly kind: "exponential";
    readonly temporality: Temporality;
    readonly points: readonly ExponentialPoint[];
  }
  | { readonly kind: "summary"; readonly points: readonly SummaryPoint[] }
  /** Of a kind that is not known, or none. */
  | { readonly kind: "none"; readonly points: readonly never[] };

/** What all points have. */
export interface OtlpPoint {
  readonly attributes: PointAttributes;
  /** 0 is none. */
  readonly startMs: number;
  readonly timeMs: number;
  /** The same in nanoseconds, as near as a number is: to some 200 of them. */
  readonly startNs: number;
  readonly timeNs: number;
  /** Nothing was recorded: the series has ended, or pauses. */
  readonly isStale: boolean;
}

/** Of gauges and sums. */
export interface NumberPoint extends OtlpPoint {
  readonly value: number;
  readonly exemplars: readonly OtlpExemplar[];
}

/** With buckets whose bounds are given. */
export interface HistogramPoint extends OtlpPoint {
  readonly count: number;
  readonly sum: number | undefined;
  readonly bucketCounts: readonly number[];
  readonly bounds: readonly number[];
  readonly exemplars: readonly OtlpExemplar[];
}

/** With buckets whose bounds follow from a scale. */
export interface ExponentialPoint extends OtlpPoint {
  readonly count: number;
  readonly sum: number | undefined;
  readonly scale: number;
  readonly zeroCount: number;
  /** How far from 0 the observations in `zeroCount` may be. */
  readonly zeroThreshold: number;
  readonly positive: ExponentialBuckets;
  readonly negative: ExponentialBuckets;
  readonly exemplars: readonly OtlpExemplar[];
}

/** Buckets next to each other. */
export interface ExponentialBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

/** With quantiles that somebody else has calculated. */
export interface SummaryPoint extends OtlpPoint {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
}

/** One observation. */
export interface OtlpExemplar {
  readonly attributes: readonly Attribute[];
  /** 0 is none. */
  readonly timeMs: number;
  /** Undefined where it has none. */
  readonly value: number | undefined;
  /** Hexadecimal; empty where there is none. */
  readonly traceId: string;
  readonly spanId: string;
}

/** No buckets. */
export const NO_BUCKETS: ExponentialBuckets = { offset: 0, counts: [] };
