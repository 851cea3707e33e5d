/**
 * Native histograms on their way from a page to the request: buckets by their index without
 * empty ones, so that merging and leaving out are simple. What is written is `Histogram` of
 * prompb/types.proto without its timestamps.
 */
import { FAULT_PAGE_BUCKETS } from "../abi/layout";
import { refuse } from "../abi/result";
import { append, Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { zigzag } from "../bytes/zigzag";
import { varintBytes, writeVarint } from "../codec/protobuf";
import { bucketLimit, messages, schemaMax } from "./page";

const SCHEMA_MIN: i32 = -4;
/** Finer schemas are reserved: they may be merged, but not sent. */
const SCHEMA_FINEST: i32 = 52;

/** A bucket: an i64 or the bits of a double, by the kind of histogram. */
@unmanaged
export class Bucket {
  count: u64;
  index: i32;
  unused: u32;
}

export const BUCKET_BYTES: usize = offsetof<Bucket>();

export const negativeBuckets: Buffer = createBuffer();
export const positiveBuckets: Buffer = createBuffer();
/** Upper bounds, of a histogram with bounds of its own: a double each. */
export const bounds: Buffer = createBuffer();

const countBytes: Buffer = createBuffer();

// The scalars of the histogram at hand. Doubles are their bits.
export let isFloat: bool = false;
export let schema: i32 = 0;
let count: u64 = 0;
let sum: u64 = 0;
let zeroThreshold: u64 = 0;
let zeroCount: u64 = 0;
let isGauge: bool = false;

/** Begins a histogram. Its buckets follow, each side by ascending index. */
export function beginMessage(float: bool, schemaNumber: i32, gauge: bool): void {
  isFloat = float;
  schema = schemaNumber;
  isGauge = gauge;
  zeroThreshold = 0;
  zeroCount = 0;
  negativeBuckets.length = 0;
  positiveBuckets.length = 0;
  bounds.length = 0;
}

export function setTotals(countBits: u64, sumBits: u64): void {
  count = countBits;
  sum = sumBits;
}

export function setZero(thresholdBits: u64, countBits: u64): void {
  zeroThreshold = thresholdBits;
  zeroCount = countBits;
}

/** Adds a bucket, if it is not empty. */
export function addBucket(side: Buffer, index: i32, bits: u64): void {
  if (isFloat ? reinterpret<f64>(bits) == 0 : bits == 0) return;
  const bucket = changetype<Bucket>(reserveMore(side, BUCKET_BYTES));
  bucket.count = bits;
  bucket.index = index;
  side.length += BUCKET_BYTES;
}

/**
 * Merges buckets as the rules of the page want it; up to `emptyMax` empty ones in a row count
 * that are between others. Returns false after a fault: there are still too many.
 */
export function reduce(at: usize, emptyMax: i32): bool {
  if (schema > schemaMax && schema <= SCHEMA_FINEST && schemaMax < 8) reduceTo(schemaMax);
  if (bucketLimit == 0) return true;
  while (true) {
    const count = bucketsIn(negativeBuckets, emptyMax) + bucketsIn(positiveBuckets, emptyMax);
    if (count <= bucketLimit) return true;
    if (schema <= SCHEMA_MIN) return refuse(FAULT_PAGE_BUCKETS, at, <f64> count, <f64> bucketLimit);
    reduceTo(schema - 1);
  }
}

/** Buckets that are written of a side. */
function bucketsIn(side: Buffer, emptyMax: i32): u32 {
  let count: u32 = 0;
  let next: i32 = 0;
  for (let at = side.at; at < side.at + side.length; at += BUCKET_BYTES) {
    const index = changetype<Bucket>(at).index;
    const gap = index - next;
    if (count != 0 && gap <= emptyMax) count += <u32> gap;
    count++;
    next = index + 1;
  }
  return count;
}

function reduceTo(coarser: i32): void {
  merge(negativeBuckets, schema - coarser);
  merge(positiveBuckets, schema - coarser);
  schema = coarser;
}

/** Each step merges buckets 2n-1 and 2n into n. */
function merge(side: Buffer, steps: i32): void {
  let to = side.at;
  const end = side.at + side.length;
  for (let at = side.at; at < end; at += BUCKET_BYTES) {
    const bucket = changetype<Bucket>(at);
    const index = ((bucket.index - 1) >> steps) + 1;
    const bits = bucket.count;
    const last = changetype<Bucket>(to - BUCKET_BYTES);
    if (to > side.at && last.index == index) {
      last.count = isFloat
        ? reinterpret<u64>(reinterpret<f64>(last.count) + reinterpret<f64>(bits))
        : last.count + bits;
      continue;
    }
    const merged = changetype<Bucket>(to);
    merged.count = bits;
    merged.index = index;
    to += BUCKET_BYTES;
  }
  side.length = to - side.at;
}

/** Whether a schema may be sent. */
export function isKnownSchema(): bool {
  return schema >= SCHEMA_MIN && schema <= 8;
}

/**
 * Writes the histogram to `messages`; returns where it begins there. Of empty buckets between
 * others, up to `emptyMax` in a row are written.
 */
export function writeMessage(emptyMax: i32): u32 {
  const start = messages.length;
  if (isFloat) {
    writeDouble(0x11, count);
    writeDouble(0x19, sum);
  } else {
    writeNumber(0x08, count);
    writeDouble(0x19, sum);
  }
  writeNumber(0x20, <u64> <u32> zigzag(<i64> schema));
  if (reinterpret<f64>(zeroThreshold) != 0) writeDouble(0x29, zeroThreshold);
  if (isFloat) writeDouble(0x39, zeroCount);
  else writeNumber(0x30, zeroCount);
  writeSide(negativeBuckets, 0x42, isFloat ? 0x52 : 0x4a, emptyMax);
  writeSide(positiveBuckets, 0x5a, isFloat ? 0x6a : 0x62, emptyMax);
  if (isGauge) writeNumber(0x70, 3);
  if (bounds.length > 0) writeBounds();
  return <u32> start;
}

function writeDouble(tag: u8, bits: u64): void {
  const to = reserveMore(messages, 9);
  store<u8>(to, tag);
  store<u64>(to + 1, bits);
  messages.length += 9;
}

function writeNumber(tag: u8, value: u64): void {
  const to = reserveMore(messages, 11);
  store<u8>(to, tag);
  messages.length += writeVarint(to + 1, value) - to;
}

/** `custom_values = 16`, packed. */
function writeBounds(): void {
  const to = reserveMore(messages, 12);
  store<u16>(to, 0x0182);
  messages.length += writeVarint(to + 2, <u64> bounds.length) - to;
  append(messages, bounds.at, bounds.length);
}


/** Writes the spans and the counts of a side. */
function writeSide(side: Buffer, spanTag: u8, countTag: u8, emptyMax: i32): void {
  if (side.length == 0) return;
  countBytes.length = 0;
  let before: i64 = 0;
  let next: i64 = 0;
  let length: u32 = 0;
  let offset: i64 = 0;
  for (let at = side.at; at < side.at + side.length; at += BUCKET_BYTES) {
    const bucket = changetype<Bucket>(at);
    const gap = <i64> bucket.index - next;
    if (length != 0 && gap <= <i64> emptyMax) {
      for (let i: i64 = 0; i < gap; i++) {
        writeCount(0, before);
        before = 0;
        length++;
      }
    } else {
      if (length != 0) writeSpan(spanTag, offset, length);
      offset = gap;
      length = 0;
    }
    writeCount(bucket.count, before);
    before = <i64> bucket.count;
    length++;
    next = <i64> bucket.index + 1;
  }
  writeSpan(spanTag, offset, length);
  const to = reserveMore(messages, 11);
  store<u8>(to, countTag);
  messages.length += writeVarint(to + 1, <u64> countBytes.length) - to;
  append(messages, countBytes.at, countBytes.length);
}

function writeSpan(tag: u8, offset: i64, length: u32): void {
  const to = reserveMore(messages, 32);
  const distance = zigzag(offset);
  store<u8>(to, tag);
  store<u8>(to + 1, <u8> (2 + varintBytes(distance) + varintBytes(<u64> length)));
  store<u8>(to + 2, 0x08);
  const next = writeVarint(to + 3, distance);
  store<u8>(next, 0x10);
  messages.length += writeVarint(next + 1, <u64> length) - to;
}

/** A count as it is, or by how much it differs from the one before. */
function writeCount(bits: u64, before: i64): void {
  const to = reserveMore(countBytes, 10);
  if (isFloat) {
    store<u64>(to, bits);
    countBytes.length += 8;
  } else {
    countBytes.length += writeVarint(to, zigzag(<i64> bits - before)) - to;
  }
}
