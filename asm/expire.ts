/** Drops old signals from a request that was sealed by this kernel or one like it. */
import {
  SLOT_EXEMPLARS,
  SLOT_HISTOGRAMS,
  SLOT_METADATA,
  SLOT_NEWEST,
  SLOT_OLDEST,
  SLOT_REQUEST,
  SLOT_SAMPLES,
  SLOT_SIGNALS,
} from "./layout";
import { Buffer, createBuffer, reserve, reserveMore } from "./memory";
import {
  readLength,
  readTag,
  readVarint,
  skipField,
  varint,
  wants,
  WIRE_BYTES,
  WIRE_VARINT,
} from "./protobuf";
import { put } from "./result";

/** A byte a signal: 1 if it was kept. */
export const keptFlags: Buffer = createBuffer();

/** Copies the series that are not too old to `out`. False after a fault. */
export function keepFresh(at: usize, end: usize, cutoff: i64, out: Buffer): bool {
  keptFlags.length = 0;
  out.length = 0;
  let to = reserve(out, end - at);
  let signals: u32 = 0;
  let oldest: i64 = i64.MAX_VALUE;
  let newest: i64 = i64.MIN_VALUE;
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    if (at == 0 || !wants(<u32> varint & 7, WIRE_BYTES, start)) return false;
    at = readLength(at, end);
    if (at == 0) return false;
    const seriesEnd = at + <usize> varint;
    if (!readTimestamp(at, seriesEnd)) return false;
    at = seriesEnd;
    const fresh = timestampMs >= cutoff;
    store<u8>(reserveMore(keptFlags, 1), fresh ? 1 : 0);
    keptFlags.length++;
    if (!fresh) continue;
    memory.copy(to, start, at - start);
    to += at - start;
    signals++;
    oldest = min(oldest, timestampMs);
    newest = max(newest, timestampMs);
  }
  out.length = to - out.at;
  put(SLOT_SIGNALS, signals);
  put(SLOT_SAMPLES, signals);
  put(SLOT_HISTOGRAMS, 0);
  put(SLOT_EXEMPLARS, 0);
  put(SLOT_METADATA, 0);
  put(SLOT_REQUEST, 0);
  put(SLOT_OLDEST, <f64> oldest);
  put(SLOT_NEWEST, <f64> newest);
  return true;
}

let timestampMs: i64 = 0;

/** Finds the timestamp of a series' only sample. */
function readTimestamp(at: usize, end: usize): bool {
  timestampMs = 0;
  while (at < end) {
    at = readTag(at, end);
    if (at == 0) return false;
    const isSample = varint == ((2 << 3) | WIRE_BYTES);
    const wire = <u32> varint & 7;
    if (!isSample) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    at = readLength(at, end);
    if (at == 0) return false;
    const sampleEnd = at + <usize> varint;
    while (at < sampleEnd) {
      at = readTag(at, sampleEnd);
      if (at == 0) return false;
      if (varint == ((2 << 3) | WIRE_VARINT)) {
        at = readVarint(at, sampleEnd);
        timestampMs = <i64> varint;
      } else {
        at = skipField(at, sampleEnd, <u32> varint & 7);
      }
      if (at == 0) return false;
    }
  }
  return true;
}
