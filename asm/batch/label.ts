/** Labels that are being worked on: of a series that comes in, of an exemplar, or of a row that is sent. */

/** Where a label's name and value are, and their ids. */
@unmanaged
export class Label {
  nameAt: usize;
  nameBytes: usize;
  valueAt: usize;
  valueBytes: usize;
  /** The id of its name. For a row that is sent, the label's number in the row. */
  nameId: u32;
  /** The id of its value. While labels are sorted, the number in which they came. */
  valueId: u32;
}

export const LABEL_BYTES: usize = offsetof<Label>();

/** The bytes `__name__` as a little-endian word. */
const METRIC_NAME: u64 = 0x5f5f_656d_616e_5f5f;

/**
 * Whether bytes are the name of the label that has the metric's name. May read up to 7
 * bytes past their end.
 */
// @ts-ignore: decorator
@inline
export function isMetricName(at: usize, bytes: usize): bool {
  return bytes == 8 && load<u64>(at) == METRIC_NAME;
}

/** One of the labels of an array that begins at `labels`. */
// @ts-ignore: decorator
@inline
export function nthLabel(labels: usize, number: usize): Label {
  return changetype<Label>(labels + number * LABEL_BYTES);
}

/** Writes a label to `at`, without its ids. */
// @ts-ignore: decorator
@inline
export function setLabel(
  at: usize,
  nameAt: usize,
  nameBytes: usize,
  valueAt: usize,
  valueBytes: usize,
): void {
  const label = changetype<Label>(at);
  label.nameAt = nameAt;
  label.nameBytes = nameBytes;
  label.valueAt = valueAt;
  label.valueBytes = valueBytes;
}
