/**
 * Parts a sealed remote write 2.0 request that was written by request_v2.ts: behind
 * a series, or between two samples or histograms of one. Series with exemplars stay
 * whole, as do a metadata signal and the sample behind it. Each half has a table of
 * the symbols that it refers to.
 */
import { readTime, timeRead } from "./expire_v2";
import { addSeam, countInHalf, EXEMPLAR, HISTOGRAM, METADATA, SAMPLE } from "./half";
import { FAULT_INDEX } from "../abi/layout";
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { readLength, readTag, readVarint, skipField, varint, wants } from "../codec/protobuf";
import { WIRE_BYTES, WIRE_VARINT, writeVarint } from "../codec/protobuf";
import { symbolBytesOf, symbolPlace, symbolsInRequest } from "../batch/request_symbols";
import { readSymbols } from "../batch/request_symbols_read";
import { refuse } from "../abi/result";

const SYMBOLS_TAG: u32 = 0x22;
const SERIES_TAG: u32 = 0x2a;
// Fields of a TimeSeries, all of them messages or packed.
const LABELS_REFS: u64 = 1;
const SAMPLES: u64 = 2;
const HISTOGRAMS: u64 = 3;
const EXEMPLARS: u64 = 4;
const METADATA_FIELD: u64 = 5;
// Where each has its timestamp.
const SAMPLE_TIME: u64 = 2;
const HISTOGRAM_TIME: u64 = 15;
const EXEMPLAR_TIME: u64 = 3;

/** By number in the whole request: the symbol's number in the half, 0 as long as it has none. */
const numbers: Buffer = createBuffer();
/** How many symbols the half has. */
let symbolCount: u32 = 0;
/** The series of the half, one series, and a field of it that is written anew. */
const body: Buffer = createBuffer();
const series: Buffer = createBuffer();
const message: Buffer = createBuffer();
const references: Buffer = createBuffer();

let hasMetadata: bool = false;
let hasExemplars: bool = false;

/** Notes where the request can be parted. False after a fault. */
export function findSeamsV2(at: usize, end: usize): bool {
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    if (at == 0 || !wants(<u32> varint & 7, WIRE_BYTES, start)) return false;
    const isSeries = varint == SERIES_TAG;
    at = readLength(at, end);
    if (at == 0) return false;
    const fieldEnd = at + <usize> varint;
    if (isSeries) {
      const count = countSignals(at, fieldEnd);
      if (count < 0) return false;
      for (let i = 1; i <= count; i++) {
        addSeam(i == count || !(hasExemplars || (hasMetadata && i == 1)));
      }
    }
    at = fieldEnd;
  }
  return true;
}

/** How many signals a series has, and whether metadata and exemplars are among them; -1 after a fault. */
function countSignals(at: usize, end: usize): i32 {
  let count = 0;
  let isFirst = true;
  hasMetadata = false;
  hasExemplars = false;
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    if (at == 0 || !wants(<u32> varint & 7, WIRE_BYTES, start)) return -1;
    const field = varint >> 3;
    at = readLength(at, end);
    if (at == 0) return -1;
    at += <usize> varint;
    if (field == METADATA_FIELD && isFirst) hasMetadata = true;
    if (field == EXEMPLARS) hasExemplars = true;
    if ((field >= SAMPLES && field <= EXEMPLARS) || (field == METADATA_FIELD && isFirst)) count++;
    isFirst = false;
  }
  return count;
}

/** Copies the signals from one number to another, in a request whose seams were found. False after a fault. */
export function copyHalfV2(at: usize, end: usize, from: u32, to: u32, out: Buffer): bool {
  if (!readSymbols(at, end)) return false;
  clearSymbols(out);
  body.length = 0;
  let number: u32 = 0;
  while (at < end && number < to) {
    at = readTag(at, end);
    const isSeries = varint == SERIES_TAG;
    at = readLength(at, end);
    const fieldEnd = at + <usize> varint;
    if (isSeries) {
      const count = <u32> countSignals(at, fieldEnd);
      const isIn = number + count > from && count > 0;
      if (isIn && !copySeries(at, fieldEnd, number, from, to, out)) return false;
      number += count;
    }
    at = fieldEnd;
  }
  append(out, body.at, body.length);
  return true;
}

function clearSymbols(out: Buffer): void {
  const bytes = <usize> symbolsInRequest() << 2;
  numbers.length = 0;
  memory.fill(reserveMore(numbers, bytes), 0, bytes);
  // The empty one is always there.
  symbolCount = 1;
  out.length = 0;
  const to = reserveMore(out, 2);
  store<u8>(to, <u8> SYMBOLS_TAG);
  store<u8>(to, 0, 1);
  out.length = 2;
}

function copySeries(at: usize, end: usize, number: u32, from: u32, to: u32, out: Buffer): bool {
  series.length = 0;
  let isFirst = true;
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    const field = varint >> 3;
    at = readLength(at, end);
    const fieldEnd = at + <usize> varint;
    // One that leads is a signal, one that ends the series decorates it.
    const isSignal = (field >= SAMPLES && field <= EXEMPLARS) ||
      (field == METADATA_FIELD && isFirst);
    const isIn = !isSignal || (number >= from && number < to);
    if (isSignal) number++;
    if (isIn && !copyField(field, isSignal, start, at, fieldEnd, out)) return false;
    isFirst = false;
    at = fieldEnd;
  }
  appendMessage(body, SERIES_TAG, series);
  return true;
}

function copyField(field: u64, isSignal: bool, start: usize, at: usize, end: usize, out: Buffer): bool {
  if (field == LABELS_REFS) {
    if (!translate(at, end, out)) return false;
    appendMessage(series, 0x0a, references);
  } else if (field == METADATA_FIELD) {
    if (isSignal) countInHalf(METADATA, 0);
    if (!copyMetadata(at, end, out)) return false;
    appendMessage(series, 0x2a, message);
  } else if (field == EXEMPLARS) {
    if (!readTime(at, end, EXEMPLAR_TIME)) return false;
    countInHalf(EXEMPLAR, timeRead());
    if (!copyExemplar(at, end, out)) return false;
    appendMessage(series, 0x22, message);
  } else {
    if (isSignal) {
      if (!readTime(at, end, field == SAMPLES ? SAMPLE_TIME : HISTOGRAM_TIME)) return false;
      countInHalf(field == SAMPLES ? SAMPLE : HISTOGRAM, timeRead());
    }
    append(series, start, end - start);
  }
  return true;
}

/** Writes an exemplar with the numbers of the half. */
function copyExemplar(at: usize, end: usize, out: Buffer): bool {
  message.length = 0;
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const wire = <u32> varint & 7;
    const isLabels = varint >> 3 == LABELS_REFS;
    if (isLabels && !wants(wire, WIRE_BYTES, start)) return false;
    const inner = isLabels ? readLength(at, end) : at;
    if (inner == 0) return false;
    at = isLabels ? inner + <usize> varint : skipField(at, end, wire);
    if (at == 0) return false;
    if (isLabels) {
      if (!translate(inner, at, out)) return false;
      appendMessage(message, 0x0a, references);
    } else append(message, start, at - start);
  }
  return true;
}

/** `type = 1`, `help_ref = 3`, `unit_ref = 4`. */
function copyMetadata(at: usize, end: usize, out: Buffer): bool {
  message.length = 0;
  while (at < end) {
    const start = at;
    at = readTag(at, end);
    if (at == 0 || !wants(<u32> varint & 7, WIRE_VARINT, start)) return false;
    const tag = varint;
    at = readVarint(at, end);
    if (at == 0) return false;
    if (tag >> 3 != 1 && !translateOne(start, out)) return false;
    const to = reserveMore(message, 20);
    message.length = writeVarint(writeVarint(to, tag), varint) - message.at;
  }
  return true;
}

/** Writes packed references with the numbers of the half. */
function translate(at: usize, end: usize, out: Buffer): bool {
  references.length = 0;
  while (at < end) {
    const start = at;
    at = readVarint(at, end);
    if (at == 0 || !translateOne(start, out)) return false;
    references.length = writeVarint(reserveMore(references, 10), varint) - references.at;
  }
  return true;
}

/** Puts the half's number for a symbol in place of that in `varint`. */
function translateOne(at: usize, out: Buffer): bool {
  const count = symbolsInRequest();
  if (varint >= <u64> count) return refuse(FAULT_INDEX, at, <f64> varint, count);
  if (varint == 0) return true;
  const place = numbers.at + (<usize> varint << 2);
  if (load<u32>(place) == 0) {
    const bytes = symbolBytesOf(<u32> varint);
    const to = reserveMore(out, bytes + 16);
    store<u8>(to, <u8> SYMBOLS_TAG);
    out.length = writeVarint(to + 1, bytes) - out.at;
    append(out, symbolPlace(<u32> varint), bytes);
    store<u32>(place, symbolCount++);
  }
  varint = load<u32>(place);
  return true;
}

function append(to: Buffer, at: usize, bytes: usize): void {
  memory.copy(reserveMore(to, bytes), at, bytes);
  to.length += bytes;
}

function appendMessage(to: Buffer, tag: u32, bytes: Buffer): void {
  const at = reserveMore(to, 16);
  store<u8>(at, <u8> tag);
  to.length = writeVarint(at + 1, bytes.length) - to.at;
  append(to, bytes.at, bytes.length);
}
