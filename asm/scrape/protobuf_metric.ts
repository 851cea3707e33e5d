/** Reads a Metric of a page in protobuf, and makes rows of it. */
import { FAULT_PAGE_HISTOGRAM, FAULT_PAGE_LABEL_NAME, FAULT_UTF8 } from "../abi/layout";
import { fail } from "../abi/result";
import { LABEL_BYTES, setLabel } from "../batch/label";
import { Buffer, copyLoose, createBuffer, reserve, reserveMore } from "../bytes/memory";
import { isUtf8 } from "../bytes/utf8";
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
import { areAlike } from "./bytes_alike";
import { addExemplar, setExemplarLabels, sortExemplars } from "./exemplars";
import { beginClassic, convert, EMPTY_MAX, tellBucket, tellCount, tellSum } from "./classic";
import { isFloat, reduce, writeMessage } from "./histogram_message";
import {
  addRow,
  expected,
  follow,
  keepsClassic,
  makesCustom,
  messages,
  readsCreated,
  Row,
  ROW_HISTOGRAM,
  ROW_SAMPLE,
  seriesWith,
  takesNative,
  target,
} from "./page";
import { clearNative, isNative, readNativeField, takeNative } from "./protobuf_histogram";
import { RECORD_SERIES, SET_UNKNOWN } from "./records";
import { keyOf, lineOf } from "./target";
import { TYPE_COUNTER, TYPE_GAUGE, TYPE_GAUGE_HISTOGRAM, TYPE_HISTOGRAM, TYPE_SUMMARY, TYPE_UNKNOWN } from "./types";

/** A bucket of a classic histogram, or a quantile of a summary. */
@unmanaged
class Step {
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
class Place {
  at: usize;
  bytes: usize;
}

const PLACE_BYTES: usize = offsetof<Place>();

let type: u32 = 0;
let familyNameBytes: usize = 0;

const steps: Buffer = createBuffer();
/** Exemplars that are not a bucket's. */
const exemplarPlaces: Buffer = createBuffer();
const ownLabels: Buffer = createBuffer();
let valueBits: u64 = 0;
let count: u64 = 0;
let countFloat: f64 = 0;
let sumBits: u64 = 0;
let timestampMs: i64 = 0;
let startMs: i64 = 0;
let metricAt: usize = 0;
let metricEnd: usize = 0;

/**
 * The key of a series: a mark that no line of a text has, what is behind the family's name,
 * the length of that, the name, each label behind its length; and the bound of a bucket or
 * the quantile.
 */
const key: Buffer = createBuffer();
export const SERIES_MARK: u8 = 0x01;
export const SERIES_HEAD_BYTES: usize = 6;
let keyBytes: usize = 0;

/** What is behind the name of a family in the name of a series, as it stands in a key. */
export const SUFFIX_NONE: u32 = 0;
export const SUFFIX_COUNT: u32 = 1;
export const SUFFIX_SUM: u32 = 2;
export const SUFFIX_BUCKET: u32 = 3;
export const SUFFIX_QUANTILE: u32 = 4;

export function beginFamily(familyType: u32, nameAt: usize, nameBytes: usize): void {
  type = familyType;
  familyNameBytes = nameBytes;
  const at = reserve(key, SERIES_HEAD_BYTES + nameBytes);
  store<u8>(at, SERIES_MARK);
  store<u32>(at + 2, <u32> nameBytes);
  copyLoose(at + SERIES_HEAD_BYTES, nameAt, nameBytes);
}

/** Reads a metric. Returns false after a fault. */
export function beginMetric(at: usize, end: usize): bool {
  metricAt = at;
  metricEnd = end;
  key.length = SERIES_HEAD_BYTES + familyNameBytes;
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
    const bytes = end - at;
    const to = reserveMore(key, 4 + bytes);
    store<u32>(to, <u32> bytes);
    copyLoose(to + 4, at, bytes);
    key.length += 4 + bytes;
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

let seconds: i64 = 0;
let nanoseconds: i64 = 0;

/** Reads `Timestamp { seconds = 1, nanos = 2 }`. Returns its end, or 0 after a fault. */
function readTime(at: usize, end: usize): usize {
  seconds = 0;
  nanoseconds = 0;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return 0;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field != 1 && field != 2) {
      at = skipField(at, end, wire);
    } else {
      if (!wants(wire, WIRE_VARINT, tagAt)) return 0;
      at = readVarint(at, end);
      if (field == 1) seconds = <i64> varint;
      else nanoseconds = <i64> (<i32> varint);
    }
    if (at == 0) return 0;
  }
  return end;
}

function readStart(at: usize, end: usize): usize {
  const next = readTime(at, end);
  startMs = seconds * 1000 + nanoseconds / 1000000;
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

/** Makes rows of the metric that was read. `at` is where it is. Returns false after a fault. */
export function takeMetric(at: usize): bool {
  keyBytes = key.length;
  if (type == TYPE_SUMMARY) return takeSummary();
  if (type == TYPE_HISTOGRAM || type == TYPE_GAUGE_HISTOGRAM) return takeHistogram(at);
  const row = addSeries(SUFFIX_NONE, 0, ROW_SAMPLE, valueBits);
  if (row == null) return false;
  if (type != TYPE_COUNTER || exemplarPlaces.length == 0) return true;
  // Of several the last one counts, as of any field.
  const place = changetype<Place>(exemplarPlaces.at + exemplarPlaces.length - PLACE_BYTES);
  return takeExemplar(row, place.at, place.bytes, false);
}

/** Adds the row of a series. Returns null after a fault. */
function addSeries(suffix: u32, bound: f64, kind: u32, value: u64): Row | null {
  key.length = keyBytes;
  if (suffix >= SUFFIX_BUCKET) {
    store<f64>(reserveMore(key, 8), bound);
    key.length += 8;
  }
  store<u8>(key.at + 1, <u8> suffix);
  const offset = lineOfKey();
  if (offset == 0) return null;
  // A line that was in a page before has labels that were looked at.
  if (lineOf(target, offset).set == SET_UNKNOWN && !checkLabels()) return null;
  follow(offset);
  const row = addRow(offset, kind, value);
  row.hasTimestamp = timestampMs != 0 ? 1 : 0;
  row.timestampMs = timestampMs;
  if (readsCreated) row.startMs = startMs;
  return row;
}

function lineOfKey(): u32 {
  const offset = expected;
  if (offset != 0) {
    const line = lineOf(target, offset);
    const isSame = line.keyBytes == <u32> key.length && line.kind == RECORD_SERIES &&
      areAlike(keyOf(line), key.at, key.length);
    if (isSame) return offset;
  }
  return seriesWith(key.at, key.length);
}

/** Whether the labels of the metric are well-formed, and texts. Faults if not. */
function checkLabels(): bool {
  let at = metricAt;
  while (at < metricEnd) {
    at = readTag(at, metricEnd);
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field != 1) {
      at = skipField(at, metricEnd, wire);
      continue;
    }
    at = readLength(at, metricEnd);
    const end = at + <usize> varint;
    if (!readPair(at, end)) return false;
    if (pairNameBytes == 0) {
      fail(FAULT_PAGE_LABEL_NAME, at, 0, 0);
      return false;
    }
    at = end;
  }
  return true;
}

export let pairNameAt: usize = 0;
export let pairNameBytes: usize = 0;
export let pairValueAt: usize = 0;
export let pairValueBytes: usize = 0;

/** Reads `LabelPair { name = 1, value = 2 }`. Returns false after a fault. */
export function readPair(at: usize, end: usize): bool {
  pairNameAt = at;
  pairNameBytes = 0;
  pairValueAt = at;
  pairValueBytes = 0;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field != 1 && field != 2) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    at = readMessage(tagAt, at, end, wire);
    if (at == 0) return false;
    const bytes = <usize> varint;
    if (!isUtf8(at, bytes)) {
      fail(FAULT_UTF8, at, <f64> bytes, 0);
      return false;
    }
    if (field == 1) {
      pairNameAt = at;
      pairNameBytes = bytes;
    } else {
      pairValueAt = at;
      pairValueBytes = bytes;
    }
    at += bytes;
  }
  return true;
}

/** Reads an exemplar and gives it to a row; one without a time is left out where it needs one. Returns false after a fault. */
function takeExemplar(row: Row, at: usize, bytes: usize, needsTime: bool): bool {
  const end = at + bytes;
  let value: u64 = 0;
  let isTimed = false;
  let timeMs: i64 = 0;
  ownLabels.length = 0;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field == 2) {
      if (!wants(wire, WIRE_FIXED64, tagAt) || !needs(8, at, end)) return false;
      value = load<u64>(at);
      at += 8;
    } else if (field == 1 || field == 3) {
      at = readMessage(tagAt, at, end, wire);
      if (at == 0) return false;
      const partEnd = at + <usize> varint;
      if (field == 1) {
        if (!readPair(at, partEnd)) return false;
        setLabel(reserveMore(ownLabels, LABEL_BYTES), pairNameAt, pairNameBytes, pairValueAt, pairValueBytes);
        ownLabels.length += LABEL_BYTES;
      } else {
        if (readTime(at, partEnd) == 0) return false;
        isTimed = true;
        timeMs = seconds * 1000 + nanoseconds / 1000000;
      }
      at = partEnd;
    } else {
      at = skipField(at, end, wire);
      if (at == 0) return false;
    }
  }
  if (needsTime && !isTimed) return true;
  const exemplar = addExemplar(row, value, isTimed, timeMs);
  setExemplarLabels(exemplar, ownLabels.at, ownLabels.length / LABEL_BYTES);
  return true;
}

// @ts-ignore: decorator
@inline
function nthStep(number: usize): Step {
  return changetype<Step>(steps.at + number * STEP_BYTES);
}

function takeSummary(): bool {
  if (addSeries(SUFFIX_COUNT, 0, ROW_SAMPLE, reinterpret<u64>(<f64> count)) == null) return false;
  if (addSeries(SUFFIX_SUM, 0, ROW_SAMPLE, sumBits) == null) return false;
  const length = steps.length / STEP_BYTES;
  for (let i: usize = 0; i < length; i++) {
    const step = nthStep(i);
    if (addSeries(SUFFIX_QUANTILE, step.bound, ROW_SAMPLE, reinterpret<u64>(step.value)) == null) return false;
  }
  return true;
}

/** The count of all, or of a bucket: the float, unless it is 0. */
function floatOf(float: f64, whole: u64): f64 {
  return float == 0 ? <f64> whole : float;
}

function takeHistogram(at: usize): bool {
  if (takesNative && isNative()) {
    const isGauge = type == TYPE_GAUGE_HISTOGRAM;
    if (!takeNative(at, count, countFloat, sumBits, isGauge) || !addHistogram(0)) return false;
    return !keepsClassic || steps.length == 0 || takeClassic();
  }
  if ((keepsClassic || !makesCustom) && !takeClassic()) return false;
  return !makesCustom || takeCustom(at);
}

/** Adds the row of the histogram at hand, of which up to `emptyMax` empty buckets stay between others. */
function addHistogram(emptyMax: i32): bool {
  const message = writeMessage(emptyMax);
  const row = addSeries(SUFFIX_NONE, 0, ROW_HISTOGRAM, message);
  if (row == null) return false;
  row.messageBytes = <u32> messages.length - message;
  if (exemplarPlaces.length > 0) {
    for (let i: usize = 0; i < exemplarPlaces.length; i += PLACE_BYTES) {
      const place = changetype<Place>(exemplarPlaces.at + i);
      if (!takeExemplar(row, place.at, place.bytes, true)) return false;
    }
  } else {
    for (let i: usize = 0; i < steps.length / STEP_BYTES; i++) {
      const step = nthStep(i);
      if (step.exemplarAt != 0 && !takeExemplar(row, step.exemplarAt, step.exemplarBytes, true)) return false;
    }
  }
  sortExemplars(row);
  return true;
}

/** Adds the series of a classic histogram: up to the bucket for all, which is added if there is none. */
function takeClassic(): bool {
  const all = floatOf(countFloat, count);
  if (addSeries(SUFFIX_COUNT, 0, ROW_SAMPLE, reinterpret<u64>(all)) == null) return false;
  if (addSeries(SUFFIX_SUM, 0, ROW_SAMPLE, sumBits) == null) return false;
  const length = steps.length / STEP_BYTES;
  for (let i: usize = 0; i < length; i++) {
    const step = nthStep(i);
    const value = reinterpret<u64>(floatOf(step.value, step.count));
    const row = addSeries(SUFFIX_BUCKET, step.bound, ROW_SAMPLE, value);
    if (row == null) return false;
    if (step.exemplarAt != 0 && !takeExemplar(row, step.exemplarAt, step.exemplarBytes, false)) return false;
    if (step.bound == Infinity) return true;
  }
  return addSeries(SUFFIX_BUCKET, Infinity, ROW_SAMPLE, reinterpret<u64>(all)) != null;
}

/** Adds a classic histogram as one with bounds of its own. Faults if it contradicts itself. */
function takeCustom(at: usize): bool {
  beginClassic();
  tellCount(floatOf(countFloat, count));
  tellSum(sumBits);
  const length = steps.length / STEP_BYTES;
  for (let i: usize = 0; i < length; i++) {
    tellBucket(nthStep(i).bound, floatOf(nthStep(i).value, nthStep(i).count));
  }
  if (!convert(type == TYPE_GAUGE_HISTOGRAM)) {
    fail(FAULT_PAGE_HISTOGRAM, at, 0, 0);
    return false;
  }
  const emptyMax = isFloat ? 0 : EMPTY_MAX;
  return reduce(at, emptyMax) && addHistogram(emptyMax);
}
