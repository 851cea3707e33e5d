/**
 * What rules made of label sets, remembered from batch to batch, so that they are
 * asked about each set once. A set is found by its hash and held against all of its
 * strings. A cache and no more: whether a set is remembered changes nothing but the
 * time.
 */
import { RELABELED } from "../abi/layout";
import {
  bucketOf,
  emptyIndex,
  freePlace,
  NO_PLACE,
  openIndex,
  placeOf,
  putSet,
  setIn,
} from "../batch/kept_index";
import {
  boundRegion,
  emptyRegion,
  openRegion,
  regionRoom,
  takeFromRegion,
} from "../batch/kept_region";
import { forgetStrings, STRING_HEAD_BYTES, takesStrings } from "../batch/kept_strings";
import { hashOf } from "../batch/symbols";
import { sameBytes } from "../bytes/memory";

/**
 * Behind this lie the names of the set and its values, `KeptString`s, and then the names
 * and values that it got: each is the place of the same string among the former, or a
 * `KeptString` if none is. All are u32.
 */
@unmanaged
export class RelabeledSet {
  /** The set that came after this one, if one did. */
  next: RelabeledSet | null;
  /** One of RELABELED and so on. */
  outcome: u32;
  count: usize;
  /** How many labels it got. */
  newCount: usize;
  /** When the ids of its new labels were written; and where they begin in `labelIds`, in ids. */
  epoch: u32;
  labels: u32;
  /** In which it was used last. */
  window: u32;

  @inline
  get keyAt(): usize {
    return changetype<usize>(this) + offsetof<RelabeledSet>();
  }

  @inline
  get newAt(): usize {
    return this.keyAt + (this.count << 3);
  }

  /** The string in a place of the labels that it got. */
  newString(place: usize): u32 {
    const here = load<u32>(this.newAt + (place << 2));
    return here < PLACES_MAX ? load<u32>(this.keyAt + (<usize> here << 2)) : here;
  }
}

/** No string lies as low in memory. Sets with more names and values are not remembered. */
export const PLACES_MAX: u32 = 1024;

const SET_HEAD_BYTES: usize = offsetof<RelabeledSet>();
/** A bucket of the index for so much room: a set has up to two of its eight places. */
const BYTES_A_BUCKET: u32 = 512;
/** In a full region, sets that were not used while this many times their number came are in the way. */
const WINDOW_TURNS: u32 = 8;

let bytesMax: u32 = 0;
let isOpen: bool = false;
let count: u32 = 0;
let isFull: bool = false;
let window: u32 = 0;
let lookedInWindow: u32 = 0;
let usedInWindow: u32 = 0;

/** Sets how many bytes all that is remembered may take; to be called once, before all else. */
export function boundSets(bytes: u32): void {
  bytesMax = bytes;
}

/** Takes the memory, unless it was taken. */
export function openSets(): void {
  if (isOpen) return;
  isOpen = true;
  const bucketCount: u32 = 1 << (31 - clz(bytesMax / BYTES_A_BUCKET));
  openIndex(bucketCount);
  boundRegion(bytesMax - bucketCount * 64);
  openRegion();
}

/** A hash of labels that are `KeptString`s. */
// @ts-ignore: decorator
@inline
function hashStrings(at: usize, labels: usize): u64 {
  const hash = <u64> hashOf(at, labels << 3);
  return hash * 0x9e3779b97f4a7c15;
}

/** A set is looked for, which may be found or not. */
// @ts-ignore: decorator
@inline
export function countLook(): void {
  lookedInWindow++;
}

/** The set that was found or added last: the next batch brings the same ones in the same order. */
let previous: RelabeledSet | null = null;

/** The set with these labels, if it is remembered. */
export function findSet(key: usize, labels: usize): RelabeledSet | null {
  const before = previous;
  if (before != null) {
    const guess = before.next;
    if (guess != null && hasKey(guess, key, labels)) return use(guess);
  }
  const set = lookFor(key, labels);
  if (set == null) return null;
  if (before != null) before.next = set;
  return use(set);
}

// @ts-ignore: decorator
@inline
function hasKey(set: RelabeledSet, key: usize, labels: usize): bool {
  return set.count == labels && sameBytes(set.keyAt, key, labels << 3);
}

function use(set: RelabeledSet): RelabeledSet {
  previous = set;
  if (set.window != window) {
    set.window = window;
    usedInWindow++;
  }
  return set;
}

function lookFor(key: usize, labels: usize): RelabeledSet | null {
  const hash = hashStrings(key, labels);
  const bucket = bucketOf(hash);
  let place: usize = 0;
  while (true) {
    place = placeOf(bucket, hash, place);
    const setAt = setIn(bucket, place);
    if (setAt == 0) return null;
    const set = changetype<RelabeledSet>(setAt);
    if (hasKey(set, key, labels)) return set;
    place++;
  }
}

/** Whether there is room for a set of so many labels in all, whose strings have so many bytes. */
export function takesSet(labels: usize, stringsBytes: usize): bool {
  if (isFull || labels << 1 > <usize> PLACES_MAX) return false;
  const strings = labels << 1;
  const bytes = SET_HEAD_BYTES + (labels << 3) + 7 + stringsBytes +
    strings * (STRING_HEAD_BYTES + 7);
  if (regionRoom() >= bytes && takesStrings(<u32> strings)) return true;
  isFull = true;
  openWindow();
  return false;
}

/** Remembers a set, for which there is room: `key` are its labels, and those that it got lie behind. Null if its place is taken. */
export function addSet(
  key: usize,
  labels: usize,
  newLabels: usize,
  outcome: u32,
): RelabeledSet | null {
  const hash = hashStrings(key, labels);
  const bucket = bucketOf(hash);
  const place = freePlace(bucket);
  if (place == NO_PLACE) return null;
  const setAt = takeFromRegion(SET_HEAD_BYTES + ((labels + newLabels) << 3));
  const set = changetype<RelabeledSet>(setAt);
  set.next = null;
  set.outcome = outcome;
  set.count = labels;
  set.newCount = newLabels;
  set.epoch = 0;
  set.labels = 0;
  set.window = window;
  usedInWindow++;
  memory.copy(set.keyAt, key, labels << 3);
  const strings = key + (labels << 3);
  for (let i: usize = 0; i < newLabels << 3; i += 4) {
    store<u32>(set.newAt + i, placeIn(key, labels << 1, load<u32>(strings + i)));
  }
  putSet(bucket, place, hash, setAt);
  count++;
  return set;
}

/** Where a string is in the key, or the string. */
function placeIn(key: usize, count: usize, string: u32): u32 {
  for (let i: usize = 0; i < count; i++) if (load<u32>(key + (i << 2)) == string) return <u32> i;
  return string;
}

/** Whether two sets got the same labels. */
function hasSameLabels(a: RelabeledSet, b: RelabeledSet): bool {
  if (a.outcome != b.outcome || a.newCount != b.newCount) return false;
  for (let i: usize = 0; i < a.newCount << 1; i++) {
    if (a.newString(i) != b.newString(i)) return false;
  }
  return true;
}

/**
 * Whether another set that is remembered got the same labels as this one, which has just
 * been added and got these `strings`. The next one with such labels will find this one.
 */
export function hasTwin(set: RelabeledSet, strings: usize): bool {
  if (set.outcome != RELABELED) return false;
  // Never the hash of a set as it came.
  const hash = ~hashStrings(strings, set.newCount);
  const bucket = bucketOf(hash);
  let place: usize = 0;
  while (true) {
    place = placeOf(bucket, hash, place);
    const otherAt = setIn(bucket, place);
    if (otherAt == 0) break;
    if (hasSameLabels(changetype<RelabeledSet>(otherAt), set)) return true;
    place++;
  }
  place = freePlace(bucket);
  if (place != NO_PLACE) putSet(bucket, place, hash, changetype<usize>(set));
  return false;
}

/**
 * To be called between batches. A full memory takes nothing more in, so that a
 * little more series than it holds still find nearly all of theirs. When a quarter
 * of its sets has fallen out of use, it is emptied.
 */
export function reviewSets(): void {
  if (!isFull || lookedInWindow / WINDOW_TURNS < count) return;
  if (usedInWindow <= count - (count >> 2)) forgetSets();
  else openWindow();
}

function openWindow(): void {
  window++;
  lookedInWindow = 0;
  usedInWindow = 0;
}

/** Empties what is remembered. */
export function forgetSets(): void {
  isFull = false;
  previous = null;
  openWindow();
  if (count == 0) return;
  emptyIndex();
  emptyRegion();
  forgetStrings();
  count = 0;
}
