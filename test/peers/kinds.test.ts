/**
 * Against a real Prometheus: what is not a plain sample. 2.42 takes native
 * histograms and exemplars by remote write 1.0, knows no 2.0, and keeps no
 * metadata that is sent to it.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Histogram, Queue } from "../../mod.ts";
import { missing } from "./support/installed.ts";
import { Prometheus } from "./support/prometheus.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { untilReached } from "./support/until.ts";

const skip = missing("prometheus");

/** 1 in (-2, -1], 2 around zero, 3 in (0.5, 1], 4 in (1, 2], none in (2, 4], 5 in (4, 8]. */
const INTEGER: Histogram = {
  type: "integer",
  schema: 0,
  count: 15,
  sum: 47.5,
  zeroThreshold: 0.001,
  zeroCount: 2,
  positive: { spans: [{ offset: 0, length: 2 }, { offset: 1, length: 1 }], deltas: [3, 1, 1] },
  negative: { spans: [{ offset: 1, length: 1 }], deltas: [1] },
};
const FLOAT: Histogram = {
  type: "float",
  schema: 0,
  count: 7.5,
  sum: 10.25,
  positive: { spans: [{ offset: 0, length: 2 }], counts: [2.5, 5] },
};
const CUSTOM: Histogram = {
  type: "integer",
  schema: -53,
  count: 3,
  sum: 4,
  customValues: [1, 2],
  positive: { spans: [{ offset: 0, length: 2 }], deltas: [1, 1] },
};

describe("Prometheus and signals of every kind", () => {
  let prometheus: Prometheus;
  before(async () => {
    if (!skip) prometheus = await Prometheus.start();
  });
  after(async () => {
    if (!skip) await prometheus.program.stop();
  });

  function open(protobufMessage?: "io.prometheus.write.v2.Request"): Promise<Queue> {
    return Queue.open({
      dataPath: scratchDirectory("kinds"),
      endpoints: [{
        name: "prometheus",
        url: prometheus.writeUrl,
        flushInterval: "50ms",
        ...(protobufMessage && { protobufMessage }),
      }],
    });
  }

  async function valueOf(expression: string, timeMs: number): Promise<number> {
    const query = { query: expression, time: String(timeMs / 1000) };
    const { result } = await prometheus.api<{ result: { value: [number, string] }[] }>(
      "query",
      query,
    );
    assert.equal(result.length, 1, expression);
    return Number(result[0]!.value[1]);
  }

  it("answers queries over native histograms; those with custom buckets are dropped by name", {
    skip,
  }, async () => {
    await using queue = await open();
    const nowMs = Date.now();
    const appender = queue.appender();
    appender.appendHistogram({ __name__: "walq_integer_seconds" }, nowMs, INTEGER);
    appender.appendHistogram({ __name__: "walq_float_seconds" }, nowMs, FLOAT);
    appender.appendHistogram({ __name__: "walq_custom_seconds" }, nowMs, CUSTOM);
    await appender.commit({ durable: true });
    const stats = () => queue.stats().endpoints[0]!;
    await untilReached("the histograms are sent", 2, () => stats().deliveredTotal);
    assert.equal(await valueOf("histogram_count(walq_integer_seconds)", nowMs), 15);
    assert.equal(await valueOf("histogram_sum(walq_integer_seconds)", nowMs), 47.5);
    // Ten of fifteen observations are at most 2.
    const quantile = await valueOf("histogram_quantile(0.6666, walq_integer_seconds)", nowMs);
    assert.ok(quantile > 1.9 && quantile <= 2, `${quantile}`);
    assert.equal(await valueOf("histogram_count(walq_float_seconds)", nowMs), 7.5);
    assert.equal(await valueOf("histogram_sum(walq_float_seconds)", nowMs), 10.25);
    assert.equal(stats().droppedTotal.nhcb_in_rw1_not_supported, 1);
    assert.equal(stats().sentByKind.histograms, 2);
  });

  it("finds exemplars", { skip }, async () => {
    await using queue = await open();
    const nowMs = Date.now();
    const appender = queue.appender();
    const labels = { __name__: "walq_requests_total", path: "/ü" };
    const ref = appender.append(labels, nowMs, 5);
    const exemplars = [1, 2, 3].map((value) => ({
      labels: { trace_id: `trace-${value}` },
      value,
      timestampMs: nowMs - 10 + value,
    }));
    for (const exemplar of exemplars) appender.appendExemplar(ref, exemplar);
    await appender.commit({ durable: true });
    await untilReached("all is sent", 4, () => queue.stats().endpoints[0]!.deliveredTotal);
    interface Found {
      readonly seriesLabels: Record<string, string>;
      readonly exemplars: { labels: Record<string, string>; value: string; timestamp: number }[];
    }
    const found = await prometheus.api<Found[]>("query_exemplars", {
      query: "walq_requests_total",
      start: String(nowMs / 1000 - 60),
      end: String(nowMs / 1000 + 60),
    });
    assert.deepEqual(found[0]!.seriesLabels, labels);
    assert.deepEqual(
      found[0]!.exemplars.map(({ labels, value, timestamp }) => ({
        labels,
        value: Number(value),
        timestampMs: Math.round(timestamp * 1000),
      })),
      exemplars,
    );
  });

  it("takes metadata, and keeps none that is sent to it", { skip }, async () => {
    await using queue = await open();
    const appender = queue.appender();
    appender.updateMetadata("walq_things", { type: "gauge", help: "Things.", unit: "things" });
    await appender.commit({ durable: true });
    await untilReached("it is sent", 1, () => queue.stats().endpoints[0]!.deliveredTotal);
    assert.equal(queue.stats().endpoints[0]!.sentByKind.metadata, 1);
    // What was on the wire is decoded by test/roundtrip with the official .proto.
    assert.deepEqual(await prometheus.api("metadata", { metric: "walq_things" }), {});
  });

  it("does not know remote write 2.0, gets 1.0 and misses nothing", { skip }, async () => {
    await using queue = await open("io.prometheus.write.v2.Request");
    const nowMs = Date.now();
    const appender = queue.appender();
    for (let id = 0; id < 5_000; id++) {
      appender.append({ __name__: "walq_fallback", id: String(id) }, nowMs, id);
    }
    appender.appendHistogram({ __name__: "walq_fallback_seconds" }, nowMs, INTEGER);
    await appender.commit({ durable: true });
    const stats = () => queue.stats().endpoints[0]!;
    await untilReached("all is sent", 5_001, () => stats().deliveredTotal);
    assert.equal(stats().fallbacksTotal, 1);
    assert.equal(await valueOf("sum(walq_fallback)", nowMs), 4_999 * 5_000 / 2);
    assert.equal(await valueOf("count(walq_fallback)", nowMs), 5_000);
    assert.equal(await valueOf("histogram_count(walq_fallback_seconds)", nowMs), 15);
  });
});
