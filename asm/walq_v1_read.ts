/**
 * Reads `walq.metrics.v1` into rows: docs/format.md. No count is believed that
 * bytes do not pay for, and no reference that leads nowhere.
 */
import {
  BATCH_ROWS_MAX,
  FAULT_BATCH_ROWS,
  FAULT_ENTRIES,
  FAULT_INDEX,
  FAULT_SET,
  FAULT_UTF8,
} from "./layout";
import { Buffer, BUFFER_BYTES_MAX, createBuffer, reserve, reserveMore } from "./memory";
import { readVarint, varint } from "./protobuf";
import { fail, refuse } from "./result";
import { addMetadata, labelIds, METADATA_BYTES, NO_STRING } from "./rows";
import { strings } from "./strings";
import { isUtf8 } from "./utf8";
import {
  SECTION_EXEMPLARS,
  SECTION_METADATA,
  SECTION_SET_SHAPES,
  SECTION_SET_VALUES,
  SECTION_SHAPES,
  SECTION_STRING_BYTES,
  SECTION_STRING_LENGTHS,
  VALUE_BACK,
  VALUE_NEW,
  VALUE_SAME,
} from "./walq_v1_layout";
import { readRows } from "./walq_v1_read_rows";
import {
  isThrough,
  metadataCount,
  pays,
  readSections,
  rowCount,
  sectionAt,
  sectionEnd,
  setCount,
  shapeCount,
  stringCount,
} from "./walq_v1_sections";

/** A shape: where its names begin in `names`, how many they are, the last set with it plus one; u32 each. */
const SHAPE_BYTES: usize = 12;
const shapes: Buffer = createBuffer();
const names: Buffer = createBuffer();
/** A set: where its labels begin in `labelIds`, how many they are, the set before with its shape plus one; u32 each. */
export const SET_BYTES: usize = 12;
export const sets: Buffer = createBuffer();

/** Strings that were referred to so far: a reference is new, or goes back from here. */
let usedStrings: u64 = 0;
let labelsMax: usize = 0;

/** Reads a file into rows that are empty. False after a fault; they are then to be cleared. */
export function readColumns(at: usize, end: usize): bool {
  if (!readSections(at, end)) return false;
  if (rowCount > <u64> BATCH_ROWS_MAX) {
    return refuse(FAULT_BATCH_ROWS, at, <f64> rowCount, <f64> BATCH_ROWS_MAX);
  }
  if (!hasRoom(at, stringCount, 8) || !hasRoom(at, shapeCount, SHAPE_BYTES)) return false;
  if (!hasRoom(at, setCount, SET_BYTES) || !hasRoom(at, metadataCount, METADATA_BYTES)) return false;
  usedStrings = 0;
  if (!readStrings() || !readShapes() || !readSets() || !readSetValues()) return false;
  // Exemplars and metadata use strings in this order.
  if (!readRows()) return false;
  if (!readMetadata()) return false;
  if (usedStrings == stringCount) return true;
  return refuse(FAULT_INDEX, end, <f64> usedStrings, <f64> stringCount);
}

/** Whether so many entries fit into one block of memory. */
function hasRoom(at: usize, count: u64, bytes: usize): bool {
  const most = BUFFER_BYTES_MAX / bytes;
  if (count <= <u64> most) return true;
  return refuse(FAULT_ENTRIES, at, <f64> count, <f64> most);
}

function readStrings(): bool {
  if (!pays(SECTION_STRING_LENGTHS, stringCount)) return false;
  const count = <usize> stringCount;
  let entry = reserve(strings, count << 3);
  let at = sectionAt(SECTION_STRING_LENGTHS);
  const end = sectionEnd(SECTION_STRING_LENGTHS);
  let string = sectionAt(SECTION_STRING_BYTES);
  const stringsEnd = sectionEnd(SECTION_STRING_BYTES);
  for (let i: usize = 0; i < count; i++) {
    at = readVarint(at, end);
    if (at == 0) return false;
    if (varint > <u64> (stringsEnd - string)) {
      return refuse(FAULT_INDEX, at, <f64> varint, <f64> (stringsEnd - string));
    }
    const bytes = <usize> varint;
    if (!isUtf8(string, bytes)) return refuse(FAULT_UTF8, string, <f64> bytes, 0);
    store<u32>(entry, <u32> string);
    store<u32>(entry, <u32> bytes, 4);
    entry += 8;
    string += bytes;
  }
  strings.length = count << 3;
  return isThrough(SECTION_STRING_LENGTHS, at) && isThrough(SECTION_STRING_BYTES, string);
}

/** What readString read: the number of the string. */
export let stringRead: u32 = 0;

/** Reads a reference, which was written as `code` more than it is. Returns its end, or 0 after a fault. */
// @ts-ignore: decorator
@inline
export function readReference(at: usize, end: usize): usize {
  const next = readVarint(at, end);
  return next != 0 && resolve(varint, at) ? next : 0;
}

/** A string by how far back it is, 0 for the next one. False after a fault. */
export function resolve(back: u64, at: usize): bool {
  if (back == 0) {
    if (usedStrings >= stringCount) {
      return refuse(FAULT_INDEX, at, <f64> usedStrings, <f64> stringCount);
    }
    stringRead = <u32> usedStrings;
    usedStrings++;
    return true;
  }
  if (back > usedStrings) return refuse(FAULT_INDEX, at, <f64> back, <f64> usedStrings);
  stringRead = <u32> (usedStrings - back);
  return true;
}

function readShapes(): bool {
  if (!pays(SECTION_SHAPES, shapeCount)) return false;
  let at = sectionAt(SECTION_SHAPES);
  const end = sectionEnd(SECTION_SHAPES);
  if (!hasRoom(at, <u64> (end - at), 4)) return false;
  shapes.length = 0;
  names.length = 0;
  reserve(shapes, <usize> shapeCount * SHAPE_BYTES);
  reserve(names, (end - at) << 2);
  for (let i: u64 = 0; i < shapeCount; i++) {
    at = readVarint(at, end);
    if (at == 0) return false;
    const count = varint;
    if (count > <u64> (end - at)) return refuse(FAULT_INDEX, at, <f64> count, <f64> (end - at));
    const shape = shapes.at + shapes.length;
    store<u32>(shape, <u32> (names.length >> 2));
    store<u32>(shape, <u32> count, 4);
    store<u32>(shape, 0, 8);
    shapes.length += SHAPE_BYTES;
    for (let name: u64 = 0; name < count; name++) {
      at = readReference(at, end);
      if (at == 0) return false;
      store<u32>(names.at + names.length, stringRead);
      names.length += 4;
    }
  }
  return isThrough(SECTION_SHAPES, at);
}

/** Makes the block of each set in `labelIds`, with its names. */
function readSets(): bool {
  if (!pays(SECTION_SET_SHAPES, setCount)) return false;
  let at = sectionAt(SECTION_SET_SHAPES);
  const end = sectionEnd(SECTION_SET_SHAPES);
  // Every label of a set costs a byte of its values.
  let paid = sectionEnd(SECTION_SET_VALUES) - sectionAt(SECTION_SET_VALUES);
  sets.length = 0;
  labelsMax = 0;
  let set = reserve(sets, <usize> setCount * SET_BYTES);
  for (let i: u64 = 0; i < setCount; i++) {
    at = readVarint(at, end);
    if (at == 0) return false;
    if (varint >= shapeCount) return refuse(FAULT_INDEX, at, <f64> varint, <f64> shapeCount);
    const shape = shapes.at + <usize> varint * SHAPE_BYTES;
    const count = <usize> load<u32>(shape, 4);
    if (count > paid) return refuse(FAULT_INDEX, at, <f64> count, <f64> paid);
    paid -= count;
    labelsMax = max(labelsMax, count);
    const room = BUFFER_BYTES_MAX - labelIds.length;
    if ((count << 3) + 4 > room) return refuse(FAULT_ENTRIES, at, <f64> count, <f64> (room >> 3));
    const block = reserveMore(labelIds, 4 + (count << 3));
    store<u32>(block, 0);
    memory.copy(block + 4, names.at + (<usize> load<u32>(shape) << 2), count << 2);
    store<u32>(set, <u32> (labelIds.length >> 2) + 1);
    store<u32>(set, <u32> count, 4);
    store<u32>(set, load<u32>(shape, 8), 8);
    store<u32>(shape, <u32> i + 1, 8);
    labelIds.length += 4 + (count << 3);
    set += SET_BYTES;
  }
  sets.length = <usize> setCount * SET_BYTES;
  return isThrough(SECTION_SET_SHAPES, at);
}

/** Label by label, as they were written. */
function readSetValues(): bool {
  let at = sectionAt(SECTION_SET_VALUES);
  const end = sectionEnd(SECTION_SET_VALUES);
  const setsEnd = sets.at + sets.length;
  for (let label: usize = 0; label < labelsMax; label++) {
    for (let set = sets.at; set < setsEnd; set += SET_BYTES) {
      const count = <usize> load<u32>(set, 4);
      if (label >= count) continue;
      const place = (count + label) << 2;
      const start = at;
      at = readVarint(at, end);
      if (at == 0) return false;
      if (varint == VALUE_SAME) {
        const before = load<u32>(set, 8);
        if (before == 0) return refuse(FAULT_SET, start, 0, 0);
        const other = sets.at + <usize> (before - 1) * SET_BYTES;
        stringRead = load<u32>(blockOf(other) + place);
      } else if (!resolve(varint == VALUE_NEW ? 0 : varint - VALUE_BACK + 1, start)) {
        return false;
      }
      store<u32>(blockOf(set) + place, stringRead);
    }
  }
  return isThrough(SECTION_SET_VALUES, at);
}

// @ts-ignore: decorator
@inline
function blockOf(set: usize): usize {
  return labelIds.at + (<usize> load<u32>(set) << 2);
}

function readMetadata(): bool {
  if (!pays(SECTION_METADATA, metadataCount)) return false;
  let at = sectionAt(SECTION_METADATA);
  const end = sectionEnd(SECTION_METADATA);
  for (let i: u64 = 0; i < metadataCount; i++) {
    at = readReference(at, end);
    if (at == 0) return false;
    const family = stringRead;
    at = readVarint(at, end);
    if (at == 0) return false;
    if (varint > 0xffff) return refuse(FAULT_INDEX, at, <f64> varint, 0xffff);
    const type = <u32> varint;
    at = readText(at, end);
    if (at == 0) return false;
    const help = stringRead;
    at = readText(at, end);
    if (at == 0) return false;
    addMetadata(family, type, help, stringRead);
  }
  return isThrough(SECTION_METADATA, at);
}

/** A reference plus one, or 0 for no text. */
function readText(at: usize, end: usize): usize {
  const next = readVarint(at, end);
  if (next == 0) return 0;
  if (varint == 0) {
    stringRead = NO_STRING;
    return next;
  }
  return resolve(varint - 1, at) ? next : 0;
}
