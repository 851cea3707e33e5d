/** Sorts labels by the bytes of their names. */
import { compareBytes } from "../bytes/memory";

/** A label under way: where its name and value are, then what their numbers are. All u32. */
export const LABEL_BYTES: usize = 24;

// @ts-ignore: decorator
@inline
export function setLabel(
  label: usize,
  nameAt: usize,
  nameBytes: usize,
  valueAt: usize,
  valueBytes: usize,
): void {
  store<u32>(label, <u32> nameAt);
  store<u32>(label, <u32> nameBytes, 4);
  store<u32>(label, <u32> valueAt, 8);
  store<u32>(label, <u32> valueBytes, 12);
}

// @ts-ignore: decorator
@inline
export function nameAt(label: usize): usize {
  return <usize> load<u32>(label);
}

// @ts-ignore: decorator
@inline
export function nameBytes(label: usize): usize {
  return <usize> load<u32>(label, 4);
}

// @ts-ignore: decorator
@inline
export function valueAt(label: usize): usize {
  return <usize> load<u32>(label, 8);
}

// @ts-ignore: decorator
@inline
export function valueBytes(label: usize): usize {
  return <usize> load<u32>(label, 12);
}

export function compareNames(a: usize, b: usize): i32 {
  return compareBytes(nameAt(a), nameBytes(a), nameAt(b), nameBytes(b));
}

/** Equal names keep the order in which they came, which sortLabels notes in the last field. */
function comesBefore(a: usize, b: usize): bool {
  const order = compareNames(a, b);
  return order < 0 || (order == 0 && load<u32>(a, 20) < load<u32>(b, 20));
}

function swap(a: usize, b: usize): void {
  for (let i: usize = 0; i < LABEL_BYTES; i += 8) {
    const word = load<u64>(a + i);
    store<u64>(a + i, load<u64>(b + i));
    store<u64>(b + i, word);
  }
}

/**
 * Sorts `count` labels in place. A heap sort: a hostile series with a million
 * labels costs no more than n log n comparisons, and no memory.
 */
export function sortLabels(labels: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++) store<u32>(labels + i * LABEL_BYTES, <u32> i, 20);
  for (let i = count >> 1; i > 0; i--) sink(labels, i - 1, count);
  for (let last = count; last > 1; last--) {
    swap(labels, labels + (last - 1) * LABEL_BYTES);
    sink(labels, 0, last - 1);
  }
}

function sink(labels: usize, root: usize, count: usize): void {
  while (true) {
    let child = root * 2 + 1;
    if (child >= count) return;
    if (
      child + 1 < count &&
      comesBefore(labels + child * LABEL_BYTES, labels + (child + 1) * LABEL_BYTES)
    ) child++;
    if (!comesBefore(labels + root * LABEL_BYTES, labels + child * LABEL_BYTES)) return;
    swap(labels + root * LABEL_BYTES, labels + child * LABEL_BYTES);
    root = child;
  }
}
