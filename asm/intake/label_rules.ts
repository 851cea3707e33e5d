/** The rules for labels that users can set: limits, and which names are valid. */
import {
  NAMES_LEGACY,
  RULE_LABEL_COUNT,
  RULE_NAME_LEGACY,
  RULE_NAME_LENGTH,
  RULE_NONE,
  RULE_VALUE_LENGTH,
} from "../abi/layout";
import { isMetricName, Label, LABEL_BYTES } from "../batch/label";


let isLegacy: bool = false;
let labelsMax: usize = usize.MAX_VALUE;
let nameBytesMax: usize = usize.MAX_VALUE;
let valueBytesMax: usize = usize.MAX_VALUE;
let hasRules: bool = false;

/** The label that broke the last rule, if it was one label, and the limit of that rule. */
export let brokenLabel: Label | null = null;
export let brokenLimit: usize = 0;

/** Sets the rules. A limit of 0 is none. */
export function setLabelRules(names: i32, labels: u32, nameLength: u32, valueLength: u32): void {
  isLegacy = names == NAMES_LEGACY;
  labelsMax = limitOf(labels);
  nameBytesMax = limitOf(nameLength);
  valueBytesMax = limitOf(valueLength);
  hasRules = isLegacy || labels != 0 || nameLength != 0 || valueLength != 0;
}

function limitOf(limit: u32): usize {
  return limit == 0 ? usize.MAX_VALUE : <usize> limit;
}

/** The rule that sorted labels break, or RULE_NONE. */
// @ts-ignore: decorator
@inline
export function checkLabelRules(labels: usize, count: usize): i32 {
  return hasRules ? checkAll(labels, count) : RULE_NONE;
}

function checkAll(labels: usize, count: usize): i32 {
  brokenLabel = null;
  if (count > labelsMax) return broken(RULE_LABEL_COUNT, null, labelsMax);
  const end = labels + count * LABEL_BYTES;
  for (let labelAt = labels; labelAt < end; labelAt += LABEL_BYTES) {
    const label = changetype<Label>(labelAt);
    if (label.nameBytes > nameBytesMax) return broken(RULE_NAME_LENGTH, label, nameBytesMax);
    if (label.valueBytes > valueBytesMax) return broken(RULE_VALUE_LENGTH, label, valueBytesMax);
    if (isLegacy && !isLegacyLabel(label)) return broken(RULE_NAME_LEGACY, label, 0);
  }
  return RULE_NONE;
}

function broken(rule: i32, label: Label | null, limit: usize): i32 {
  brokenLabel = label;
  brokenLimit = limit;
  return rule;
}

/** Whether a name matches the classic pattern. Only metric names may have a colon. */
function isLegacyLabel(label: Label): bool {
  const isMetric = isMetricName(label.nameAt, label.nameBytes);
  if (isMetric) return isLegacyName(label.valueAt, label.valueBytes, true);
  return isLegacyName(label.nameAt, label.nameBytes, false);
}

/** Whether bytes match `[a-zA-Z_][a-zA-Z0-9_]*`. Where a colon is allowed, it counts as a letter. */
function isLegacyName(at: usize, bytes: usize, hasColon: bool): bool {
  for (let i: usize = 0; i < bytes; i++) {
    const byte = <u32> load<u8>(at + i);
    const isLetter = (byte | 0x20) - 0x61 < 26 || byte == 0x5f || (hasColon && byte == 0x3a);
    if (!isLetter && (i == 0 || byte - 0x30 >= 10)) return false;
  }
  return bytes != 0;
}
