/**
 * What a reader knows of metric families. Remote write 2.0 needs it, because metadata comes
 * with series there. It also keeps entries from being sent again that the endpoint has
 * answered for. It is a ring of a fixed number of entries: a new one replaces the oldest.
 */
import { xxh64 } from "../bytes/hash";
import { copyLoose, sameBytes } from "../bytes/memory";
import { MetadataEntry, NO_STRING } from "../batch/rows";
import { stringAt, stringBytes } from "../batch/strings";

/** A metric family. */
@unmanaged
export class KnownFamily {
  familyHash: u64;
  /** The hash of family, type, help and unit. */
  contentHash: u64;
  /** The memory that holds family, help and unit, in this order; 0 until it is allocated. */
  textsAt: usize;
  familyBytes: usize;
  helpBytes: usize;
  unitBytes: usize;
  type: u32;
  state: u32;
  /** The number of the request that it is in. */
  request: u32;
  /** How many entries of the current batch are equal to this one and wait for a series. */
  waiting: u32;
  /** The last batch that said something of it. */
  batch: u32;

  @inline
  get helpAt(): usize {
    return this.textsAt + this.familyBytes;
  }

  @inline
  get unitAt(): usize {
    return this.helpAt + this.helpBytes;
  }
}

const FAMILY_BYTES: usize = offsetof<KnownFamily>();
/** The table has at least this many families, so that series get their metadata in 2.0. */
const ENTRIES_MIN: u32 = 8192;
/** Texts that are longer than this are sent, but not remembered. */
const TEXT_BYTES_MAX: usize = 2048;

const STATE_UNSENT: u32 = 0;
const STATE_UNDER_WAY: u32 = 1;
const STATE_SENT: u32 = 2;

let table: usize = 0;
let entriesMax: u32 = 0;
let count: u32 = 0;
let nextPlace: u32 = 0;
/**
 * A hash table with the numbers of entries plus one. It is rebuilt when it is full of
 * entries that are gone.
 */
let slots: usize = 0;
let slotMask: u32 = 0;
let slotsTaken: u32 = 0;

/** Whether entries that were answered for are not sent again. */
export let isCaching: bool = false;

export function openMetadataTable(metadataMax: u32): void {
  isCaching = metadataMax != 0;
  entriesMax = max(metadataMax, ENTRIES_MIN);
}

/** How many signals waited for a series in entries that were replaced by others. */
let displaced: u32 = 0;

/** Whether any family is known. If not, there is nothing to look up. */
// @ts-ignore: decorator
@inline
export function knowsFamilies(): bool {
  return count != 0;
}

function allocate(): void {
  table = heap.alloc(<usize> entriesMax * FAMILY_BYTES);
  memory.fill(table, 0, <usize> entriesMax * FAMILY_BYTES);
  slotMask = (1 << (34 - clz(entriesMax))) - 1;
  slots = heap.alloc((<usize> slotMask + 1) << 2);
  memory.fill(slots, 0, (<usize> slotMask + 1) << 2);
}

// @ts-ignore: decorator
@inline
function nthFamily(number: u32): KnownFamily {
  return changetype<KnownFamily>(table + <usize> number * FAMILY_BYTES);
}

/** The family of this name, if it is known. */
export function findFamily(at: usize, bytes: usize): KnownFamily | null {
  if (count == 0) return null;
  const hash = xxh64(at, bytes);
  let index = <u32> hash;
  while (true) {
    const number = load<u32>(slots + (<usize> (index & slotMask) << 2));
    if (number == 0) return null;
    const family = nthFamily(number - 1);
    const isSame = family.familyHash == hash && family.familyBytes == bytes &&
      sameBytes(family.textsAt, at, bytes);
    if (isSame) return family;
    index++;
  }
}

// @ts-ignore: decorator
@inline
function bytesOf(id: u32): usize {
  return id == NO_STRING ? 0 : stringBytes(id);
}

/** Notes an entry of the current batch. Returns its family, unless it is too long to be remembered. */
export function learn(entry: MetadataEntry): KnownFamily | null {
  const familyBytes = stringBytes(entry.family);
  if (familyBytes + bytesOf(entry.help) + bytesOf(entry.unit) > TEXT_BYTES_MAX) return null;
  if (table == 0) allocate();
  const content = hashOf(entry);
  let family = findFamily(stringAt(entry.family), familyBytes);
  if (family != null && family.contentHash == content) return family;
  if (family == null) family = takePlace(xxh64(stringAt(entry.family), familyBytes));
  fill(family, entry);
  family.contentHash = content;
  return family;
}

/** The hash of all fields of an entry. */
function hashOf(entry: MetadataEntry): u64 {
  const help = entry.help;
  const unit = entry.unit;
  let hash = xxh64(stringAt(entry.family), stringBytes(entry.family)) * 0x9e3779b97f4a7c15 +
    entry.type;
  if (help != NO_STRING) hash ^= rotl<u64>(xxh64(stringAt(help), stringBytes(help)), 17);
  if (unit != NO_STRING) hash ^= rotl<u64>(xxh64(stringAt(unit), stringBytes(unit)), 37);
  return hash;
}

/** Replaces the oldest entry by one for another family. */
function takePlace(hash: u64): KnownFamily {
  const place = nextPlace;
  nextPlace = nextPlace + 1 == entriesMax ? 0 : nextPlace + 1;
  const family = nthFamily(place);
  const isReused = family.textsAt != 0;
  family.familyHash = hash;
  if (isReused || slotsTaken > slotMask >> 1) {
    family.familyBytes = 0;
    rebuild();
  } else {
    count++;
    putSlot(place, hash);
  }
  return family;
}

function putSlot(place: u32, hash: u64): void {
  let index = <u32> hash;
  while (load<u32>(slots + (<usize> (index & slotMask) << 2)) != 0) index++;
  store<u32>(slots + (<usize> (index & slotMask) << 2), place + 1);
  slotsTaken++;
}

function rebuild(): void {
  memory.fill(slots, 0, (<usize> slotMask + 1) << 2);
  slotsTaken = 0;
  for (let place: u32 = 0; place < count; place++) putSlot(place, nthFamily(place).familyHash);
}

function fill(family: KnownFamily, entry: MetadataEntry): void {
  displaced += family.waiting;
  if (family.textsAt != 0) heap.free(family.textsAt);
  family.familyBytes = stringBytes(entry.family);
  family.helpBytes = bytesOf(entry.help);
  family.unitBytes = bytesOf(entry.unit);
  family.textsAt = heap.alloc(family.familyBytes + family.helpBytes + family.unitBytes + 64);
  copyLoose(family.textsAt, stringAt(entry.family), family.familyBytes);
  if (entry.help != NO_STRING) copyLoose(family.helpAt, stringAt(entry.help), family.helpBytes);
  if (entry.unit != NO_STRING) copyLoose(family.unitAt, stringAt(entry.unit), family.unitBytes);
  family.type = entry.type;
  family.state = STATE_UNSENT;
  family.request = 0;
  family.waiting = 0;
  family.batch = 0;
}

/** Whether the endpoint has answered for it. */
export function isSent(family: KnownFamily): bool {
  return isCaching && family.state == STATE_SENT;
}

/** Notes that the family is in a request now. */
export function carry(family: KnownFamily, request: u32): void {
  family.state = STATE_UNDER_WAY;
  family.request = request;
}

/** Notes what became of a request. */
export function settleEntries(request: u32, isDelivered: bool): void {
  if (!isCaching) return;
  for (let place: u32 = 0; place < count; place++) {
    const family = nthFamily(place);
    if (family.state != STATE_UNDER_WAY || family.request != request) continue;
    family.state = isDelivered ? STATE_SENT : STATE_UNSENT;
  }
}

/** Ends the waiting of all entries. Returns how many signals waited. */
export function takeWaiting(): u32 {
  let signals = displaced;
  displaced = 0;
  for (let place: u32 = 0; place < count; place++) {
    const family = nthFamily(place);
    signals += family.waiting;
    family.waiting = 0;
  }
  return signals;
}
