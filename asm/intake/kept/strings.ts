/**
 * The strings of the sets that are kept, each once. A string:
 *
 *     0  hash    u32, as the string table has it
 *     4  bytes   u32
 *     8  epoch   u32, when its number was looked up
 *    12  number  u32, in the string table of that epoch
 *    16  the bytes
 */
import { slotAt, slotCount, takeFromRegion } from "./region";
import { copyLoose, sameBytes } from "../../bytes/memory";
import { internKnown, symbolAt, symbolHash, symbolLength } from "../../batch/symbols";

export const STRING_HEAD_BYTES: usize = 16;

let count: u32 = 0;

/** Grows whenever numbers in the string table lose their meaning. */
export let epoch: u32 = 1;

/** From now on no string has a number. False when the epochs begin anew, and old ones must not be met again. */
export function forgetNumbers(): bool {
  epoch++;
  if (epoch != 0) return true;
  epoch = 1;
  return false;
}

export function forgetStrings(): void {
  count = 0;
}

/** Whether there are slots for so many more strings: three in four may be taken. */
export function takesStrings(more: u32): bool {
  return count + more <= slotCount - (slotCount >> 2);
}

/** Keeps a string of the open batch. There must be room for it. */
export function keepString(id: u32): usize {
  const hash = symbolHash(id);
  const at = symbolAt(id);
  const bytes = symbolLength(id);
  let index = hash;
  while (true) {
    const slot = slotAt(index);
    const here = load<u64>(slot);
    if (here == 0) {
      const string = addString(id, hash, at, bytes);
      store<u64>(slot, ((<u64> hash) << 32) | <u64> string);
      return string;
    }
    const string = <usize> (<u32> here);
    if (<u32> (here >> 32) == hash && holds(string, at, bytes)) return string;
    index++;
  }
}

function holds(string: usize, at: usize, bytes: usize): bool {
  return <usize> load<u32>(string, 4) == bytes &&
    sameBytes(string + STRING_HEAD_BYTES, at, bytes);
}

function addString(id: u32, hash: u32, at: usize, bytes: usize): usize {
  const string = takeFromRegion(STRING_HEAD_BYTES + bytes);
  store<u32>(string, hash);
  store<u32>(string, <u32> bytes, 4);
  store<u32>(string, epoch, 8);
  store<u32>(string, id, 12);
  // What is written past the end is free, or the region's slack.
  copyLoose(string + STRING_HEAD_BYTES, at, bytes);
  count++;
  return string;
}

/** The number of a kept string in the open batch, to which it is added if need be. */
// @ts-ignore: decorator
@inline
export function numberOf(string: usize): u32 {
  return load<u32>(string, 8) == epoch ? load<u32>(string, 12) : renumber(string);
}

function renumber(string: usize): u32 {
  const bytes = <usize> load<u32>(string, 4);
  const id = internKnown(string + STRING_HEAD_BYTES, bytes, load<u32>(string));
  store<u32>(string, epoch, 8);
  store<u32>(string, id, 12);
  return id;
}
