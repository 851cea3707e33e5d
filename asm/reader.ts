/** The functions of a reader. */
import { readGroup } from "./formats/alloy/v1_read";
import { readRecords, recordCount } from "./formats/alloy/v2_read";
import { clearBatch } from "./intake/batch";
import { marks } from "./sealed/marks";
import { select } from "./sealed/select";
import { xxh64 } from "./bytes/hash";
import { cutoffOf, handOut, inputAt, putChecksumOf, releaseInput } from "./input";
import {
  COMPRESSION_SNAPPY,
  FAULT_NONE,
  FORMAT_ALLOY_V1,
  FORMAT_ALLOY_V2,
  MESSAGE_V2,
  SLOT_BLOBS_AT,
  SLOT_COUNTED,
  SLOT_DATA_AT,
  SLOT_DATA_BYTES,
  SLOT_ENTRIES_AT,
  SLOT_ENTRY_COUNT,
  SLOT_KEPT_AT,
  SLOT_KEPT_COUNT,
  SLOT_LABEL_IDS_AT,
  SLOT_RAW_BYTES,
  SLOT_ROW_COUNT,
  SLOT_ROWS_AT,
  SLOT_SIGNALS,
  SLOT_STRING_COUNT,
  SLOT_STRINGS_AT,
  SLOT_SWITCH_COUNT,
  SLOT_SWITCHES_AT,
} from "./abi/layout";
import { Buffer, createBuffer, createLastingBuffer, reserve } from "./bytes/memory";
import { forgetHandedRows, learnHanded, leaveHanded, takeHanded } from "./requests/handed_rows";
import { boundHanded, forgetHanded } from "./requests/handed_sets";
import { openMetadataTable, settleEntries } from "./requests/metadata_table";
import { begin, currentFault, put } from "./abi/result";
import { switchCount, switches } from "./batch/metadata_order";
import { blobs, labelIds, METADATA_BYTES, metadata, ROW_BYTES, rows } from "./batch/rows";
import { assemble, restoreRequest } from "./requests/request_v2";
import { rewind, routeRows, setSends } from "./requests/route";
import { setExternalLabels } from "./requests/external_labels";
import {
  createShards,
  emptyShard,
  isV2,
  putShard,
  setShardCount,
  Shard,
  shardAt,
  signalsIn,
} from "./requests/shards";
import { compress } from "./codec/snappy_compress";
import { elementsAt, elementsBytes, finish, restoreStream, settle } from "./codec/snappy_stream";
import { decompress } from "./codec/snappy_decompress";
import { stringCount, strings } from "./batch/strings";
import { decideRows, lookUpRows, openRules } from "./relabel/rows";
import { readColumns } from "./formats/walq/v1_read";

/** The file of the current batch. Rows point into it. */
const file: Buffer = createLastingBuffer();
/** A sealed request without compression, and what is kept of it. */
const opened: Buffer = createBuffer();
const kept: Buffer = createBuffer();
/** A request that was compressed again. */
const repacked: Buffer = createBuffer();

/**
 * A request is compressed again if more than a quarter of it is rows that could not be
 * written as copies of others.
 */
const ALONE_SHIFT: usize = 2;

/**
 * Sets what the reader does, and takes the external labels from the input. To be called
 * once. `message` is MESSAGE_V1 or MESSAGE_V2, and `sends` has the bits of the kinds that
 * are sent. `metadataMax` is how many metadata entries are remembered as answered for. If
 * it is 0, all entries are sent.
 */
export function configureReader(
  shards: u32,
  requestSignalsMax: u32,
  externalBytes: u32,
  message: i32,
  sends: u32,
  metadataMax: u32,
): void {
  setExternalLabels(inputAt(externalBytes), <usize> externalBytes);
  createShards(shards, requestSignalsMax, message == MESSAGE_V2);
  setSends(sends);
  openMetadataTable(metadataMax);
}

/** Whether the input has this checksum, which is given in two halves. */
export function checkInput(bytes: u32, low: u32, high: u32): bool {
  return xxh64(inputAt(bytes), <usize> bytes) == ((<u64> high << 32) | <u64> low);
}

/** Tells the checksum of the input. */
export function checksumInput(bytes: u32): void {
  putChecksumOf(inputAt(bytes), <usize> bytes);
}

/** Reads the file in the input. Returns FAULT_NONE or a fault, after which the reader has no batch. */
export function loadBatch(bytes: u32, compression: i32, bytesMax: f64, format: i32): i32 {
  const at = inputAt(bytes);
  const end = at + <usize> bytes;
  begin(at);
  clearAll();
  leaveHanded();
  rewind();
  if (compression == COMPRESSION_SNAPPY) {
    if (!decompress(at, end, file, <u64> bytesMax, true)) return currentFault();
  } else {
    file.length = 0;
    memory.copy(reserve(file, <usize> bytes), at, <usize> bytes);
    file.length = <usize> bytes;
  }
  releaseInput();
  begin(file.at);
  if (!readFile(file.at, file.at + file.length, format)) {
    clearAll();
    return currentFault();
  }
  rewind();
  const signals = rows.length / ROW_BYTES + metadata.length / METADATA_BYTES;
  put(SLOT_SIGNALS, <f64> signals);
  put(SLOT_COUNTED, format == FORMAT_ALLOY_V2 ? <f64> recordCount : <f64> signals);
  put(SLOT_RAW_BYTES, <f64> file.length);
  return FAULT_NONE;
}

function clearAll(): void {
  clearBatch();
  strings.length = 0;
}

/** Sets how much memory the sets of handed batches may take, see requests/handed_sets.ts. To be called once. */
export function configureHanded(bytesMax: u32): void {
  boundHanded(<usize> bytesMax);
}

/**
 * Takes the batch in the input, which is in short form (intake/handover.ts). Returns false
 * if a label set of it is not known.
 */
export function loadHanded(count: u32, bytes: u32): bool {
  clearAll();
  forgetHandedRows();
  rewind();
  return takeHanded(inputAt(0), <usize> count, <usize> bytes);
}

/** Learns the label sets of the batch that was read from its file, whose short form is in the input. */
export function learnSets(count: u32): void {
  learnHanded(inputAt(0), <usize> count);
}

/** The handles of all sets that were learned mean nothing any more. */
export function forgetLearned(): void {
  forgetHanded();
}

/** Forgets the batch that was read. Nothing of it may have been routed. */
export function discardBatch(): void {
  forgetHandedRows();
  clearAll();
  rewind();
}

/** Reads the file by its format. Returns false after a fault. */
function readFile(at: usize, end: usize, format: i32): bool {
  if (format == FORMAT_ALLOY_V1) return readGroup(at, end);
  return format == FORMAT_ALLOY_V2 ? readRecords(at, end) : readColumns(at, end);
}

/** There are rules for labels; what is remembered of them may take so many bytes. */
export function configureRules(bytesMax: u32): void {
  openRules(bytesMax);
}

/**
 * Looks up what rules made of the labels of the batch that was read. Returns how many
 * label sets they have to be asked about, of which the slots say where they are.
 */
export function lookUpLabels(): u32 {
  return lookUpRows();
}

/** Takes from the input what the rules say of these, see decideRows. */
export function decideLabels(bytes: u32): void {
  decideRows(inputAt(bytes));
}

/** Tells where the batch that was read is in memory, for somebody who looks at its signals. */
export function showBatch(): void {
  put(SLOT_ROWS_AT, <f64> rows.at);
  put(SLOT_ROW_COUNT, <f64> (rows.length / ROW_BYTES));
  put(SLOT_BLOBS_AT, <f64> blobs.at);
  put(SLOT_ENTRIES_AT, <f64> metadata.at);
  put(SLOT_ENTRY_COUNT, <f64> (metadata.length / METADATA_BYTES));
  put(SLOT_SWITCHES_AT, <f64> switches.at);
  put(SLOT_SWITCH_COUNT, switchCount());
  put(SLOT_LABEL_IDS_AT, <f64> labelIds.at);
  put(SLOT_STRINGS_AT, <f64> strings.at);
  put(SLOT_STRING_COUNT, stringCount());
}

/** Moves rows to the shards. Returns a shard that is full, or -1 after the last row. */
export function route(cutoffMs: f64): i32 {
  return routeRows(cutoffOf(cutoffMs));
}

/** How many shards there are from now on, also for the rest of the batch at hand. No request may be open. */
export function reshard(shards: u32): void {
  setShardCount(shards);
}

export function openSignals(shard: u32): u32 {
  return signalsIn(shardAt(shard));
}

function putSealed(at: usize, bytes: usize, uncompressedBytes: usize): void {
  put(SLOT_DATA_AT, <f64> at);
  put(SLOT_DATA_BYTES, <f64> bytes);
  put(SLOT_RAW_BYTES, <f64> uncompressedBytes);
}

/**
 * Compresses a request again, with a search for repetitions, if many of its rows were the
 * first of their kind. Small batches are full of such rows. Returns false if it is not
 * worth it.
 */
function repack(shard: Shard, start: usize, bytes: usize): bool {
  if (shard.alone <= shard.position >> ALONE_SHIFT) return false;
  begin(start);
  if (!decompress(start, start + bytes, opened, <u64> shard.position, false)) return false;
  compress(opened.at, opened.length, repacked);
  if (repacked.length >= bytes) return false;
  putSealed(repacked.at, repacked.length, shard.position);
  return true;
}

/** Notes whether the endpoint took the sealed request with this number. */
export function settleRequest(request: f64, isDelivered: bool): void {
  settleEntries(<u32> request, isDelivered);
}

/** Seals the request of a shard and opens an empty one. */
export function takeRequest(index: u32): void {
  const shard = shardAt(index);
  putShard(shard);
  if (isV2) {
    assemble(shard.v2, opened);
    handOut(opened.at, opened.length);
  } else {
    takeStream(shard);
  }
  emptyShard(shard);
}

function takeStream(shard: Shard): void {
  settle(shard);
  const start = finish(shard);
  const bytes = shard.at + shard.length - start;
  if (!repack(shard, start, bytes)) putSealed(start, bytes, shard.position);
}

/**
 * Shows the open request of a shard, so that it can move to another instance. For 1.0
 * these are its snappy elements and their uncompressed length. For 2.0 it is the request,
 * and how many bytes of it are symbols.
 */
export function shardState(index: u32): void {
  const shard = shardAt(index);
  putShard(shard);
  if (isV2) {
    assemble(shard.v2, opened);
    putSealed(opened.at, opened.length, shard.v2.symbols.fields.length);
    return;
  }
  settle(shard);
  putSealed(elementsAt(shard), elementsBytes(shard), shard.position);
}

/** Takes over an open request of another instance, which is in the input. */
export function restoreShard(
  index: u32,
  bytes: u32,
  position: u32,
  samples: u32,
  histograms: u32,
  exemplars: u32,
  metadata: u32,
  oldestMs: f64,
  newestMs: f64,
): void {
  const at = inputAt(bytes);
  const shard = shardAt(index);
  if (isV2) restoreRequest(shard.v2, at, <usize> bytes, <usize> position);
  else restoreStream(shard, at, <usize> bytes, <usize> position);
  shard.samples = samples;
  shard.histograms = histograms;
  shard.exemplars = exemplars;
  shard.metadata = metadata;
  shard.oldestMs = <i64> oldestMs;
  shard.newestMs = <i64> newestMs;
}

/** Takes snappy off the sealed request in the input, for another compression. Returns a fault. */
export function openRequest(bytes: u32, bytesMax: f64): i32 {
  if (!unseal(bytes, bytesMax)) return currentFault();
  put(SLOT_DATA_AT, <f64> opened.at);
  put(SLOT_DATA_BYTES, <f64> opened.length);
  return FAULT_NONE;
}

function unseal(bytes: u32, bytesMax: f64): bool {
  const at = inputAt(bytes);
  begin(at);
  return decompress(at, at + <usize> bytes, opened, <u64> bytesMax, false);
}

/**
 * Makes a new request from some of the signals of the sealed request in the input.
 * KEEP_FRESH keeps what is not older than the cutoff, KEEP_FIRST_HALF and
 * KEEP_SECOND_HALF keep a half. Tells which signals were kept, in the order of the
 * request. Returns FAULT_NONE or a fault.
 */
export function selectRequest(bytes: u32, bytesMax: f64, which: i32, cutoffMs: f64): i32 {
  if (!unseal(bytes, bytesMax)) return currentFault();
  begin(opened.at);
  const end = opened.at + opened.length;
  if (!select(opened.at, end, which, cutoffOf(cutoffMs), kept, isV2)) return currentFault();
  handOut(kept.at, kept.length);
  put(SLOT_KEPT_AT, <f64> marks.at);
  put(SLOT_KEPT_COUNT, <f64> marks.length);
  return FAULT_NONE;
}
