/**
 * What becomes of a page that was read: it is the last one from then on, or never was. And
 * what is remembered of those before it goes, when it is more than half of all.
 */
import { Buffer, reserve, SLACK } from "../bytes/memory";
import { addToIndex, createOwnBuffer, resetIndex } from "./hash_index";
import {
  LabelSet,
  Line,
  Part,
  Record,
  RECORD_PART,
  RECORD_SERIES,
  RECORD_SET,
  SET_ASKED,
  SET_DROPPED,
  SET_UNKNOWN,
} from "./records";
import { NOTHING_BYTES, recordOf, Target, wasIn } from "./target";

/** An eighth more than is needed may stay. */
const SPARE_SHIFT: usize = 3;

/** Fewer bytes are not worth the work. */
const COMPACT_FROM: usize = 64 * 1024;

export function keepPage(target: Target): void {
  target.isOpen = false;
  const isFirst = target.settled <= NOTHING_BYTES;
  target.kept = target.page;
  target.tracked = target.trackedNow;
  if (target.hasContent) {
    target.keptContent = target.page;
    target.series = target.seriesNow;
    target.live = target.liveNow;
  } else {
    target.series = 0;
  }
  compactIfWorth(target);
  if (isFirst || target.records.length == target.settled) giveBackSpare(target.records);
  target.settled = target.records.length;
}

/**
 * Gives back the room that a buffer took when it grew and that it does not need. Where the
 * last page has brought something new, the next one may, too: that is not worth a copy.
 */
function giveBackSpare(records: Buffer): void {
  if (records.capacity - records.length <= records.length >> SPARE_SHIFT) return;
  records.at = heap.realloc(records.at, records.length + SLACK);
  records.capacity = records.length;
}

export function forgetPage(target: Target): void {
  if (!target.isOpen) return;
  target.isOpen = false;
  target.forgotten++;
  // Whatever was wrong with it: the next one is without handles.
  target.handlesOf = 0;
  compactIfWorth(target);
}

/** Forgets what relabeling made of series, but not that they were there. */
export function relabelAnew(target: Target): void {
  for (let offset: u32 = 8; <usize> offset < target.records.length;) {
    const record = recordOf(target, offset);
    if (record.kind == RECORD_SERIES) forgetAnswer(changetype<Line>(record));
    offset += record.size;
  }
}

/** A series that was dropped was not there. */
function forgetAnswer(line: Line): void {
  if (line.set == SET_DROPPED) {
    line.mark = 0;
    line.before = 0;
  }
  line.set = SET_UNKNOWN;
}

function compactIfWorth(target: Target): void {
  if (target.records.length > COMPACT_FROM + target.live * 2) compact(target);
}

/**
 * Copies what is in use to another buffer, in the same order. First the records go, each
 * leaving its new place in the old one's `mark`; then what they know of each other is set
 * right, and they are found anew.
 */
function compact(target: Target): void {
  findUsed(target);
  const from = target.records;
  const to = createOwnBuffer();
  let used: usize = 8;
  for (let offset: u32 = 8; <usize> offset < from.length;) {
    const record = recordOf(target, offset);
    const size = record.size & SIZE_MASK;
    if ((record.size & IS_USED) != 0) used += size;
    offset += size;
  }
  reserve(to, used);
  store<u64>(to.at, 0);
  to.length = 8;
  let lines: u32 = 0;
  let sets: u32 = 0;
  for (let offset: u32 = 8; <usize> offset < from.length;) {
    const record = recordOf(target, offset);
    const size = record.size & SIZE_MASK;
    if ((record.size & IS_USED) != 0) {
      const place = to.length;
      memory.copy(to.at + place, changetype<usize>(record), size);
      changetype<Record>(to.at + place).size = size;
      // The old one's mark was copied: here it says where the record went.
      record.mark = <u32> place;
      to.length += size;
      if (record.kind == RECORD_SET) sets++;
      else if (record.kind != RECORD_PART) lines++;
    } else record.mark = 0;
    offset += size;
  }
  resetIndex(target.lines, lines);
  resetIndex(target.sets, sets);
  for (let place: u32 = 8; <usize> place < to.length;) {
    const record = changetype<Record>(to.at + <usize> place);
    if (record.kind == RECORD_SET) {
      addToIndex(target.sets, changetype<LabelSet>(record).hash, place);
    } else if (record.kind == RECORD_PART) {
      const part = changetype<Part>(record);
      part.histogram = placeOf(from, part.histogram);
      // What it was found out under is no longer where it was.
      part.type = 0;
    } else {
      const line = changetype<Line>(record);
      addToIndex(target.lines, line.hash, place);
      line.next = placeOf(from, line.next);
      if (record.kind == RECORD_SERIES) {
        if (line.set > SET_ASKED) line.set = placeOf(from, line.set);
        line.part = placeOf(from, line.part);
      }
    }
    place += record.size;
  }
  target.first = placeOf(from, target.first);
  target.records = to;
  target.live = to.length;
  heap.free(from.at);
  heap.free(changetype<usize>(from));
}

/** A bit of a record's size that says, while records are copied, that it is in use: sizes are below 2^30. */
const IS_USED: u32 = 0x80000000;
const SIZE_MASK: u32 = 0x7fffffff;

// @ts-ignore: decorator
@inline
function placeOf(from: Buffer, offset: u32): u32 {
  return offset == 0 ? 0 : changetype<Record>(from.at + <usize> offset).mark;
}

/** Marks what is in use: the lines of the last page with content, what belongs to them, and sets whose end is to be told. */
function findUsed(target: Target): void {
  for (let offset: u32 = 8; <usize> offset < target.records.length;) {
    const record = recordOf(target, offset);
    const size = record.size & SIZE_MASK;
    if (record.kind == RECORD_SET) {
      if (wasIn(target.kept, record)) use(record);
    } else if (record.kind != RECORD_PART && wasIn(target.keptContent, record)) {
      use(record);
      if (record.kind == RECORD_SERIES) useOthers(target, changetype<Line>(record));
    }
    offset += size;
  }
}

function useOthers(target: Target, line: Line): void {
  if (line.set > SET_ASKED) use(recordOf(target, line.set));
  if (line.part != 0) use(recordOf(target, line.part));
}

function use(record: Record): void {
  record.size |= IS_USED;
}
