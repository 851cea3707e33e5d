/**
 * Which metadata entries the partitions need: a set of partitions for each entry. An entry goes
 * where it counts for a row, and one that counts for none where the name of its family leads. A
 * few rows can ask for long texts in each of 256 partitions, so what copies take is bounded: the
 * families for which there is no room go whole where their names lead.
 */
import { xxh64 } from "../bytes/hash";
import { Buffer, createBuffer, reserve } from "../bytes/memory";
import { PART_COPIES_BYTES_MAX } from "../abi/layout";
import { nthSwitch, SWITCH_BYTES, switchCount } from "../batch/metadata_order";
import { partitionOf } from "../batch/partition";
import { metadata, METADATA_BYTES, NO_STRING, nthRow, ROW_BYTES, rows } from "../batch/rows";
import { symbolAt, symbolLength } from "../batch/symbols";
import { entryFor, familyOfEntry, NO_ENTRY, nthEntry, openFamilies, putInForce } from "./families";
import { rowPartition } from "./rows";

/** The sets, each of so many words of 64 partitions. */
const sets: Buffer = createBuffer();
let words: u32 = 0;

/** What the copies of each family would take, or WHOLE: u64. */
const copies: Buffer = createBuffer();
const WHOLE: u64 = u64.MAX_VALUE;

// @ts-ignore: decorator
@inline
function wordAt(entry: u32, word: u32): usize {
  return sets.at + (<usize> entry * words + word << 3);
}

// @ts-ignore: decorator
@inline
function want(entry: u32, partition: u32): void {
  const at = wordAt(entry, partition >> 6);
  store<u64>(at, load<u64>(at) | ((<u64> 1) << (partition & 63)));
}

/** The first partition from this one on that needs the entry, or -1. */
export function nextWanted(entry: u32, from: u32): i32 {
  for (let word = from >> 6; word < words; word++) {
    let bits = load<u64>(wordAt(entry, word));
    if (word == from >> 6) bits &= (<u64> -1) << (from & 63);
    if (bits != 0) return <i32> ((word << 6) + <u32> ctz(bits));
  }
  return -1;
}

/** Finds all of it. */
export function findWanted(partitions: u32): void {
  const familyCount = openFamilies();
  const entries = <u32> (metadata.length / METADATA_BYTES);
  words = (partitions + 63) >> 6;
  clear(sets, <usize> entries * words << 3);
  askRows();
  clear(copies, <usize> familyCount << 3);
  boundCopies(entries, familyCount);
  for (let entry: u32 = 0; entry < entries; entry++) {
    if (load<u64>(costAt(entry)) == WHOLE || copiesOf(entry) == 0) sendHome(entry, partitions);
  }
}

function clear(buffer: Buffer, bytes: usize): void {
  buffer.length = 0;
  memory.fill(reserve(buffer, bytes), 0, bytes);
}

function askRows(): void {
  const changes = switchCount();
  const count = <u32> (rows.length / ROW_BYTES);
  let next: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    for (; next < changes && nthSwitch(next).row <= row; next++) putInForce(nthSwitch(next).entry);
    const entry = entryFor(nthRow(row));
    if (entry != NO_ENTRY) want(entry, rowPartition(row));
  }
}

function copiesOf(entry: u32): u32 {
  let count: u32 = 0;
  for (let word: u32 = 0; word < words; word++) count += <u32> popcnt(load<u64>(wordAt(entry, word)));
  return count;
}

// @ts-ignore: decorator
@inline
function costAt(entry: u32): usize {
  return copies.at + (<usize> familyOfEntry(entry) << 3);
}

function boundCopies(entries: u32, familyCount: u32): void {
  for (let entry: u32 = 0; entry < entries; entry++) addCost(entry, bytesOf(entry));
  for (let i: u32 = 0; i < switchCount(); i++) addCost(nthSwitch(i).entry, SWITCH_BYTES);
  let left: u64 = PART_COPIES_BYTES_MAX;
  const end = copies.at + (<usize> familyCount << 3);
  for (let at = copies.at; at < end; at += 8) {
    const cost = load<u64>(at);
    if (cost <= left) left -= cost;
    else store<u64>(at, WHOLE);
  }
}

/** In one partition it has to be in any case. */
function addCost(entry: u32, bytes: usize): void {
  const more = max<u32>(copiesOf(entry), 1) - 1;
  const at = costAt(entry);
  store<u64>(at, load<u64>(at) + <u64> more * <u64> bytes);
}

function bytesOf(number: u32): usize {
  const entry = nthEntry(number);
  return METADATA_BYTES + symbolLength(entry.family) + textBytes(entry.help) + textBytes(entry.unit);
}

function textBytes(id: u32): usize {
  return id == NO_STRING ? 0 : symbolLength(id);
}

function sendHome(entry: u32, partitions: u32): void {
  memory.fill(wordAt(entry, 0), 0, <usize> words << 3);
  const family = nthEntry(entry).family;
  want(entry, partitionOf(xxh64(symbolAt(family), symbolLength(family)), partitions));
}
