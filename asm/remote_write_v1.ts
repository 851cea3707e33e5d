/** Parses remote write 1.0 requests: prompb/remote.proto and types.proto of Prometheus. */
import { addLabel, addSeries, countUnsupported, labels, SAMPLE_BYTES, samples } from "./batch";
import { reserveMore } from "./memory";
import { checkMessage, MESSAGE_EXEMPLAR, MESSAGE_HISTOGRAM, MESSAGE_METADATA } from "./message_check";
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

/** Adds all series of a request to the batch. False after a fault. */
export function parseRequest(at: usize, end: usize, cutoff: i64): bool {
  const start = at;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32>varint & 7;
    if (field == 1 || field == 3) {
      if (!wants(wire, WIRE_BYTES, tagAt)) return false;
      at = readLength(at, end);
      if (at == 0) return false;
      const messageEnd = at + <usize>varint;
      if (field == 1) {
        if (!parseSeries(at, messageEnd)) return false;
        addSeries(<f64>(tagAt - start), messageEnd - at, cutoff);
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
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32>varint & 7;
    if (field == 0 || field > 4) {
      at = skipField(at, end, wire);
      if (at == 0) return false;
      continue;
    }
    if (!wants(wire, WIRE_BYTES, tagAt)) return false;
    at = readLength(at, end);
    if (at == 0) return false;
    const valueEnd = at + <usize>varint;
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

function parseLabel(at: usize, end: usize): bool {
  // What every writer sends: the name, then the value, both shorter than 128 bytes.
  if (end - at >= 4 && load<u8>(at) == 0x0a) {
    const nameBytes = <usize>load<u8>(at, 1);
    const value = at + 2 + nameBytes;
    if (nameBytes < 0x80 && value + 2 <= end && load<u8>(value) == 0x12) {
      const valueBytes = <usize>load<u8>(value, 1);
      if (valueBytes < 0x80 && value + 2 + valueBytes == end) {
        addLabel(at + 2, nameBytes, value + 2, valueBytes);
        return true;
      }
    }
  }
  return parseAnyLabel(at, end);
}

/** A field given twice counts as it was given last, as in every protobuf parser. */
function parseAnyLabel(at: usize, end: usize): bool {
  let nameAt = at;
  let nameBytes: usize = 0;
  let valueAt = at;
  let valueBytes: usize = 0;
  while (at < end) {
    const tagAt = at;
    at = readTag(at, end);
    if (at == 0) return false;
    const field = varint >> 3;
    const wire = <u32>varint & 7;
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
      nameBytes = <usize>varint;
    } else {
      valueAt = at;
      valueBytes = <usize>varint;
    }
    at += <usize>varint;
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
    const wire = <u32>varint & 7;
    if (field == 1) {
      if (!wants(wire, WIRE_FIXED64, tagAt) || !needs(8, at, end)) return false;
      value = load<u64>(at);
      at += 8;
    } else if (field == 2) {
      if (!wants(wire, WIRE_VARINT, tagAt)) return false;
      at = readVarint(at, end);
      if (at == 0) return false;
      timestampMs = <i64>varint;
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
