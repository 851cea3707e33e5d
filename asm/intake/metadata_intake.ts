/** Takes metadata entries in. A batch has each combination of family, type, help and unit once. */
import { RULE_METADATA, RULE_NONE } from "../abi/layout";
import { Buffer, createBuffer, reserve } from "../bytes/memory";
import { addMetadata, metadata, METADATA_BYTES, MetadataEntry, NO_STRING } from "../batch/rows";
import { addSwitch, nthSwitch, switchCount } from "../batch/metadata_order";
import { intern, NOT_UTF8, symbolCount, truncateSymbols } from "../batch/symbols";

/** The types of prompb, from UNKNOWN to STATESET. */
const TYPE_MAX: u64 = 7;

/**
 * A hash table with the numbers of the entries in `metadata`, plus one. The hash is that
 * of an entry's ids.
 */
const slots: Buffer = createBuffer();
let slotCount: u32 = 0;
/** How many entries the slots have. After a request was taken back that is more than the batch has. */
let known: u32 = 0;
/** The same by the family alone, with the number of the entry that counts for it now. */
const familySlots: Buffer = createBuffer();
/** A request was taken back, and with it perhaps a switch. */
let isStale: bool = false;
/** The row from which on the entries count that come next. */
let entryRow: u32 = 0;

export function setEntryRow(row: u32): void {
  entryRow = row;
}

export function forgetEntriesInForce(): void {
  isStale = true;
}

// The current entry, as it came.
let familyAt: usize = 0;
let familyBytes: usize = 0;
let helpAt: usize = 0;
let helpBytes: usize = 0;
let unitAt: usize = 0;
let unitBytes: usize = 0;

export function setFamily(at: usize, bytes: usize): void {
  familyAt = at;
  familyBytes = bytes;
}

export function setHelp(at: usize, bytes: usize): void {
  helpAt = at;
  helpBytes = bytes;
}

export function setUnit(at: usize, bytes: usize): void {
  unitAt = at;
  unitBytes = bytes;
}

/**
 * Whether an entry that the batch already has is left out. Entries of a file are all
 * added, since each is one of its signals.
 */
let merges: bool = true;

export function setMergesEntries(does: bool): void {
  merges = does;
}

/** Whether the entry that was added last is new in the batch. */
export let isNewEntry: bool = false;

/** Adds the current entry, unless the batch has it. Returns the rule that it breaks, or RULE_NONE. */
export function addEntry(type: u64): i32 {
  isNewEntry = false;
  if (familyBytes == 0 || type > TYPE_MAX) return RULE_METADATA;
  const mark = symbolCount();
  const family = intern(familyAt, familyBytes);
  const help = helpBytes == 0 ? NO_STRING : intern(helpAt, helpBytes);
  const unit = unitBytes == 0 ? NO_STRING : intern(unitAt, unitBytes);
  const isBroken = family == NOT_UTF8 || (helpBytes != 0 && help == NOT_UTF8) ||
    (unitBytes != 0 && unit == NOT_UTF8);
  if (isBroken) {
    truncateSymbols(mark);
    return RULE_METADATA;
  }
  if (!merges) {
    addMetadata(family, <u32> type, help, unit);
    isNewEntry = true;
    return RULE_NONE;
  }
  const number = numberOf(family, <u32> type, help, unit);
  if (number > <u32> (metadata.length / METADATA_BYTES)) {
    addMetadata(family, <u32> type, help, unit);
    known++;
    isNewEntry = true;
  }
  putInForce(family, number);
  return RULE_NONE;
}

/** An entry counts for its family from here on. */
function putInForce(family: u32, number: u32): void {
  const slot = familySlotFor(family);
  const before = load<u32>(slot);
  if (before == number) return;
  store<u32>(slot, number);
  if (before != 0) addSwitch(entryRow, number - 1);
}

/** Forgets all entries, whether or not the slots were given back. */
export function forgetEntrySlots(): void {
  if (slots.capacity == 0 || familySlots.capacity == 0) slotCount = 0;
}

/** The number of the entry, plus one. If the batch has it not, it is noted as the next one. */
function numberOf(family: u32, type: u32, help: u32, unit: u32): u32 {
  const entries = <u32> (metadata.length / METADATA_BYTES);
  if (isStale || known != entries || (entries + 1) * 2 > slotCount) rebuild(entries);
  const slot = slotFor(family, type, help, unit);
  const number = load<u32>(slot);
  if (number != 0) return number;
  store<u32>(slot, entries + 1);
  return entries + 1;
}

// @ts-ignore: decorator
@inline
function nthEntry(number: u32): MetadataEntry {
  return changetype<MetadataEntry>(metadata.at + <usize> number * METADATA_BYTES);
}

/** The slot of an entry. It is empty, or has the number of an equal entry. */
function slotFor(family: u32, type: u32, help: u32, unit: u32): usize {
  const mixed = (family * 0x9e3779b1) ^ (type * 0x85ebca6b) ^ (help * 0xc2b2ae35) ^ (unit * 0x27d4eb2f);
  let index = mixed ^ (mixed >> 15);
  while (true) {
    const slot = slots.at + (<usize> (index & (slotCount - 1)) << 2);
    const number = load<u32>(slot);
    if (number == 0) return slot;
    const entry = nthEntry(number - 1);
    const isSame = entry.family == family && entry.type == type && entry.help == help &&
      entry.unit == unit;
    if (isSame) return slot;
    index++;
  }
}

/** The slot of the entry that counts for a family; it is empty where there is none. */
function familySlotFor(family: u32): usize {
  const mixed = family * 0x9e3779b1;
  let index = mixed ^ (mixed >> 15);
  while (true) {
    const slot = familySlots.at + (<usize> (index & (slotCount - 1)) << 2);
    const number = load<u32>(slot);
    if (number == 0 || nthEntry(number - 1).family == family) return slot;
    index++;
  }
}

/** Puts all entries of the batch into the slots, after the batch grew or a request was taken back. */
function rebuild(entries: u32): void {
  slotCount = max<u32>(64, slotCount);
  while ((entries + 1) * 2 > slotCount) slotCount *= 2;
  const bytes = <usize> slotCount << 2;
  slots.length = 0;
  memory.fill(reserve(slots, bytes), 0, bytes);
  familySlots.length = 0;
  memory.fill(reserve(familySlots, bytes), 0, bytes);
  for (let i: u32 = 0; i < entries; i++) {
    const entry = nthEntry(i);
    store<u32>(slotFor(entry.family, entry.type, entry.help, entry.unit), i + 1);
    const first = familySlotFor(entry.family);
    if (load<u32>(first) == 0) store<u32>(first, i + 1);
  }
  for (let i: u32 = 0; i < switchCount(); i++) {
    const number = nthSwitch(i).entry;
    store<u32>(familySlotFor(nthEntry(number).family), number + 1);
  }
  known = entries;
  isStale = false;
}
