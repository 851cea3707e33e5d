/**
 * What a reader knows of metric families: for remote write 2.0, where metadata
 * comes with series, and to send no entry again that the endpoint has answered
 * for. A ring of a fixed number of entries: the oldest goes first.
 *
 *     0  family hash   u64
 *     8  content hash  u64, of family, type, help and unit
 *    16  texts         u32, a block with family, help and unit one behind the other
 *    20  family bytes  u32
 *    24  help bytes    u32
 *    28  unit bytes    u32
 *    32  type          u32
 *    36  state         u32
 *    40  request       u32, the one that carries it
 *    44  signals       u32, entries of the batch at hand that are this one and wait for a series
 */
import { xxh64 } from "../bytes/hash";
import { copyLoose, sameBytes } from "../bytes/memory";
import { NO_STRING } from "../batch/rows";
import { stringAt, stringBytes } from "../batch/strings";

const ENTRY_BYTES: usize = 48;
/** Families that are known at least, to give series their metadata in 2.0. */
const ENTRIES_MIN: u32 = 8192;
/** Longer texts are sent and not remembered. */
const TEXT_BYTES_MAX: usize = 2048;

const STATE_UNSENT: u32 = 0;
const STATE_UNDER_WAY: u32 = 1;
const STATE_SENT: u32 = 2;

let table: usize = 0;
let entriesMax: u32 = 0;
let count: u32 = 0;
let nextPlace: u32 = 0;
/** By family hash: numbers of entries plus one. Rebuilt when it is full of what is gone. */
let slots: usize = 0;
let slotMask: u32 = 0;
let slotsTaken: u32 = 0;

/** Whether entries that were answered for are not sent again. */
export let isCaching: bool = false;

export function openMetadataTable(metadataMax: u32): void {
  isCaching = metadataMax != 0;
  entriesMax = max(metadataMax, ENTRIES_MIN);
}

/** Signals that waited for a series in entries that gave way to others. */
let displaced: u32 = 0;

/** No family is known: there is nothing to look up. */
// @ts-ignore: decorator
@inline
export function knowsFamilies(): bool {
  return count != 0;
}

function allocate(): void {
  table = heap.alloc(<usize> entriesMax * ENTRY_BYTES);
  memory.fill(table, 0, <usize> entriesMax * ENTRY_BYTES);
  slotMask = (1 << (34 - clz(entriesMax))) - 1;
  slots = heap.alloc((<usize> slotMask + 1) << 2);
  memory.fill(slots, 0, (<usize> slotMask + 1) << 2);
}

// @ts-ignore: decorator
@inline
function entryAt(number: u32): usize {
  return table + <usize> number * ENTRY_BYTES;
}

/** The entry of a family, or 0. */
export function findFamily(at: usize, bytes: usize): usize {
  if (count == 0) return 0;
  const hash = xxh64(at, bytes);
  let index = <u32> hash;
  while (true) {
    const number = load<u32>(slots + (<usize> (index & slotMask) << 2));
    if (number == 0) return 0;
    const entry = entryAt(number - 1);
    const isSame = load<u64>(entry) == hash && <usize> load<u32>(entry, 20) == bytes &&
      sameBytes(<usize> load<u32>(entry, 16), at, bytes);
    if (isSame) return entry;
    index++;
  }
}

// @ts-ignore: decorator
@inline
function bytesOf(id: u32): usize {
  return id == NO_STRING ? 0 : stringBytes(id);
}

/** Notes an entry of the batch at hand. Returns it, or 0 if it is too long to be remembered. */
export function learn(family: u32, type: u32, help: u32, unit: u32): usize {
  const familyBytes = stringBytes(family);
  if (familyBytes + bytesOf(help) + bytesOf(unit) > TEXT_BYTES_MAX) return 0;
  if (table == 0) allocate();
  const content = contentHash(family, type, help, unit);
  let entry = findFamily(stringAt(family), familyBytes);
  if (entry != 0 && load<u64>(entry, 8) == content) return entry;
  if (entry == 0) entry = takePlace(xxh64(stringAt(family), familyBytes));
  fill(entry, family, type, help, unit);
  store<u64>(entry, content, 8);
  return entry;
}

function contentHash(family: u32, type: u32, help: u32, unit: u32): u64 {
  let hash = xxh64(stringAt(family), stringBytes(family)) * 0x9e3779b97f4a7c15 + type;
  if (help != NO_STRING) hash ^= rotl<u64>(xxh64(stringAt(help), stringBytes(help)), 17);
  if (unit != NO_STRING) hash ^= rotl<u64>(xxh64(stringAt(unit), stringBytes(unit)), 37);
  return hash;
}

/** The place of the oldest entry, under another family. */
function takePlace(hash: u64): usize {
  const place = nextPlace;
  nextPlace = nextPlace + 1 == entriesMax ? 0 : nextPlace + 1;
  const entry = entryAt(place);
  const isReused = load<u32>(entry, 16) != 0;
  store<u64>(entry, hash);
  if (isReused || slotsTaken > slotMask >> 1) {
    store<u32>(entry, 0, 20);
    rebuild();
  } else {
    count++;
    putSlot(place, hash);
  }
  return entry;
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
  for (let place: u32 = 0; place < count; place++) putSlot(place, load<u64>(entryAt(place)));
}

function fill(entry: usize, family: u32, type: u32, help: u32, unit: u32): void {
  displaced += load<u32>(entry, 44);
  const old = <usize> load<u32>(entry, 16);
  if (old != 0) heap.free(old);
  const familyBytes = stringBytes(family);
  const texts = heap.alloc(familyBytes + bytesOf(help) + bytesOf(unit) + 64);
  copyLoose(texts, stringAt(family), familyBytes);
  if (help != NO_STRING) copyLoose(texts + familyBytes, stringAt(help), stringBytes(help));
  if (unit != NO_STRING) {
    copyLoose(texts + familyBytes + bytesOf(help), stringAt(unit), stringBytes(unit));
  }
  store<u32>(entry, <u32> texts, 16);
  store<u32>(entry, <u32> familyBytes, 20);
  store<u32>(entry, <u32> bytesOf(help), 24);
  store<u32>(entry, <u32> bytesOf(unit), 28);
  store<u32>(entry, type, 32);
  store<u32>(entry, STATE_UNSENT, 36);
  store<u32>(entry, 0, 40);
  store<u32>(entry, 0, 44);
}

export function entryType(entry: usize): u32 {
  return load<u32>(entry, 32);
}

export function helpAt(entry: usize): usize {
  return <usize> load<u32>(entry, 16) + <usize> load<u32>(entry, 20);
}

export function helpBytes(entry: usize): usize {
  return <usize> load<u32>(entry, 24);
}

export function unitAt(entry: usize): usize {
  return helpAt(entry) + helpBytes(entry);
}

export function unitBytes(entry: usize): usize {
  return <usize> load<u32>(entry, 28);
}

/** Whether the endpoint has answered for it. */
export function isSent(entry: usize): bool {
  return isCaching && load<u32>(entry, 36) == STATE_SENT;
}

export function waitingSignals(entry: usize): u32 {
  return load<u32>(entry, 44);
}

export function setWaiting(entry: usize, signals: u32): void {
  store<u32>(entry, signals, 44);
}

/** A request carries the entry now. */
export function carry(entry: usize, request: u32): void {
  store<u32>(entry, STATE_UNDER_WAY, 36);
  store<u32>(entry, request, 40);
}

/** What became of a request. */
export function settleEntries(request: u32, isDelivered: bool): void {
  if (!isCaching) return;
  for (let place: u32 = 0; place < count; place++) {
    const entry = entryAt(place);
    if (load<u32>(entry, 36) != STATE_UNDER_WAY || load<u32>(entry, 40) != request) continue;
    store<u32>(entry, isDelivered ? STATE_SENT : STATE_UNSENT, 36);
  }
}

/** No entry waits for a series any more; how many signals did. */
export function takeWaiting(): u32 {
  let signals = displaced;
  displaced = 0;
  for (let place: u32 = 0; place < count; place++) {
    const entry = entryAt(place);
    signals += load<u32>(entry, 44);
    store<u32>(entry, 0, 44);
  }
  return signals;
}
