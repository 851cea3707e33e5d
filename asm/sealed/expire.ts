/** Drops old signals from a request that was sealed by this kernel or one like it. */
import { expireFlags, flagSignal } from "./expire_flags";
import {
  exemplarsLeft,
  histogramsLeft,
  keepFreshV2,
  metadataLeft,
  newestLeft,
  oldestLeft,
  readTime,
  samplesLeft,
  timeRead,
} from "./expire_v2";
import {
  SLOT_EXEMPLARS,
  SLOT_HISTOGRAMS,
  SLOT_METADATA,
  SLOT_NEWEST,
  SLOT_OLDEST,
  SLOT_REQUEST,
  SLOT_SAMPLES,
  SLOT_SIGNALS,
} from "../abi/layout";
import { Buffer, reserve } from "../bytes/memory";
import { readLength, readTag, skipField, varint, wants, WIRE_BYTES } from "../codec/protobuf";
import { put } from "../abi/result";

/** `timeseries = 1` of a WriteRequest. */
export const SERIES_TAG: u64 = 0x0a;
// The fields of a TimeSeries that hold a signal.
const SAMPLE: u64 = 2;
const EXEMPLAR: u64 = 3;
const HISTOGRAM: u64 = 4;

/** Copies what is not too old to `out`. False after a fault. */
export function keepFresh(at: usize, end: usize, cutoff: i64, out: Buffer, isV2: bool): bool {
  if (!isV2) return keepFreshV1(at, end, cutoff, out);
  if (!keepFreshV2(at, end, cutoff, out)) return false;
  putLeft(samplesLeft, histogramsLeft, exemplarsLeft, metadataLeft, oldestLeft, newestLeft);
  return true;
}

/** Tells the binding what is in a request that came of another. */
export function putLeft(
  samples: u32,
  histograms: u32,
  exemplars: u32,
  metadata: u32,
  oldest: i64,
  newest: i64,
): void {
  put(SLOT_SIGNALS, samples + histograms + exemplars + metadata);
  put(SLOT_SAMPLES, samples);
  put(SLOT_HISTOGRAMS, histograms);
  put(SLOT_EXEMPLARS, exemplars);
  put(SLOT_METADATA, metadata);
  put(SLOT_OLDEST, <f64> oldest);
  put(SLOT_NEWEST, <f64> newest);
  put(SLOT_REQUEST, 0);
}

/** Series of one signal each, and metadata entries, which do not grow old. */
function keepFreshV1(at: usize, end: usize, cutoff: i64, out: Buffer): bool {
  expireFlags.length = 0;
  out.length = 0;
  let to = reserve(out, end - at);
  let samples: u32 = 0;
  let histograms: u32 = 0;
  let exemplars: u32 = 0;
  let metadata: u32 = 0;
  let oldest: i64 = i64.MAX_VALUE;
  let newest: i64 = i64.MIN_VALUE;
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    if (at == 0 || !wants(<u32> varint & 7, WIRE_BYTES, start)) return false;
    const isSeries = varint == SERIES_TAG;
    at = readLength(at, end);
    if (at == 0) return false;
    const fieldEnd = at + <usize> varint;
    if (isSeries && !findSignal(at, fieldEnd)) return false;
    const hasTime = isSeries && (timestampMs != 0 || signalField != EXEMPLAR);
    const isFresh = !hasTime || timestampMs >= cutoff;
    at = fieldEnd;
    flagSignal(isFresh);
    if (!isFresh) continue;
    memory.copy(to, start, at - start);
    to += at - start;
    if (!isSeries) metadata++;
    else if (signalField == SAMPLE) samples++;
    else if (signalField == HISTOGRAM) histograms++;
    else exemplars++;
    if (!hasTime) continue;
    oldest = min(oldest, timestampMs);
    newest = max(newest, timestampMs);
  }
  out.length = to - out.at;
  putLeft(samples, histograms, exemplars, metadata, oldest, newest);
  return true;
}

let timestampMs: i64 = 0;
let signalField: u64 = 0;

/** Finds the timestamp of a series' only signal, and what it is. */
export function findSignal(at: usize, end: usize): bool {
  timestampMs = 0;
  signalField = SAMPLE;
  while (at < end) {
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field < SAMPLE || field > HISTOGRAM) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    at = readLength(at, end);
    if (at == 0) return false;
    const signalEnd = at + <usize> varint;
    const number: u64 = field == SAMPLE ? 2 : field == EXEMPLAR ? 3 : 15;
    if (!readTime(at, signalEnd, number)) return false;
    timestampMs = timeRead();
    signalField = field;
    at = signalEnd;
  }
  return true;
}

/** What findSignal found. */
export function fieldFound(): u64 {
  return signalField;
}

export function timeFound(): i64 {
  return timestampMs;
}
