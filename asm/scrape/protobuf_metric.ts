/** Reads a Metric of a page in protobuf. */
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import {
  needs,
  readLength,
  readTag,
  readVarint,
  skipField,
  varint,
  wants,
  WIRE_BYTES,
  WIRE_FIXED64,
  WIRE_VARINT,
} from "../codec/protobuf";
import { clearNative, readNativeField } from "./protobuf_histogram";
import { addKeyLabel, openFamilyKey, openMetricKey } from "./protobuf_key";
import { readTime, timeMs } from "./protobuf_time";
import { TYPE_COUNTER, TYPE_GAUGE, TYPE_GAUGE_HISTOGRAM, TYPE_HISTOGRAM, TYPE_SUMMARY, TYPE_UNKNOWN } from "./types";

/** A bucket of a classic histogram, or a quantile of a summary. */
@unmanaged
export class Step {
  bound: f64;
  value: f64;
  /** A whole count, which counts where the other one is 0. */
  count: u64;
  exemplarAt: usize;
  exemplarBytes: usize;
}

const STEP_BYTES: usize = offsetof<Step>();

/** Where a message is. */
@unmanaged
export class Place {
  at: usize;
  bytes: usize;
}

export const PLACE_BYTES: usize = offsetof<Place>();

/** What was read of the metric: those of the fields that its type has. */
export let type: u32 = 0;
export let valueBits: u64 = 0;
export let count: u64 = 0;
export let countFloat: f64 = 0;
export let sumBits: u64 = 0;
export let timestampMs: i64 = 0;
export let startMs: i64 = 0;
const steps: Buffer = createBuffer();
/** Exemplars that are not a bucket's. */
export const exemplarPlaces: Buffer = createBuffer();

export function stepCount(): usize {
  return steps.length / STEP_BYTES;
}

// @ts-ignore: decorator
@inline
export function nthStep(number: usize): Step {
  return changetype<Step>(steps.at + number * STEP_BYTES);
}

/** What comes now is of this family. */
export function beginFamily(familyType: u32, nameAt: usize, nameBytes: usize): void {
  type = familyType;
  openFamilyKey(nameAt, nameBytes);
}

/** Reads a metric. Returns false after a fault. */
export function readMetric(at: usize, end: usize): bool {
  openMetricKey(at, end);
  steps.length = 0;
  exemplarPlaces.length = 0;
  valueBits = 0;
  count = 0;
  countFloat = 0;
  sumBits = 0;
  timestampMs = 0;
  startMs = 0;
  clearNative();
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = <u32> min<u64>(varint >> 3, 99);
    const wire = <u32> varint & 7;
    if (field == 6) {
      if (!wants(wire, WIRE_VARINT, tagAt)) return false;
      at = readVarint(at, end);
      if (at == 0) return false;
      timestampMs = <i64> varint;
    } else if (field >= 1 && field <= 7) {
      if (!wants(wire, WIRE_BYTES, tagAt)) return false;
      at = readLength(at, end);
      if (at == 0) return false;
      const bytes = <usize> varint;
      if (!readPart(field, at, at + bytes)) return false;
      at += bytes;
    } else {
      at = skipField(at, end, wire);
      if (at == 0) return false;
    }
  }
  return true;
}

/** Reads a label, or the message with the values, if it is that of the family's type. */
function readPart(field: u32, at: usize, end: usize): bool {
  if (field == 1) {
    addKeyLabel(at, end - at);
    return true;
  }
  const isWanted = field == 2
    ? type == TYPE_GAUGE
    : field == 3
    ? type == TYPE_COUNTER
    : field == 4
    ? type == TYPE_SUMMARY
    : field == 5
    ? type == TYPE_UNKNOWN
    : type == TYPE_HISTOGRAM || type == TYPE_GAUGE_HISTOGRAM;
  return readValues(isWanted ? field : 0, at, end);
}

/** Reads the fields of one of the messages with values; of one that is not wanted it is seen that it is well-formed. */
function readValues(message: u32, at: usize, end: usize): bool {
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = <u32> min<u64>(varint >> 3, 99);
    const wire = <u32> varint & 7;
    if (message == 2 || message == 5) at = readNumber(field == 1, tagAt, at, end, wire);
    else if (message == 3) at = readCounterField(field, tagAt, at, end, wire);
    else if (message == 4) at = readSummaryField(field, tagAt, at, end, wire);
    else if (message == 7) at = readHistogramField(field, tagAt, at, end, wire);
    else at = skipField(at, end, wire);
    if (at == 0) return false;
  }
  return true;
}

function readNumber(isValue: bool, tagAt: usize, at: usize, end: usize, wire: u32): usize {
  if (!isValue) return skipField(at, end, wire);
  if (!wants(wire, WIRE_FIXED64, tagAt) || !needs(8, at, end)) return 0;
  valueBits = load<u64>(at);
  return at + 8;
}

function readCounterField(field: u32, tagAt: usize, at: usize, end: usize, wire: u32): usize {
  if (field != 2 && field != 3) return readNumber(field == 1, tagAt, at, end, wire);
  at = readMessage(tagAt, at, end, wire);
  if (at == 0) return 0;
  if (field == 3) return readStart(at, at + <usize> varint);
  return addExemplarPlace(at, <usize> varint);
}

function addExemplarPlace(at: usize, bytes: usize): usize {
  const place = changetype<Place>(reserveMore(exemplarPlaces, PLACE_BYTES));
  place.at = at;
  place.bytes = bytes;
  exemplarPlaces.length += PLACE_BYTES;
  return at + bytes;
}

/** Returns where a message begins, whose length is in `varint`. */
function readMessage(tagAt: usize, at: usize, end: usize, wire: u32): usize {
  return wants(wire, WIRE_BYTES, tagAt) ? readLength(at, end) : 0;
}

function readStart(at: usize, end: usize): usize {
  const next = readTime(at, end);
  startMs = timeMs();
  return next;
}

function readSummaryField(field: u32, tagAt: usize, at: usize, end: usize, wire: u32): usize {
  if (field == 1) return readCount(tagAt, at, end, wire);
  if (field == 2) return readSum(tagAt, at, end, wire);
  if (field != 3 && field != 4) return skipField(at, end, wire);
  at = readMessage(tagAt, at, end, wire);
  if (at == 0) return 0;
  const messageEnd = at + <usize> varint;
  return field == 4 ? readStart(at, messageEnd) : readStep(at, messageEnd, false);
}

function readCount(tagAt: usize, at: usize, end: usize, wire: u32): usize {
  if (!wants(wire, WIRE_VARINT, tagAt)) return 0;
  at = readVarint(at, end);
  count = varint;
  return at;
}

function readSum(tagAt: usize, at: usize, end: usize, wire: u32): usize {
  if (!wants(wire, WIRE_FIXED64, tagAt) || !needs(8, at, end)) return 0;
  sumBits = load<u64>(at);
  return at + 8;
}

/**
 * Reads `Quantile { quantile = 1, value = 2 }` or `Bucket { cumulative_count = 1, upper_bound
 * = 2, exemplar = 3, cumulative_count_float = 4 }`. Returns its end, or 0 after a fault.
 */
function readStep(at: usize, end: usize, isBucket: bool): usize {
  const step = changetype<Step>(reserveMore(steps, STEP_BYTES));
  memory.fill(changetype<usize>(step), 0, STEP_BYTES);
  steps.length += STEP_BYTES;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return 0;
    const field = <u32> min<u64>(varint >> 3, 99);
    const wire = <u32> varint & 7;
    if (isBucket && field == 1) {
      if (!wants(wire, WIRE_VARINT, tagAt)) return 0;
      at = readVarint(at, end);
      step.count = varint;
    } else if (isBucket && field == 3) {
      at = readMessage(tagAt, at, end, wire);
      if (at == 0) return 0;
      step.exemplarAt = at;
      step.exemplarBytes = <usize> varint;
      at += step.exemplarBytes;
    } else if (field == 1 || field == 2 || (isBucket && field == 4)) {
      if (!wants(wire, WIRE_FIXED64, tagAt) || !needs(8, at, end)) return 0;
      const number = load<f64>(at);
      // The bound of a bucket and the quantile have each other's numbers.
      if (isBucket ? field == 2 : field == 1) step.bound = number;
      else step.value = number;
      at += 8;
    } else {
      at = skipField(at, end, wire);
    }
    if (at == 0) return 0;
  }
  return end;
}

/** Reads a field of a Histogram: those of classic ones here, the others in protobuf_histogram.ts. */
function readHistogramField(field: u32, tagAt: usize, at: usize, end: usize, wire: u32): usize {
  if (field == 1) return readCount(tagAt, at, end, wire);
  if (field == 2) return readSum(tagAt, at, end, wire);
  if (field == 4) {
    if (!wants(wire, WIRE_FIXED64, tagAt) || !needs(8, at, end)) return 0;
    countFloat = load<f64>(at);
    return at + 8;
  }
  if (field != 3 && field != 15 && field != 16) return readNativeField(field, tagAt, at, end, wire);
  at = readMessage(tagAt, at, end, wire);
  if (at == 0) return 0;
  const messageEnd = at + <usize> varint;
  if (field == 3) return readStep(at, messageEnd, true);
  return field == 15 ? readStart(at, messageEnd) : addExemplarPlace(at, <usize> varint);
}
