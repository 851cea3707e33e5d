/**
 * Exemplars as the senders of Prometheus have them, in 1.0 and in 2.0: each in a
 * series of its own, beside the series that has the sample.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LoadableBatch, RequestMessage } from "../../src/contracts.ts";
import { drain, kernel, NO_LIMITS, ONE_SHARD, openRequest } from "../kernel/support.ts";
import { alloyV2File, metricRecord } from "../support/alloy_v2.ts";
import { decodeRequest, encodeRequest } from "../support/remote_write.ts";
import type { LabelPairs, SeriesForm, Signal } from "../support/signals.ts";
import { contentOf } from "./expected.ts";

const MESSAGES: Record<"v1" | "v2", RequestMessage> = {
  v1: "prometheus.WriteRequest",
  v2: "io.prometheus.write.v2.Request",
};
const ABOUT = { family: "latency_seconds", type: 3, help: "How long it took.", unit: "seconds" };

const labels = (le: string): LabelPairs => [["__name__", "latency_seconds_bucket"], ["le", le]];
const sample: Signal = { kind: "sample", timestampMs: 5n, startMs: 0n, bits: 1n };
const exemplar = (id: string): Signal => ({
  kind: "exemplar",
  timestampMs: 4n,
  bits: 2n,
  exemplarLabels: [["trace_id", id]],
});
const series = (le: string, signal: Signal): SeriesForm => ({
  labels: labels(le),
  signals: [signal],
});

/** An exemplar right behind its sample, one behind another series, and one before its sample. */
const SENT: readonly SeriesForm[] = [
  series("1", sample),
  series("1", exemplar("a")),
  series("2", sample),
  series("1", exemplar("b")),
  series("3", exemplar("c")),
  series("3", sample),
];

/** Sends a batch, and decodes the one request that comes of it. */
function send(batch: LoadableBatch, output: "v1" | "v2") {
  const message = output === "v1" ? "prometheus.WriteRequest" : "io.prometheus.write.v2.Request";
  const reader = kernel.createReader({ ...ONE_SHARD, message });
  const { signals } = reader.load(batch);
  assert.deepEqual(drain(reader).requests, []);
  const body = reader.take(0);
  return { signals, sent: body.signals, form: decodeRequest(openRequest(body), output) };
}

for (const input of ["v1", "v2"] as const) {
  for (const output of ["v1", "v2"] as const) {
    test(`each goes with its sample: ${input} in, ${output} out`, () => {
      const writer = kernel.createWriter();
      const given = input === "v2" ? SENT.map((one) => ({ ...one, metadata: ABOUT })) : SENT;
      const metadata = input === "v1" ? [ABOUT] : [];
      const body = encodeRequest({ series: given, metadata }, input);
      const added = writer.addRequest(body, { ...NO_LIMITS, message: MESSAGES[input] });
      assert.deepEqual(added.kinds, { samples: 3, histograms: 0, exemplars: 3, metadata: 1 });
      assert.equal(added.invalid, 0);
      const { signals, sent, form } = send(writer.encode(), output);
      assert.deepEqual([signals, sent], [7, 7]);
      const wanted = contentOf([{ series: SENT, metadata: [] }]);
      assert.deepEqual({ ...contentOf([form]), metadata: [] }, wanted);
      if (output === "v1") return;
      // The specification wants a sample or a histogram in each, and receivers refuse others.
      assert.ok(form.series.every(({ signals }) => signals.some(({ kind }) => kind === "sample")));
    });
  }
}

test("each goes with its sample out of a file of Alloy's second version", () => {
  for (const output of ["v1", "v2"] as const) {
    const { signals, sent, form } = send(alloyV2File(SENT.map(metricRecord)), output);
    assert.deepEqual([signals, sent], [6, 6], output);
    assert.deepEqual(contentOf([form]), contentOf([{ series: SENT, metadata: [] }]));
  }
});

test("a series in 2.0 that has metadata and no signal is still refused", () => {
  const writer = kernel.createWriter();
  const given = [series("1", sample), { labels: labels("2"), signals: [], metadata: ABOUT }];
  const body = encodeRequest({ series: given, metadata: [] }, "v2");
  const added = writer.addRequest(body, { ...NO_LIMITS, message: MESSAGES.v2 });
  assert.deepEqual([added.accepted, added.invalid], [1, 1]);
  assert.match(
    added.firstInvalid!,
    /^metric "latency_seconds_bucket": no sample, .* in the series at byte/,
  );
});
