/**
 * What rules made of label sets, remembered from batch to batch, so that they are
 * asked about each set once. The next batch brings the same series in the same order, so
 * each set knows which one followed it, which is held against the batch's strings, all of
 * them; only a set that comes after another one than before is looked for by its hash. A
 * cache and no more: whether a set is remembered changes nothing but the time.
 */
import { RELABELED } from "../abi/layout";
import { boundRegion, emptyRegion, openRegion, regionRoom, takeFromRegion } from "../batch/kept_region";
import { forgetStrings, STRING_HEAD_BYTES, takesStrings } from "../batch/kept_strings";
import { Row } from "../batch/rows";
import { hashOf } from "../batch/symbols";
import { sameBytes } from "../bytes/memory";
import { areNames, forgetNames, hasStrings, keepNames, KeptNames, NAMES_HEAD_BYTES } from "./names";
import { emptyIndex, firstSlot, openIndex, putInSlot, setIn, slotAfter, takesSlots } from "./set_index";
import { confirm, isKnownAs } from "./strings";

/**
 * Behind this lie the values of the set, `KeptString`s, and then those that it got: each is
 * the place of the same string among the former, or a `KeptString` if none is. All are u32.
 */
@unmanaged
export class RelabeledSet {
  /** The set that came after this one, if one did. */
  next: RelabeledSet | null;
  /** One of RELABELED and so on. */
  outcome: u32;
  names: KeptNames;
  newNames: KeptNames;
  /** When the ids of its new labels were written; and where they begin in `labelIds`, in ids. */
  epoch: u32;
  labels: u32;
  /** In which it was used last. */
  window: u32;
  /** When it had its last sample, see timeOf. */
  seen: u32;
  /** What shard_hash.ts has for its new labels. */
  number: u32;
  /** The set before it that got the same labels. */
  twin: RelabeledSet | null;

  @inline
  get valuesAt(): usize {
    return changetype<usize>(this) + offsetof<RelabeledSet>();
  }

  @inline
  get newValuesAt(): usize {
    return this.valuesAt + (this.names.count << 2);
  }

  /** The string in a place of the values that it got. */
  newValue(place: usize): u32 {
    const here = load<u32>(this.newValuesAt + (place << 2));
    return here < PLACES_MAX ? load<u32>(this.valuesAt + (<usize> here << 2)) : here;
  }
}

/** No string lies as low in memory. Sets with more names and values are not remembered. */
export const PLACES_MAX: u32 = 1024;

const SET_HEAD_BYTES: usize = offsetof<RelabeledSet>();
/** A slot of the index for so many bytes: a set, which takes some 200 with a string of its own, has up to two. */
const BYTES_A_SLOT: u32 = 64;
/** The same for the strings. */
const BYTES_A_STRING: usize = 64;
/** In a full region, sets that were not used while this many times their number came are in the way. */
const WINDOW_TURNS: u32 = 8;
/** A set without a sample for longer is gone, as Prometheus sees it: five minutes, in units of timeOf. */
const GONE_AFTER: u32 = 293;
/** Of so many sets that got the same labels is looked which are gone. */
const TWINS_MAX: u32 = 64;

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
  const slotCount: u32 = 1 << (31 - clz(bytesMax / BYTES_A_SLOT));
  openIndex(slotCount);
  boundRegion(bytesMax - (slotCount << 3), BYTES_A_STRING);
  openRegion();
}

/** A time that is short to keep: in 1,024 ms, and only the lower bits of that. */
// @ts-ignore: decorator
@inline
export function timeOf(timestampMs: i64): u32 {
  return <u32> (timestampMs >> 10);
}

/** A set is looked for, which may be found or not. */
// @ts-ignore: decorator
@inline
export function countLook(): void {
  lookedInWindow++;
}

/** The set that was found last. */
let previous: RelabeledSet | null = null;

/** The set that came after the last one before, if it is that of the row. */
// @ts-ignore: decorator
@inline
export function guessSet(row: Row): RelabeledSet | null {
  const before = previous;
  if (before == null) return null;
  const guess = before.next;
  if (guess == null || !hasLabels(guess, row)) return null;
  return use(guess);
}

// @ts-ignore: decorator
@inline
function hasLabels(set: RelabeledSet, row: Row): bool {
  const names = set.names;
  if (names.count != row.labelCount || !areNames(names, row.labels)) return false;
  let id = row.valuesAt;
  const end = set.newValuesAt;
  for (let at = set.valuesAt; at < end; at += 4) {
    const string = load<u32>(at);
    if (!isKnownAs(load<u32>(id), string) && !confirm(load<u32>(id), string)) return false;
    id += 4;
  }
  return true;
}

/** The set with these labels, which are `KeptString`s, if it is remembered. */
export function findSet(key: usize, labels: usize): RelabeledSet | null {
  const before = previous;
  const hash = hashOf(key, labels << 3);
  for (let slot = firstSlot(hash); setIn(slot) != 0; slot = slotAfter(slot)) {
    const set = changetype<RelabeledSet>(setIn(slot));
    if (!hasKey(set, key, labels)) continue;
    if (before != null) before.next = set;
    return use(set);
  }
  return null;
}

// @ts-ignore: decorator
@inline
function hasKey(set: RelabeledSet, key: usize, labels: usize): bool {
  if (!hasStrings(set.names, key, labels)) return false;
  return sameBytes(set.valuesAt, key + (labels << 2), labels << 2);
}

// @ts-ignore: decorator
@inline
function use(set: RelabeledSet): RelabeledSet {
  previous = set;
  if (set.window != window) {
    set.window = window;
    usedInWindow++;
  }
  return set;
}

/** Whether there is room for a set of so many labels in all, whose strings have so many bytes. */
export function takesSet(labels: usize, stringsBytes: usize): bool {
  if (isFull || labels << 1 > <usize> PLACES_MAX) return false;
  const strings = labels << 1;
  // Two lists of names, values, and all that as texts that are new.
  const bytes = SET_HEAD_BYTES + 7 + (NAMES_HEAD_BYTES + 7) * 2 + (strings << 2) + stringsBytes +
    strings * (STRING_HEAD_BYTES + 7);
  if (regionRoom() >= bytes && takesStrings(<u32> strings) && takesSlots(2)) return true;
  isFull = true;
  openWindow();
  return false;
}

/** Remembers a set, for which there is room: `key` are its labels, and those that it got lie behind. */
export function addSet(
  key: usize,
  labels: usize,
  newLabels: usize,
  outcome: u32,
): RelabeledSet {
  const newKey = key + (labels << 3);
  const names = keepNames(key, labels);
  const newNames = keepNames(newKey, newLabels);
  const setAt = takeFromRegion(SET_HEAD_BYTES + ((labels + newLabels) << 2));
  const set = changetype<RelabeledSet>(setAt);
  set.next = null;
  set.outcome = outcome;
  set.names = names;
  set.newNames = newNames;
  set.epoch = 0;
  set.labels = 0;
  set.window = window;
  set.seen = 0;
  set.number = 0;
  set.twin = null;
  usedInWindow++;
  const values = key + (labels << 2);
  memory.copy(set.valuesAt, values, labels << 2);
  const newValues = newKey + (newLabels << 2);
  for (let i: usize = 0; i < newLabels << 2; i += 4) {
    store<u32>(set.newValuesAt + i, placeIn(values, labels, load<u32>(newValues + i)));
  }
  const hash = hashOf(key, labels << 3);
  let slot = firstSlot(hash);
  while (setIn(slot) != 0) slot = slotAfter(slot);
  putInSlot(slot, hash, setAt);
  count++;
  return set;
}

/** Where a string is among the values, or the string. */
function placeIn(values: usize, count: usize, string: u32): u32 {
  for (let i: usize = 0; i < count; i++) if (load<u32>(values + (i << 2)) == string) return <u32> i;
  return string;
}

/** The slot of the last set that got these labels, which are `KeptString`s, or an empty one. */
function slotOfNew(hash: u32, key: usize, labels: usize): usize {
  let slot = firstSlot(hash);
  while (setIn(slot) != 0 && !hasNewLabels(changetype<RelabeledSet>(setIn(slot)), key, labels)) {
    slot = slotAfter(slot);
  }
  return slot;
}

function hasNewLabels(set: RelabeledSet, key: usize, labels: usize): bool {
  if (set.outcome != RELABELED || !hasStrings(set.newNames, key, labels)) return false;
  const values = key + (labels << 2);
  for (let i: usize = 0; i < labels; i++) {
    if (set.newValue(i) != load<u32>(values + (i << 2))) return false;
  }
  return true;
}

/** Never the hash of a set as it came. */
// @ts-ignore: decorator
@inline
function hashOfNew(key: usize, labels: usize): u32 {
  return ~hashOf(key, labels << 3);
}

/** Whether a set that is remembered got these labels and had a sample at about the same time. */
export function hasTwin(key: usize, labels: usize, seen: u32): bool {
  const setAt = setIn(slotOfNew(hashOfNew(key, labels), key, labels));
  return hasNear(changetype<RelabeledSet | null>(setAt), seen);
}

/** The same for a set that was just added and got these labels. The next one with such labels will find this one. */
export function joinTwin(set: RelabeledSet, key: usize, labels: usize): bool {
  const hash = hashOfNew(key, labels);
  const slot = slotOfNew(hash, key, labels);
  set.twin = changetype<RelabeledSet | null>(setIn(slot));
  putInSlot(slot, hash, changetype<usize>(set));
  return hasNear(set.twin, set.seen);
}

/** Whether one of the sets that got the same labels had a sample at about this time. */
function hasNear(last: RelabeledSet | null, seen: u32): bool {
  let set = last;
  for (let left = TWINS_MAX; set != null && left > 0; left--) {
    const apart = seen - set.seen;
    if (apart <= GONE_AFTER || 0 - apart <= GONE_AFTER) return true;
    set = set.twin;
  }
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
  forgetNames();
  count = 0;
}
