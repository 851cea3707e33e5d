/**
 * Finds rows of a batch that have equal labels in different blocks of ids. Files that write
 * the labels of each record anew have many such blocks. The hash table uses open
 * addressing. A slot is a u64: a block's hash, and the number of the first row with such
 * labels, plus one.
 */
import { Buffer, createBuffer, reserve, sameBytes } from "../bytes/memory";
import { nthRow, Row, ROW_BYTES, rows } from "../batch/rows";
import { hashOf } from "../batch/symbols";

const slots: Buffer = createBuffer();
let mask: u32 = 0;

let lastLabels: u32 = 0;
let lastFound: u32 = 0;

/** Forgets all rows. To be called before the rows of a batch are looked up, in order. */
export function openSameLabels(): void {
  let slotCount: u32 = 64;
  const blocks = countBlocks();
  while (slotCount < blocks * 2) slotCount *= 2;
  mask = slotCount - 1;
  const bytes = <usize> slotCount << 3;
  slots.length = 0;
  memory.fill(reserve(slots, bytes), 0, bytes);
  lastLabels = u32.MAX_VALUE;
}

/** How many blocks there are. One that comes again after another is counted again. */
function countBlocks(): u32 {
  let count: u32 = 0;
  let last: u32 = u32.MAX_VALUE;
  const end = rows.at + rows.length;
  for (let rowAt = rows.at; rowAt < end; rowAt += ROW_BYTES) {
    const row = changetype<Row>(rowAt);
    const labels = row.labels;
    count += <u32> (labels != last);
    last = labels;
  }
  return count;
}

/** Where the labels of the first row with labels equal to these begin, counted in ids. */
export function sameLabels(row: Row): u32 {
  const labels = row.labels;
  if (labels != lastLabels) {
    lastLabels = labels;
    lastFound = find(row);
  }
  return lastFound;
}

function find(row: Row): u32 {
  const ids = row.namesAt;
  const count = row.labelCount;
  const hash = hashOf(ids, count << 3);
  let index = hash;
  while (true) {
    const slot = slots.at + (<usize> (index & mask) << 3);
    const here = load<u64>(slot);
    if (here == 0) {
      const number = <u32> ((changetype<usize>(row) - rows.at) / ROW_BYTES) + 1;
      store<u64>(slot, (<u64> hash << 32) | <u64> number);
      return row.labels;
    }
    if (<u32> (here >> 32) == hash) {
      const other = nthRow(<u32> here - 1);
      const isSame = other.labelCount == count && sameBytes(other.namesAt, ids, count << 3);
      if (isSame) return other.labels;
    }
    index++;
  }
}
