/** Finds the metadata for a series of the current batch, by the name of its metric. */
import { Buffer, createBuffer, reserve } from "../bytes/memory";
import { findFamily, KnownFamily, knowsFamilies } from "./metadata_table";
import { Row } from "../batch/rows";
import { stringAt, stringBytes, stringCount } from "../batch/strings";
import { isMetricName } from "../batch/label";
import { metricBefore } from "../relabel/blocks";
import { hasRules } from "../relabel/rows";

/** Stands for a name without a family. */
const NONE: u32 = 1;

/**
 * The metadata entry of the metric with a name, by the name's string id. It is NONE if
 * there is none, and 0 until it was looked up.
 */
const familyOfName: Buffer = createBuffer();

/** To be called when the strings are those of another batch, or new families are known. */
export function forgetFamilies(): void {
  familyOfName.length = 0;
}

/** The family of a row, if its metadata is known. */
export function familyOf(row: Row): KnownFamily | null {
  if (!knowsFamilies()) return null;
  // A series that rules have renamed is still what it was.
  if (hasRules) return familyOfNumber(metricBefore(row));
  const count = row.labelCount;
  const names = row.namesAt;
  for (let i: usize = 0; i < count; i++) {
    const name = load<u32>(names + (i << 2));
    if (!isMetricName(stringAt(name), stringBytes(name))) continue;
    return familyNamed(load<u32>(names + ((count + i) << 2)));
  }
  return null;
}

function familyOfNumber(metric: u32): KnownFamily | null {
  return metric == 0 ? null : familyNamed(metric - 1);
}

function familyNamed(name: u32): KnownFamily | null {
  if (familyOfName.length == 0) {
    const bytes = <usize> stringCount() << 2;
    memory.fill(reserve(familyOfName, bytes), 0, bytes);
    familyOfName.length = bytes;
  }
  const place = familyOfName.at + (<usize> name << 2);
  const known = load<u32>(place);
  if (known != 0) return known == NONE ? null : changetype<KnownFamily>(known);
  const found = search(stringAt(name), stringBytes(name));
  store<u32>(place, found == null ? NONE : <u32> changetype<usize>(found));
  return found;
}

// A bit for each MetricMetadata.MetricType.
const COUNTER: u32 = 1 << 1;
const HISTOGRAM: u32 = 1 << 3;
const GAUGE_HISTOGRAM: u32 = 1 << 4;
const SUMMARY: u32 = 1 << 5;
const INFO: u32 = 1 << 6;

/**
 * The family of a series has the series' name, or that name without a suffix that
 * belongs to the family's type (OpenMetrics 1.0, "Suffixes"). As for Prometheus, `_created`
 * is none: such a series is a gauge of its own.
 */
function search(at: usize, bytes: usize): KnownFamily | null {
  const whole = findFamily(at, bytes);
  if (whole != null) return whole;
  let length: usize = bytes;
  while (length > 1 && load<u8>(at + length - 1) != 0x5f) length--;
  if (length <= 1) return null;
  const types = typesWith(at + length, bytes - length);
  if (types == 0) return null;
  const family = findFamily(at, length - 1);
  return family != null && ((types >> family.type) & 1) != 0 ? family : null;
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
