/** Rules for labels, from the options to what an endpoint is sent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpAnswer, HttpRequest } from "../../src/contracts.ts";
import type { EndpointOptions, QueueOptions, RelabelConfig } from "../../src/options.ts";
import { Queue } from "../../src/queue.ts";
import { makeAnswer, MemoryPlatform } from "../../src/testing/memory.ts";
import type { Labels } from "../../src/types.ts";
import { uncompress } from "../support/hysnappy.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { decodeRequest } from "../support/remote_write.ts";
import type { SeriesForm } from "../support/signals.ts";

const V2 = "io.prometheus.write.v2.Request";

/** A queue with one endpoint, and what that is sent. */
class Relabeling {
  readonly platform = new MemoryPlatform();
  readonly logger = new MemoryLogger();
  readonly series: SeriesForm[] = [];
  status = 204;
  queue!: Queue;

  static async open(endpoint: Partial<EndpointOptions>): Promise<Relabeling> {
    const made = new Relabeling();
    made.platform.http.script = (request) => made.#answer(request);
    made.queue = await Queue.open(optionsOf(endpoint), made);
    return made;
  }

  #answer({ headers, body }: HttpRequest): HttpAnswer {
    const isV2 = headers["content-type"]!.includes("v2");
    const form = decodeRequest(uncompress(body!), isV2 ? "v2" : "v1");
    const written = form.series.flatMap(({ signals }) => signals);
    const answer = Object.fromEntries(
      (["sample", "histogram", "exemplar"] as const).map((kind) => [
        `x-prometheus-remote-write-${kind}s-written`,
        String(written.filter((signal) => signal.kind === kind).length),
      ]),
    );
    if (this.status < 300) this.series.push(...form.series);
    return makeAnswer(this.status, "", this.status < 300 ? answer : {});
  }

  /** Sends a sample of each series. */
  async put(...all: readonly Labels[]): Promise<void> {
    const appender = this.queue.appender();
    for (const labels of all) appender.append(labels, this.platform.clock.nowMs(), 1);
    await this.commit(appender);
  }

  async commit(appender: ReturnType<Queue["appender"]>): Promise<void> {
    const done = appender.commit({ durable: true });
    await this.platform.time.advance(5_000);
    await done;
  }

  sent(): Labels[] {
    return this.series.map(({ labels }) => Object.fromEntries(labels));
  }

  stats() {
    const stats = this.queue.stats().endpoints[0]!;
    const dropped = Object.values(stats.droppedTotal).reduce((sum, one) => sum + one, 0);
    assert.equal(stats.acceptedTotal, stats.deliveredTotal + dropped + stats.pendingSignals);
    return stats;
  }
}

function optionsOf(endpoint: Partial<EndpointOptions>): QueueOptions {
  return {
    dataPath: "/data",
    endpoints: [{ name: "one", url: "http://one/", parallelism: 1, ...endpoint }],
  };
}

const REPLICA: RelabelConfig = { targetLabel: "__replica__", replacement: "a" };

test("rules come behind external labels, and labels that begin with __ stay", async () => {
  const one = await Relabeling.open({
    externalLabels: { cluster: "eu", __tenant__: "t" },
    writeRelabelConfigs: [
      REPLICA,
      { sourceLabels: ["cluster"], targetLabel: "__tmp_region", replacement: "$1-1" },
      { sourceLabels: ["__tmp_region"], targetLabel: "region" },
    ],
  });
  await one.put({ __name__: "up" }, { __name__: "up", cluster: "us" });
  const more = { __name__: "up", __replica__: "a", __tenant__: "t" };
  assert.deepEqual(one.sent(), [
    { ...more, __tmp_region: "eu-1", cluster: "eu", region: "eu-1" },
    { ...more, __tmp_region: "us-1", cluster: "us", region: "us-1" },
  ]);
});

test("an external label that a rule has dropped is not added again", async () => {
  const one = await Relabeling.open({
    externalLabels: { cluster: "eu" },
    writeRelabelConfigs: [{ regex: "cluster", action: "labeldrop" }],
  });
  await one.put({ __name__: "up" });
  assert.deepEqual(one.sent(), [{ __name__: "up" }]);
});

test("what rules drop is counted and logged, and the batch is done when nothing else is in it", async () => {
  const one = await Relabeling.open({
    writeRelabelConfigs: [{ sourceLabels: ["__name__"], regex: "go_.*", action: "drop" }],
  });
  await one.put({ __name__: "go_a" }, { __name__: "up" }, { __name__: "go_b" });
  await one.put({ __name__: "go_a" });
  assert.deepEqual(one.sent(), [{ __name__: "up" }]);
  const { droppedTotal, deliveredTotal, pendingSignals, pendingBatches } = one.stats();
  assert.equal(droppedTotal.dropped_series, 3);
  assert.deepEqual([deliveredTotal, pendingSignals, pendingBatches], [1, 0, 0]);
  assert.match(one.logger.lines.join("\n"), /signals dropped .*dropped_series/);
});

test("series that become one are both sent, counted, and told in one line", async () => {
  const one = await Relabeling.open({
    writeRelabelConfigs: [{ regex: "pod", action: "labeldrop" }],
  });
  const pods = ["a", "b", "c"].map((pod) => ({ __name__: "up", pod }));
  await one.put(...pods);
  await one.put(...pods);
  assert.equal(one.sent().length, 6);
  assert.equal(one.stats().mergedSetsTotal, 2);
  assert.equal(one.stats().deliveredTotal, 6);
  const lines = one.logger.lines.filter((line) => line.includes("made label sets one"));
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /__name__=.*up/);
});

test("a set that a rule makes too large is dropped for its own reason", async () => {
  const doubling = { sourceLabels: ["a"], targetLabel: "a", replacement: "$1$1" };
  const one = await Relabeling.open({
    writeRelabelConfigs: Array.from({ length: 30 }, () => doubling),
  });
  await one.put({ __name__: "up", a: "x" }, { __name__: "up" });
  assert.deepEqual(one.sent(), [{ __name__: "up" }]);
  assert.equal(one.stats().droppedTotal.relabeled_too_large, 1);
});

test("other rules hold from an update on, also for what waits", async () => {
  const one = await Relabeling.open({ writeRelabelConfigs: [REPLICA] });
  one.status = 503;
  await one.put({ __name__: "up" });
  assert.deepEqual(one.sent(), []);
  one.status = 204;
  await one.queue.update(optionsOf({ writeRelabelConfigs: [{ ...REPLICA, replacement: "b" }] }));
  await one.platform.time.advance(60_000);
  assert.deepEqual(one.sent(), [{ __name__: "up", __replica__: "b" }]);
  one.stats();
});

for (const protobufMessage of ["prometheus.WriteRequest", V2] as const) {
  test(`exemplars and histograms go with their series in ${protobufMessage}`, async () => {
    const one = await Relabeling.open({
      protobufMessage,
      writeRelabelConfigs: [
        { sourceLabels: ["drop"], regex: "1", action: "drop" },
        { targetLabel: "zone", replacement: "z" },
      ],
    });
    const appender = one.queue.appender();
    const nowMs = one.platform.clock.nowMs();
    for (const labels of [{ __name__: "a_total" }, { __name__: "a_total", drop: "1" }]) {
      const ref = appender.append(labels, nowMs, 1);
      appender.appendExemplar(ref, { labels: { trace_id: "t" }, value: 1, timestampMs: nowMs });
    }
    appender.appendHistogram({ __name__: "h" }, nowMs, {
      type: "integer",
      count: 0,
      sum: 0,
      schema: 0,
    });
    await one.commit(appender);
    const sent = one.series.map(({ labels, signals }) => [
      Object.fromEntries(labels),
      signals.map(({ kind }) => kind),
    ]);
    const total = { __name__: "a_total", zone: "z" };
    const wanted = protobufMessage === V2
      ? [[total, ["sample", "exemplar"]], [{ __name__: "h", zone: "z" }, ["histogram"]]]
      : [[total, ["sample"]], [total, ["exemplar"]], [{ __name__: "h", zone: "z" }, ["histogram"]]];
    assert.deepEqual(sent, wanted);
    assert.equal(one.stats().droppedTotal.dropped_series, 2);
  });
}

test("a series that rules rename still has the metadata of what it was", async () => {
  const one = await Relabeling.open({
    protobufMessage: V2,
    writeRelabelConfigs: [
      { sourceLabels: ["__name__"], targetLabel: "__name__", replacement: "new_$1" },
    ],
  });
  const appender = one.queue.appender();
  appender.updateMetadata("a", { type: "gauge", help: "What it is." });
  appender.append({ __name__: "a" }, one.platform.clock.nowMs(), 1);
  await one.commit(appender);
  assert.deepEqual(one.sent(), [{ __name__: "new_a" }]);
  assert.equal(one.series[0]!.metadata?.help, "What it is.");
  assert.equal(one.stats().droppedTotal.metadata_without_series, 0);
});

test("a series without a name is sent as it is, and one with an empty label name is not", async () => {
  const one = await Relabeling.open({
    writeRelabelConfigs: [
      { regex: "__name__", action: "labeldrop" },
      { regex: "empty(.*)", action: "labelmap" },
    ],
  });
  await one.put({ __name__: "up", a: "1" }, { __name__: "up", empty: "1" });
  assert.deepEqual(one.sent(), [{ a: "1" }]);
  assert.equal(one.stats().droppedTotal.unsupported, 1);
});

test("a series has the metadata of its family, by the suffixes that its type has for Prometheus", async () => {
  const one = await Relabeling.open({ protobufMessage: V2 });
  const appender = one.queue.appender();
  appender.updateMetadata("c", { type: "counter", help: "counted" });
  appender.updateMetadata("s", { type: "summary", help: "summed" });
  const names = ["c", "c_total", "c_created", "c_sum", "s", "s_sum", "s_count", "s_created"];
  for (const __name__ of names) appender.append({ __name__ }, one.platform.clock.nowMs(), 1);
  await one.commit(appender);
  const said = one.series.map(({ labels, metadata }) => [labels[0]![1], metadata?.help ?? ""]);
  assert.deepEqual(said.filter(([, help]) => help !== ""), [
    ["c", "counted"],
    ["c_total", "counted"],
    ["s", "summed"],
    ["s_sum", "summed"],
    ["s_count", "summed"],
  ]);
});

test("a series has what was said of its family with it, though others say something else", async () => {
  for (const drops of [false, true]) {
    const one = await Relabeling.open({
      protobufMessage: V2,
      // Rows between the others go.
      writeRelabelConfigs: drops ? [{ sourceLabels: ["by"], regex: "2", action: "drop" }] : [],
    });
    const say = (appender: ReturnType<Queue["appender"]>, by: string, help: string): void => {
      appender.updateMetadata("m", { type: "gauge", help });
      for (const series of ["1", "2"]) {
        const labels = { __name__: "m", by, series };
        appender.append(labels, one.platform.clock.nowMs(), 1);
      }
    };
    for (const by of ["1", "2", "3", "2", "1"]) {
      const appender = one.queue.appender();
      say(appender, by, `said by ${by}`);
      void appender.commit();
      await one.platform.time.advance(1);
    }
    await one.platform.time.advance(10_000);
    const said = one.series.map(({ labels, metadata }) => {
      const { by, series } = Object.fromEntries(labels);
      return [by, series, metadata?.help];
    });
    const wanted = ["1", "2", "3", "2", "1"].filter((by) => !drops || by !== "2")
      .flatMap((by) => ["1", "2"].map((series) => [by, series, `said by ${by}`]));
    assert.deepEqual(said.toSorted(), wanted.toSorted());
    one.stats();
  }
});
