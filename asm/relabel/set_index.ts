/**
 * Finds remembered sets by hash. The hash table uses open addressing. A slot is a u64: the
 * upper half is a hash, and the lower half is where the set is. A set may be in it under
 * several hashes.
 */

let slots: usize = 0;
let slotCount: u32 = 0;
let taken: u32 = 0;

/** Makes an empty index with this many slots, a power of two. */
export function openIndex(count: u32): void {
  slotCount = count;
  slots = heap.alloc(<usize> count << 3);
  emptyIndex();
}

export function emptyIndex(): void {
  memory.fill(slots, 0, <usize> slotCount << 3);
  taken = 0;
}

/** Whether there are slots for this many more. Three in four may be taken. */
export function takesSlots(more: u32): bool {
  return taken + more <= slotCount - (slotCount >> 2);
}

// @ts-ignore: decorator
@inline
function slotAt(index: u32): usize {
  return slots + (<usize> (index & (slotCount - 1)) << 3);
}

/** Where the next slot with this hash is, from that at `slot` on; its `setIn` is 0 if there is none. */
// @ts-ignore: decorator
@inline
function seek(from: usize, hash: u32): usize {
  let slot = from;
  while (true) {
    const here = load<u64>(slot);
    if (here == 0 || <u32> (here >> 32) == hash) return slot;
    slot = slotAt(<u32> ((slot - slots) >> 3) + 1);
  }
}

/** The first slot with this hash, or an empty one where it would be. */
export function firstSlot(hash: u32): usize {
  return seek(slotAt(hash), hash);
}

/** The next slot with the hash that is in this one, or an empty one. */
export function slotAfter(slot: usize): usize {
  return seek(slotAt(<u32> ((slot - slots) >> 3) + 1), load<u32>(slot, 4));
}

/** The set in a slot, or 0. */
// @ts-ignore: decorator
@inline
export function setIn(slot: usize): usize {
  return <usize> load<u32>(slot);
}

/** Puts a set into a slot that was found, in the place of another one or of none. */
export function putInSlot(slot: usize, hash: u32, set: usize): void {
  if (load<u64>(slot) == 0) taken++;
  store<u64>(slot, (<u64> hash << 32) | <u64> set);
}
