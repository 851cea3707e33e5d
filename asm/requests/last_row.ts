/** What a shard remembers of the row that was written to its request last. */
import { SnappyStream } from "../codec/snappy_stream";
import { Row } from "../batch/rows";

/** All positions are within the uncompressed request. */
@unmanaged
export class LastRow extends SnappyStream {
  /** The row, while its batch is at hand; and which plan it followed. */
  row: Row | null;
  plan: u32;
  /** Stands for this request and the batch at hand, of which `batch` is the number. */
  stamp: u32;
  batch: u32;
  /** Where its head, its labels and its sample's value begin; there is no last row while `labelsAt` is 0. */
  headAt: usize;
  labelsAt: usize;
  valueAt: usize;
  timestampMs: i64;
  timestampBytes: usize;
  value: u64;
  /** Bytes of rows that had no row to lean on. */
  alone: usize;
}

/** Forgets the row, for an empty request or one from another instance. */
export function forgetRow(last: LastRow): void {
  last.row = null;
  last.plan = 0;
  last.batch = 0;
  last.headAt = 0;
  last.labelsAt = 0;
  last.valueAt = 0;
  last.timestampMs = 0;
  last.timestampBytes = 1;
  last.alone = 0;
}

let batch: u32 = 1;
let stamps: u32 = 0;

/** Rows and string ids of the batch before mean nothing any more. */
export function nextBatch(): void {
  batch++;
}

/** Makes the memory fit the batch at hand. */
// @ts-ignore: decorator
@inline
export function renewStamp(last: LastRow): void {
  if (last.batch == batch) return;
  last.batch = batch;
  last.stamp = ++stamps;
  last.row = null;
}
