/** Files of Alloy's second version, written here record by record, come out whole. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { alloyV2File, metadataRecord, metricRecord } from "../support/alloy_v2.ts";
import { decodeRequest } from "../support/remote_write.ts";
import { drain, holds, kernel, ONE_SHARD, openRequest } from "../kernel/support.ts";
import { content } from "./arbitraries.ts";
import { afterLabels, afterV1, contentOf, isCustom, show } from "./expected.ts";

test("every record that Alloy wrote comes out, in order and bit for bit", () => {
  const reader = kernel.createReader(ONE_SHARD);
  holds(
    fc.property(content, ({ series, metadata }) => {
      // Alloy writes one signal a record.
      const single = series.flatMap(({ labels, signals }) =>
        signals.map((signal) => ({ labels, signals: [signal] }))
      );
      if (single.length + metadata.length === 0) return;
      const file = alloyV2File([...single.map(metricRecord), ...metadata.map(metadataRecord)]);
      assert.equal(reader.load(file).signals, single.length + metadata.length);
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
