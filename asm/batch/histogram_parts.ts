/** The lists of the histogram that is being read: spans, buckets and bounds. */
import { FAULT_WIRE_TYPE } from "../abi/layout";
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
import { fail } from "../abi/result";

/** A stretch of neighbouring buckets. */
@unmanaged
export class Span {
  /** How many buckets are left out before it. For the first span, the index of its first bucket. */
  offset: i32;
  length: u32;
}

export const SPAN_BYTES: usize = offsetof<Span>();

/** The negative or the positive buckets. */
@unmanaged
export class HistogramSide {
  /** A `Span` for each span. */
  spans: Buffer;
  /** The buckets of an integer histogram, an i64 each. */
  deltas: Buffer;
  /** The buckets of a float histogram, the bits of a double each. */
  counts: Buffer;
}

function createSide(): HistogramSide {
  const side = changetype<HistogramSide>(heap.alloc(offsetof<HistogramSide>()));
  side.spans = createBuffer();
  side.deltas = createBuffer();
  side.counts = createBuffer();
  return side;
}

export const negative: HistogramSide = createSide();
export const positive: HistogramSide = createSide();
export const customValues: Buffer = createBuffer();

/** How many spans, buckets and bounds were read. */
export function listEntries(): u32 {
  return <u32> ((entryBytes(negative) + entryBytes(positive) + customValues.length) >> 3);
}

function entryBytes(side: HistogramSide): usize {
  return side.spans.length + side.deltas.length + side.counts.length;
}

export function clearSide(side: HistogramSide): void {
  side.spans.length = 0;
  side.deltas.length = 0;
  side.counts.length = 0;
}

export function addSpan(side: HistogramSide, offset: i32, length: u32): void {
  const span = changetype<Span>(reserveMore(side.spans, SPAN_BYTES));
  span.offset = offset;
  span.length = length;
  side.spans.length += SPAN_BYTES;
}

export function addNumber(list: Buffer, bits: u64): void {
  store<u64>(reserveMore(list, 8), bits);
  list.length += 8;
}

/** Reads `BucketSpan { offset = 1 sint32, length = 2 }`. Returns its end, or 0 after a fault. */
export function readSpan(side: HistogramSide, at: usize, end: usize): usize {
  let offset: u32 = 0;
  let length: u32 = 0;
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
      if (field == 1) offset = (<u32> varint >> 1) ^ -(<u32> varint & 1);
      else length = <u32> varint;
    }
    if (at == 0) return 0;
  }
  addSpan(side, <i32> offset, length);
  return end;
}

/** Reads doubles or sint64, one by one or packed. Returns their end, or 0 after a fault. */
export function readNumbers(
  list: Buffer,
  areDoubles: bool,
  tagAt: usize,
  at: usize,
  end: usize,
  wire: u32,
): usize {
  if (wire == (areDoubles ? WIRE_FIXED64 : WIRE_VARINT)) {
    return areDoubles ? readDouble(list, at, end) : readDelta(list, at, end);
  }
  if (!wants(wire, WIRE_BYTES, tagAt)) return 0;
  at = readLength(at, end);
  if (at == 0) return 0;
  const listEnd = at + <usize> varint;
  if (areDoubles && ((listEnd - at) & 7) != 0) {
    return fail(FAULT_WIRE_TYPE, tagAt, <f64> (listEnd - at), 8);
  }
  while (at != 0 && at < listEnd) {
    at = areDoubles ? readDouble(list, at, listEnd) : readDelta(list, at, listEnd);
  }
  return at;
}

function readDouble(list: Buffer, at: usize, end: usize): usize {
  if (!needs(8, at, end)) return 0;
  addNumber(list, load<u64>(at));
  return at + 8;
}

function readDelta(list: Buffer, at: usize, end: usize): usize {
  at = readVarint(at, end);
  if (at != 0) addNumber(list, (varint >> 1) ^ -(varint & 1));
  return at;
}
