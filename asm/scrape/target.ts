/** A target: its records, and where they are found. */
import { Buffer, BUFFER_BYTES_MAX, copyLoose, reserveMore } from "../bytes/memory";
import { LabelSet, Line, LINE_BYTES, PART_BYTES, Record, SET_BYTES, sizeOf } from "./records";
import { createIndex, createOwnBuffer, HashIndex } from "./hash_index";

/** What is known of one target from page to page. */
@unmanaged
export class Target {
  /** The first eight bytes are none's: an offset of 0 is no record. */
  records: Buffer;
  lines: HashIndex;
  sets: HashIndex;
  /** The line that a page began with the last time. */
  first: u32;
  /** The number of the last page that was read; those before a target was opened are 0 and 1. */
  page: u32;
  /** The last page that was kept, and the last one with content of those. */
  kept: u32;
  keptContent: u32;
  /** Of the page at hand: whether it has content, and is to be kept or forgotten yet. */
  hasContent: bool;
  isOpen: bool;
  /** Whether metadata is new in the page at hand. */
  hasNewMetadata: bool;
  /** Changes when a page is forgotten, so that its exemplars count as not sent. */
  forgotten: u32;
  /** Sets whose end would be told: after the page that was kept last, and after the page at hand. */
  tracked: u32;
  trackedNow: u32;
  /** Those of them that are in both. */
  trackedStill: u32;
  /** Series in the page that was kept last, and in the page at hand. */
  series: u32;
  seriesNow: u32;
  /** Bytes of the records that are in use, by the same pages. */
  live: usize;
  liveNow: usize;
  /** Bytes that the records had when a page was kept last. */
  settled: usize;
  /** Which writer's handles its label sets have, and since when; 0 is none's. */
  handlesOf: f64;
}

export const FIRST_PAGE: u32 = 1;

/** What records take while there are none. */
export const NOTHING_BYTES: usize = 8;

// @ts-ignore: decorator
@inline
export function recordOf(target: Target, offset: u32): Record {
  return changetype<Record>(target.records.at + <usize> offset);
}

// @ts-ignore: decorator
@inline
export function lineOf(target: Target, offset: u32): Line {
  return changetype<Line>(target.records.at + <usize> offset);
}

// @ts-ignore: decorator
@inline
export function setOf(target: Target, offset: u32): LabelSet {
  return changetype<LabelSet>(target.records.at + <usize> offset);
}

// @ts-ignore: decorator
@inline
export function keyOf(line: Line): usize {
  return changetype<usize>(line) + LINE_BYTES;
}

// @ts-ignore: decorator
@inline
export function labelsOf(set: LabelSet): usize {
  return changetype<usize>(set) + SET_BYTES;
}

/** Whether a line was in the last page with content that was kept. */
// @ts-ignore: decorator
@inline
export function wasIn(page: u32, record: Record): bool {
  return record.mark == page || record.before == page;
}

/** Marks a record as being in the page at hand; `kept` is the page whose mark it must not lose. */
// @ts-ignore: decorator
@inline
export function markIn(target: Target, record: Record, kept: u32): void {
  if (record.mark == kept) record.before = kept;
  record.mark = target.page;
}

/** Bytes of a line of a series with what is known of its part in a family. */
// @ts-ignore: decorator
@inline
export function liveBytes(line: Line): usize {
  return <usize> line.size + (line.part == 0 ? 0 : sizeOf(PART_BYTES));
}

/** Adds a record of so many bytes. Returns its offset, or 0 if there is no room for more. */
export function addRecord(target: Target, kind: u32, bytes: usize): u32 {
  const size = sizeOf(bytes);
  const offset = target.records.length;
  if (offset + size > BUFFER_BYTES_MAX) return 0;
  const record = changetype<Record>(reserveMore(target.records, size));
  memory.fill(changetype<usize>(record), 0, size);
  record.kind = kind;
  record.size = <u32> size;
  target.records.length += size;
  return <u32> offset;
}

/** Adds a line, which is in no page yet. */
export function addLine(target: Target, kind: u32, key: usize, keyBytes: usize, hash: u32): u32 {
  const offset = addRecord(target, kind, LINE_BYTES + keyBytes);
  if (offset == 0) return 0;
  const line = lineOf(target, offset);
  line.hash = hash;
  line.keyBytes = <u32> keyBytes;
  copyLoose(keyOf(line), key, keyBytes);
  return offset;
}

export function createTarget(): Target {
  const target = changetype<Target>(heap.alloc(offsetof<Target>()));
  memory.fill(changetype<usize>(target), 0, offsetof<Target>());
  target.records = createOwnBuffer();
  target.lines = createIndex();
  target.sets = createIndex();
  beginRecords(target);
  target.page = FIRST_PAGE;
  target.kept = FIRST_PAGE;
  target.keptContent = FIRST_PAGE;
  return target;
}

/** Nothing is remembered: room for the eight bytes that are none's. */
function beginRecords(target: Target): void {
  store<u64>(reserveMore(target.records, NOTHING_BYTES), 0);
  target.records.length = NOTHING_BYTES;
}

export function freeTarget(target: Target): void {
  freeBuffer(target.records);
  freeIndex(target.lines);
  freeIndex(target.sets);
  heap.free(changetype<usize>(target));
}

function freeIndex(index: HashIndex): void {
  freeBuffer(index.slots);
  heap.free(changetype<usize>(index));
}

function freeBuffer(buffer: Buffer): void {
  if (buffer.at != 0) heap.free(buffer.at);
  heap.free(changetype<usize>(buffer));
}

/** Bytes of memory that are held for a target. */
export function heldBytes(target: Target): usize {
  return target.records.capacity + target.lines.slots.capacity + target.sets.slots.capacity;
}
