/** Finds the metric's name among labels, so that a sender can be told. */
import { labelNameAt, labelNameBytes, labelValueAt, labelValueBytes, readLabel } from "../codec/label_pair";
import { readLength, readTag, varint } from "../codec/protobuf";
import { isMetricName, Label, LABEL_BYTES } from "../batch/label";
import { KeptString } from "../batch/kept_strings";


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

/** Looks among the labels of a kept set: its names and values are addresses of kept strings. */
export function findMetricInSet(names: usize, values: usize, count: usize): void {
  metricBytes = 0;
  for (let i: usize = 0; i < count; i++) {
    const name = changetype<KeptString>(load<u32>(names + (i << 2)));
    if (!isMetricName(name.textAt, name.bytes)) continue;
    const value = changetype<KeptString>(load<u32>(values + (i << 2)));
    metricAt = value.textAt;
    metricBytes = value.bytes;
    return;
  }
}

/** Looks among the label fields of a remote write 1.0 series, which were read before. */
export function findMetricInFields(at: usize, end: usize): void {
  metricBytes = 0;
  while (at < end) {
    at = readLength(readTag(at, end), end);
    const labelEnd = at + <usize> varint;
    readLabel(at, labelEnd);
    if (isMetricName(labelNameAt, labelNameBytes)) {
      metricAt = labelValueAt;
      metricBytes = labelValueBytes;
    }
    at = labelEnd;
  }
}
