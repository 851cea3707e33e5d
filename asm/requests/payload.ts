/**
 * Writes what histograms and exemplars have beside the series' labels, as a field of a
 * remote write 1.0 TimeSeries. Writes metadata, too.
 */
import { ROW_BYTES_MAX } from "../abi/layout";
import { Buffer, copyLoose, createBuffer, reserve } from "../bytes/memory";
import { varintBytes, writeVarint } from "../codec/protobuf";
import { bytesTag, V1_EXEMPLARS, V1_HISTOGRAMS, V1_METADATA } from "../codec/remote_write_fields";
import { ExemplarLabels, KIND_EXEMPLAR, MetadataEntry, NO_STRING, Row } from "../batch/rows";
import { stringAt, stringBytes } from "../batch/strings";

/** The field that was written last, of a row or a metadata entry. */
export const payload: Buffer = createBuffer();

/** The longest forms of the tags, the lengths and a timestamp. */
const FIXED_BYTES: usize = 48;

/** Writes the field for a row. False if it is too large for any request. */
export function writePayload(row: Row): bool {
  payload.length = 0;
  if (row.kind == KIND_EXEMPLAR) return writeExemplar(row);
  writeHistogramField(row);
  return true;
}

/** Writes `histograms = 4`: the message as it is kept, and `timestamp = 15`. */
function writeHistogramField(row: Row): void {
  const blobBytes = row.blobBytes;
  const timestampMs = <u64> row.timestampMs;
  let to = reserve(payload, blobBytes + FIXED_BYTES);
  store<u8>(to, bytesTag(V1_HISTOGRAMS));
  to = writeVarint(to + 1, blobBytes + 1 + varintBytes(timestampMs));
  memory.copy(to, row.blobAt, blobBytes);
  to += blobBytes;
  store<u8>(to, 15 << 3);
  payload.length = writeVarint(to + 1, timestampMs) - payload.at;
}

/** How many bytes a field takes whose content has this many. */
function fieldBytes(bytes: usize): usize {
  return 1 + varintBytes(bytes) + bytes;
}

/** Writes `exemplars = 3`: `labels = 1`, `value = 2`, `timestamp = 3`. */
function writeExemplar(row: Row): bool {
  const labels = row.exemplarLabels;
  const count = labels.count;
  const timestampMs = <u64> row.timestampMs;
  let bytes: usize = 9 + 1 + varintBytes(timestampMs);
  for (let i: usize = 0; i < count; i++) {
    bytes += fieldBytes(labelBytes(labels, i));
    // A file may refer to one long string again and again.
    if (bytes > ROW_BYTES_MAX) return false;
  }
  let to = reserve(payload, bytes + FIXED_BYTES);
  store<u8>(to, bytesTag(V1_EXEMPLARS));
  to = writeVarint(to + 1, bytes);
  for (let i: usize = 0; i < count; i++) {
    store<u8>(to, 0x0a);
    to = writeVarint(to + 1, labelBytes(labels, i));
    to = writeText(to, 0x0a, labels.nameId(i));
    to = writeText(to, 0x12, labels.valueId(i));
  }
  store<u8>(to, 0x11);
  store<u64>(to, row.valueBits, 1);
  store<u8>(to, 0x18, 9);
  payload.length = writeVarint(to + 10, timestampMs) - payload.at;
  return true;
}

function labelBytes(labels: ExemplarLabels, i: usize): usize {
  return fieldBytes(stringBytes(labels.nameId(i))) + fieldBytes(stringBytes(labels.valueId(i)));
}

function writeText(to: usize, tag: u32, id: u32): usize {
  const bytes = stringBytes(id);
  store<u8>(to, tag);
  to = writeVarint(to + 1, bytes);
  copyLoose(to, stringAt(id), bytes);
  return to + bytes;
}

/** Whether a metadata entry is small enough for any request. */
export function fitsMetadata(entry: MetadataEntry): bool {
  const texts = stringBytes(entry.family) + textBytes(entry.help) +
    textBytes(entry.unit);
  return texts <= ROW_BYTES_MAX - FIXED_BYTES;
}

/** Writes `metadata = 3` of a WriteRequest: `type = 1`, `metric_family_name = 2`, `help = 4`, `unit = 5`. */
export function writeMetadataField(entry: MetadataEntry): void {
  const type = entry.type;
  const help = entry.help;
  const unit = entry.unit;
  const bytes: usize = 1 + varintBytes(type) + fieldBytes(stringBytes(entry.family)) + textBytes(help) +
    textBytes(unit);
  payload.length = 0;
  let to = reserve(payload, bytes + FIXED_BYTES);
  store<u8>(to, bytesTag(V1_METADATA));
  to = writeVarint(to + 1, bytes);
  store<u8>(to, 0x08);
  to = writeVarint(to + 1, type);
  to = writeText(to, 0x12, entry.family);
  if (help != NO_STRING) to = writeText(to, 0x22, help);
  if (unit != NO_STRING) to = writeText(to, 0x2a, unit);
  payload.length = to - payload.at;
}

function textBytes(id: u32): usize {
  return id == NO_STRING ? 0 : fieldBytes(stringBytes(id));
}
