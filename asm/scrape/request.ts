/**
 * Writes the request that is made of a page: remote write 1.0 (prompb/types.proto) with the
 * start timestamps of 2.0, which walq reads under the name "appended".
 *
 *     TimeSeries { handle = 15, labels = 1, samples = 2, exemplars = 3, histograms = 4 }
 *     Sample     { value = 1, timestamp = 2, start_timestamp = 3 }
 *     Exemplar   { labels = 1, value = 2, timestamp = 3 }
 *     Histogram  { ..., timestamp = 15, start_timestamp = 17 }
 *
 * A series with a handle has no labels, and one with the handle 0 asks for one: then walq
 * reads it under the name "scraped".
 */
import { FAULT_PAGE_MEMORY } from "../abi/layout";
import { refuse } from "../abi/result";
import { Buffer, BUFFER_BYTES_MAX, copyLoose, createBuffer, reserveMore } from "../bytes/memory";
import { HANDLE_TAG } from "../codec/remote_write_fields";
import { readLength, readVarint, varint, varintBytes, writeVarint } from "../codec/protobuf";
import { Exemplar, exemplarIn } from "./exemplars";
import { nameSet, written } from "./handles";
import { messages, Row, ROW_HISTOGRAM } from "./page";
import { LabelSet } from "./records";
import { labelsOf, setOf, Target } from "./target";

export const request: Buffer = createBuffer();

// Tags: of a series in the request, and of what is in a series and in its signals.
const TIMESERIES: u8 = 0x0a;
const SAMPLE: u8 = 0x12;
const EXEMPLAR: u8 = 0x1a;
const HISTOGRAM: u8 = 0x22;
const SAMPLE_VALUE: u8 = 0x09;
const SAMPLE_TIMESTAMP: u8 = 0x10;
const SAMPLE_START: u8 = 0x18;
const EXEMPLAR_VALUE: u8 = 0x11;
const EXEMPLAR_TIMESTAMP: u8 = 0x18;
const HISTOGRAM_TIMESTAMP: u8 = 0x78;
/** Field 17 has a tag of two bytes. */
const HISTOGRAM_START: u16 = 0x0188;

/** Tags and lengths of a series with a signal. */
const OVERHEAD_MAX: usize = 64;

/** The bits of the stale marker (Prometheus, model/value). */
const STALE_BITS: u64 = 0x7ff0_0000_0000_0002;

export function beginRequest(): void {
  request.length = 0;
}

// @ts-ignore: decorator
@inline
function hasRoom(bytes: usize): bool {
  return request.length + bytes + OVERHEAD_MAX <= BUFFER_BYTES_MAX;
}

/**
 * Adds a series with the signal of a row and its exemplars. `isKnown`: its labels were in a
 * page before. Returns false after a fault.
 */
// @ts-ignore: decorator
@inline
export function addSeries(
  target: Target,
  row: Row,
  set: LabelSet,
  timestampMs: i64,
  startMs: i64,
  isKnown: bool,
): bool {
  const handle = nameSet(target, set, isKnown);
  if (row.kind == ROW_HISTOGRAM || row.exemplarCount != 0) {
    return addLongSeries(row, set, handle, timestampMs, startMs);
  }
  return addSample(set, handle, row.value, timestampMs, startMs);
}

/** Adds a series with one sample. */
// @ts-ignore: decorator
@inline
function addSample(set: LabelSet, handle: i64, value: u64, timestampMs: i64, startMs: i64): bool {
  const nameBytes = sizeOfName(set, handle);
  if (!hasRoom(nameBytes)) return noRoom();
  const start = reserveMore(request, nameBytes + OVERHEAD_MAX);
  const sampleBytes = sizeOfSample(timestampMs, startMs);
  store<u8>(start, TIMESERIES);
  let to = writeVarint(start + 1, <u64> (nameBytes + 2 + sampleBytes));
  to = writeName(to, set, handle);
  to = writeSample(to, value, timestampMs, startMs, sampleBytes);
  request.length += to - start;
  return true;
}

/** Bytes of what names the series: its handle, its labels, or both. */
// @ts-ignore: decorator
@inline
function sizeOfName(set: LabelSet, handle: i64): usize {
  if (handle > 0) return 1 + varintBytes(<u64> handle);
  return <usize> set.labelBytes + (handle == 0 ? 2 : 0);
}

// @ts-ignore: decorator
@inline
function writeName(to: usize, set: LabelSet, handle: i64): usize {
  if (handle >= 0) {
    store<u8>(to, HANDLE_TAG);
    to = writeVarint(to + 1, <u64> handle);
    if (handle > 0) return to;
  }
  copyLoose(to, labelsOf(set), set.labelBytes);
  return to + <usize> set.labelBytes;
}

/**
 * Writes the series of the request behind `to`'s content, all with their labels and none with
 * a handle. Returns false after a fault.
 */
export function writeWhole(target: Target, to: Buffer, samplesBytes: usize): bool {
  const end = request.at + samplesBytes;
  let number: usize = 0;
  for (let at = request.at; at < end; number += 4) {
    const set = setOf(target, load<u32>(written.at + number));
    at = readLength(at + 1, end);
    const seriesEnd = at + <usize> varint;
    let isWhole = true;
    if (load<u8>(at) == HANDLE_TAG) {
      at = readVarint(at + 1, seriesEnd);
      isWhole = varint == 0;
    }
    const labelBytes: usize = isWhole ? 0 : <usize> set.labelBytes;
    const bytes = labelBytes + (seriesEnd - at);
    if (to.length + bytes + OVERHEAD_MAX > BUFFER_BYTES_MAX) return noRoom();
    const start = reserveMore(to, bytes + OVERHEAD_MAX);
    store<u8>(start, TIMESERIES);
    const nameAt = writeVarint(start + 1, <u64> bytes);
    copyLoose(nameAt, labelsOf(set), labelBytes);
    memory.copy(nameAt + labelBytes, at, seriesEnd - at);
    to.length += nameAt + bytes - start;
    at = seriesEnd;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function sizeOfSample(timestampMs: i64, startMs: i64): usize {
  const bytes: usize = 10 + varintBytes(<u64> timestampMs);
  return startMs == 0 ? bytes : bytes + 1 + varintBytes(<u64> startMs);
}

// @ts-ignore: decorator
@inline
function writeSample(to: usize, value: u64, timestampMs: i64, startMs: i64, bytes: usize): usize {
  store<u8>(to, SAMPLE);
  store<u8>(to + 1, <u8> bytes);
  store<u8>(to + 2, SAMPLE_VALUE);
  store<u64>(to + 3, value);
  store<u8>(to + 11, SAMPLE_TIMESTAMP);
  to = writeVarint(to + 12, <u64> timestampMs);
  if (startMs == 0) return to;
  store<u8>(to, SAMPLE_START);
  return writeVarint(to + 1, <u64> startMs);
}

/** The same for a series with a histogram or with exemplars. */
function addLongSeries(
  row: Row,
  set: LabelSet,
  handle: i64,
  timestampMs: i64,
  startMs: i64,
): bool {
  const nameBytes = sizeOfName(set, handle);
  const isHistogram = row.kind == ROW_HISTOGRAM;
  const signalBytes = isHistogram
    ? sizeOfHistogram(row, timestampMs, startMs)
    : sizeOfSample(timestampMs, startMs);
  let bytes = nameBytes + 1 + varintBytes(<u64> signalBytes) + signalBytes;
  for (let i: u32 = 0; i < row.exemplarCount; i++) {
    const exemplar = exemplarIn(row, i);
    if (exemplar.hasTimestamp == 0) exemplar.timestampMs = timestampMs;
    const size = sizeOfExemplar(exemplar);
    bytes += 1 + varintBytes(<u64> size) + size;
  }
  if (!hasRoom(bytes)) return noRoom();
  const start = reserveMore(request, bytes + OVERHEAD_MAX);
  store<u8>(start, TIMESERIES);
  let to = writeVarint(start + 1, <u64> bytes);
  to = writeName(to, set, handle);
  to = isHistogram
    ? writeHistogram(to, row, timestampMs, startMs, signalBytes)
    : writeSample(to, row.value, timestampMs, startMs, signalBytes);
  for (let i: u32 = 0; i < row.exemplarCount; i++) to = writeExemplar(to, exemplarIn(row, i));
  request.length += to - start;
  return true;
}

function sizeOfHistogram(row: Row, timestampMs: i64, startMs: i64): usize {
  const bytes = <usize> row.messageBytes + 1 + varintBytes(<u64> timestampMs);
  return startMs == 0 ? bytes : bytes + 2 + varintBytes(<u64> startMs);
}

function writeHistogram(to: usize, row: Row, timestampMs: i64, startMs: i64, bytes: usize): usize {
  store<u8>(to, HISTOGRAM);
  to = writeVarint(to + 1, <u64> bytes);
  memory.copy(to, messages.at + <usize> row.value, row.messageBytes);
  to += row.messageBytes;
  store<u8>(to, HISTOGRAM_TIMESTAMP);
  to = writeVarint(to + 1, <u64> timestampMs);
  if (startMs == 0) return to;
  store<u16>(to, HISTOGRAM_START);
  return writeVarint(to + 2, <u64> startMs);
}

function sizeOfExemplar(exemplar: Exemplar): usize {
  return <usize> exemplar.labelBytes + 10 + varintBytes(<u64> exemplar.timestampMs);
}

function writeExemplar(to: usize, exemplar: Exemplar): usize {
  store<u8>(to, EXEMPLAR);
  to = writeVarint(to + 1, <u64> sizeOfExemplar(exemplar));
  copyLoose(to, messages.at + <usize> exemplar.labelsAt, exemplar.labelBytes);
  to += exemplar.labelBytes;
  store<u8>(to, EXEMPLAR_VALUE);
  store<u64>(to + 1, exemplar.value);
  store<u8>(to + 9, EXEMPLAR_TIMESTAMP);
  return writeVarint(to + 10, <u64> exemplar.timestampMs);
}

/** Adds a stale marker for a series. Returns false after a fault. */
export function addStale(target: Target, set: LabelSet, timestampMs: i64): bool {
  return addSample(set, nameSet(target, set, false), STALE_BITS, timestampMs, 0);
}

function noRoom(): bool {
  return refuse(FAULT_PAGE_MEMORY, 0, <f64> request.length, <f64> BUFFER_BYTES_MAX);
}
