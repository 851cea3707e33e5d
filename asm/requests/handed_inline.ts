/** Makes handed sets of labels that come with their rows: see asm/intake/handover.ts. */
import { HANDED_LABELS_BYTES_MAX, HandedSet, learnSet, learnsSets, makeSet, setBytes } from "./handed_sets";
import { externalCount, externalLabel, mergeExternal } from "./external_labels";
import { Label, LABEL_BYTES, setLabel } from "../batch/label";
import { numberOfLabels } from "../batch/shard_hash";
import { Buffer, createBuffer, reserve, reserveMore } from "../bytes/memory";
import { varintBytes, writeVarint } from "../codec/protobuf";

/** Sets of the batch at hand that are not learned. */
const passing: Buffer = createBuffer();
/** The labels of the current row, and where they are with the external ones merged in. */
const own: Buffer = createBuffer();
const merged: Buffer = createBuffer();

function mergedLabel(field: u32): Label {
  return changetype<Label>(<usize> load<u32>(merged.at + (<usize> field << 2)));
}

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
  let externalBytes: usize = 0;
  const count = externalCount();
  for (let i: usize = 0; i < count; i++) externalBytes += 32 + fieldBytes(externalLabel(i));
  reserve(passing, bytes * 2 + rows * (setBytes(0, 0) + externalBytes + 16));
}

/** Where the labels end that inlineSet has read. */
export let inlineEnd: usize = 0;

/** Makes the set of labels at an address: learned, if it has a handle and there is memory. Null if it is too large. */
export function inlineSet(at: usize, handle: u32): HandedSet | null {
  readLabels(at);
  mergeExternal(own, merged);
  const fields = <u32> (merged.length >> 2);
  let bytes: usize = 0;
  for (let field: u32 = 0; field < fields; field++) {
    bytes += fieldBytes(mergedLabel(field));
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
  for (let field: u32 = 0; field < set.fields; field++) {
    const label = mergedLabel(field);
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
