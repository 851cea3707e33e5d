/** Deals the rows of the open batch out by partition. Those of one keep their order. */
import { Buffer, createBuffer, createLastingBuffer, reserve } from "../bytes/memory";
import { partitionOf } from "../batch/partition";
import { Row, ROW_BYTES, rows } from "../batch/rows";
import { lend, takeBack } from "./lend";
import { closeCounts, countOne, endPlace, firstPlace, openShares, takePlace } from "./shares";

/** The rows, those of a partition behind those of the one before. */
const dealt: Buffer = createBuffer();
const shares: Buffer = createBuffer();
/** The partition of each row: a byte, since there are 256 partitions at most. */
const partitionOfRow: Buffer = createBuffer();

/** The partition of the row of this number. */
// @ts-ignore: decorator
@inline
export function rowPartition(number: usize): u32 {
  return <u32> load<u8>(partitionOfRow.at + number);
}

export function dealRows(partitions: u32): void {
  openShares(shares, partitions);
  partitionOfRow.length = 0;
  const first = reserve(partitionOfRow, rows.length / ROW_BYTES);
  const end = rows.at + rows.length;
  let to = first;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const partition = partitionOf(changetype<Row>(rowAt).hash, partitions);
    store<u8>(to++, partition);
    countOne(shares, partition);
  }
  closeCounts(shares);
  dealt.length = 0;
  const base = reserve(dealt, rows.length);
  let from = first;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const place = takePlace(shares, <u32> load<u8>(from++));
    copyRow(base + <usize> place * ROW_BYTES, rowAt);
  }
}

/** A call of memory.copy leaves the module, which costs more than the rest of it. */
// @ts-ignore: decorator
@inline
function copyRow(to: usize, from: usize): void {
  for (let i: usize = 0; i < ROW_BYTES; i += 8) store<u64>(to + i, load<u64>(from + i));
}

export function rowsOf(partition: u32): u32 {
  return endPlace(shares, partition) - firstPlace(shares, partition);
}

/** What the batch has itself, while a part is open. */
const own: Buffer = createLastingBuffer();

/** Until closeRows the batch has the rows of this partition alone. */
export function openRows(partition: u32): void {
  const at = dealt.at + <usize> firstPlace(shares, partition) * ROW_BYTES;
  lend(rows, at, <usize> rowsOf(partition) * ROW_BYTES, own);
}

export function closeRows(): void {
  takeBack(rows, own);
}
