import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as successor from "@prometheus-io/client";
import * as promClient from "prom-client";
import { collect } from "../../prom_client.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { CollectRig, numberOf } from "./support.ts";

const LABELS = { job: "api", instance: "a" };

/** The two have types of their own, which do not fit into each other. */
const CLIENTS = [
  ["prom-client 15", promClient],
  ["its successor", successor as unknown as typeof promClient],
] as const;

/** The registry, with another content type. */
function openMetrics(registry: promClient.Registry): promClient.Registry {
  const type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
  (registry as { setContentType(type: string): void }).setContentType(type);
  return registry;
}

for (const [which, client] of CLIENTS) {
  describe(`collect, of ${which}`, () => {
    it("sends counters, gauges, summaries and histograms as a scrape would have them", async () => {
      const registers = [new client.Registry()];
      new client.Counter({ name: "hits_total", help: "Hits", labelNames: ["code"], registers })
        .inc({ code: 200 }, 3);
      new client.Gauge({ name: "depth", help: "Depth", registers }).set(-1.5);
      new client.Histogram({ name: "took", help: "Took", buckets: [0.5, 1], registers }).observe(1);
      new client.Summary({ name: "size", help: "Size", percentiles: [0.5], registers }).observe(4);
      const rig = await new CollectRig().open();
      const metrics = collect(registers[0]!, rig.queue, { labels: LABELS });
      await rig.platform.time.advance(1_000);
      await rig.wait(metrics.stop());
      await rig.close();
      const first = (series: string): string | undefined => rig.samples(series)[0];
      assert.equal(first("hits_total{code=200,instance=a,job=api}"), "3@0");
      assert.equal(first("depth{instance=a,job=api}"), "-1.5@0");
      assert.equal(first("took_bucket{instance=a,job=api,le=0.5}"), "0@0");
      assert.equal(first("took_bucket{instance=a,job=api,le=1.0}"), "1@0");
      assert.equal(first("took_bucket{instance=a,job=api,le=+Inf}"), "1@0");
      assert.equal(first("took_sum{instance=a,job=api}"), "1@0");
      assert.equal(first("took_count{instance=a,job=api}"), "1@0");
      assert.equal(first("size{instance=a,job=api,quantile=0.5}"), "4@0");
      assert.equal(first("size_count{instance=a,job=api}"), "1@0");
      assert.equal(first("up{instance=a,job=api}"), "1@0");
      assert.equal(rig.signals.size, 11);
      const families = rig.metadata.map(({ family, type, help }) => `${family} ${type} ${help}`);
      assert.deepEqual(families.sort(), [
        ...["depth 2 Depth", "hits_total 1 Hits", "size 5 Size", "took 3 Took"],
      ]);
      assert.deepEqual(rig.logger.lines.filter((line) => !line.startsWith("info")), []);
    });

    it("gives the registry's labels to series that have none of that name", async () => {
      const registry = new client.Registry();
      registry.setDefaultLabels({ zone: "b", code: "none" });
      const hits = new client.Counter({
        name: "hits_total",
        help: "h",
        labelNames: ["code"],
        registers: [registry],
      });
      hits.inc({ code: "200" });
      const rig = await new CollectRig().open();
      await using metrics = collect(registry, rig.queue, { labels: { zone: "a", job: "api" } });
      await rig.wait(metrics.flush());
      await rig.wait(metrics.stop());
      await rig.close();
      assert.ok(rig.signals.has("hits_total{code=200,job=api,zone=b}"));
    });

    it("sends an exemplar once, with its labels and its own time", async () => {
      const registers = [openMetrics(new client.Registry())];
      const hits = new client.Counter({
        name: "h_total",
        help: "h",
        registers,
        enableExemplars: true,
      });
      hits.inc({ value: 2, exemplarLabels: { trace_id: "abc" } });
      const rig = await new CollectRig().open();
      const metrics = collect(registers[0]!, rig.queue, { everyMs: 1_000 });
      await rig.platform.time.advance(5_500);
      hits.inc({ value: 7, exemplarLabels: { trace_id: "def" } });
      await rig.wait(metrics.stop());
      await rig.close();
      const exemplars = rig.signalsOf("h_total{}").flatMap((signal) =>
        signal.kind === "exemplar" ? [signal] : []
      );
      const labels = exemplars.map(({ exemplarLabels }) => exemplarLabels);
      assert.deepEqual(labels, [[["trace_id", "abc"]], [["trace_id", "def"]]]);
      assert.equal(numberOf(exemplars[0]!.bits), 2);
      // Clients stamp them by the real clock.
      assert.ok(Math.abs(Number(exemplars[0]!.timestampMs) - Date.now()) < 3_600_000);
    });

    it("names counters of OpenMetrics as their series are named", async () => {
      const registers = [openMetrics(new client.Registry())];
      new client.Counter({ name: "a_total", help: "a", registers }).inc();
      new client.Counter({ name: "b", help: "b", registers }).inc();
      // Which takes the suffix out of the names of the metrics.
      await registers[0]!.metrics();
      const rig = await new CollectRig().open();
      await rig.wait(collect(registers[0]!, rig.queue).stop());
      await rig.close();
      assert.deepEqual([...rig.signals.keys()].sort(), ["a_total{}", "b_total{}", "up{}"]);
      assert.deepEqual(rig.metadata.map(({ family }) => family).sort(), ["a_total", "b_total"]);
    });
  });
}

describe("collect", () => {
  it("stamps each round with its time, and at the end says that all series have ended", async () => {
    const registers = [new promClient.Registry()];
    const gauge = new promClient.Gauge({ name: "g", help: "g", registers });
    const rig = await new CollectRig().open();
    const metrics = collect(registers[0]!, rig.queue, { everyMs: 10_000 });
    for (const value of [1, 2, 3]) {
      gauge.set(value);
      await rig.platform.time.advance(10_000);
    }
    gauge.set(4);
    await rig.platform.time.advance(5_000);
    await rig.wait(metrics.stop());
    await rig.platform.time.advance(60_000);
    await rig.close();
    const wanted = ["1@0", "1@10", "2@20", "3@30", "4@35", "stale@35.001"];
    assert.deepEqual(rig.samples("g{}"), wanted);
    assert.deepEqual(rig.samples("up{}"), wanted.map((one) => one.replace(/^\d/, "1")));
  });

  it("has nothing more to say when it is stopped, whoever asks", async () => {
    const rig = await new CollectRig().open();
    const metrics = collect(new promClient.Registry(), rig.queue);
    const stopped = metrics.stop();
    await rig.wait(Promise.all([stopped, metrics.flush(), metrics.stop()]));
    await rig.wait(metrics.flush());
    await rig.close();
    assert.deepEqual(rig.samples("up{}"), ["1@0", "stale@0.001"]);
  });

  it("ends a series that is not there any more, once, and takes it up again", async () => {
    const registers = [new promClient.Registry()];
    const config = { name: "g", help: "g", labelNames: ["id"], registers };
    const gauge = new promClient.Gauge(config);
    const rig = await new CollectRig().open();
    const metrics = collect(registers[0]!, rig.queue, { everyMs: 10_000 });
    gauge.set({ id: "a" }, 1);
    gauge.set({ id: "b" }, 1);
    await rig.platform.time.advance(10_000);
    gauge.remove({ id: "a" });
    await rig.platform.time.advance(20_000);
    gauge.set({ id: "a" }, 2);
    await rig.platform.time.advance(5_000);
    await rig.wait(metrics.stop());
    await rig.close();
    const a = rig.samples("g{id=a}");
    assert.deepEqual(a, ["1@0", "1@10", "stale@20", "2@35", "stale@35.001"]);
    const b = ["1@0", "1@10", "1@20", "1@30", "1@35", "stale@35.001"];
    assert.deepEqual(rig.samples("g{id=b}"), b);
  });

  it("goes on at half the speed when the clock is set back, until that has caught up", async () => {
    const rig = await new CollectRig().open();
    const metrics = collect(new promClient.Registry(), rig.queue, { everyMs: 10_000 });
    await rig.platform.time.advance(10_000);
    rig.platform.time.jump(-15_000);
    await rig.platform.time.advance(45_000);
    await rig.wait(metrics.stop());
    await rig.close();
    // On the wall: 0, 10, then 5, 15, 25, 35, 40.
    assert.deepEqual(
      rig.samples("up{}"),
      ["1@0", "1@10", "1@15", "1@20", "1@25", "1@35", "1@40", "stale@40.001"],
    );
  });

  it("does not wait for a clock that was further ahead than the endpoint takes", async () => {
    const rig = await new CollectRig().open();
    const { script } = rig.platform.http;
    rig.platform.http.script = async (...request) => {
      await script(...request);
      return makeAnswer(204, "", { date: new Date(rig.platform.time.trueMs()).toUTCString() });
    };
    const metrics = collect(new promClient.Registry(), rig.queue, { everyMs: 10_000 });
    await rig.platform.time.advance(15_000);
    rig.platform.time.jump(3_600_000);
    await rig.platform.time.advance(10_000);
    rig.platform.time.jump(-3_600_000);
    await rig.platform.time.advance(10_000);
    await rig.wait(metrics.stop());
    await rig.close();
    const wanted = ["1@0", "1@10", "1@3620", "1@30", "1@35", "stale@35.001"];
    assert.deepEqual(rig.samples("up{}"), wanted);
  });

  it("skips rounds that are missed, and asks no collector that has not answered", async () => {
    const registers = [new promClient.Registry()];
    let asked = 0;
    let answer = (): void => {};
    new promClient.Gauge({
      name: "slow",
      help: "s",
      registers,
      collect(this: promClient.Gauge): Promise<void> | void {
        this.set(++asked);
        if (asked === 2) return new Promise((resolve) => answer = resolve);
      },
    });
    new promClient.Gauge({ name: "quick", help: "q", registers }).set(1);
    const rig = await new CollectRig().open();
    const metrics = collect(registers[0]!, rig.queue, { everyMs: 15_000 });
    await rig.platform.time.advance(40_000);
    assert.equal(asked, 2);
    answer();
    await rig.platform.time.advance(10_000);
    await rig.wait(metrics.stop());
    await rig.close();
    assert.deepEqual(rig.samples("up{}"), ["1@0", "0@15", "0@30", "1@45", "1@50", "stale@50.001"]);
    assert.deepEqual(rig.samples("slow{}"), [
      ...["1@0", "stale@15", "3@45", "4@50", "stale@50.001"],
    ]);
    assert.equal(rig.samples("quick{}").length, 6);
    const told = rig.logger.lines.filter((line) => line.includes("could not be collected"));
    assert.match(told[0]!, /"metric":"slow","error":"no answer within 10 s"/);
  });

  it("does not bunch what was missed while a commit waited for the disk", async () => {
    const rig = await new CollectRig().open();
    let release = (): void => {};
    const metrics = collect(new promClient.Registry(), rig.queue, { everyMs: 10_000 });
    await rig.platform.time.advance(5_000);
    const held = new Promise<void>((resolve) => release = resolve);
    rig.platform.files.fault = async (step, path) => {
      if (step === "sync" && path.includes("/one/")) await held;
      return undefined;
    };
    await rig.platform.time.advance(30_000);
    release();
    await rig.platform.time.advance(10_000);
    await rig.wait(metrics.stop());
    await rig.close();
    assert.deepEqual(rig.samples("up{}"), ["1@0", "1@10", "1@40", "1@45", "stale@45.001"]);
  });

  it("reads on where a collector throws, and says of it that it is not up", async () => {
    const registers = [new promClient.Registry()];
    let isBroken = false;
    new promClient.Gauge({
      name: "bad",
      help: "b",
      registers,
      collect(this: promClient.Gauge): void {
        if (isBroken) throw new Error("no sensor");
        this.set(1);
      },
    });
    new promClient.Gauge({ name: "good", help: "g", registers }).set(2);
    const rig = await new CollectRig().open();
    const metrics = collect(registers[0]!, rig.queue, { everyMs: 10_000 });
    await rig.platform.time.advance(5_000);
    isBroken = true;
    await rig.platform.time.advance(10_000);
    await rig.wait(metrics.stop());
    await rig.close();
    assert.deepEqual(rig.samples("bad{}"), ["1@0", "stale@10"]);
    assert.deepEqual(rig.samples("good{}"), ["2@0", "2@10", "2@15", "stale@15.001"]);
    assert.deepEqual(rig.samples("up{}"), ["1@0", "0@10", "0@15", "stale@15.001"]);
    const told = rig.logger.lines.filter((line) => line.startsWith("warn"));
    assert.deepEqual(told, [
      'warn a metric could not be collected {"metric":"bad","error":"no sensor"}',
    ]);
  });

  it("sends native histograms, in walq's form or with the names of the client's proposal", async () => {
    const spans = [{ offset: 0, length: 1 }];
    const nativeHistogram = {
      ...{ schema: 3, sampleCount: 3, sampleSum: 4.5, zeroThreshold: 1e-9, zeroCount: 1 },
      ...{ positiveSpans: spans, positiveDeltas: [2], negativeSpans: [], negativeDeltas: [] },
    };
    const histogram = { type: "float" as const, schema: 0, count: 1.5, sum: 2, zeroCount: 1.5 };
    const registry = {
      getMetricsAsJSON: () =>
        Promise.resolve([
          { name: "a", type: "histogram", help: "", values: [{ labels: {}, nativeHistogram }] },
          { name: "b", type: "histogram", help: "", values: [{ labels: {}, histogram }] },
        ]),
    };
    const rig = await new CollectRig().open();
    await rig.wait(collect(registry, rig.queue).stop());
    await rig.close();
    const of = (series: string) => {
      const [signal] = rig.signalsOf(series);
      assert.equal(signal?.kind, "histogram");
      const { count, sum, positive, isFloat } = signal.histogram;
      return { count: isFloat ? numberOf(count) : Number(count), sum: numberOf(sum), positive };
    };
    assert.deepEqual(of("a{}"), { count: 3, sum: 4.5, positive: [2n] });
    assert.deepEqual(of("b{}"), { count: 1.5, sum: 2, positive: [] });
    assert.equal(rig.samples("a{}")[1], "stale@0.001");
  });

  it("tells what it cannot take, and takes the rest", async () => {
    const metric = (name: unknown, values: unknown) => ({ name, get: () => ({ name, values }) });
    const registry = {
      getMetricsAsArray: () => [
        metric("text", [{ value: "1" }, { value: 1, labels: { a: "b" } }]),
        metric("lone", [{ value: 1, labels: { a: "\ud800" } }]),
        metric("twice", [{ value: 1, labels: { a: 1 } }, { value: 2, labels: { a: "1" } }]),
        metric(7, []),
        metric("none", undefined),
        metric("odd", "values"),
        metric("fine", [{ value: 1 }]),
      ],
    };
    const rig = await new CollectRig().open();
    await rig.wait(collect(registry, rig.queue).stop());
    await rig.close();
    assert.deepEqual([...rig.signals.keys()].sort(), ["fine{}", "text{a=b}", "twice{a=1}", "up{}"]);
    assert.deepEqual(rig.samples("up{}"), ["0@0", "stale@0.001"]);
    assert.deepEqual(rig.samples("twice{a=1}"), ["1@0", "stale@0.001"]);
    const told = rig.logger.lines.filter((line) => line.startsWith("warn")).join("\n");
    assert.match(told, /got a string as value, expected a number/);
    assert.match(told, /not valid Unicode/);
    assert.match(told, /comes twice/);
    assert.match(told, /has no name/);
    assert.match(told, /no list of values/);
  });

  it("takes a label without a text for none: with it or without, a series is the same", async () => {
    let values: object[] = [{ value: 1, labels: { a: "", job: "" } }];
    const metric = { get: () => ({ name: "m", values }) };
    const registry = {
      _defaultLabels: { zone: "b", a: "c" },
      getMetricsAsArray: () => [metric],
    };
    const rig = await new CollectRig().open();
    const metrics = collect(registry, rig.queue, { labels: { job: "api", none: "" } });
    await rig.platform.time.advance(1_000);
    values = [{ value: 2, labels: { a: "" } }];
    await rig.platform.time.advance(15_000);
    values = [{ value: 3, labels: { a: "" } }, { value: 4, labels: { a: "", none: "" } }];
    await rig.wait(metrics.stop());
    await rig.close();
    assert.deepEqual(rig.samples("m{job=api,zone=b}"), ["1@0", "2@15", "3@16", "stale@16.001"]);
    assert.deepEqual([...rig.signals.keys()].sort(), ["m{job=api,zone=b}", "up{job=api}"]);
    assert.match(rig.logger.lines.join("\n"), /comes twice/);
  });

  it("is told by a registry that fails as a whole", async () => {
    const registry = {
      getMetricsAsArray: (): object[] => {
        throw new Error("gone");
      },
    };
    const rig = await new CollectRig().open();
    await rig.wait(collect(registry, rig.queue).stop());
    await rig.close();
    assert.deepEqual(rig.samples("up{}"), ["0@0", "stale@0.001"]);
  });

  it("says again that a series has ended if the disk refused it", async () => {
    const registers = [new promClient.Registry()];
    const gauge = new promClient.Gauge({ name: "g", help: "g", registers });
    gauge.set(1);
    const rig = await new CollectRig().open();
    const metrics = collect(registers[0]!, rig.queue, { everyMs: 10_000 });
    await rig.platform.time.advance(5_000);
    registers[0]!.removeSingleMetric("g");
    rig.platform.files.fault = (step) => step === "write" ? "no_space" : undefined;
    await rig.platform.time.advance(10_000);
    await assert.rejects(rig.wait(metrics.flush()), { code: "STORAGE" });
    rig.platform.files.fault = undefined;
    await rig.platform.time.advance(30_000);
    await rig.wait(metrics.stop());
    await rig.close();
    const [first, second, ...more] = rig.samples("g{}");
    assert.equal(first, "1@0");
    assert.match(second!, /^stale@/);
    assert.deepEqual(more, []);
    assert.ok(rig.logger.lines.some((line) => line.startsWith("error collected samples were not")));
  });

  it("tells exemplars and metadata again if the disk refused them", async () => {
    const exemplar = { labelSet: { trace: "a" }, value: 3, timestamp: 1_735_689_600 };
    const values = [{ value: 3, labels: {}, exemplar }];
    const metric = { name: "g", type: "gauge", help: "G", values };
    const rig = await new CollectRig().open();
    const metrics = collect({ getMetricsAsArray: () => [{ get: () => metric }] }, rig.queue);
    rig.platform.files.fault = (step) => step === "write" ? "no_space" : undefined;
    await assert.rejects(rig.wait(metrics.flush()), { code: "STORAGE" });
    rig.platform.files.fault = undefined;
    await rig.wait(metrics.flush());
    await rig.wait(metrics.stop());
    await rig.close();
    const kinds = rig.signalsOf("g{}").map(({ kind }) => kind);
    assert.deepEqual(kinds.filter((kind) => kind === "exemplar"), ["exemplar"]);
    assert.deepEqual(rig.metadata.map(({ help }) => help), ["G"]);
  });

  it("takes no room in the queue's cache of series, and does without it", async () => {
    const values = Array.from({ length: 2_000 }, (_, id) => ({ value: id, labels: { id } }));
    const registry = { getMetricsAsArray: () => [{ get: () => ({ name: "g", values }) }] };
    const rig = await new CollectRig().open({ limits: { seriesCacheBytesMax: "64KiB" } });
    const appender = rig.queue.appender();
    const ref = appender.append({ __name__: "other" }, rig.platform.clock.nowMs(), 1);
    const metrics = collect(registry, rig.queue, { everyMs: 10_000 });
    await rig.platform.time.advance(15_000);
    // Of this one nothing was forgotten.
    appender.append(ref, rig.platform.clock.nowMs(), 2);
    await rig.wait(appender.commit({ durable: true }));
    await rig.wait(metrics.stop());
    await rig.close();
    assert.deepEqual(rig.samples("other{}"), ["1@0", "2@15"]);
    assert.deepEqual(rig.samples("g{id=7}").slice(0, 2), ["7@0", "7@10"]);
  });

  it("has a bounded number of parts on their way to the disk", async () => {
    const values = Array.from({ length: 40_000 }, (_, id) => ({ value: id, labels: { id } }));
    const registry = { getMetricsAsArray: () => [{ get: () => ({ name: "g", values }) }] };
    const rig = await new CollectRig().open();
    const [counts, appenderOf] = [{ now: 0, most: 0 }, rig.queue.appender.bind(rig.queue)];
    rig.queue.appender = () => {
      const appender = appenderOf();
      const commit = appender.commit.bind(appender);
      appender.commit = (options) => {
        counts.most = Math.max(counts.most, ++counts.now);
        return commit(options).finally(() => counts.now--);
      };
      return appender;
    };
    await rig.wait(collect(registry, rig.queue).stop());
    await rig.close();
    assert.ok(counts.most <= 16, `${counts.most} parts at once`);
    assert.equal(rig.signals.size, 40_001);
  });

  it("takes a registry of any size, in parts that are each small enough", async () => {
    const values = Array.from({ length: 12_000 }, (_, id) => ({ value: id, labels: { id } }));
    const registry = { getMetricsAsArray: () => [{ get: () => ({ name: "many", values }) }] };
    const rig = await new CollectRig().open({ limits: { uncompressedBytesMax: "1MiB" } });
    const metrics = collect(registry, rig.queue, { labels: { pad: "x".repeat(60) } });
    await rig.wait(metrics.stop());
    await rig.close();
    assert.equal(rig.signals.size, 12_001);
    assert.equal(rig.samples(`many{id=11999,pad=${"x".repeat(60)}}`).length, 2);
  });

  it("takes labels of any length, in parts of so many bytes", async () => {
    const values = Array.from({ length: 40 }, (_, id) => ({
      value: id,
      labels: { id, trace: "x".repeat(100_000) },
    }));
    const registry = { getMetricsAsArray: () => [{ get: () => ({ name: "long", values }) }] };
    const rig = await new CollectRig().open({ limits: { uncompressedBytesMax: "1MiB" } });
    await rig.wait(collect(registry, rig.queue).stop());
    await rig.close();
    assert.equal(rig.signals.size, 41);
    assert.deepEqual(rig.logger.lines.filter((line) => !line.startsWith("info")), []);
  });

  it("stops by itself, and says so, when the queue is closed before it", async () => {
    const rig = await new CollectRig().open();
    collect(new promClient.Registry(), rig.queue, { everyMs: 10_000 });
    await rig.platform.time.advance(5_000);
    await rig.close();
    await rig.platform.time.advance(60_000);
    const told = rig.logger.lines.filter((line) => line.includes("call stop() before"));
    assert.equal(told.length, 1);
    assert.equal(rig.platform.time.timers, 0);
  });

  it("is typed for the registries of both", async () => {
    const rig = await new CollectRig().open();
    const both = [
      collect(new promClient.Registry(), rig.queue),
      collect(promClient.register, rig.queue),
      collect(new promClient.Registry<promClient.OpenMetricsContentType>(), rig.queue),
      collect(new successor.Registry(), rig.queue),
      collect(successor.register, rig.queue),
    ];
    for (const one of both) await rig.wait(one.stop());
    await rig.close();
  });

  it("refuses options that make no sense", async () => {
    const rig = await new CollectRig().open();
    const registry = new promClient.Registry();
    for (const everyMs of [0, -1, NaN, 9, Infinity, "15s" as unknown as number]) {
      assert.throws(() => collect(registry, rig.queue, { everyMs }), RangeError);
    }
    const labels = { job: 1 } as unknown as Record<string, string>;
    assert.throws(() => collect(registry, rig.queue, { labels }), TypeError);
    await rig.close();
  });
});
