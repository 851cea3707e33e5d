/**
 * The rows of a batch, in no file's layout: what a writer collects and what a
 * reader has read. A row is one sample of one series:
 *
 *     0  hash       u64
 *     8  timestamp  i64, milliseconds
 *    16  value      u64, the bits of a double: a NaN keeps its payload
 *    24  labels     u32, where its labels begin in `labelIds`, in ids
 *    28  count      u32, how many labels; the ids of the names come first, then those of the values
 *    32  kind       u32
 */
import { Buffer, createBuffer, reserveMore } from "./memory";

export const ROW_BYTES: usize = 40;

export const KIND_SAMPLE: u32 = 0;
/** Of a kind that requests cannot carry yet. */
export const KIND_UNSUPPORTED: u32 = 1;

export const rows: Buffer = createBuffer();
export const labelIds: Buffer = createBuffer();

export function addRow(
  hash: u64,
  timestampMs: i64,
  value: u64,
  labels: u32,
  count: u32,
  kind: u32,
): void {
  const row = reserveMore(rows, ROW_BYTES);
  store<u64>(row, hash);
  store<i64>(row, timestampMs, 8);
  store<u64>(row, value, 16);
  store<u32>(row, labels, 24);
  store<u32>(row, count, 28);
  store<u32>(row, kind, 32);
  rows.length += ROW_BYTES;
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
export function rowValue(row: usize): u64 {
  return load<u64>(row, 16);
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

export function clearRows(): void {
  rows.length = 0;
  labelIds.length = 0;
}
