/**
 * The signals that are no plain sample, as fields of remote write 1.0
 * (prompb/types.proto) with the start timestamps of 2.0, which the kernel reads
 * in what the appender writes.
 */
import type { Histogram, Metadata, MetricType, ResetHint } from "../types.ts";
import { METRIC_TYPES, putMetadata } from "../metadata_message.ts";
import { bucketsOf } from "./check_histogram.ts";
import { MessageWriter } from "../protobuf.ts";

/** The stale marker: a NaN with these bits (Prometheus, model/value). */
export const STALE_NAN_BITS: bigint = 0x7ff0_0000_0000_0002n;

const RESET_HINTS: Readonly<Record<ResetHint, number>> = { unknown: 0, yes: 1, no: 2, gauge: 3 };
const TYPE_NUMBERS = Object.fromEntries(
  METRIC_TYPES.map((type, number) => [type, number]),
) as Readonly<Record<MetricType, number>>;

// Fields of a TimeSeries.
const SAMPLES = 2;
const EXEMPLARS = 3;
const HISTOGRAMS = 4;

/** `samples = 2` with `start_timestamp = 3`; by its bits where the value is a stale marker. */
export function sampleField(
  value: number | bigint,
  timestampMs: number,
  startTimestampMs: number,
): Uint8Array {
  const sample = new MessageWriter();
  if (typeof value === "bigint") sample.doubleBits(1, value);
  else sample.double(1, value);
  sample.number(2, timestampMs);
  if (startTimestampMs !== 0) sample.number(3, startTimestampMs);
  return new MessageWriter().message(SAMPLES, sample).finish();
}

/** `histograms = 4`. The histogram has been checked. */
export function histogramField(
  histogram: Histogram,
  timestampMs: number,
  startTimestampMs: number,
): Uint8Array {
  const message = new MessageWriter();
  const isFloat = histogram.type === "float";
  const { count, zeroCount = 0, zeroThreshold = 0, resetHint = "unknown" } = histogram;
  if (isFloat) message.double(2, count);
  else message.number(1, count);
  message.double(3, histogram.sum);
  message.signed(4, histogram.schema);
  if (zeroThreshold !== 0) message.double(5, zeroThreshold);
  if (isFloat) message.double(7, zeroCount);
  else message.number(6, zeroCount);
  for (const [side, field] of [["negative", 8], ["positive", 11]] as const) {
    for (const { offset, length } of histogram[side]?.spans ?? []) {
      message.message(field, new MessageWriter().signed(1, offset).number(2, length));
    }
    const buckets = bucketsOf(histogram, side);
    if (isFloat) message.doubleList(field + 2, buckets);
    else message.signedList(field + 1, buckets);
  }
  const hint = numberOf(RESET_HINTS, resetHint, "append histogram: got resetHint");
  if (hint !== 0) message.number(14, hint);
  message.number(15, timestampMs);
  message.doubleList(16, histogram.customValues ?? []);
  if (startTimestampMs !== 0) message.number(17, startTimestampMs);
  return new MessageWriter().message(HISTOGRAMS, message).finish();
}

/** `exemplars = 3`, with labels that have been checked and encoded. */
export function exemplarField(own: Uint8Array, value: number, timestampMs: number): Uint8Array {
  const rest = new MessageWriter().double(2, value).number(3, timestampMs);
  const tail = rest.finish();
  const message = new Uint8Array(own.length + tail.length);
  message.set(own);
  message.set(tail, own.length);
  return new MessageWriter().bytes(EXEMPLARS, message).finish();
}

/** `metadata = 3` of the request. */
export function metadataField(family: string, metadata: Metadata): Uint8Array {
  const { type, help, unit } = metadata;
  numberOf(TYPE_NUMBERS, type, "update metadata: got type");
  return putMetadata(new MessageWriter(), { family, type, help, unit }).finish();
}

/** Only own names count: every object has a "constructor". */
function numberOf<Name extends string>(
  numbers: Readonly<Record<Name, number>>,
  name: Name,
  what: string,
): number {
  if (Object.hasOwn(numbers, name)) return numbers[name];
  throw new RangeError(`Cannot ${what} ${name}, expected ${Object.keys(numbers).join(", ")}`);
}
