/** Writes the columns of rows and metadata: docs/format.md. */
import { Buffer, copyLoose, createBuffer, reserve, reserveMore } from "../../bytes/memory";
import { writeVarint } from "../../codec/protobuf";
import {
  isHistogram,
  KIND_EXEMPLAR,
  metadata,
  METADATA_BYTES,
  MetadataEntry,
  NO_STRING,
  Row,
  ROW_BYTES,
  rows,
} from "../../batch/rows";
import { nthSwitch, switchCount } from "../../batch/metadata_order";
import { setCount } from "../../batch/set_dictionary";
import { reachSymbol } from "./v1_write_strings";
import { packValue, valueWord, valueWordBytes } from "./v1_values";
import { zigzag } from "../../bytes/zigzag";

export const kindColumn: Buffer = createBuffer();
export const setColumn: Buffer = createBuffer();
export const timestampColumn: Buffer = createBuffer();
export const controls: Buffer = createBuffer();
export const valueColumn: Buffer = createBuffer();
export const startColumn: Buffer = createBuffer();
export const histogramColumn: Buffer = createBuffer();
export const exemplarColumn: Buffer = createBuffer();
export const metadataColumn: Buffer = createBuffer();
export const switchColumn: Buffer = createBuffer();

/** The value of the last sample of each set. */
const lastValues: Buffer = createBuffer();

let hasStarts: bool = false;
let hasHistograms: bool = false;
let hasExemplars: bool = false;

/** Writes runs: a kind, and how many adjacent rows have it. */
export function writeKinds(): void {
  kindColumn.length = 0;
  hasStarts = false;
  hasHistograms = false;
  hasExemplars = false;
  const end = rows.at + rows.length;
  let run: u64 = 0;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    const kind = row.kind;
    run++;
    if (row.startMs != 0) hasStarts = true;
    const nextAt = rowAt + ROW_BYTES;
    if (nextAt < end && changetype<Row>(nextAt).kind == kind) continue;
    if (kind == KIND_EXEMPLAR) hasExemplars = true;
    else if (isHistogram(kind)) hasHistograms = true;
    const to = writeVarint(reserveMore(kindColumn, 20), kind);
    kindColumn.length = writeVarint(to, run) - kindColumn.at;
    run = 0;
  }
}

/** Writes sets, timestamps and values in one pass. */
export function writeRowColumns(): void {
  const count = rows.length / ROW_BYTES;
  setColumn.length = 0;
  timestampColumn.length = 0;
  controls.length = 0;
  valueColumn.length = 0;
  let setTo = reserve(setColumn, count * 5);
  let timestampTo = reserve(timestampColumn, count * 10);
  let controlTo = reserve(controls, count);
  let valueTo = reserve(valueColumn, count * 8);
  const lastBytes = <usize> setCount() << 3;
  lastValues.length = 0;
  memory.fill(reserve(lastValues, lastBytes), 0, lastBytes);
  let nextSet: i64 = 0;
  let lastTimestampMs: i64 = 0;
  const end = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    const set = <i64> load<u32>(row.namesAt - 4) - 1;
    setTo = writeVarint(setTo, zigzag(set - nextSet));
    nextSet = set + 1;
    const timestampMs = row.timestampMs;
    timestampTo = writeVarint(timestampTo, zigzag(timestampMs - lastTimestampMs));
    lastTimestampMs = timestampMs;
    const kind = row.kind;
    if (isHistogram(kind)) continue;
    const value = row.valueBits;
    const last = lastValues.at + (<usize> set << 3);
    const reference = kind == KIND_EXEMPLAR ? 0 : load<u64>(last);
    store<u8>(controlTo++, packValue(value, reference));
    store<u64>(valueTo, valueWord);
    valueTo += valueWordBytes;
    if (kind != KIND_EXEMPLAR) store<u64>(last, value);
  }
  setColumn.length = setTo - setColumn.at;
  timestampColumn.length = timestampTo - timestampColumn.at;
  controls.length = controlTo - controls.at;
  valueColumn.length = valueTo - valueColumn.at;
}

/**
 * Writes runs of rows without and with a start timestamp, by turns, and then the
 * difference of each start from the one before.
 */
export function writeStarts(): void {
  startColumn.length = 0;
  if (!hasStarts) return;
  const end = rows.at + rows.length;
  let to = reserve(startColumn, rows.length / ROW_BYTES * 20 + 20);
  let isStarted = false;
  let run: u64 = 0;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    if ((row.startMs != 0) != isStarted) {
      to = writeVarint(to, run);
      run = 0;
      isStarted = !isStarted;
    }
    run++;
  }
  to = writeVarint(to, run);
  let lastMs: i64 = 0;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    const startMs = row.startMs;
    if (startMs == 0) continue;
    to = writeVarint(to, zigzag(startMs - lastMs));
    lastMs = startMs;
  }
  startColumn.length = to - startColumn.at;
}

/** Writes the lengths of all histograms, then the bytes of all. */
export function writeHistograms(): void {
  histogramColumn.length = 0;
  if (!hasHistograms) return;
  const end = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    if (!isHistogram(row.kind)) continue;
    const to = writeVarint(reserveMore(histogramColumn, 10), row.blobBytes);
    histogramColumn.length = to - histogramColumn.at;
  }
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    if (!isHistogram(row.kind)) continue;
    const bytes = row.blobBytes;
    copyLoose(reserveMore(histogramColumn, bytes), row.blobAt, bytes);
    histogramColumn.length += bytes;
  }
}

/** Writes for each exemplar how many labels it has, then names and values by turns. */
export function writeExemplars(): void {
  exemplarColumn.length = 0;
  if (!hasExemplars) return;
  const end = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    if (row.kind != KIND_EXEMPLAR) continue;
    const labels = row.exemplarLabels;
    const count = labels.count;
    let to = writeVarint(reserveMore(exemplarColumn, 5 + count * 10), count);
    for (let i: usize = 0; i < count; i++) {
      to = writeVarint(to, reachSymbol(labels.nameId(i)));
      to = writeVarint(to, reachSymbol(labels.valueId(i)));
    }
    exemplarColumn.length = to - exemplarColumn.at;
  }
}

/**
 * Writes family, type, help and unit of each entry. A text is its reference plus one, or 0
 * if it is absent.
 */
export function writeMetadata(): void {
  metadataColumn.length = 0;
  const end = metadata.at + metadata.length;
  for (let entryAt = metadata.at; entryAt < end; entryAt += METADATA_BYTES) {
    const entry = changetype<MetadataEntry>(entryAt);
    let to = reserveMore(metadataColumn, 20);
    to = writeVarint(to, reachSymbol(entry.family));
    to = writeVarint(to, entry.type);
    to = writeText(to, entry.help);
    to = writeText(to, entry.unit);
    metadataColumn.length = to - metadataColumn.at;
  }
}

/** Writes the row of each switch, less that of the one before, and its entry. */
export function writeSwitches(): void {
  switchColumn.length = 0;
  let row: u32 = 0;
  for (let i: u32 = 0; i < switchCount(); i++) {
    const one = nthSwitch(i);
    let to = reserveMore(switchColumn, 10);
    to = writeVarint(to, one.row - row);
    to = writeVarint(to, one.entry);
    switchColumn.length = to - switchColumn.at;
    row = one.row;
  }
}

function writeText(to: usize, symbol: u32): usize {
  return writeVarint(to, symbol == NO_STRING ? 0 : <u64> reachSymbol(symbol) + 1);
}
