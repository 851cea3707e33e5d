/**
 * Parses remote write 2.0 requests, `Request { symbols = 4, timeseries = 5 }`:
 * io/prometheus/write/v2/types.proto of Prometheus.
 */
import { labels } from "./labels_intake";
import { addLabel, addSeries, countMetadata, fitsBatch, labelsAreApart } from "./batch";
import { samples } from "./current_series";
import { countInvalid } from "./refusals";
import { mayGoOn } from "../batch/budget";
import { ROW_BYTES, rows } from "../batch/rows";
import {
  FAULT_NONE,
  RULE_HELP_REFERENCE,
  RULE_NO_SIGNAL,
  RULE_NONE,
  RULE_REFERENCE,
  RULE_REFERENCES_ODD,
  RULE_SAMPLES_AND_HISTOGRAMS,
  RULE_TOO_LARGE,
  RULE_UNIT_REFERENCE,
  SERIES_BYTES_MAX,
} from "../abi/layout";
import { addEntry, isNewEntry, setEntryRow, setFamily, setHelp, setUnit } from "./metadata_intake";
import { readLength, readTag, readVarint, skipField, varint, wants } from "../codec/protobuf";
import { WIRE_BYTES, WIRE_VARINT } from "../codec/protobuf";
import {
  V2_CREATED_TIMESTAMP,
  V2_EXEMPLARS,
  V2_HISTOGRAMS,
  V2_LABELS_REFS,
  V2_METADATA,
  V2_METADATA_HELP_REF,
  V2_METADATA_TYPE,
  V2_METADATA_UNIT_REF,
  V2_SAMPLES,
  V2_TIMESERIES,
} from "../codec/remote_write_fields";
import {
  areFew,
  areKnown,
  clearReferences,
  readReferences,
  referenceAt,
  referenceCount,
  unknownReference,
} from "./references";
import {
  mayName,
  namesFit,
  symbolBytesOf,
  symbolPlace,
  symbolsInRequest,
} from "../batch/request_symbols";
import { readSymbols } from "../batch/request_symbols_read";
import { currentFault } from "../abi/result";
import { isHistogram, KIND_SAMPLE, Sample, SAMPLE_BYTES } from "../batch/rows";
import { readSample, sampleStartMs, sampleTimestampMs, sampleValue } from "./sample_read";
import { collectExemplar, collectHistogram, collectSignal, mayCollect } from "./signal_intake";
import { isMetricName } from "../batch/label";

/** Adds all series of a request to the batch. Returns false after a fault. */
export function parseRequestV2(at: usize, end: usize, cutoffMs: i64): bool {
  if (!readSymbols(at, end)) return false;
  const start = at;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const wire = <u32> varint & 7;
    if (varint >> 3 != V2_TIMESERIES) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    if (!wants(wire, WIRE_BYTES, tagAt)) return false;
    at = readLength(at, end);
    if (at == 0) return false;
    const seriesEnd = at + <usize> varint;
    if (!mayGoOn(tagAt, 1)) return false;
    if (!parseSeriesV2(at, seriesEnd, <f64> (tagAt - start), cutoffMs)) return false;
    at = seriesEnd;
  }
  return true;
}

// What the current series has beside its signals.
let createdMs: i64 = 0;
let metadataType: u64 = 0;
let helpReference: u64 = 0;
let unitReference: u64 = 0;
let hasSamples: bool = false;
let hasHistograms: bool = false;
let hasExemplars: bool = false;
/** The first of the series' own references that refers to no symbol. */
let unknownLabel: u64 = 0;

/**
 * Adds a `TimeSeries { labels_refs = 1, samples = 2, histograms = 3, exemplars = 4,
 * metadata = 5 }`. Older senders also write `created_timestamp = 6`, where each sample has
 * its own start timestamp now. Exemplars use the list of references, too, so the series'
 * own references are read first.
 */
function parseSeriesV2(at: usize, end: usize, place: f64, cutoffMs: i64): bool {
  samples.length = 0;
  labels.length = 0;
  createdMs = 0;
  metadataType = 0;
  helpReference = 0;
  unitReference = 0;
  hasSamples = false;
  hasHistograms = false;
  hasExemplars = false;
  if (!readOwnReferences(at, end)) return false;
  const rule = collectLabels();
  mayName(labelBytes);
  // Looking at a label by its number takes less time than looking at a field.
  if (!namesFit(at) || !mayGoOn(at, <u32> max(0, referenceCount()) >> 3)) return false;
  const start = at;
  while (at < end) {
    if (!mayCollect(at)) return false;
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    at = readSeriesField(tagAt, at, end, place);
    if (at == 0) return false;
  }
  return finishSeries(start, end, place, cutoffMs, rule);
}

function readOwnReferences(at: usize, end: usize): bool {
  clearReferences();
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const wire = <u32> varint & 7;
    if (varint >> 3 == V2_LABELS_REFS && !mayGoOn(tagAt, 1)) return false;
    at = varint >> 3 == V2_LABELS_REFS ? readReferences(tagAt, at, end, wire) : skipField(at, end, wire);
    if (at == 0) return false;
  }
  return true;
}

/** How many bytes the symbols have that are the labels of the current series. */
let labelBytes: u64 = 0;

function collectLabels(): i32 {
  labelBytes = 0;
  const count = referenceCount();
  unknownLabel = unknownReference;
  if (count < 0) return areKnown() ? RULE_REFERENCES_ODD : RULE_REFERENCE;
  // A collected label takes twelve times as many bytes as its references.
  if (!areFew()) return RULE_TOO_LARGE;
  setFamily(0, 0);
  for (let i = 0; i < count; i += 2) {
    const name = symbolPlace(referenceAt(i));
    const nameLength = symbolBytesOf(referenceAt(i));
    const value = symbolPlace(referenceAt(i + 1));
    const valueLength = symbolBytesOf(referenceAt(i + 1));
    addLabel(name, nameLength, value, valueLength);
    labelBytes += nameLength + valueLength;
    if (isMetricName(name, nameLength)) setFamily(value, valueLength);
  }
  return RULE_NONE;
}

function readSeriesField(tagAt: usize, at: usize, end: usize, place: f64): usize {
  const field = varint >> 3;
  const wire = <u32> varint & 7;
  if (field == V2_CREATED_TIMESTAMP && wire == WIRE_VARINT) {
    at = readVarint(at, end);
    createdMs = <i64> varint;
    return at;
  }
  if (field < V2_SAMPLES || field > V2_METADATA) return skipField(at, end, wire);
  if (!wants(wire, WIRE_BYTES, tagAt)) return 0;
  at = readLength(at, end);
  if (at == 0) return 0;
  const fieldEnd = at + <usize> varint;
  let isSound: bool;
  if (field == V2_SAMPLES) {
    hasSamples = true;
    isSound = readSample(at, fieldEnd);
    if (isSound) collectSignal(sampleValue, sampleTimestampMs, sampleStartMs, KIND_SAMPLE, 0);
  } else if (field == V2_HISTOGRAMS) {
    hasHistograms = true;
    isSound = collectHistogram(at, fieldEnd, place);
  } else if (field == V2_EXEMPLARS) {
    hasExemplars = true;
    isSound = collectExemplar(at, fieldEnd);
  } else {
    isSound = mayGoOn(at, 1) && readMetadata(at, fieldEnd);
  }
  return isSound ? fieldEnd : 0;
}

/** Reads `Metadata { type = 1, help_ref = 3, unit_ref = 4 }`. */
function readMetadata(at: usize, end: usize): bool {
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field != V2_METADATA_TYPE && field != V2_METADATA_HELP_REF && field != V2_METADATA_UNIT_REF) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    if (!wants(wire, WIRE_VARINT, tagAt)) return false;
    at = readVarint(at, end);
    if (at == 0) return false;
    if (field == V2_METADATA_TYPE) metadataType = varint;
    else if (field == V2_METADATA_HELP_REF) helpReference = varint;
    else unitReference = varint;
  }
  return true;
}

function finishSeries(start: usize, end: usize, place: f64, cutoffMs: i64, rule: i32): bool {
  const signals = <u32> (samples.length / SAMPLE_BYTES);
  if (!fitsBatch(start, signals) || !mayGoOn(start, signals)) return false;
  if (rule == RULE_NONE && hasSamples && hasHistograms) rule = RULE_SAMPLES_AND_HISTOGRAMS;
  // Prometheus sends each exemplar in a series of its own, whatever the specification says.
  if (rule == RULE_NONE && !hasSamples && !hasHistograms && !hasExemplars) rule = RULE_NO_SIGNAL;
  if (rule != RULE_NONE) {
    // A series without signals counts as an invalid signal, so that the sender learns of it.
    countInvalid(rule, max<u32>(signals, 1), place, <f64> unknownLabel, symbolsInRequest());
    return true;
  }
  if (createdMs != 0) startAll();
  labelsAreApart();
  // Labels have the length of the symbols that they refer to.
  const bytes = <usize> min<u64>(labelBytes, SERIES_BYTES_MAX + 1);
  setEntryRow(<u32> (rows.length / ROW_BYTES));
  const isAdded = addSeries(place, bytes, cutoffMs);
  if (currentFault() != FAULT_NONE || !namesFit(end)) return false;
  if (!isAdded) return true;
  return addSeriesMetadata(place);
}

/** Gives the series' created timestamp to its signals without a start timestamp of their own. */
function startAll(): void {
  const samplesEnd = samples.at + samples.length;
  for (let sampleAt = samples.at; sampleAt < samplesEnd; sampleAt += SAMPLE_BYTES) {
    const sample = changetype<Sample>(sampleAt);
    const kind = sample.kind;
    const isStarted = sample.startMs != 0;
    if (!isStarted && (kind == KIND_SAMPLE || isHistogram(kind))) sample.startMs = createdMs;
  }
}

function addSeriesMetadata(place: f64): bool {
  if ((metadataType | helpReference | unitReference) == 0) return true;
  const count = <u64> symbolsInRequest();
  if (helpReference >= count || unitReference >= count) {
    const isHelp = helpReference >= count;
    const got = isHelp ? helpReference : unitReference;
    countInvalid(isHelp ? RULE_HELP_REFERENCE : RULE_UNIT_REFERENCE, 1, place, <f64> got, <f64> count);
    return true;
  }
  mayName(<u64> symbolBytesOf(<u32> helpReference) + <u64> symbolBytesOf(<u32> unitReference));
  if (!namesFit(symbolPlace(<u32> helpReference))) return false;
  setHelp(symbolPlace(<u32> helpReference), symbolBytesOf(<u32> helpReference));
  setUnit(symbolPlace(<u32> unitReference), symbolBytesOf(<u32> unitReference));
  const rule = addEntry(metadataType);
  if (rule != RULE_NONE) countInvalid(rule, 1, place);
  else countMetadata(isNewEntry);
  return true;
}
