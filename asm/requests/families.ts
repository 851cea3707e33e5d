/** Finds the metadata for a series of the current batch, by the name of its metric. */
import { Buffer, createBuffer, reserve } from "../bytes/memory";
import { findFamily, KnownFamily, knowsFamilies } from "./metadata_table";
import { Row } from "../batch/rows";
import { stringAt, stringBytes, stringCount } from "../batch/strings";
import { isMetricName } from "../batch/label";
import { findFamilyOf, isOneOf, typesWanted } from "../batch/metric_family";
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

function search(at: usize, bytes: usize): KnownFamily | null {
  const family = changetype<KnownFamily | null>(findFamilyOf(at, bytes, findAddress));
  return family != null && isOneOf(typesWanted, family.type) ? family : null;
}

function findAddress(at: usize, bytes: usize): usize {
  return changetype<usize>(findFamily(at, bytes));
}
