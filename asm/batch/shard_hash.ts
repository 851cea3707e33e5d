/**
 * Finds the shard that a label set belongs to. It depends on the labels alone, and not on
 * their order, the format of the file or a hash that is stored in the file. So a series
 * goes to the same shard wherever its signals come from. Every string and every block of
 * labels is hashed once a batch.
 */
import { xxh64 } from "../bytes/hash";
import { Buffer, createBuffer, reserve } from "../bytes/memory";
import { nthLabel } from "./label";
import { labelIds, Row } from "./rows";
import { stringAt, stringBytes, stringCount } from "./strings";

/** The hash of each string; 0 while nothing has needed it. */
const hashes: Buffer = createBuffer();

/** To be called when the strings are those of another batch. */
export function forgetHashes(): void {
  hashes.length = 0;
  lastCount = usize.MAX_VALUE;
}

function openHashes(): void {
  const bytes = <usize> stringCount() << 3;
  memory.fill(reserve(hashes, bytes), 0, bytes);
  hashes.length = bytes;
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

/** A number for a row's label set, which is kept in the word before the labels. Its low bit is always 1. */
// @ts-ignore: decorator
@inline
export function labelsNumber(row: Row): u32 {
  const word = row.namesAt - 4;
  const known = load<u32>(word);
  return known != 0 ? known : numberLabels(row, word);
}

/**
 * The last block, counted in ids, its count of labels and their sum. Neighbours have most
 * labels in common.
 */
let lastNames: usize = 0;
let lastCount: usize = 0;
let lastSum: u64 = 0;

function numberLabels(row: Row, word: usize): u32 {
  if (hashes.length == 0) openHashes();
  const count = row.labelCount;
  const names = word + 4;
  const values = names + (count << 2);
  let sum: u64 = 0;
  if (count == lastCount) {
    const otherNames = labelIds.at + (lastNames << 2);
    const otherValues = otherNames + (count << 2);
    sum = lastSum;
    for (let i: usize = 0; i < count << 2; i += 4) {
      const name = load<u32>(names + i);
      const value = load<u32>(values + i);
      const otherName = load<u32>(otherNames + i);
      const otherValue = load<u32>(otherValues + i);
      if (name == otherName && value == otherValue) continue;
      sum += termOf(name, value) - termOf(otherName, otherValue);
    }
  } else {
    for (let i: usize = 0; i < count << 2; i += 4) {
      sum += termOf(load<u32>(names + i), load<u32>(values + i));
    }
  }
  lastNames = (names - labelIds.at) >> 2;
  lastCount = count;
  lastSum = sum;
  const number = finish(sum);
  store<u32>(word, number);
  return number;
}

/**
 * What a label adds to the sum. An absent label adds nothing, since the endpoint sees the
 * same series without it.
 */
// @ts-ignore: decorator
@inline
function termOf(name: u32, value: u32): u64 {
  if (stringBytes(name) == 0 || stringBytes(value) == 0) return 0;
  return termOfHashes(hashOf(name), hashOf(value));
}

// @ts-ignore: decorator
@inline
function termOfHashes(name: u64, value: u64): u64 {
  return (name ^ rotl<u64>(value, 29)) * 0x9e3779b97f4a7c15;
}

/** The same for labels that are not of the batch; none is absent. */
export function numberOfLabels(at: usize, count: usize): u32 {
  let sum: u64 = 0;
  for (let i: usize = 0; i < count; i++) {
    const label = nthLabel(at, i);
    const name = xxh64(label.nameAt, label.nameBytes);
    const value = xxh64(label.valueAt, label.valueBytes);
    sum += termOfHashes(name, value);
  }
  return finish(sum);
}

/** The number for a metadata entry, which has a family's name and no labels. */
export function familyNumber(family: u32): u32 {
  return finish(xxh64(stringAt(family), stringBytes(family)));
}

// @ts-ignore: decorator
@inline
function finish(sum: u64): u32 {
  const mixed = (sum ^ (sum >> 29)) * 0xbf58476d1ce4e5b9;
  return <u32> (mixed >> 32) | 1;
}
