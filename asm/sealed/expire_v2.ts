/**
 * Drops old signals from a sealed remote write 2.0 request that was written by
 * request_v2.ts. A metadata field that leads its series is a signal; one that ends
 * it is not. A series without sample or histogram goes with all that it has.
 */
import { expireFlags, flagSignal } from "./expire_flags";
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { readLength, readTag, readVarint, skipField, varint, WIRE_VARINT, writeVarint } from "../codec/protobuf";

const SERIES_TAG: u64 = 0x2a;
const SAMPLES: u64 = 2;
const HISTOGRAMS: u64 = 3;
const EXEMPLARS: u64 = 4;
const METADATA: u64 = 5;

// What is left.
export let samplesLeft: u32 = 0;
export let histogramsLeft: u32 = 0;
export let exemplarsLeft: u32 = 0;
export let metadataLeft: u32 = 0;
export let oldestLeft: i64 = 0;
export let newestLeft: i64 = 0;

const series: Buffer = createBuffer();
let timestampMs: i64 = 0;

/** Copies what is not too old to `out`. False after a fault. */
export function keepFreshV2(at: usize, end: usize, cutoff: i64, out: Buffer): bool {
  expireFlags.length = 0;
  out.length = 0;
  samplesLeft = 0;
  histogramsLeft = 0;
  exemplarsLeft = 0;
  metadataLeft = 0;
  oldestLeft = i64.MAX_VALUE;
  newestLeft = i64.MIN_VALUE;
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const isSeries = varint == SERIES_TAG;
    at = readLength(at, end);
    if (at == 0) return false;
    const fieldEnd = at + <usize> varint;
    if (!isSeries) append(out, start, fieldEnd - start);
    else if (!keepSeries(at, fieldEnd, cutoff, out)) return false;
    at = fieldEnd;
  }
  return true;
}

function append(out: Buffer, at: usize, bytes: usize): void {
  memory.copy(reserveMore(out, bytes), at, bytes);
  out.length += bytes;
}

function keepSeries(at: usize, end: usize, cutoff: i64, out: Buffer): bool {
  const carriers = countFresh(at, end, cutoff);
  if (carriers < 0) return false;
  series.length = 0;
  let isFirst = true;
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    at = readLength(at, end);
    if (at == 0) return false;
    const fieldEnd = at + <usize> varint;
    let keeps = carriers > 0;
    if (field >= SAMPLES && field <= EXEMPLARS) {
      if (!readTime(at, fieldEnd, field == HISTOGRAMS ? 15 : field == EXEMPLARS ? 3 : 2)) return false;
      if (timestampMs < cutoff && (timestampMs != 0 || field != EXEMPLARS)) keeps = false;
      if (keeps) countKept(field);
      flagSignal(keeps);
    } else if (field == METADATA && isFirst) {
      if (keeps) metadataLeft++;
      flagSignal(keeps);
    }
    if (keeps) append(series, start, fieldEnd - start);
    isFirst = false;
    at = fieldEnd;
  }
  if (carriers > 0) appendSeries(out);
  return true;
}

function appendSeries(out: Buffer): void {
  const head = reserveMore(out, 16);
  store<u8>(head, <u8> SERIES_TAG);
  out.length = writeVarint(head + 1, series.length) - out.at;
  append(out, series.at, series.length);
}

function countKept(field: u64): void {
  if (field == SAMPLES) samplesLeft++;
  else if (field == HISTOGRAMS) histogramsLeft++;
  else exemplarsLeft++;
  if (timestampMs == 0 && field == EXEMPLARS) return;
  oldestLeft = min(oldestLeft, timestampMs);
  newestLeft = max(newestLeft, timestampMs);
}

/** How many samples and histograms are not too old; -1 after a fault. */
function countFresh(at: usize, end: usize, cutoff: i64): i32 {
  let fresh = 0;
  while (at < end) {
    at = readTag(at, end);
    if (at == 0) return -1;
    const field = varint >> 3;
    at = readLength(at, end);
    if (at == 0) return -1;
    const fieldEnd = at + <usize> varint;
    if (field == SAMPLES || field == HISTOGRAMS) {
      if (!readTime(at, fieldEnd, field == HISTOGRAMS ? 15 : 2)) return -1;
      if (timestampMs >= cutoff) fresh++;
    }
    at = fieldEnd;
  }
  return fresh;
}

/** Finds a message's timestamp, which has this field number. */
export function readTime(at: usize, end: usize, number: u64): bool {
  timestampMs = 0;
  while (at < end) {
    at = readTag(at, end);
    if (at == 0) return false;
    const wire = <u32> varint & 7;
    if (varint >> 3 == number && wire == WIRE_VARINT) {
      at = readVarint(at, end);
      timestampMs = <i64> varint;
    } else {
      at = skipField(at, end, wire);
    }
    if (at == 0) return false;
  }
  return true;
}

/** What readTime found. */
export function timeRead(): i64 {
  return timestampMs;
}
