/** Finds the metric's name among labels, for what a sender is told. */
import { labelNameAt, labelNameBytes, labelValueAt, labelValueBytes, readLabel } from "./label_read";
import { readLength, readTag, varint } from "../codec/protobuf";
import { isMetricName, Label, LABEL_BYTES } from "../batch/label";


/** What was found last; no bytes if there was none. */
export let metricAt: usize = 0;
export let metricBytes: usize = 0;

/** Among labels that were collected, see label.ts. */
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

/** Among the fields of labels as remote write 1.0 has them, which were read before. */
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
