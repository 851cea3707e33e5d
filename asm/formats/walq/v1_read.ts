/**
 * Reads `walq.metrics.v1` into rows: docs/format.md. A count is only believed if the file
 * has bytes for it, and a reference only if it leads to a string.
 */
import { BATCH_ROWS_MAX, FAULT_BATCH_ROWS, FAULT_INDEX, FAULT_UTF8 } from "../../abi/layout";
import { reserve } from "../../bytes/memory";
import { readVarint, varint } from "../../codec/protobuf";
import { refuse } from "../../abi/result";
import { addSwitch } from "../../batch/metadata_order";
import { addMetadata, METADATA_BYTES } from "../../batch/rows";
import { STRING_REF_BYTES, StringRef, strings } from "../../batch/strings";
import { isUtf8 } from "../../bytes/utf8";
import { SECTION_METADATA, SECTION_STRING_BYTES, SECTION_STRING_LENGTHS } from "./v1_layout";
import { readRows } from "./v1_read_rows";
import { forgetReferences, readNone, readReference, resolve, stringRead, usedStrings } from "./v1_references";
import {
  hasRoom,
  isThrough,
  metadataCount,
  pays,
  readSections,
  rowCount,
  sectionAt,
  sectionEnd,
  setCount,
  shapeCount,
  stringCount,
  switchesAt,
  switchesEnd,
} from "./v1_sections";
import {
  readSets,
  readSetValues,
  readShapes,
  SET_BYTES,
  SHAPE_BYTES,
} from "./v1_read_sets";

/**
 * Reads a file into the rows, which must be empty. Returns false after a fault; the rows
 * must then be cleared.
 */
export function readColumns(at: usize, end: usize): bool {
  if (!readSections(at, end)) return false;
  if (rowCount > <u64> BATCH_ROWS_MAX) {
    return refuse(FAULT_BATCH_ROWS, at, <f64> rowCount, <f64> BATCH_ROWS_MAX);
  }
  if (!hasRoom(at, stringCount, STRING_REF_BYTES) || !hasRoom(at, shapeCount, SHAPE_BYTES)) return false;
  if (!hasRoom(at, setCount, SET_BYTES) || !hasRoom(at, metadataCount, METADATA_BYTES)) return false;
  forgetReferences();
  if (!readStrings() || !readShapes() || !readSets() || !readSetValues()) return false;
  // Exemplars and metadata use strings in this order.
  if (!readRows()) return false;
  if (!readMetadata() || !readSwitches()) return false;
  if (usedStrings == stringCount) return true;
  return refuse(FAULT_INDEX, end, <f64> usedStrings, <f64> stringCount);
}

function readStrings(): bool {
  if (!pays(SECTION_STRING_LENGTHS, stringCount)) return false;
  const count = <usize> stringCount;
  let refAt = reserve(strings, count * STRING_REF_BYTES);
  let at = sectionAt(SECTION_STRING_LENGTHS);
  const end = sectionEnd(SECTION_STRING_LENGTHS);
  let string = sectionAt(SECTION_STRING_BYTES);
  const stringsEnd = sectionEnd(SECTION_STRING_BYTES);
  for (let i: usize = 0; i < count; i++) {
    at = readVarint(at, end);
    if (at == 0) return false;
    if (varint > <u64> (stringsEnd - string)) {
      return refuse(FAULT_INDEX, at, <f64> varint, <f64> (stringsEnd - string));
    }
    const bytes = <usize> varint;
    if (!isUtf8(string, bytes)) return refuse(FAULT_UTF8, string, <f64> bytes, 0);
    const ref = changetype<StringRef>(refAt);
    ref.at = string;
    ref.bytes = bytes;
    refAt += STRING_REF_BYTES;
    string += bytes;
  }
  strings.length = count * STRING_REF_BYTES;
  return isThrough(SECTION_STRING_LENGTHS, at) && isThrough(SECTION_STRING_BYTES, string);
}

function readMetadata(): bool {
  if (!pays(SECTION_METADATA, metadataCount)) return false;
  let at = sectionAt(SECTION_METADATA);
  const end = sectionEnd(SECTION_METADATA);
  for (let i: u64 = 0; i < metadataCount; i++) {
    at = readReference(at, end);
    if (at == 0) return false;
    const family = stringRead;
    at = readVarint(at, end);
    if (at == 0) return false;
    if (varint > 0xffff) return refuse(FAULT_INDEX, at, <f64> varint, 0xffff);
    const type = <u32> varint;
    at = readText(at, end);
    if (at == 0) return false;
    const help = stringRead;
    at = readText(at, end);
    if (at == 0) return false;
    addMetadata(family, type, help, stringRead);
  }
  return isThrough(SECTION_METADATA, at);
}

/** Reads where other metadata entries count. */
function readSwitches(): bool {
  const end = switchesEnd;
  let row: u64 = 0;
  for (let at = switchesAt; at < end;) {
    at = readVarint(at, end);
    if (at == 0) return false;
    // Both are at most the batch's rows, so their sum is no more than 64 bits.
    if (varint > rowCount || row + varint > rowCount) return refuse(FAULT_INDEX, at, <f64> varint, <f64> rowCount);
    row += varint;
    at = readVarint(at, end);
    if (at == 0) return false;
    if (varint >= metadataCount) return refuse(FAULT_INDEX, at, <f64> varint, <f64> metadataCount);
    addSwitch(<u32> row, <u32> varint);
  }
  return true;
}

/** Reads a reference plus one, or 0 if there is no text. */
function readText(at: usize, end: usize): usize {
  const next = readVarint(at, end);
  if (next == 0) return 0;
  if (varint == 0) {
    readNone();
    return next;
  }
  return resolve(varint - 1, at) ? next : 0;
}
