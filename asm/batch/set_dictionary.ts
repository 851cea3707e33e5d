/**
 * The label sets of the open batch, each once. Rows with the same block of ids have the
 * same set, and blocks with equal ids are one set. Ids stand for strings, so nothing here
 * looks at a string. Sets with the same names share a shape.
 */
import { areAlike } from "../bytes/alike";
import { Buffer, createBuffer, reserve, reserveMore } from "../bytes/memory";
import { labelIds, Row, ROW_BYTES, rows } from "./rows";

/** A label set of the open batch. */
@unmanaged
export class LabelSet {
  /** The hash of its labels, as rows have it. */
  hash: u64;
  /** Where its labels begin in `labelIds`, counted in ids, and how many labels it has. */
  labels: u32;
  count: usize;
  shape: u32;
  /** The number of the set before it with the same shape, plus one. */
  before: u32;

  /** Where the ids of its names are; those of the values follow. */
  @inline
  get idsAt(): usize {
    return labelIds.at + (<usize> this.labels << 2);
  }
}

export const SET_BYTES: usize = offsetof<LabelSet>();
export const sets: Buffer = createBuffer();

/** The names that some sets have in common. */
@unmanaged
class Shape {
  /** The number of the first set that had it. */
  first: u32;
  /** The number of the last set that had it, plus one. */
  last: u32;
}

const SHAPE_BYTES: usize = offsetof<Shape>();
const shapes: Buffer = createBuffer();
/** How many labels all sets have together. */
export let labelsInSets: usize = 0;
/** How many labels the largest set has. */
export let labelsMax: usize = 0;

/** A hash table with the numbers of sets or shapes, plus one. */
const setSlots: Buffer = createBuffer();
const shapeSlots: Buffer = createBuffer();
let setMask: u32 = 0;
let shapeMask: u32 = 0;

export function setCount(): u32 {
  return <u32> (sets.length / SET_BYTES);
}

export function shapeCount(): u32 {
  return <u32> (shapes.length / SHAPE_BYTES);
}

/** The set of this number, from 0. */
// @ts-ignore: decorator
@inline
export function nthSet(number: u32): LabelSet {
  return changetype<LabelSet>(sets.at + <usize> number * SET_BYTES);
}

// @ts-ignore: decorator
@inline
function nthShape(number: u32): Shape {
  return changetype<Shape>(shapes.at + <usize> number * SHAPE_BYTES);
}

/** Gives every row's block the number of its set plus one. */
export function collectSets(): void {
  sets.length = 0;
  shapes.length = 0;
  labelsInSets = 0;
  labelsMax = 0;
  const rowCount = <u32> (rows.length / ROW_BYTES);
  setMask = emptySlots(setSlots, rowCount);
  shapeMask = emptySlots(shapeSlots, 64);
  const end = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    const word = row.namesAt - 4;
    if (load<u32>(word) == 0) store<u32>(word, findSet(row) + 1);
  }
}

function emptySlots(slots: Buffer, wanted: u32): u32 {
  const count: u32 = 1 << (33 - clz(wanted | 15));
  slots.length = 0;
  memory.fill(reserve(slots, <usize> count << 2), 0, <usize> count << 2);
  return count - 1;
}

// @ts-ignore: decorator
@inline
function mix(hash: u32, id: u32): u32 {
  return (rotl<u32>(hash, 5) ^ id) * 0x9e3779b1;
}

/** Rows of a writer have the hashes of their labels, which are as good as those of their ids. */
function findSet(row: Row): u32 {
  const labels = row.labels;
  const count = row.labelCount;
  const ids = row.namesAt;
  const hash = row.hash;
  let index = <u32> (hash ^ (hash >> 32));
  while (true) {
    const slot = setSlots.at + (<usize> (index & setMask) << 2);
    const number = load<u32>(slot);
    if (number == 0) {
      const set = addSet(labels, count, hash);
      store<u32>(slot, set + 1);
      return set;
    }
    const set = nthSet(number - 1);
    if (set.hash == hash && set.count == count && sameIds(set.idsAt, ids, count * 2)) return number - 1;
    index++;
  }
}

function addSet(labels: u32, count: usize, hash: u64): u32 {
  const number = setCount();
  const set = changetype<LabelSet>(reserveMore(sets, SET_BYTES));
  set.hash = hash;
  set.labels = labels;
  set.count = count;
  sets.length += SET_BYTES;
  set.shape = shapeOf(number, count);
  const shape = nthShape(set.shape);
  set.before = shape.last;
  shape.last = number + 1;
  labelsInSets += count;
  labelsMax = max(labelsMax, count);
  return number;
}

/** The shape of a set, which is mostly that of the set before. */
function shapeOf(number: u32, count: usize): u32 {
  const names = nthSet(number).idsAt;
  if (number != 0) {
    const last = nthSet(number - 1);
    if (last.count == count && sameIds(last.idsAt, names, count)) return last.shape;
  }
  return findShape(number, count, hashOfIds(names, count));
}

function hashOfIds(ids: usize, count: usize): u32 {
  let hash = <u32> count;
  for (let i: usize = 0; i < count; i++) hash = mix(hash, load<u32>(ids + (i << 2)));
  return hash;
}

function findShape(set: u32, count: usize, hash: u32): u32 {
  if (shapeCount() * 2 > shapeMask) growShapes();
  let index = hash ^ (hash >> 16);
  const names = nthSet(set).idsAt;
  while (true) {
    const slot = shapeSlots.at + (<usize> (index & shapeMask) << 2);
    const number = load<u32>(slot);
    if (number == 0) {
      store<u32>(slot, shapeCount() + 1);
      return addShape(set);
    }
    const known = setOfShape(number - 1);
    if (known.count == count && sameIds(known.idsAt, names, count)) return number - 1;
    index++;
  }
}

/** The first set that had a shape. */
// @ts-ignore: decorator
@inline
export function setOfShape(shape: u32): LabelSet {
  return nthSet(nthShape(shape).first);
}

function addShape(set: u32): u32 {
  const shape = changetype<Shape>(reserveMore(shapes, SHAPE_BYTES));
  shape.first = set;
  shape.last = 0;
  shapes.length += SHAPE_BYTES;
  return shapeCount() - 1;
}

function growShapes(): void {
  shapeMask = emptySlots(shapeSlots, (shapeMask + 1) * 2);
  for (let shape: u32 = 0; shape < shapeCount(); shape++) {
    const set = setOfShape(shape);
    const hash = hashOfIds(set.idsAt, set.count);
    let index = hash ^ (hash >> 16);
    while (load<u32>(shapeSlots.at + (<usize> (index & shapeMask) << 2)) != 0) index++;
    store<u32>(shapeSlots.at + (<usize> (index & shapeMask) << 2), shape + 1);
  }
}

// @ts-ignore: decorator
@inline
function sameIds(a: usize, b: usize, count: usize): bool {
  return areAlike(a, b, count << 2);
}
