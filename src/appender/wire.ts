/**
 * The few messages of remote write 1.0 that the appender writes (prompb/types.proto):
 *
 *     TimeSeries { labels = 1 (Label), samples = 2 (Sample) }
 *     Label      { name = 1, value = 2 }
 *     Sample     { value = 1 double, timestamp = 2 int64, start_timestamp = 3 int64, as in 2.0 }
 *
 * Commits go the way of requests, so there is one way into the kernel.
 */
import {
  bytesFieldBytes,
  int64Bytes,
  putBytes,
  putInt64,
  putVarint,
  VARINT_BYTES_MAX,
} from "../protobuf.ts";

const WRITE_REQUEST_TIMESERIES = 0x0a;
const TIMESERIES_LABELS = 0x0a;
const TIMESERIES_SAMPLES = 0x12;
const LABEL_NAME = 0x0a;
const LABEL_VALUE = 0x12;
const SAMPLE_VALUE = 0x09;
const SAMPLE_TIMESTAMP = 0x10;
const SAMPLE_START = 0x18;

const DOUBLE_BYTES = 8;
/** Tags, lengths and the sample: what a row takes at most beside its labels. */
export const ROW_OVERHEAD_BYTES_MAX: number = 1 + 5 + 1 + 1 + 1 + DOUBLE_BYTES + 2 +
  2 * VARINT_BYTES_MAX;

const encoder = new TextEncoder();

/** The `labels` fields of a TimeSeries, in the order given. */
export function encodeLabels(labels: readonly (readonly [string, string])[]): Uint8Array {
  const parts = labels.map(([name, value]) =>
    [encoder.encode(name), encoder.encode(value)] as const
  );
  const lengths = parts.map(([name, value]) =>
    bytesFieldBytes(name.length) + bytesFieldBytes(value.length)
  );
  const total = lengths.reduce((sum, length) => sum + bytesFieldBytes(length), 0);
  const out = new Uint8Array(total);
  let at = 0;
  for (const [index, [name, value]] of parts.entries()) {
    out[at++] = TIMESERIES_LABELS;
    at = putVarint(out, at, lengths[index]!);
    at = putBytes(out, at, LABEL_NAME, name);
    at = putBytes(out, at, LABEL_VALUE, value);
  }
  return out;
}

/** Writes one series with one sample at `at`; returns where it ends. */
export function putRow(
  out: Uint8Array,
  view: DataView,
  at: number,
  row: {
    readonly labels: Uint8Array;
    readonly timestampMs: number;
    readonly value: number;
    /** 0 where it is not known. */
    readonly startMs: number;
  },
): number {
  const { startMs } = row;
  const startLength = startMs === 0 ? 0 : 1 + int64Bytes(startMs);
  const sampleLength = 1 + DOUBLE_BYTES + 1 + int64Bytes(row.timestampMs) + startLength;
  const seriesLength = row.labels.length + 1 + 1 + sampleLength;
  out[at++] = WRITE_REQUEST_TIMESERIES;
  at = putVarint(out, at, seriesLength);
  out.set(row.labels, at);
  at += row.labels.length;
  out[at++] = TIMESERIES_SAMPLES;
  out[at++] = sampleLength;
  out[at++] = SAMPLE_VALUE;
  view.setFloat64(at, row.value, true);
  at += DOUBLE_BYTES;
  out[at++] = SAMPLE_TIMESTAMP;
  at = putInt64(out, at, row.timestampMs);
  if (startMs === 0) return at;
  out[at++] = SAMPLE_START;
  return putInt64(out, at, startMs);
}

/** Writes one series with a field that holds its signal. */
export function putSignal(
  out: Uint8Array,
  at: number,
  labels: Uint8Array,
  field: Uint8Array,
): number {
  out[at++] = WRITE_REQUEST_TIMESERIES;
  at = putVarint(out, at, labels.length + field.length);
  out.set(labels, at);
  out.set(field, at + labels.length);
  return at + labels.length + field.length;
}
