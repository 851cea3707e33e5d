/**
 * Where labels were last written: a table from a shard's request, a name and a
 * value to the field's position and the row it was in. It has a fixed size and
 * forgets what it has no room for: all it costs then is a longer request.
 */
import { Row } from "../batch/rows";

/** What is remembered of a label; u32 but for the ids of name and value, u64. The key: */
const IDS: usize = 0;
const STAMP: usize = 8;
/** and what is found. */
const POSITION: usize = 12;
const ENTRY: usize = 16;
const ROW: usize = 20;
const VALUES: usize = 24;
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
  const slot = table + (<usize> (mixed >> (32 - SLOT_BITS)) << SLOT_SHIFT);
  const ids = <u64> name << 32 | <u64> value;
  const known = load<u64>(slot, IDS) == ids && load<u32>(slot, STAMP) == stamp;
  if (known) {
    foundPosition = <usize> load<u32>(slot, POSITION);
    foundRow = load<u32>(slot, ENTRY) == entry ? changetype<Row>(load<u32>(slot, ROW)) : null;
    foundValues = <usize> load<u32>(slot, VALUES);
  } else {
    store<u64>(slot, ids, IDS);
    store<u32>(slot, stamp, STAMP);
  }
  store<u32>(slot, <u32> position, POSITION);
  store<u32>(slot, entry, ENTRY);
  store<u32>(slot, <u32> changetype<usize>(row), ROW);
  store<u32>(slot, <u32> values, VALUES);
  return known;
}
