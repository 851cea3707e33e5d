/** Sorts labels by the bytes of their names. */
import { compareBytes } from "../bytes/memory";
import { Label, LABEL_BYTES, nthLabel } from "./label";

export function compareNames(a: Label, b: Label): i32 {
  return compareBytes(a.nameAt, a.nameBytes, b.nameAt, b.nameBytes);
}

/** Orders labels by name. Equal names keep the order in which they came, which sortLabels notes. */
function comesBefore(a: Label, b: Label): bool {
  const order = compareNames(a, b);
  return order < 0 || (order == 0 && a.valueId < b.valueId);
}

function swap(a: Label, b: Label): void {
  for (let i: usize = 0; i < LABEL_BYTES; i += 8) {
    const left = changetype<usize>(a) + i;
    const right = changetype<usize>(b) + i;
    const word = load<u64>(left);
    store<u64>(left, load<u64>(right));
    store<u64>(right, word);
  }
}

/**
 * Sorts `count` labels in place. It is a heap sort, so that a hostile series with a
 * million labels costs no more than n log n comparisons, and no memory.
 */
export function sortLabels(labels: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) nthLabel(labels, i).valueId = <u32> i;
  for (let i = count >> 1; i > 0; i--) sink(labels, i - 1, count);
  for (let last = count; last > 1; last--) {
    swap(nthLabel(labels, 0), nthLabel(labels, last - 1));
    sink(labels, 0, last - 1);
  }
}

function sink(labels: usize, root: usize, count: usize): void {
  while (true) {
    let child = root * 2 + 1;
    if (child >= count) return;
    const hasTwo = child + 1 < count;
    if (hasTwo && comesBefore(nthLabel(labels, child), nthLabel(labels, child + 1))) child++;
    if (!comesBefore(nthLabel(labels, root), nthLabel(labels, child))) return;
    swap(nthLabel(labels, root), nthLabel(labels, child));
    root = child;
  }
}
