/**
 * The strings of a file, in the order in which its sections first use them. A reference is
 * to the next string that was not used yet, for which there is one code, or counts back
 * from there. So similar strings, which are those of one label, are neighbours. And a
 * reader can check every reference with one comparison.
 */
import { Buffer, copyLoose, createBuffer, reserve, reserveMore } from "../../bytes/memory";
import { writeVarint } from "../../codec/protobuf";
import { symbolAt, symbolCount, symbolLength } from "../../batch/symbols";
import { VALUE_BACK, VALUE_NEW, VALUE_SAME } from "./v1_layout";

/** Stands for the value that the set before has. No string has this id, and any id becomes it by `or` with all bits. */
export const SAME: u32 = 0xffffffff;

/** Four times VALUE_SAME. */
const VALUES_SAME: u32 = <u32> VALUE_SAME * 0x01010101;

/** The number of each symbol in the file, plus one; 0 until it is used. */
const numbers: Buffer = createBuffer();
/** The symbols that are used, in their order in the file. */
const used: Buffer = createBuffer();
export let usedCount: u32 = 0;
/** How many bytes they take, once their lengths are written. */
let usedBytes: usize = 0;

/** To be called when the symbols are those of another batch: no file of it has used any. */
export function openStrings(): void {
  const bytes = <usize> symbolCount() << 2;
  numbers.length = 0;
  used.length = 0;
  memory.fill(reserve(numbers, bytes), 0, bytes);
  reserve(used, bytes);
  usedCount = 0;
}

/** Begins a file. What the file before it used is taken back one by one: parts of a batch use few of its symbols. */
export function beginStrings(): void {
  for (let i: u32 = 0; i < usedCount; i++) {
    const symbol = load<u32>(used.at + (<usize> i << 2));
    store<u32>(numbers.at + (<usize> symbol << 2), 0);
  }
  usedCount = 0;
  usedBytes = 0;
}

/** How far back a symbol is, at least 1. If this is its first use, that is noted, and the answer is 0. */
// @ts-ignore: decorator
@inline
export function reachSymbol(symbol: u32): u32 {
  const entry = numbers.at + (<usize> symbol << 2);
  const number = load<u32>(entry);
  if (number != 0) return usedCount + 1 - number;
  store<u32>(used.at + (<usize> usedCount << 2), symbol);
  usedCount++;
  store<u32>(entry, usedCount);
  return 0;
}

/**
 * Writes the values of one label after the other, each the id of a string or SAME. Returns their
 * end; there must be room for 5 bytes each. It reaches symbols as reachSymbol does, with what is
 * needed for that at hand.
 */
export function writeValues(from: usize, end: usize, to: usize): usize {
  const numbersAt = numbers.at;
  const usedAt = used.at;
  let count = usedCount;
  for (; from < end; from += 4) {
    const symbol = load<u32>(from);
    if (symbol == SAME) {
      // Many labels are the same for thousands of sets; four of them are one word that is all ones.
      while (from + 16 <= end && i32x4.all_true(i32x4.eq(v128.load(from), i32x4.splat(-1)))) {
        store<u32>(to, VALUES_SAME);
        to += 4;
        from += 16;
      }
      if (from == end || load<u32>(from) != SAME) {
        from -= 4;
        continue;
      }
      store<u8>(to++, <u8> VALUE_SAME);
      continue;
    }
    const entry = numbersAt + (<usize> symbol << 2);
    const number = load<u32>(entry);
    if (number == 0) {
      store<u32>(usedAt + (<usize> count << 2), symbol);
      count++;
      store<u32>(entry, count);
      store<u8>(to++, <u8> VALUE_NEW);
    } else to = writeVarint(to, VALUE_BACK + <u64> (count - number));
  }
  usedCount = count;
  return to;
}

/** Writes the lengths of the strings that are used. */
export function writeLengths(out: Buffer): void {
  let to = reserveMore(out, <usize> usedCount * 5);
  let sum: usize = 0;
  for (let i: u32 = 0; i < usedCount; i++) {
    const bytes = symbolLength(load<u32>(used.at + (<usize> i << 2)));
    sum += bytes;
    to = writeVarint(to, bytes);
  }
  usedBytes = sum;
  out.length = to - out.at;
}

/** Writes the strings that are used, without gaps. To be called after writeLengths. */
export function writeStrings(out: Buffer): void {
  let to = reserveMore(out, usedBytes);
  for (let i: u32 = 0; i < usedCount; i++) {
    const symbol = load<u32>(used.at + (<usize> i << 2));
    const bytes = symbolLength(symbol);
    copyLoose(to, symbolAt(symbol), bytes);
    to += bytes;
  }
  out.length = to - out.at;
}
