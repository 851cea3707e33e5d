/** The open requests of the shards. */
import { forgetRow, LastRow } from "./last_row";
import {
  REQUEST_BYTES_MAX,
  SLOT_EXEMPLARS,
  SLOT_HISTOGRAMS,
  SLOT_METADATA,
  SLOT_NEWEST_MS,
  SLOT_OLDEST_MS,
  SLOT_REQUEST,
  SLOT_SAMPLES,
  SLOT_SIGNALS,
} from "../abi/layout";
import {
  clearRequestV2,
  createRequestV2,
  releaseRequestV2,
  requestBytes,
  RequestV2,
} from "./request_v2";
import { put } from "../abi/result";
import { isHistogram, KIND_EXEMPLAR, Row } from "../batch/rows";
import { Buffer, createLastingBuffer, release, reserveMore } from "../bytes/memory";
import { emptyStream } from "../codec/snappy_stream";

/**
 * The open request of one shard. A request in remote write 1.0 is kept as an unfinished
 * snappy block.
 */
@unmanaged
export class Shard extends LastRow {
  samples: u32;
  histograms: u32;
  exemplars: u32;
  metadata: u32;
  oldestMs: i64;
  newestMs: i64;
  /** The number of the request, which no other request of any shard has. */
  number: u32;
  v2: RequestV2;
}

/** Pointers to all that were ever made. */
const shardTable: Buffer = createLastingBuffer();
let shardsMade: u32 = 0;
export let shardCount: u32 = 0;
let signalsMax: u32 = 0;
let requests: u32 = 0;
export let isV2: bool = false;

export function createShards(count: u32, requestSignalsMax: u32, usesV2: bool): void {
  signalsMax = requestSignalsMax;
  isV2 = usesV2;
  setShardCount(count);
}

/** How many there are from now on; no request may be open. What is not needed for now gives its memory back. */
export function setShardCount(count: u32): void {
  for (let i = count; i < shardCount; i++) releaseShard(shardAt(i));
  while (shardsMade < count) addShard();
  shardCount = count;
}

function addShard(): void {
  const shard = changetype<Shard>(heap.alloc(offsetof<Shard>()));
  shard.at = 0;
  shard.capacity = 0;
  shard.trail = 0;
  if (isV2) shard.v2 = createRequestV2();
  emptyShard(shard);
  store<u32>(reserveMore(shardTable, 4), <u32> changetype<usize>(shard));
  shardTable.length += 4;
  shardsMade++;
}

function releaseShard(shard: Shard): void {
  release(shard, 0);
  if (isV2) releaseRequestV2(shard.v2);
}

// @ts-ignore: decorator
@inline
export function shardAt(index: u32): Shard {
  assert(index < shardCount);
  return changetype<Shard>(<usize> load<u32>(shardTable.at + (<usize> index << 2)));
}

/** The shard for a number from shard_hash.ts. */
// @ts-ignore: decorator
@inline
export function shardOfNumber(number: u32): u32 {
  return (number >> 1) % shardCount;
}

export function emptyShard(shard: Shard): void {
  emptyStream(shard);
  forgetRow(shard);
  if (isV2) clearRequestV2(shard.v2);
  shard.samples = 0;
  shard.histograms = 0;
  shard.exemplars = 0;
  shard.metadata = 0;
  shard.oldestMs = i64.MAX_VALUE;
  shard.newestMs = i64.MIN_VALUE;
  shard.number = ++requests;
}

// @ts-ignore: decorator
@inline
export function signalsIn(shard: Shard): u32 {
  return shard.samples + shard.histograms + shard.exemplars + shard.metadata;
}

// @ts-ignore: decorator
@inline
export function isFull(shard: Shard): bool {
  return hasSignals(shard, signalsMax) || bytesIn(shard) >= REQUEST_BYTES_MAX;
}

// @ts-ignore: decorator
@inline
function hasSignals(shard: Shard, count: u32): bool {
  return signalsIn(shard) >= count;
}

/**
 * Whether a request that is not empty would become too large with this many more signals,
 * which cannot be split.
 */
// @ts-ignore: decorator
@inline
export function overflows(shard: Shard, signals: u32): bool {
  const now = signalsIn(shard);
  return now != 0 && now + signals > signalsMax;
}

// @ts-ignore: decorator
@inline
function bytesIn(shard: Shard): usize {
  return isV2 ? requestBytes(shard.v2) : shard.position;
}

/** Counts a row that was written. */
// @ts-ignore: decorator
@inline
export function countRow(shard: Shard, row: Row): void {
  const kind = row.kind;
  if (kind == KIND_EXEMPLAR) shard.exemplars++;
  else if (isHistogram(kind)) shard.histograms++;
  else shard.samples++;
  const timestampMs = row.timestampMs;
  // An exemplar may have no timestamp.
  if (timestampMs == 0 && kind == KIND_EXEMPLAR) return;
  shard.oldestMs = min(shard.oldestMs, timestampMs);
  shard.newestMs = max(shard.newestMs, timestampMs);
}

/** Tells the binding what is in a shard's request. */
export function putShard(shard: Shard): void {
  put(SLOT_SIGNALS, signalsIn(shard));
  put(SLOT_SAMPLES, shard.samples);
  put(SLOT_HISTOGRAMS, shard.histograms);
  put(SLOT_EXEMPLARS, shard.exemplars);
  put(SLOT_METADATA, shard.metadata);
  put(SLOT_OLDEST_MS, <f64> shard.oldestMs);
  put(SLOT_NEWEST_MS, <f64> shard.newestMs);
  put(SLOT_REQUEST, shard.number);
}
