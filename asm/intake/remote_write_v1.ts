/** Parses remote write 1.0 requests: prompb/remote.proto and types.proto of Prometheus. */
import { labels } from "./labels_intake";
import {
  addKeptSeries,
  addLabel,
  addSeries,
  addSeriesForHandle,
  findLabels,
  fitsBatch,
  labelsAreApart,
} from "./batch";
import { samples } from "./current_series";
import { mayAddSeries, mayBeginSeries, mayGoOn, uncoverSeries } from "../batch/budget";
import { guessSet, KeptSet, setOfHandle } from "./kept/sets";
import { labelNameAt, labelNameBytes, labelValueAt, labelValueBytes, readLabel } from "../codec/label_pair";
import { FAULT_HANDLE, FAULT_NONE } from "../abi/layout";
import { reserve, reserveMore } from "../bytes/memory";
import { parseMetadata } from "./metadata_read";
import {
  readLength,
  readTag,
  readVarint,
  skipField,
  varint,
  wants,
  WIRE_BYTES,
} from "../codec/protobuf";
import {
  bytesTag,
  HANDLE_TAG,
  V1_EXEMPLARS,
  V1_HISTOGRAMS,
  V1_LABELS,
  V1_METADATA,
  V1_SAMPLES,
  V1_TIMESERIES,
} from "../codec/remote_write_fields";
import { currentFault, refuse } from "../abi/result";
import { KIND_SAMPLE, Sample, SAMPLE_BYTES } from "../batch/rows";
import { readSample, sampleStartMs, sampleTimestampMs, sampleValue } from "./sample_read";
import {
  collectExemplar,
  collectHistogram,
  collectSignal,
  mayCollect,
  takesStarts,
} from "./signal_intake";
import { Label, LABEL_BYTES } from "../batch/label";

/** Field 1 of a TimeSeries, length-delimited. */
/** Room for the labels that a series usually has. */
const LABELS_BYTES_USUAL: usize = 64 * LABEL_BYTES;

/** The tag of a series, and the high bits of two bytes of length, of which the first one is followed by another. */
const USUAL_HEAD: u32 = 0x0000_8000 | bytesTag(V1_TIMESERIES);

/** Whether series may have handles: only what this program has written. */
let takesHandles: bool = false;

export function setTakesHandles(takes: bool): void {
  takesHandles = takes;
}

/** Adds all series of a request to the batch. Returns false after a fault. */
export function parseRequest(at: usize, end: usize, cutoffMs: i64): bool {
  const start = at;
  while (at < end) {
    const tagAt = at;
    const head = load<u32>(at);
    // Nearly all fields are series whose length takes two bytes.
    const length = <usize> ((head >> 8) & 0x7f | (head >> 9) & 0x3f80);
    if ((head & 0x80_80ff) == USUAL_HEAD && length + 3 <= end - at) {
      at += 3;
      const seriesEnd = at + length;
      if (!mayBeginSeries(tagAt, length)) return false;
      if (!parseSeries(at, seriesEnd, <f64> (tagAt - start), cutoffMs)) return false;
      at = seriesEnd;
      continue;
    }
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field == V1_TIMESERIES || field == V1_METADATA) {
      if (!wants(wire, WIRE_BYTES, tagAt)) return false;
      at = readLength(at, end);
      if (at == 0) return false;
      const messageEnd = at + <usize> varint;
      if (field == V1_TIMESERIES) {
        if (!mayBeginSeries(tagAt, messageEnd - tagAt)) return false;
        if (!parseSeries(at, messageEnd, <f64> (tagAt - start), cutoffMs)) return false;
      } else {
        if (!mayGoOn(tagAt, 1)) return false;
        if (!parseMetadata(at, messageEnd, <f64> (tagAt - start))) return false;
      }
      at = messageEnd;
    } else {
      at = skipField(at, end, wire);
      if (at == 0) return false;
    }
  }
  return true;
}

/**
 * Adds a TimeSeries, which is at the offset `place` in the request. Its fields may come in
 * any order. Every writer sends labels first, and kept sets rely on that order.
 */
export function parseSeries(at: usize, end: usize, place: f64, cutoffMs: i64): bool {
  samples.length = 0;
  let asksForHandle = false;
  let set: KeptSet | null = null;
  if (takesHandles && at < end && load<u8>(at) == HANDLE_TAG) {
    const tagAt = at;
    at = readVarint(at + 1, end);
    if (at == 0) return false;
    asksForHandle = varint == 0;
    if (!asksForHandle) {
      set = setOfHandle(varint);
      if (set == null) return refuse(FAULT_HANDLE, tagAt, <f64> varint, 0);
    }
  }
  const isNamed = set != null;
  const start = at;
  if (!isNamed) set = guessSet(at, end);
  const isGuessed = set != null;
  if (isNamed) {
    uncoverSeries();
    labels.length = 0;
  } else if (set != null) {
    at += <usize> set.bytes;
  } else {
    labels.length = 0;
    at = parseLabels(at, end);
    if (at == 0) return false;
    set = findLabels(start, at - start);
  }
  const labelsEnd = at;
  while (at < end) {
    if (!mayCollect(at)) return false;
    const next = parseUsualSample(at, end);
    if (next != 0) {
      at = next;
      continue;
    }
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field == 0 || field > V1_HISTOGRAMS) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    if (!wants(wire, WIRE_BYTES, tagAt)) return false;
    at = readLength(at, end);
    if (at == 0) return false;
    const valueEnd = at + <usize> varint;
    if (field == V1_LABELS) {
      if (!mayGoOn(at, 1)) return false;
      if (set != null && isGuessed) {
        labels.length = 0;
        parseLabels(start, labelsEnd);
      }
      set = null;
      labelsAreApart();
      if (!parseLabel(at, valueEnd)) return false;
    } else if (field == V1_SAMPLES) {
      if (!parseSample(at, valueEnd)) return false;
    } else if (field == V1_EXEMPLARS) {
      if (!collectExemplar(at, valueEnd)) return false;
    } else if (!collectHistogram(at, valueEnd, place)) {
      return false;
    }
    at = valueEnd;
  }
  const signals = samples.length / SAMPLE_BYTES;
  if (!fitsBatch(start, signals) || !mayAddSeries(start, <u32> signals)) return false;
  if (asksForHandle) addSeriesForHandle(set, place, end - start, cutoffMs);
  else if (set != null) addKeptSeries(set, place, cutoffMs);
  else addSeries(place, end - start, cutoffMs);
  return currentFault() == FAULT_NONE;
}

/** Collects the labels that a TimeSeries begins with. Returns where they end, or 0. */
function parseLabels(at: usize, end: usize): usize {
  while (true) {
    at = parseUsualLabels(at, end);
    if (at == end || load<u8>(at) != bytesTag(V1_LABELS)) return at;
    at = readLength(at + 1, end);
    if (at == 0 || !mayGoOn(at, 1)) return 0;
    const labelEnd = at + <usize> varint;
    if (!parseLabel(at, labelEnd)) return 0;
    at = labelEnd;
  }
}

/**
 * Collects labels in the form that every writer sends, shorter than 128 bytes: 0x0a
 * length, 0x0a length name, 0x12 length value. Returns where the first field begins that
 * does not have this form. One check, at the end of the value, covers all lengths. Bytes
 * past `end` may be looked at, but never count.
 */
function parseUsualLabels(at: usize, end: usize): usize {
  const first = reserve(labels, LABELS_BYTES_USUAL);
  const labelsEnd = first + labels.capacity - LABEL_BYTES;
  let label = first + labels.length;
  while (end - at >= 6 && label <= labelsEnd) {
    const head = load<u32>(at);
    if ((head & 0x80ff_80ff) != 0x000a_000a) break;
    const labelEnd = at + 2 + <usize> ((head >> 8) & 0x7f);
    const nameBytes = head >> 24;
    const value = at + 4 + <usize> nameBytes;
    if (labelEnd > end || value + 2 > labelEnd) break;
    const valueHead = <u32> load<u16>(value);
    if ((valueHead & 0x80ff) != 0x12) break;
    const valueBytes = valueHead >> 8;
    if (value + 2 + <usize> valueBytes != labelEnd) break;
    store<u64>(label, <u64> (at + 4) | (<u64> nameBytes << 32), offsetof<Label>("nameAt"));
    store<u64>(label, <u64> (value + 2) | (<u64> valueBytes << 32), offsetof<Label>("valueAt"));
    // An empty value is an absent label: the next one takes its place.
    label += valueBytes == 0 ? 0 : LABEL_BYTES;
    at = labelEnd;
  }
  labels.length = label - labels.at;
  return at;
}

function parseLabel(at: usize, end: usize): bool {
  if (!readLabel(at, end)) return false;
  addLabel(labelNameAt, labelNameBytes, labelValueAt, labelValueBytes);
  return true;
}

/**
 * Collects a sample in the form that every writer sends: 0x12 length, 0x09 value, 0x10
 * timestamp of at most 8 bytes. Returns where it ends, or 0 if it has another form.
 */
// @ts-ignore: decorator
@inline
function parseUsualSample(at: usize, end: usize): usize {
  if ((load<u32>(at) & 0x00ff_80ff) != 0x0009_0012 || load<u8>(at, 11) != 0x10) return 0;
  const sampleEnd = at + 2 + <usize> load<u8>(at, 1);
  const word = load<u64>(at, 12);
  const last = ~word & 0x8080_8080_8080_8080;
  if (last == 0 || sampleEnd > end) return 0;
  if (at + 13 + <usize> (ctz(last) >> 3) != sampleEnd) return 0;
  // Seven bits of each byte, pushed together by pairs, fours and eights.
  let bits = word & (last ^ (last - 1)) & 0x7f7f_7f7f_7f7f_7f7f;
  bits = (bits & 0x007f_007f_007f_007f) | ((bits & 0x7f00_7f00_7f00_7f00) >> 1);
  bits = (bits & 0x0000_3fff_0000_3fff) | ((bits & 0x3fff_0000_3fff_0000) >> 2);
  bits = (bits & 0x0000_0000_0fff_ffff) | ((bits & 0x0fff_ffff_0000_0000) >> 4);
  const sampleAt = reserveMore(samples, SAMPLE_BYTES);
  const sample = changetype<Sample>(sampleAt);
  sample.valueBits = load<u64>(at, 3);
  sample.timestampMs = <i64> bits;
  sample.startMs = 0;
  // Its kind, and no exemplar's message.
  store<u64>(sampleAt, KIND_SAMPLE, offsetof<Sample>("kind"));
  samples.length += SAMPLE_BYTES;
  return sampleEnd;
}

function parseSample(at: usize, end: usize): bool {
  if (!readSample(at, end)) return false;
  collectSignal(sampleValue, sampleTimestampMs, takesStarts ? sampleStartMs : 0, KIND_SAMPLE, 0);
  return true;
}
