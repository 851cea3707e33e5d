/** The strings of label sets that stay from batch to batch, each once. */
import { slotAt, slotCount, takeFromRegion } from "./kept_region";
import { copyLoose, sameBytes } from "../bytes/memory";

/** A kept string. Its bytes follow this object. */
@unmanaged
export class KeptString {
  /** The hash that `hashOf` has for it. */
  hash: u32;
  bytes: usize;
  /** The epoch in which its number was looked up, and the number in the strings of that epoch. */
  epoch: u32;
  number: u32;

  /** Both at once: the epoch in the lower half, the number in the upper one. */
  @inline
  get epochAndNumber(): u64 {
    return load<u64>(changetype<usize>(this), offsetof<KeptString>("epoch"));
  }

  @inline
  get textAt(): usize {
    return changetype<usize>(this) + offsetof<KeptString>();
  }
}

export const STRING_HEAD_BYTES: usize = offsetof<KeptString>();

let count: u32 = 0;

/** Grows whenever the numbers of strings lose their meaning. */
export let epoch: u32 = 1;

/**
 * Takes the numbers from all strings. Returns false when epochs begin anew: then no string
 * of an old epoch may be left.
 */
export function forgetNumbers(): bool {
  epoch++;
  if (epoch != 0) return true;
  epoch = 1;
  return false;
}

export function forgetStrings(): void {
  count = 0;
}

/** Whether there are slots for this many more strings. Three in four slots may be taken. */
export function takesStrings(more: u32): bool {
  return count + more <= slotCount - (slotCount >> 2);
}

/** The slot of a string, or the empty one where it would be. */
function slotOf(hash: u32, at: usize, bytes: usize): usize {
  let index = hash;
  while (true) {
    const slot = slotAt(index);
    const here = load<u64>(slot);
    if (here == 0) return slot;
    if (<u32> (here >> 32) == hash && holds(stringIn(slot), at, bytes)) return slot;
    index++;
  }
}

// @ts-ignore: decorator
@inline
function stringIn(slot: usize): KeptString {
  return changetype<KeptString>(load<u32>(slot));
}

function holds(string: KeptString, at: usize, bytes: usize): bool {
  return string.bytes == bytes && sameBytes(string.textAt, at, bytes);
}

/** A string that is kept, if it is; the region must be open. */
export function findString(hash: u32, at: usize, bytes: usize): KeptString | null {
  const slot = slotOf(hash, at, bytes);
  return load<u64>(slot) == 0 ? null : stringIn(slot);
}

/** Keeps a string that has this number now. There must be room for it. */
export function keepText(hash: u32, at: usize, bytes: usize, number: u32): KeptString {
  const slot = slotOf(hash, at, bytes);
  if (load<u64>(slot) != 0) return stringIn(slot);
  const string = changetype<KeptString>(takeFromRegion(STRING_HEAD_BYTES + bytes));
  string.hash = hash;
  string.bytes = bytes;
  string.epoch = epoch;
  string.number = number;
  // What is written past the end is free, or the region's slack.
  copyLoose(string.textAt, at, bytes);
  count++;
  store<u64>(slot, ((<u64> hash) << 32) | <u64> changetype<usize>(string));
  return string;
}
