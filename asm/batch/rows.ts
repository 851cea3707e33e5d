/**
 * The signals of a batch, in no file's layout: what a writer collects and what a
 * reader has read. A row is a sample, a histogram or an exemplar of one series:
 *
 *     0  hash       u64, of the labels; 0 where nobody has needed it yet
 *     8  timestamp  i64, milliseconds
 *    16  value      u64, the bits of a double: a NaN keeps its payload;
 *                   of a histogram u32 offset and u32 length in `blobs`
 *    24  labels     u32, where its labels begin in `labelIds`, in ids
 *    28  count      u32, how many labels
 *    32  kind       u32
 *    36  extra      u32, of an exemplar: where its own labels begin in `labelIds`, in ids
 *    40  start      i64, start timestamp in milliseconds; 0 for none
 *
 * `labelIds` has blocks of u32. The labels of a series: one word that belongs to
 * whoever works on the whole batch (0 at first), and then, where `labels` points
 * to, the ids of the names, then those of the values. An exemplar's own labels: a
 * count, where `extra` points to, the ids of the names, then those of the values.
 *
 * A histogram in `blobs` is a `Histogram` message of remote write (1.0 and 2.0
 * have the same) in one form, whatever it came as: fields in ascending order
 * without timestamp (15) and start_timestamp (17), which the row has; count (1 or
 * 2), sum (3) and zero_count (6 or 7) always written, schema (4), zero_threshold
 * (5, by its bits) and reset_hint (14) unless 0; numbers that repeat (9, 10, 12,
 * 13, 16) packed, and left out when there are none.
 */
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";

export const ROW_BYTES: usize = 48;
/** Of a signal before it is a row: see batch.ts. */
export const SAMPLE_BYTES: usize = 32;

export const KIND_SAMPLE: u32 = 0;
/** A native histogram with exponential buckets. */
export const KIND_HISTOGRAM: u32 = 1;
/** A native histogram with custom buckets: schema -53. */
export const KIND_CUSTOM_HISTOGRAM: u32 = 2;
export const KIND_EXEMPLAR: u32 = 3;
/** Of a file: known to be a signal, and no more. It can only be counted. */
export const KIND_UNSUPPORTED: u32 = 4;

export const rows: Buffer = createBuffer();
export const labelIds: Buffer = createBuffer();
export const blobs: Buffer = createBuffer();

/**
 * The metadata entries of a batch, all u32: the id of the metric family's name,
 * the type (MetricMetadata.MetricType, the same numbers in 1.0 and 2.0), and the
 * ids of help and unit, NO_STRING where there is none.
 */
export const METADATA_BYTES: usize = 16;
export const NO_STRING: u32 = 0xffffffff;
export const metadata: Buffer = createBuffer();

export function addRow(
  hash: u64,
  timestampMs: i64,
  value: u64,
  labels: u32,
  count: u32,
  kind: u32,
  extra: u32 = 0,
  startMs: i64 = 0,
): void {
  const row = reserveMore(rows, ROW_BYTES);
  store<u64>(row, hash);
  store<i64>(row, timestampMs, 8);
  store<u64>(row, value, 16);
  store<u32>(row, labels, 24);
  store<u32>(row, count, 28);
  store<u32>(row, kind, 32);
  store<u32>(row, extra, 36);
  store<i64>(row, startMs, 40);
  rows.length += ROW_BYTES;
}

export function addMetadata(family: u32, type: u32, help: u32, unit: u32): void {
  const entry = reserveMore(metadata, METADATA_BYTES);
  store<u32>(entry, family);
  store<u32>(entry, type, 4);
  store<u32>(entry, help, 8);
  store<u32>(entry, unit, 12);
  metadata.length += METADATA_BYTES;
}

// @ts-ignore: decorator
@inline
export function rowHash(row: usize): u64 {
  return load<u64>(row);
}

// @ts-ignore: decorator
@inline
export function rowTimestamp(row: usize): i64 {
  return load<i64>(row, 8);
}

// @ts-ignore: decorator
@inline
export function rowStart(row: usize): i64 {
  return load<i64>(row, 40);
}

// @ts-ignore: decorator
@inline
export function rowValue(row: usize): u64 {
  return load<u64>(row, 16);
}

/** Where a histogram's bytes are. */
// @ts-ignore: decorator
@inline
export function rowBlob(row: usize): usize {
  return blobs.at + <usize> load<u32>(row, 16);
}

// @ts-ignore: decorator
@inline
export function rowBlobBytes(row: usize): usize {
  return <usize> load<u32>(row, 20);
}

/** Where the ids of a row's labels are. */
// @ts-ignore: decorator
@inline
export function rowLabels(row: usize): usize {
  return labelIds.at + (<usize> load<u32>(row, 24) << 2);
}

// @ts-ignore: decorator
@inline
export function rowLabelCount(row: usize): usize {
  return <usize> load<u32>(row, 28);
}

// @ts-ignore: decorator
@inline
export function rowKind(row: usize): u32 {
  return load<u32>(row, 32);
}

/** Where an exemplar's own labels are: their count, then their ids. */
// @ts-ignore: decorator
@inline
export function rowExemplarLabels(row: usize): usize {
  return labelIds.at + (<usize> load<u32>(row, 36) << 2);
}

export function isHistogram(kind: u32): bool {
  return kind == KIND_HISTOGRAM || kind == KIND_CUSTOM_HISTOGRAM;
}

export function clearRows(): void {
  rows.length = 0;
  labelIds.length = 0;
  blobs.length = 0;
  metadata.length = 0;
}
