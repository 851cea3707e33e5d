/**
 * The open requests of the shards, and the way of a batch's rows into them. A
 * request is kept as it will be sent: a snappy block in the making.
 */
import { forgetRow, LastRow, nextBatch } from "./last_row";
import {
  REQUEST_BYTES_MAX,
  SLOT_CUSTOM_IN_V1,
  SLOT_EXEMPLARS_ALONE,
  SLOT_EXPIRED,
  SLOT_FILTERED,
  SLOT_METADATA_ALONE,
  SLOT_METADATA_KNOWN,
  SLOT_STARTS_OMITTED,
  SLOT_UNSUPPORTED,
} from "./layout";
import { put } from "./result";
import { KIND_SAMPLE, ROW_BYTES, rowHash, rowKind, rows, rowTimestamp } from "./rows";
import { forgetPlans, hashRow, measureLabels, MISFIT, usePlan, useSinglePlan } from "./series_plan";
import { writeSeries } from "./series_write";
import { emptyStream } from "./snappy_stream";

/** The open request of one shard. */
@unmanaged
export class Shard extends LastRow {
  signals: u32;
  oldest: i64;
  newest: i64;
}

let shardTable: usize = 0;
let shardCount: u32 = 0;
let signalsMax: u32 = 0;

/** The next row to go, as an offset. */
let cursor: usize = 0;

export function createShards(count: u32, requestSignalsMax: u32): void {
  shardCount = count;
  signalsMax = requestSignalsMax;
  shardTable = heap.alloc(<usize> count << 2);
  for (let i: u32 = 0; i < count; i++) {
    const shard = changetype<Shard>(heap.alloc(offsetof<Shard>()));
    shard.at = 0;
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
  emptyStream(shard);
  forgetRow(shard);
  shard.signals = 0;
  shard.oldest = i64.MAX_VALUE;
  shard.newest = i64.MIN_VALUE;
}

// @ts-ignore: decorator
@inline
function isFull(shard: Shard): bool {
  return shard.signals >= signalsMax || shard.position >= REQUEST_BYTES_MAX;
}

/** To the first row of the batch that was read. */
export function rewind(): void {
  cursor = 0;
  forgetPlans();
  nextBatch();
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
  put(SLOT_EXPIRED, expired);
  put(SLOT_UNSUPPORTED, unsupported);
  put(SLOT_FILTERED, 0);
  put(SLOT_CUSTOM_IN_V1, 0);
  put(SLOT_EXEMPLARS_ALONE, 0);
  put(SLOT_METADATA_ALONE, 0);
  put(SLOT_METADATA_KNOWN, 0);
  put(SLOT_STARTS_OMITTED, 0);
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
  // Division of 64 bits is slow, and shards are often a power of two.
  return (shardCount & (shardCount - 1)) == 0
    ? <u32> hash & (shardCount - 1)
    : <u32> (hash % shardCount);
}

/** False if the row is too large for any request. */
function addToShard(shard: Shard, row: usize): bool {
  usePlan(row);
  let labelBytes = measureLabels(row);
  if (labelBytes == MISFIT) {
    useSinglePlan(row);
    labelBytes = measureLabels(row);
  }
  if (!writeSeries(shard, row, labelBytes)) return false;
  shard.signals++;
  const timestampMs = rowTimestamp(row);
  shard.oldest = min(shard.oldest, timestampMs);
  shard.newest = max(shard.newest, timestampMs);
  return true;
}
