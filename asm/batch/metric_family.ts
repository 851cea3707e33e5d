/**
 * Which family a metric belongs to, by its name: the family has that name, or the name without
 * a suffix that belongs to the family's type (OpenMetrics 1.0, "Suffixes"). As for Prometheus,
 * `_created` is none: such a series is a gauge of its own.
 */

/** Finds a family by its whole name. 0 is none, and what else it answers is the finder's. */
export type FindFamily = (at: usize, bytes: usize) => usize;

// A bit for each MetricMetadata.MetricType.
const COUNTER: u32 = 1 << 1;
const HISTOGRAM: u32 = 1 << 3;
const GAUGE_HISTOGRAM: u32 = 1 << 4;
const SUMMARY: u32 = 1 << 5;
const INFO: u32 = 1 << 6;
const ANY: u32 = 0xff;

/** The types of which the family that was found last has to be for the metric to belong to it. */
export let typesWanted: u32 = 0;

/** The family that the metric with this name may belong to; whether it does is said by `typesWanted`. */
export function findFamilyOf(at: usize, bytes: usize, find: FindFamily): usize {
  typesWanted = ANY;
  const whole = find(at, bytes);
  if (whole != 0) return whole;
  let length: usize = bytes;
  while (length > 1 && load<u8>(at + length - 1) != 0x5f) length--;
  if (length <= 1) return 0;
  typesWanted = typesWith(at + length, bytes - length);
  return typesWanted == 0 ? 0 : find(at, length - 1);
}

/** Whether a type is among them. */
// @ts-ignore: decorator
@inline
export function isOneOf(types: u32, type: u32): bool {
  return ((types >> type) & 1) != 0;
}

function typesWith(at: usize, bytes: usize): u32 {
  const word = bytes < 8 ? load<u64>(at) & (((<u64> 1) << (<u64> bytes << 3)) - 1) : load<u64>(at);
  if (bytes == 3 && word == 0x6d7573) return HISTOGRAM | SUMMARY; // sum
  if (bytes == 4 && word == 0x6d757367) return GAUGE_HISTOGRAM; // gsum
  if (bytes == 4 && word == 0x6f666e69) return INFO; // info
  if (bytes == 5 && word == 0x746e756f63) return HISTOGRAM | SUMMARY; // count
  if (bytes == 5 && word == 0x6c61746f74) return COUNTER; // total
  if (bytes == 6 && word == 0x746e756f6367) return GAUGE_HISTOGRAM; // gcount
  if (bytes == 6 && word == 0x74656b637562) return HISTOGRAM | GAUGE_HISTOGRAM; // bucket
  return 0;
}
