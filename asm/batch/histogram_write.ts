/** Writes the current histogram into `blobs`, in the one form that rows.ts describes. */
import {
  count,
  isFloat,
  resetHint,
  schema,
  sum,
  zeroCount,
  zeroThreshold,
} from "./histogram";
import {
  customValues,
  HistogramSide,
  negative,
  positive,
  Span,
  SPAN_BYTES,
} from "./histogram_parts";
import { Buffer, reserveMore } from "../bytes/memory";
import { varintBytes, writeVarint } from "../codec/protobuf";
import { blobs } from "./rows";

/** The tags, scalars and lengths of lists take less than this. */
const FIXED_BYTES: usize = 128;
/** The longest forms of a span, with its tag and length, and of a delta. */
const SPAN_BYTES_MAX: usize = 16;
const DELTA_BYTES_MAX: usize = 10;

/** Where its bytes are in `blobs`, in the form that rows have: offset and length, a u32 each. */
export function writeHistogram(): u64 {
  const room = FIXED_BYTES + sideBytes(negative) + sideBytes(positive) + customValues.length;
  const start = reserveMore(blobs, room);
  let to = isFloat ? writeDouble(start, 2, count) : writeNumber(start, 1, count);
  to = writeDouble(to, 3, sum);
  if (schema != 0) to = writeNumber(to, 4, zigzag32(schema));
  if (zeroThreshold != 0) to = writeDouble(to, 5, zeroThreshold);
  to = isFloat ? writeDouble(to, 7, zeroCount) : writeNumber(to, 6, zeroCount);
  to = writeSide(to, 8, negative);
  to = writeSide(to, 11, positive);
  if (resetHint != 0) to = writeNumber(to, 14, resetHint);
  to = writeDoubles(to, 16, customValues);
  const offset = blobs.length;
  const bytes = to - start;
  blobs.length += bytes;
  return <u64> offset | (<u64> bytes << 32);
}

function sideBytes(side: HistogramSide): usize {
  return (side.spans.length / SPAN_BYTES) * SPAN_BYTES_MAX + (side.deltas.length >> 3) * DELTA_BYTES_MAX +
    side.counts.length;
}

function zigzag32(value: i32): u64 {
  return <u64> (<u32> ((value << 1) ^ (value >> 31)));
}

function writeTag(to: usize, field: u32, wire: u32): usize {
  return writeVarint(to, <u64> ((field << 3) | wire));
}

function writeNumber(to: usize, field: u32, value: u64): usize {
  return writeVarint(writeTag(to, field, 0), value);
}

function writeDouble(to: usize, field: u32, bits: u64): usize {
  to = writeTag(to, field, 1);
  store<u64>(to, bits);
  return to + 8;
}

/** Writes the spans, deltas and counts of a side, whose field numbers follow each other. */
function writeSide(to: usize, field: u32, side: HistogramSide): usize {
  const spans = side.spans;
  for (let spanAt = spans.at; spanAt < spans.at + spans.length; spanAt += SPAN_BYTES) {
    const span = changetype<Span>(spanAt);
    to = writeSpan(to, field, zigzag32(span.offset), <u64> span.length);
  }
  return writeDoubles(writeDeltas(to, field + 1, side.deltas), field + 2, side.counts);
}

function writeSpan(to: usize, field: u32, offset: u64, length: u64): usize {
  to = writeTag(to, field, 2);
  const bytes: usize = (offset == 0 ? 0 : 1 + varintBytes(offset)) +
    (length == 0 ? 0 : 1 + varintBytes(length));
  to = writeVarint(to, bytes);
  if (offset != 0) to = writeNumber(to, 1, offset);
  return length == 0 ? to : writeNumber(to, 2, length);
}

function writeDeltas(to: usize, field: u32, deltas: Buffer): usize {
  if (deltas.length == 0) return to;
  const end = deltas.at + deltas.length;
  let bytes: usize = 0;
  for (let at = deltas.at; at < end; at += 8) bytes += varintBytes(zigzag64(load<i64>(at)));
  to = writeVarint(writeTag(to, field, 2), bytes);
  for (let at = deltas.at; at < end; at += 8) to = writeVarint(to, zigzag64(load<i64>(at)));
  return to;
}

function zigzag64(value: i64): u64 {
  return <u64> ((value << 1) ^ (value >> 63));
}

function writeDoubles(to: usize, field: u32, list: Buffer): usize {
  if (list.length == 0) return to;
  to = writeVarint(writeTag(to, field, 2), list.length);
  memory.copy(to, list.at, list.length);
  return to + list.length;
}
