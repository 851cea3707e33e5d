/** The rows of a batch that was handed over in short form, and what they teach about sets: see asm/intake/handover.ts. */
import { beginInline, dropPassing, hasPassing, inlineEnd, inlineSet } from "./handed_inline";
import {
  forgetRows,
  HANDED_LABELS_BYTES_MAX,
  handedSet,
  HandedSet,
  learnSet,
  learnsSets,
  reviewHanded,
} from "./handed_sets";
import { HANDED_INLINE } from "../abi/layout";
import { ENTRY_BYTES, EXTERNAL, measure, plan, PlanEntry } from "./series_plan";
import { nthRow, Row, ROW_BYTES, rows } from "../batch/rows";
import { labelsNumber } from "../batch/shard_hash";
import { stringRef } from "../batch/strings";
import { Buffer, copyLoose, createBuffer, reserve } from "../bytes/memory";
import { varintBytes, writeVarint } from "../codec/protobuf";

/** The handover of the current batch; empty if that was read from its file. */
const columns: Buffer = createBuffer();
export let handedCount: usize = 0;
/** Where timestamps and values begin. */
let timesFrom: usize = 0;
let valuesFrom: usize = 0;

export function forgetHandedRows(): void {
  handedCount = 0;
  columns.length = 0;
}

/** The set of a row: of its handle, or of its labels. */
// @ts-ignore: decorator
@inline
export function setOfRow(row: usize): HandedSet {
  const word = load<u32>(columns.at + (row << 2));
  if ((word & HANDED_INLINE) == 0) return handedSet(word)!;
  return changetype<HandedSet>(<usize> (word << 1));
}

// @ts-ignore: decorator
@inline
export function timeOfRow(row: usize): i64 {
  return load<i64>(columns.at + timesFrom + (row << 3));
}

// @ts-ignore: decorator
@inline
export function valueOfRow(row: usize): u64 {
  return load<u64>(columns.at + valuesFrom + (row << 3));
}

/**
 * Takes a batch that is handed over, which takes so many bytes. Returns false if a set of it
 * is not known, or too large: then its file is to be read.
 */
export function takeHanded(at: usize, count: usize, bytes: usize): bool {
  if (hasPassing) {
    // Shards must not remember them.
    forgetRows();
    dropPassing();
  }
  reviewHanded(<u32> count);
  let inline: usize = 0;
  for (let row: usize = 0; row < count; row++) {
    const word = load<u32>(at + (row << 2));
    if ((word & HANDED_INLINE) != 0) inline++;
    else if (handedSet(word) == null) return false;
  }
  timesFrom = (count * 4 + 7) & ~7;
  valuesFrom = timesFrom + count * 8;
  const columnsBytes = valuesFrom + count * 8;
  columns.length = 0;
  memory.copy(reserve(columns, columnsBytes), at, columnsBytes);
  columns.length = columnsBytes;
  if (inline != 0) {
    beginInline(inline, bytes - columnsBytes);
    if (!takeInline(at + columnsBytes, count)) return false;
  }
  handedCount = count;
  return true;
}

/** Makes sets of the labels at an address, which are those of the rows that come with them. */
function takeInline(at: usize, count: usize): bool {
  for (let row: usize = 0; row < count; row++) {
    const word = columns.at + (row << 2);
    const handle = load<u32>(word);
    if ((handle & HANDED_INLINE) == 0) continue;
    const set = inlineSet(at, handle & ~HANDED_INLINE);
    if (set == null) return false;
    at = inlineEnd;
    // Addresses are below 2 GiB, and even.
    store<u32>(word, HANDED_INLINE | <u32> (changetype<usize>(set) >> 1));
  }
  return true;
}

/** The batch was read from its file, and nothing of it was routed: learns the sets of its rows, whose handles are at `at`. */
export function learnHanded(at: usize, count: usize): void {
  if (count != rows.length / ROW_BYTES) return;
  for (let i: usize = 0; i < count && learnsSets(); i++) {
    const handle = load<u32>(at + (i << 2)) & ~HANDED_INLINE;
    if (handle != 0 && handedSet(handle) == null) learn(handle, nthRow(i));
  }
}

/** Rows that are not of handed sets come next. */
export function leaveHanded(): void {
  forgetHandedRows();
  forgetRows();
}

function learn(handle: u32, row: Row): void {
  const bytes = measure(row);
  if (bytes > HANDED_LABELS_BYTES_MAX) return;
  const set = learnSet(handle, <u32> (plan.length / ENTRY_BYTES), bytes);
  if (set == null) return;
  set.number = labelsNumber(row);
  const values = row.valuesAt;
  const fieldsAt = set.fieldsAt;
  let start = set.startsAt;
  const planEnd = plan.at + plan.length;
  for (let entryAt = plan.at; entryAt < planEnd; entryAt += ENTRY_BYTES) {
    const entry = changetype<PlanEntry>(entryAt);
    store<u16>(start, <u16> entry.fieldOffset);
    start += 2;
    writeField(fieldsAt + entry.fieldOffset, entry, values);
  }
  store<u16>(start, <u16> bytes);
}

function writeField(to: usize, entry: PlanEntry, values: usize): void {
  const prefixAt = plan.bytes.at + entry.runOffset;
  const prefixBytes = entry.runBytes;
  const which = entry.which;
  if (which == EXTERNAL) {
    memory.copy(to, prefixAt, prefixBytes);
    return;
  }
  const value = stringRef(load<u32>(values + <usize> which));
  const valueBytes = value.bytes;
  store<u8>(to, 0x0a);
  to = writeVarint(to + 1, prefixBytes + varintBytes(valueBytes) + valueBytes);
  memory.copy(to, prefixAt, prefixBytes);
  to = writeVarint(to + prefixBytes, valueBytes);
  memory.copy(to, value.at, valueBytes);
}
