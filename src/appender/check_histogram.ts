import type { BucketSpan, FloatHistogram, Histogram, IntegerHistogram } from "../types.ts";

const SCHEMA_CUSTOM = -53;
const SCHEMA_MIN = -4;
const SCHEMA_MAX = 8;
const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/**
 * Refuses a histogram that Prometheus would refuse (model/histogram, Validate),
 * where the caller can see it.
 *
 * @throws {RangeError} that says what was got and what was expected.
 */
export function checkHistogram(histogram: Histogram): void {
  const { type, schema, customValues = [] } = histogram;
  if (type !== "integer" && type !== "float") throw bad(`type ${type}`, '"integer" or "float"');
  const isCustom = schema === SCHEMA_CUSTOM;
  const isKnown = Number.isInteger(schema) && schema >= SCHEMA_MIN && schema <= SCHEMA_MAX;
  if (!isCustom && !isKnown) {
    throw bad(`schema ${schema}`, `${SCHEMA_MIN} to ${SCHEMA_MAX}, or ${SCHEMA_CUSTOM}`);
  }
  if (typeof histogram.sum !== "number") throw bad(`sum ${histogram.sum}`, "a number");
  checkZeroThreshold(histogram.zeroThreshold);
  checkForm(histogram, "positive");
  checkForm(histogram, "negative");
  checkSpans("positive", histogram.positive?.spans ?? [], bucketsOf(histogram, "positive").length);
  checkSpans("negative", histogram.negative?.spans ?? [], bucketsOf(histogram, "negative").length);
  if (isCustom) checkCustom(histogram, customValues);
  else if (customValues.length > 0) throw bad(`customValues with schema ${schema}`, "none");
  if (type === "integer") checkInteger(histogram);
  else checkFloat(histogram);
}

/** The deltas or counts of one side, by the histogram's type. */
export function bucketsOf(histogram: Histogram, side: "positive" | "negative"): readonly number[] {
  const { [side]: buckets }: Loose = histogram;
  return buckets?.[BUCKETS[histogram.type]] ?? [];
}

/** A side as a caller without types may write it. */
type LooseSide = { readonly [Form in "deltas" | "counts"]?: readonly number[] | undefined };
type Loose = { readonly [Side in "positive" | "negative"]?: LooseSide };

const BUCKETS = { integer: "deltas", float: "counts" } as const;

/** Deltas are no counts: taken for each other, they would be another histogram that looks as sound. */
function checkForm(histogram: Histogram, side: "positive" | "negative"): void {
  const { type, [side]: buckets }: Loose & { readonly type: Histogram["type"] } = histogram;
  const wanted = BUCKETS[type];
  const other = wanted === "deltas" ? "counts" : "deltas";
  if (buckets?.[other] !== undefined) throw bad(`${side} ${other} with type ${type}`, wanted);
}

/** Prometheus takes any threshold, so requests with any are carried; here it is a mistake of the program. */
function checkZeroThreshold(threshold: number = 0): void {
  if (typeof threshold === "number" && threshold >= 0) return;
  const got = typeof threshold === "number" ? threshold : JSON.stringify(threshold);
  throw bad(`zeroThreshold ${got}`, "a number that is not below 0");
}

function checkSpans(side: string, spans: readonly BucketSpan[], buckets: number): void {
  let wanted = 0;
  let indexEnd = 0;
  spans.forEach(({ offset, length }, index) => {
    const isSound = isInt32(offset) && (index === 0 || offset >= 0) &&
      Number.isInteger(length) && length >= 0 && length < 2 ** 32;
    if (!isSound) {
      throw bad(
        `${side} span ${index} with offset ${offset} and length ${length}`,
        "whole numbers, and none below 0 but the first offset",
      );
    }
    wanted += length;
    indexEnd += offset + length;
    // As in Prometheus, whose first bucket is never the lowest index of all.
    if (indexEnd - 1 > INT32_MAX || (index === 0 && offset === INT32_MIN)) {
      throw bad(
        `${side} span ${index} with offset ${offset}, which ends at bucket ${indexEnd - 1}`,
        `${INT32_MIN + 1} to ${INT32_MAX}`,
      );
    }
  });
  if (wanted !== buckets) throw bad(`${buckets} ${side} buckets`, `the ${wanted} of its spans`);
}

function isInt32(value: number): boolean {
  return (value | 0) === value;
}

function checkCustom(histogram: Histogram, bounds: readonly number[]): void {
  bounds.forEach((bound, index) => {
    const before = bounds[index - 1] ?? -Infinity;
    if (bound > before && bound < Infinity) return;
    throw bad(`custom bound ${bound} after ${before}`, "finite bounds that ascend");
  });
  const { zeroCount = 0, zeroThreshold = 0, negative, positive } = histogram;
  if (zeroCount !== 0 || zeroThreshold !== 0 || (negative?.spans.length ?? 0) > 0) {
    throw bad("custom buckets with a zero or negative bucket", "positive buckets alone");
  }
  let reach = 0;
  for (const { offset, length } of positive?.spans ?? []) {
    if (offset < 0) throw bad(`a custom bucket at ${offset}`, "none below 0");
    reach += offset + length;
  }
  if (reach > bounds.length + 1) {
    throw bad(`custom buckets up to ${reach}`, `at most ${bounds.length + 1}`);
  }
}

function checkInteger(histogram: IntegerHistogram): void {
  const { count, zeroCount = 0, sum } = histogram;
  if (!isCount(count) || !isCount(zeroCount)) {
    throw bad(`count ${count} and zeroCount ${zeroCount}`, "whole numbers that are not below 0");
  }
  let all = zeroCount;
  for (const side of ["positive", "negative"] as const) {
    let bucket = 0;
    for (const delta of bucketsOf(histogram, side)) {
      bucket += delta;
      if (!Number.isSafeInteger(delta) || bucket < 0) {
        throw bad(`a ${side} bucket of ${bucket}`, "whole numbers that are not below 0");
      }
      all += bucket;
    }
  }
  if (Number.isNaN(sum) ? all > count : all !== count) {
    throw bad(`buckets that add up to ${all}`, `the count, ${count}`);
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function checkFloat(histogram: FloatHistogram): void {
  const { count, zeroCount = 0 } = histogram;
  const buckets = [...bucketsOf(histogram, "positive"), ...bucketsOf(histogram, "negative")];
  for (const value of [count, zeroCount, ...buckets]) {
    if (typeof value !== "number" || value < 0) {
      throw bad(`a count of ${value}`, "numbers that are not below 0");
    }
  }
}

function bad(got: string, expected: string): RangeError {
  return new RangeError(`Cannot append histogram: got ${got}, expected ${expected}`);
}
