/**
 * The few messages of remote write 1.0 that the appender writes (prompb/types.proto):
 *
 *     TimeSeries { labels = 1 (Label), samples = 2 (Sample) }
 *     Label      { name = 1, value = 2 }
 *     Sample     { value = 1 double, timestamp = 2 int64 }
 *
 * Commits go the way of requests, so there is one way into the kernel.
 */
const WRITE_REQUEST_TIMESERIES = 0x0a;
const TIMESERIES_LABELS = 0x0a;
const TIMESERIES_SAMPLES = 0x12;
const LABEL_NAME = 0x0a;
const LABEL_VALUE = 0x12;
const SAMPLE_VALUE = 0x09;
const SAMPLE_TIMESTAMP = 0x10;

const DOUBLE_BYTES = 8;
const VARINT_BYTES_MAX = 10;
/** Tags, lengths and the sample: what a row takes at most beside its labels. */
export const ROW_OVERHEAD_BYTES_MAX: number = 1 + 5 + 1 + 1 + 1 + DOUBLE_BYTES + 1 +
  VARINT_BYTES_MAX;

const encoder = new TextEncoder();

/** The `labels` fields of a TimeSeries, in the order given. */
export function encodeLabels(labels: readonly (readonly [string, string])[]): Uint8Array {
  const parts = labels.map(([name, value]) =>
    [encoder.encode(name), encoder.encode(value)] as const
  );
  const lengths = parts.map(([name, value]) =>
    fieldLength(name.length) + fieldLength(value.length)
  );
  const total = lengths.reduce((sum, length) => sum + fieldLength(length), 0);
  const out = new Uint8Array(total);
  let at = 0;
  for (const [index, [name, value]] of parts.entries()) {
    out[at++] = TIMESERIES_LABELS;
    at = putVarint(out, at, lengths[index]!);
    at = putField(out, at, LABEL_NAME, name);
    at = putField(out, at, LABEL_VALUE, value);
  }
  return out;
}

/** Writes one series with one sample at `at`; returns where it ends. */
export function putRow(
  out: Uint8Array,
  view: DataView,
  at: number,
  row: { readonly labels: Uint8Array; readonly timestampMs: number; readonly value: number },
): number {
  const sampleLength = 1 + DOUBLE_BYTES + 1 + timestampLength(row.timestampMs);
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
  return putTimestamp(out, at, row.timestampMs);
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

function fieldLength(length: number): number {
  return 1 + varintLength(length) + length;
}

function putField(out: Uint8Array, at: number, tag: number, bytes: Uint8Array): number {
  out[at++] = tag;
  at = putVarint(out, at, bytes.length);
  out.set(bytes, at);
  return at + bytes.length;
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/** For values up to 2^53: division, since bit operators end at 2^32. */
function putVarint(out: Uint8Array, at: number, value: number): number {
  let rest = value;
  while (rest >= 0x80) {
    out[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  out[at++] = rest;
  return at;
}

function timestampLength(timestampMs: number): number {
  return timestampMs < 0 ? VARINT_BYTES_MAX : varintLength(timestampMs);
}

/** An int64: a negative one is its two's complement, ten bytes. */
function putTimestamp(out: Uint8Array, at: number, timestampMs: number): number {
  if (timestampMs >= 0) return putVarint(out, at, timestampMs);
  let rest = BigInt.asUintN(64, BigInt(timestampMs));
  for (let index = 1; index < VARINT_BYTES_MAX; index++) {
    out[at++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  out[at++] = Number(rest);
  return at;
}
