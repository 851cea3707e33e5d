/** Files of Alloy's second version, written here record by record, come out whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeRequest, encodeRequest } from "../support/remote_write.ts";
import type { MetadataForm, RequestForm, SeriesForm } from "../support/signals.ts";
import { drain, holds, kernel, ONE_SHARD, openRequest } from "../kernel/support.ts";
import { concat } from "../kernel/twin/model.ts";
import { varint } from "../kernel/twin/request_write.ts";
import { content } from "./arbitraries.ts";
import { afterLabels, afterV1, contentOf, isCustom, show } from "./expected.ts";

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
function metricRecord(series: SeriesForm): Uint8Array {
  const bytes = messageOf({ series: [series], metadata: [] });
  const zeros = new Uint8Array(8);
  const head = [METRIC, 2, 0, 8, 1, ...zeros, 8, 2, ...zeros, 5, 3, 0, 3, 4];
  return concat([head, varint(BigInt(bytes.length)), bytes, [1, 1]]);
}

function metadataRecord(entry: MetadataForm): Uint8Array {
  const bytes = messageOf({ series: [], metadata: [entry] });
  return concat([[METADATA, 2, 0, 3, 1], varint(BigInt(bytes.length)), bytes, [1, 1]]);
}

test("every record that Alloy wrote comes out, in order and bit for bit", () => {
  const reader = kernel.createReader(ONE_SHARD);
  holds(
    fc.property(content, ({ series, metadata }) => {
      // Alloy writes one signal a record.
      const single = series.flatMap(({ labels, signals }) =>
        signals.map((signal) => ({ labels, signals: [signal] }))
      );
      if (single.length + metadata.length === 0) return;
      const data = concat([...single.map(metricRecord), ...metadata.map(metadataRecord)]);
      const file = { format: "alloy.metrics.queue.v2", compression: "none", checksum: undefined };
      assert.equal(reader.load({ ...file, data }).signals, single.length + metadata.length);
      const { unsupported } = drain(reader);
      assert.equal(unsupported, 0);
      const customs = single.filter(({ signals }) => isCustom(signals[0]!)).length;
      const left = reader.openSignals(0);
      assert.equal(left, single.length + metadata.length - customs);
      if (left === 0) return;
      const got = contentOf([decodeRequest(openRequest(reader.take(0)), "v1")]);
      const wanted = contentOf([{ series: afterLabels(afterV1(single), {}), metadata: [] }]);
      assert.deepEqual(got, { ...wanted, metadata: metadata.map(show).sort() });
    }),
    3,
  );
});
