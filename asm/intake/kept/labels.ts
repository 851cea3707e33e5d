/**
 * The labels of kept sets as strings, and their ids in the open batch. Most sets have the
 * names of the one before, so names are kept once for a run of sets. Names follow a
 * `KeptNames`, and values follow their set. Each is the address of a `KeptString`, a u32.
 */
import { takeFromRegion } from "../../batch/kept_region";
import { epoch, KeptString, STRING_HEAD_BYTES } from "../../batch/kept_strings";
import { keepString, numberOf } from "./strings";
import { copyLoose, reserveMore } from "../../bytes/memory";
import { labelIds } from "../../batch/rows";
import { nthLabel } from "../../batch/label";


/** The names of a run of sets, which follow this object. */
@unmanaged
export class KeptNames {
  /** The epoch in which their ids were written, and where those are in `labelIds`, counted in ids. */
  epoch: u32;
  labels: u32;
  count: usize;

  @inline
  get stringsAt(): usize {
    return changetype<usize>(this) + offsetof<KeptNames>();
  }
}

const NAMES_HEAD_BYTES: usize = offsetof<KeptNames>();

/** The names that were kept last, if there are any. */
let lastNames: KeptNames | null = null;

export function forgetNames(): void {
  lastNames = null;
}

/** How many bytes this many labels may take if all their strings are new. Their fields take `fieldsBytes`. */
export function labelsBytesMax(count: usize, fieldsBytes: usize): usize {
  const stringsBytes = fieldsBytes + count * 2 * (STRING_HEAD_BYTES + 7);
  return NAMES_HEAD_BYTES + 7 + count * 4 + stringsBytes;
}

/** Keeps the names of labels that are in the open batch. */
export function keepNames(labels: usize, count: usize): KeptNames {
  const last = lastNames;
  if (last != null && areNames(last, labels, count)) return last;
  const names = changetype<KeptNames>(takeFromRegion(NAMES_HEAD_BYTES + count * 4));
  lastNames = names;
  names.epoch = 0;
  names.labels = 0;
  names.count = count;
  for (let i: usize = 0; i < count; i++) {
    store<u32>(names.stringsAt + (i << 2), <u32> changetype<usize>(keepName(labels, i)));
  }
  return names;
}

// @ts-ignore: decorator
@inline
function keepName(labels: usize, i: usize): KeptString {
  return keepString(nthLabel(labels, i).nameId);
}

function areNames(names: KeptNames, labels: usize, count: usize): bool {
  if (names.count != count) return false;
  for (let i: usize = 0; i < count; i++) {
    if (keepName(labels, i) != stringAt(names.stringsAt + (i << 2))) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function stringAt(place: usize): KeptString {
  return changetype<KeptString>(load<u32>(place));
}

/** Keeps the values of labels that are in the open batch. */
export function keepValues(to: usize, labels: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) {
    const value = keepString(nthLabel(labels, i).valueId);
    store<u32>(to + (i << 2), <u32> changetype<usize>(value));
  }
}

/** Writes the ids of names and values to `labelIds`, in the order in which a file has new strings. */
export function writeLabels(names: KeptNames, values: usize): u32 {
  const count = names.count;
  const idsAt = <u32> (labelIds.length >> 2) + 1;
  let id = reserveMore(labelIds, 4 + count * 8);
  labelIds.length += 4 + count * 8;
  store<u32>(id, 0);
  id += 4;
  const valuesApart = count * 4;
  const end = values + count * 4;
  if (names.epoch == epoch) {
    copyLoose(id, labelIds.at + (<usize> names.labels << 2), valuesApart);
    for (id += valuesApart; values < end; values += 4) {
      store<u32>(id, numberOf(stringAt(values)));
      id += 4;
    }
    return idsAt;
  }
  let name = names.stringsAt;
  for (; values < end; values += 4) {
    store<u32>(id, numberOf(stringAt(name)));
    store<u32>(id + valuesApart, numberOf(stringAt(values)));
    name += 4;
    id += 4;
  }
  names.epoch = epoch;
  names.labels = idsAt;
  return idsAt;
}
