/** The `labels_refs` of remote write 2.0: the symbol numbers of names and values, by turns. */
import { LABELS_MAX } from "../abi/layout";
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { readLength, readVarint, varint, wants, WIRE_BYTES, WIRE_VARINT } from "../codec/protobuf";
import { symbolsInRequest } from "../batch/request_symbols";

const references: Buffer = createBuffer();
/** The first reference to a symbol that does not exist. */
export let unknownReference: u64 = 0;
let isInRange: bool = true;
/** How many references are kept: a name and a value for each label, and one more. */
const REFERENCES_MAX: u32 = <u32> LABELS_MAX * 2 + 1;
let count: u32 = 0;

/** Forgets all references. */
export function clearReferences(): void {
  references.length = 0;
  count = 0;
  isInRange = true;
}

/** Reads a field of references, packed or one by one. Returns its end, or 0 after a fault. */
export function readReferences(tagAt: usize, at: usize, end: usize, wire: u32): usize {
  if (wire == WIRE_VARINT) return readReference(at, end);
  if (!wants(wire, WIRE_BYTES, tagAt)) return 0;
  at = readLength(at, end);
  if (at == 0) return 0;
  const listEnd = at + <usize> varint;
  while (at != 0 && at < listEnd) at = readReference(at, listEnd);
  return at;
}

// @ts-ignore: decorator
@inline
function readReference(at: usize, end: usize): usize {
  at = readVarint(at, end);
  if (at == 0) return 0;
  if (varint >= <u64> symbolsInRequest()) noteUnknown();
  count++;
  // References beyond that are only counted, since no series may have as many labels.
  if (count > REFERENCES_MAX) return at;
  store<u32>(reserveMore(references, 4), <u32> varint);
  references.length += 4;
  return at;
}

function noteUnknown(): void {
  if (isInRange) unknownReference = varint;
  isInRange = false;
}

/** Whether each of them refers to a symbol that exists. */
export function areKnown(): bool {
  return isInRange;
}

/**
 * How many were read. -1 if their number is odd, or one refers to no symbol. They may be
 * more than were kept: see areFew.
 */
export function referenceCount(): i32 {
  return isInRange && (count & 1) == 0 ? <i32> count : -1;
}

/** Whether they are no more than a series may have. */
export function areFew(): bool {
  return count < REFERENCES_MAX;
}

// @ts-ignore: decorator
@inline
export function referenceAt(index: i32): u32 {
  return load<u32>(references.at + (<usize> index << 2));
}
