/** Which metadata entry counts for a row of the open batch, by the name of its metric. */
import { Buffer, createBuffer, reserve } from "../bytes/memory";
import { isMetricName } from "../batch/label";
import { findFamilyOf, isOneOf, typesWanted } from "../batch/metric_family";
import { metadata, METADATA_BYTES, MetadataEntry, Row } from "../batch/rows";
import { findSymbol, symbolAt, symbolCount, symbolLength } from "../batch/symbols";

/** A family of which the batch has an entry. */
@unmanaged
class Family {
  /** The number of the entry that counts now. */
  entry: u32;
  /** The batch has more than one entry of it. */
  isDisputed: u32;
}

const FAMILY_BYTES: usize = offsetof<Family>();
const families: Buffer = createBuffer();
/** For each symbol the number of the family with this name, plus one: u32. */
const familyOfSymbol: Buffer = createBuffer();
/**
 * For each symbol that is the name of a metric: 0 until it is looked up, NONE, or the number of
 * its family plus one and, in the lower byte, the types of which that has to be: u64.
 */
const leads: Buffer = createBuffer();
const NONE: u64 = 1;

// @ts-ignore: decorator
@inline
function nthFamily(number: u32): Family {
  return changetype<Family>(families.at + <usize> number * FAMILY_BYTES);
}

// @ts-ignore: decorator
@inline
export function nthEntry(number: u32): MetadataEntry {
  return changetype<MetadataEntry>(metadata.at + <usize> number * METADATA_BYTES);
}

function emptyFor(buffer: Buffer, bytes: usize): void {
  buffer.length = 0;
  memory.fill(reserve(buffer, bytes), 0, bytes);
  buffer.length = bytes;
}

/** Finds the families. Of each its first entry counts. Returns how many there are. */
export function openFamilies(): u32 {
  const symbols = <usize> symbolCount();
  emptyFor(familyOfSymbol, symbols << 2);
  emptyFor(leads, symbols << 3);
  const entries = <u32> (metadata.length / METADATA_BYTES);
  families.length = 0;
  reserve(families, <usize> entries * FAMILY_BYTES);
  let count: u32 = 0;
  for (let number: u32 = 0; number < entries; number++) {
    const place = familyOfSymbol.at + (<usize> nthEntry(number).family << 2);
    const known = load<u32>(place);
    if (known != 0) {
      nthFamily(known - 1).isDisputed = 1;
      continue;
    }
    const family = nthFamily(count++);
    family.entry = number;
    family.isDisputed = 0;
    store<u32>(place, count);
  }
  return count;
}

/** The number of an entry's family. */
// @ts-ignore: decorator
@inline
export function familyOfEntry(number: u32): u32 {
  return load<u32>(familyOfSymbol.at + (<usize> nthEntry(number).family << 2)) - 1;
}

/** The entry that counts for a family from here on. */
// @ts-ignore: decorator
@inline
export function putInForce(number: u32): void {
  nthFamily(familyOfEntry(number)).entry = number;
}

/** Whether another entry of its family counts now. */
// @ts-ignore: decorator
@inline
export function isInForce(number: u32): bool {
  return nthFamily(familyOfEntry(number)).entry == number;
}

/** What `entryFor` answers where there is none. */
export const NO_ENTRY: u32 = 0xffffffff;

/**
 * The entry that is needed where this row is. That is the one that counts for it. Where a family
 * has several, it is also one that only says that the row is not of the family, by its type:
 * without it one before would count, or a later one.
 */
export function entryFor(row: Row): u32 {
  const lead = leadOf(row);
  if (lead == NONE) return NO_ENTRY;
  const family = nthFamily(<u32> (lead >> 8) - 1);
  const isOf = isOneOf(<u32> lead & 0xff, nthEntry(family.entry).type);
  return isOf || family.isDisputed != 0 ? family.entry : NO_ENTRY;
}

function leadOf(row: Row): u64 {
  const count = row.labelCount;
  const names = row.namesAt;
  for (let i: usize = 0; i < count; i++) {
    const name = load<u32>(names + (i << 2));
    if (!isMetricName(symbolAt(name), symbolLength(name))) continue;
    const metric = load<u32>(names + ((count + i) << 2));
    const place = leads.at + (<usize> metric << 3);
    const known = load<u64>(place);
    if (known != 0) return known;
    const lead = lookUp(metric);
    store<u64>(place, lead);
    return lead;
  }
  return NONE;
}

function lookUp(metric: u32): u64 {
  const family = findFamilyOf(symbolAt(metric), symbolLength(metric), findNumber);
  return family == 0 ? NONE : (<u64> family << 8) | typesWanted;
}

/** The number of a family plus one. */
function findNumber(at: usize, bytes: usize): usize {
  const symbol = findSymbol(at, bytes);
  if (symbol == 0) return 0;
  return <usize> load<u32>(familyOfSymbol.at + (<usize> (symbol - 1) << 2));
}
