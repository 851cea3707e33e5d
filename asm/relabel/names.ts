/**
 * The names of remembered sets. Most sets have those of others, so they are kept once for
 * many, and held against those of a batch once a batch.
 */
import { labelIds } from "../batch/rows";
import { takeFromRegion } from "../batch/kept_region";
import { epoch, KeptString } from "../batch/kept_strings";
import { isMetricName } from "../batch/label";
import { hashOf } from "../batch/symbols";
import { copyLoose, sameBytes } from "../bytes/memory";
import { confirm, idOf } from "./strings";

/** Behind this lie the names: each is the address of a `KeptString`, a u32. */
@unmanaged
export class KeptNames {
  /** When their ids stood in `labelIds`, and where there, counted in ids. */
  epoch: u32;
  labels: u32;
  count: usize;
  /** The number of that of the metric; `count` if there is none. */
  metric: usize;

  @inline
  get stringsAt(): usize {
    return changetype<usize>(this) + offsetof<KeptNames>();
  }
}

export const NAMES_HEAD_BYTES: usize = offsetof<KeptNames>();

/** The names that were kept last, by some bits of their hash: what is pushed out is kept again. */
const RECENT_BITS: u32 = 8;
const RECENT_BYTES: i32 = 1024;
const recent: usize = memory.data(RECENT_BYTES, 8);

export function forgetNames(): void {
  memory.fill(recent, 0, RECENT_BYTES);
}

/** Keeps names, for which there must be room: `strings` are `KeptString`s. */
export function keepNames(strings: usize, count: usize): KeptNames {
  const place = recent + (<usize> (hashOf(strings, count << 2) >> (32 - RECENT_BITS)) << 2);
  const known = changetype<KeptNames>(load<u32>(place));
  if (changetype<usize>(known) != 0 && hasStrings(known, strings, count)) return known;
  const names = changetype<KeptNames>(takeFromRegion(NAMES_HEAD_BYTES + (count << 2)));
  names.epoch = 0;
  names.labels = 0;
  names.count = count;
  names.metric = count;
  memory.copy(names.stringsAt, strings, count << 2);
  for (let i: usize = count; i > 0; i--) {
    const name = changetype<KeptString>(load<u32>(strings + ((i - 1) << 2)));
    if (isMetricName(name.textAt, name.bytes)) names.metric = i - 1;
  }
  store<u32>(place, <u32> changetype<usize>(names));
  return names;
}

// @ts-ignore: decorator
@inline
export function hasStrings(names: KeptNames, strings: usize, count: usize): bool {
  return names.count == count && sameBytes(names.stringsAt, strings, count << 2);
}

/** Whether these are the names of a block of as many labels, which begins at `labels`. */
// @ts-ignore: decorator
@inline
export function areNames(names: KeptNames, labels: u32): bool {
  if (names.epoch == epoch) {
    const ids = labelIds.at;
    const known = ids + (<usize> names.labels << 2);
    if (sameBytes(known, ids + (<usize> labels << 2), names.count << 2)) return true;
  }
  return confirmNames(names, labels);
}

function confirmNames(names: KeptNames, labels: u32): bool {
  const strings = names.stringsAt;
  const ids = labelIds.at + (<usize> labels << 2);
  const bytes = names.count << 2;
  for (let i: usize = 0; i < bytes; i += 4) {
    if (!confirm(load<u32>(ids + i), load<u32>(strings + i))) return false;
  }
  names.epoch = epoch;
  names.labels = labels;
  return true;
}

/** Writes the ids of names to the block that begins at `labels`, whose values are not written yet. */
// @ts-ignore: decorator
@inline
export function writeNames(names: KeptNames, labels: u32): void {
  const to = labelIds.at + (<usize> labels << 2);
  const bytes = names.count << 2;
  if (names.epoch == epoch) {
    copyLoose(to, labelIds.at + (<usize> names.labels << 2), bytes);
    return;
  }
  const strings = names.stringsAt;
  for (let i: usize = 0; i < bytes; i += 4) {
    store<u32>(to + i, idOf(changetype<KeptString>(load<u32>(strings + i))));
  }
  names.epoch = epoch;
  names.labels = labels;
}
