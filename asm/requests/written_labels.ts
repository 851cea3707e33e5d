/**
 * Where labels were last written: a table from a shard's request, a name and a
 * value to the field's position and the row it was in. It has a fixed size and
 * forgets what it has no room for: all it costs then is a longer request.
 */
import { Row } from "../batch/rows";

/** What is remembered of a label. */
@unmanaged
class WrittenLabel {
  /** The key: the ids of name and value, */
  ids: u64;
  stamp: u32;
  /** and what is found: see exchangePlace. */
  position: usize;
  entry: u32;
  row: Row | null;
  values: usize;
}

/** As large as a `WrittenLabel`, whose last word is free. */
const SLOT_SHIFT: usize = 5;
const SLOT_BITS: u32 = 12;

const table: usize = memory.data(131072, 64);

/** What exchangePlace found last: where the field began, */
export let foundPosition: usize = 0;
/** the row, none if the label had another place in it, and the ids of its values. */
export let foundRow: Row | null = null;
export let foundValues: usize = 0;

/**
 * Looks for a label, and notes its new place. A stamp is for one request and one
 * batch: string ids and rows mean nothing in others. An entry number tells labels
 * of other plans from each other.
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
