/**
 * The signals of a batch, in no file's layout: what a writer collects and what a
 * reader has read.
 *
 * `labelIds` has blocks of u32. The labels of a series: one word that belongs to
 * whoever works on the whole batch (0 at first), and then, where `labels` of a row
 * points to, the ids of the names, then those of the values. An exemplar's own
 * labels are `ExemplarLabels`.
 *
 * A histogram in `blobs` is a `Histogram` message of remote write (1.0 and 2.0
 * have the same) in one form, whatever it came as: fields in ascending order
 * without timestamp (15) and start_timestamp (17), which the row has; count (1 or
 * 2), sum (3) and zero_count (6 or 7) always written, schema (4), zero_threshold
 * (5, by its bits) and reset_hint (14) unless 0; numbers that repeat (9, 10, 12,
 * 13, 16) packed, and left out when there are none.
 */
import { Buffer, createBuffer, reserveMore } from "../bytes/memory";
import { switches } from "./metadata_order";

export const KIND_SAMPLE: u32 = 0;
/** A native histogram with exponential buckets. */
export const KIND_HISTOGRAM: u32 = 1;
/** A native histogram with custom buckets: schema -53. */
export const KIND_CUSTOM_HISTOGRAM: u32 = 2;
export const KIND_EXEMPLAR: u32 = 3;
/** A row of a file of which only is known that it is a signal. It can only be counted. */
export const KIND_UNSUPPORTED: u32 = 4;

/** A sample, a histogram or an exemplar of one series. */
@unmanaged
export class Row {
  /** The hash of the labels; 0 while nothing has needed it. */
  hash: u64;
  timestampMs: i64;
  /**
   * The bits of a sample's double, so that a NaN keeps its payload. For a histogram, the
   * lower half is its offset in `blobs` and the upper half its length.
   */
  valueBits: u64;
  /** Where its labels begin in `labelIds`, counted in ids, and how many labels it has. */
  labels: u32;
  labelCount: usize;
  kind: u32;
  /**
   * For an exemplar, where its own labels begin in `labelIds`, counted in ids. For a sample
   * of a writer, the handle of its label set, or 0, and whether its labels are to be handed
   * over with it: HANDED_INLINE.
   */
  extra: u32;
  /** 0 if there is none. */
  startMs: i64;

  /** Where the ids of its labels' names are; those of the values follow. */
  @inline
  get namesAt(): usize {
    return labelIds.at + (<usize> this.labels << 2);
  }

  /** Where the ids of its labels' values are. */
  @inline
  get valuesAt(): usize {
    return this.namesAt + (this.labelCount << 2);
  }

  /** Where a histogram's bytes are. */
  @inline
  get blobAt(): usize {
    return blobs.at + <usize> load<u32>(changetype<usize>(this), offsetof<Row>("valueBits"));
  }

  @inline
  get blobBytes(): usize {
    return <usize> load<u32>(changetype<usize>(this), offsetof<Row>("valueBits") + 4);
  }

  /** An exemplar's own labels. */
  @inline
  get exemplarLabels(): ExemplarLabels {
    return changetype<ExemplarLabels>(labelIds.at + (<usize> this.extra << 2));
  }
}

export const ROW_BYTES: usize = offsetof<Row>();

// @ts-ignore: decorator
@inline
export function exemplarLabelsBytes(count: usize): usize {
  return offsetof<ExemplarLabels>() + (count << 3);
}

/** A signal that is not a row yet, because the labels of its series are not known. */
@unmanaged
export class Sample {
  /** The same as in a row. */
  valueBits: u64;
  timestampMs: i64;
  /** 0 if there is none. For an exemplar, where its message ends. */
  startMs: i64;
  kind: u32;
  /** For an exemplar, where its message begins. */
  extra: u32;
}

export const SAMPLE_BYTES: usize = offsetof<Sample>();

/** The labels of an exemplar. The ids of the names follow this object, and then those of the values. */
@unmanaged
export class ExemplarLabels {
  count: usize;

  /** One of all ids, of which those of the names come first. */
  @inline
  id(i: usize): u32 {
    return load<u32>(changetype<usize>(this) + (i << 2), offsetof<ExemplarLabels>());
  }

  @inline
  nameId(i: usize): u32 {
    return this.id(i);
  }

  @inline
  valueId(i: usize): u32 {
    return this.id(this.count + i);
  }

  /** Sets the ids of a label. */
  @inline
  set(i: usize, name: u32, value: u32): void {
    const ids = changetype<usize>(this) + offsetof<ExemplarLabels>();
    store<u32>(ids + (i << 2), name);
    store<u32>(ids + ((this.count + i) << 2), value);
  }
}

export const rows: Buffer = createBuffer();
export const labelIds: Buffer = createBuffer();
export const blobs: Buffer = createBuffer();

export const NO_STRING: u32 = 0xffffffff;

/** What is known of a metric family. */
@unmanaged
export class MetadataEntry {
  /** The id of the family's name. */
  family: u32;
  /** MetricMetadata.MetricType, the same numbers in 1.0 and 2.0. */
  type: u32;
  /** The ids of help and unit, NO_STRING where there is none. */
  help: u32;
  unit: u32;
  /** For a reader: it was counted as a signal. */
  isCounted: u32;
}

export const METADATA_BYTES: usize = offsetof<MetadataEntry>();

/** The metadata entries of a batch. */
export const metadata: Buffer = createBuffer();

export function addRow(
  hash: u64,
  timestampMs: i64,
  valueBits: u64,
  labels: u32,
  labelCount: usize,
  kind: u32,
  extra: u32 = 0,
  startMs: i64 = 0,
): void {
  const row = changetype<Row>(reserveMore(rows, ROW_BYTES));
  row.hash = hash;
  row.timestampMs = timestampMs;
  row.valueBits = valueBits;
  row.labels = labels;
  row.labelCount = labelCount;
  row.kind = kind;
  row.extra = extra;
  row.startMs = startMs;
  rows.length += ROW_BYTES;
}

export function addMetadata(family: u32, type: u32, help: u32, unit: u32): void {
  const entry = changetype<MetadataEntry>(reserveMore(metadata, METADATA_BYTES));
  entry.family = family;
  entry.type = type;
  entry.help = help;
  entry.unit = unit;
  entry.isCounted = 0;
  metadata.length += METADATA_BYTES;
}

/** The row of this number, from 0. */
// @ts-ignore: decorator
@inline
export function nthRow(number: usize): Row {
  return changetype<Row>(rows.at + number * ROW_BYTES);
}

export function isHistogram(kind: u32): bool {
  return kind == KIND_HISTOGRAM || kind == KIND_CUSTOM_HISTOGRAM;
}

export function clearRows(): void {
  rows.length = 0;
  labelIds.length = 0;
  blobs.length = 0;
  metadata.length = 0;
  switches.length = 0;
}
