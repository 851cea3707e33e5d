/** Reads the rows of a `walq.metrics.v1` file: docs/format.md. */
import { checkHistogram, histogramKind, readHistogram } from "../../batch/histogram";
import { writeHistogram } from "../../batch/histogram_write";
import {
  FAULT_ENTRIES,
  FAULT_HISTOGRAM,
  FAULT_KIND,
  FAULT_LENGTH,
  FAULT_SET,
  FAULT_VALUE_CODE,
  HISTOGRAM_BYTES_MAX,
  RULE_NONE,
} from "../../abi/layout";
import { Buffer, BUFFER_BYTES_MAX, createBuffer, reserve, reserveMore } from "../../bytes/memory";
import { readVarint, varint } from "../../codec/protobuf";
import { refuse } from "../../abi/result";
import {
  ExemplarLabels,
  exemplarLabelsBytes,
  isHistogram,
  KIND_EXEMPLAR,
  labelIds,
  Row,
  ROW_BYTES,
  rows,
} from "../../batch/rows";
import {
  CONTROL_SAME,
  SECTION_CONTROLS,
  SECTION_EXEMPLARS,
  SECTION_HISTOGRAMS,
  SECTION_KINDS,
  SECTION_ROW_SETS,
  SECTION_STARTS,
  SECTION_TIMESTAMPS,
  SECTION_VALUE_BYTES,
} from "./v1_layout";
import { readReference, stringRead } from "./v1_references";
import { isThrough, pays, rowCount, sectionAt, sectionEnd, setCount } from "./v1_sections";
import { controlBytes, isValueSound, unpackValue } from "./v1_values";
import { unzigzag } from "../../bytes/zigzag";
import { nthSet } from "./v1_read_sets";

/** The value of the last sample of each set. */
const lastValues: Buffer = createBuffer();

/** Reads all rows. Returns false after a fault. */
export function readRows(): bool {
  // Each row has at least a byte in these two sections. That bounds the rows, which are large in memory.
  if (!pays(SECTION_ROW_SETS, rowCount) || !pays(SECTION_TIMESTAMPS, rowCount)) return false;
  rows.length = 0;
  reserve(rows, <usize> rowCount * ROW_BYTES);
  rows.length = <usize> rowCount * ROW_BYTES;
  return readKinds() && readSetsOfRows() && readTimestamps() && readValues() && readStarts() &&
    readHistograms() && readExemplars();
}

function readKinds(): bool {
  let at = sectionAt(SECTION_KINDS);
  const end = sectionEnd(SECTION_KINDS);
  let rowAt = rows.at;
  const rowsEnd = rows.at + rows.length;
  while (rowAt < rowsEnd) {
    const start = at;
    at = readVarint(at, end);
    if (at == 0) return false;
    if (varint > <u64> KIND_EXEMPLAR) return refuse(FAULT_KIND, start, <f64> varint, KIND_EXEMPLAR);
    const kind = varint;
    at = readVarint(at, end);
    if (at == 0) return false;
    const left = <u64> ((rowsEnd - rowAt) / ROW_BYTES);
    if (varint == 0 || varint > left) return refuse(FAULT_SET, start, <f64> varint, <f64> left);
    const runEnd = rowAt + <usize> varint * ROW_BYTES;
    for (; rowAt < runEnd; rowAt += ROW_BYTES) {
      const row = changetype<Row>(rowAt);
      row.hash = 0;
      // Its kind, and no labels of an exemplar.
      store<u64>(rowAt, kind, offsetof<Row>("kind"));
      row.startMs = 0;
    }
  }
  return isThrough(SECTION_KINDS, at);
}

function readSetsOfRows(): bool {
  let at = sectionAt(SECTION_ROW_SETS);
  const end = sectionEnd(SECTION_ROW_SETS);
  let next: u64 = 0;
  const rowsEnd = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < rowsEnd; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    at = readVarint(at, end);
    if (at == 0) return false;
    const number = next + <u64> unzigzag(varint);
    if (number >= setCount) return refuse(FAULT_SET, at, <f64> (<i64> number), <f64> setCount);
    const set = nthSet(<usize> number);
    row.labels = set.labels;
    row.labelCount = set.count;
    // The set's number stands in the place of the value until values are read.
    row.valueBits = number;
    next = number + 1;
  }
  return isThrough(SECTION_ROW_SETS, at);
}

function readTimestamps(): bool {
  let at = sectionAt(SECTION_TIMESTAMPS);
  const end = sectionEnd(SECTION_TIMESTAMPS);
  let lastMs: i64 = 0;
  const rowsEnd = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < rowsEnd; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    at = readVarint(at, end);
    if (at == 0) return false;
    lastMs += unzigzag(varint);
    row.timestampMs = lastMs;
  }
  return isThrough(SECTION_TIMESTAMPS, at);
}

/** Reads the values of samples and exemplars. */
function readValues(): bool {
  let control = sectionAt(SECTION_CONTROLS);
  const controlsEnd = sectionEnd(SECTION_CONTROLS);
  let at = sectionAt(SECTION_VALUE_BYTES);
  const end = sectionEnd(SECTION_VALUE_BYTES);
  const lastBytes = <usize> setCount << 3;
  lastValues.length = 0;
  memory.fill(reserve(lastValues, lastBytes), 0, lastBytes);
  const rowsEnd = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < rowsEnd; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    const kind = row.kind;
    if (isHistogram(kind)) continue;
    if (control == controlsEnd) return refuse(FAULT_VALUE_CODE, control, -1, 0);
    const code = <u32> load<u8>(control);
    const bytes = controlBytes(code);
    if (bytes < 0 || <usize> bytes > end - at) return refuse(FAULT_VALUE_CODE, control, code, <f64> (end - at));
    const last = lastValues.at + (<usize> row.valueBits << 3);
    const reference = kind == KIND_EXEMPLAR ? 0 : load<u64>(last);
    let value = reference;
    if (code != CONTROL_SAME) {
      const unused = <u64> (8 - bytes) << 3;
      value = unpackValue(code, (load<u64>(at) << unused) >> unused, reference);
      if (!isValueSound) return refuse(FAULT_VALUE_CODE, control, code, 0);
    }
    row.valueBits = value;
    if (kind != KIND_EXEMPLAR) store<u64>(last, value);
    control++;
    at += <usize> bytes;
  }
  return isThrough(SECTION_CONTROLS, control) && isThrough(SECTION_VALUE_BYTES, at);
}

function readStarts(): bool {
  let run = sectionAt(SECTION_STARTS);
  const end = sectionEnd(SECTION_STARTS);
  if (run == end) return true;
  // The runs come first. The starts begin when the runs make up all rows.
  let at = run;
  for (let left = rowCount; left > 0;) {
    at = readVarint(at, end);
    if (at == 0) return false;
    if (varint > left) return refuse(FAULT_SET, at, <f64> varint, <f64> left);
    left -= varint;
  }
  let isStarted = false;
  let lastMs: i64 = 0;
  const rowsEnd = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < rowsEnd;) {
    run = readVarint(run, end);
    if (run == 0) return false;
    const runEnd = rowAt + <usize> varint * ROW_BYTES;
    for (; rowAt < runEnd; rowAt += ROW_BYTES) {
      if (!isStarted) continue;
      at = readVarint(at, end);
      if (at == 0) return false;
      lastMs += unzigzag(varint);
      changetype<Row>(rowAt).startMs = lastMs;
    }
    isStarted = !isStarted;
  }
  return isThrough(SECTION_STARTS, at);
}

function readHistograms(): bool {
  let length = sectionAt(SECTION_HISTOGRAMS);
  const end = sectionEnd(SECTION_HISTOGRAMS);
  const rowsEnd = rows.at + rows.length;
  let at = length;
  for (let rowAt = rows.at; rowAt < rowsEnd; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    if (!isHistogram(row.kind)) continue;
    at = readVarint(at, end);
    if (at == 0) return false;
  }
  for (let rowAt = rows.at; rowAt < rowsEnd; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    if (!isHistogram(row.kind)) continue;
    length = readVarint(length, end);
    if (length == 0) return false;
    const bytesMax = min(end - at, HISTOGRAM_BYTES_MAX);
    if (varint > <u64> bytesMax) return refuse(FAULT_LENGTH, length, <f64> varint, <f64> bytesMax);
    const next = at + <usize> varint;
    if (!readHistogram(at, next)) return false;
    if (checkHistogram() != RULE_NONE || histogramKind() != row.kind) {
      return refuse(FAULT_HISTOGRAM, at, <f64> checkHistogram(), 0);
    }
    row.valueBits = writeHistogram();
    at = next;
  }
  return isThrough(SECTION_HISTOGRAMS, at);
}

function readExemplars(): bool {
  let at = sectionAt(SECTION_EXEMPLARS);
  const end = sectionEnd(SECTION_EXEMPLARS);
  const rowsEnd = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < rowsEnd; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    if (row.kind != KIND_EXEMPLAR) continue;
    at = readVarint(at, end);
    if (at == 0) return false;
    // A label has two references, which take at least a byte each.
    if (varint > <u64> (end - at) >> 1) return refuse(FAULT_SET, at, <f64> varint, <f64> (end - at));
    const count = <usize> varint;
    const room = BUFFER_BYTES_MAX - labelIds.length;
    const bytes = exemplarLabelsBytes(count);
    if (bytes > room) return refuse(FAULT_ENTRIES, at, <f64> count, <f64> (room >> 3));
    const labels = changetype<ExemplarLabels>(reserveMore(labelIds, bytes));
    labels.count = count;
    row.extra = <u32> (labelIds.length >> 2);
    for (let i: usize = 0; i < count; i++) {
      at = readReference(at, end);
      if (at == 0) return false;
      const name = stringRead;
      at = readReference(at, end);
      if (at == 0) return false;
      labels.set(i, name, stringRead);
    }
    labelIds.length += bytes;
  }
  return isThrough(SECTION_EXEMPLARS, at);
}
