/**
 * Takes native histograms in. Any well-formed `Histogram` message of remote write goes
 * into `blobs`, in the one form that rows.ts describes, if it keeps the rules that
 * Prometheus has (model/histogram, Validate).
 */
import {
  RULE_HISTOGRAM_BUCKETS,
  RULE_HISTOGRAM_COUNT,
  RULE_HISTOGRAM_CUSTOM,
  RULE_HISTOGRAM_SCHEMA,
  RULE_HISTOGRAM_SPANS,
  RULE_NONE,
} from "../abi/layout";
import { needs, readLength, readTag, readVarint, skipField, varint, wants } from "../codec/protobuf";
import { WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from "../codec/protobuf";
import {
  clearSide,
  customValues,
  HistogramSide,
  negative,
  positive,
  Span,
  SPAN_BYTES,
} from "./histogram_parts";
import { readNumbers, readSpan } from "./histogram_parts";
import { KIND_CUSTOM_HISTOGRAM, KIND_HISTOGRAM } from "./rows";


export const SCHEMA_CUSTOM: i32 = -53;
const SCHEMA_MIN: i32 = -4;
const SCHEMA_MAX: i32 = 8;

// The scalars of the current histogram. Doubles are kept as their bits.
export let isFloat: bool = false;
export let count: u64 = 0;
export let sum: u64 = 0;
export let schema: i32 = 0;
export let zeroThreshold: u64 = 0;
export let zeroCount: u64 = 0;
export let resetHint: u64 = 0;
export let timestampMs: i64 = 0;
export let startMs: i64 = 0;

let hasCount: bool = false;
let hasZeroCount: bool = false;
let isZeroFloat: bool = false;

/** KIND_HISTOGRAM or KIND_CUSTOM_HISTOGRAM. */
export function histogramKind(): u32 {
  return schema == SCHEMA_CUSTOM ? KIND_CUSTOM_HISTOGRAM : KIND_HISTOGRAM;
}

/** Forgets the histogram before. Then the scalars can be set and the sides filled. */
export function beginHistogram(float: bool): void {
  isFloat = float;
  count = 0;
  sum = 0;
  schema = 0;
  zeroThreshold = 0;
  zeroCount = 0;
  resetHint = 0;
  timestampMs = 0;
  startMs = 0;
  hasCount = false;
  hasZeroCount = false;
  isZeroFloat = float;
  clearSide(negative);
  clearSide(positive);
  customValues.length = 0;
}

/** Sets the scalars of a histogram that does not come as protobuf. */
export function setScalars(
  countBits: u64,
  sumBits: u64,
  schemaNumber: i32,
  thresholdBits: u64,
  zeroCountBits: u64,
  hint: u64,
  isZeroCountFloat: bool,
): void {
  count = countBits;
  sum = sumBits;
  schema = schemaNumber;
  zeroThreshold = thresholdBits;
  zeroCount = zeroCountBits;
  resetHint = hint;
  isZeroFloat = isZeroCountFloat;
}

/** Reads a message. Returns false after a fault. Whether it breaks a rule is for checkHistogram to say. */
export function readHistogram(at: usize, end: usize): bool {
  beginHistogram(false);
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    at = readField(tagAt, at, end, varint >> 3, <u32> varint & 7);
    if (at == 0) return false;
  }
  if (!hasZeroCount) isZeroFloat = isFloat;
  return true;
}

/** Reads one field, numbered as in prompb/types.proto. If a scalar comes twice, the last one counts. */
function readField(tagAt: usize, at: usize, end: usize, field: u64, wire: u32): usize {
  if (field == 0 || field > 17) return skipField(at, end, wire);
  const number = <u32> field;
  switch (number) {
    case 1: // count_int
    case 4: // schema
    case 6: // zero_count_int
    case 14: // reset_hint
    case 15: // timestamp
    case 17: // start_timestamp
      if (!wants(wire, WIRE_VARINT, tagAt)) return 0;
      at = readVarint(at, end);
      if (at != 0) setNumber(number, varint);
      return at;
    case 2: // count_float
    case 3: // sum
    case 5: // zero_threshold
    case 7: // zero_count_float
      if (!wants(wire, WIRE_FIXED64, tagAt) || !needs(8, at, end)) return 0;
      setNumber(number, load<u64>(at));
      return at + 8;
    case 8: // negative_spans
    case 11: // positive_spans
      if (!wants(wire, WIRE_BYTES, tagAt)) return 0;
      at = readLength(at, end);
      if (at == 0) return 0;
      return readSpan(number == 8 ? negative : positive, at, at + <usize> varint);
    case 9: // negative_deltas
      return readNumbers(negative.deltas, false, tagAt, at, end, wire);
    case 12: // positive_deltas
      return readNumbers(positive.deltas, false, tagAt, at, end, wire);
    case 10: // negative_counts
      return readNumbers(negative.counts, true, tagAt, at, end, wire);
    case 13: // positive_counts
      return readNumbers(positive.counts, true, tagAt, at, end, wire);
    default: // custom_values
      return readNumbers(customValues, true, tagAt, at, end, wire);
  }
}

function setNumber(field: u32, value: u64): void {
  switch (field) {
    case 1:
    case 2:
      hasCount = true;
      isFloat = field == 2;
      count = value;
      break;
    case 3:
      sum = value;
      break;
    case 4:
      // sint32: only the low 32 bits count, as in every protobuf parser.
      schema = <i32> ((<u32> value >> 1) ^ -(<u32> value & 1));
      break;
    case 5:
      zeroThreshold = value;
      break;
    case 6:
    case 7:
      hasZeroCount = true;
      isZeroFloat = field == 7;
      zeroCount = value;
      break;
    case 14:
      resetHint = value;
      break;
    case 15:
      timestampMs = <i64> value;
      break;
    default:
      startMs = <i64> value;
  }
}

/** The rule that the current histogram breaks, or RULE_NONE. */
export function checkHistogram(): i32 {
  const isCustom = schema == SCHEMA_CUSTOM;
  if (!isCustom && (schema < SCHEMA_MIN || schema > SCHEMA_MAX)) return RULE_HISTOGRAM_SCHEMA;
  if (resetHint > 3) return RULE_HISTOGRAM_COUNT;
  if (isZeroFloat != isFloat) return RULE_HISTOGRAM_COUNT;
  const deltas = negative.deltas.length + positive.deltas.length;
  const counts = negative.counts.length + positive.counts.length;
  if ((isFloat ? deltas : counts) != 0) return RULE_HISTOGRAM_BUCKETS;
  let rule = checkSide(negative);
  if (rule == RULE_NONE) rule = checkSide(positive);
  if (rule == RULE_NONE) rule = isCustom ? checkCustom() : checkExponential();
  return rule == RULE_NONE ? checkCount() : rule;
}

/** Spans must name as many buckets as there are, and step forward within the indexes of 32 bits. */
function checkSide(side: HistogramSide): i32 {
  let wanted: u64 = 0;
  let indexEnd: i64 = 0;
  const first = side.spans.at;
  const end = first + side.spans.length;
  for (let spanAt = first; spanAt < end; spanAt += SPAN_BYTES) {
    const span = changetype<Span>(spanAt);
    const offset = span.offset;
    if (spanAt > first ? offset < 0 : offset == i32.MIN_VALUE) return RULE_HISTOGRAM_SPANS;
    const length = span.length;
    wanted += <u64> length;
    indexEnd += <i64> offset + <i64> length;
    if (indexEnd - 1 > <i64> i32.MAX_VALUE) return RULE_HISTOGRAM_SPANS;
  }
  const buckets = (isFloat ? side.counts.length : side.deltas.length) >> 3;
  return wanted == <u64> buckets ? RULE_NONE : RULE_HISTOGRAM_SPANS;
}

function checkExponential(): i32 {
  return customValues.length == 0 ? RULE_NONE : RULE_HISTOGRAM_CUSTOM;
}

/** Bounds ascend and are finite; there is one bucket more than bounds, and no zero or negative one. */
function checkCustom(): i32 {
  if (zeroCount != 0 && !(isFloat && reinterpret<f64>(zeroCount) == 0)) return RULE_HISTOGRAM_CUSTOM;
  if (reinterpret<f64>(zeroThreshold) != 0 || negative.spans.length != 0) return RULE_HISTOGRAM_CUSTOM;
  const boundsEnd = customValues.at + customValues.length;
  let before = -Infinity;
  for (let at = customValues.at; at < boundsEnd; at += 8) {
    const bound = load<f64>(at);
    if (!(bound > before) || bound == Infinity) return RULE_HISTOGRAM_CUSTOM;
    before = bound;
  }
  let reach: i64 = 0;
  const spans = positive.spans;
  for (let spanAt = spans.at; spanAt < spans.at + spans.length; spanAt += SPAN_BYTES) {
    const span = changetype<Span>(spanAt);
    if (span.offset < 0) return RULE_HISTOGRAM_SPANS;
    reach += <i64> span.offset + <i64> span.length;
  }
  return reach > <i64> (customValues.length >> 3) + 1 ? RULE_HISTOGRAM_CUSTOM : RULE_NONE;
}

/** No bucket is negative, and those of an integer histogram add up to its count. */
function checkCount(): i32 {
  if (isFloat) {
    if (reinterpret<f64>(count) < 0 || reinterpret<f64>(zeroCount) < 0) return RULE_HISTOGRAM_COUNT;
    return hasNegative(negative) || hasNegative(positive) ? RULE_HISTOGRAM_BUCKETS : RULE_NONE;
  }
  let all = zeroCount;
  for (let i = 0; i < 2; i++) {
    const deltas = (i == 0 ? negative : positive).deltas;
    let bucket: i64 = 0;
    for (let at = deltas.at; at < deltas.at + deltas.length; at += 8) {
      bucket += load<i64>(at);
      if (bucket < 0) return RULE_HISTOGRAM_BUCKETS;
      all += <u64> bucket;
    }
  }
  const value = reinterpret<f64>(sum);
  // Observations of NaN are counted and are in no bucket.
  const adds = value != value ? all <= count : all == count;
  return adds ? RULE_NONE : RULE_HISTOGRAM_COUNT;
}

function hasNegative(side: HistogramSide): bool {
  const counts = side.counts;
  for (let at = counts.at; at < counts.at + counts.length; at += 8) {
    if (load<f64>(at) < 0) return true;
  }
  return false;
}
