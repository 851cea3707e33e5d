/**
 * The labels of kept sets as strings, and their ids in the open batch. Most sets
 * have the names of the one before: these are kept once for a run of sets.
 *
 *     names:   0  epoch   u32, when their ids were written
 *              4  labels  u32, where those are in `labelIds`, in ids
 *              8  count   u32
 *             12  a string each, u32
 *     values:  a string each, u32
 */
import { takeFromRegion } from "./region";
import { epoch, keepString, numberOf, STRING_HEAD_BYTES } from "./strings";
import { copyLoose, reserveMore } from "../../bytes/memory";
import { labelIds } from "../../batch/rows";
import { nthLabel } from "../../batch/label";


const NAMES_HEAD_BYTES: usize = 12;

/** The names that were kept last. */
let lastNames: usize = 0;

export function forgetNames(): void {
  lastNames = 0;
}

/** What the names and strings of so many labels may take, whose fields take `fieldsBytes`: as if all were new. */
export function labelsBytesMax(count: usize, fieldsBytes: usize): usize {
  const stringsBytes = fieldsBytes + count * 2 * (STRING_HEAD_BYTES + 7);
  return NAMES_HEAD_BYTES + 7 + count * 4 + stringsBytes;
}

/** Keeps the names of labels that are in the open batch. */
export function keepNames(labels: usize, count: usize): usize {
  if (areLastNames(labels, count)) return lastNames;
  lastNames = takeFromRegion(NAMES_HEAD_BYTES + count * 4);
  store<u32>(lastNames, 0);
  store<u32>(lastNames, 0, 4);
  store<u32>(lastNames, <u32> count, 8);
  for (let i: usize = 0; i < count; i++) {
    store<u32>(lastNames + (i << 2), <u32> keepName(labels, i), NAMES_HEAD_BYTES);
  }
  return lastNames;
}

// @ts-ignore: decorator
@inline
function keepName(labels: usize, i: usize): usize {
  return keepString(nthLabel(labels, i).nameId);
}

function areLastNames(labels: usize, count: usize): bool {
  if (lastNames == 0 || <usize> labelCountOf(lastNames) != count) return false;
  for (let i: usize = 0; i < count; i++) {
    const last = <usize> load<u32>(lastNames + (i << 2), NAMES_HEAD_BYTES);
    if (keepName(labels, i) != last) return false;
  }
  return true;
}

/** Keeps the values of labels that are in the open batch. */
export function keepValues(to: usize, labels: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) {
    store<u32>(to + (i << 2), <u32> keepString(nthLabel(labels, i).valueId));
  }
}

export function labelCountOf(names: usize): u32 {
  return load<u32>(names, 8);
}

/** Writes the ids of names and values to `labelIds`, where they come in the order in which a file has new strings. */
export function writeLabels(names: usize, values: usize): u32 {
  const count = <usize> labelCountOf(names);
  const idsAt = <u32> (labelIds.length >> 2) + 1;
  let id = reserveMore(labelIds, 4 + count * 8);
  labelIds.length += 4 + count * 8;
  store<u32>(id, 0);
  id += 4;
  const valuesApart = count * 4;
  const end = values + count * 4;
  if (load<u32>(names) == epoch) {
    copyLoose(id, labelIds.at + (<usize> load<u32>(names, 4) << 2), valuesApart);
    for (id += valuesApart; values < end; values += 4) {
      store<u32>(id, numberOf(<usize> load<u32>(values)));
      id += 4;
    }
    return idsAt;
  }
  let name = names + NAMES_HEAD_BYTES;
  for (; values < end; values += 4) {
    store<u32>(id, numberOf(<usize> load<u32>(name)));
    store<u32>(id + valuesApart, numberOf(<usize> load<u32>(values)));
    name += 4;
    id += 4;
  }
  store<u32>(names, epoch);
  store<u32>(names, idsAt, 4);
  return idsAt;
}
