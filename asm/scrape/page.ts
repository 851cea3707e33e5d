/**
 * The page at hand: by which rules it is read, and its samples in order. A line's series is
 * looked up at once, but what relabeling makes of those that are new is not known before the
 * page is through. So samples are put down as rows first, and settled then (settle.ts).
 */
import {
  FAULT_PAGE_MEMORY,
  PAGE_HONORS_TIMESTAMPS,
  PAGE_KEEPS_CLASSIC,
  PAGE_MAKES_CUSTOM,
  PAGE_READS_CREATED,
  PAGE_REFUSES_TIMESTAMPS,
  PAGE_TAKES_NATIVE,
  PAGE_TELLS_NO_ENDS,
  PAGE_TRACKS_TIMESTAMPS,
} from "../abi/layout";
import { fail } from "../abi/result";
import { hashOf } from "../batch/symbols";
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { areAlike } from "../bytes/alike";
import { addToIndex, firstSlot, slotAfter, slotAt } from "./hash_index";
import {
  Line,
  METADATA_TYPE,
  RECORD_METADATA,
  RECORD_SERIES,
  SET_ASKED,
  SET_UNKNOWN,
} from "./records";
import { addLine, keyOf, lineOf, liveBytes, markIn, Target, wasIn } from "./target";

export const ROW_SAMPLE: u32 = 0;
export const ROW_HISTOGRAM: u32 = 1;
/** A series that is not sent, since a histogram was made of it; its start timestamp may be the histogram's. */
export const ROW_PART: u32 = 2;

/** A sample or a histogram of the page. */
@unmanaged
export class Row {
  line: u32;
  kind: u32;
  /** The bits of the value; of a histogram, where its message is in `messages`. */
  value: u64;
  /** What the page says, if it says one. */
  timestampMs: i64;
  /** 0 for none. */
  startMs: i64;
  hasTimestamp: u32;
  /** The bytes of a histogram's message. */
  messageBytes: u32;
  /** Where its exemplars are in `exemplars`, and how many they are. */
  exemplarAt: u32;
  exemplarCount: u32;
  /** The number of the row whose start timestamp counts, plus one; 0 for its own. */
  startOf: u32;
  /** Its start timestamp may come in another line. */
  waits: u32;
  /** It was collected for a histogram, whose exemplars are its own. */
  isPart: u32;
  unused: u32;
}

export const ROW_BYTES: usize = offsetof<Row>();

/** A series that relabeling is to be asked about. */
@unmanaged
export class Unknown {
  line: u32;
  /** The type of its family, which says what numbers in its labels are. */
  type: u32;
}

export const UNKNOWN_BYTES: usize = offsetof<Unknown>();

export const rows: Buffer = createBuffer();
export const unknown: Buffer = createBuffer();
/** Messages of histograms and labels of exemplars. */
export const messages: Buffer = createBuffer();

// The target of the page, and its rules.
export let target: Target = changetype<Target>(0);
export let takesTimestamps: bool = false;
export let tracksTimestamps: bool = false;
/** Whether stale markers are written for what is not in the next page. */
export let tellsEnds: bool = true;
export let refusesTimestamps: bool = false;
export let takesNative: bool = false;
export let keepsClassic: bool = false;
export let makesCustom: bool = false;
export let readsCreated: bool = false;
export let bucketLimit: u32 = 0;
export let schemaMax: i32 = 0;

/** The line that is expected to come next, and the one before it; 0 for none. */
export let expected: u32 = 0;
let last: u32 = 0;

// What the page said of the family that is being read.
export let familyType: u32 = 0;
/** The line that said it; 0 for none. */
export let typeLine: u32 = 0;
/** The bytes of the family's name in the line of metadata that came last. */
export let familyBytes: u32 = 0;
/** How many lines of metadata there were. */
let metadataLines: u32 = 0;

/** Begins a page of a target. */
export function beginPage(owner: Target, rules: i32, buckets: u32, schema: i32, hasContent: bool): void {
  target = owner;
  takesTimestamps = (rules & PAGE_HONORS_TIMESTAMPS) != 0;
  tracksTimestamps = (rules & PAGE_TRACKS_TIMESTAMPS) != 0;
  tellsEnds = (rules & PAGE_TELLS_NO_ENDS) == 0;
  refusesTimestamps = (rules & PAGE_REFUSES_TIMESTAMPS) != 0;
  takesNative = (rules & PAGE_TAKES_NATIVE) != 0;
  keepsClassic = (rules & PAGE_KEEPS_CLASSIC) != 0;
  makesCustom = (rules & PAGE_MAKES_CUSTOM) != 0;
  readsCreated = (rules & PAGE_READS_CREATED) != 0;
  bucketLimit = buckets;
  schemaMax = schema;
  rows.length = 0;
  unknown.length = 0;
  messages.length = 0;
  expected = owner.first;
  last = 0;
  familyType = 0;
  typeLine = 0;
  familyBytes = 0;
  metadataLines = 0;
  owner.page++;
  owner.isOpen = true;
  owner.hasContent = hasContent;
  owner.hasNewMetadata = false;
  owner.trackedNow = 0;
  owner.trackedStill = 0;
  owner.seriesNow = 0;
  owner.liveNow = 8;
}

/** Goes on to a line, which is the next in the page. */
// @ts-ignore: decorator
@inline
export function follow(offset: u32): void {
  if (offset != expected) {
    if (last == 0) target.first = offset;
    else lineOf(target, last).next = offset;
  }
  last = offset;
  expected = lineOf(target, offset).next;
}

/** The line that is expected, if a text has it at `at`, and more behind it; 0 if not. */
// @ts-ignore: decorator
@inline
export function expectedIn(at: usize, end: usize): u32 {
  const offset = expected;
  if (offset == 0) return 0;
  const line = lineOf(target, offset);
  const bytes = <usize> line.keyBytes;
  return bytes < end - at && areAlike(at, keyOf(line), bytes) ? offset : 0;
}

/** The line with this key; a new one is in no page yet. Returns 0 after a fault. */
export function lineWith(kind: u32, key: usize, bytes: usize): u32 {
  const hash = hashOf(key, bytes);
  const index = target.lines;
  if (index.slotCount != 0) {
    let slot = firstSlot(index, hash);
    for (let found = slotAt(index, slot); found != 0; found = slotAt(index, slot)) {
      if (<u32> (found >> 32) == hash) {
        const line = lineOf(target, <u32> found);
        const isSame = line.keyBytes == <u32> bytes && line.kind == kind && areAlike(keyOf(line), key, bytes);
        if (isSame) return <u32> found;
      }
      slot = slotAfter(index, slot);
    }
  }
  const offset = addLine(target, kind, key, bytes, hash);
  if (offset == 0) return <u32> fail(FAULT_PAGE_MEMORY, key, <f64> target.records.length, 0);
  addToIndex(index, hash, offset);
  return offset;
}

/** Adds a row for a series. Its labels are asked for if they are not known. */
// @ts-ignore: decorator
@inline
export function addRow(offset: u32, kind: u32, value: u64): Row {
  const line = lineOf(target, offset);
  if (kind == ROW_PART) {
    // What is not sent is not asked about.
  } else if (line.set == SET_UNKNOWN || (line.mark != target.keptContent && isOld(line))) ask(line, offset);
  const row = changetype<Row>(reserveMore(rows, ROW_BYTES));
  row.line = offset;
  row.kind = kind;
  row.value = value;
  row.timestampMs = 0;
  row.startMs = 0;
  row.hasTimestamp = 0;
  row.messageBytes = 0;
  row.exemplarAt = 0;
  row.exemplarCount = 0;
  row.startOf = 0;
  row.waits = 0;
  row.isPart = 0;
  rows.length += ROW_BYTES;
  return row;
}

/** Whether a series was not in the last page with content that was kept, nor asked about after it: as for Prometheus, it is another one. */
function isOld(line: Line): bool {
  const kept = target.keptContent;
  return line.before != kept && line.place <= kept && line.set != SET_ASKED;
}

function ask(line: Line, offset: u32): void {
  line.set = SET_ASKED;
  line.place = target.page;
  const entry = changetype<Unknown>(reserveMore(unknown, UNKNOWN_BYTES));
  entry.line = offset;
  entry.type = familyType;
  unknown.length += UNKNOWN_BYTES;
}

/** What was asked in vain is not known. */
export function askAgain(): void {
  const end = unknown.at + unknown.length;
  for (let at = unknown.at; at < end; at += UNKNOWN_BYTES) {
    const line = lineOf(target, changetype<Unknown>(at).line);
    if (line.set == SET_ASKED) line.set = SET_UNKNOWN;
  }
  unknown.length = 0;
}

/** The line of a series is in the page, though it is not sent. */
export function seeLine(offset: u32): void {
  const line = lineOf(target, offset);
  if (line.mark == target.page) return;
  markIn(target, line, target.keptContent);
  target.liveNow += liveBytes(line);
}

/** A line of metadata is in the page. */
export function seeMetadata(offset: u32): void {
  const line = lineOf(target, offset);
  line.place = metadataLines++;
  familyBytes = line.nameBytes;
  if (line.set == METADATA_TYPE) {
    familyType = line.part;
    typeLine = offset;
  }
  if (line.mark == target.page) return;
  if (!wasIn(target.keptContent, line)) target.hasNewMetadata = true;
  markIn(target, line, target.keptContent);
  target.liveNow += line.size;
}

/** The line of metadata with this key, of which a part is the family's name and another what is said of it. Returns 0 after a fault. */
export function metadataWith(
  key: usize,
  bytes: usize,
  what: u32,
  type: u32,
  nameAt: usize,
  nameBytes: usize,
  textAt: usize,
  textBytes: usize,
): u32 {
  const offset = lineWith(RECORD_METADATA, key, bytes);
  if (offset == 0) return 0;
  const line = lineOf(target, offset);
  line.set = what;
  line.part = type;
  line.nameAt = <u32> (nameAt - key);
  line.nameBytes = <u32> nameBytes;
  line.textAt = <u32> (textAt - key);
  line.textBytes = <u32> textBytes;
  return offset;
}

/** The line of a series with this key. Returns 0 after a fault. */
export function seriesWith(key: usize, bytes: usize): u32 {
  return lineWith(RECORD_SERIES, key, bytes);
}
