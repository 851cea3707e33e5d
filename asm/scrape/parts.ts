/**
 * What a series of a text format is to its family: whose start timestamp it is, or which part
 * of a histogram. That depends on what the page says of the family, so it is found out again
 * when that is another line.
 */
import { Label, LABEL_BYTES } from "../batch/label";
import { xxh64 } from "../bytes/hash";
import { Buffer, copyLoose, createBuffer, reserve, sameBytes } from "../bytes/memory";
import { isText } from "../bytes/texts";
import { bound, readBound } from "./bound";
import { DIALECT_TEXT, labels, metricAt, metricBytes, passBlanks } from "./label_text";
import { familyBytes, familyType, target, typeLine } from "./page";
import { passSeries } from "./series_text";
import {
  Line,
  Part,
  PART_BUCKET,
  PART_BYTES,
  PART_COUNT,
  PART_CREATED,
  PART_NONE,
  PART_SUM,
  RECORD_PART,
} from "./records";
import { addRecord, keyOf, lineOf } from "./target";
import { TYPE_HISTOGRAM, TYPE_SUMMARY } from "./types";

const flat: Buffer = createBuffer();

/** What the series of this line is to the family that the page is at. Null if there is no memory. */
export function partOf(offset: u32): Part | null {
  const line = lineOf(target, offset);
  if (line.part != 0) {
    const known = partAt(line.part);
    if (known.type == typeLine && known.familyBytes == familyBytes) return known;
  } else {
    const added = addRecord(target, RECORD_PART, PART_BYTES);
    if (added == 0) return null;
    lineOf(target, offset).part = added;
  }
  const part = partAt(lineOf(target, offset).part);
  part.type = typeLine;
  part.familyBytes = familyBytes;
  findOut(lineOf(target, offset), part);
  return part;
}

// @ts-ignore: decorator
@inline
function partAt(offset: u32): Part {
  return changetype<Part>(target.records.at + <usize> offset);
}

function findOut(line: Line, part: Part): void {
  const key = keyOf(line);
  const keyEnd = key + <usize> line.keyBytes;
  passSeries(key, passBlanks(key), keyEnd, DIALECT_TEXT);
  const name = metricAt;
  const bytes = metricBytes;
  part.part = suffixOf(name, bytes);
  const isCreated = part.part == PART_CREATED;
  const familyLength = isCreated ? bytes - 8 : min(<usize> familyBytes, bytes);
  const hash = familyHash(name, familyLength);
  // A family with a longer name is not that of the series, so no line tells its start.
  part.family = !isCreated && <usize> familyBytes > bytes ? ~hash : hash;
  const base = bytes - suffixBytes(part.part);
  part.group = groupHash(name, base);
  if (part.part == PART_NONE || isCreated) return;
  if (!isOfType(name, base) || (part.part == PART_BUCKET && !findBound(part))) part.part = PART_NONE;
}

function suffixOf(name: usize, bytes: usize): u32 {
  if (endsWith(name, bytes, "_bucket")) return PART_BUCKET;
  if (endsWith(name, bytes, "_sum")) return PART_SUM;
  if (endsWith(name, bytes, "_count")) return PART_COUNT;
  return endsWith(name, bytes, "_created") ? PART_CREATED : PART_NONE;
}

/** Bytes of the name of the histogram that a series with this name is a part of. */
export function baseBytes(name: usize, bytes: usize): usize {
  return bytes - suffixBytes(suffixOf(name, bytes));
}

/** Bytes of the suffixes that a histogram's series have. */
function suffixBytes(part: u32): usize {
  if (part == PART_BUCKET) return 7;
  if (part == PART_SUM) return 4;
  return part == PART_COUNT ? 6 : 0;
}

function endsWith(at: usize, bytes: usize, text: string): bool {
  const length = <usize> text.length;
  return bytes >= length && isText(at + bytes - length, length, text);
}

/** Whether the line with the type speaks of the family with this name. */
function isOfType(name: usize, bytes: usize): bool {
  if (typeLine == 0) return false;
  const line = lineOf(target, typeLine);
  return line.nameBytes == <u32> bytes && sameBytes(keyOf(line) + <usize> line.nameAt, name, bytes);
}

/** Reads the upper bound of a bucket. Returns false if there is none. */
function findBound(part: Part): bool {
  for (let i: usize = 0; i < labels.length; i += LABEL_BYTES) {
    const label = changetype<Label>(labels.at + i);
    if (!isText(label.nameAt, label.nameBytes, "le")) continue;
    if (!readBound(label.valueAt, label.valueBytes)) return false;
    // As the label is written: a 0 has no sign.
    part.bound = bound == 0 ? 0 : bound;
    return part.bound == part.bound;
  }
  return false;
}

/**
 * A hash of a family's name and the labels in their order, as Prometheus has it
 * (model/textparse, seriesHash): but for `le` of a histogram and `quantile` of a summary.
 */
function familyHash(name: usize, bytes: usize): u64 {
  const left = familyType == TYPE_HISTOGRAM ? "le" : familyType == TYPE_SUMMARY ? "quantile" : "";
  let length = bytes;
  for (let i: usize = 0; i < labels.length; i += LABEL_BYTES) {
    const label = changetype<Label>(labels.at + i);
    length += label.nameBytes + label.valueBytes;
  }
  const start = reserve(flat, length);
  let to = start;
  for (let i: usize = 0; i < labels.length; i += LABEL_BYTES) {
    const label = changetype<Label>(labels.at + i);
    if (isText(label.nameAt, label.nameBytes, left)) continue;
    copyLoose(to, label.nameAt, label.nameBytes);
    to += label.nameBytes;
    copyLoose(to, label.valueAt, label.valueBytes);
    to += label.valueBytes;
  }
  copyLoose(to, name, bytes);
  return xxh64(start, to + bytes - start);
}

/** A hash of a histogram's name and its labels in any order, without `le`. */
function groupHash(name: usize, bytes: usize): u64 {
  let hash = xxh64(name, bytes);
  for (let i: usize = 0; i < labels.length; i += LABEL_BYTES) {
    const label = changetype<Label>(labels.at + i);
    if (isText(label.nameAt, label.nameBytes, "le")) continue;
    const own = xxh64(label.nameAt, label.nameBytes) * 0x9e3779b97f4a7c15 ^
      xxh64(label.valueAt, label.valueBytes);
    hash += own * 0xd6e8feb86659fd93;
  }
  return hash;
}
