/** Exponential histograms of delta temporality, added up. */
import type { ExponentialBuckets, ExponentialPoint } from "../model.ts";

/** On each side; beyond it the scale goes down (the collector's deltatocumulative). */
const BUCKETS_MAX = 160;
/** Offsets have 32 bits: scaled down further all buckets of a side are one. */
const SCALE_DOWN_MAX = 40;

/** The buckets and what goes with them. */
export type ExponentialCounts = Pick<
  ExponentialPoint,
  "scale" | "zeroCount" | "zeroThreshold" | "positive" | "negative"
>;

/**
 * Both in the coarser scale of the two, or in one that is coarser still where their buckets
 * would be more than 160 on a side.
 *
 * @throws {RangeError} for a zero threshold that is none.
 */
export function addExponential(a: ExponentialCounts, b: ExponentialCounts): ExponentialCounts {
  const common = Math.min(a.scale, b.scale);
  const alike = [a, b].map((one) => scaledDown(one, one.scale - common));
  const by = Math.max(
    excess(alike[0]!.positive, alike[1]!.positive),
    excess(alike[0]!.negative, alike[1]!.negative),
  );
  let [first, second] = alike.map((one) => scaledDown(one, by)) as [
    ExponentialCounts,
    ExponentialCounts,
  ];
  if (first.zeroThreshold < second.zeroThreshold) {
    first = widened(first, second.zeroThreshold);
  } else if (second.zeroThreshold < first.zeroThreshold) {
    second = widened(second, first.zeroThreshold);
  }
  return {
    scale: first.scale,
    zeroCount: first.zeroCount + second.zeroCount,
    zeroThreshold: first.zeroThreshold,
    positive: merged(first.positive, second.positive),
    negative: merged(first.negative, second.negative),
  };
}

/** In a scale in which neither side has more than 160 buckets. */
export function within160(counts: ExponentialCounts): ExponentialCounts {
  const { positive, negative } = counts;
  const by = Math.max(excess(positive, positive), excess(negative, negative));
  return scaledDown(counts, by);
}

/** 2^by buckets become one; without empty ones at both ends. */
function scaledDown(counts: ExponentialCounts, by: number): ExponentialCounts {
  return {
    ...counts,
    scale: counts.scale - by,
    positive: coarser(counts.positive, by),
    negative: coarser(counts.negative, by),
  };
}

function coarser(buckets: ExponentialBuckets, by: number): ExponentialBuckets {
  const { offset, counts } = trimmed(buckets);
  if (by === 0 || counts.length === 0) return { offset, counts };
  const width = 2 ** Math.min(by, SCALE_DOWN_MAX);
  const first = Math.floor(offset / width);
  const last = Math.floor((offset + counts.length - 1) / width);
  const sums = new Array<number>(last - first + 1).fill(0);
  for (const [place, count] of counts.entries()) {
    sums[Math.floor((offset + place) / width) - first]! += count;
  }
  return { offset: first, counts: sums };
}

/** By how much the scale has to go down, so that both together are 160 buckets. */
function excess(a: ExponentialBuckets, b: ExponentialBuckets): number {
  const sides = [trimmed(a), trimmed(b)].filter(({ counts }) => counts.length > 0);
  if (sides.length === 0) return 0;
  let first = Math.min(...sides.map(({ offset }) => offset));
  let end = Math.max(...sides.map(({ offset, counts }) => offset + counts.length));
  let by = 0;
  while (end - first > BUCKETS_MAX) {
    first = Math.floor(first / 2);
    end = Math.ceil(end / 2);
    by++;
  }
  return by;
}

function merged(a: ExponentialBuckets, b: ExponentialBuckets): ExponentialBuckets {
  const [one, other] = [trimmed(a), trimmed(b)];
  if (other.counts.length === 0) return one;
  if (one.counts.length === 0) return other;
  const offset = Math.min(one.offset, other.offset);
  const end = Math.max(one.offset + one.counts.length, other.offset + other.counts.length);
  const counts = new Array<number>(end - offset).fill(0);
  for (const side of [one, other]) {
    for (const [place, count] of side.counts.entries()) {
      counts[side.offset - offset + place]! += count;
    }
  }
  return { offset, counts };
}

function trimmed({ offset, counts }: ExponentialBuckets): ExponentialBuckets {
  let first = 0;
  while (first < counts.length && counts[first] === 0) first++;
  let end = counts.length;
  while (end > first && counts[end - 1] === 0) end--;
  if (end === first) return { offset: 0, counts: [] };
  return { offset: offset + first, counts: counts.slice(first, end) };
}

/** What lies within `width` of 0 is counted there: whole buckets, as they cannot be parted. */
function widened(counts: ExponentialCounts, width: number): ExponentialCounts {
  if (!Number.isFinite(width)) {
    throw new RangeError(`got zero threshold ${width}, expected a finite number`);
  }
  const last = bucketOf(width, counts.scale);
  const positive = above(counts.positive, last);
  const negative = above(counts.negative, last);
  const moved = totalOf(counts.positive) - totalOf(positive) +
    totalOf(counts.negative) - totalOf(negative);
  return {
    ...counts,
    positive,
    negative,
    zeroCount: counts.zeroCount + moved,
    // The upper bound of that bucket.
    zeroThreshold: Math.exp((last + 1) * Math.LN2 * 2 ** -counts.scale),
  };
}

/** The bucket that a value is in: (base^i, base^(i+1)], with base 2^(2^-scale). */
function bucketOf(value: number, scale: number): number {
  const log = Math.log2(value);
  const whole = Math.round(log);
  // A bound is in the bucket below it, and a logarithm may be off by its last digit.
  const exact = 2 ** whole === value ? whole : log;
  return Math.ceil(exact * 2 ** scale) - 1;
}

function above({ offset, counts }: ExponentialBuckets, last: number): ExponentialBuckets {
  const left = Math.min(counts.length, Math.max(0, last + 1 - offset));
  return { offset: offset + left, counts: counts.slice(left) };
}

function totalOf({ counts }: ExponentialBuckets): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
