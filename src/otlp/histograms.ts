/** Native histograms of points. */
import type { Histogram } from "../types.ts";
import { sparse, type SparseBuckets } from "./buckets.ts";
import type { ExponentialPoint, HistogramPoint } from "./model.ts";

const SCALE_MIN = -4;
const SCALE_MAX = 8;
const SCHEMA_CUSTOM = -53;
/** What Prometheus gives them: what the point says of it is not read. */
const ZERO_THRESHOLD = 1e-128;

/**
 * @param isGauge It may go down, as one of delta temporality does.
 * @throws {RangeError} for a scale that no native histogram has.
 */
export function fromExponential(point: ExponentialPoint, isGauge: boolean = false): Histogram {
  const { scale, count, sum = 0, zeroCount, positive, negative } = point;
  if (scale < SCALE_MIN) {
    throw new RangeError(
      `an exponential histogram has scale ${scale}, expected at least ${SCALE_MIN}`,
    );
  }
  const scaleDown = Math.max(0, scale - SCALE_MAX);
  return {
    type: "integer",
    ...hintOf(isGauge),
    schema: Math.min(scale, SCALE_MAX),
    count,
    sum,
    zeroCount,
    zeroThreshold: ZERO_THRESHOLD,
    ...side("positive", sparse(positive.counts, positive.offset, scaleDown, true)),
    ...side("negative", sparse(negative.counts, negative.offset, scaleDown, true)),
  };
}

/** With the point's bounds as custom ones. */
export function fromExplicit(point: HistogramPoint, isGauge: boolean = false): Histogram {
  const { count, sum = 0, bucketCounts, bounds } = point;
  const first = bucketCounts.findIndex((one) => one !== 0);
  const counts = first < 0 ? [] : bucketCounts.slice(first);
  return {
    type: "integer",
    ...hintOf(isGauge),
    schema: SCHEMA_CUSTOM,
    count,
    sum,
    customValues: bounds,
    ...side("positive", sparse(counts, first, 0, false)),
  };
}

function hintOf(isGauge: boolean): { readonly resetHint?: "gauge" } {
  return isGauge ? { resetHint: "gauge" } : {};
}

function side(
  name: "positive" | "negative",
  buckets: SparseBuckets,
): { readonly [Side in "positive" | "negative"]?: SparseBuckets } {
  return buckets.spans.length === 0 ? {} : { [name]: buckets };
}
