/**
 * Which partition of a store a series belongs to: docs/format.md, "Parts". Every process that
 * shares the store has to say the same, whatever its version, so this must never change.
 */

/**
 * The partition of what has this hash, of so many. Somebody before us may have dealt series out
 * by the low bits of the same hash, so all bits are mixed into the upper half (the finalizer of
 * MurmurHash3), which is then shared out evenly.
 */
// @ts-ignore: decorator
@inline
export function partitionOf(hash: u64, partitions: u32): u32 {
  let mixed = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  mixed = (mixed ^ (mixed >> 33)) * 0xc4ceb9fe1a85ec53;
  mixed ^= mixed >> 33;
  return <u32> (((mixed >> 32) * <u64> partitions) >> 32);
}
