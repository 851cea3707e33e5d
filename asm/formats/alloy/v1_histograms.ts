/**
 * Reads and writes the histograms of Alloy's files. There is one struct for integer and one
 * for float histograms (grafana/walqueue). In this kernel both become the current histogram
 * of histogram.ts.
 */
import {
  beginHistogram,
  checkHistogram,
  count,
  histogramKind,
  isFloat,
  readHistogram,
  resetHint,
  schema,
  setScalars,
  sum,
  zeroCount,
  zeroThreshold,
} from "../../batch/histogram";
import {
  addNumber,
  addSpan,
  HistogramSide,
  negative,
  positive,
  Span,
  SPAN_BYTES,
} from "../../batch/histogram_parts";
import { writeHistogram } from "../../batch/histogram_write";
import { FAULT_ENTRIES, FAULT_TYPE, HISTOGRAM_BYTES_MAX, RULE_NONE, SERIES_BYTES_MAX } from "../../abi/layout";
import { Buffer, BUFFER_BYTES_MAX, reserveMore } from "../../bytes/memory";
import {
  NIL,
  read,
  readArray,
  readDouble,
  readInt,
  readMap,
  readString,
  readUint,
  skip,
} from "../../codec/msgpack_read";
import {
  writeArrayHeader,
  writeDouble,
  writeFixString,
  writeInt,
  writeUint,
} from "../../codec/msgpack_write";
import { fail } from "../../abi/result";
import { blobs, KIND_HISTOGRAM, KIND_SAMPLE, KIND_UNSUPPORTED, Row } from "../../batch/rows";
import { isText } from "../../bytes/texts";

const FIELDS: u32 = 13;
/** The keys, scalars and headers of a histogram take less than this. */
const FIXED_BYTES: usize = 400;
/** No histogram has a list with more entries. Such a list is passed over, and the histogram is not sent. */
const ENTRIES_MAX: u64 = SERIES_BYTES_MAX;
/** What is made of one histogram takes less than this. */
const BLOB_BYTES_MAX: usize = SERIES_BYTES_MAX * 64;

/** What the histograms of a row were read as: the kind of the row, and where its bytes are in `blobs`. */
export let kindRead: u32 = KIND_SAMPLE;
export let blobRead: u64 = 0;

/** To be called before each row: it has no histogram unless one is read. */
export function forgetHistograms(): void {
  kindRead = KIND_SAMPLE;
  blobRead = 0;
}

/** Reads `Histograms`. The last one that is not nil counts. Returns its end, or 0 after a fault. */
export function readHistograms(at: usize, end: usize): usize {
  forgetHistograms();
  at = readMap(at, end);
  if (at == 0) return 0;
  for (let pairs = read; pairs > 0; pairs--) {
    const key = readString(at, end);
    if (key == 0) return 0;
    const bytes = <usize> read;
    at = key + bytes;
    const isKnown = isText(key, bytes, "Histogram") || isText(key, bytes, "FloatHistogram");
    if (!isKnown || at >= end || <u32> load<u8>(at) == NIL) at = skip(at, end);
    else at = readOne(at, end, isText(key, bytes, "FloatHistogram"));
    if (at == 0) return 0;
  }
  return at;
}

/** Ends a histogram. One that breaks a rule of Prometheus is a signal that can only be counted. */
function readOne(at: usize, end: usize, float: bool): usize {
  at = readFields(at, end, float);
  if (at == 0) return 0;
  kindRead = KIND_UNSUPPORTED;
  if (isOverdone || checkHistogram() != RULE_NONE || histogramKind() != KIND_HISTOGRAM) return at;
  if (blobs.length > BUFFER_BYTES_MAX - BLOB_BYTES_MAX) {
    return fail(FAULT_ENTRIES, at, <f64> blobs.length, <f64> (BUFFER_BYTES_MAX - BLOB_BYTES_MAX));
  }
  blobRead = writeHistogram();
  if (<usize> (blobRead >> 32) <= HISTOGRAM_BYTES_MAX) kindRead = KIND_HISTOGRAM;
  else blobs.length = <usize> (<u32> blobRead);
  return at;
}

// The scalars are kept here until all are read.
let countBits: u64 = 0;
let zeroBits: u64 = 0;
let isZeroInt: bool = false;
let sumBits: u64 = 0;
let thresholdBits: u64 = 0;
let schemaRead: i64 = 0;
let hint: u64 = 0;
let isCountInt: bool = false;
/** Whether a list was passed over, or a number has more bits than its field. */
let isOverdone: bool = false;

function readFields(at: usize, end: usize, float: bool): usize {
  beginHistogram(float);
  isOverdone = false;
  countBits = 0;
  zeroBits = 0;
  isCountInt = !float;
  isZeroInt = !float;
  sumBits = 0;
  thresholdBits = 0;
  schemaRead = 0;
  hint = 0;
  at = readMap(at, end);
  if (at == 0) return 0;
  for (let pairs = read; pairs > 0; pairs--) {
    const key = readString(at, end);
    if (key == 0) return 0;
    at = readField(key, <usize> read, key + <usize> read, end, float);
    if (at == 0) return 0;
  }
  // The zero count must be of the histogram's kind. If the count is of the other kind, the zero count
  // breaks its rule.
  const isMixed = isCountInt == float || isZeroInt == float;
  const schemaOrBad = schemaRead == <i64> (<i8> schemaRead) ? <i32> schemaRead : i32.MAX_VALUE;
  setScalars(countBits, sumBits, schemaOrBad, thresholdBits, zeroBits, hint, isMixed ? !float : float);
  return at;
}

function readField(key: usize, bytes: usize, at: usize, end: usize, float: bool): usize {
  if (isText(key, bytes, "Count")) return readCount(at, end, false);
  if (isText(key, bytes, "ZeroCount")) return readCount(at, end, true);
  if (isText(key, bytes, "Sum")) {
    at = readDouble(at, end);
    sumBits = read;
    return at;
  }
  if (isText(key, bytes, "ZeroThreshold")) {
    at = readDouble(at, end);
    thresholdBits = read;
    return at;
  }
  if (isText(key, bytes, "Schema")) {
    at = readInt(at, end);
    schemaRead = <i64> read;
    return at;
  }
  if (isText(key, bytes, "ResetHint")) {
    at = readInt(at, end);
    hint = read;
    return at;
  }
  if (isText(key, bytes, "NegativeSpans")) return readSpans(negative, at, end);
  if (isText(key, bytes, "PositiveSpans")) return readSpans(positive, at, end);
  const isDeltas = isText(key, bytes, "NegativeBuckets") || isText(key, bytes, "NegativeDeltas");
  if (isDeltas) return readNumbers(negative.deltas, false, at, end);
  if (isText(key, bytes, "PositiveBuckets") || isText(key, bytes, "PositiveDeltas")) {
    return readNumbers(positive.deltas, false, at, end);
  }
  if (isText(key, bytes, "NegativeCounts")) return readNumbers(negative.counts, true, at, end);
  if (isText(key, bytes, "PositiveCounts")) return readNumbers(positive.counts, true, at, end);
  return skip(at, end);
}

/** Reads `{IsInt, IntValue, FloatValue}`. */
function readCount(at: usize, end: usize, isZero: bool): usize {
  let isInt = false;
  let whole: u64 = 0;
  let bits: u64 = 0;
  at = readMap(at, end);
  if (at == 0) return 0;
  for (let pairs = read; pairs > 0; pairs--) {
    const key = readString(at, end);
    if (key == 0) return 0;
    const bytes = <usize> read;
    at = key + bytes;
    if (isText(key, bytes, "IsInt")) {
      if (at >= end) return fail(FAULT_TYPE, at, 0, 4);
      isInt = load<u8>(at) == 0xc3;
      at = skip(at, end);
    } else if (isText(key, bytes, "IntValue")) {
      at = readUint(at, end, u64.MAX_VALUE);
      whole = read;
    } else if (isText(key, bytes, "FloatValue")) {
      at = readDouble(at, end);
      bits = read;
    } else {
      at = skip(at, end);
    }
    if (at == 0) return 0;
  }
  if (isZero) {
    isZeroInt = isInt;
    zeroBits = isInt ? whole : bits;
  } else {
    isCountInt = isInt;
    countBits = isInt ? whole : bits;
  }
  return at;
}

/** Passes over a list that is too long to be kept. */
function passOver(list: usize, end: usize): usize {
  isOverdone = true;
  return skip(list, end);
}

function readSpans(side: HistogramSide, at: usize, end: usize): usize {
  const list = at;
  at = readArray(at, end);
  if (at == 0) return 0;
  if (read > ENTRIES_MAX) return passOver(list, end);
  for (let left = read; left > 0; left--) {
    let offset: i64 = 0;
    let length: u64 = 0;
    at = readMap(at, end);
    if (at == 0) return 0;
    for (let pairs = read; pairs > 0; pairs--) {
      const key = readString(at, end);
      if (key == 0) return 0;
      const bytes = <usize> read;
      at = key + bytes;
      const isOffset = isText(key, bytes, "Offset");
      if (isOffset || isText(key, bytes, "Length")) {
        at = readInt(at, end);
        if (isOffset) offset = <i64> read;
        else length = read;
      } else {
        at = skip(at, end);
      }
      if (at == 0) return 0;
    }
    if (offset != <i64> (<i32> offset) || length > <u64> u32.MAX_VALUE) isOverdone = true;
    addSpan(side, <i32> offset, <u32> length);
  }
  return at;
}

function readNumbers(list: Buffer, areDoubles: bool, at: usize, end: usize): usize {
  const start = at;
  at = readArray(at, end);
  if (at == 0) return 0;
  if (read > ENTRIES_MAX) return passOver(start, end);
  for (let left = read; left > 0; left--) {
    at = areDoubles ? readDouble(at, end) : readInt(at, end);
    if (at == 0) return 0;
    addNumber(list, read);
  }
  return at;
}

/** Writes `Histograms` of a row that has one, with its key. */
export function writeHistograms(out: Buffer, row: Row): void {
  readHistogram(row.blobAt, row.blobAt + row.blobBytes);
  let to = reserveMore(out, FIXED_BYTES + sideBytes(negative) + sideBytes(positive));
  to = writeFixString(to, "Histograms");
  store<u8>(to++, 0x82);
  to = writeFixString(to, "Histogram");
  if (isFloat) store<u8>(to++, <u8> NIL);
  else to = writeOne(to, row);
  to = writeFixString(to, "FloatHistogram");
  if (isFloat) to = writeOne(to, row);
  else store<u8>(to++, <u8> NIL);
  out.length = to - out.at;
}

function sideBytes(side: HistogramSide): usize {
  return (side.spans.length / SPAN_BYTES) * 32 + (side.deltas.length + side.counts.length >> 3) * 9 + 32;
}

function writeOne(to: usize, row: Row): usize {
  store<u8>(to++, <u8> (0x80 | FIELDS));
  to = writeCount(writeFixString(to, "Count"), count);
  to = writeDouble(writeFixString(to, "Sum"), sum);
  to = writeInt(writeFixString(to, "Schema"), schema);
  to = writeDouble(writeFixString(to, "ZeroThreshold"), zeroThreshold);
  to = writeCount(writeFixString(to, "ZeroCount"), zeroCount);
  to = writeSpans(writeFixString(to, "NegativeSpans"), negative);
  to = writeNumbers(writeFixString(to, isFloat ? "NegativeDeltas" : "NegativeBuckets"), negative.deltas, false);
  to = writeNumbers(writeFixString(to, "NegativeCounts"), negative.counts, true);
  to = writeSpans(writeFixString(to, "PositiveSpans"), positive);
  to = writeNumbers(writeFixString(to, isFloat ? "PositiveDeltas" : "PositiveBuckets"), positive.deltas, false);
  to = writeNumbers(writeFixString(to, "PositiveCounts"), positive.counts, true);
  to = writeInt(writeFixString(to, "ResetHint"), <i64> resetHint);
  return writeInt(writeFixString(to, "TimestampMillisecond"), row.timestampMs);
}

function writeCount(to: usize, value: u64): usize {
  store<u8>(to++, 0x83);
  to = writeFixString(to, "IsInt");
  store<u8>(to++, isFloat ? 0xc2 : 0xc3);
  to = writeUint(writeFixString(to, "IntValue"), isFloat ? 0 : value);
  return writeDouble(writeFixString(to, "FloatValue"), isFloat ? value : 0);
}

function writeSpans(to: usize, side: HistogramSide): usize {
  const spans = side.spans;
  to = writeArrayHeader(to, <u32> (spans.length / SPAN_BYTES));
  for (let spanAt = spans.at; spanAt < spans.at + spans.length; spanAt += SPAN_BYTES) {
    const span = changetype<Span>(spanAt);
    store<u8>(to++, 0x82);
    to = writeInt(writeFixString(to, "Offset"), span.offset);
    to = writeUint(writeFixString(to, "Length"), span.length);
  }
  return to;
}

function writeNumbers(to: usize, list: Buffer, areDoubles: bool): usize {
  to = writeArrayHeader(to, <u32> (list.length >> 3));
  for (let at = list.at; at < list.at + list.length; at += 8) {
    to = areDoubles ? writeDouble(to, load<u64>(at)) : writeInt(to, load<i64>(at));
  }
  return to;
}
