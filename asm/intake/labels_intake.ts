/**
 * Takes the labels of a series into the batch. Names and values become ids, and the rules
 * that hold for every series are checked.
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
import { compareNames } from "../batch/sort";
import { intern, internAfter, NOT_UTF8, symbolBase, symbolOffset } from "../batch/symbols";
import { isMetricName, Label, LABEL_BYTES, nthLabel } from "../batch/label";

/** matchNames answers this if the labels must be sorted first. */
export const UNSORTED: i32 = -1;
const NO_ID: u32 = 0xffffffff;

/** The labels of the current series, with the ids of name and value: see label.ts. */
export const labels: Buffer = createBuffer();
/**
 * The labels of the previous series, with offsets into the string table in place of
 * addresses. Neighbours in a scrape share most of their labels. So each label is compared
 * with the one in the same place here before anything is looked up.
 */
const previous: Buffer = createBuffer();
let previousCount: usize = 0;
export let previousHash: u64 = 0;
export let previousIds: u32 = 0;

/**
 * Whether a series must have a metric name. Alloy's files may have series without one;
 * they were taken in once and are passed on.
 */
let wantsMetricName: bool = true;

export function setWantsMetricName(wants: bool): void {
  wantsMetricName = wants;
}

/** The label that broke the last rule, if it was one label. */
export let badLabel: Label | null = null;

export function broken(rule: i32, label: Label | null): i32 {
  badLabel = label;
  return rule;
}

/**
 * Checks names and their order. A name gets its id if the previous series has the same
 * name in the same place.
 */
export function matchNames(count: usize): i32 {
  const base = symbolBase();
  const first = labels.at;
  const end = first + count * LABEL_BYTES;
  const previousEnd = previous.at + previousCount * LABEL_BYTES;
  let beforeAt = previous.at;
  let hasMetricName = false;
  let sameBefore = false;
  for (let labelAt = first; labelAt < end; labelAt += LABEL_BYTES) {
    const label = changetype<Label>(labelAt);
    const at = label.nameAt;
    const bytes = label.nameBytes;
    if (bytes == 0) return broken(RULE_EMPTY_NAME, label);
    const before = changetype<Label>(beforeAt);
    const same = beforeAt < previousEnd && before.nameBytes == bytes &&
      sameBytes(at, base + before.nameAt, bytes);
    label.nameId = same ? before.nameId : NO_ID;
    // Two names that the previous series has in the same places are in order.
    if (!(same && sameBefore) && labelAt > first) {
      const order = compareNames(changetype<Label>(labelAt - LABEL_BYTES), label);
      if (order > 0) return UNSORTED;
      if (order == 0) {
        return hasLaterDisorder(labelAt, end) ? UNSORTED : broken(RULE_DUPLICATE, label);
      }
    }
    if (isMetricName(at, bytes)) hasMetricName = true;
    sameBefore = same;
    beforeAt += LABEL_BYTES;
  }
  return hasMetricName || !wantsMetricName ? RULE_NONE : broken(RULE_NO_METRIC_NAME, null);
}

/**
 * Finds the rule that is told. It must not depend on the order of the labels, and an empty
 * name may come later.
 */
function hasLaterDisorder(labelAt: usize, end: usize): bool {
  for (labelAt += LABEL_BYTES; labelAt < end; labelAt += LABEL_BYTES) {
    const before = changetype<Label>(labelAt - LABEL_BYTES);
    if (compareNames(before, changetype<Label>(labelAt)) > 0) return true;
  }
  return false;
}

/** Gives each name and value its id. */
export function internLabels(count: usize): i32 {
  const end = labels.at + count * LABEL_BYTES;
  const previousEnd = previous.at + previousCount * LABEL_BYTES;
  let beforeAt = previous.at;
  let base = symbolBase();
  for (let labelAt = labels.at; labelAt < end; labelAt += LABEL_BYTES) {
    const label = changetype<Label>(labelAt);
    if (label.nameId == NO_ID) {
      const id = intern(label.nameAt, label.nameBytes);
      if (id == NOT_UTF8) return broken(RULE_NAME_UTF8, label);
      label.nameId = id;
      base = symbolBase();
    }
    const at = label.valueAt;
    const bytes = label.valueBytes;
    let id: u32;
    const hasBefore = beforeAt < previousEnd;
    const before = changetype<Label>(beforeAt);
    if (hasBefore && before.valueBytes == bytes && sameBytes(at, base + before.valueAt, bytes)) {
      id = before.valueId;
    } else {
      id = hasBefore ? internAfter(before.valueId, at, bytes) : intern(at, bytes);
      if (id == NOT_UTF8) return broken(RULE_VALUE_UTF8, label);
      base = symbolBase();
    }
    label.valueId = id;
    beforeAt += LABEL_BYTES;
  }
  return RULE_NONE;
}

export function sameAsPrevious(count: usize): bool {
  if (count != previousCount) return false;
  // Both ids at once.
  const ids = offsetof<Label>("nameId");
  for (let i: usize = 0; i < count * LABEL_BYTES; i += LABEL_BYTES) {
    if (load<u64>(labels.at + i, ids) != load<u64>(previous.at + i, ids)) return false;
  }
  return true;
}

/** Keeps the ids of the current series, which becomes the previous one. */
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
    const label = nthLabel(labels.at, i);
    const to = nthLabel(before, i);
    const nameId = label.nameId;
    const valueId = label.valueId;
    store<u32>(ids, nameId);
    store<u32>(ids + valuesApart, valueId);
    ids += 4;
    if (i >= previousCount || to.nameId != nameId) {
      to.nameAt = symbolOffset(nameId);
      to.nameBytes = label.nameBytes;
      to.nameId = nameId;
    }
    if (i >= previousCount || to.valueId != valueId) {
      to.valueAt = symbolOffset(valueId);
      to.valueBytes = label.valueBytes;
      to.valueId = valueId;
    }
  }
  previousCount = count;
  previous.length = count * LABEL_BYTES;
}

/** Forgets the previous series, so that the next one is compared with none. */
export function forgetPrevious(): void {
  previousCount = 0;
}
