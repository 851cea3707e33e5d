/**
 * How many things of one kind each partition gets, and where in a list of all of them its own
 * lie: those of a partition follow those of the one before. First all are counted, then each is
 * given its place, in order.
 */
import { Buffer, reserve } from "../bytes/memory";

/** A u32 for each partition: its count, then the place of its next thing, and at last its end. */
// @ts-ignore: decorator
@inline
function cell(shares: Buffer, partition: u32): usize {
  return shares.at + (<usize> partition << 2);
}

/** Begins to count. */
export function openShares(shares: Buffer, partitions: u32): void {
  const bytes = <usize> partitions << 2;
  shares.length = 0;
  memory.fill(reserve(shares, bytes), 0, bytes);
  shares.length = bytes;
}

// @ts-ignore: decorator
@inline
export function countOne(shares: Buffer, partition: u32): void {
  const at = cell(shares, partition);
  store<u32>(at, load<u32>(at) + 1);
}

/** Ends the counting. Returns how many there are. */
export function closeCounts(shares: Buffer): u32 {
  let sum: u32 = 0;
  const end = shares.at + shares.length;
  for (let at = shares.at; at < end; at += 4) {
    const count = load<u32>(at);
    store<u32>(at, sum);
    sum += count;
  }
  return sum;
}

/** The place of the partition's next thing. */
// @ts-ignore: decorator
@inline
export function takePlace(shares: Buffer, partition: u32): u32 {
  const at = cell(shares, partition);
  const place = load<u32>(at);
  store<u32>(at, place + 1);
  return place;
}

/** Where the partition's things begin, once each thing has its place. */
export function firstPlace(shares: Buffer, partition: u32): u32 {
  return partition == 0 ? 0 : load<u32>(cell(shares, partition - 1));
}

/** Where they end. */
export function endPlace(shares: Buffer, partition: u32): u32 {
  return load<u32>(cell(shares, partition));
}
