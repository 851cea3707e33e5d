/**
 * Writes the open batch as Alloy's queue file version 1, byte for byte as the Go library
 * does. A file is a SeriesGroup in MessagePack, with strings as `bin`.
 */
import { writeHistograms } from "./v1_histograms";
import { ENTRY_LABELS, entryIds, internEntries } from "./v1_metadata";
import * as keys from "./v1_keys";
import { Buffer, copyLoose, reserve, reserveMore } from "../../bytes/memory";
import {
  writeArrayHeader,
  writeBinHeader,
  writeDouble,
  writeInt,
  writeUint,
} from "../../codec/msgpack_write";
import { KIND_SAMPLE, metadata, METADATA_BYTES, Row, ROW_BYTES, rows } from "../../batch/rows";
import { symbolAt, symbolBytes, symbolCount, symbolLength } from "../../batch/symbols";

/** The keys, headers and numbers of a row take less than this. Its labels are not counted. */
const ROW_FIXED_BYTES: usize = 144;
/** The longest forms of the ids of a label. */
const LABEL_IDS_BYTES: usize = 10;
const STRING_HEADER_BYTES_MAX: usize = 5;

export function writeBatch(out: Buffer): void {
  internEntries();
  const count = symbolCount();
  out.length = 0;
  let to = reserve(out, 64 + symbolBytes() + <usize> count * STRING_HEADER_BYTES_MAX);
  store<u8>(to++, 0x83);
  to = writeKey(to, keys.STRINGS, keys.STRINGS_BYTES);
  to = writeArrayHeader(to, count);
  for (let id: u32 = 0; id < count; id++) {
    const bytes = symbolLength(id);
    to = writeBinHeader(to, <u32> bytes);
    copyLoose(to, symbolAt(id), bytes);
    to += bytes;
  }
  to = writeKey(to, keys.SERIES, keys.SERIES_BYTES);
  to = writeArrayHeader(to, <u32> (rows.length / ROW_BYTES));
  out.length = to - out.at;
  writeRows(out);
  to = writeKey(reserveMore(out, keys.METADATA_BYTES + 5), keys.METADATA, keys.METADATA_BYTES);
  const entries = metadata.length / METADATA_BYTES;
  to = writeArrayHeader(to, <u32> entries);
  out.length = to - out.at;
  for (let i: usize = 0; i < entries; i++) writeEntry(out, entryIds(i));
}

// @ts-ignore: decorator
@inline
function writeKey(to: usize, key: usize, bytes: usize): usize {
  store<u64>(to, load<u64>(key));
  if (bytes > 8) store<u64>(to, load<u64>(key, 8), 8);
  return to + bytes;
}

function writeRows(out: Buffer): void {
  const end = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    const timestampMs = row.timestampMs;
    const count = row.labelCount;
    const to = reserveMore(out, ROW_FIXED_BYTES + count * LABEL_IDS_BYTES);
    const isSample = row.kind == KIND_SAMPLE;
    const value = isSample ? row.valueBits : 0;
    out.length = writeFields(to, row.namesAt, count, timestampMs, value, row.hash) - out.at;
    if (isSample) writeNoHistograms(out);
    else writeHistograms(out, row);
  }
}

/** Writes a metadata entry, which has neither timestamp nor value. */
function writeEntry(out: Buffer, names: usize): void {
  const to = reserveMore(out, ROW_FIXED_BYTES + ENTRY_LABELS * LABEL_IDS_BYTES);
  out.length = writeFields(to, names, ENTRY_LABELS, 0, 0, 0) - out.at;
  writeNoHistograms(out);
}

// @ts-ignore: decorator
@inline
function writeNoHistograms(out: Buffer): void {
  copyLoose(out.at + out.length, keys.NO_HISTOGRAMS, keys.NO_HISTOGRAMS_BYTES);
  out.length += keys.NO_HISTOGRAMS_BYTES;
}

/** Writes all of a row but its histograms. There is room for NO_HISTOGRAMS after it. */
// @ts-ignore: decorator
@inline
function writeFields(
  to: usize,
  names: usize,
  count: usize,
  timestampMs: i64,
  value: u64,
  hash: u64,
): usize {
  store<u8>(to++, 0x86);
  to = writeKey(to, keys.NAMES, keys.NAMES_BYTES);
  to = writeIds(to, names, count);
  to = writeKey(to, keys.VALUES, keys.VALUES_BYTES);
  to = writeIds(to, names + (count << 2), count);
  to = writeKey(to, keys.TS, keys.TS_BYTES);
  to = writeInt(to, timestampMs);
  to = writeKey(to, keys.VALUE, keys.VALUE_BYTES);
  to = writeDouble(to, value);
  to = writeKey(to, keys.HASH, keys.HASH_BYTES);
  return writeUint(to, hash);
}

// @ts-ignore: decorator
@inline
function writeIds(to: usize, ids: usize, count: usize): usize {
  to = writeArrayHeader(to, <u32> count);
  const end = ids + (count << 2);
  for (; ids < end; ids += 4) {
    const id = load<u32>(ids);
    if (id < 0x80) {
      store<u8>(to++, <u8> id);
    } else if (id - 0x100 < 0xff00) {
      // Most values of a large batch take this form.
      store<u8>(to, 0xcd);
      store<u16>(to, bswap<u16>(<u16> id), 1);
      to += 3;
    } else {
      to = writeUint(to, id);
    }
  }
  return to;
}
