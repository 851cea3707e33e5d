/**
 * Makes rows of the series of a text format, one after the other: samples, and where that is
 * asked for histograms of those that are parts of one.
 */
import { Buffer, copyLoose, createBuffer, reserve } from "../bytes/memory";
import { Label, LABEL_BYTES } from "../batch/label";
import { isText } from "../bytes/texts";
import { beginClassic, beginClassicPage, convert, EMPTY_MAX, tellBucket, tellCount, tellSum } from "./classic";
import { takeExemplarsOf } from "./exemplars";
import { DIALECT_TEXT, labels, metricAt, metricBytes, passBlanks } from "./label_text";
import { isFloat, reduce, writeMessage } from "./histogram_message";
import {
  addRow,
  familyType,
  keepsClassic,
  makesCustom,
  messages,
  readsCreated,
  Row,
  ROW_BYTES,
  ROW_HISTOGRAM,
  ROW_PART,
  ROW_SAMPLE,
  rows,
  seeLine,
  seriesWith,
  target,
} from "./page";
import { baseBytes, partOf } from "./parts";
import { Part, PART_BUCKET, PART_COUNT, PART_CREATED, PART_NONE } from "./records";
import { beginStarts, endFamily, tellStart, waitForStart } from "./starts";
import { passSeries } from "./series_text";
import { keyOf, lineOf } from "./target";
import { TYPE_COUNTER, TYPE_HISTOGRAM, TYPE_SUMMARY } from "./types";

/** Whether the page is in OpenMetrics, which has start timestamps. */
let hasStarts: bool = false;

// The histogram that is being collected.
let isCollecting: bool = false;
let group: u64 = 0;
/** The line of its first series, and the place of that one's row; then the place behind the last row. */
let firstLine: u32 = 0;
let firstRow: usize = 0;
/** What the series that was read last says of its time. */
let hasTimestamp: bool = false;
let timestampMs: i64 = 0;

export function beginRows(isOpenMetrics: bool): void {
  hasStarts = isOpenMetrics && readsCreated;
  isCollecting = false;
  beginStarts();
  beginClassicPage();
}

/** Whether something must be known of a series beside its labels. */
// @ts-ignore: decorator
@inline
function isSpecial(): bool {
  return (hasStarts || makesCustom) &&
    (familyType == TYPE_HISTOGRAM || familyType == TYPE_COUNTER || familyType == TYPE_SUMMARY);
}

/**
 * A sample of a series comes next in the page. Returns its row, which is the last one; or null
 * if it is no sample but says when others began, or after a fault.
 */
// @ts-ignore: decorator
@inline
export function takeSeries(offset: u32, value: u64, isTimed: bool, timeMs: i64): Row | null {
  if (isSpecial() || isCollecting) return takeSpecial(offset, value, isTimed, timeMs);
  return addSample(offset, ROW_SAMPLE, value, isTimed, timeMs);
}

// @ts-ignore: decorator
@inline
function addSample(offset: u32, kind: u32, value: u64, isTimed: bool, timeMs: i64): Row {
  const row = addRow(offset, kind, value);
  row.hasTimestamp = isTimed ? 1 : 0;
  row.timestampMs = timeMs;
  return row;
}

function takeSpecial(offset: u32, value: u64, isTimed: bool, timeMs: i64): Row | null {
  const part = isSpecial() ? partOf(offset) : null;
  if (hasStarts && part != null && part.part == PART_CREATED) {
    tellStart(part.family, milliseconds(reinterpret<f64>(value)));
    seeLine(offset);
    return null;
  }
  // A line that says when others began has no time that counts.
  hasTimestamp = isTimed;
  timestampMs = timeMs;
  // Both are needed when the memory may have moved.
  const family = part == null ? 0 : part.family;
  const own = part == null ? 0 : part.group;
  const what = part == null || familyType != TYPE_HISTOGRAM ? PART_NONE : part.part;
  const bound = part == null ? 0 : part.bound;
  if (isCollecting && (familyType != TYPE_HISTOGRAM || own != group) && !endHistogram()) return null;
  const isPart = makesCustom && what != PART_NONE && what != PART_CREATED;
  const row = addSample(offset, isPart && !keepsClassic ? ROW_PART : ROW_SAMPLE, value, isTimed, timeMs);
  if (isPart && !keepsClassic) seeLine(offset);
  if (hasStarts && part != null) waitForStart(row, family);
  if (isPart) {
    row.isPart = 1;
    collect(offset, own, what, bound, value);
  }
  return row;
}

/** Seconds as milliseconds, as Go makes a whole number of them on amd64. */
export function milliseconds(seconds: f64): i64 {
  const value = seconds * 1000;
  return abs(value) < 9223372036854775808.0 ? <i64> value : i64.MIN_VALUE;
}

/** The row that was added last is a part of a histogram. */
function collect(offset: u32, own: u64, what: u32, bound: f64, value: u64): void {
  if (!isCollecting) {
    isCollecting = true;
    group = own;
    firstLine = offset;
    firstRow = rows.length - ROW_BYTES;
    beginClassic();
  }
  const number = reinterpret<f64>(value);
  if (what == PART_BUCKET) tellBucket(bound, number);
  else if (what == PART_COUNT) tellCount(number);
  else tellSum(value);
}

/** What follows is no part of the histogram that is being collected. Returns false after a fault. */
export function endHistogram(): bool {
  if (!isCollecting) return true;
  isCollecting = false;
  const rowsEnd = rows.length;
  if (!convert(false)) {
    dropExemplars(rowsEnd);
    return true;
  }
  const emptyMax = isFloat ? 0 : EMPTY_MAX;
  if (!reduce(keyOf(lineOf(target, firstLine)), emptyMax)) return false;
  const line = histogramLine();
  if (line == 0) return false;
  const message = writeMessage(emptyMax);
  const row = addSample(line, ROW_HISTOGRAM, message, hasTimestamp, timestampMs);
  row.messageBytes = <u32> messages.length - message;
  row.startOf = hasStarts ? <u32> (firstRow / ROW_BYTES) + 1 : 0;
  takeExemplarsOf(row, firstRow, rowsEnd);
  return true;
}

/** Exemplars of the parts of what became no histogram go with it. */
function dropExemplars(rowsEnd: usize): void {
  for (let at = firstRow; at < rowsEnd; at += ROW_BYTES) {
    const row = changetype<Row>(rows.at + at);
    if (row.isPart != 0) row.exemplarCount = 0;
  }
}

const key: Buffer = createBuffer();
/** What the key of a histogram's line begins with: no line of a page does. */
export const HISTOGRAM_MARK: u8 = 0x03;

/** The line of the histogram, which no page has: a mark, its name and its labels, as they would stand in one. Returns 0 after a fault. */
function histogramLine(): u32 {
  const known = changetype<Part>(target.records.at + <usize> lineOf(target, firstLine).part).histogram;
  if (known != 0) return known;
  const line = lineOf(target, firstLine);
  const from = keyOf(line);
  const bytes = <usize> line.keyBytes;
  passSeries(from, passBlanks(from), from + bytes, DIALECT_TEXT);
  // Each label gets quotes around its name, and a comma.
  const start = reserve(key, bytes + labels.length + 16);
  store<u8>(start, HISTOGRAM_MARK);
  store<u8>(start + 1, 0x7b);
  let to = writeQuoted(start + 2, metricAt, baseBytes(metricAt, metricBytes));
  for (let i: usize = 0; i < labels.length; i += LABEL_BYTES) {
    const label = changetype<Label>(labels.at + i);
    if (isText(label.nameAt, label.nameBytes, "le")) continue;
    store<u8>(to, 0x2c);
    to = writeQuoted(to + 1, label.nameAt, label.nameBytes);
    store<u8>(to, 0x3d);
    to = writeQuoted(to + 1, label.valueAt, label.valueBytes);
  }
  store<u8>(to++, 0x7d);
  const offset = seriesWith(start, to - start);
  if (offset != 0) {
    changetype<Part>(target.records.at + <usize> lineOf(target, firstLine).part).histogram = offset;
  }
  return offset;
}

function writeQuoted(to: usize, at: usize, bytes: usize): usize {
  store<u8>(to, 0x22);
  copyLoose(to + 1, at, bytes);
  store<u8>(to + 1 + bytes, 0x22);
  return to + bytes + 2;
}

/** A line that is no series comes next, or the end. Returns false after a fault. */
// @ts-ignore: decorator
@inline
export function endSeries(isMetadata: bool): bool {
  if (isCollecting && !endHistogram()) return false;
  if (hasStarts && isMetadata) endFamily();
  return true;
}
