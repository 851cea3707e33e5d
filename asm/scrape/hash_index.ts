/**
 * Finds records by a hash. A slot is a u64: the hash above, the record's offset below; 0 is
 * an empty one. Addressing is open, and at least half of the slots are empty.
 */
import { Buffer, reserve } from "../bytes/memory";

const SLOTS_MIN: u32 = 32;

@unmanaged
export class HashIndex {
  slots: Buffer;
  /** A power of two, or 0 while there is nothing. */
  slotCount: u32;
  count: u32;
}

/** A buffer that belongs to one owner, and goes with it. */
export function createOwnBuffer(): Buffer {
  const buffer = changetype<Buffer>(heap.alloc(offsetof<Buffer>()));
  memory.fill(changetype<usize>(buffer), 0, offsetof<Buffer>());
  return buffer;
}

export function createIndex(): HashIndex {
  const index = changetype<HashIndex>(heap.alloc(offsetof<HashIndex>()));
  index.slots = createOwnBuffer();
  index.slotCount = 0;
  index.count = 0;
  return index;
}

/** Forgets all records, and makes room for so many. */
export function resetIndex(index: HashIndex, count: u32): void {
  let slotCount = SLOTS_MIN;
  while (slotCount < (count + 1) * 2) slotCount *= 2;
  const bytes = <usize> slotCount << 3;
  index.slots.length = 0;
  memory.fill(reserve(index.slots, bytes), 0, bytes);
  index.slotCount = slotCount;
  index.count = 0;
}

/** The slot that a search for a hash begins with. */
// @ts-ignore: decorator
@inline
export function firstSlot(index: HashIndex, hash: u32): u32 {
  return hash & (index.slotCount - 1);
}

// @ts-ignore: decorator
@inline
export function slotAt(index: HashIndex, slot: u32): u64 {
  return load<u64>(index.slots.at + (<usize> slot << 3));
}

// @ts-ignore: decorator
@inline
export function slotAfter(index: HashIndex, slot: u32): u32 {
  return (slot + 1) & (index.slotCount - 1);
}

/** Adds a record that is not there yet. */
export function addToIndex(index: HashIndex, hash: u32, offset: u32): void {
  if (index.slotCount < (index.count + 1) * 2) grow(index);
  put(index, hash, offset);
  index.count++;
}

function put(index: HashIndex, hash: u32, offset: u32): void {
  let slot = firstSlot(index, hash);
  while (slotAt(index, slot) != 0) slot = slotAfter(index, slot);
  store<u64>(index.slots.at + (<usize> slot << 3), (<u64> hash << 32) | <u64> offset);
}

function grow(index: HashIndex): void {
  const count = index.count;
  const slotCount = max(SLOTS_MIN, index.slotCount * 2);
  const before = index.slots.at;
  const beforeEnd = before + (<usize> index.slotCount << 3);
  const bytes = <usize> slotCount << 3;
  const at = heap.alloc(bytes);
  memory.fill(at, 0, bytes);
  index.slots.at = at;
  index.slots.capacity = bytes;
  index.slotCount = slotCount;
  for (let slot = before; slot < beforeEnd; slot += 8) {
    const found = load<u64>(slot);
    if (found != 0) put(index, <u32> (found >> 32), <u32> found);
  }
  if (before != 0) heap.free(before);
  index.count = count;
}
