/** Makes handed sets of labels that come with their rows: see asm/intake/handover.ts. */
import { HANDED_LABELS_BYTES_MAX, HandedSet, learnSet, learnsSets, makeSet, setBytes } from "./handed_sets";
import { externalLabels } from "./series_plan";
import { Label, LABEL_BYTES, setLabel } from "../batch/label";
import { numberOfLabels } from "../batch/shard_hash";
import { compareNames } from "../batch/sort";
import { Buffer, createBuffer, reserve, reserveMore } from "../bytes/memory";
import { varintBytes, writeVarint } from "../codec/protobuf";

/** Sets of the batch at hand that are not learned. */
const passing: Buffer = createBuffer();
/** The labels of the current row, and with the external ones merged in. */
const own: Buffer = createBuffer();
const merged: Buffer = createBuffer();

/** Whether the batch at hand has such sets. */
export let hasPassing: bool = false;

/** Forgets the sets that are not learned: nothing may point to them any more. */
export function dropPassing(): void {
  hasPassing = false;
  passing.length = 0;
}

/** To be called before the rows of a batch, of which so many come with labels, which take so many bytes. */
export function beginInline(rows: usize, bytes: usize): void {
  // Sets do not move: there must be room for all. Fields take less than twice what labels take here.
  const external = externalLabels();
  let externalBytes: usize = 0;
  const end = external.at + external.length;
  for (let labelAt = external.at; labelAt < end; labelAt += LABEL_BYTES) {
    externalBytes += 32 + fieldBytes(changetype<Label>(labelAt));
  }
  reserve(passing, bytes * 2 + rows * (setBytes(0, 0) + externalBytes + 16));
}

/** Where the labels end that inlineSet has read. */
export let inlineEnd: usize = 0;

/** Makes the set of labels at an address: learned, if it has a handle and there is memory. Null if it is too large. */
export function inlineSet(at: usize, handle: u32): HandedSet | null {
  readLabels(at);
  mergeLabels();
  const fields = <u32> (merged.length / LABEL_BYTES);
  let bytes: usize = 0;
  const end = merged.at + merged.length;
  for (let labelAt = merged.at; labelAt < end; labelAt += LABEL_BYTES) {
    bytes += fieldBytes(changetype<Label>(labelAt));
    if (bytes > HANDED_LABELS_BYTES_MAX) return null;
  }
  let set: HandedSet | null = null;
  if (handle != 0 && learnsSets()) set = learnSet(handle, fields, bytes);
  if (set == null) set = pass(fields, bytes);
  set.number = numberOfLabels(own.at, own.length / LABEL_BYTES);
  writeFields(set);
  return set;
}

function pass(fields: u32, bytes: usize): HandedSet {
  hasPassing = true;
  const at = passing.at + passing.length;
  passing.length += setBytes(fields, bytes);
  assert(passing.length <= passing.capacity);
  return makeSet(at, fields, bytes, true);
}

function readLabels(at: usize): void {
  const count = <usize> load<u32>(at);
  at += 4;
  own.length = 0;
  for (let i: usize = 0; i < count; i++) {
    const nameBytes = <usize> load<u32>(at);
    const valueBytes = <usize> load<u32>(at, 4);
    const nameAt = at + 8;
    const valueAt = nameAt + nameBytes;
    setLabel(reserveMore(own, LABEL_BYTES), nameAt, nameBytes, valueAt, valueBytes);
    own.length += LABEL_BYTES;
    at = valueAt + valueBytes;
  }
  inlineEnd = at;
}

/** Merges the external labels in, over which those of the row win. */
function mergeLabels(): void {
  const external = externalLabels();
  merged.length = 0;
  const ownEnd = own.at + own.length;
  const externalEnd = external.at + external.length;
  let ownAt = own.at;
  let extraAt = external.at;
  while (ownAt < ownEnd || extraAt < externalEnd) {
    const label = changetype<Label>(ownAt);
    const extra = changetype<Label>(extraAt);
    const order = ownAt == ownEnd ? 1 : extraAt == externalEnd ? -1 : compareNames(label, extra);
    const from = order > 0 ? extra : label;
    setLabel(reserveMore(merged, LABEL_BYTES), from.nameAt, from.nameBytes, from.valueAt, from.valueBytes);
    merged.length += LABEL_BYTES;
    if (order <= 0) ownAt += LABEL_BYTES;
    if (order >= 0) extraAt += LABEL_BYTES;
  }
}

function innerBytes(label: Label): usize {
  const nameBytes = label.nameBytes;
  const valueBytes = label.valueBytes;
  return 2 + varintBytes(nameBytes) + nameBytes + varintBytes(valueBytes) + valueBytes;
}

function fieldBytes(label: Label): usize {
  const inner = innerBytes(label);
  return 1 + varintBytes(inner) + inner;
}

function writeFields(set: HandedSet): void {
  const first = set.fieldsAt;
  let to = first;
  let start = set.startsAt;
  const end = merged.at + merged.length;
  for (let labelAt = merged.at; labelAt < end; labelAt += LABEL_BYTES) {
    const label = changetype<Label>(labelAt);
    store<u16>(start, <u16> (to - first));
    start += 2;
    store<u8>(to, 0x0a);
    to = writeVarint(to + 1, innerBytes(label));
    to = writeText(to, 0x0a, label.nameAt, label.nameBytes);
    to = writeText(to, 0x12, label.valueAt, label.valueBytes);
  }
  store<u16>(start, <u16> (to - first));
}

function writeText(to: usize, tag: u8, at: usize, bytes: usize): usize {
  store<u8>(to, tag);
  to = writeVarint(to + 1, bytes);
  memory.copy(to, at, bytes);
  return to + bytes;
}
