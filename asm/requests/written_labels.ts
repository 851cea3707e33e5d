/**
 * Remembers where labels were last written. The key is a shard's request, a name and a
 * value. The answer is the field's position and the row that it was in. The table has a
 * fixed size and forgets what it has no room for. Forgetting costs a longer request and
 * nothing else.
 */
import { Row } from "../batch/rows";

/** What is remembered of a label. */
@unmanaged
class WrittenLabel {
  /** The ids of name and value, which are a part of the key. */
  ids: u64;
  stamp: u32;
  /** What exchangePlace finds. */
  position: usize;
  entry: u32;
  row: Row | null;
  values: usize;
}

/** As large as a `WrittenLabel`, whose last word is free. */
const SLOT_SHIFT: usize = 5;
const SLOT_BITS: u32 = 12;

const table: usize = memory.data(131072, 64);

/** Where the field began that exchangePlace found last. */
export let foundPosition: usize = 0;
/** The row of that field, if the label had the same place in it, and the ids of its values. */
export let foundRow: Row | null = null;
export let foundValues: usize = 0;

/**
 * Looks for a label, and notes its new place. A stamp stands for one request and one batch,
 * since string ids and rows mean nothing in others. An entry number tells the labels of
 * different plans apart.
 */
// @ts-ignore: decorator
@inline
export function exchangePlace(
  stamp: u32,
  name: u32,
  value: u32,
  entry: u32,
  position: usize,
  row: Row | null,
  values: usize,
): bool {
  const mixed = name * 0x85ebca6b + value * 0x9e3779b1 + stamp * 0xc2b2ae35;
  const slot = changetype<WrittenLabel>(
    table + (<usize> (mixed >> (32 - SLOT_BITS)) << SLOT_SHIFT),
  );
  const ids = <u64> name << 32 | <u64> value;
  const known = slot.ids == ids && slot.stamp == stamp;
  if (known) {
    foundPosition = slot.position;
    foundRow = slot.entry == entry ? slot.row : null;
    foundValues = slot.values;
  } else {
    slot.ids = ids;
    slot.stamp = stamp;
  }
  slot.position = position;
  slot.entry = entry;
  slot.row = row;
  slot.values = values;
  return known;
}
