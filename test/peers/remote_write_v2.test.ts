/**
 * Against the receiver and the storage of Prometheus 3.16: remote write 2.0 with
 * signals of every kind is taken, understood and stored as it was sent.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Histogram, type ProtobufMessage, Queue } from "../../mod.ts";
import {
  buildReceiver,
  Receiver,
  type StoredContent,
  type StoredSeries,
} from "./support/receiver.ts";
import { scratchDirectory } from "./support/scratch.ts";
import { untilReached } from "./support/until.ts";

const V1 = "prometheus.WriteRequest";
const V2 = "io.prometheus.write.v2.Request";
const STALE = 0x7ff0_0000_0000_0002n;
const SERIES = 5_000;

/** 2 around zero, 3 in (0.5, 1], 4 in (1, 2], 5 in (4, 8]; 1 in [-2, -1). */
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
  schema: 3,
  count: 7.5,
  sum: -0.25,
  positive: { spans: [{ offset: -2, length: 2 }], counts: [2.5, 5] },
  resetHint: "gauge",
};
const CUSTOM: Histogram = {
  type: "integer",
  schema: -53,
  count: 6,
  sum: 4,
  customValues: [1, 2.5],
  positive: { spans: [{ offset: 0, length: 3 }], deltas: [1, 1, 1] },
};

const { path, skip } = buildReceiver();

describe("Prometheus 3.16 and remote write 2.0", () => {
  let receiver: Receiver;
  before(async () => {
    if (!skip) receiver = await Receiver.start(path);
  });
  after(async () => {
    if (!skip) await receiver.program.stop("SIGKILL");
  });

  function open(protobufMessage: ProtobufMessage): Promise<Queue> {
    return Queue.open({
      dataPath: scratchDirectory("v2"),
      endpoints: [{ name: "one", url: receiver.writeUrl, flushInterval: "50ms", protobufMessage }],
    });
  }

  it("stores every kind of signal as it was sent, and the queue never falls back", {
    skip,
  }, async () => {
    await using queue = await open(V2);
    const nowMs = Date.now();
    const startMs = nowMs - 60_000;
    const appender = queue.appender();
    const total = { __name__: "v2_requests_total", "région": "größe/ü", path: "x".repeat(200) };
    const ref = appender.append(total, nowMs - 1, 41, { startTimestampMs: startMs });
    appender.append(ref, nowMs, 42.5, { startTimestampMs: startMs });
    appender.appendExemplar(ref, {
      labels: { trace_id: "abc", "user.name": "jörg" },
      value: 0.25,
      timestampMs: nowMs,
    });
    appender.append({ __name__: "v2_stale" }, nowMs, valueOf(STALE));
    appender.append({ __name__: "v2_zero" }, nowMs, -0);
    appender.append({ __name__: "v2 any.name" }, nowMs, Infinity);
    const options = { startTimestampMs: startMs };
    appender.appendHistogram({ __name__: "v2_integer" }, nowMs, INTEGER, options);
    appender.appendHistogram({ __name__: "v2_float" }, nowMs, FLOAT);
    appender.appendHistogram({ __name__: "v2_custom" }, nowMs, CUSTOM);
    appender.updateMetadata("v2_requests_total", {
      type: "counter",
      help: 'Größe "in" Byte.',
      unit: "requests",
    });
    appender.updateMetadata("v2_integer", { type: "histogram", help: "", unit: "seconds" });
    await appender.commit({ durable: true });
    const stats = () => queue.stats().endpoints[0]!;
    await untilReached("all is sent", 11, () => stats().deliveredTotal);
    const { deliveredTotal, fallbacksTotal, protobufMessage, sentByKind } = stats();
    assert.deepEqual([deliveredTotal, fallbacksTotal, protobufMessage], [11, 0, V2]);
    assert.deepEqual(sentByKind, { samples: 5, histograms: 3, exemplars: 1, metadata: 2 });

    const content = await receiver.content();
    const requests = seriesNamed(content, "v2_requests_total");
    assert.deepEqual(requests.labels, total);
    const start = String(startMs);
    assert.deepEqual(requests.samples, [
      { timestampMs: String(nowMs - 1), startMs: start, bits: hexOf(bitsOf(41)) },
      { timestampMs: String(nowMs), startMs: start, bits: hexOf(bitsOf(42.5)) },
    ]);
    assert.deepEqual(requests.exemplars, [{
      labels: { trace_id: "abc", "user.name": "jörg" },
      timestampMs: String(nowMs),
      bits: hexOf(bitsOf(0.25)),
    }]);
    assert.equal(seriesNamed(content, "v2_stale").samples[0]!.bits, hexOf(STALE));
    assert.equal(seriesNamed(content, "v2_zero").samples[0]!.bits, hexOf(1n << 63n));
    assert.equal(seriesNamed(content, "v2 any.name").samples[0]!.bits, hexOf(bitsOf(Infinity)));
    assertHistograms(content, nowMs, startMs);
    assert.deepEqual(content.metadata, {
      v2_requests_total: { type: "counter", help: 'Größe "in" Byte.', unit: "requests" },
      v2_integer: { type: "histogram", help: "", unit: "seconds" },
    });
  });

  it("has all of many series, over several shards", { skip }, async () => {
    await using queue = await Queue.open({
      dataPath: scratchDirectory("v2"),
      endpoints: [{
        name: "one",
        url: receiver.writeUrl,
        protobufMessage: V2,
        flushInterval: "50ms",
        batchCount: 700,
        parallelism: 3,
      }],
    });
    const nowMs = Date.now();
    const appender = queue.appender();
    for (let id = 0; id < SERIES; id++) {
      const ref = appender.append({ __name__: "v2_many", id: String(id) }, nowMs, id);
      appender.append(ref, nowMs + 1, id + 0.5);
    }
    await appender.commit({ durable: true });
    const stats = () => queue.stats().endpoints[0]!;
    await untilReached("all is sent", 2 * SERIES, () => stats().deliveredTotal);
    assert.equal(stats().fallbacksTotal, 0);
    const many = (await receiver.content()).series.filter(({ labels }) =>
      labels["__name__"] === "v2_many"
    );
    assert.equal(many.length, SERIES);
    for (const { labels, samples } of many) {
      const id = Number(labels["id"]);
      assert.deepEqual(samples.map(({ bits }) => bits), [id, id + 0.5].map(bitsOf).map(hexOf));
    }
  });

  it("takes what it can of a request with faults: the rest is rejected, by its own count", {
    skip,
  }, async () => {
    await using queue = await open(V2);
    const nowMs = Date.now();
    const send = async (values: readonly number[], timestampMs: number): Promise<void> => {
      const appender = queue.appender();
      for (const [id, value] of values.entries()) {
        appender.append({ __name__: "v2_partial", id: String(id) }, timestampMs, value);
      }
      await appender.commit({ durable: true });
    };
    const stats = () => queue.stats().endpoints[0]!;
    await send([1, 2], nowMs);
    await untilReached("the first two are sent", 2, () => stats().deliveredTotal);
    // The same timestamp with other values is a fault; the third series is new.
    await send([8, 9, 3], nowMs);
    const settled = () => stats().deliveredTotal + stats().droppedTotal.rejected;
    await untilReached("all have an outcome", 5, settled);
    assert.deepEqual([stats().deliveredTotal, stats().droppedTotal.rejected], [3, 2]);
    assert.equal(stats().pendingSignals, 0);
    const { series } = await receiver.content();
    const partial = series.filter(({ labels }) => labels["__name__"] === "v2_partial");
    assert.deepEqual(
      partial.map(({ samples }) => samples.map(({ bits }) => bits)),
      [[1], [2], [3]].map((values) => values.map(bitsOf).map(hexOf)),
    );
  });

  it("takes the same signals as 1.0, but for what 1.0 does not have", { skip }, async () => {
    await using queue = await open(V1);
    const nowMs = Date.now();
    const appender = queue.appender();
    const ref = appender.append({ __name__: "v1_total" }, nowMs, 1, {
      startTimestampMs: nowMs - 9,
    });
    appender.appendExemplar(ref, { labels: { id: "1" }, value: 2, timestampMs: nowMs });
    appender.appendHistogram({ __name__: "v1_integer" }, nowMs, INTEGER);
    appender.appendHistogram({ __name__: "v1_custom" }, nowMs, CUSTOM);
    await appender.commit({ durable: true });
    const stats = () => queue.stats().endpoints[0]!;
    await untilReached("all is sent", 3, () => stats().deliveredTotal);
    assert.equal(stats().droppedTotal.nhcb_in_rw1_not_supported, 1);
    assert.equal(stats().startsOmittedTotal, 1);
    const content = await receiver.content();
    const total = seriesNamed(content, "v1_total");
    assert.deepEqual(total.samples, [
      { timestampMs: String(nowMs), startMs: "0", bits: hexOf(bitsOf(1)) },
    ]);
    assert.equal(total.exemplars.length, 1);
    assert.equal(seriesNamed(content, "v1_integer").histograms[0]!.count, 15);
  });
});

function assertHistograms(content: StoredContent, nowMs: number, startMs: number): void {
  const [integer] = seriesNamed(content, "v2_integer").histograms;
  // The storage notes by itself that it knows of no reset before.
  assert.deepEqual({ ...integer, resetHint: 0 }, {
    timestampMs: String(nowMs),
    startMs: String(startMs),
    isFloat: false,
    schema: 0,
    count: 15,
    sumBits: hexOf(bitsOf(47.5)),
    zeroCount: 2,
    zeroThresholdBits: hexOf(bitsOf(0.001)),
    resetHint: 0,
    customValues: null,
    buckets: ["[-2,-1):1", "[-0.001,0.001]:2", "(0.5,1]:3", "(1,2]:4", "(4,8]:5"],
  });
  const [float] = seriesNamed(content, "v2_float").histograms;
  assert.deepEqual(
    [float!.isFloat, float!.schema, float!.count, float!.sumBits, float!.resetHint],
    [true, 3, 7.5, hexOf(bitsOf(-0.25)), 3],
  );
  assert.deepEqual(float!.buckets.map((bucket) => bucket.split(":")[1]), ["2.5", "5"]);
  const [custom] = seriesNamed(content, "v2_custom").histograms;
  assert.deepEqual(
    [custom!.schema, custom!.customValues, custom!.buckets],
    [-53, [1, 2.5], ["[-Inf,1]:1", "(1,2.5]:2", "(2.5,+Inf]:3"]],
  );
}

function seriesNamed({ series }: StoredContent, name: string): StoredSeries {
  const found = series.filter(({ labels }) => labels["__name__"] === name);
  assert.equal(found.length, 1, name);
  return found[0]!;
}

function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

function valueOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

function hexOf(bits: bigint): string {
  return bits.toString(16).padStart(16, "0");
}
