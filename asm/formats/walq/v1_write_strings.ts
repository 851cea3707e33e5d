/**
 * The strings of a file, in the order in which its sections first use them. A reference is
 * to the next string that was not used yet, for which there is one code, or counts back
 * from there. So similar strings, which are those of one label, are neighbours. And a
 * reader can check every reference with one comparison.
 */
import { Buffer, copyLoose, createBuffer, reserve, reserveMore } from "../../bytes/memory";
import { writeVarint } from "../../codec/protobuf";
import { symbolAt, symbolCount, symbolLength } from "../../batch/symbols";

/** The number of each symbol in the file, plus one; 0 until it is used. */
const numbers: Buffer = createBuffer();
/** The symbols that are used, in their order in the file. */
const used: Buffer = createBuffer();
export let usedCount: u32 = 0;
let usedBytes: usize = 0;

export function beginStrings(): void {
  const bytes = <usize> symbolCount() << 2;
  numbers.length = 0;
  used.length = 0;
  memory.fill(reserve(numbers, bytes), 0, bytes);
  reserve(used, bytes);
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
  usedBytes += symbolLength(symbol);
  store<u32>(entry, usedCount);
  return 0;
}

/** Writes the lengths of the strings that are used; returns their end. */
export function writeLengths(out: Buffer): void {
  let to = reserveMore(out, <usize> usedCount * 5);
  for (let i: u32 = 0; i < usedCount; i++) {
    to = writeVarint(to, symbolLength(load<u32>(used.at + (<usize> i << 2))));
  }
  out.length = to - out.at;
}

export function stringsBytes(): usize {
  return usedBytes;
}

/** Writes the strings that are used, without gaps. */
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
