/**
 * The open batch in parts, one for each partition of a store that has something of it: the rows
 * of a series are in one part, in their order. All rows of a block of labels are of one
 * partition, so the words of blocks are given by one part alone.
 */
import { closeMetadata, dealMetadata, entriesOf, openMetadata } from "./metadata";
import { closeRows, dealRows, openRows, rowsOf } from "./rows";

let partitionCount: u32 = 0;
let next: u32 = 0;

/** Deals the batch out to so many partitions, at most 256. */
export function dealBatch(partitions: u32): void {
  partitionCount = partitions;
  next = 0;
  dealRows(partitions);
  dealMetadata(partitions);
}

/** The batch has the next part alone, until closePart. Returns its partition, or -1 when there is none. */
export function openPart(): i32 {
  while (next < partitionCount && rowsOf(next) + entriesOf(next) == 0) next++;
  if (next == partitionCount) return -1;
  openRows(next);
  openMetadata(next);
  next++;
  return <i32> next - 1;
}

/** The batch is whole again. */
export function closePart(): void {
  closeRows();
  closeMetadata();
}
