/**
 * The string table of a batch. It has each string once, in order of first appearance. The
 * hash table uses open addressing. A slot is a u64: a string's hash, and its number plus
 * one.
 *
 * A table is loose, and has no slots, for as long as all of its strings are kept ones, which
 * know their numbers themselves (kept/strings.ts). So a batch in which no series is new looks
 * up no string. The first string that must be looked up makes the table whole.
 */
import { Buffer, copyLoose, createBuffer, reserve, reserveMore, sameBytes } from "../bytes/memory";
import { isUtf8 } from "../bytes/utf8";

/** What intern answers for bytes that are not UTF-8. */
export const NOT_UTF8: u32 = 0xffffffff;

/** A string of the table. */
@unmanaged
class Symbol {
  /** Where it begins in the arena. */
  offset: usize;
  bytes: usize;
  hash: u32;
  /** The string that followed it, or NOT_UTF8 if none did. */
  next: u32;
}

const SYMBOL_BYTES: usize = offsetof<Symbol>();

const arena: Buffer = createBuffer();
const entries: Buffer = createBuffer();
const slots: Buffer = createBuffer();
let slotCount: u32 = 0;
let count: u32 = 0;
let isLoose: bool = true;

let seedA: u32 = 0;
let seedB: u32 = 0;

/** Secret numbers, so that nobody can make strings that fall into the same slots. */
export function seedSymbols(a: u32, b: u32): void {
  seedA = a;
  seedB = b;
}

/** The universal hash NH over pairs of 32-bit words, with keys drawn from the seeds. */
// @ts-ignore: decorator
@inline
export function hashOf(at: usize, bytes: usize): u32 {
  let a = seedA;
  let b = seedB;
  let hash: u64 = <u64> bytes * 0x9e3779b97f4a7c15;
  let left = bytes;
  while (left > 0) {
    let word = load<u64>(at);
    if (left < 8) {
      word &= ((<u64> 1) << (<u64> left << 3)) - 1;
      left = 8;
    }
    hash += <u64> (<u32> word + a) * <u64> (<u32> (word >> 32) + b);
    a = a * 0x915f77f5 + 0x6d2b79f5;
    b = b * 0x93d765dd + 0x2c1b3c6d;
    at += 8;
    left -= 8;
  }
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93;
  return <u32> (hash >> 32);
}

// @ts-ignore: decorator
@inline
function symbol(id: u32): Symbol {
  return changetype<Symbol>(entries.at + <usize> id * SYMBOL_BYTES);
}

export function symbolCount(): u32 {
  return count;
}

/** Bytes of all strings together. */
export function symbolBytes(): usize {
  return arena.length;
}

/** Where the first string begins. The others follow without gaps. It moves when the table grows. */
// @ts-ignore: decorator
@inline
export function symbolBase(): usize {
  return arena.at;
}

// @ts-ignore: decorator
@inline
export function symbolOffset(id: u32): usize {
  return symbol(id).offset;
}

// @ts-ignore: decorator
@inline
export function symbolAt(id: u32): usize {
  return arena.at + symbol(id).offset;
}

// @ts-ignore: decorator
@inline
export function symbolLength(id: u32): usize {
  return symbol(id).bytes;
}

export function symbolHash(id: u32): u32 {
  return symbol(id).hash;
}

/**
 * The number of a string, which is likely to be the one that followed another string the
 * last time. Bucket bounds and the like come in the same order again and again. The guess
 * is compared, so a wrong one costs time and nothing else.
 */
// @ts-ignore: decorator
@inline
export function internAfter(before: u32, at: usize, bytes: usize): u32 {
  const guess = symbol(before).next;
  if (guess < count && symbolLength(guess) == bytes && sameBytes(symbolAt(guess), at, bytes)) {
    return guess;
  }
  const id = intern(at, bytes);
  symbol(before).next = id;
  return id;
}

/** The number of a string. It is added if it is new. NOT_UTF8 is the answer for bytes that are not UTF-8. */
export function intern(at: usize, bytes: usize): u32 {
  return internHashed(at, bytes, hashOf(at, bytes), false);
}

/**
 * Does the same for a string that was in the table of another batch, whose hash is known
 * and which is UTF-8. It must not have been asked for since the table was emptied or made
 * whole.
 */
export function internKnown(at: usize, bytes: usize, hash: u32): u32 {
  if (!isLoose) return internHashed(at, bytes, hash, true);
  append(at, bytes, hash);
  return count++;
}

/** Gives each string its slot. To be called when kept strings forget their numbers and the table is not empty. */
export function makeSymbolsWhole(): void {
  if (!isLoose) return;
  isLoose = false;
  if (count * 2 >= slotCount) growSlots();
  else fillSlots();
}

// @ts-ignore: decorator
@inline
function internHashed(at: usize, bytes: usize, hash: u32, isKnown: bool): u32 {
  if (isLoose) makeSymbolsWhole();
  if (count * 2 >= slotCount) growSlots();
  const slot = slotFor(at, bytes, hash);
  const number = <u32> load<u64>(slot);
  if (number != 0) return number - 1;
  if (!isKnown && !isUtf8(at, bytes)) return NOT_UTF8;
  store<u64>(slot, ((<u64> hash) << 32) | <u64> (count + 1));
  append(at, bytes, hash);
  return count++;
}

/** The slot of a string, or the empty one where it would be. The table must be whole. */
// @ts-ignore: decorator
@inline
function slotFor(at: usize, bytes: usize, hash: u32): usize {
  const mask = slotCount - 1;
  let index = hash & mask;
  while (true) {
    const slot = slots.at + (<usize> index << 3);
    const here = load<u64>(slot);
    if (here == 0) return slot;
    if (<u32> (here >> 32) == hash) {
      const id = <u32> here - 1;
      if (symbolLength(id) == bytes && sameBytes(symbolAt(id), at, bytes)) return slot;
    }
    index = (index + 1) & mask;
  }
}

/** The number of a string plus one, or 0 if the table has it not. */
export function findSymbol(at: usize, bytes: usize): u32 {
  if (count == 0) return 0;
  if (isLoose) makeSymbolsWhole();
  return <u32> load<u64>(slotFor(at, bytes, hashOf(at, bytes)));
}

function append(at: usize, bytes: usize, hash: u32): void {
  const added = changetype<Symbol>(reserveMore(entries, SYMBOL_BYTES));
  added.offset = arena.length;
  added.bytes = bytes;
  added.hash = hash;
  added.next = NOT_UTF8;
  entries.length += SYMBOL_BYTES;
  copyLoose(reserveMore(arena, bytes), at, bytes);
  arena.length += bytes;
}

function growSlots(): void {
  do slotCount = slotCount == 0 ? 4096 : slotCount * 2;
  while (count * 2 >= slotCount);
  const bytes = <usize> slotCount << 3;
  slots.length = 0;
  memory.fill(reserve(slots, bytes), 0, bytes);
  fillSlots();
}

/** Gives each string a slot of a table that is empty. */
function fillSlots(): void {
  // In order of number, so that truncateSymbols can take them out from the last one on.
  for (let id: u32 = 0; id < count; id++) {
    const hash = symbolHash(id);
    const slot = emptySlot(hash);
    store<u64>(slots.at + (<usize> slot << 3), ((<u64> hash) << 32) | <u64> (id + 1));
  }
}

function emptySlot(hash: u32): u32 {
  const mask = slotCount - 1;
  let slot = hash & mask;
  while (load<u64>(slots.at + (<usize> slot << 3)) != 0) slot = (slot + 1) & mask;
  return slot;
}

/**
 * Takes back all strings but the first `kept`. Last in, first out: a slot that
 * is emptied this way never lay before one that is still taken on a probe.
 */
export function truncateSymbols(kept: u32): void {
  const mask = slotCount - 1;
  while (count > kept) {
    const last = symbol(--count);
    arena.length = last.offset;
    if (isLoose) continue;
    let slot = last.hash & mask;
    while (<u32> load<u64>(slots.at + (<usize> slot << 3)) != count + 1) slot = (slot + 1) & mask;
    store<u64>(slots.at + (<usize> slot << 3), 0);
  }
  entries.length = <usize> count * SYMBOL_BYTES;
}

/** Empties the table, whether or not its slots were given back. */
export function forgetSymbolSlots(): void {
  if (slots.capacity == 0) slotCount = 0;
}

export function clearSymbols(): void {
  count = 0;
  arena.length = 0;
  entries.length = 0;
  if (!isLoose && slotCount > 0) memory.fill(slots.at, 0, <usize> slotCount << 3);
  isLoose = true;
}
