/**
 * Links exemplars to rows. In remote write 2.0 an exemplar comes with a sample or histogram
 * of its series, here called its parent. That is the last such row before it, or else the
 * first one after it. A parent's `extra` is the row number of its first exemplar plus one.
 * An exemplar's `hash` is the row number of the next exemplar plus one.
 */
import { Buffer, createBuffer, reserve } from "../bytes/memory";
import {
  isHistogram,
  KIND_EXEMPLAR,
  KIND_SAMPLE,
  labelIds,
  nthRow,
  Row,
  ROW_BYTES,
  rows,
} from "../batch/rows";
import { openSameLabels, sameLabels } from "./same_labels";

/** The row number of a parent plus one, by its block of labels. Equal blocks share the entry of the first. */
const parents: Buffer = createBuffer();

/** Links all exemplars of the batch. Returns how many found no parent. */
export function linkExemplars(sendsHistograms: bool): u32 {
  if (!hasExemplars()) return 0;
  memory.fill(reserve(parents, labelIds.length), 0, labelIds.length);
  openSameLabels();
  const count = rows.length / ROW_BYTES;
  for (let i: usize = 0; i < count; i++) {
    const row = nthRow(i);
    const place = placeOf(row);
    if (canBeParent(row, sendsHistograms)) {
      store<u32>(place, <u32> i + 1);
      row.extra = 0;
    } else if (row.kind == KIND_EXEMPLAR) {
      row.hash = load<u32>(place);
    }
  }
  memory.fill(parents.at, 0, labelIds.length);
  let alone: u32 = 0;
  for (let i = count; i > 0; i--) {
    const row = nthRow(i - 1);
    const place = placeOf(row);
    if (canBeParent(row, sendsHistograms)) store<u32>(place, <u32> i);
    else if (row.kind == KIND_EXEMPLAR) alone += <u32> !link(row, <u32> i, load<u32>(place));
  }
  return alone;
}

function hasExemplars(): bool {
  const end = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    if (row.kind == KIND_EXEMPLAR) return true;
  }
  return false;
}

function placeOf(row: Row): usize {
  return parents.at + (<usize> sameLabels(row) << 2);
}

function canBeParent(row: Row, sendsHistograms: bool): bool {
  const kind = row.kind;
  return kind == KIND_SAMPLE || (sendsHistograms && isHistogram(kind));
}

/** Puts an exemplar before the others of its parent. */
function link(row: Row, number: u32, behind: u32): bool {
  const before = <u32> row.hash;
  const parent = before != 0 ? before : behind;
  if (parent == 0) return false;
  const parentRow = nthRow(parent - 1);
  row.hash = parentRow.extra;
  parentRow.extra = number;
  return true;
}

/** The first exemplar of a parent, if it has one. */
// @ts-ignore: decorator
@inline
export function firstExemplar(row: Row): Row | null {
  return exemplarRow(row.extra);
}

// @ts-ignore: decorator
@inline
export function nextExemplar(row: Row): Row | null {
  return exemplarRow(<u32> row.hash);
}

// @ts-ignore: decorator
@inline
function exemplarRow(number: u32): Row | null {
  return number == 0 ? null : nthRow(number - 1);
}

export function countExemplars(row: Row): u32 {
  let count: u32 = 0;
  let exemplar = firstExemplar(row);
  while (exemplar != null) {
    count++;
    exemplar = nextExemplar(exemplar);
  }
  return count;
}
