/** Finds the metric's name among labels, so that a sender can be told. */
import { KeptNames, stringAt } from "./kept/labels";
import { isMetricName, Label, LABEL_BYTES } from "../batch/label";

/** The name that was found last. It has no bytes if there was none. */
export let metricAt: usize = 0;
export let metricBytes: usize = 0;

/** Looks among labels that were collected: see label.ts. */
export function findMetric(labelAt: usize, end: usize): void {
  metricBytes = 0;
  for (; labelAt < end; labelAt += LABEL_BYTES) {
    const label = changetype<Label>(labelAt);
    if (!isMetricName(label.nameAt, label.nameBytes)) continue;
    metricAt = label.valueAt;
    metricBytes = label.valueBytes;
    return;
  }
}

/** Looks among the labels of a kept set. */
export function findMetricAmong(names: KeptNames, values: usize): void {
  metricBytes = 0;
  for (let i: usize = 0; i < names.count; i++) {
    const name = stringAt(names.stringsAt + (i << 2));
    if (!isMetricName(name.textAt, name.bytes)) continue;
    const value = stringAt(values + (i << 2));
    metricAt = value.textAt;
    metricBytes = value.bytes;
    return;
  }
}
