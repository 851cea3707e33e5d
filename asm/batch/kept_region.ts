/**
 * The memory of label sets that stay from batch to batch, and of their strings, is one
 * region of a fixed size. It is allocated when it is needed, filled from its start and
 * emptied as a whole. So the bound is exact, and nothing in the region ever moves. An
 * instance has one: a writer for sets as they came, a reader for what rules made of them.
 *
 *     slots of strings | sets and strings, as they come
 *
 * A slot is a u64. The upper half is a string's hash, and the lower half is where it is.
 */
import { SLACK } from "../bytes/memory";

let bytesMax: usize = 0;
let bytesASlot: usize = 0;
let slots: usize = 0;
let things: usize = 0;
let free: usize = 0;
let end: usize = 0;

/** How many slots strings have; a power of two. */
export let slotCount: u32 = 0;

/** Sets the size of the region. There is a slot for this many bytes of it. */
export function boundRegion(bytes: usize, bytesForSlot: usize): void {
  bytesMax = bytes;
  bytesASlot = bytesForSlot;
}

/** Allocates the region, unless that was done. */
export function openRegion(): void {
  if (slots != 0) return;
  slotCount = 1 << (31 - clz(<u32> (bytesMax / bytesASlot)));
  slots = heap.alloc(bytesMax + SLACK);
  things = slots + (<usize> slotCount << 3);
  end = slots + bytesMax;
  emptyRegion();
}

export function emptyRegion(): void {
  if (slots == 0) return;
  memory.fill(slots, 0, things - slots);
  free = things;
}

/** How many bytes are left. */
export function regionRoom(): usize {
  return end - free;
}

/** Hands out `bytes` bytes, for which there must be room, aligned for words. */
export function takeFromRegion(bytes: usize): usize {
  const at = free;
  free += (bytes + 7) & ~7;
  return at;
}

// @ts-ignore: decorator
@inline
export function slotAt(index: u32): usize {
  return slots + (<usize> (index & (slotCount - 1)) << 3);
}
