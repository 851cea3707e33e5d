/**
 * Writes the values of label sets label by label: the first value of every set, then the second
 * of all sets that have one, and so on. The sets lie one behind the other in memory, so they are
 * looked at once, and each of their values goes to the column of its label. What the set before
 * has as well is seen for four labels at a time.
 */
import { Buffer, createBuffer, reserve } from "../../bytes/memory";
import { LabelSet, labelsInSets, labelsMax, nthSet, SET_BYTES, sets } from "../../batch/set_dictionary";
import { SAME, writeValues } from "./v1_write_strings";

export const setValues: Buffer = createBuffer();

/** The columns, one behind the other: u32, the id of a value, or SAME. */
const columns: Buffer = createBuffer();
/** For each label, where the next value of its column goes: u32. */
const ends: Buffer = createBuffer();

export function writeSetValues(): void {
  openColumns();
  const end = sets.at + sets.length;
  for (let setAt = sets.at; setAt < end; setAt += SET_BYTES) spread(changetype<LabelSet>(setAt));
  setValues.length = 0;
  const to = reserve(setValues, labelsInSets * 5);
  setValues.length = writeValues(columns.at, columns.at + columns.length, to) - to;
}

/** Finds where each column begins, from how many sets have so many labels. */
function openColumns(): void {
  columns.length = 0;
  let at = reserve(columns, labelsInSets << 2);
  columns.length = labelsInSets << 2;
  const bytes = (labelsMax + 1) << 2;
  ends.length = 0;
  const first = reserve(ends, bytes);
  memory.fill(first, 0, bytes);
  const setsEnd = sets.at + sets.length;
  let longer: u32 = 0;
  for (let setAt = sets.at; setAt < setsEnd; setAt += SET_BYTES) {
    const place = first + (changetype<LabelSet>(setAt).count << 2);
    store<u32>(place, load<u32>(place) + 1);
    longer++;
  }
  for (let label: usize = 0; label < labelsMax; label++) {
    const place = first + (label << 2);
    longer -= load<u32>(place);
    store<u32>(place, <u32> at);
    at += <usize> longer << 2;
  }
}

/** Appends the values of a set to the columns of its labels. */
// @ts-ignore: decorator
@inline
function spread(set: LabelSet): void {
  const bytes = set.count << 2;
  const values = set.idsAt + bytes;
  const before = set.before;
  const hasBefore = before != 0;
  const others = hasBefore ? nthSet(before - 1).idsAt + bytes : values;
  const first = ends.at;
  let place: usize = 0;
  for (; place + 16 <= bytes; place += 16) {
    const ids = v128.load(values + place);
    const same = i32x4.eq(ids, v128.load(others + place));
    const cells = hasBefore ? v128.or(ids, same) : ids;
    const to = v128.load(first + place);
    v128.store_lane<u32>(i32x4.extract_lane(to, 0), cells, 0);
    v128.store_lane<u32>(i32x4.extract_lane(to, 1), cells, 1);
    v128.store_lane<u32>(i32x4.extract_lane(to, 2), cells, 2);
    v128.store_lane<u32>(i32x4.extract_lane(to, 3), cells, 3);
    v128.store(first + place, i32x4.add(to, i32x4.splat(4)));
  }
  for (; place < bytes; place += 4) {
    const id = load<u32>(values + place);
    const to = load<u32>(first + place);
    store<u32>(to, hasBefore && id == load<u32>(others + place) ? SAME : id);
    store<u32>(first + place, to + 4);
  }
}
