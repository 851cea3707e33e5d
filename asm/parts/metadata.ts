/** Deals the metadata of the open batch out by partition. What it says of each row stays the same. */
import { Buffer, createBuffer, createLastingBuffer, reserve, reserveMore } from "../bytes/memory";
import {
  MetadataSwitch,
  nthSwitch,
  SWITCH_BYTES,
  switchCount,
  switches,
} from "../batch/metadata_order";
import { metadata, METADATA_BYTES } from "../batch/rows";
import { isInForce, nthEntry, putInForce } from "./families";
import { lend, takeBack } from "./lend";
import { rowPartition } from "./rows";
import { closeCounts, countOne, endPlace, firstPlace, openShares, takePlace } from "./shares";
import { findWanted, nextWanted } from "./wanted";

/** The numbers of entries, those of a partition behind those of the one before: u32. */
const dealtEntries: Buffer = createBuffer();
const entryShares: Buffer = createBuffer();
/** The switches in the same way, with the rows that they have in their part, and the entries of the batch. */
const dealtSwitches: Buffer = createBuffer();
const switchShares: Buffer = createBuffer();
/** How many rows of each partition were passed: u32. */
const passedRows: Buffer = createBuffer();

/** What the open part has. */
const partEntries: Buffer = createBuffer();
const partSwitches: Buffer = createBuffer();
/** The number that each of its entries has in it: u32. */
const numbersInPart: Buffer = createBuffer();
/** What the batch has itself, while a part is open. */
const ownEntries: Buffer = createLastingBuffer();
const ownSwitches: Buffer = createLastingBuffer();

/** To be called when the rows have their partitions. */
export function dealMetadata(partitions: u32): void {
  openShares(entryShares, partitions);
  openShares(switchShares, partitions);
  if (metadata.length == 0) return;
  findWanted(partitions);
  dealEntries(<u32> (metadata.length / METADATA_BYTES));
  dealSwitches(partitions);
}

export function entriesOf(partition: u32): u32 {
  return endPlace(entryShares, partition) - firstPlace(entryShares, partition);
}

function dealEntries(count: u32): void {
  for (let entry: u32 = 0; entry < count; entry++) {
    for (let to = nextWanted(entry, 0); to >= 0; to = nextWanted(entry, to + 1)) {
      countOne(entryShares, to);
    }
  }
  const all = <usize> closeCounts(entryShares) << 2;
  dealtEntries.length = 0;
  const base = reserve(dealtEntries, all);
  for (let entry: u32 = 0; entry < count; entry++) {
    for (let to = nextWanted(entry, 0); to >= 0; to = nextWanted(entry, to + 1)) {
      store<u32>(base + (<usize> takePlace(entryShares, to) << 2), entry);
    }
  }
  numbersInPart.length = 0;
  reserve(numbersInPart, <usize> count << 2);
}

/** A switch goes with its entry. */
function dealSwitches(partitions: u32): void {
  const count = switchCount();
  if (count == 0) return;
  for (let i: u32 = 0; i < count; i++) {
    const entry = nthSwitch(i).entry;
    for (let to = nextWanted(entry, 0); to >= 0; to = nextWanted(entry, to + 1)) {
      countOne(switchShares, to);
    }
  }
  const all = <usize> closeCounts(switchShares) * SWITCH_BYTES;
  dealtSwitches.length = 0;
  reserve(dealtSwitches, all);
  openShares(passedRows, partitions);
  let row: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const one = nthSwitch(i);
    for (; row < one.row; row++) countOne(passedRows, rowPartition(row));
    for (let to = nextWanted(one.entry, 0); to >= 0; to = nextWanted(one.entry, to + 1)) {
      const dealt = nthDealt(takePlace(switchShares, to));
      dealt.row = load<u32>(passedRows.at + (<usize> to << 2));
      dealt.entry = one.entry;
    }
  }
}

// @ts-ignore: decorator
@inline
function nthDealt(place: u32): MetadataSwitch {
  return changetype<MetadataSwitch>(dealtSwitches.at + <usize> place * SWITCH_BYTES);
}

/** Until closeMetadata the batch has the entries and switches of this partition alone. */
export function openMetadata(partition: u32): void {
  takeEntries(firstPlace(entryShares, partition), endPlace(entryShares, partition));
  takeSwitches(firstPlace(switchShares, partition), endPlace(switchShares, partition));
  lend(metadata, partEntries.at, partEntries.length, ownEntries);
  lend(switches, partSwitches.at, partSwitches.length, ownSwitches);
}

export function closeMetadata(): void {
  takeBack(metadata, ownEntries);
  takeBack(switches, ownSwitches);
}

function takeEntries(first: u32, end: u32): void {
  partEntries.length = 0;
  let to = reserve(partEntries, <usize> (end - first) * METADATA_BYTES);
  partEntries.length = <usize> (end - first) * METADATA_BYTES;
  for (let place = first; place < end; place++) {
    const entry = dealtEntry(place);
    memory.copy(to, changetype<usize>(nthEntry(entry)), METADATA_BYTES);
    to += METADATA_BYTES;
    store<u32>(numbersInPart.at + (<usize> entry << 2), place - first);
  }
  // Of those of one family the first counts at the start: it comes last here.
  for (let place = end; place > first; place--) putInForce(dealtEntry(place - 1));
}

// @ts-ignore: decorator
@inline
function dealtEntry(place: u32): u32 {
  return load<u32>(dealtEntries.at + (<usize> place << 2));
}

/** Where what lay between is in other parts, a switch may lead to what counts already. */
function takeSwitches(first: u32, end: u32): void {
  partSwitches.length = 0;
  for (let place = first; place < end; place++) {
    const dealt = nthDealt(place);
    if (isInForce(dealt.entry)) continue;
    putInForce(dealt.entry);
    const to = changetype<MetadataSwitch>(reserveMore(partSwitches, SWITCH_BYTES));
    to.row = dealt.row;
    to.entry = load<u32>(numbersInPart.at + (<usize> dealt.entry << 2));
    partSwitches.length += SWITCH_BYTES;
  }
}
