/** What the points of a stream of delta temporality have come to. */
import {
  type ExponentialPoint,
  type HistogramPoint,
  NO_BUCKETS,
  type NumberPoint,
} from "../model.ts";
import { addExponential, within160 } from "./exponential.ts";

/** Points that can be added up. */
export type DeltaPoint = NumberPoint | HistogramPoint | ExponentialPoint;

/** The sum of a stream. */
export interface DeltaSum<P extends DeltaPoint = DeltaPoint> {
  /** Cumulative, with neither attributes nor exemplars. */
  readonly point: P;
  /** What a number of the sum has no digits for: small deltas of a large counter add up too. */
  readonly rest: number;
  /** The beginning of the point that came last, which ended where the sum does. */
  readonly lastStartNs: number;
  /** Bytes in memory, roughly. */
  readonly cost: number;
}

const SUM_BYTES = 400;
const ELEMENT_BYTES = 8;

/** The sum of a stream whose first point this is. */
export function firstSum<P extends DeltaPoint>(point: P): DeltaSum<P> {
  const bare = { ...point, attributes: [], exemplars: [] };
  const kept = "scale" in bare ? { ...bare, ...within160(bare) } : bare;
  return sumOf(kept as P, 0, point.startNs);
}

/**
 * The sum with one point more. Histograms whose bounds have changed cannot be added up: the
 * sum begins anew with that point.
 *
 * @throws {RangeError} for what cannot be added.
 */
export function plus<P extends DeltaPoint>(sum: DeltaSum<P>, point: P): DeltaSum<P> {
  const before: DeltaPoint = sum.point;
  const more: DeltaPoint = point;
  const { timeMs, timeNs } = point;
  if ("scale" in more && "scale" in before) {
    const { rest, ...counted } = countedOf(sum, before, more);
    const kept = { ...before, ...counted, ...addExponential(before, more), timeMs, timeNs };
    return sumOf(kept as unknown as P, rest, point.startNs);
  }
  if ("bounds" in more && "bounds" in before) {
    if (!isSame(before.bounds, more.bounds)) return firstSum(point);
    const { rest, ...counted } = countedOf(sum, before, more);
    // What has more buckets than bounds is no histogram, and is added as far as it goes.
    const bucketCounts = before.bucketCounts.map((one, place) =>
      one + (more.bucketCounts[place] ?? 0)
    );
    return sumOf(
      { ...before, ...counted, bucketCounts, timeMs, timeNs } as unknown as P,
      rest,
      point.startNs,
    );
  }
  const total = exactly((before as NumberPoint).value, sum.rest, (more as NumberPoint).value);
  const kept = { ...before, value: total.value, timeMs, timeNs };
  return sumOf(kept as unknown as P, total.rest, point.startNs);
}

function countedOf(
  { rest }: Pick<DeltaSum, "rest">,
  before: HistogramPoint | ExponentialPoint,
  more: HistogramPoint | ExponentialPoint,
): { count: number; sum: number | undefined; rest: number } {
  const count = before.count + more.count;
  // Observations without a sum leave nothing that could be told.
  if (before.sum === undefined || more.sum === undefined) return { count, sum: undefined, rest: 0 };
  const total = exactly(before.sum, rest, more.sum);
  return { count, sum: total.value, rest: total.rest };
}

/** A sum in two numbers, so that nothing is lost in a long one (Knuth's TwoSum). */
function exactly(sum: number, rest: number, more: number): { value: number; rest: number } {
  const rough = sum + more;
  if (!Number.isFinite(rough)) return { value: rough, rest: 0 };
  const part = rough - sum;
  const lost = rest + ((sum - (rough - part)) + (more - part));
  const value = rough + lost;
  return { value, rest: lost - (value - rough) };
}

function sumOf<P extends DeltaPoint>(point: P, rest: number, lastStartNs: number): DeltaSum<P> {
  return { point, rest, lastStartNs, cost: SUM_BYTES + ELEMENT_BYTES * elementsOf(point) };
}

function elementsOf(point: DeltaPoint): number {
  if ("bounds" in point) return point.bounds.length + point.bucketCounts.length;
  const { positive = NO_BUCKETS, negative = NO_BUCKETS } = point as Partial<ExponentialPoint>;
  return positive.counts.length + negative.counts.length;
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, place) => Object.is(bound, b[place]));
}
