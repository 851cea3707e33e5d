/** Moves the signals of a batch into the open requests of the shards. */
import { countExemplars, firstExemplar, linkExemplars, nextExemplar } from "./exemplar_links";
import { familyOf, forgetFamilies } from "./families";
import { handedCount } from "./handed_rows";
import { handedExpired, rewindHanded, routeHanded } from "./handed_route";
import { nextBatch } from "./last_row";
import {
  SENDS_EXEMPLARS,
  SENDS_HISTOGRAMS,
  SENDS_METADATA,
  SLOT_CUSTOM_IN_V1,
  SLOT_DROPPED_SERIES,
  SLOT_EXEMPLARS_ALONE,
  SLOT_EXPIRED,
  SLOT_FILTERED,
  SLOT_METADATA_ALONE,
  SLOT_METADATA_KNOWN,
  SLOT_RELABELED_TOO_LARGE,
  SLOT_STARTS_OMITTED,
  SLOT_UNSUPPORTED,
} from "../abi/layout";
import { carry, findFamily, isCaching, isSent, KnownFamily, learn, takeWaiting } from "./metadata_table";
import { nthSwitch, switchCount } from "../batch/metadata_order";
import { stringAt, stringBytes } from "../batch/strings";
import {
  addExemplar,
  addRowToSeries,
  beginSeries,
  endSeries,
  fitsExemplar,
  nextBatchV2,
  seriesBytes,
  writeSeriesMetadata,
} from "./request_v2";
import { fitsMetadata } from "./payload";
import { broken, clearDropped, droppedSeries, tooLarge } from "../relabel/rows";
import { put } from "../abi/result";
import {
  isHistogram,
  KIND_CUSTOM_HISTOGRAM,
  KIND_EXEMPLAR,
  KIND_SAMPLE,
  KIND_UNSUPPORTED,
  metadata,
  METADATA_BYTES,
  MetadataEntry,
  Row,
  ROW_BYTES,
  rows,
} from "../batch/rows";
import { ROW_BYTES_MAX } from "../abi/layout";
import { forgetPlans, measure } from "./series_plan";
import { writeMetadata, writeSeries } from "./series_write";
import { familyNumber, forgetHashes, labelsNumber } from "../batch/shard_hash";
import {
  countRow,
  isFull,
  isV2,
  overflows,
  Shard,
  shardAt,
  shardCount,
  shardOfNumber,
} from "./shards";

/** The offsets of the next row and the next metadata entry to be moved. */
let cursor: usize = 0;
let metadataCursor: usize = 0;
let sends: u32 = 0;
/** Whether the batch as a whole was looked at. */
let isPrepared: bool = false;
/** The number of the next switch of metadata, and of the batch; see metadata_order.ts. */
let nextSwitch: u32 = 0;
let batch: u32 = 0;

// How many signals the current call has dropped and passed over, by reason.
let expired: u32 = 0;
let filtered: u32 = 0;
let unsupported: u32 = 0;
let customInV1: u32 = 0;
let exemplarsAlone: u32 = 0;
let metadataAlone: u32 = 0;
let metadataKnown: u32 = 0;
let startsOmitted: u32 = 0;

export function setSends(kinds: u32): void {
  sends = kinds;
}

/** Goes back to the first signal of the batch. */
export function rewind(): void {
  cursor = 0;
  metadataCursor = 0;
  rewindHanded();
  isPrepared = false;
  nextSwitch = 0;
  clearDropped();
  forgetPlans();
  forgetHashes();
  nextBatch();
}

/**
 * Looks at the batch as a whole. That is not done when it is loaded, since metadata of a
 * discarded batch must not be learned.
 */
function prepare(): void {
  isPrepared = true;
  clearDrops();
  unsupported = broken;
  if (!isV2) return;
  nextBatchV2();
  const alone = linkExemplars((sends & SENDS_HISTOGRAMS) != 0);
  if ((sends & SENDS_EXEMPLARS) != 0) exemplarsAlone += alone;
  else filtered += alone;
  learnFamilies();
  forgetFamilies();
}

/**
 * Notes the metadata of the batch. In 2.0 it waits for a series of its family. Where a family
 * has switches, the first entry counts until one comes.
 */
function learnFamilies(): void {
  const hasSwitches = switchCount() != 0;
  batch++;
  const end = metadata.at + metadata.length;
  for (let entryAt = metadata.at; entryAt < end; entryAt += METADATA_BYTES) {
    const entry = changetype<MetadataEntry>(entryAt);
    entry.isCounted = 0;
    if ((sends & SENDS_METADATA) == 0) {
      filtered++;
      continue;
    }
    if (hasSwitches) {
      const known = findFamily(stringAt(entry.family), stringBytes(entry.family));
      if (known != null && known.batch == batch) continue;
    }
    const family = learn(entry);
    countEntry(entry, family);
    if (family != null) family.batch = batch;
  }
  metadataCursor = metadata.length;
}

/** Counts an entry that was learned as a signal, which waits. */
function countEntry(entry: MetadataEntry, family: KnownFamily | null): void {
  if (entry.isCounted != 0) return;
  entry.isCounted = 1;
  if (family == null || family.waiting != 0) metadataAlone++;
  else if (isSent(family)) metadataKnown++;
  else family.waiting = 1;
}

/** Learns the entries that count from a row on. */
function takeSwitches(row: u32): void {
  const count = switchCount();
  for (; nextSwitch < count && nthSwitch(nextSwitch).row <= row; nextSwitch++) {
    if ((sends & SENDS_METADATA) == 0) continue;
    const number = nthSwitch(nextSwitch).entry;
    const entry = changetype<MetadataEntry>(metadata.at + <usize> number * METADATA_BYTES);
    const known = findFamily(stringAt(entry.family), stringBytes(entry.family));
    const typeBefore = known == null ? entry.type : known.type;
    const family = learn(entry);
    countEntry(entry, family);
    // What names lead to is the same, unless their suffixes mean something else now.
    if (known == null || typeBefore != entry.type) forgetFamilies();
  }
}

/** Entries whose switch never came. */
function countLeftEntries(): void {
  if (switchCount() == 0 || (sends & SENDS_METADATA) == 0) return;
  const end = metadata.at + metadata.length;
  for (let entryAt = metadata.at; entryAt < end; entryAt += METADATA_BYTES) {
    const entry = changetype<MetadataEntry>(entryAt);
    if (entry.isCounted != 0) continue;
    entry.isCounted = 1;
    metadataAlone++;
  }
}

function clearDrops(): void {
  expired = 0;
  filtered = 0;
  unsupported = 0;
  customInV1 = 0;
  exemplarsAlone = 0;
  metadataAlone = 0;
  metadataKnown = 0;
  startsOmitted = 0;
}

function putDrops(): void {
  put(SLOT_EXPIRED, expired);
  put(SLOT_FILTERED, filtered);
  put(SLOT_UNSUPPORTED, unsupported);
  put(SLOT_CUSTOM_IN_V1, customInV1);
  put(SLOT_EXEMPLARS_ALONE, exemplarsAlone);
  put(SLOT_METADATA_ALONE, metadataAlone);
  put(SLOT_METADATA_KNOWN, metadataKnown);
  put(SLOT_STARTS_OMITTED, startsOmitted);
  put(SLOT_DROPPED_SERIES, droppedSeries);
  put(SLOT_RELABELED_TOO_LARGE, tooLarge);
  clearDrops();
  clearDropped();
}

/** Moves signals until a shard is full, which is returned. Returns -1 after the last signal. */
export function routeRows(cutoffMs: i64): i32 {
  if (!isPrepared) prepare();
  let full: i32 = -1;
  if (handedCount != 0) {
    full = routeHanded(cutoffMs);
    expired += handedExpired;
  }
  while (cursor < rows.length && full < 0) {
    const row = changetype<Row>(rows.at + cursor);
    if (isV2 && nextSwitch < switchCount()) takeSwitches(<u32> (cursor / ROW_BYTES));
    full = isV2 ? routeGroup(row, cutoffMs) : routeRow(row, cutoffMs);
  }
  while (metadataCursor < metadata.length && full < 0) full = routeEntry();
  if (full < 0 && isV2) {
    takeSwitches(u32.MAX_VALUE);
    metadataAlone += takeWaiting();
    countLeftEntries();
  }
  putDrops();
  return full;
}

// @ts-ignore: decorator
@inline
function shardOf(row: Row): u32 {
  return shardCount == 1 ? 0 : shardOfNumber(labelsNumber(row));
}

/** An exemplar without a timestamp is as new as its sample. */
// @ts-ignore: decorator
@inline
function isExpired(row: Row, cutoffMs: i64): bool {
  const timestampMs = row.timestampMs;
  return timestampMs < cutoffMs && (timestampMs != 0 || row.kind != KIND_EXEMPLAR);
}

// @ts-ignore: decorator
@inline
function isWanted(kind: u32): bool {
  if (kind == KIND_SAMPLE) return true;
  return (sends & (kind == KIND_EXEMPLAR ? SENDS_EXEMPLARS : SENDS_HISTOGRAMS)) != 0;
}

/** Moves one row into a request of remote write 1.0. */
function routeRow(row: Row, cutoffMs: i64): i32 {
  const kind = row.kind;
  let full: i32 = -1;
  if (kind == KIND_UNSUPPORTED) unsupported++;
  else if (isExpired(row, cutoffMs)) expired++;
  else if (!isWanted(kind)) filtered++;
  else if (kind == KIND_CUSTOM_HISTOGRAM) customInV1++;
  else {
    const index = shardOf(row);
    const shard = shardAt(index);
    // The row stays where it is until there is room.
    if (isFull(shard)) return <i32> index;
    if (!writeSeries(shard, row, measure(row))) unsupported++;
    else {
      countRow(shard, row);
      if (row.startMs != 0) startsOmitted++;
      if (isFull(shard)) full = <i32> index;
    }
  }
  cursor += ROW_BYTES;
  return full;
}

/** Moves a metadata entry into a request of remote write 1.0. */
function routeEntry(): i32 {
  const entry = changetype<MetadataEntry>(metadata.at + metadataCursor);
  let full: i32 = -1;
  const family = isCaching ? learn(entry) : null;
  if ((sends & SENDS_METADATA) == 0) filtered++;
  else if (family != null && isSent(family)) metadataKnown++;
  else if (!fitsMetadata(entry)) unsupported++;
  else {
    const index = shardCount == 1 ? 0 : shardOfNumber(familyNumber(entry.family));
    const shard = shardAt(index);
    if (isFull(shard)) return <i32> index;
    writeMetadata(shard, entry);
    shard.metadata++;
    if (family != null) carry(family, shard.number);
    if (isFull(shard)) full = <i32> index;
  }
  metadataCursor += METADATA_BYTES;
  return full;
}

/** Moves a row, and those of its series that follow it, into a request of remote write 2.0. */
function routeGroup(row: Row, cutoffMs: i64): i32 {
  const kind = row.kind;
  // It goes with its parent, or was counted as one without a parent.
  if (kind == KIND_EXEMPLAR) return step();
  if (kind == KIND_UNSUPPORTED) {
    unsupported++;
    return step();
  }
  if (!isWanted(kind)) {
    filtered++;
    return step();
  }
  if (isExpired(row, cutoffMs)) {
    expired++;
    dropExemplars(row, true);
    return step();
  }
  const index = shardOf(row);
  const shard = shardAt(index);
  const family = familyOf(row);
  const signals = family == null ? 0 : family.waiting;
  if (isFull(shard) || overflows(shard, 1 + signals + countExemplars(row))) return <i32> index;
  if (measure(row) > ROW_BYTES_MAX) {
    unsupported++;
    dropExemplars(row, false);
    return step();
  }
  writeGroup(shard, row, cutoffMs, family);
  return isFull(shard) ? <i32> index : -1;
}

function step(): i32 {
  cursor += ROW_BYTES;
  return -1;
}

/** Counts the exemplars of a row that is not sent. */
function dropExemplars(row: Row, isOld: bool): void {
  const count = countExemplars(row);
  if ((sends & SENDS_EXEMPLARS) == 0) filtered += count;
  else if (isOld) expired += count;
  else unsupported += count;
}

function writeGroup(shard: Shard, row: Row, cutoffMs: i64, family: KnownFamily | null): void {
  const request = shard.v2;
  const isSignal = family != null && family.waiting != 0;
  beginSeries(request, row, isSignal ? family : null);
  if (family != null && isSignal) {
    shard.metadata++;
    family.waiting = 0;
  }
  const labels = row.labels;
  const ofHistograms = isHistogram(row.kind);
  let bytes: usize = 0;
  const end = rows.at + rows.length;
  const first = changetype<usize>(row);
  let at = first;
  for (; at < end; at += ROW_BYTES) {
    const next = changetype<Row>(at);
    const kind = next.kind;
    // Exemplars go behind the rows that they belong to.
    if (kind == KIND_EXEMPLAR) continue;
    if (kind == KIND_UNSUPPORTED || next.labels != labels) break;
    if (isHistogram(kind) != ofHistograms || isExpired(next, cutoffMs)) break;
    if (at != first && (isFull(shard) || overflows(shard, 1 + countExemplars(next)))) break;
    if (bytes > ROW_BYTES_MAX) break;
    bytes += ofHistograms ? next.blobBytes : 16;
    addRowToSeries(next);
    countRow(shard, next);
  }
  cursor = at - rows.at;
  const exemplarsEnd = seriesBytes() + ROW_BYTES_MAX;
  for (let parentAt = first; parentAt < at; parentAt += ROW_BYTES) {
    const parent = changetype<Row>(parentAt);
    if (parent.kind != KIND_EXEMPLAR) writeExemplars(shard, parent, cutoffMs, exemplarsEnd);
  }
  if (family != null) decorate(shard, family, isSignal);
  endSeries(request);
}

/**
 * Writes the exemplars of a row. All go with it, but those that would make the series
 * longer than `bytesMax` are not sent.
 */
function writeExemplars(shard: Shard, parent: Row, cutoffMs: i64, bytesMax: usize): void {
  let row = firstExemplar(parent);
  while (row != null) {
    if ((sends & SENDS_EXEMPLARS) == 0) filtered++;
    else if (isExpired(row, cutoffMs)) expired++;
    else if (seriesBytes() > bytesMax || !fitsExemplar(row)) unsupported++;
    else {
      addExemplar(shard.v2, row);
      countRow(shard, row);
    }
    row = nextExemplar(row);
  }
}

/** Every series of a family has its metadata, unless the endpoint has answered for it before. */
function decorate(shard: Shard, family: KnownFamily, isSignal: bool): void {
  if (isCaching && isSent(family)) return;
  if (!isSignal) writeSeriesMetadata(shard.v2, family);
  if (isCaching) carry(family, shard.number);
}
