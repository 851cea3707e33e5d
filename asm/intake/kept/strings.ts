/** The strings of the sets that are kept, each once. */
import { slotAt, slotCount, takeFromRegion } from "./region";
import { copyLoose, sameBytes } from "../../bytes/memory";
import { internKnown, symbolAt, symbolHash, symbolLength } from "../../batch/symbols";

/** A kept string. Its bytes follow this object. */
@unmanaged
export class KeptString {
  /** The hash that the string table has for it. */
  hash: u32;
  bytes: usize;
  /** The epoch in which its number was looked up, and the number in the string table of that epoch. */
  epoch: u32;
  number: u32;

  @inline
  get textAt(): usize {
    return changetype<usize>(this) + offsetof<KeptString>();
  }
}

export const STRING_HEAD_BYTES: usize = offsetof<KeptString>();

let count: u32 = 0;

/** Grows whenever numbers in the string table lose their meaning. */
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

/** Keeps a string of the open batch. There must be room for it. */
export function keepString(id: u32): KeptString {
  const hash = symbolHash(id);
  const at = symbolAt(id);
  const bytes = symbolLength(id);
  let index = hash;
  while (true) {
    const slot = slotAt(index);
    const here = load<u64>(slot);
    if (here == 0) {
      const string = addString(id, hash, at, bytes);
      store<u64>(slot, ((<u64> hash) << 32) | <u64> changetype<usize>(string));
      return string;
    }
    const string = changetype<KeptString>(<u32> here);
    if (<u32> (here >> 32) == hash && holds(string, at, bytes)) return string;
    index++;
  }
}

function holds(string: KeptString, at: usize, bytes: usize): bool {
  return string.bytes == bytes && sameBytes(string.textAt, at, bytes);
}

function addString(id: u32, hash: u32, at: usize, bytes: usize): KeptString {
  const string = changetype<KeptString>(takeFromRegion(STRING_HEAD_BYTES + bytes));
  string.hash = hash;
  string.bytes = bytes;
  string.epoch = epoch;
  string.number = id;
  // What is written past the end is free, or the region's slack.
  copyLoose(string.textAt, at, bytes);
  count++;
  return string;
}

/** The number of a kept string in the open batch. It is added to the batch if it is not there. */
// @ts-ignore: decorator
@inline
export function numberOf(string: KeptString): u32 {
  return string.epoch == epoch ? string.number : renumber(string);
}

function renumber(string: KeptString): u32 {
  const id = internKnown(string.textAt, string.bytes, string.hash);
  string.epoch = epoch;
  string.number = id;
  return id;
}
