/** Alloy's second format by hand, record by record. */
import { encode } from "@msgpack/msgpack";
import type { LoadableBatch } from "../../src/contracts.ts";
import { concat } from "../kernel/twin/model.ts";
import { varint } from "../kernel/twin/request_write.ts";
import { encodeRequest } from "./remote_write.ts";
import type { MetadataForm, RequestForm, SeriesForm } from "./signals.ts";

const METRIC = 1;
const METADATA = 3;

/** The message within a request of one field: a TimeSeries or a MetricMetadata. */
function messageOf(request: RequestForm): Uint8Array {
  const bytes = encodeRequest(request, "v1");
  let at = 1;
  while (bytes[at]! >= 0x80) at++;
  return bytes.subarray(at + 1);
}

/** Type, container, timestamp, hash, whether it is a histogram, the bytes, end: as benc tags them. */
export function bytesRecord(bytes: Uint8Array | readonly number[]): Uint8Array {
  const zeros = new Uint8Array(8);
  const head = [METRIC, 2, 0, 8, 1, ...zeros, 8, 2, ...zeros, 5, 3, 0, 3, 4];
  return concat([head, varint(BigInt(bytes.length)), bytes, [1, 1]]);
}

export function metricRecord(series: SeriesForm): Uint8Array {
  return bytesRecord(messageOf({ series: [series], metadata: [] }));
}

export function metadataRecord(entry: MetadataForm): Uint8Array {
  const bytes = messageOf({ series: [], metadata: [entry] });
  return concat([[METADATA, 2, 0, 3, 1], varint(BigInt(bytes.length)), bytes, [1, 1]]);
}

/** A file as Alloy leaves it in a queue. */
export function alloyV2Record(compression: string, data: Uint8Array, records: number): Uint8Array {
  const version = "alloy.metrics.queue.v2";
  const meta = { version, compression, record_count: String(records), file_id: "1" };
  return encode({ Meta: meta, Data: data });
}

/** A file as a store would give it. */
export function alloyV2File(records: readonly Uint8Array[]): LoadableBatch {
  const data = concat(records);
  return { format: "alloy.metrics.queue.v2", compression: "none", data, checksum: undefined };
}
