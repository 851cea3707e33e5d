/**
 * The memory of kept sets and their strings: one region of a fixed size, taken
 * when it is needed, filled from its start and emptied as a whole, so that the
 * bound is exact and nothing in it ever moves.
 *
 *     slots of strings | sets and strings, as they come
 *
 * A slot is a u64: a string's hash in the upper half, where it is in the lower.
 */
import { SLACK } from "../../bytes/memory";

/** A slot for so much room: there is about one string for each set of some 400 bytes. */
const BYTES_A_SLOT: usize = 128;

let bytesMax: usize = 0;
let slots: usize = 0;
let things: usize = 0;
let free: usize = 0;
let end: usize = 0;

/** How many slots strings have; a power of two. */
export let slotCount: u32 = 0;

/** Sets the size of the region. */
export function boundRegion(bytes: usize): void {
  bytesMax = bytes;
}

/** Takes the region, unless it was taken. */
export function openRegion(): void {
  if (slots != 0) return;
  slotCount = 1 << (31 - clz(<u32> (bytesMax / BYTES_A_SLOT)));
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

/** The room that is left. */
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
