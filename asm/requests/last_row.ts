/** What a shard remembers of the last row that was written to its request. */
import { Trail } from "./handed_trail";
import { SnappyStream } from "../codec/snappy_stream";
import { Row } from "../batch/rows";

/** All positions are within the uncompressed request. */
@unmanaged
export class LastRow extends SnappyStream {
  /** The row, for as long as its batch is the current one, and the plan that it followed. */
  row: Row | null;
  plan: u32;
  /** A number for this request and the current batch together. `batch` is the batch's number. */
  stamp: u32;
  batch: u32;
  /** Where its head, its labels and its sample's value begin. If `labelsAt` is 0, there is no last row. */
  headAt: usize;
  labelsAt: usize;
  valueAt: usize;
  timestampMs: i64;
  timestampBytes: usize;
  value: u64;
  /** The last rows of handed sets, see handed_trail.ts; 0 if there were none yet. */
  trail: usize;
  /** Bytes of the rows that could not be written as copies of others. */
  alone: usize;
}

/** Forgets the row. For a request that is empty, or comes from another instance. */
export function forgetRow(last: LastRow): void {
  last.row = null;
  last.plan = 0;
  last.batch = 0;
  last.headAt = 0;
  last.labelsAt = 0;
  last.valueAt = 0;
  last.timestampMs = 0;
  last.timestampBytes = 1;
  if (last.trail != 0) changetype<Trail>(last.trail).count = 0;
  last.alone = 0;
}

let batch: u32 = 1;
let stamps: u32 = 0;

/** To be called with a new batch: the rows and string ids of the one before mean nothing any more. */
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
