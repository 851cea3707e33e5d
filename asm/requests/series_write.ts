/**
 * Writes a row as a TimeSeries at the end of a shard's request, for the most part as copies
 * of earlier rows. The writer compares it with an earlier row that has the same plan, label
 * by label. Where the ids of the values are equal, so are the bytes.
 */
import { exchangePlace, foundPosition, foundRow, foundValues } from "./written_labels";
import { LastRow, renewStamp } from "./last_row";
import { ROW_BYTES_MAX } from "../abi/layout";
import { commonEnd, commonStart } from "../bytes/common_bytes";
import { varintBytes } from "../codec/protobuf";
import { payload, writeMetadataField, writePayload } from "./payload";
import { KIND_SAMPLE, MetadataEntry, Row } from "../batch/rows";
import { writeSample } from "./sample_write";
import { ENTRY_BYTES, EXTERNAL, fieldBytes, plan, PlanEntry } from "./series_plan";
import {
  beginLiteral,
  copyBytes,
  distance,
  DISTANCE_MAX,
  endRun,
  isPending,
  pause,
  putByte,
  putBytes,
  putVarint,
  resume,
  RUN_BYTES_MIN,
  startRun,
  turn,
} from "../codec/snappy_stream";
import { stringRef } from "../batch/strings";

/** Stands for a name's id. Under it the table has where the labels of a plan's last row begin. */
const LAST_WITH_PLAN: u32 = 0xfffffffe;

/** A part of a field that is shorter than this costs as much as a copy of it. */
const PART_BYTES_MIN: usize = 6;

/** The row that the writer compares with, if there is one, and the ids of its values. */
let model: Row | null = null;
let modelValues: usize = 0;

/**
 * Writes a row that was measured: the fields of its labels take `labelBytes` bytes.
 * Returns false if it is too large.
 */
export function writeSeries(shard: LastRow, row: Row, labelBytes: usize): bool {
  if (row.kind != KIND_SAMPLE) return writeOther(shard, row, labelBytes);
  const timestampMs = row.timestampMs;
  const timestampBytes = timestampMs == shard.timestampMs
    ? shard.timestampBytes
    : varintBytes(<u64> timestampMs);
  const bytes = labelBytes + 12 + timestampBytes;
  // The head is counted as 3 bytes, which nearly all heads have.
  if (bytes + 3 > ROW_BYTES_MAX) return false;
  const headAt = shard.position;
  const labelsAt = headAt + 1 + varintBytes(bytes);
  const sampleAt = labelsAt + labelBytes;
  resume(shard, labelsAt + bytes - headAt);
  renewStamp(shard);
  writeHead(shard, headAt, labelsAt, bytes);
  chooseModel(shard, row, labelsAt);
  if (model == null) shard.alone += bytes;
  writeLabels(shard, row, labelsAt);
  const beside = model;
  const isBeside = beside != null && beside.kind == KIND_SAMPLE;
  const besideMs: i64 = isBeside ? beside!.timestampMs : 0;
  const besideValue: u64 = isBeside ? beside!.valueBits : 0;
  const value = row.valueBits;
  writeSample(shard, isBeside, besideMs, besideValue, timestampMs, value, sampleAt, timestampBytes);
  shard.row = row;
  shard.plan = plan.number;
  shard.headAt = headAt;
  shard.labelsAt = labelsAt;
  pause(shard, labelsAt + bytes);
  return true;
}

/** Writes a row that is not a sample: its labels, and its payload as it is. */
function writeOther(shard: LastRow, row: Row, labelBytes: usize): bool {
  if (labelBytes > ROW_BYTES_MAX || !writePayload(row)) return false;
  const bytes = labelBytes + payload.length;
  if (bytes + 5 > ROW_BYTES_MAX) return false;
  const headAt = shard.position;
  const labelsAt = headAt + 1 + varintBytes(bytes);
  resume(shard, labelsAt + bytes - headAt);
  renewStamp(shard);
  writeHead(shard, headAt, labelsAt, bytes);
  chooseModel(shard, row, labelsAt);
  writeLabels(shard, row, labelsAt);
  endRun(labelsAt + labelBytes);
  beginLiteral(payload.length);
  putBytes(payload.at, payload.length);
  startRun(labelsAt + bytes, distance);
  shard.alone += model == null ? bytes : payload.length;
  shard.row = row;
  shard.plan = plan.number;
  shard.headAt = headAt;
  shard.labelsAt = labelsAt;
  pause(shard, labelsAt + bytes);
  return true;
}

/** Writes a metadata entry into the request, which has room for it. */
export function writeMetadata(shard: LastRow, entry: MetadataEntry): void {
  writeMetadataField(entry);
  resume(shard, payload.length);
  endRun(shard.position);
  beginLiteral(payload.length);
  putBytes(payload.at, payload.length);
  const end = shard.position + payload.length;
  startRun(end, distance);
  shard.alone += payload.length;
  pause(shard, end);
}

/** Writes the tag and length of the series. */
// @ts-ignore: decorator
@inline
export function writeHead(shard: LastRow, at: usize, labelsAt: usize, bytes: usize): void {
  // If the run that ends the last row copies the row before it, it goes on into that row's head.
  const reaches = isPending(at) && distance == at - shard.headAt;
  const lastBytes = at - shard.labelsAt;
  if (reaches && bytes == lastBytes) return;
  if (reaches) endRun(at + 1);
  else endRun(at);
  beginLiteral(labelsAt - at - (reaches ? 1 : 0));
  if (!reaches) putByte(0x0a);
  putVarint(bytes);
  startRun(labelsAt, labelsAt - shard.labelsAt);
}

/** Finds the last row with the same plan. */
// @ts-ignore: decorator
@inline
function chooseModel(shard: LastRow, row: Row, labelsAt: usize): void {
  model = null;
  const last = shard.row;
  if (last == null) return;
  if (shard.plan != plan.number) recallModel(shard, row, labelsAt);
  else if (labelsAt - shard.labelsAt <= DISTANCE_MAX) {
    model = last;
    modelValues = last.valuesAt;
  }
}

/** Notes which row was the last with its plan, and goes on from the last with this one. */
function recallModel(shard: LastRow, row: Row, labelsAt: usize): void {
  exchangeLast(shard.stamp, shard.plan, shard.labelsAt, shard.row!);
  if (exchangeLast(shard.stamp, plan.number, labelsAt, row)) walkFrom(labelsAt);
}

function exchangeLast(stamp: u32, number: u32, labelsAt: usize, row: Row): bool {
  return exchangePlace(stamp, LAST_WITH_PLAN, number, number, labelsAt, row, row.valuesAt);
}

// @ts-ignore: decorator
@inline
function writeLabels(shard: LastRow, row: Row, labelsAt: usize): void {
  const values = row.valuesAt;
  const planAt = plan.at;
  const planEnd = planAt + plan.length;
  for (let entryAt = planAt; entryAt < planEnd; entryAt += ENTRY_BYTES) {
    const entry = changetype<PlanEntry>(entryAt);
    if (model != null) {
      const which = entry.which;
      if (which == EXTERNAL) continue;
      if (load<u32>(values + <usize> which) == load<u32>(modelValues + <usize> which)) continue;
    }
    writeLabel(shard, row, values, entry, labelsAt + entry.fieldOffset);
  }
}

/** Writes a label that the compared row does not have. It is found elsewhere, or new. */
function writeLabel(shard: LastRow, row: Row, values: usize, entry: PlanEntry, at: usize): void {
  const which = entry.which;
  const isOwn = which != EXTERNAL;
  const name = isOwn ? entry.name : EXTERNAL;
  const value = isOwn ? load<u32>(values + <usize> which) : entry.name;
  const number = plan.number + <u32> (changetype<usize>(entry) - plan.at);
  if (exchangePlace(shard.stamp, name, value, number, at, row, values) && walkFrom(at)) return;
  if (isOwn && model != null && writeBeside(entry, at, value)) return;
  endRun(at);
  if (isOwn) writeWhole(entry, at, value);
  else writeExternal(entry, at);
}

/** Goes on from the label that was found. Returns false if it is too far back. */
// @ts-ignore: decorator
@inline
function walkFrom(at: usize): bool {
  const from = at - foundPosition;
  if (from > DISTANCE_MAX) return false;
  turn(at, from);
  model = foundRow;
  modelValues = foundValues;
  return true;
}

function writeExternal(entry: PlanEntry, at: usize): void {
  const bytes = entry.runBytes;
  beginLiteral(bytes);
  putBytes(plan.bytes.at + entry.runOffset, bytes);
  startRun(at + bytes, distance);
}

function writeWhole(entry: PlanEntry, at: usize, value: u32): void {
  const prefixBytes = entry.runBytes;
  const bytes = entry.fieldBytes;
  const string = stringRef(value);
  const length = string.bytes;
  beginLiteral(bytes);
  putByte(0x0a);
  putVarint(prefixBytes + varintBytes(length) + length);
  putBytes(plan.bytes.at + entry.runOffset, prefixBytes);
  putVarint(length);
  putBytes(string.at, length);
  startRun(at + bytes, distance);
}

/**
 * Writes a new value, using what it has in common with that of the compared row. Returns
 * false if that row is out of reach.
 */
function writeBeside(entry: PlanEntry, at: usize, value: u32): bool {
  const which = <usize> entry.which;
  const prefixBytes = entry.runBytes;
  const bytes = entry.fieldBytes;
  const string = stringRef(value);
  const from = string.at;
  const length = string.bytes;
  const other = stringRef(load<u32>(modelValues + which));
  const otherFrom = other.at;
  const otherLength = other.bytes;
  const end = at + bytes;
  if (length == otherLength) {
    const same = commonStart(from, otherFrom, length);
    // Files of other writers may have a string twice.
    if (same == length) return true;
    endRun(end - length + same);
    writeRest(from + same, otherFrom + same, length - same, length - same, end, distance);
    return true;
  }
  const otherBytes = fieldBytes(prefixBytes, otherLength);
  const next = distance + bytes - otherBytes;
  if (next > DISTANCE_MAX) {
    model = null;
    return false;
  }
  const lengthBytes = varintBytes(length);
  const inner = prefixBytes + lengthBytes + length;
  const headBytes = bytes - inner;
  const otherLengthBytes = varintBytes(otherLength);
  const otherHeadBytes = otherBytes - (prefixBytes + otherLengthBytes + otherLength);
  // A run that is pending here goes on over the tag.
  const pending = isPending(at);
  endRun(pending ? at + 1 : at);
  beginLiteral(pending ? headBytes - 1 : headBytes);
  if (!pending) putByte(0x0a);
  putVarint(inner);
  const prefixDistance = distance + headBytes - otherHeadBytes;
  if (prefixBytes >= PART_BYTES_MIN && prefixDistance <= DISTANCE_MAX) {
    copyBytes(prefixDistance, prefixBytes);
  } else {
    beginLiteral(prefixBytes);
    putBytes(plan.bytes.at + entry.runOffset, prefixBytes);
  }
  beginLiteral(lengthBytes);
  putVarint(length);
  const shorter = min(length, otherLength);
  const same = commonStart(from, otherFrom, shorter);
  const sameDistance = prefixDistance + lengthBytes - otherLengthBytes;
  if (same < PART_BYTES_MIN || sameDistance > DISTANCE_MAX) {
    writeRest(from, otherFrom, length, otherLength, end, next);
  } else {
    copyBytes(sameDistance, same);
    if (same == length) startRun(end, next);
    else writeRest(from + same, otherFrom + same, length - same, otherLength - same, end, next);
  }
  return true;
}

/**
 * Writes the rest of a value, up to the end that it has in common with another value. A
 * run goes on from there.
 */
// @ts-ignore: decorator
@inline
function writeRest(
  from: usize,
  otherFrom: usize,
  length: usize,
  otherLength: usize,
  end: usize,
  next: usize,
): void {
  const shorter = min(length, otherLength);
  let same: usize = 0;
  if (shorter >= RUN_BYTES_MIN) {
    same = commonEnd(from + length, otherFrom + otherLength, shorter);
    if (same < RUN_BYTES_MIN) same = 0;
  }
  if (length > same) {
    beginLiteral(length - same);
    putBytes(from, length - same);
  }
  startRun(end - same, next);
}
