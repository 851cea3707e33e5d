/** A queue of files that hands over to a stream: nothing is lost, whatever the servers do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Platform } from "../../src/contracts.ts";
import { StreamError } from "../../src/errors.ts";
import type { EndpointOptions } from "../../src/options.ts";
import { Queue } from "../../src/queue.ts";
import { type MemoryStreamFault, seededRandom } from "../../src/testing/memory.ts";
import { linesOf, storedSignals, valuesOf } from "../jetstream/stored_signals.ts";
import { encodeRequest } from "../support/remote_write.ts";
import { ALL_KINDS, samples, START_MS } from "../tools/support.ts";
import { Rig } from "./support.ts";

const PARTITIONS = 3;

class EdgeRig extends Rig {
  constructor(endpoint: Partial<EndpointOptions> = {}) {
    super({
      ttl: "3650d",
      endpoints: [{
        name: "edge",
        url: "nats://a,b/metrics",
        nats: { partitions: PARTITIONS },
        retryBackoff: "100ms",
        retryBackoffMax: "1s",
        ...endpoint,
      }],
    });
  }

  get stream() {
    return this.platform.streams.get("metrics")!;
  }

  stored() {
    return storedSignals(this.stream.connect());
  }

  async write(body: Parameters<typeof encodeRequest>[0]): Promise<void> {
    await this.wait(this.queue.writeAppended(encodeRequest(body, "appended")));
  }
}

test("all that a batch can have is in the stream as it came in, and the accounts close", async () => {
  const rig = await new EdgeRig().open();
  await rig.write(ALL_KINDS);
  await rig.drain();
  rig.checkSum();
  const lines = linesOf(await rig.stored());
  assert.deepEqual(lines.map((line) => line.replace(/ +.*/, "")), [
    "exemplar",
    "histogram",
    "metadata",
    ...Array.from({ length: 6 }, () => "sample"),
  ]);
  assert.match(lines.join("\n"), /stale/);
  assert.match(lines.join("\n"), /start=/);
  const [one] = rig.queue.stats().endpoints;
  assert.equal(one!.url, "nats://a:4222,b:4222/metrics");
  assert.equal(one!.protobufMessage, "io.prometheus.write.v2.Request");
  assert.equal(one!.deliveredTotal, 9);
  const { answers } = rig.queue.details("edge")!;
  assert.deepEqual(answers.map(({ status, outcome, words }) => [status, outcome, words]), [
    [204, "delivered", "stored by the stream's quorum"],
  ]);
  await rig.queue.close();
});

test("external labels and rules are applied before, and decide the partition", async () => {
  const rig = await new EdgeRig({
    externalLabels: { site: "edge-7", job: "unused" },
    writeRelabelConfigs: [
      { sourceLabels: ["__name__"], regex: "secret_.*", action: "drop" },
      { sourceLabels: ["job"], targetLabel: "team", replacement: "team-$1" },
      { regex: "tmp", action: "labeldrop" },
    ],
  }).open();
  await rig.write({
    series: [
      samples([["__name__", "up"], ["job", "node"], ["tmp", "x"]], [1]),
      samples([["__name__", "secret_total"], ["job", "node"]], [2]),
    ],
    metadata: [],
  });
  await rig.drain();
  const stored = await rig.stored();
  assert.deepEqual(stored.map(({ signal }) => signal.kind === "sample" && signal.labels), [
    { __name__: "up", job: "node", site: "edge-7", team: "team-node" },
  ]);
  assert.equal(rig.queue.stats().dropped.dropped_series, 1);
  rig.checkSum();
  await rig.queue.close();
});

/** What servers do with requests, and whether anything may come twice then. */
const TROUBLES: Readonly<Record<string, Trouble>> = {
  "are full, and lose requests": { faults: ["fill", "lose"] },
  "lose answers": { faults: ["fill", "lose", "lose_answer"] },
  "refuse some": { faults: ["refuse", "fill"], mayDouble: true },
  "do all of it, while the edge crashes,": {
    faults: ["fill", "lose", "lose_answer", "refuse"],
    crashes: true,
    mayDouble: true,
  },
};

interface Trouble {
  readonly faults: readonly MemoryStreamFault[];
  readonly crashes?: true;
  readonly mayDouble?: true;
}

for (const [what, { faults, crashes, mayDouble }] of Object.entries(TROUBLES)) {
  for (const seed of [1, 2, 3]) {
    test(`servers that ${what} lose nothing, seed ${seed}`, async () => {
      const rig = await new EdgeRig({ minShards: 4, batchCount: 7 }).open();
      const random = seededRandom(seed);
      await rig.write({ series: [samples([["__name__", "first"]], [0])], metadata: [] });
      await rig.drain();
      rig.stream.fault = (step) => {
        if (step !== "publish" || random() < 0.6) return undefined;
        return faults[Math.floor(random() * faults.length)];
      };
      const names = Array.from({ length: 12 }, (_, at) => `s${at}`);
      for (let round = 0; round < 20; round++) {
        const series = names.map((name) =>
          samples([["__name__", name]], [round], START_MS + round)
        );
        await rig.write({ series, metadata: [] });
        await rig.platform.time.advance(200);
        rig.checkSum();
        if (crashes && round % 5 === 4) await rig.crash();
      }
      rig.stream.fault = undefined;
      await rig.drain();
      rig.checkSum();
      const stored = await rig.stored();
      const wanted = Array.from({ length: 20 }, (_, round) => round);
      for (const name of names) {
        const values = valuesOf(stored, name);
        // Where requests are made anew, or parted, what was stored before comes a second time.
        const told = mayDouble ? [...new Set(values)] : values;
        assert.deepEqual(told, wanted, name);
      }
      const { dropped } = rig.queue.stats();
      assert.deepEqual(Object.values(dropped).filter((count) => count > 0), []);
      await rig.queue.close();
    });
  }
}

test("a stream that is full for hours gets each part once, however often the request is sent", async () => {
  const rig = await new EdgeRig({ parallelism: 1 }).open();
  await rig.write({ series: [samples([["__name__", "first"]], [0])], metadata: [] });
  await rig.drain();
  rig.stream.fault = (step, subject) =>
    step === "publish" && subject.startsWith("metrics.1.") ? "fill" : undefined;
  const names = Array.from({ length: 12 }, (_, at) => `s${at}`);
  await rig.write({
    series: names.map((name) => samples([["__name__", name]], [1])),
    metadata: [],
  });
  await rig.platform.time.advance(3 * 3_600_000);
  assert.equal(rig.pending(), 12);
  rig.stream.fault = undefined;
  await rig.drain();
  const stored = await rig.stored();
  for (const name of names) assert.deepEqual(valuesOf(stored, name), [1], name);
  await rig.queue.close();
});

test("a stream that is down, full or refuses who asks holds the queue, and goes on by itself", async () => {
  const rig = new EdgeRig();
  rig.platform.streams.fault = () => new StreamError("unavailable", "no server answers");
  await rig.open();
  await rig.put("up", 1);
  await rig.platform.time.advance(60_000);
  assert.equal(rig.pending(), 1);
  const lastError = (): string => rig.queue.stats().endpoints[0]!.lastError ?? "";
  assert.match(lastError(), /^HTTP 503: Cannot open the stream .*no server answers$/);
  rig.platform.streams.fault = () => new StreamError("denied", "Authorization Violation");
  await rig.platform.time.advance(60_000);
  assert.match(lastError(), /^HTTP 401: .*want to know who asks, and no credentials are given/);
  assert.ok(rig.queue.stats().endpoints[0]!.refusedMs > 0);
  rig.platform.streams.fault = undefined;
  await rig.drain();
  rig.stream.fault = (step) => step === "publish" ? "fill" : undefined;
  await rig.put("up", 2, Math.floor(rig.nowMs()));
  await rig.platform.time.advance(60_000);
  assert.equal(lastError(), "HTTP 503: the stream has no room");
  rig.stream.fault = undefined;
  await rig.drain();
  assert.deepEqual(valuesOf(await rig.stored(), "up"), [1, 2]);
  rig.checkSum();
  await rig.queue.close();
});

test("a secret that is replaced is used by the next connection, and is never shown", async () => {
  const rig = new EdgeRig({ bearerTokenFile: "/token" });
  const put = async (text: string): Promise<void> => {
    await rig.platform.files.remove("/token").catch(() => {});
    await rig.platform.files.writeAndSync("/token", [new TextEncoder().encode(text)]);
  };
  await put("hunter2-old");
  rig.platform.streams.fault = ({ identity }) => {
    const { token } = identity();
    return token === "hunter2-new" ? undefined : new StreamError("denied", `not ${token}`);
  };
  await rig.open();
  await rig.put("up", 1);
  await rig.platform.time.advance(5_000);
  const [one] = rig.queue.stats().endpoints;
  assert.match(one!.lastError ?? "", /the servers refuse the token: not <hidden>$/);
  await put("hunter2-new");
  await rig.drain();
  assert.doesNotMatch(JSON.stringify([rig.logger.lines, rig.queue.details("edge")]), /hunter2/);
  await rig.queue.close();
});

test("an endpoint goes from HTTP to a stream and back without a loss", async () => {
  const rig = new Rig();
  rig.one.answer = () => Promise.reject(new Error("down"));
  await rig.open();
  await rig.put("up", 1);
  const stream = { name: "one", url: "nats://a/metrics", nats: { partitions: PARTITIONS } };
  await rig.wait(rig.queue.update({ ...rig.options, endpoints: [stream] }));
  await rig.drain();
  const log = rig.platform.streams.get("metrics")!.connect();
  const stored = await storedSignals(log);
  assert.deepEqual(valuesOf(stored, "up"), [1]);
  rig.one.answer = () => ({ status: 204, header: () => undefined, text: "" });
  await rig.wait(rig.queue.update(rig.options));
  await rig.put("up", 2);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=up"), [2]);
  rig.checkSum();
  await rig.queue.close();
});

test("what an edge hands over is sent by a queue that is kept in that stream", async () => {
  const edge = await new EdgeRig({ externalLabels: { site: "edge" } }).open();
  const core = new Rig({
    dataPath: "/core",
    ttl: "3650d",
    store: { url: "nats://a/metrics", partitions: PARTITIONS },
  });
  // On another host, before the same servers.
  const openStream: Platform["openStream"] = (settings) =>
    edge.platform.streams.open(settings, () => false);
  const platform = Object.assign(core.platform, { openStream });
  core.queue = await Queue.open(core.options, { platform, logger: core.logger });
  for (let round = 0; round < 5; round++) {
    await edge.write({
      series: ["a", "b", "c", "d"].map((name) =>
        samples([["__name__", name]], [round], START_MS + round)
      ),
      metadata: [],
    });
    await edge.drain();
  }
  const arrived = (): boolean => core.one.arrivals.length === 20;
  assert.ok(await core.platform.time.advanceUntil(arrived, 120_000), "not all has arrived");
  for (const name of ["a", "b", "c", "d"]) {
    assert.deepEqual(core.one.valuesOf(`__name__=${name},site=edge`), [0, 1, 2, 3, 4]);
  }
  edge.checkSum();
  await edge.queue.close();
  await core.wait(core.queue.close());
});
