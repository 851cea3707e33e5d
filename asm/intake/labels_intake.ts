/**
 * The labels of a series on their way into the batch: names and values become
 * ids, and the rules that hold for every series are checked.
 */
import {
  RULE_DUPLICATE,
  RULE_EMPTY_NAME,
  RULE_NAME_UTF8,
  RULE_NO_METRIC_NAME,
  RULE_NONE,
  RULE_VALUE_UTF8,
} from "../abi/layout";
import { Buffer, createBuffer, reserve, reserveMore, sameBytes } from "../bytes/memory";
import { labelIds } from "../batch/rows";
import { compareNames, LABEL_BYTES, nameAt, nameBytes, valueAt, valueBytes } from "../batch/sort";
import { intern, internAfter, NOT_UTF8, symbolBase, symbolOffset } from "../batch/symbols";

/** The bytes `__name__` as a little-endian word. */
const METRIC_NAME: u64 = 0x5f5f_656d_616e_5f5f;
/** Of matchNames: the labels are to be sorted first. */
export const UNSORTED: i32 = -1;
const NO_ID: u32 = 0xffffffff;

/** The labels of the series at hand, see sort.ts; the fields at 16 and 20 become the ids of name and value. */
export const labels: Buffer = createBuffer();
/**
 * The labels of the series before, with offsets into the string table in place
 * of addresses. Neighbours in a scrape share most of their labels, so each label
 * is compared with the one in its place here before anything is looked up.
 */
const previous: Buffer = createBuffer();
let previousCount: usize = 0;
export let previousHash: u64 = 0;
export let previousIds: u32 = 0;

/** Files of Alloy may have series without a metric name: what was taken in once is passed on. */
let wantsMetricName: bool = true;

export function setWantsMetricName(wants: bool): void {
  wantsMetricName = wants;
}

/** The label that broke the rule that was told last; 0 if it was none in particular. */
export let badLabel: usize = 0;

export function broken(rule: i32, label: usize): i32 {
  badLabel = label;
  return rule;
}

/** Gives each name its id where the series before has the same name in the same place; checks names and their order. */
export function matchNames(count: usize): i32 {
  const base = symbolBase();
  const first = labels.at;
  const end = first + count * LABEL_BYTES;
  const previousEnd = previous.at + previousCount * LABEL_BYTES;
  let before = previous.at;
  let hasMetricName = false;
  let sameBefore = false;
  for (let label = first; label < end; label += LABEL_BYTES) {
    const at = nameAt(label);
    const bytes = nameBytes(label);
    if (bytes == 0) return broken(RULE_EMPTY_NAME, label);
    const same = before < previousEnd && nameBytes(before) == bytes &&
      sameBytes(at, base + nameAt(before), bytes);
    store<u32>(label, same ? load<u32>(before, 16) : NO_ID, 16);
    // Two names that the series before has in the same places are in order.
    if (!(same && sameBefore) && label > first) {
      const order = compareNames(label - LABEL_BYTES, label);
      if (order > 0) return UNSORTED;
      if (order == 0) {
        return hasLaterDisorder(label, end) ? UNSORTED : broken(RULE_DUPLICATE, label);
      }
    }
    if (bytes == 8 && load<u64>(at) == METRIC_NAME) hasMetricName = true;
    sameBefore = same;
    before += LABEL_BYTES;
  }
  return hasMetricName || !wantsMetricName ? RULE_NONE : broken(RULE_NO_METRIC_NAME, 0);
}

/** Which rule is told must not depend on the order that labels came in: an empty name may come later. */
function hasLaterDisorder(label: usize, end: usize): bool {
  for (label += LABEL_BYTES; label < end; label += LABEL_BYTES) {
    if (compareNames(label - LABEL_BYTES, label) > 0) return true;
  }
  return false;
}

/** Gives each name and value its id. */
export function internLabels(count: usize): i32 {
  const end = labels.at + count * LABEL_BYTES;
  const previousEnd = previous.at + previousCount * LABEL_BYTES;
  let before = previous.at;
  let base = symbolBase();
  for (let label = labels.at; label < end; label += LABEL_BYTES) {
    if (load<u32>(label, 16) == NO_ID) {
      const id = intern(nameAt(label), nameBytes(label));
      if (id == NOT_UTF8) return broken(RULE_NAME_UTF8, label);
      store<u32>(label, id, 16);
      base = symbolBase();
    }
    const at = valueAt(label);
    const bytes = valueBytes(label);
    let id: u32;
    const hasBefore = before < previousEnd;
    if (hasBefore && valueBytes(before) == bytes && sameBytes(at, base + valueAt(before), bytes)) {
      id = load<u32>(before, 20);
    } else {
      id = hasBefore ? internAfter(load<u32>(before, 20), at, bytes) : intern(at, bytes);
      if (id == NOT_UTF8) return broken(RULE_VALUE_UTF8, label);
      base = symbolBase();
    }
    store<u32>(label, id, 20);
    before += LABEL_BYTES;
  }
  return RULE_NONE;
}

export function sameAsPrevious(count: usize): bool {
  if (count != previousCount) return false;
  for (let i: usize = 0; i < count * LABEL_BYTES; i += LABEL_BYTES) {
    if (load<u64>(labels.at + i, 16) != load<u64>(previous.at + i, 16)) return false;
  }
  return true;
}

/** Keeps the ids of the series at hand and makes it the one before. */
export function remember(count: usize, hash: u64): void {
  let ids = reserveMore(labelIds, 4 + count * 8);
  store<u32>(ids, 0);
  ids += 4;
  previousIds = <u32> (labelIds.length >> 2) + 1;
  labelIds.length += 4 + count * 8;
  const valuesApart = count * 4;
  previousHash = hash;
  const before = reserve(previous, count * LABEL_BYTES);
  for (let i: usize = 0; i < count; i++) {
    const label = labels.at + i * LABEL_BYTES;
    const to = before + i * LABEL_BYTES;
    const nameId = load<u32>(label, 16);
    const valueId = load<u32>(label, 20);
    store<u32>(ids, nameId);
    store<u32>(ids + valuesApart, valueId);
    ids += 4;
    if (i >= previousCount || load<u32>(to, 16) != nameId) {
      store<u32>(to, symbolOffset(nameId));
      store<u32>(to, <u32> nameBytes(label), 4);
      store<u32>(to, nameId, 16);
    }
    if (i >= previousCount || load<u32>(to, 20) != valueId) {
      store<u32>(to, symbolOffset(valueId), 8);
      store<u32>(to, <u32> valueBytes(label), 12);
      store<u32>(to, valueId, 20);
    }
  }
  previousCount = count;
  previous.length = count * LABEL_BYTES;
}

/** The next series has none before it that could help. */
export function forgetPrevious(): void {
  previousCount = 0;
}
