/**
 * The native part of a Histogram of a page in protobuf:
 *
 *     { schema = 5, zero_threshold = 6, zero_count = 7, zero_count_float = 8,
 *       negative_span = 9, negative_delta = 10, negative_count = 11,
 *       positive_span = 12, positive_delta = 13, positive_count = 14 }
 *
 * The rules are those of Prometheus (model/histogram, Validate): a histogram that breaks one
 * makes the page fail.
 */
import { FAULT_PAGE_HISTOGRAM } from "../abi/layout";
import { refuse } from "../abi/result";
import { clearSide, HistogramSide, negative, positive, readNumbers, readSpan, Span, SPAN_BYTES } from "../batch/histogram_parts";
import { Buffer } from "../bytes/memory";
import { needs, readLength, readVarint, skipField, varint, wants, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from "../codec/protobuf";
import {
  addBucket,
  beginMessage,
  isFloat,
  isKnownSchema,
  negativeBuckets,
  positiveBuckets,
  reduce,
  setTotals,
  setZero,
} from "./histogram_message";

let schema: i32 = 0;
let zeroThreshold: f64 = 0;
let zeroCount: u64 = 0;
let zeroCountFloat: f64 = 0;

export function clearNative(): void {
  schema = 0;
  zeroThreshold = 0;
  zeroCount = 0;
  zeroCountFloat = 0;
  clearSide(negative);
  clearSide(positive);
}

/** Reads one of the fields above. Returns its end, or 0 after a fault. */
export function readNativeField(field: u32, tagAt: usize, at: usize, end: usize, wire: u32): usize {
  switch (field) {
    case 5:
    case 7:
      if (!wants(wire, WIRE_VARINT, tagAt)) return 0;
      at = readVarint(at, end);
      if (field == 7) zeroCount = varint;
      else schema = <i32> ((<u32> varint >> 1) ^ -(<u32> varint & 1));
      return at;
    case 6:
    case 8:
      if (!wants(wire, WIRE_FIXED64, tagAt) || !needs(8, at, end)) return 0;
      if (field == 6) zeroThreshold = load<f64>(at);
      else zeroCountFloat = load<f64>(at);
      return at + 8;
    case 9:
    case 12:
      if (!wants(wire, WIRE_BYTES, tagAt)) return 0;
      at = readLength(at, end);
      return at == 0 ? 0 : readSpan(field == 9 ? negative : positive, at, at + <usize> varint);
    case 10:
      return readNumbers(negative.deltas, false, tagAt, at, end, wire);
    case 11:
      return readNumbers(negative.counts, true, tagAt, at, end, wire);
    case 13:
      return readNumbers(positive.deltas, false, tagAt, at, end, wire);
    case 14:
      return readNumbers(positive.counts, true, tagAt, at, end, wire);
    default:
      return skipField(at, end, wire);
  }
}

/** Whether the histogram that was read is a native one. */
export function isNative(): bool {
  return positive.spans.length > 0 || negative.spans.length > 0 || zeroThreshold > 0 || zeroCount > 0;
}

/** Makes it the histogram at hand, with as many buckets as may be. Returns false after a fault. */
export function takeNative(at: usize, count: u64, countFloat: f64, sum: u64, isGauge: bool): bool {
  const float = countFloat > 0 || zeroCountFloat > 0 || positive.counts.length > 0 ||
    negative.counts.length > 0;
  beginMessage(float, schema, isGauge);
  setTotals(float ? reinterpret<u64>(countFloat) : count, sum);
  setZero(reinterpret<u64>(zeroThreshold), float ? reinterpret<u64>(zeroCountFloat) : zeroCount);
  added = 0;
  if (!takeSide(negative, negativeBuckets) || !takeSide(positive, positiveBuckets)) {
    return refuse(FAULT_PAGE_HISTOGRAM, at, 0, 0);
  }
  const value = reinterpret<f64>(sum);
  const all = added + zeroCount;
  const isRight = isFloat
    ? !(countFloat < 0 || zeroCountFloat < 0)
    : value != value
    ? all <= count
    : all == count;
  if (!isRight) return refuse(FAULT_PAGE_HISTOGRAM, at, 0, 0);
  return reduce(at, 0) && (isKnownSchema() || refuse(FAULT_PAGE_HISTOGRAM, at, 0, 0));
}

/** Observations in the buckets of an integer histogram. */
let added: u64 = 0;

/** Takes the buckets of a side. Returns whether its spans fit them and no bucket is negative. */
function takeSide(side: HistogramSide, to: Buffer): bool {
  const list = isFloat ? side.counts : side.deltas;
  let bucketAt = list.at;
  const bucketsEnd = list.at + list.length;
  let index: i64 = 0;
  let count: i64 = 0;
  const first = side.spans.at;
  const end = first + side.spans.length;
  for (let spanAt = first; spanAt < end; spanAt += SPAN_BYTES) {
    const span = changetype<Span>(spanAt);
    const offset = span.offset;
    if (spanAt > first ? offset < 0 : offset == i32.MIN_VALUE) return false;
    index += <i64> offset;
    const length = <i64> span.length;
    if (index + length - 1 > <i64> i32.MAX_VALUE || <i64> ((bucketsEnd - bucketAt) >> 3) < length) return false;
    for (let i: i64 = 0; i < length; i++) {
      const bits = load<u64>(bucketAt);
      bucketAt += 8;
      if (isFloat) {
        if (reinterpret<f64>(bits) < 0) return false;
        addBucket(to, <i32> (index + i), bits);
      } else {
        count += <i64> bits;
        if (count < 0) return false;
        added += <u64> count;
        addBucket(to, <i32> (index + i), <u64> count);
      }
    }
    index += length;
  }
  return bucketAt == bucketsEnd;
}
