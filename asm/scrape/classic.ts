/**
 * Classic histograms as native ones with bounds of their own: the series of one are collected
 * while they follow each other, and become one when another series comes (Prometheus's
 * model/textparse, nhcbparse.go, and util/convertnhcb).
 */
import { SCHEMA_CUSTOM } from "../batch/histogram";
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { addBucket, beginMessage, bounds, positiveBuckets, setTotals } from "./histogram_message";

/** A bucket as it is told: how many observations there are up to a bound. */
@unmanaged
class Cumulative {
  bound: f64;
  count: f64;
}

const CUMULATIVE_BYTES: usize = offsetof<Cumulative>();

const buckets: Buffer = createBuffer();
let count: f64 = 0;
let sum: u64 = 0;
let hasCount: bool = false;
/** What was told contradicts itself. */
let isBroken: bool = false;

/** Bytes that buckets out of order have moved in the page at hand. */
let moved: usize = 0;
/** A page whose buckets are more out of order than this has its histograms left alone. */
const MOVED_MAX: usize = 256 * 1024 * 1024;

export function beginClassicPage(): void {
  moved = 0;
}

/** The largest number of empty buckets that stay between others, in integer histograms. */
export const EMPTY_MAX: i32 = 2;

export function beginClassic(): void {
  buckets.length = 0;
  count = 0;
  sum = 0;
  hasCount = false;
  isBroken = false;
}

// @ts-ignore: decorator
@inline
function nth(number: usize): Cumulative {
  return changetype<Cumulative>(buckets.at + number * CUMULATIVE_BYTES);
}

export function tellBucket(bound: f64, value: f64): void {
  if (isBroken) return;
  if (bound != bound || value < 0) {
    isBroken = true;
    return;
  }
  const length = buckets.length / CUMULATIVE_BYTES;
  let place = length;
  // Nearly always the bound is larger than all before it.
  if (length > 0 && !(nth(length - 1).bound < bound)) {
    place = placeOf(bound, length);
    if (nth(place).bound == bound) return;
    if (value > nth(place).count) isBroken = true;
  }
  if (place > 0 && value < nth(place - 1).count) isBroken = true;
  const behind = (length - place) * CUMULATIVE_BYTES;
  moved += behind;
  if (moved > MOVED_MAX) isBroken = true;
  if (isBroken) return;
  reserveMore(buckets, CUMULATIVE_BYTES);
  memory.copy(changetype<usize>(nth(place + 1)), changetype<usize>(nth(place)), behind);
  nth(place).bound = bound;
  nth(place).count = value;
  buckets.length += CUMULATIVE_BYTES;
}

/** The first bucket whose bound is not smaller. */
function placeOf(bound: f64, length: usize): usize {
  let low: usize = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (nth(middle).bound >= bound) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function tellCount(value: f64): void {
  if (isBroken) return;
  if (value < 0) isBroken = true;
  count = value;
  hasCount = true;
}

export function tellSum(bits: u64): void {
  if (!isBroken) sum = bits;
}

/** Makes the message of what was told. Returns whether that is a histogram. */
export function convert(isGauge: bool): bool {
  if (isBroken) return false;
  let length = buckets.length / CUMULATIVE_BYTES;
  if (!hasCount) {
    if (length == 0) return false;
    count = nth(length - 1).count;
  }
  if (length == 0 || nth(length - 1).bound != Infinity) {
    // Fewer observations in all than up to some bound.
    if (length > 0 && count < nth(length - 1).count) return false;
    reserveMore(buckets, CUMULATIVE_BYTES);
    nth(length).bound = Infinity;
    nth(length).count = count;
    buckets.length += CUMULATIVE_BYTES;
    length++;
  }
  if (count != nth(length - 1).count) return false;
  let isWhole = true;
  for (let i: usize = 0; i < length; i++) {
    if (!isInteger(nth(i).count)) isWhole = false;
  }
  beginMessage(!isWhole, SCHEMA_CUSTOM, isGauge);
  setTotals(isWhole ? <u64> <i64> count : reinterpret<u64>(count), sum);
  let before: f64 = 0;
  for (let i: usize = 0; i < length; i++) {
    const bucket = nth(i);
    const own = isWhole
      ? <u64> (<i64> bucket.count - <i64> before)
      : reinterpret<u64>(bucket.count - before);
    addBucket(positiveBuckets, <i32> i, own);
    before = bucket.count;
    if (i + 1 < length) {
      store<f64>(reserveMore(bounds, 8), bucket.bound);
      bounds.length += 8;
    }
  }
  return true;
}

function isInteger(value: f64): bool {
  return abs(value) < 9223372036854775808.0 && value == nearest(value);
}
