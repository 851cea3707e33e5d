/**
 * In remote write 2.0 exemplars come with a sample or histogram of their series.
 * Each is linked to the last such row before it, or else to the first behind it:
 * a carrier's `extra` is the number of its first exemplar's row plus one, and an
 * exemplar's `hash` that of the next one.
 */
import { Buffer, createBuffer, reserve } from "../bytes/memory";
import { isHistogram, KIND_EXEMPLAR, KIND_SAMPLE, labelIds, ROW_BYTES, rowKind, rows } from "../batch/rows";
import { openSameLabels, sameLabels } from "./same_labels";

/** By block of labels, of equal ones the first: the number of a carrier's row plus one. */
const carriers: Buffer = createBuffer();

/** Links all exemplars of the batch; returns how many found no carrier. */
export function linkExemplars(sendsHistograms: bool): u32 {
  if (!hasExemplars()) return 0;
  memory.fill(reserve(carriers, labelIds.length), 0, labelIds.length);
  openSameLabels();
  const count = rows.length / ROW_BYTES;
  for (let i: usize = 0; i < count; i++) {
    const row = rows.at + i * ROW_BYTES;
    const place = placeOf(row);
    if (isCarrier(row, sendsHistograms)) {
      store<u32>(place, <u32> i + 1);
      store<u32>(row, 0, 36);
    } else if (rowKind(row) == KIND_EXEMPLAR) {
      store<u64>(row, load<u32>(place));
    }
  }
  memory.fill(carriers.at, 0, labelIds.length);
  let alone: u32 = 0;
  for (let i = count; i > 0; i--) {
    const row = rows.at + (i - 1) * ROW_BYTES;
    const place = placeOf(row);
    if (isCarrier(row, sendsHistograms)) store<u32>(place, <u32> i);
    else if (rowKind(row) == KIND_EXEMPLAR) alone += <u32> !link(row, <u32> i, load<u32>(place));
  }
  return alone;
}

function hasExemplars(): bool {
  const end = rows.at + rows.length;
  for (let row = rows.at; row < end; row += ROW_BYTES) {
    if (rowKind(row) == KIND_EXEMPLAR) return true;
  }
  return false;
}

function placeOf(row: usize): usize {
  return carriers.at + (<usize> sameLabels(row) << 2);
}

function isCarrier(row: usize, sendsHistograms: bool): bool {
  const kind = rowKind(row);
  return kind == KIND_SAMPLE || (sendsHistograms && isHistogram(kind));
}

/** Puts an exemplar before those of its carrier, the one before it or else the one behind it. */
function link(row: usize, number: u32, behind: u32): bool {
  const before = <u32> load<u64>(row);
  const carrier = before != 0 ? before : behind;
  if (carrier == 0) return false;
  const carrierRow = rows.at + <usize> (carrier - 1) * ROW_BYTES;
  store<u64>(row, load<u32>(carrierRow, 36));
  store<u32>(carrierRow, number, 36);
  return true;
}

/** The first exemplar of a carrier, or 0. */
// @ts-ignore: decorator
@inline
export function firstExemplar(row: usize): usize {
  return exemplarRow(load<u32>(row, 36));
}

// @ts-ignore: decorator
@inline
export function nextExemplar(row: usize): usize {
  return exemplarRow(<u32> load<u64>(row));
}

// @ts-ignore: decorator
@inline
function exemplarRow(number: u32): usize {
  return number == 0 ? 0 : rows.at + <usize> (number - 1) * ROW_BYTES;
}

export function countExemplars(row: usize): u32 {
  let count: u32 = 0;
  for (let one = firstExemplar(row); one != 0; one = nextExemplar(one)) count++;
  return count;
}
