/** Buckets of OTLP, which are next to each other, as the spans of native histograms. */
import type { BucketSpan } from "../types.ts";

/** Buckets as a native histogram has them. */
export interface SparseBuckets {
  readonly spans: readonly BucketSpan[];
  readonly deltas: readonly number[];
}

/** A gap is told by a new span from this size; below it empty buckets are smaller (client_golang). */
const GAP_MIN = 3;
/** All buckets of a request have numbers below 2^32: scaled down further they are one. */
const SCALE_DOWN_MAX = 40;

/**
 * Buckets by their counts.
 *
 * @param offset The number of the first one, before it is scaled down.
 * @param scaleDown 2^scaleDown buckets become one.
 * @param isShifted OTLP's bucket 0 of a scale is Prometheus's bucket 1; with bounds of one's own it is 0.
 */
export function sparse(
  counts: readonly number[],
  offset: number,
  scaleDown: number,
  isShifted: boolean,
): SparseBuckets {
  const spans: { offset: number; length: number }[] = [];
  const deltas: number[] = [];
  if (counts.length === 0) return { spans, deltas };
  const width = 2 ** Math.min(scaleDown, SCALE_DOWN_MAX);
  const shift = isShifted ? 1 : 0;
  const first = Math.floor(offset / width) + shift;
  spans.push({ offset: first, length: 0 });
  let end = first;
  let before = 0;
  const put = (count: number): void => {
    spans[spans.length - 1]!.length++;
    deltas.push(count - before);
    before = count;
    end++;
  };
  const add = (index: number, count: number): void => {
    if (index - end >= GAP_MIN) {
      spans.push({ offset: index - end, length: 0 });
      end = index;
    }
    while (end < index) put(0);
    put(count);
  };
  let index = first;
  let count = 0;
  for (const [place, one] of counts.entries()) {
    const next = Math.floor((place + offset) / width) + shift;
    if (next !== index) {
      // An empty one is part of the gap before the next one that is not.
      if (count !== 0) add(index, count);
      index = next;
      count = 0;
    }
    count += one;
  }
  // The last one is there, empty or not, as in Prometheus.
  add(index, count);
  return { spans, deltas };
}
