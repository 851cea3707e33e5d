/**
 * What is remembered of a target, as records in one buffer that know each other by their
 * offsets in it. So the buffer may move, also into the memory of another instance.
 *
 * A line of a page is a `Line`: its key is what it said, but for the number. What relabeling
 * made of it is a `LabelSet`, which lines may share. Whether something was in a page is a
 * mark with the page's number: that of the last page it was in, and the one before if that
 * was the last page that was kept, since the page at hand may yet be forgotten.
 */

/** Kinds of records. */
export const RECORD_SERIES: u32 = 1;
export const RECORD_METADATA: u32 = 2;
export const RECORD_SET: u32 = 3;
export const RECORD_PART: u32 = 4;

/** What all records begin with. */
@unmanaged
export class Record {
  kind: u32;
  /** Bytes of the record with all that belongs to it; a multiple of eight. */
  size: u32;
  /** The number of the last page that it was in. */
  mark: u32;
  /** The number of the page before that, if that was kept. */
  before: u32;
}

/** What a line of a page said, but for its number. Its bytes follow. */
@unmanaged
export class Line extends Record {
  /** The line that followed it the last time. */
  next: u32;
  hash: u32;
  keyBytes: u32;
  /** Of a series: its `LabelSet`, or one of the outcomes below. Of metadata: which one it is. */
  set: u32;
  /** Of a series: its `Part`, if one was needed, or 0. Of metadata: the type, or how the help is written. */
  part: u32;
  // Of metadata: where in the key the name of the family and the text are.
  nameAt: u32;
  nameBytes: u32;
  textAt: u32;
  textBytes: u32;
  /** Of metadata: the how many-th of its page it is. Of a series: the page in which relabeling was asked about it. */
  place: u32;
}

export const LINE_BYTES: usize = offsetof<Line>();

/** In place of a set: relabeling was not asked yet, has dropped the series, or is being asked. Offsets are larger. */
export const SET_UNKNOWN: u32 = 0;
export const SET_DROPPED: u32 = 1;
export const SET_ASKED: u32 = 2;

/** The labels of a series as they are sent. Its mark is for pages in which its end would be told. Fields of a TimeSeries follow. */
@unmanaged
export class LabelSet extends Record {
  hash: u32;
  labelBytes: u32;
  /** The timestamp of its last sample in the page whose number `written` is. */
  lastMs: i64;
  written: u32;
  /** A hash of the exemplars that were sent with it last. */
  exemplars: u32;
  /** By which the writer knows the labels, or 0. */
  handle: u32;
}

export const SET_BYTES: usize = offsetof<LabelSet>();

/** What a series is to a family: which part of a histogram, or whose start timestamp. */
@unmanaged
export class Part extends Record {
  /** The line with the type that this was found out under, and how long the family's name was. */
  type: u32;
  familyBytes: u32;
  /** A hash of the family's name and the labels but for `le` or `quantile`: of those that begin together. */
  family: u64;
  /** A hash of the name without its suffix and the labels but for `le`: of those that are one histogram. */
  group: u64;
  /** The upper bound, of a bucket. */
  bound: f64;
  /** One of the parts below. */
  part: u32;
  /** The line of the histogram that the series is a part of, once there was one. */
  histogram: u32;
}

export const PART_BYTES: usize = offsetof<Part>();

export const PART_NONE: u32 = 0;
export const PART_BUCKET: u32 = 1;
export const PART_SUM: u32 = 2;
export const PART_COUNT: u32 = 3;
/** When the family began: a line of its own in OpenMetrics. */
export const PART_CREATED: u32 = 4;

// What a line of metadata is.
export const METADATA_HELP: u32 = 0;
export const METADATA_TYPE: u32 = 1;
export const METADATA_UNIT: u32 = 2;

/** How the text of `# HELP` is written: in which of the formats. Of a line of metadata that is help. */
export const HELP_TEXT: u32 = 0;
export const HELP_OPEN: u32 = 1;
export const HELP_PLAIN: u32 = 2;

/** Records begin at multiples of this. */
const ALIGNMENT: usize = 8;

// @ts-ignore: decorator
@inline
export function sizeOf(bytes: usize): usize {
  return (bytes + (ALIGNMENT - 1)) & ~(ALIGNMENT - 1);
}
