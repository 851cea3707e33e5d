/** Parses remote write 1.0 requests: prompb/remote.proto and types.proto of Prometheus. */
import { addLabel, addSeries, countUnsupported, labels, SAMPLE_BYTES, samples } from "./batch";
import { reserve, reserveMore } from "./memory";
import {
  checkMessage,
  MESSAGE_EXEMPLAR,
  MESSAGE_HISTOGRAM,
  MESSAGE_METADATA,
} from "./message_check";
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
} from "./protobuf";
import { LABEL_BYTES } from "./sort";

/** Room for the labels that a series usually has. */
const LABELS_BYTES_USUAL: usize = 64 * LABEL_BYTES;

/** Adds all series of a request to the batch. False after a fault. */
export function parseRequest(at: usize, end: usize, cutoff: i64): bool {
  const start = at;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field == 1 || field == 3) {
      if (!wants(wire, WIRE_BYTES, tagAt)) return false;
      at = readLength(at, end);
      if (at == 0) return false;
      const messageEnd = at + <usize> varint;
      if (field == 1) {
        if (!parseSeries(at, messageEnd)) return false;
        addSeries(<f64> (tagAt - start), messageEnd - at, cutoff);
      } else {
        if (checkMessage(MESSAGE_METADATA, at, messageEnd) == 0) return false;
        countUnsupported();
      }
      at = messageEnd;
    } else {
      at = skipField(at, end, wire);
      if (at == 0) return false;
    }
  }
  return true;
}

/** Collects the labels and samples of a TimeSeries, which may come in any order. */
function parseSeries(at: usize, end: usize): bool {
  labels.length = 0;
  samples.length = 0;
  at = parseUsualLabels(at, end);
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field == 0 || field > 4) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    if (!wants(wire, WIRE_BYTES, tagAt)) return false;
    at = readLength(at, end);
    if (at == 0) return false;
    const valueEnd = at + <usize> varint;
    if (field == 1) {
      if (!parseLabel(at, valueEnd)) return false;
    } else if (field == 2) {
      if (!parseSample(at, valueEnd)) return false;
    } else {
      const message = field == 3 ? MESSAGE_EXEMPLAR : MESSAGE_HISTOGRAM;
      if (checkMessage(message, at, valueEnd) == 0) return false;
      countUnsupported();
    }
    at = valueEnd;
  }
  return true;
}

/**
 * Labels as every writer sends them, shorter than 128 bytes: 0x0a length, 0x0a
 * length name, 0x12 length value. Returns where the first field begins that is
 * not of this form. The end of each length is checked at once, where the value
 * must end; bytes past `end` may be looked at, but never count.
 */
function parseUsualLabels(at: usize, end: usize): usize {
  let label = reserve(labels, LABELS_BYTES_USUAL);
  const labelsEnd = label + labels.capacity - LABEL_BYTES;
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
    store<u64>(label, <u64> (at + 4) | (<u64> nameBytes << 32));
    store<u64>(label, <u64> (value + 2) | (<u64> valueBytes << 32), 8);
    // An empty value is an absent label: the next one takes its place.
    label += valueBytes == 0 ? 0 : LABEL_BYTES;
    at = labelEnd;
  }
  labels.length = label - labels.at;
  return at;
}

/** A field given twice counts as it was given last, as in every protobuf parser. */
function parseLabel(at: usize, end: usize): bool {
  let nameAt = at;
  let nameBytes: usize = 0;
  let valueAt = at;
  let valueBytes: usize = 0;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field != 1 && field != 2) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    if (!wants(wire, WIRE_BYTES, tagAt)) return false;
    at = readLength(at, end);
    if (at == 0) return false;
    if (field == 1) {
      nameAt = at;
      nameBytes = <usize> varint;
    } else {
      valueAt = at;
      valueBytes = <usize> varint;
    }
    at += <usize> varint;
  }
  addLabel(nameAt, nameBytes, valueAt, valueBytes);
  return true;
}

function parseSample(at: usize, end: usize): bool {
  let value: u64 = 0;
  let timestampMs: i64 = 0;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32> varint & 7;
    if (field == 1) {
      if (!wants(wire, WIRE_FIXED64, tagAt) || !needs(8, at, end)) return false;
      value = load<u64>(at);
      at += 8;
    } else if (field == 2) {
      if (!wants(wire, WIRE_VARINT, tagAt)) return false;
      at = readVarint(at, end);
      if (at == 0) return false;
      timestampMs = <i64> varint;
    } else {
      at = skipField(at, end, wire);
      if (at == 0) return false;
    }
  }
  const sample = reserveMore(samples, SAMPLE_BYTES);
  store<u64>(sample, value);
  store<i64>(sample, timestampMs, 8);
  samples.length += SAMPLE_BYTES;
  return true;
}
