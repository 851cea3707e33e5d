/**
 * The open requests of the shards, and the way of a batch's rows into them. A
 * request is kept as it will be sent, uncompressed: a run of
 * `WriteRequest.timeseries` fields.
 */
import { metadataCount, strings } from "./alloy_v1_read";
import { REQUEST_BYTES_MAX, ROW_BYTES_MAX, SLOT_EXPIRED, SLOT_UNSUPPORTED } from "./layout";
import { Buffer, copyLoose, reserve } from "./memory";
import { varintBytes, writeVarint } from "./protobuf";
import { put } from "./result";
import {
  KIND_SAMPLE,
  ROW_BYTES,
  rowHash,
  rowKind,
  rowLabelCount,
  rowLabels,
  rows,
  rowTimestamp,
  rowValue,
} from "./rows";
import {
  ENTRY_BYTES,
  EXTERNAL,
  forgetPlan,
  hashRow,
  makePlan,
  plan,
  planBytes,
  planFits,
} from "./series_plan";

/** The open request of one shard. */
@unmanaged
export class Shard extends Buffer {
  signals: u32;
  oldest: i64;
  newest: i64;
}

let shardTable: usize = 0;
let shardCount: u32 = 0;
let signalsMax: u32 = 0;

/** The next row to go, as an offset; and the metadata still to be counted. */
let cursor: usize = 0;
let metadataLeft: u32 = 0;

export function createShards(count: u32, requestSignalsMax: u32): void {
  shardCount = count;
  signalsMax = requestSignalsMax;
  shardTable = heap.alloc(<usize> count << 2);
  for (let i: u32 = 0; i < count; i++) {
    const shard = changetype<Shard>(heap.alloc(offsetof<Shard>()));
    shard.at = 0;
    shard.length = 0;
    shard.capacity = 0;
    emptyShard(shard);
    store<u32>(shardTable + (<usize> i << 2), <u32> changetype<usize>(shard));
  }
}

// @ts-ignore: decorator
@inline
export function shardAt(index: u32): Shard {
  assert(index < shardCount);
  return changetype<Shard>(<usize> load<u32>(shardTable + (<usize> index << 2)));
}

export function emptyShard(shard: Shard): void {
  shard.length = 0;
  shard.signals = 0;
  shard.oldest = i64.MAX_VALUE;
  shard.newest = i64.MIN_VALUE;
}

// @ts-ignore: decorator
@inline
function isFull(shard: Shard): bool {
  return shard.signals >= signalsMax || shard.length >= REQUEST_BYTES_MAX;
}

/** To the first row of the batch that was read. */
export function rewind(): void {
  cursor = 0;
  metadataLeft = metadataCount;
  forgetPlan();
}

/** Moves rows on until a shard is full, which is returned; -1 when the batch is through. */
export function routeRows(cutoff: i64): i32 {
  let expired: u32 = 0;
  let unsupported: u32 = 0;
  let full: i32 = -1;
  while (cursor < rows.length) {
    const row = rows.at + cursor;
    if (rowKind(row) != KIND_SAMPLE) {
      unsupported++;
    } else if (rowTimestamp(row) < cutoff) {
      expired++;
    } else {
      const index = shardOf(row);
      const shard = shardAt(index);
      if (isFull(shard)) {
        full = <i32> index;
        break;
      }
      if (!addToShard(shard, row)) unsupported++;
      else if (isFull(shard)) full = <i32> index;
    }
    cursor += ROW_BYTES;
    if (full >= 0) break;
  }
  if (cursor >= rows.length) {
    unsupported += metadataLeft;
    metadataLeft = 0;
  }
  put(SLOT_EXPIRED, expired);
  put(SLOT_UNSUPPORTED, unsupported);
  return full;
}

// @ts-ignore: decorator
@inline
function shardOf(row: usize): u32 {
  if (shardCount == 1) return 0;
  let hash = rowHash(row);
  if (hash == 0) {
    hash = hashRow(row);
    store<u64>(row, hash);
  }
  return <u32> (hash % shardCount);
}

/** False if the row is too large for any request. */
function addToShard(shard: Shard, row: usize): bool {
  if (!planFits(row)) makePlan(row);
  let end = writeSeries(shard, row);
  if (end == 0) {
    // A value is empty that the plan counts on: this row gets a plan of its own.
    makePlan(row);
    end = writeSeries(shard, row);
  }
  if (end == TOO_LARGE) return false;
  shard.length = end - shard.at;
  shard.signals++;
  const timestampMs = rowTimestamp(row);
  shard.oldest = min(shard.oldest, timestampMs);
  shard.newest = max(shard.newest, timestampMs);
  return true;
}

const TOO_LARGE: usize = usize.MAX_VALUE;
/** The tag of the series, and a length of two bytes, which nearly all series have. */
const HEAD_BYTES: usize = 3;
/** Besides names and values, a label takes less; a sample and the series' head too. */
const FIELD_BYTES: usize = 64;

/** Writes a TimeSeries at the end of the request. Returns its end, 0 if the plan does not fit after all, or TOO_LARGE. */
function writeSeries(shard: Shard, row: usize): usize {
  const values = rowLabels(row) + (rowLabelCount(row) << 2);
  const planEnd = plan.at + plan.length;
  let start = reserve(shard, shard.length + FIELD_BYTES) + shard.length;
  let limit = shard.at + shard.capacity;
  let to = start + HEAD_BYTES;
  for (let entry = plan.at; entry < planEnd; entry += ENTRY_BYTES) {
    const prefix = planBytes.at + <usize> load<u32>(entry);
    const prefixBytes = <usize> load<u32>(entry, 4);
    const which = load<u32>(entry, 8);
    let valueAt: usize = 0;
    let bytes: usize = 0;
    if (which != EXTERNAL) {
      const value = strings.at + (<usize> load<u32>(values + (<usize> which << 2)) << 3);
      valueAt = <usize> load<u32>(value);
      bytes = <usize> load<u32>(value, 4);
      if (bytes == 0) return 0;
    }
    if (to + prefixBytes + bytes + FIELD_BYTES > limit) {
      if (to - start + prefixBytes + bytes > ROW_BYTES_MAX) return TOO_LARGE;
      to = makeRoom(shard, to, prefixBytes + bytes + FIELD_BYTES);
      start = shard.at + shard.length;
      limit = shard.at + shard.capacity;
    }
    to = which == EXTERNAL
      ? writeWhole(to, prefix, prefixBytes)
      : writeLabel(to, prefix, prefixBytes, valueAt, bytes);
  }
  to = writeSample(to, row);
  if (to - start > ROW_BYTES_MAX) return TOO_LARGE;
  return writeHead(start, to);
}

/** Makes room for `more` bytes at `to`, within the series under way. Returns the new `to`. */
function makeRoom(shard: Shard, to: usize, more: usize): usize {
  const length = shard.length;
  // All that is written so far must be carried over.
  shard.length = to - shard.at;
  reserve(shard, shard.length + more);
  to = shard.at + shard.length;
  shard.length = length;
  return to;
}

// @ts-ignore: decorator
@inline
function writeWhole(to: usize, from: usize, bytes: usize): usize {
  copyLoose(to, from, bytes);
  return to + bytes;
}

// @ts-ignore: decorator
@inline
function writeLabel(
  to: usize,
  prefix: usize,
  prefixBytes: usize,
  valueAt: usize,
  bytes: usize,
): usize {
  store<u8>(to, 0x0a);
  to = writeVarint(to + 1, prefixBytes + varintBytes(bytes) + bytes);
  copyLoose(to, prefix, prefixBytes);
  to = writeVarint(to + prefixBytes, bytes);
  copyLoose(to, valueAt, bytes);
  return to + bytes;
}

/** `Sample{ value = 1, timestamp = 2 }`, both always written: a zero may be a negative one. */
// @ts-ignore: decorator
@inline
function writeSample(to: usize, row: usize): usize {
  const timestamp = <u64> rowTimestamp(row);
  store<u8>(to, 0x12);
  store<u8>(to, <u8> (10 + varintBytes(timestamp)), 1);
  store<u8>(to, 0x09, 2);
  store<u64>(to, rowValue(row), 3);
  store<u8>(to, 0x10, 11);
  return writeVarint(to + 12, timestamp);
}

/** Writes the tag and length in front of a series that was written behind HEAD_BYTES. Returns its end. */
// @ts-ignore: decorator
@inline
function writeHead(start: usize, end: usize): usize {
  const bytes = end - start - HEAD_BYTES;
  store<u8>(start, 0x0a);
  if (bytes >= 0x80 && bytes < 0x4000) {
    store<u16>(start, <u16> ((bytes & 0x7f) | 0x80 | ((bytes >> 7) << 8)), 1);
    return end;
  }
  const head: usize = varintBytes(bytes) + 1;
  memory.copy(start + head, start + HEAD_BYTES, bytes);
  writeVarint(start + 1, bytes);
  return start + head + bytes;
}
