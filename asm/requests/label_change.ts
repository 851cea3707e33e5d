/**
 * How the labels of a row are made of those of the rows before it, as snappy elements: what
 * they have in common is copied. Series come in the same order again and again, so this is
 * worked out once and written again with each batch, as long as the rows that it copies from
 * are where they were.
 */
import { ChangeSource, HandedSet, SOURCES_MAX, takeBytes } from "./handed_sets";
import { Trail } from "./handed_trail";
import { commonEnd, commonStart } from "../bytes/common_bytes";
import { sameBytes } from "../bytes/memory";
import { readVarint, varint } from "../codec/protobuf";
import {
  beginLiteral,
  copyBytes,
  distance,
  DISTANCE_MAX,
  elementsAt,
  elementsBytes,
  emptyStream,
  endRun,
  isPending,
  pause,
  putBytes,
  resume,
  RUN_BYTES_MIN,
  SnappyStream,
  startRun,
} from "../codec/snappy_stream";

/** What is shorter than this costs as much as a copy of it. */
const PART_BYTES_MIN: usize = 6;
/** How many labels further on one with the same name is looked for. */
const AHEAD_MAX: u32 = 8;
/** Room that elements get on top, for those of another change. */
const SPARE_BYTES: usize = 16;

/** Stands for the end of a first run that goes on in the sample. */
export const GOES_ON: usize = usize.MAX_VALUE;

/** Where elements are written; positions are offsets in the labels. */
const stream: SnappyStream = createStream();

/** The set whose change is being made, where its fields are, and where its labels will be in the request. */
let to: HandedSet = changetype<HandedSet>(0);
let base: usize = 0;
let toAt: usize = 0;
let trail: Trail = changetype<Trail>(0);

/** The row that labels are copied from now: how far back it is, its set and fields, and how far apart the labels are. */
let modelBack: u32 = 0;
let model: HandedSet = changetype<HandedSet>(0);
let modelFields: usize = 0;
let modelApart: usize = 0;
/** The number of its field that is next. */
let modelField: u32 = 0;

/** Rows that are copied from so far, by bits: how far back they are. */
let used: u64 = 0;
let usedCount: u32 = 0;

/** How far apart the labels are of those of the row before, and where the run over that ends, once it does. */
let firstApart: usize = 0;
let firstEnd: usize = 0;
let isFirst: bool = false;

/** What readField has read of a field: where the tag of its name is, the end of its name, and its value. */
let innerAt: usize = 0;
let nameEnd: usize = 0;
let valueAt: usize = 0;

/** Where the elements of the last change are. */
export let changeAt: usize = 0;
export let changeBytes: usize = 0;

function createStream(): SnappyStream {
  const made = changetype<SnappyStream>(heap.alloc(offsetof<SnappyStream>()));
  made.at = 0;
  made.capacity = 0;
  emptyStream(made);
  return made;
}

/**
 * Finds how the labels of a set become of those before it, which will be at `at` in the
 * request. Where the runs are is noted in the set, and the elements are at `changeAt`. The
 * trail must not be empty, and no stream be under way.
 */
// @ts-ignore: decorator
@inline
export function findChange(rows: Trail, set: HandedSet, at: usize): void {
  if (isAsBefore(rows, set, at)) {
    changeAt = set.elementsAt;
    changeBytes = set.elementsBytes;
  } else makeChange(rows, set, at);
}

/** Whether all rows that the last change copied from are where they were. */
// @ts-ignore: decorator
@inline
function isAsBefore(rows: Trail, set: HandedSet, at: usize): bool {
  const count = set.sources;
  const length = rows.length;
  for (let i: u32 = 0; i < count; i++) {
    const source = set.source(i);
    const back = <u32> source.back;
    if (back > length) return false;
    const row = rows.row(back);
    if (row.set != source.set || at - row.labelsAt != <usize> source.apart) return false;
  }
  return count != 0;
}

function makeChange(rows: Trail, set: HandedSet, at: usize): void {
  trail = rows;
  to = set;
  base = set.fieldsAt;
  toAt = at;
  used = 0;
  usedCount = 0;
  modelField = 0;
  useRow(1);
  firstApart = modelApart;
  isFirst = true;
  emptyStream(stream);
  resume(stream, set.bytes);
  startRun(0, firstApart);
  for (let field: u32 = 0; field < set.fields; field++) writeField(field);
  // A run that is pending goes on in the sample, if that of the model is behind its labels.
  const goesOn = distance == apartFrom(set.bytes, modelFields + model.bytes);
  if (!goesOn) {
    stop(set.bytes);
    startRun(set.bytes, distance);
  }
  set.lastBack = goesOn ? modelBack : 0;
  set.firstEnd = isFirst ? GOES_ON : firstEnd;
  pause(stream, set.bytes);
  set.lastStart = stream.runStart;
  set.lastApart = distance;
  changeAt = elementsAt(stream);
  changeBytes = elementsBytes(stream);
  keep(set);
}

/** Copies from a row of the trail from now on. */
function useRow(back: u32): void {
  const row = trail.row(back);
  modelBack = back;
  model = changetype<HandedSet>(row.set);
  modelFields = model.fieldsAt;
  modelApart = toAt - row.labelsAt;
  const bit = <u64> 1 << back;
  if ((used & bit) == 0) usedCount++;
  used |= bit;
}

/** Keeps the change for the next time, if there is room. */
function keep(set: HandedSet): void {
  set.sources = 0;
  if (set.isPassing || usesPassing()) return;
  if (set.elementsRoom < changeBytes) {
    const room = changeBytes + SPARE_BYTES;
    const at = takeBytes(room);
    if (at == 0) return;
    set.elementsAt = at;
    set.elementsRoom = room;
  }
  if (changeBytes != 0) memory.copy(set.elementsAt, changeAt, changeBytes);
  set.elementsBytes = changeBytes;
  let count: u32 = 0;
  for (let left = used; left != 0; left &= left - 1) {
    const back = <u32> ctz(left);
    const row = trail.row(back);
    const source = set.source(count++);
    source.set = row.set;
    source.apart = <u16> (toAt - row.labelsAt);
    source.back = <u16> back;
  }
  set.sources = count;
}

/** Whether labels are copied from a set that is gone with its batch. */
function usesPassing(): bool {
  for (let left = used; left != 0; left &= left - 1) {
    if (changetype<HandedSet>(trail.row(<u32> ctz(left)).set).isPassing) return true;
  }
  return false;
}

/** Ends the run at an offset of the labels. The first one began before them. */
function stop(position: usize): void {
  if (isFirst) {
    isFirst = false;
    firstEnd = position;
    startRun(position, firstApart);
  } else endRun(position);
}

function writeField(field: u32): void {
  const start = to.start(field);
  const bytes = to.start(field + 1) - start;
  const at = base + start;
  const other = besideField(field, at, bytes);
  if (other != 0 && sameField(at, bytes, other)) return goOn(start, apartFrom(start, other));
  if (copyFromElsewhere(field, start, at, bytes)) return;
  if (other == 0) writeWhole(start, at, bytes);
  else if (otherBytes == bytes) writeAlike(start, at, bytes, other);
  else writeBeside(start, at, bytes, other);
}

/** How long the field is that besideField has found. */
let otherBytes: usize = 0;

/** The field of the model with the same name, or 0. */
function besideField(field: u32, at: usize, bytes: usize): usize {
  readField(at, at + bytes);
  const named = nameEnd - innerAt;
  const name = innerAt;
  const end = min(model.fields, modelField + AHEAD_MAX);
  for (let candidate = modelField; candidate < end; candidate++) {
    const other = modelFields + model.start(candidate);
    otherBytes = model.start(candidate + 1) - model.start(candidate);
    readField(other, other + otherBytes);
    if (nameEnd - innerAt == named && sameBytes(innerAt, name, named)) {
      modelField = candidate + 1;
      return other;
    }
  }
  return 0;
}

// @ts-ignore: decorator
@inline
function sameField(at: usize, bytes: usize, other: usize): bool {
  return otherBytes == bytes && sameBytes(at, other, bytes);
}

/** How far the byte at an offset of the labels is from one of the model's. */
// @ts-ignore: decorator
@inline
function apartFrom(start: usize, other: usize): usize {
  return modelApart + start - (other - modelFields);
}

/** Lets a run over the field go on, or starts one. */
function goOn(start: usize, apart: usize): void {
  if (distance == apart && (isFirst || isPending(start))) return;
  stop(start);
  startRun(start, apart);
}

/** Looks for the same field, at the same place, in other rows. */
function copyFromElsewhere(field: u32, start: usize, at: usize, bytes: usize): bool {
  const length = trail.length;
  for (let back: u32 = 1; back <= length; back++) {
    if (back == modelBack) continue;
    if (usedCount == SOURCES_MAX && (used & (<u64> 1 << back)) == 0) continue;
    const row = trail.row(back);
    if (toAt - row.labelsAt > DISTANCE_MAX >> 1) return false;
    const set = changetype<HandedSet>(row.set);
    if (field >= set.fields) continue;
    const otherStart = set.start(field);
    if (set.start(field + 1) - otherStart != bytes) continue;
    const other = set.fieldsAt + otherStart;
    if (!sameBytes(at, other, bytes)) continue;
    useRow(back);
    modelField = field + 1;
    goOn(start, apartFrom(start, other));
    return true;
  }
  return false;
}

/** Reads the bounds of a field, which is known to be whole. */
function readField(at: usize, end: usize): void {
  innerAt = readVarint(at + 1, end);
  const nameAt = readVarint(innerAt + 1, end);
  nameEnd = nameAt + <usize> varint;
  valueAt = readVarint(nameEnd + 1, end);
}

function writeWhole(start: usize, at: usize, bytes: usize): void {
  stop(start);
  beginLiteral(bytes);
  putBytes(at, bytes);
  startRun(start + bytes, distance);
}

/** Writes a field beside one of the same length. */
function writeAlike(start: usize, at: usize, bytes: usize, other: usize): void {
  const apart = apartFrom(start, other);
  const same = commonStart(at, other, bytes);
  const isRunning = distance == apart && (isFirst ? start > 0 : isPending(start));
  if (!isRunning) {
    if (same < RUN_BYTES_MIN) return writeWhole(start, at, bytes);
    goOn(start, apart);
  }
  stop(start + same);
  const rest = bytes - same;
  let tail = commonEnd(at + bytes, other + bytes, rest);
  if (tail < RUN_BYTES_MIN) tail = 0;
  beginLiteral(rest - tail);
  putBytes(at + same, rest - tail);
  startRun(start + bytes - tail, apart);
}

/** Writes a field beside one with the same name and a value of another length. */
function writeBeside(start: usize, at: usize, bytes: usize, other: usize): void {
  const end = at + bytes;
  const otherEnd = other + otherBytes;
  readField(other, otherEnd);
  const otherInner = innerAt;
  const otherValue = valueAt;
  readField(at, end);
  stop(start);
  let written = at;
  // The name, with the tags before and behind it.
  const named = nameEnd + 1 - innerAt;
  if (named >= PART_BYTES_MIN) {
    beginLiteral(innerAt - at);
    putBytes(at, innerAt - at);
    copyBytes(apartFrom(start + (innerAt - at), otherInner), named);
    written = nameEnd + 1;
  }
  const shorter = min(end - valueAt, otherEnd - otherValue);
  let same = commonStart(valueAt, otherValue, shorter);
  if (same < PART_BYTES_MIN) same = 0;
  else {
    beginLiteral(valueAt - written);
    putBytes(written, valueAt - written);
    copyBytes(apartFrom(start + (valueAt - at), otherValue), same);
    written = valueAt + same;
  }
  let tail = commonEnd(end, otherEnd, shorter - same);
  if (tail < RUN_BYTES_MIN) tail = 0;
  const rest = end - written - tail;
  if (rest > 0) {
    beginLiteral(rest);
    putBytes(written, rest);
  }
  startRun(start + bytes - tail, apartFrom(start + bytes, otherEnd));
}
