/** The exporter under OpenTelemetry's own SDK, and beside what the receiver makes of the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AggregationType,
  MeterProvider,
  MetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { type ExportOutcome, WalqMetricExporter } from "../../opentelemetry.ts";
import { VirtualClock } from "../../src/testing/virtual_clock.ts";
import { Rig } from "../queue/support.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { RecordingSink } from "../otlp/recording_sink.ts";

/** Collects when it is told to. */
class ManualReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

const RESOURCE = resourceFromAttributes({
  "service.name": "checkout",
  "service.namespace": "shop",
  "service.instance.id": "one",
  "process.pid": 7,
});

/** A queue that keeps what is appended. */
function queueOf(sink: RecordingSink): ConstructorParameters<typeof WalqMetricExporter>[0] {
  const appender = Object.assign(sink, { size: 0, bytes: 0 });
  const surroundings = { clock: new VirtualClock(), logger: new MemoryLogger() };
  return { appender: () => appender, surroundings };
}

async function collected(exporter: PushMetricExporter): Promise<ResourceMetrics> {
  const reader = new ManualReader({
    aggregationTemporalitySelector: (kind) => exporter.selectAggregationTemporality!(kind),
  });
  const provider = new MeterProvider({
    readers: [reader],
    resource: RESOURCE,
    views: [{
      instrumentName: "sizes",
      aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
    }],
  });
  const meter = provider.getMeter("shop", "1.0");
  const orders = meter.createCounter("orders", { unit: "{order}", description: "Orders taken" });
  orders.add(2, { kind: "book", first: true });
  orders.add(3, { kind: "book", first: true });
  meter.createUpDownCounter("queue.length").add(-4);
  meter.createGauge("temperature", { unit: "Cel" }).record(21.5);
  const latency = meter.createHistogram("latency", {
    unit: "s",
    advice: { explicitBucketBoundaries: [0.1, 1] },
  });
  for (const value of [0.05, 0.5, 5]) latency.record(value);
  const sizes = meter.createHistogram("sizes", { unit: "By" });
  for (const value of [1, 2, 4]) sizes.record(value);
  return (await reader.collect()).resourceMetrics;
}

/** With the time of the rig, which the SDK does not know. */
function at(metrics: ResourceMetrics, timeMs: number): ResourceMetrics {
  const time: [number, number] = [Math.floor(timeMs / 1000), (timeMs % 1000) * 1e6];
  const scopeMetrics = metrics.scopeMetrics.map((scope) => ({
    ...scope,
    metrics: scope.metrics.map((metric) => ({
      ...metric,
      dataPoints: metric.dataPoints.map((point) => ({ ...point, startTime: time, endTime: time })),
    })),
  }));
  return { ...metrics, scopeMetrics } as ResourceMetrics;
}

function exported(exporter: PushMetricExporter, metrics: ResourceMetrics): Promise<ExportOutcome> {
  return new Promise((resolve) => {
    exporter.export(metrics, (outcome) => resolve(outcome as ExportOutcome));
  });
}

test("what the SDK collects becomes what Prometheus makes of OTLP", async () => {
  const sink = new RecordingSink();
  const commit = { accepted: 1, expired: 0, invalid: 0, unsupported: 0 };
  sink.commit = () => Promise.resolve(commit as never);
  const exporter = new WalqMetricExporter(queueOf(sink));
  const { code } = await exported(exporter, await collected(exporter));
  assert.equal(code, 0);
  const identity = { job: "shop/checkout", instance: "one" };
  const rowOf = (labels: Record<string, string>): unknown =>
    sink.rows.find((row) =>
      Object.entries({ ...identity, ...labels }).every(([name, value]) =>
        row.labels[name] === value
      )
    )?.value;
  assert.equal(rowOf({ __name__: "orders_total", kind: "book", first: "true" }), 5);
  assert.equal(rowOf({ __name__: "queue_length" }), -4);
  assert.equal(rowOf({ __name__: "temperature_celsius" }), 21.5);
  assert.equal(rowOf({ __name__: "latency_seconds_bucket", le: "1" }), 2);
  assert.equal(rowOf({ __name__: "latency_seconds_count" }), 3);
  assert.equal((rowOf({ __name__: "sizes_bytes" }) as { count: number }).count, 3);
  assert.equal(rowOf({ __name__: "target_info", process_pid: "7" }), 1);
  assert.deepEqual(sink.metadata.get("orders_total"), {
    type: "counter",
    help: "Orders taken",
    unit: "",
  });
  const [first] = sink.rows;
  assert.ok(Math.abs(first!.timeMs - Date.now()) < 60_000);
  assert.ok(first!.startMs > 0 && first!.startMs <= first!.timeMs);
});

test("an export has succeeded when it is durable", async () => {
  const rig = await new Rig().open();
  const exporter = new WalqMetricExporter(rig.queue);
  const metrics = at(await collected(exporter), rig.nowMs());
  let outcome: ExportOutcome | undefined;
  exporter.export(metrics, (given) => outcome = given);
  assert.equal(outcome, undefined);
  await rig.wait(exporter.forceFlush());
  assert.deepEqual(outcome, { code: 0 });
  await rig.crash();
  await rig.drain();
  const labels = "__name__=orders_total,first=true,instance=one,job=shop/checkout,kind=book";
  assert.deepEqual(rig.one.valuesOf(labels), [5]);
});

test("an export that is not durable, or of which a part is refused, has failed, and says why", async () => {
  const rig = await new Rig().open();
  const exporter = new WalqMetricExporter(rig.queue);
  const metrics = await collected(exporter);
  const old = await rig.wait(exported(exporter, at(metrics, 1_000)));
  assert.equal(old.code, 1);
  assert.match(old.error!.message, /signals were refused and \d+ accepted: metric/);
  // Who has set no logger for the SDK is told, too.
  const told = rig.logger.lines.filter((line) => line.startsWith("error"));
  assert.match(told.join(), /^error exported metrics were not taken .*signals were refused/);
  const delta = at(metrics, rig.nowMs());
  for (const { metrics: all } of delta.scopeMetrics) {
    for (const metric of all) Object.assign(metric, { aggregationTemporality: 0 });
  }
  const refused = await rig.wait(exported(exporter, delta));
  assert.match(
    refused.error!.message,
    /^4 of 5 data points cannot be taken: metric "\w+" has delta/,
  );
  await rig.wait(rig.queue.close());
  const closed = await exported(exporter, at(metrics, rig.nowMs()));
  assert.equal((closed.error as { code?: string }).code, "CLOSED");
});

test("a collection of any size is taken, and tells its target once", async () => {
  const rig = new Rig();
  await rig.open({ ...rig.options, limits: { uncompressedBytesMax: "1MiB" } });
  const exporter = new WalqMetricExporter(rig.queue);
  const [orders] = (await collected(exporter)).scopeMetrics[0]!.metrics;
  const latency = (await collected(exporter)).scopeMetrics[0]!.metrics
    .find(({ descriptor }) => descriptor.name === "latency")!;
  // Its series come to more than 2 MiB.
  const points = Array.from({ length: 500 }, (_, id) => ({
    ...latency.dataPoints[0]!,
    attributes: { id, path: "x".repeat(1_000) },
  }));
  const scope = { name: "shop" };
  const metrics = at({
    resource: RESOURCE,
    scopeMetrics: [
      { scope, metrics: [{ ...latency, dataPoints: points } as typeof latency, orders!] },
      { scope: { name: "empty" }, metrics: [] },
    ],
  }, rig.nowMs());
  const outcome = await rig.wait(exported(exporter, metrics));
  assert.deepEqual(outcome, { code: 0 });
  await rig.drain();
  const sum = (id: number): string =>
    `__name__=latency_seconds_sum,id=${id},instance=one,job=shop/checkout,path=${
      "x".repeat(1_000)
    }`;
  for (const { attributes: { id } } of points) {
    assert.equal(rig.one.valuesOf(sum(id)).length, 1, `${id}`);
  }
  const target = "__name__=target_info,instance=one,job=shop/checkout,process_pid=7";
  assert.deepEqual(rig.one.valuesOf(target), [1]);
});

test("exports that overlap are in order, and those that the disk does not take have a bound", async () => {
  const rig = await new Rig().open();
  const exporter = new WalqMetricExporter(rig.queue);
  const orders = (await collected(exporter)).scopeMetrics[0]!.metrics
    .find(({ descriptor }) => descriptor.name === "orders")!;
  const startMs = rig.nowMs();
  const collection = (number: number): ResourceMetrics => {
    const dataPoints = Array.from({ length: 20_000 }, (_, id) => ({
      ...orders.dataPoints[0]!,
      attributes: { id },
      value: number,
    }));
    if (number % 2 === 0) dataPoints.reverse();
    const metrics = [{ ...orders, dataPoints } as typeof orders];
    const scopeMetrics = [{ scope: { name: "shop" }, metrics }];
    return at({ resource: RESOURCE, scopeMetrics }, startMs + number);
  };
  let release = (): void => {};
  const held = new Promise<void>((resolve) => release = resolve);
  rig.platform.files.fault = async (step) => {
    if (step === "sync") await held;
    return undefined;
  };
  const outcomes = [1, 2, 3, 4].map((number) => exported(exporter, collection(number)));
  const fifth = await exported(exporter, collection(5));
  assert.equal((fifth.error as { code?: string }).code, "OVERLOADED");
  release();
  for (const outcome of outcomes) assert.deepEqual(await rig.wait(outcome), { code: 0 });
  await rig.drain();
  for (let id = 0; id < 20_000; id += 500) {
    const labels = `__name__=orders_total,id=${id},instance=one,job=shop/checkout`;
    assert.deepEqual(rig.one.valuesOf(labels), [1, 2, 3, 4]);
  }
  assert.deepEqual(await rig.wait(exported(exporter, collection(6))), { code: 0 });
});

test("after shutdown nothing is taken, and the queue is open", async () => {
  const rig = await new Rig().open();
  const exporter = new WalqMetricExporter(rig.queue);
  const metrics = at(await collected(exporter), rig.nowMs());
  await exporter.shutdown();
  const { code, error } = await exported(exporter, metrics);
  assert.deepEqual([code, error?.message], [1, "Cannot export: the exporter is shut down"]);
  await rig.wait(rig.queue.push({ m: 1 }));
});

test("options that Prometheus refuses are refused", () => {
  const queue = queueOf(new RecordingSink());
  const options = { ignoreResourceAttributes: ["a"] };
  assert.throws(() => new WalqMetricExporter(queue, options), RangeError);
});
