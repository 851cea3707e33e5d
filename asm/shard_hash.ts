/**
 * Which shard a label set belongs to. It depends on the labels alone, not on
 * their order, the format of the file or a hash that somebody stored in it: a
 * series goes the same way wherever its signals come from. Every string is hashed
 * once a batch, and every block of labels once.
 */
import { xxh64 } from "./hash";
import { Buffer, createBuffer, reserve } from "./memory";
import { rowLabelCount, rowLabels } from "./rows";
import { stringAt, stringBytes, strings } from "./strings";

/** The hash of each string; 0 while nobody needed it. */
const hashes: Buffer = createBuffer();

/** The strings are those of another batch. */
export function forgetHashes(): void {
  hashes.length = 0;
}

function openHashes(): void {
  memory.fill(reserve(hashes, strings.length), 0, strings.length);
  hashes.length = strings.length;
}

// @ts-ignore: decorator
@inline
function hashOf(id: u32): u64 {
  const place = hashes.at + (<usize> id << 3);
  let hash = load<u64>(place);
  if (hash == 0) {
    hash = xxh64(stringAt(id), stringBytes(id));
    store<u64>(place, hash);
  }
  return hash;
}

/** A number for a row's label set; its low bit is always 1. Kept in the word before the labels. */
// @ts-ignore: decorator
@inline
export function labelsNumber(row: usize): u32 {
  const word = rowLabels(row) - 4;
  const known = load<u32>(word);
  return known != 0 ? known : numberLabels(row, word);
}

function numberLabels(row: usize, word: usize): u32 {
  if (hashes.length == 0) openHashes();
  const count = rowLabelCount(row);
  const names = word + 4;
  let sum: u64 = 0;
  for (let i: usize = 0; i < count; i++) {
    const name = load<u32>(names + (i << 2));
    const value = load<u32>(names + ((count + i) << 2));
    // Absent, whatever else is there.
    if (stringBytes(name) == 0 || stringBytes(value) == 0) continue;
    sum += (hashOf(name) ^ rotl<u64>(hashOf(value), 29)) * 0x9e3779b97f4a7c15;
  }
  const number = finish(sum);
  store<u32>(word, number);
  return number;
}

/** The same for a metadata entry, which has a family's name and no labels. */
export function familyNumber(family: u32): u32 {
  return finish(xxh64(stringAt(family), stringBytes(family)));
}

// @ts-ignore: decorator
@inline
function finish(sum: u64): u32 {
  const mixed = (sum ^ (sum >> 29)) * 0xbf58476d1ce4e5b9;
  return <u32> (mixed >> 32) | 1;
}
