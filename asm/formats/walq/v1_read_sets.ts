/** Reads the shapes and the label sets of a `walq.metrics.v1` file: docs/format.md. */
import { FAULT_ENTRIES, FAULT_INDEX, FAULT_SET } from "../../abi/layout";
import { Buffer, BUFFER_BYTES_MAX, createBuffer, reserve, reserveMore } from "../../bytes/memory";
import { readVarint, varint } from "../../codec/protobuf";
import { refuse } from "../../abi/result";
import { labelIds } from "../../batch/rows";
import {
  SECTION_SET_SHAPES,
  SECTION_SET_VALUES,
  SECTION_SHAPES,
  VALUE_BACK,
  VALUE_NEW,
  VALUE_SAME,
} from "./v1_layout";
import { readReference, resolve, stringRead } from "./v1_references";
import { hasRoom, isThrough, pays, sectionAt, sectionEnd, setCount, shapeCount } from "./v1_sections";

/** The names that some sets have in common. */
@unmanaged
class Shape {
  /** Where they begin in `names`, counted in ids, and how many there are. */
  names: usize;
  count: usize;
  /** The number of the last set with this shape, plus one. */
  last: u32;
}

export const SHAPE_BYTES: usize = offsetof<Shape>();
const shapes: Buffer = createBuffer();
const names: Buffer = createBuffer();
/** A label set of the file. */
@unmanaged
export class FileSet {
  /** Where its labels begin in `labelIds`, counted in ids, and how many there are. Rows have the same. */
  labels: u32;
  count: usize;
  /** The number of the set before it with the same shape, plus one. */
  before: u32;

  /** Where the ids of its names are; those of the values follow. */
  @inline
  get idsAt(): usize {
    return labelIds.at + (<usize> this.labels << 2);
  }
}

export const SET_BYTES: usize = offsetof<FileSet>();
const sets: Buffer = createBuffer();

let labelsMax: usize = 0;

/** The set of this number, from 0. */
// @ts-ignore: decorator
@inline
export function nthSet(number: usize): FileSet {
  return changetype<FileSet>(sets.at + number * SET_BYTES);
}

export function readShapes(): bool {
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
    const shape = changetype<Shape>(shapes.at + shapes.length);
    shape.names = names.length >> 2;
    shape.count = <usize> count;
    shape.last = 0;
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

/** Makes a block in `labelIds` for each set, and writes its names. */
export function readSets(): bool {
  if (!pays(SECTION_SET_SHAPES, setCount)) return false;
  let at = sectionAt(SECTION_SET_SHAPES);
  const end = sectionEnd(SECTION_SET_SHAPES);
  // Every label of a set takes at least a byte of the values.
  let paid = sectionEnd(SECTION_SET_VALUES) - sectionAt(SECTION_SET_VALUES);
  sets.length = 0;
  labelsMax = 0;
  let setAt = reserve(sets, <usize> setCount * SET_BYTES);
  for (let i: u64 = 0; i < setCount; i++) {
    at = readVarint(at, end);
    if (at == 0) return false;
    if (varint >= shapeCount) return refuse(FAULT_INDEX, at, <f64> varint, <f64> shapeCount);
    const shape = changetype<Shape>(shapes.at + <usize> varint * SHAPE_BYTES);
    const count = shape.count;
    if (count > paid) return refuse(FAULT_INDEX, at, <f64> count, <f64> paid);
    paid -= count;
    labelsMax = max(labelsMax, count);
    const room = BUFFER_BYTES_MAX - labelIds.length;
    if ((count << 3) + 4 > room) return refuse(FAULT_ENTRIES, at, <f64> count, <f64> (room >> 3));
    const block = reserveMore(labelIds, 4 + (count << 3));
    store<u32>(block, 0);
    memory.copy(block + 4, names.at + (shape.names << 2), count << 2);
    const set = changetype<FileSet>(setAt);
    set.labels = <u32> (labelIds.length >> 2) + 1;
    set.count = count;
    set.before = shape.last;
    shape.last = <u32> i + 1;
    labelIds.length += 4 + (count << 3);
    setAt += SET_BYTES;
  }
  sets.length = <usize> setCount * SET_BYTES;
  return isThrough(SECTION_SET_SHAPES, at);
}

/** Reads the values label by label, as they were written. */
export function readSetValues(): bool {
  let at = sectionAt(SECTION_SET_VALUES);
  const end = sectionEnd(SECTION_SET_VALUES);
  const setsEnd = sets.at + sets.length;
  for (let label: usize = 0; label < labelsMax; label++) {
    for (let setAt = sets.at; setAt < setsEnd; setAt += SET_BYTES) {
      const set = changetype<FileSet>(setAt);
      const count = set.count;
      if (label >= count) continue;
      const place = (count + label) << 2;
      const start = at;
      at = readVarint(at, end);
      if (at == 0) return false;
      let string: u32;
      if (varint == VALUE_SAME) {
        if (set.before == 0) return refuse(FAULT_SET, start, 0, 0);
        string = load<u32>(nthSet(set.before - 1).idsAt + place);
      } else {
        if (!resolve(varint == VALUE_NEW ? 0 : varint - VALUE_BACK + 1, start)) return false;
        string = stringRead;
      }
      store<u32>(set.idsAt + place, string);
    }
  }
  return isThrough(SECTION_SET_VALUES, at);
}
