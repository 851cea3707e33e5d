/**
 * The fields of remote write's messages by their numbers: 1.0 is prompb/remote.proto and
 * prompb/types.proto of Prometheus, 2.0 is io/prometheus/write/v2/types.proto.
 */
import { WIRE_BYTES } from "./protobuf";

// WriteRequest, 1.0.
export const V1_TIMESERIES: u64 = 1;
export const V1_METADATA: u64 = 3;

// TimeSeries, 1.0.
export const V1_LABELS: u64 = 1;
export const V1_SAMPLES: u64 = 2;
export const V1_EXEMPLARS: u64 = 3;
export const V1_HISTOGRAMS: u64 = 4;

// MetricMetadata, 1.0.
export const V1_METADATA_FAMILY: u64 = 2;

// Request, 2.0.
export const V2_SYMBOLS: u64 = 4;
export const V2_TIMESERIES: u64 = 5;

/**
 * The tag of field 15 of a TimeSeries, a varint, which only walq itself writes and reads: the
 * handle of the series' labels, or 0 where one is asked for. It is in front of all others.
 */
export const HANDLE_TAG: u8 = 0x78;

// TimeSeries, 2.0.
export const V2_LABELS_REFS: u64 = 1;
export const V2_SAMPLES: u64 = 2;
export const V2_HISTOGRAMS: u64 = 3;
export const V2_EXEMPLARS: u64 = 4;
export const V2_METADATA: u64 = 5;
/** Senders wrote this before each sample had a start timestamp of its own. */
export const V2_CREATED_TIMESTAMP: u64 = 6;

// Metadata, 2.0.
export const V2_METADATA_TYPE: u64 = 1;
export const V2_METADATA_HELP_REF: u64 = 3;
export const V2_METADATA_UNIT_REF: u64 = 4;

// The timestamps of signals, in both versions.
export const SAMPLE_TIMESTAMP: u64 = 2;
export const EXEMPLAR_TIMESTAMP: u64 = 3;
export const HISTOGRAM_TIMESTAMP: u64 = 15;

/** The tag of a field that is a message or bytes: one byte for all of these. */
// @ts-ignore: decorator
@inline
export function bytesTag(field: u64): u32 {
  return <u32> field << 3 | WIRE_BYTES;
}
