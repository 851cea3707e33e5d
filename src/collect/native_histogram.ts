import type { BucketSpan, Histogram } from "../types.ts";
import type { GivenHistogram, GivenValue } from "./shapes.ts";

/** The native histogram of a value; undefined where it has none. */
export function histogramOf({ histogram, nativeHistogram }: GivenValue): Histogram | undefined {
  return histogram ?? (nativeHistogram && fromSnapshot(nativeHistogram));
}

function fromSnapshot(snapshot: GivenHistogram): Histogram {
  const { schema, zeroThreshold = 0, zeroCount = 0 } = snapshot;
  const positive = side(snapshot.positiveSpans, snapshot.positiveDeltas);
  const negative = side(snapshot.negativeSpans, snapshot.negativeDeltas);
  return {
    type: "integer",
    schema,
    count: snapshot.sampleCount ?? snapshot.count ?? NaN,
    sum: snapshot.sampleSum ?? snapshot.sum ?? NaN,
    zeroThreshold,
    zeroCount,
    ...(positive ? { positive } : {}),
    ...(negative ? { negative } : {}),
  };
}

function side(
  spans: readonly BucketSpan[] = [],
  deltas: readonly number[] = [],
): { spans: readonly BucketSpan[]; deltas: readonly number[] } | undefined {
  return spans.length === 0 && deltas.length === 0 ? undefined : { spans, deltas };
}
