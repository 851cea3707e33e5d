/**
 * Blocks of labels of one batch, of which is asked whether another one has the same ids.
 * The hash table uses open addressing. A slot is three u32: where the block begins in
 * `labelIds`, how many labels it has, and the hash of its ids; a block begins behind a word
 * of its own, so never at 0.
 */
import { labelIds } from "../batch/rows";
import { hashOf } from "../batch/symbols";
import { Buffer, createBuffer, reserve, sameBytes } from "../bytes/memory";

const SLOT_BYTES: usize = 12;

/** Empties a table and makes room for so many blocks. */
export function openBlocks(table: Buffer, blocks: u32): void {
  let slotCount: usize = 64;
  while (slotCount < <usize> blocks * 2) slotCount *= 2;
  const bytes = slotCount * SLOT_BYTES;
  table.length = 0;
  memory.fill(reserve(table, bytes), 0, bytes);
  table.length = bytes;
}

/** A table; it is of no use until it was opened. */
export function createBlocks(): Buffer {
  return createBuffer();
}

/** Adds a block, for which there must be room, unless there is one with the same ids. Returns whether there was none. */
export function addBlock(table: Buffer, labels: u32, count: usize): bool {
  const ids = labelIds.at + (<usize> labels << 2);
  const hash = hashOf(ids, count << 3);
  const mask = table.length / SLOT_BYTES - 1;
  let index = <usize> hash;
  while (true) {
    const slot = table.at + (index & mask) * SLOT_BYTES;
    const here = load<u32>(slot);
    if (here == 0) {
      store<u32>(slot, labels);
      store<u32>(slot, <u32> count, 4);
      store<u32>(slot, hash, 8);
      return true;
    }
    if (load<u32>(slot, 8) == hash && <usize> load<u32>(slot, 4) == count) {
      if (sameBytes(labelIds.at + (<usize> here << 2), ids, count << 3)) return false;
    }
    index++;
  }
}
