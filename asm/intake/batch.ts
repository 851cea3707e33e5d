/** The open batch of a writer. It takes series, and keeps rows and strings. */
import { samples, setSubject } from "./current_series";
import {
  FIELDS_BYTES_MAX,
  findSet,
  follow,
  forgetLabels,
  handleOf,
  keepForHandle,
  keepWanted,
  KeptSet,
  looksForSets,
  reviewSets,
  setLabels,
} from "./kept/sets";
import { beginHandles, handles, tellHandle } from "./kept/handles";
import { beginHandover, nameRows } from "./handover";
import { hasMemory, heldBytes } from "../batch/budget";
import { exemplarLabels } from "./exemplar_intake";
import { readExemplarLabels } from "./exemplar_read";
import { hashLabels } from "../batch/label_hash";
import { brokenLabel, brokenLimit, checkLabelRules } from "./label_rules";
import {
  BATCH_ROWS_MAX,
  FAULT_BATCH_ROWS,
  FAULT_NONE,
  LABELS_MAX,
  RULE_LABEL_COUNT,
  RULE_NONE,
  RULE_TOO_LARGE,
  SERIES_BYTES_MAX,
  SLOT_ACCEPTED,
  SLOT_EXEMPLARS,
  SLOT_HANDLES_AT,
  SLOT_HANDLES_BYTES,
  SLOT_HISTOGRAMS,
  SLOT_HELD_BYTES,
  SLOT_METADATA,
  SLOT_SAMPLES,
} from "../abi/layout";
import {
  broken,
  forgetPrevious,
  internLabels,
  labels,
  matchNames,
  previousHash,
  previousIds,
  remember,
  sameAsPrevious,
  UNSORTED,
} from "./labels_intake";
import { reserveMore } from "../bytes/memory";
import { unknownReference } from "./references";
import { symbolsInRequest } from "../batch/request_symbols";
import { currentFault, put, refuse } from "../abi/result";
import {
  addRow,
  blobs,
  clearRows,
  KIND_EXEMPLAR,
  KIND_HISTOGRAM,
  KIND_SAMPLE,
  labelIds,
  metadata,
  ROW_BYTES,
  rows,
  Sample,
  SAMPLE_BYTES,
} from "../batch/rows";
import { switches } from "../batch/metadata_order";
import { forgetEntriesInForce, setEntryRow } from "./metadata_intake";
import { sortLabels } from "../batch/sort";
import { clearSymbols, makeSymbolsWhole, symbolCount, truncateSymbols } from "../batch/symbols";
import { Label, LABEL_BYTES, setLabel } from "../batch/label";
import {
  beginRefusals,
  countInvalid,
  countUntimely,
  isUntimely,
  noteInvalid,
  noteTimely,
  putRefusals,
  refuseAll,
  refuseKind,
  refuseUntimely,
} from "./refusals";

/**
 * The hash of the current labels in the form in which they came. It is unknown if they are
 * too many or not adjacent.
 */
let hash: u64 = 0;
let isHashed: bool = false;

let sampleCount: u32 = 0;
let histogramCount: u32 = 0;
let exemplarCount: u32 = 0;
let metadataCount: u32 = 0;
/** How much the batch had before the current request. */
let markRows: usize = 0;
let markIds: usize = 0;
let markSymbols: u32 = 0;
let markBlobs: usize = 0;
let markMetadata: usize = 0;
let markSwitches: usize = 0;

/** Whether the format that the batch is for carries signals of every kind. */
let carriesAll: bool = true;

export function setCarriesAll(all: bool): void {
  carriesAll = all;
}

export function beginRequest(): void {
  sampleCount = 0;
  histogramCount = 0;
  exemplarCount = 0;
  metadataCount = 0;
  beginRefusals();
  markRows = rows.length;
  markIds = labelIds.length;
  markSymbols = symbolCount();
  markBlobs = blobs.length;
  markMetadata = metadata.length;
  markSwitches = switches.length;
  setEntryRow(<u32> (markRows / ROW_BYTES));
  beginHandles();
}

/** Leaves the counts in the result area. */
export function finishRequest(): void {
  reviewSets();
  put(SLOT_HELD_BYTES, <f64> heldBytes());
  put(SLOT_ACCEPTED, sampleCount + histogramCount + exemplarCount + metadataCount);
  put(SLOT_SAMPLES, sampleCount);
  put(SLOT_HISTOGRAMS, histogramCount);
  put(SLOT_EXEMPLARS, exemplarCount);
  put(SLOT_METADATA, metadataCount);
  putRefusals();
  put(SLOT_HANDLES_AT, <f64> handles.at);
  put(SLOT_HANDLES_BYTES, <f64> handles.length);
}

/** Takes back all that the current request has added. */
export function rollBackRequest(): void {
  rows.length = markRows;
  labelIds.length = markIds;
  blobs.length = markBlobs;
  metadata.length = markMetadata;
  switches.length = markSwitches;
  forgetEntriesInForce();
  truncateSymbols(markSymbols);
  if (markSymbols != 0) makeSymbolsWhole();
  forgetLabels();
  forgetPrevious();
}

export function clearBatch(): void {
  clearRows();
  clearSymbols();
  forgetLabels();
  forgetPrevious();
  beginHandover();
}

/** Counts a metadata entry. One that the batch had before is the same signal. */
export function countMetadata(isNew: bool): void {
  metadataCount += <u32> isNew;
}

/** Whether this many more rows fit into the batch. Faults if not. */
export function fitsBatch(at: usize, more: usize): bool {
  const wanted = rows.length / ROW_BYTES + more;
  if (wanted <= BATCH_ROWS_MAX) return true;
  return refuse(FAULT_BATCH_ROWS, at, <f64> wanted, <f64> BATCH_ROWS_MAX);
}

export function addLabel(nameAt: usize, nameBytes: usize, valueAt: usize, valueBytes: usize): void {
  // An empty value is an absent label, as in Prometheus. Labels beyond those that a series may have
  // are not worth their memory.
  if (valueBytes == 0 || labels.length > LABELS_MAX * LABEL_BYTES) return;
  setLabel(reserveMore(labels, LABEL_BYTES), nameAt, nameBytes, valueAt, valueBytes);
  labels.length += LABEL_BYTES;
}

/** Looks for the kept set of the labels that were collected, which came as `bytes` bytes at `at`. */
export function findLabels(at: usize, bytes: usize): KeptSet | null {
  isHashed = looksForSets() && bytes <= FIELDS_BYTES_MAX;
  if (!isHashed) return null;
  hash = hashLabels(labels.at, labels.length / LABEL_BYTES);
  return findSet(at, bytes, hash);
}

/** To be called when the series has labels after its samples: the set that was looked for is not its own. */
export function labelsAreApart(): void {
  isHashed = false;
}

/** Adds the series whose samples were collected and whose labels are those of a kept set. */
export function addKeptSeries(set: KeptSet, place: f64, cutoffMs: i64): void {
  if (samples.length == SAMPLE_BYTES && addKeptSample(set, cutoffMs)) return follow(set);
  setSubject(set);
  const signals = <u32> (samples.length / SAMPLE_BYTES);
  if (signals == countUntimely(cutoffMs)) refuseAll(place);
  else addSignals(place, cutoffMs, set.hash, setLabels(set), set.names.count, handleOf(set));
  follow(set);
}

/** Adds the one signal of a kept set if it is a sample whose timestamp is good, as it nearly always is. */
// @ts-ignore: decorator
@inline
function addKeptSample(set: KeptSet, cutoffMs: i64): bool {
  const sample = changetype<Sample>(samples.at);
  if (sample.kind != KIND_SAMPLE || isUntimely(sample, cutoffMs)) return false;
  const timestampMs = sample.timestampMs;
  noteTimely(timestampMs);
  const ids = setLabels(set);
  addRow(set.hash, timestampMs, sample.valueBits, ids, set.names.count, KIND_SAMPLE, handleOf(set), sample.startMs);
  sampleCount++;
  return true;
}

/**
 * Adds the series whose labels and samples were collected. `place` is its offset in the
 * request, and `bytes` its length there. Returns false if nothing of it was kept.
 */
export function addSeries(place: f64, bytes: usize, cutoffMs: i64): bool {
  wasAdded = false;
  setSubject(null);
  follow(addNewSeries(place, bytes, cutoffMs));
  return wasAdded;
}

/** Whether the current series asks for a handle: its set is kept at once, since it came before. */
let wantsHandle: bool = false;

/** Adds a series as the two above do, and tells the handle of its set, if that is kept. */
export function addSeriesForHandle(
  set: KeptSet | null,
  place: f64,
  bytes: usize,
  cutoffMs: i64,
): void {
  if (set == null) {
    wasAdded = false;
    setSubject(null);
    wantsHandle = true;
    set = addNewSeries(place, bytes, cutoffMs);
    wantsHandle = false;
    follow(set);
  } else addKeptSeries(set, place, cutoffMs);
  tellHandle(set == null ? 0 : handleOf(set));
}

/** Whether the current series has rows now. */
let wasAdded: bool = false;

/** Adds the labels. Returns the set of the series if it is kept from now on. */
function addNewSeries(place: f64, bytes: usize, cutoffMs: i64): KeptSet | null {
  const signals = <u32> (samples.length / SAMPLE_BYTES);
  if (signals == 0) return null;
  const count = labels.length / LABEL_BYTES;
  let rule = bytes > SERIES_BYTES_MAX && isTooLarge(count)
    ? broken(RULE_TOO_LARGE, null)
    : matchNames(count);
  const isSorted = rule != UNSORTED;
  if (!isSorted) {
    sortLabels(labels.at, count);
    rule = matchNames(count);
  }
  const mark = symbolCount();
  if (rule == RULE_NONE) rule = checkLabelRules(labels.at, count);
  if (rule >= RULE_LABEL_COUNT) broken(rule, brokenLabel);
  if (rule == RULE_NONE) rule = internLabels(count);
  if (rule != RULE_NONE) {
    truncateSymbols(mark);
    noteInvalid(rule, signals, place, 0, <f64> brokenLimit);
    return null;
  }
  if (signals == countUntimely(cutoffMs)) {
    refuseAll(place);
    truncateSymbols(mark);
    return null;
  }
  if (!sameAsPrevious(count)) {
    remember(count, isHashed && isSorted ? hash : hashLabels(labels.at, count));
  }
  const ids = previousIds;
  wasAdded = true;
  const first = rows.length;
  addSignals(place, cutoffMs, previousHash, ids, count, 0);
  let set: KeptSet | null = null;
  if (wantsHandle) set = keepForHandle(labels.at, count, bytes, previousHash);
  else if (isHashed) set = keepWanted(labels.at, count, previousHash);
  if (set != null) nameRows(first, handleOf(set));
  return set;
}

function isTooLarge(count: usize): bool {
  if (count > LABELS_MAX) return true;
  let bytes: u64 = 0;
  const end = labels.at + count * LABEL_BYTES;
  for (let labelAt = labels.at; labelAt < end; labelAt += LABEL_BYTES) {
    const label = changetype<Label>(labelAt);
    bytes += <u64> label.nameBytes + <u64> label.valueBytes;
  }
  return bytes > <u64> SERIES_BYTES_MAX;
}

/** Adds a row for each signal of the current series whose timestamp is good; `handle` is that of its set, or 0. */
function addSignals(
  place: f64,
  cutoffMs: i64,
  hash: u64,
  ids: u32,
  count: usize,
  handle: u32,
): void {
  const end = samples.at + samples.length;
  for (let sampleAt = samples.at; sampleAt < end; sampleAt += SAMPLE_BYTES) {
    const sample = changetype<Sample>(sampleAt);
    if (isUntimely(sample, cutoffMs)) {
      refuseUntimely(sample, place);
      continue;
    }
    const kind = sample.kind;
    if (kind != KIND_SAMPLE && !admit(kind, sample, place)) {
      if (currentFault() != FAULT_NONE) return;
      continue;
    }
    const extra = kind == KIND_EXEMPLAR ? exemplarLabels : kind == KIND_SAMPLE ? handle : 0;
    const startMs = kind == KIND_EXEMPLAR ? 0 : sample.startMs;
    addRow(hash, sample.timestampMs, sample.valueBits, ids, count, kind, extra, startMs);
    if (kind == KIND_SAMPLE) sampleCount++;
    else if (kind == KIND_EXEMPLAR) exemplarCount++;
    else histogramCount++;
  }
}

/** Whether a signal that is not a sample can be kept. If not, it is counted. */
function admit(kind: u32, sample: Sample, place: f64): bool {
  if (!carriesAll && kind != KIND_HISTOGRAM) {
    refuseKind(sample);
    return false;
  }
  if (kind != KIND_EXEMPLAR) return true;
  // Its labels come on top of its row.
  if (!hasMemory(<usize> sample.extra)) return false;
  const rule = readExemplarLabels(sample.extra, <usize> sample.startMs);
  if (rule == RULE_NONE) return true;
  countInvalid(rule, 1, place, <f64> unknownReference, symbolsInRequest());
  return false;
}
