/**
 * Label sets that a writer keeps from batch to batch, by the bytes that they came as. The
 * next scrape brings the same series in the same order, and each set knows which one
 * followed it. When the bytes are the same, nothing of the set has to be parsed, checked,
 * sorted, hashed or looked up again. This is a cache and no more: whether a set is kept
 * changes nothing but the time.
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
  siblingOf,
} from "../../batch/kept_index";
import {
  forgetNames,
  keepNames,
  keepValues,
  KeptNames,
  labelsBytesMax,
  writeLabels,
} from "./labels";
import { boundRegion, emptyRegion, openRegion, regionRoom, takeFromRegion } from "../../batch/kept_region";
import { epoch, forgetNumbers, forgetStrings, takesStrings } from "../../batch/kept_strings";
import { forgetHandles, newHandle, setWithHandle } from "./handles";
import { countSeries, isLooking, reviewLooking } from "./rest";
import { areAlike } from "../../bytes/alike";
import { copyLoose } from "../../bytes/memory";

/** A kept set. The fields of the labels follow this object as they came, and then the values. */
@unmanaged
export class KeptSet {
  /** The hash of the labels. */
  hash: u64;
  /** The set that came after this one, if one did. */
  next: KeptSet | null;
  /**
   * The epoch in which the ids of its labels were written, and where they begin in
   * `labelIds`, counted in ids.
   */
  epoch: u32;
  labels: u32;
  names: KeptNames;
  /** How long the fields are, or NO_FIELDS. */
  bytes: u16;
  /** The round in which it was used last, in its lower half. */
  window: u16;
  /** Its handle, or 0. */
  handle: u32;

  @inline
  get fieldsAt(): usize {
    return changetype<usize>(this) + offsetof<KeptSet>();
  }

  /** Where the values are, see labels.ts. */
  @inline
  get valuesAt(): usize {
    return this.fieldsAt + ((<usize> this.bytes + 7) & ~7);
  }
}

const SET_HEAD_BYTES: usize = offsetof<KeptSet>();
/** A set that is known by its handle alone: no series is without labels. */
export const NO_FIELDS: u16 = 0;
/** Sets whose labels take more bytes than this are not kept. */
export const FIELDS_BYTES_MAX: usize = 4096;
/** With less room than this, nothing is kept. */
const BYTES_MIN: u32 = 2048;
/** The index has a bucket for this many bytes, which is for about five sets. */
const BYTES_A_BUCKET: u32 = 2048;
/** The same for the strings: a set takes some 400 bytes and brings about one new string. */
const BYTES_A_STRING: usize = 128;
/**
 * In a full region, a set is out of use if it was not used while this many times as many
 * series came as there are sets.
 */
const WINDOW_TURNS: u32 = 8;

let bytesMax: u32 = 0;
let isOpen: bool = false;
let count: u32 = 0;
/** The set of the previous series, if it has one. */
let previous: KeptSet | null = null;

/** What findSet last looked for in vain. */
let wantedAt: usize = 0;
let wantedBytes: usize = 0;
let wantedHash: u64 = 0;
let wantedBucket: usize = 0;

let isFull: bool = false;
let window: u16 = 0;
let seriesInWindow: u32 = 0;
let usedInWindow: u32 = 0;

/**
 * Sets how many bytes all that is kept may take. With 0 nothing is kept. To be called
 * once, before all else.
 */
export function boundKept(bytes: u32): void {
  bytesMax = bytes < BYTES_MIN ? 0 : bytes;
}

function open(): void {
  isOpen = true;
  const bucketCount: u32 = 1 << (31 - clz(bytesMax / BYTES_A_BUCKET));
  openIndex(bucketCount);
  boundRegion(bytesMax - bucketCount * 64, BYTES_A_STRING);
}

/** The set of the series at `at`, if it is the one that followed the previous set the last time. */
// @ts-ignore: decorator
@inline
export function guessSet(at: usize, end: usize): KeptSet | null {
  const before = previous;
  if (before == null) return null;
  const set = before.next;
  if (set == null) return null;
  const bytes = <usize> set.bytes;
  // Nor is it one without fields: 0 less 1 is more than there is of anything.
  if (bytes - 1 >= end - at) return null;
  // One more label after the same ones is another set.
  const next = at + bytes;
  if (next < end && load<u8>(next) == 0x0a) return null;
  return sameFields(set.fieldsAt, at, bytes) ? set : null;
}

// @ts-ignore: decorator
@inline
function sameFields(a: usize, b: usize, bytes: usize): bool {
  let left = bytes;
  // Each turn of a loop costs as much as comparing 16 bytes, and most of these are the same.
  while (left >= 64) {
    const first = v128.or(difference(a, b, 0), difference(a, b, 16));
    const second = v128.or(difference(a, b, 32), difference(a, b, 48));
    if (v128.any_true(v128.or(first, second))) return false;
    a += 64;
    b += 64;
    left -= 64;
  }
  return areAlike(a, b, left);
}

// @ts-ignore: decorator
@inline
function difference(a: usize, b: usize, from: usize): v128 {
  return v128.xor(v128.load(a + from), v128.load(b + from));
}

/** Whether findSet is worth a hash. */
// @ts-ignore: decorator
@inline
export function looksForSets(): bool {
  return isLooking && bytesMax != 0;
}

/**
 * The set whose labels came as these bytes. If there is none, keepWanted may keep it.
 * `hash` is the hash of the labels in the order in which they came.
 */
export function findSet(at: usize, bytes: usize, hash: u64): KeptSet | null {
  if (!isOpen) open();
  wantedAt = at;
  wantedBytes = bytes;
  wantedHash = hash;
  wantedBucket = bucketOf(hash);
  const set = findIn(wantedBucket, at, bytes, hash);
  if (set != null || freePlace(wantedBucket) != NO_PLACE) return set;
  const sibling = siblingOf(wantedBucket);
  return sibling == 0 ? null : findIn(sibling, at, bytes, hash);
}

function findIn(bucket: usize, at: usize, bytes: usize, hash: u64): KeptSet | null {
  let place: usize = 0;
  while (true) {
    place = placeOf(bucket, hash, place);
    const setAt = setIn(bucket, place);
    if (setAt == 0) return null;
    const set = changetype<KeptSet>(setAt);
    if (<usize> set.bytes == bytes && sameFields(set.fieldsAt, at, bytes)) return set;
    place++;
  }
}

/**
 * Keeps the set that was looked for, whose `labels` are in the open batch, if it
 * has come before and there is room. Returns it if it does.
 */
export function keepWanted(labels: usize, labelCount: usize, hash: u64): KeptSet | null {
  if (isFull || !hasPassed(wantedBucket, wantedHash)) return null;
  let bucket = wantedBucket;
  let place = freePlace(bucket);
  if (place == NO_PLACE) {
    bucket = siblingOf(bucket);
    if (bucket == 0) return null;
    place = freePlace(bucket);
    if (place == NO_PLACE) return null;
  }
  openRegion();
  const setBytes = SET_HEAD_BYTES + ((wantedBytes + 7) & ~7) + labelCount * 4;
  const bytes = setBytes + 7 + labelsBytesMax(labelCount, wantedBytes);
  if (regionRoom() < bytes || !takesStrings(<u32> labelCount * 2)) {
    isFull = true;
    openWindow();
    return null;
  }
  const set = addSet(setBytes, <u16> wantedBytes, labels, labelCount, hash);
  // What is written past the end of the fields is where the values come.
  copyLoose(set.fieldsAt, wantedAt, wantedBytes);
  keepValues(set.valuesAt, labels, labelCount);
  putSet(bucket, place, wantedHash, changetype<usize>(set));
  return set;
}

/** Adds a set of so many bytes, without what follows it. There must be room for it and its strings. */
function addSet(setBytes: usize, bytes: u16, labels: usize, labelCount: usize, hash: u64): KeptSet {
  const names = keepNames(labels, labelCount);
  const set = changetype<KeptSet>(takeFromRegion(setBytes));
  set.hash = hash;
  set.next = null;
  set.epoch = 0;
  set.labels = 0;
  set.names = names;
  set.bytes = bytes;
  set.window = window;
  set.handle = 0;
  count++;
  return set;
}

/**
 * Keeps a set, whose `labels` are in the open batch and took `bytes` bytes, to be known by its
 * handle alone. Returns null when there is no room for it.
 */
export function keepForHandle(labels: usize, labelCount: usize, bytes: usize, hash: u64): KeptSet | null {
  if (bytesMax == 0 || isFull) return null;
  if (!isOpen) open();
  openRegion();
  const setBytes = SET_HEAD_BYTES + labelCount * 4;
  if (
    regionRoom() < setBytes + 7 + labelsBytesMax(labelCount, bytes) ||
    !takesStrings(<u32> labelCount * 2)
  ) {
    isFull = true;
    openWindow();
    return null;
  }
  const set = addSet(setBytes, NO_FIELDS, labels, labelCount, hash);
  keepValues(set.valuesAt, labels, labelCount);
  return set;
}

/** The handle of a set. */
export function handleOf(set: KeptSet): u32 {
  if (set.handle == 0) set.handle = newHandle(changetype<usize>(set));
  return set.handle;
}

/** The set with this handle, if there is one. */
// @ts-ignore: decorator
@inline
export function setOfHandle(handle: u64): KeptSet | null {
  return changetype<KeptSet | null>(setWithHandle(handle));
}

/** Notes the set of the current series, if it has one, as the one that follows the previous set. */
// @ts-ignore: decorator
@inline
export function follow(set: KeptSet | null): void {
  countSeries(set != null);
  seriesInWindow++;
  if (set != null) {
    const before = previous;
    if (before != null) before.next = set;
    if (set.window != window) {
      set.window = window;
      usedInWindow++;
    }
  }
  previous = set;
}

/** Where the ids of a set's labels are in the open batch, in which its strings get numbers. */
// @ts-ignore: decorator
@inline
export function setLabels(set: KeptSet): u32 {
  if (set.epoch == epoch) return set.labels;
  const at = writeLabels(set.names, set.valuesAt);
  set.epoch = epoch;
  set.labels = at;
  return at;
}

/** To be called when the batch was closed, or taken back in part: its ids mean nothing from now on. */
export function forgetLabels(): void {
  if (!forgetNumbers()) forgetSets();
}

/**
 * To be called between requests. A full region takes no new sets. So if there are a few
 * more series than it has room for, nearly all still find their sets. When a quarter of its
 * sets is out of use, the region is emptied. That is rare, and gains more than it costs.
 */
export function reviewSets(): void {
  // While the writer does not look, it cannot be told which sets are in use.
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

/** Forgets all that is kept. */
export function forgetSets(): void {
  isFull = false;
  previous = null;
  if (count == 0) return;
  emptyIndex();
  emptyRegion();
  forgetStrings();
  forgetNames();
  forgetHandles();
  count = 0;
}
