/** Finds the signals of a request that this kernel, or another instance of it, has sealed. */
import { readLength, readTag, readVarint, skipField, varint, wants, WIRE_BYTES, WIRE_VARINT } from "../codec/protobuf";
import {
  bytesTag,
  EXEMPLAR_TIMESTAMP,
  HISTOGRAM_TIMESTAMP,
  SAMPLE_TIMESTAMP,
  V1_EXEMPLARS,
  V1_HISTOGRAMS,
  V1_SAMPLES,
  V1_TIMESERIES,
  V2_EXEMPLARS,
  V2_HISTOGRAMS,
  V2_METADATA,
  V2_SAMPLES,
  V2_TIMESERIES,
} from "../codec/remote_write_fields";
import {
  addSignal,
  clearSignals,
  EXEMPLAR,
  HISTOGRAM,
  METADATA,
  SAMPLE,
  signalAt,
  signalCount,
} from "./signals";

/** Puts all signals of the request into the index. Returns false after a fault. */
export function indexSignals(at: usize, end: usize, isV2: bool): bool {
  clearSignals();
  const seriesTag = <u64> bytesTag(isV2 ? V2_TIMESERIES : V1_TIMESERIES);
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    if (at == 0 || !wants(<u32> varint & 7, WIRE_BYTES, start)) return false;
    const isSeries = varint == seriesTag;
    at = readLength(at, end);
    if (at == 0) return false;
    const fieldEnd = at + <usize> varint;
    if (isV2) {
      // A field that is not a series is a symbol.
      if (isSeries && !indexSeriesV2(start, at, fieldEnd)) return false;
    } else if (isSeries) {
      if (!findSignalV1(at, fieldEnd)) return false;
      addSignal(kindFound, timestampFoundMs, start, fieldEnd, start);
    } else {
      addSignal(METADATA, 0, start, fieldEnd, start);
    }
    at = fieldEnd;
  }
  return true;
}

let kindFound: u8 = SAMPLE;
let timestampFoundMs: i64 = 0;

/** Finds the only signal of a series in 1.0. */
function findSignalV1(at: usize, end: usize): bool {
  kindFound = SAMPLE;
  timestampFoundMs = 0;
  while (at < end) {
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field < V1_SAMPLES || field > V1_HISTOGRAMS) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    at = readLength(at, end);
    if (at == 0) return false;
    const signalEnd = at + <usize> varint;
    kindFound = field == V1_SAMPLES ? SAMPLE : field == V1_EXEMPLARS ? EXEMPLAR : HISTOGRAM;
    if (!findTimestamp(kindFound, at, signalEnd)) return false;
    at = signalEnd;
  }
  return true;
}

function findTimestamp(kind: u8, at: usize, end: usize): bool {
  const wanted = kind == SAMPLE
    ? SAMPLE_TIMESTAMP
    : kind == EXEMPLAR
    ? EXEMPLAR_TIMESTAMP
    : HISTOGRAM_TIMESTAMP;
  timestampFoundMs = 0;
  while (at < end) {
    at = readTag(at, end);
    if (at == 0) return false;
    const wire = <u32> varint & 7;
    if (varint >> 3 == wanted && wire == WIRE_VARINT) {
      at = readVarint(at, end);
      timestampFoundMs = <i64> varint;
    } else {
      at = skipField(at, end, wire);
    }
    if (at == 0) return false;
  }
  return true;
}

/**
 * Adds the signals of a series that request_v2.ts has written. A metadata field at the
 * start of a series is a signal; one at its end is not.
 */
function indexSeriesV2(seriesAt: usize, at: usize, end: usize): bool {
  const first = signalCount();
  const bodyAt = at;
  let hasExemplars = false;
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    if (at == 0 || !wants(<u32> varint & 7, WIRE_BYTES, start)) return false;
    const field = varint >> 3;
    at = readLength(at, end);
    if (at == 0) return false;
    const fieldEnd = at + <usize> varint;
    if (field >= V2_SAMPLES && field <= V2_EXEMPLARS) {
      const kind = field == V2_SAMPLES ? SAMPLE : field == V2_HISTOGRAMS ? HISTOGRAM : EXEMPLAR;
      if (!findTimestamp(kind, at, fieldEnd)) return false;
      const signal = addSignal(kind, timestampFoundMs, start, fieldEnd, seriesAt);
      signal.needsOther = kind == EXEMPLAR;
      hasExemplars = hasExemplars || kind == EXEMPLAR;
    } else if (field == V2_METADATA && start == bodyAt) {
      const signal = addSignal(METADATA, 0, start, fieldEnd, seriesAt);
      signal.needsOther = true;
      // It must stay with the sample after it.
      signal.canSplitAfter = false;
    }
    at = fieldEnd;
  }
  closeSeries(first, hasExemplars);
  return true;
}

/** A request can be split after any series. A series that has exemplars is never split itself. */
function closeSeries(first: u32, hasExemplars: bool): void {
  const count = signalCount();
  if (count == first) return;
  for (let index = first; hasExemplars && index < count; index++) signalAt(index).canSplitAfter = false;
  signalAt(count - 1).canSplitAfter = true;
}
