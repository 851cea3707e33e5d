/**
 * Label sets that a writer keeps from batch to batch, by the bytes that they
 * came as. The next scrape brings the same series in the same order: each set
 * knows which one followed it, and when the bytes are the same, nothing of it
 * has to be parsed, checked, sorted, hashed or looked up again. A cache and no
 * more: whether a set is kept changes nothing but the time. A set:
 *
 *     0  hash    u64, of the labels
 *     8  next    u32, the set that came after this one, or 0
 *    12  epoch   u32, when the ids of its labels were written
 *    16  labels  u32, where they begin in `labelIds`, in ids
 *    20  names   u32, see kept_labels.ts
 *    24  bytes   u32, of the fields of the labels
 *    28  window  u32, in which it was used last
 *    32  the fields, then the values
 */
import {
  bucketOf,
  emptyIndex,
  freePlace,
  hasPassed,
  NO_PLACE,
  openIndex,
  placeOf,
  putSet,
  setIn,
} from "./hashes";
import {
  forgetNames,
  keepNames,
  keepValues,
  labelCountOf,
  labelsBytesMax,
  writeLabels,
} from "./labels";
import { boundRegion, emptyRegion, openRegion, regionRoom, takeFromRegion } from "./region";
import { epoch, forgetNumbers, forgetStrings, takesStrings } from "./strings";
import { countSeries, isLooking, reviewLooking } from "./rest";
import { copyLoose, sameBytes } from "../../bytes/memory";

const SET_HEAD_BYTES: usize = 32;
/** Sets whose labels take more are not kept. */
export const FIELDS_BYTES_MAX: usize = 4096;
/** Less than this is no room at all. */
const BYTES_MIN: u32 = 2048;
/** A bucket of the index for so much room: for about five sets. */
const BYTES_A_BUCKET: u32 = 2048;
/** In a full region, sets that were not used while this many times their number of series came are in the way. */
const WINDOW_TURNS: u32 = 8;

let bytesMax: u32 = 0;
let isOpen: bool = false;
let count: u32 = 0;
/** The set of the series before; 0 when that has none. */
let previous: usize = 0;

/** What findSet has looked for in vain. */
let wantedAt: usize = 0;
let wantedBytes: usize = 0;
let wantedHash: u64 = 0;
let wantedBucket: usize = 0;

let isFull: bool = false;
let window: u32 = 0;
let seriesInWindow: u32 = 0;
let usedInWindow: u32 = 0;

/** Sets how many bytes all that is kept may take; 0 for nothing. To be called once, before all else. */
export function boundKept(bytes: u32): void {
  bytesMax = bytes < BYTES_MIN ? 0 : bytes;
}

function open(): void {
  isOpen = true;
  const bucketCount: u32 = 1 << (31 - clz(bytesMax / BYTES_A_BUCKET));
  openIndex(bucketCount);
  boundRegion(bytesMax - bucketCount * 64);
}

/** Where the fields of a set's labels would end in a series that has it and begins at `at`. */
// @ts-ignore: decorator
@inline
export function fieldsBytes(set: usize): usize {
  return <usize> load<u32>(set, 24);
}

/** Where the fields of a set's labels are, as they came. */
export function fieldsOf(set: usize): usize {
  return set + SET_HEAD_BYTES;
}

// @ts-ignore: decorator
@inline
export function setHash(set: usize): u64 {
  return load<u64>(set);
}

// @ts-ignore: decorator
@inline
export function setLabelCount(set: usize): u32 {
  return labelCountOf(<usize> load<u32>(set, 20));
}

/** The set of the series that lies at `at`, if it is the one that followed the set before; or 0. */
// @ts-ignore: decorator
@inline
export function guessSet(at: usize, end: usize): usize {
  if (previous == 0) return 0;
  const set = <usize> load<u32>(previous, 8);
  if (set == 0) return 0;
  const bytes = fieldsBytes(set);
  if (bytes > end - at) return 0;
  // One more label after the same ones is another set.
  const next = at + bytes;
  if (next < end && load<u8>(next) == 0x0a) return 0;
  return sameFields(set + SET_HEAD_BYTES, at, bytes) ? set : 0;
}

// @ts-ignore: decorator
@inline
function sameFields(a: usize, b: usize, bytes: usize): bool {
  let left = bytes;
  while (left >= 32) {
    const difference = (load<u64>(a) ^ load<u64>(b)) | (load<u64>(a, 8) ^ load<u64>(b, 8)) |
      (load<u64>(a, 16) ^ load<u64>(b, 16)) | (load<u64>(a, 24) ^ load<u64>(b, 24));
    if (difference != 0) return false;
    a += 32;
    b += 32;
    left -= 32;
  }
  return sameBytes(a, b, left);
}

/** Whether findSet is worth a hash. */
// @ts-ignore: decorator
@inline
export function looksForSets(): bool {
  return isLooking && bytesMax != 0;
}

/**
 * The set whose labels came as these bytes, or 0; then keepWanted may keep it.
 * `hash` is that of the labels in the order in which they came.
 */
export function findSet(at: usize, bytes: usize, hash: u64): usize {
  if (!isOpen) open();
  wantedAt = at;
  wantedBytes = bytes;
  wantedHash = hash;
  wantedBucket = bucketOf(hash);
  let place: usize = 0;
  while (true) {
    place = placeOf(wantedBucket, hash, place);
    const set = setIn(wantedBucket, place);
    if (set == 0) return 0;
    if (fieldsBytes(set) == bytes && sameFields(set + SET_HEAD_BYTES, at, bytes)) return set;
    place++;
  }
}

/**
 * Keeps the set that was looked for, whose `labels` are in the open batch, if it
 * has come before and there is room. Returns it, or 0.
 */
export function keepWanted(labels: usize, labelCount: usize, hash: u64): usize {
  if (isFull || !hasPassed(wantedBucket, wantedHash)) return 0;
  const place = freePlace(wantedBucket);
  if (place == NO_PLACE) return 0;
  openRegion();
  const setBytes = SET_HEAD_BYTES + ((wantedBytes + 7) & ~7) + labelCount * 4;
  const bytes = setBytes + 7 + labelsBytesMax(labelCount, wantedBytes);
  if (regionRoom() < bytes || !takesStrings(<u32> labelCount * 2)) {
    isFull = true;
    openWindow();
    return 0;
  }
  const names = keepNames(labels, labelCount);
  const set = takeFromRegion(setBytes);
  store<u64>(set, hash);
  store<u32>(set, 0, 8);
  store<u32>(set, 0, 12);
  store<u32>(set, 0, 16);
  store<u32>(set, <u32> names, 20);
  store<u32>(set, <u32> wantedBytes, 24);
  store<u32>(set, window, 28);
  copyLoose(set + SET_HEAD_BYTES, wantedAt, wantedBytes);
  keepValues(valuesOf(set), labels, labelCount);
  putSet(wantedBucket, place, wantedHash, set);
  count++;
  return set;
}

// @ts-ignore: decorator
@inline
function valuesOf(set: usize): usize {
  return set + SET_HEAD_BYTES + ((fieldsBytes(set) + 7) & ~7);
}

/** Notes the set of the series at hand, or 0 for none: what came before it will guess it. */
// @ts-ignore: decorator
@inline
export function follow(set: usize): void {
  countSeries(set != 0);
  seriesInWindow++;
  if (set != 0) {
    if (previous != 0) store<u32>(previous, <u32> set, 8);
    if (load<u32>(set, 28) != window) {
      store<u32>(set, window, 28);
      usedInWindow++;
    }
  }
  previous = set;
}

/** Where the ids of a set's labels are in the open batch, in which its strings get numbers. */
// @ts-ignore: decorator
@inline
export function setLabels(set: usize): u32 {
  if (load<u32>(set, 12) == epoch) return load<u32>(set, 16);
  const at = writeLabels(<usize> load<u32>(set, 20), valuesOf(set));
  store<u32>(set, epoch, 12);
  store<u32>(set, at, 16);
  return at;
}

/** The batch was closed, or taken back in part: ids that were given in it mean nothing now. */
export function forgetLabels(): void {
  if (!forgetNumbers()) forgetSets();
}

/**
 * To be called between requests. A full region takes nothing more in, so that a
 * little more series than it holds still find nearly all of theirs. When a
 * quarter of its sets has fallen out of use, it is emptied: that costs less than
 * it gains, and comes seldom.
 */
export function reviewSets(): void {
  // While the writer rests from looking, what is in use cannot be told.
  if (!isLooking) openWindow();
  else if (isFull && seriesInWindow / WINDOW_TURNS >= count) {
    if (usedInWindow <= count - (count >> 2)) forgetSets();
    else openWindow();
  }
  reviewLooking();
}

function openWindow(): void {
  window++;
  seriesInWindow = 0;
  usedInWindow = 0;
}

/** Empties what is kept. */
export function forgetSets(): void {
  isFull = false;
  previous = 0;
  if (count == 0) return;
  emptyIndex();
  emptyRegion();
  forgetStrings();
  forgetNames();
  count = 0;
}
