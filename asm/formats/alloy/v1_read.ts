/**
 * Reads Alloy's queue file version 1 into rows. All of it is read before anything is
 * routed. There is a fast way for rows in the layout that writers use. Rows with keys in
 * another order, unknown keys or odd widths go the general way.
 */
import { blobRead, forgetHistograms, kindRead, readHistograms } from "./v1_histograms";
import { clearEntries, noteEntry, resolveEntries } from "./v1_metadata";
import { reviewRows } from "./v1_review";
import * as keys from "./v1_keys";
import {
  FAULT_ENTRIES,
  FAULT_INDEX,
  FAULT_KEY_MISSING,
  FAULT_KEY_TWICE,
  FAULT_LABEL_COUNT,
  FAULT_TRAILING,
  LABELS_MAX,
} from "../../abi/layout";
import { BUFFER_BYTES_MAX, reserveMore, sameBytes } from "../../bytes/memory";
import {
  read,
  readArray,
  readDouble,
  readInt,
  readMap,
  readString,
  readUint,
  skip,
} from "../../codec/msgpack_read";
import { fail, refuse } from "../../abi/result";
import {
  addRow,
  KIND_SAMPLE,
  labelIds,
} from "../../batch/rows";
import { STRING_REF_BYTES, stringCount, StringRef, strings } from "../../batch/strings";

/** The largest index into the strings, and where it was. The strings may come after the rows. */
let indexMax: u32 = 0;
let indexMaxAt: usize = 0;

const SEEN_STRINGS: u32 = 1;
const SEEN_SERIES: u32 = 2;
const SEEN_METADATA: u32 = 4;

const STRINGS_MAX: usize = BUFFER_BYTES_MAX / STRING_REF_BYTES;

/** The fast way needs this many bytes left in the file, besides those of the ids. */
const ROW_FIXED_BYTES: usize = 160;

/**
 * Reads a SeriesGroup into the rows, which must be empty. Returns false after a fault; the
 * rows must then be cleared.
 */
export function readGroup(at: usize, end: usize): bool {
  indexMax = 0;
  indexMaxAt = 0;
  clearEntries();
  const start = at;
  let seen: u32 = 0;
  at = readMap(at, end);
  if (at == 0) return false;
  for (let pairs = read; pairs > 0; pairs--) {
    const keyAt = at;
    const key = groupKey(at, end);
    at = skip(at, end);
    if (at == 0) return false;
    if ((seen & key) != 0) return refuse(FAULT_KEY_TWICE, keyAt, 0, 0);
    seen |= key;
    if (key == SEEN_STRINGS) at = readStrings(at, end);
    else if (key == SEEN_SERIES) at = readRows(at, end);
    else if (key == SEEN_METADATA) at = readMetadata(at, end);
    else at = skip(at, end);
    if (at == 0) return false;
  }
  if ((seen & SEEN_STRINGS) == 0 || (seen & SEEN_SERIES) == 0) {
    return refuse(FAULT_KEY_MISSING, start, seen, 0);
  }
  if (at != end) return refuse(FAULT_TRAILING, at, <f64> (end - at), 0);
  if (indexMaxAt != 0 && indexMax >= stringCount()) {
    return refuse(FAULT_INDEX, indexMaxAt, indexMax, stringCount());
  }
  reviewRows();
  resolveEntries();
  return true;
}

/**
 * Whether the last string that was read, which begins at `at`, is the key. The key's text
 * follows its byte of length.
 */
// @ts-ignore: decorator
@inline
function isKey(at: usize, key: usize, keyBytes: usize): bool {
  return read == <u64> (keyBytes - 1) && sameBytes(at, key + 1, keyBytes - 1);
}

function groupKey(at: usize, end: usize): u32 {
  at = readString(at, end);
  if (at == 0) return 0;
  if (isKey(at, keys.STRINGS, keys.STRINGS_BYTES)) return SEEN_STRINGS;
  if (isKey(at, keys.SERIES, keys.SERIES_BYTES)) return SEEN_SERIES;
  return isKey(at, keys.METADATA, keys.METADATA_BYTES) ? SEEN_METADATA : 0;
}

function readStrings(at: usize, end: usize): usize {
  at = readArray(at, end);
  if (at == 0) return 0;
  const count = <usize> read;
  if (count > STRINGS_MAX) return fail(FAULT_ENTRIES, at, <f64> count, <f64> STRINGS_MAX);
  let refAt = reserveMore(strings, count * STRING_REF_BYTES);
  for (let i: usize = 0; i < count; i++) {
    let bytes: usize;
    if (end - at >= 2 && load<u8>(at) == 0xc4 && <usize> load<u8>(at, 1) <= end - at - 2) {
      bytes = <usize> load<u8>(at, 1);
      at += 2;
    } else {
      at = readString(at, end);
      if (at == 0) return 0;
      bytes = <usize> read;
    }
    const ref = changetype<StringRef>(refAt);
    ref.at = at;
    ref.bytes = bytes;
    refAt += STRING_REF_BYTES;
    at += bytes;
  }
  strings.length += count * STRING_REF_BYTES;
  return at;
}

function readRows(at: usize, end: usize): usize {
  at = readArray(at, end);
  if (at == 0) return 0;
  for (let left = read; left > 0; left--) {
    const next = readUsualRow(at, end);
    at = next != 0 ? next : readAnyRow(at, end, false);
    if (at == 0 || !hasRoom(at)) return 0;
  }
  return at;
}

/** Metadata entries have the same fields. */
function readMetadata(at: usize, end: usize): usize {
  at = readArray(at, end);
  if (at == 0) return 0;
  for (let left = read; left > 0; left--) {
    at = readAnyRow(at, end, true);
    if (at == 0 || !hasRoom(at)) return 0;
  }
  return at;
}

/** Whether the labels of one more row have room, however many they are. */
// @ts-ignore: decorator
@inline
function hasRoom(at: usize): bool {
  if (labelIds.length <= BUFFER_BYTES_MAX - LABELS_MAX * 8 - 4) return true;
  return refuse(FAULT_ENTRIES, at, <f64> (labelIds.length >> 3), <f64> (BUFFER_BYTES_MAX >> 3));
}

/** Reads a row in the layout that every writer uses. Returns 0, without a fault, if it has another layout. */
function readUsualRow(at: usize, end: usize): usize {
  if (end - at < ROW_FIXED_BYTES) return 0;
  if (load<u8>(at) != 0x86 || !sameBytes(at + 1, keys.NAMES, keys.NAMES_BYTES)) return 0;
  at += 1 + keys.NAMES_BYTES;
  const count = usualCount(at);
  // One check for all ids, whatever their widths.
  if (count == 0 || end - at < ROW_FIXED_BYTES + count * 10) return 0;
  const ids = reserveMore(labelIds, 4 + (count << 3)) + 4;
  store<u32>(ids - 4, 0);
  const idsLength = labelIds.length + 4;
  at = readUsualIds(at, ids, count);
  if (at == 0 || !sameBytes(at, keys.VALUES, keys.VALUES_BYTES)) return 0;
  at += keys.VALUES_BYTES;
  if (usualCount(at) != count) return 0;
  at = readUsualIds(at, ids + (count << 2), count);
  if (at == 0 || !sameBytes(at, keys.TS, keys.TS_BYTES)) return 0;
  at = readInt(at + keys.TS_BYTES, end);
  if (at == 0) return 0;
  const timestampMs = <i64> read;
  if (!sameBytes(at, keys.VALUE, keys.VALUE_BYTES) || load<u8>(at, keys.VALUE_BYTES) != 0xcb) return 0;
  const value = bswap<u64>(load<u64>(at, keys.VALUE_BYTES + 1));
  at += keys.VALUE_BYTES + 9;
  if (!sameBytes(at, keys.HASH, keys.HASH_BYTES)) return 0;
  at = readUint(at + keys.HASH_BYTES, end, u64.MAX_VALUE);
  if (at == 0) return 0;
  const hash = read;
  if (!sameBytes(at, keys.NO_HISTOGRAMS, keys.NO_HISTOGRAMS_BYTES)) return 0;
  labelIds.length = idsLength + (count << 3);
  addRow(hash, timestampMs, value, <u32> (idsLength >> 2), <u32> count, KIND_SAMPLE);
  return at + keys.NO_HISTOGRAMS_BYTES;
}

/** The count in the header of a short array; 0 if there is another header. */
// @ts-ignore: decorator
@inline
function usualCount(at: usize): usize {
  const type = <u32> load<u8>(at);
  if ((type & 0xf0) == 0x90) return type & 0x0f;
  return type == 0xdc ? <usize> bswap<u16>(load<u16>(at, 1)) : 0;
}

/** Reads ids in the forms for u7, u8, u16 and u32. Returns 0 if one has another form. */
// @ts-ignore: decorator
@inline
function readUsualIds(at: usize, to: usize, count: usize): usize {
  at += count < 16 && load<u8>(at) != 0xdc ? 1 : 3;
  const toEnd = to + (count << 2);
  for (; to < toEnd; to += 4) {
    const type = <u32> load<u8>(at);
    let id: u32;
    if (type < 0x80) {
      id = type;
      at++;
    } else if (type == 0xcd) {
      id = <u32> bswap<u16>(load<u16>(at, 1));
      at += 3;
    } else if (type == 0xcc) {
      id = <u32> load<u8>(at, 1);
      at += 2;
    } else if (type == 0xce) {
      id = bswap<u32>(load<u32>(at, 1));
      at += 5;
    } else return 0;
    store<u32>(to, id);
    if (id >= indexMax) noteIndex(id, at);
  }
  return at;
}

// @ts-ignore: decorator
@inline
function noteIndex(id: u32, at: usize): void {
  indexMax = id;
  indexMaxAt = at;
}

let namesAt: usize = 0;
let valuesAt: usize = 0;
let timestampMs: i64 = 0;
let valueBits: u64 = 0;
let hash: u64 = 0;
let seenKeys: u32 = 0;

const SEEN_NAMES: u32 = 1;
const SEEN_VALUES: u32 = 2;
const SEEN_TS: u32 = 4;
const SEEN_VALUE: u32 = 8;

/** Reads a row whose keys may come in any order. */
function readAnyRow(at: usize, end: usize, isMetadata: bool): usize {
  const start = at;
  seenKeys = 0;
  hash = 0;
  forgetHistograms();
  at = readMap(at, end);
  if (at == 0) return 0;
  for (let pairs = read; pairs > 0; pairs--) {
    at = readPair(at, end);
    if (at == 0) return 0;
  }
  // All writers write these keys. Rows without them would be tiny in the file and large in memory.
  if (seenKeys != (SEEN_NAMES | SEEN_VALUES | SEEN_TS | SEEN_VALUE)) {
    return fail(FAULT_KEY_MISSING, start, seenKeys, 1);
  }
  store<u32>(reserveMore(labelIds, 4), 0);
  labelIds.length += 4;
  const first = labelIds.length;
  const count = readIds(namesAt, end);
  if (count < 0) return 0;
  const valueCount = readIds(valuesAt, end);
  if (valueCount < 0) return 0;
  if (count != valueCount) return fail(FAULT_LABEL_COUNT, start, count, valueCount);
  if (isMetadata) {
    noteEntry(<u32> (first >> 2), count);
  } else {
    const isPlain = kindRead == KIND_SAMPLE;
    addRow(hash, timestampMs, isPlain ? valueBits : blobRead, <u32> (first >> 2), count, kindRead);
  }
  return at;
}

/** Reads a key and its value. If a key comes twice, the last one counts, as in Go's reader. */
function readPair(at: usize, end: usize): usize {
  const key = readString(at, end);
  if (key == 0) return 0;
  at = key + <usize> read;
  if (isKey(key, keys.NAMES, keys.NAMES_BYTES)) {
    seenKeys |= SEEN_NAMES;
    namesAt = at;
    return skip(at, end);
  }
  if (isKey(key, keys.VALUES, keys.VALUES_BYTES)) {
    seenKeys |= SEEN_VALUES;
    valuesAt = at;
    return skip(at, end);
  }
  if (isKey(key, keys.TS, keys.TS_BYTES)) {
    at = readInt(at, end);
    seenKeys |= SEEN_TS;
    timestampMs = <i64> read;
    return at;
  }
  if (isKey(key, keys.VALUE, keys.VALUE_BYTES)) {
    at = readDouble(at, end);
    seenKeys |= SEEN_VALUE;
    valueBits = read;
    return at;
  }
  if (isKey(key, keys.HASH, keys.HASH_BYTES)) {
    at = readUint(at, end, u64.MAX_VALUE);
    hash = read;
    return at;
  }
  if (isKey(key, keys.HISTOGRAMS, keys.HISTOGRAMS_BYTES)) return readHistograms(at, end);
  return skip(at, end);
}

/** Appends the ids of an array. Returns how many there are, or -1 after a fault. */
function readIds(at: usize, end: usize): i32 {
  at = readArray(at, end);
  if (at == 0) return -1;
  const count = <usize> read;
  if (count > LABELS_MAX) {
    fail(FAULT_ENTRIES, at, <f64> count, <f64> LABELS_MAX);
    return -1;
  }
  let to = reserveMore(labelIds, count << 2);
  for (let i: usize = 0; i < count; i++) {
    at = readUint(at, end, u32.MAX_VALUE);
    if (at == 0) return -1;
    store<u32>(to, <u32> read);
    if (<u32> read >= indexMax) noteIndex(<u32> read, at);
    to += 4;
  }
  labelIds.length += count << 2;
  return <i32> count;
}
