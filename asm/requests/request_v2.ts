/**
 * An open remote write 2.0 request, which has symbols and then series. A series is written
 * with all its adjacent rows at once. The field numbers are those of
 * io/prometheus/write/v2/types.proto.
 */
import { ROW_BYTES_MAX } from "../abi/layout";
import { append, Buffer, createBuffer, createLastingBuffer, release, reserveMore } from "../bytes/memory";
import { KnownFamily } from "./metadata_table";
import { varintBytes, writeVarint } from "../codec/protobuf";
import {
  bytesTag,
  V2_EXEMPLARS,
  V2_HISTOGRAMS,
  V2_LABELS_REFS,
  V2_METADATA,
  V2_SAMPLES,
  V2_TIMESERIES,
} from "../codec/remote_write_fields";
import { isHistogram, Row } from "../batch/rows";
import { externalLabel } from "./external_labels";
import { ENTRY_BYTES, EXTERNAL, plan, PlanEntry } from "./series_plan";

import { stringBytes } from "../batch/strings";
import {
  clearSymbolsOut,
  createSymbolsOut,
  releaseSymbolsOut,
  restoreSymbols,
  symbolOf,
  symbolOfBytes,
  SymbolsOut,
} from "./request_v2_symbols";

@unmanaged
export class RequestV2 {
  symbols: SymbolsOut;
  series: Buffer;
}

export function createRequestV2(): RequestV2 {
  const made = changetype<RequestV2>(heap.alloc(offsetof<RequestV2>()));
  made.symbols = createSymbolsOut();
  made.series = createLastingBuffer();
  clearRequestV2(made);
  return made;
}

export function clearRequestV2(request: RequestV2): void {
  request.series.length = 0;
  clearSymbolsOut(request.symbols);
}

/** Gives the memory of an empty request back. */
export function releaseRequestV2(request: RequestV2): void {
  release(request.series, 0);
  releaseSymbolsOut(request.symbols);
}

export function requestBytes(request: RequestV2): usize {
  return request.symbols.fields.length + request.series.length;
}

/** Puts the symbols and the series of a request together. */
export function assemble(request: RequestV2, out: Buffer): void {
  out.length = 0;
  append(out, request.symbols.fields.at, request.symbols.fields.length);
  append(out, request.series.at, request.series.length);
}

/**
 * Takes over a request that another instance has assembled, and whose first `symbolBytes`
 * bytes are symbols.
 */
export function restoreRequest(request: RequestV2, at: usize, bytes: usize, symbolBytes: usize): void {
  restoreSymbols(request.symbols, at, symbolBytes);
  request.series.length = 0;
  append(request.series, at + symbolBytes, bytes - symbolBytes);
}

/** The series that is being written. */
const body: Buffer = createBuffer();
let batch: u32 = 0;

/** To be called with a new batch: string ids mean something else from now on. */
export function nextBatchV2(): void {
  batch++;
}

function beginField(tag: u32, bytes: usize): usize {
  const at = reserveMore(body, bytes + 16);
  store<u8>(at, tag);
  return writeVarint(at + 1, bytes);
}

/**
 * Begins a series with the labels of a row, which have been measured. `signal` is the
 * family whose metadata is a signal of this request, if there is one.
 */
export function beginSeries(request: RequestV2, row: Row, signal: KnownFamily | null): void {
  body.length = 0;
  // A metadata field at the start of a series is a signal. One at its end is not: see index_signals.ts.
  if (signal != null) writeSeriesMetadata(request, signal);
  const values = row.valuesAt;
  const planEnd = plan.at + plan.length;
  const start = reserveMore(body, plan.length / ENTRY_BYTES * 10 + 16);
  // The length takes one byte for up to 127 bytes of references, which nearly all have.
  const first = start + 2;
  let to = first;
  for (let entryAt = plan.at; entryAt < planEnd; entryAt += ENTRY_BYTES) {
    const entry = changetype<PlanEntry>(entryAt);
    const which = entry.which;
    if (which == EXTERNAL) {
      const label = externalLabel(entry.name);
      to = writeVarint(to, symbolOfBytes(request.symbols, label.nameAt, label.nameBytes));
      to = writeVarint(to, symbolOfBytes(request.symbols, label.valueAt, label.valueBytes));
    } else {
      to = writeVarint(to, symbolOf(request.symbols, entry.name, batch));
      to = writeVarint(to, symbolOf(request.symbols, load<u32>(values + <usize> which), batch));
    }
  }
  const bytes = to - first;
  store<u8>(start, bytesTag(V2_LABELS_REFS));
  const lengthBytes = varintBytes(bytes);
  if (lengthBytes > 1) memory.copy(start + 1 + lengthBytes, first, bytes);
  writeVarint(start + 1, bytes);
  body.length = start + 1 + lengthBytes + bytes - body.at;
}

/** Writes a sample or histogram. */
export function addRowToSeries(row: Row): void {
  if (isHistogram(row.kind)) addHistogram(row);
  else addSample(row);
}

function addSample(row: Row): void {
  const timestampMs = <u64> row.timestampMs;
  const startMs = <u64> row.startMs;
  const bytes: usize = 10 + varintBytes(timestampMs) + (startMs == 0 ? 0 : 1 + varintBytes(startMs));
  let to = beginField(bytesTag(V2_SAMPLES), bytes);
  store<u8>(to, 0x09);
  store<u64>(to, row.valueBits, 1);
  store<u8>(to, 0x10, 9);
  to = writeVarint(to + 10, timestampMs);
  if (startMs != 0) {
    store<u8>(to, 0x18);
    to = writeVarint(to + 1, startMs);
  }
  body.length = to - body.at;
}

function addHistogram(row: Row): void {
  const timestampMs = <u64> row.timestampMs;
  const startMs = <u64> row.startMs;
  const blobBytes = row.blobBytes;
  const bytes = blobBytes + 1 + varintBytes(timestampMs) + (startMs == 0 ? 0 : 2 + varintBytes(startMs));
  let to = beginField(bytesTag(V2_HISTOGRAMS), bytes);
  memory.copy(to, row.blobAt, blobBytes);
  to += blobBytes;
  store<u8>(to, 15 << 3);
  to = writeVarint(to + 1, timestampMs);
  if (startMs != 0) to = writeVarint(writeVarint(to, 17 << 3), startMs);
  body.length = to - body.at;
}

/** Whether an exemplar is small enough for any request. */
export function fitsExemplar(row: Row): bool {
  const labels = row.exemplarLabels;
  const idCount = labels.count * 2;
  let bytes: usize = 0;
  for (let i: usize = 0; i < idCount; i++) {
    bytes += stringBytes(labels.id(i)) + 8;
    if (bytes > ROW_BYTES_MAX) return false;
  }
  return true;
}

export function addExemplar(request: RequestV2, row: Row): void {
  const labels = row.exemplarLabels;
  const count = labels.count;
  let refsBytes: usize = 0;
  for (let i: usize = 0; i < count * 2; i++) {
    refsBytes += varintBytes(symbolOf(request.symbols, labels.id(i), batch));
  }
  const timestampMs = <u64> row.timestampMs;
  const bytes: usize = 1 + varintBytes(refsBytes) + refsBytes + 10 + varintBytes(timestampMs);
  let to = beginField(bytesTag(V2_EXEMPLARS), bytes);
  store<u8>(to, bytesTag(V2_LABELS_REFS));
  to = writeVarint(to + 1, refsBytes);
  for (let i: usize = 0; i < count; i++) {
    to = writeVarint(to, symbolOf(request.symbols, labels.nameId(i), batch));
    to = writeVarint(to, symbolOf(request.symbols, labels.valueId(i), batch));
  }
  store<u8>(to, 0x11);
  store<u64>(to, row.valueBits, 1);
  store<u8>(to, 0x18, 9);
  body.length = writeVarint(to + 10, timestampMs) - body.at;
}

/** Writes `metadata = 5`: `type = 1`, `help_ref = 3`, `unit_ref = 4`. */
export function writeSeriesMetadata(request: RequestV2, family: KnownFamily): void {
  const type = family.type;
  const help = symbolOfBytes(request.symbols, family.helpAt, family.helpBytes);
  const unit = symbolOfBytes(request.symbols, family.unitAt, family.unitBytes);
  const bytes: usize = 3 + varintBytes(type) + varintBytes(help) + varintBytes(unit);
  let to = beginField(bytesTag(V2_METADATA), bytes);
  store<u8>(to, 0x08);
  to = writeVarint(to + 1, type);
  store<u8>(to, 0x18);
  to = writeVarint(to + 1, help);
  store<u8>(to, 0x20);
  body.length = writeVarint(to + 1, unit) - body.at;
}

/** How many bytes the series has so far that is being written. */
export function seriesBytes(): usize {
  return body.length;
}

/** Ends the series, and puts it into the request. */
export function endSeries(request: RequestV2): void {
  const series = request.series;
  const at = reserveMore(series, body.length + 16);
  store<u8>(at, bytesTag(V2_TIMESERIES));
  const to = writeVarint(at + 1, body.length);
  memory.copy(to, body.at, body.length);
  series.length = to + body.length - series.at;
}
