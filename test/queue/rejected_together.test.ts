/** Many small requests that were refused, sent again together: few files, nothing lost, and nobody has to wait. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest, RefusedRequest } from "../../src/contracts.ts";
import { encodeRejected, rejectedName } from "../../src/filequeue/rejected_file.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import type { EndpointOptions, QueueOptions } from "../../src/options.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { uncompress } from "../support/hysnappy.ts";
import { decodeRequest } from "../support/remote_write.ts";
import { bitsOf, encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import type { RequestForm } from "../support/signals.ts";
import { CONTENT, Rig } from "./support.ts";

const kernel = await loadKernel();
const START_MS = 1_700_000_000_000;
const V1 = "prometheus.WriteRequest";
const V2 = "io.prometheus.write.v2.Request";

/** What was refused with one sample, unless it says otherwise. */
function refusal(bytes: Uint8Array, kinds: Partial<RefusedRequest["body"]["kinds"]> = {}) {
  const body = {
    number: 1,
    bytes,
    uncompressedBytes: 0,
    signals: 1,
    kinds: { samples: 1, histograms: 0, exemplars: 0, metadata: 0, ...kinds },
    oldestMs: START_MS,
    newestMs: START_MS,
  };
  const answer = { cause: "rejected", status: 400, reason: "no", refused: 1 } as const;
  return { ...answer, body, protobufMessage: V1 } as const;
}

/** Puts files into rejected/, one behind the other. Returns their paths. */
function plant(rig: Rig, requests: readonly RefusedRequest[]): string[] {
  return requests.map((request, at) => {
    const checksum = kernel.checksumOf(request.body.bytes);
    const of = { endpoint: "one", nowMs: START_MS + at, checksum };
    const { id, parts } = encodeRejected(request, of);
    const path = `/data/one/rejected/${rejectedName(id)}`;
    rig.platform.files.plant(path, Uint8Array.from(parts.flatMap((part) => [...part])));
    return path;
  });
}

function sampleOf(value: number): RefusedRequest {
  return refusal(encodeRequest([wireSeries({ __name__: "a" }, START_MS + value, value)]));
}

function rigOf(more: Partial<EndpointOptions> = {}, queue: Partial<QueueOptions> = {}): Rig {
  const one = { name: "one", url: "http://one/write", parallelism: 1, rejectedAgeMax: "3650d" };
  return new Rig({ endpoints: [{ ...one, ...more } as EndpointOptions], ...queue });
}

/** Does this when the first file goes into the queue. */
function onFirstFile(rig: Rig, work: () => void): void {
  rig.platform.files.fault = (step, path) => {
    if (step !== "sync" || !path.includes("/wal/")) return undefined;
    rig.platform.files.fault = undefined;
    work();
    return undefined;
  };
}

const MANY = 4109;
const ALL = Array.from({ length: MANY }, (_, value) => value);

test("4,109 of them are a few files, with one fsync each, and arrive in their order", async () => {
  const rig = rigOf();
  plant(rig, ALL.map(sampleOf));
  await rig.open();
  rig.one.answer = () => makeAnswer(503);
  const { sync } = rig.platform.files.counts;
  const sent = await rig.wait(rig.queue.retryRejected());
  assert.deepEqual([sent.requests, sent.signals], [MANY, MANY]);
  assert.ok((await rig.files()).length <= 10, `${(await rig.files()).length}`);
  assert.ok(
    rig.platform.files.counts.sync - sync <= 20,
    `${rig.platform.files.counts.sync - sync}`,
  );
  assert.deepEqual(await rig.queue.rejected(), []);
  rig.checkSum();
  rig.one.answer = () => makeAnswer(204);
  await rig.drain();
  rig.checkSum();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), ALL);
});

test("what else is to be done comes in between, and is not behind all of them", async () => {
  const rig = rigOf({ keepDelivered: "1h" });
  plant(rig, ALL.map(sampleOf));
  await rig.open();
  rig.one.answer = () => makeAnswer(503);
  const ended: string[] = [];
  const note = (what: string) => (): void => void ended.push(what);
  const others: Promise<void>[] = [];
  onFirstFile(rig, () => {
    others.push(rig.queue.update(rig.options).then(note("update")));
    others.push(rig.queue.replay({ fromMs: 0, toMs: 1 }).then(note("replay")));
  });
  await rig.wait(rig.queue.retryRejected().then(note("retry")));
  await rig.wait(Promise.all(others));
  assert.deepEqual(ended.slice().sort(), ["replay", "retry", "update"]);
  assert.equal(ended.at(-1), "retry");
  assert.equal(rig.pending(), MANY);
});

test("an endpoint that is removed in the middle keeps what was not sent yet", async () => {
  const rig = rigOf();
  plant(rig, ALL.map(sampleOf));
  await rig.open();
  rig.one.answer = () => makeAnswer(503);
  const [one] = rig.options.endpoints;
  let updated: Promise<void> | undefined;
  onFirstFile(rig, () => {
    updated = rig.queue.update({ ...rig.options, endpoints: [{ ...one!, name: "two" }] });
  });
  const { requests } = await rig.wait(rig.queue.retryRejected());
  assert.ok(requests > 0 && requests < MANY, `${requests}`);
  await rig.wait(updated!);
  await rig.wait(rig.queue.update(rig.options));
  assert.equal((await rig.queue.rejected()).length, MANY - requests);
  rig.one.answer = () => makeAnswer(204);
  await rig.wait(rig.queue.retryRejected());
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), ALL);
});

for (const sync of ["commit", "interval", "none"] as const) {
  test(`with sync ${sync} a power cut at any step of it loses none`, async () => {
    const values = [0, 1, 2, 3];
    for (let step = 0, isThrough = false; !isThrough; step++) {
      assert.ok(step < 200, "it never ends");
      const rig = rigOf({}, { persistence: { sync } });
      plant(rig, values.map(sampleOf));
      await rig.open();
      rig.one.answer = () => makeAnswer(503);
      let steps = 0;
      // From then on nothing that the disk is asked for is done.
      rig.platform.files.fault = () => steps++ >= step ? new Promise(() => {}) : undefined;
      void rig.queue.retryRejected().then(() => isThrough = true);
      await rig.platform.time.settle();
      rig.platform.files.fault = undefined;
      await rig.crash();
      const left = (await rig.queue.rejected()).length;
      assert.ok(left + rig.pending() >= values.length, `step ${step}: ${left} + ${rig.pending()}`);
      rig.one.answer = () => makeAnswer(204);
      await rig.wait(rig.queue.retryRejected());
      await rig.drain();
      rig.checkSum();
      const arrived = [...new Set(rig.one.valuesOf("__name__=a"))].sort();
      assert.deepEqual(arrived, values, `step ${step}`);
      await rig.wait(rig.queue.close());
    }
  });
}

test("one whose bytes are whole and no request costs itself, and those beside it are sent", async () => {
  const rig = rigOf();
  const bad = refusal(Uint8Array.of(1, 2, 3));
  const requests = [bad, sampleOf(1), sampleOf(2), {
    ...bad,
    body: refusal(Uint8Array.of(9)).body,
  }];
  const paths = plant(rig, [...requests, sampleOf(3)]);
  await rig.open();
  const sent = await rig.wait(rig.queue.retryRejected());
  const damagedFiles = [paths[0]!, paths[3]!].map((path) => path.slice("/data/".length));
  assert.deepEqual(sent, { requests: 3, signals: 3, damaged: 2, damagedFiles, unknownIds: [] });
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1, 2, 3]);
  assert.equal(rig.queue.stats().endpoints[0]!.rejectedLostTotal.corrupt, 2);
});

test("where there is room for some of them these are sent, and the others stay", async () => {
  const rig = rigOf({ maxDiskBytes: 8192, onFull: "reject" });
  // Their names have little in common: each takes its room.
  const noise = (value: number): string => kernel.checksumOf(Uint8Array.of(value, value >> 8));
  plant(
    rig,
    ALL.slice(0, 400).map((value) =>
      refusal(encodeRequest([wireSeries({ __name__: "a", n: noise(value) }, START_MS, value)]))
    ),
  );
  await rig.open();
  rig.one.answer = () => makeAnswer(503);
  await rig.put("b", 0);
  await assert.rejects(rig.wait(rig.queue.retryRejected()), {
    code: "STORAGE",
    message: /max_disk_bytes/,
  });
  const left = (await rig.queue.rejected()).length;
  assert.ok(left > 0 && left < 400, `${left}`);
  assert.equal(rig.pending(), 1 + 400 - left);
  rig.checkSum();
});

test("an endpoint without room keeps no other one from what it has refused", async () => {
  const shared = { url: "http://one/write", parallelism: 1, rejectedAgeMax: "3650d" } as const;
  const full = { ...shared, name: "full", maxDiskBytes: 2048, onFull: "reject" } as const;
  const rig = new Rig({ endpoints: [full, { ...shared, name: "one" }] });
  const toBeFull = plant(rig, [sampleOf(1), sampleOf(2), sampleOf(3), sampleOf(4), sampleOf(5)]);
  for (const path of toBeFull) {
    const bytes = rig.platform.files.peek(path)!;
    rig.platform.files.plant(path.replace("/one/", "/full/"), bytes);
  }
  await rig.open();
  rig.one.answer = () => makeAnswer(503);
  // What waits takes the room.
  await assert.rejects(async () => {
    for (let value = 0;; value++) await rig.put("b", value);
  }, { code: "STORAGE" });
  await assert.rejects(rig.wait(rig.queue.retryRejected()), {
    code: "STORAGE",
    message: /max_disk_bytes\) in \/data\/full/,
  });
  assert.equal((await rig.queue.rejected({ endpoint: "full" })).length, 5);
  assert.deepEqual(await rig.queue.rejected({ endpoint: "one" }), []);
  rig.checkSum();
});

/** What each series has in all requests of 2.0 that arrived. */
function tellerOf(rig: Rig): RequestForm[] {
  const arrived: RequestForm[] = [];
  rig.platform.http.script = ({ body }: HttpRequest) => {
    const form = decodeRequest(uncompress(body!), "v2");
    arrived.push(form);
    const kinds = form.series.flatMap(({ signals }) => signals.map(({ kind }) => kind));
    const count = (kind: string): string => `${kinds.filter((one) => one === kind).length}`;
    return makeAnswer(204, "", {
      "x-prometheus-remote-write-samples-written": count("sample"),
      "x-prometheus-remote-write-histograms-written": count("histogram"),
      "x-prometheus-remote-write-exemplars-written": count("exemplar"),
    });
  };
  return arrived;
}

test("what 1.0 was parted into is sent by 2.0 with its exemplars and its metadata", async () => {
  const rig = await rigOf({ splitOnBadRequest: true }).open();
  rig.one.answer = () => makeAnswer(400, "out of order");
  const appender = rig.queue.appender();
  const atMs = Math.floor(rig.nowMs());
  const labels = { __name__: "lat_seconds_sum", job: "j" };
  const ref = appender.append(labels, atMs, 1.5);
  const exemplar = { labels: { trace_id: "abc" }, value: 2, timestampMs: atMs };
  appender.appendExemplar(ref, exemplar);
  appender.append({ __name__: "up" }, atMs, 1);
  appender.append(ref, atMs + 1, 2.5);
  appender.updateMetadata("lat_seconds", {
    type: "histogram",
    help: "How long.",
    unit: "seconds",
  });
  await rig.wait(appender.commit({ durable: true }));
  await rig.drain();
  const kept = await rig.queue.rejected();
  assert.deepEqual(
    kept.map(({ kinds, protobufMessage }) => [Object.values(kinds).join(), protobufMessage]).sort(),
    [["0,0,0,1", V1], ["0,0,1,0", V1], ...Array.from({ length: 3 }, () => ["1,0,0,0", V1])],
  );
  const newer = { ...rig.options.endpoints[0]!, protobufMessage: V2 } as const;
  await rig.wait(rig.queue.update({ ...rig.options, endpoints: [newer] }));
  const arrived = tellerOf(rig);
  assert.equal((await rig.wait(rig.queue.retryRejected())).signals, 5);
  await rig.drain();
  rig.checkSum();
  const series = arrived.flatMap((form) => form.series);
  const latency = series.filter((one) => one.labels[0]![1] === "lat_seconds_sum");
  const signals = latency.flatMap((one) => one.signals);
  const bits = signals.flatMap((one) => one.kind === "sample" ? [one.bits] : []);
  assert.deepEqual(bits, [bitsOf(1.5), bitsOf(2.5)]);
  const exemplars = signals.flatMap((one) => one.kind === "exemplar" ? [one.exemplarLabels] : []);
  assert.deepEqual(exemplars, [[["trace_id", "abc"]]]);
  assert.ok(latency.some(({ metadata }) => metadata?.help === "How long."));
  const { droppedTotal } = rig.queue.stats().endpoints[0]!;
  assert.deepEqual(
    [droppedTotal.exemplar_without_sample, droppedTotal.metadata_without_series],
    [0, 0],
  );
});

test("no part ends between a sample and the exemplar behind it", async () => {
  const rig = rigOf({ protobufMessage: V2 });
  const series = { ...wireSeries({ __name__: "a" }, START_MS, 499), samples: [] };
  const exemplar = { valueBits: bitsOf(1), timestampMs: BigInt(START_MS) };
  const alone = refusal(encodeRequest([{ ...series, exemplars: [exemplar] }]), {
    samples: 0,
    exemplars: 1,
  });
  const last = sampleOf(499);
  plant(rig, [
    ...ALL.slice(0, 499).map((value) =>
      refusal(encodeRequest([wireSeries({ __name__: "b" }, START_MS + value, value)]))
    ),
    last,
    alone,
    sampleOf(500),
  ]);
  await rig.open();
  const arrived = tellerOf(rig);
  await rig.wait(rig.queue.retryRejected());
  await rig.drain();
  assert.equal(rig.queue.stats().endpoints[0]!.droppedTotal.exemplar_without_sample, 0);
  const signals = arrived.flatMap((form) => form.series.flatMap((one) => one.signals));
  assert.equal(signals.filter(({ kind }) => kind === "exemplar").length, 1);
});

test("what was refused in one millisecond is in its order after a restart, too", async () => {
  const rig = await rigOf({ rejectedAgeMax: "30d" }).open();
  const values = Array.from({ length: 12 }, (_, value) => 11 - value);
  rig.one.answer = () => makeAnswer(400, "no");
  const atMs = Math.floor(rig.nowMs());
  for (const value of values) {
    const body = encodeRequest([wireSeries({ __name__: `a${value}` }, atMs, value)]);
    await rig.wait(rig.queue.write(body, CONTENT));
  }
  await rig.drain();
  const before = (await rig.queue.rejected()).map(({ id }) => id);
  await rig.wait(rig.queue.close());
  await rig.open();
  assert.deepEqual((await rig.queue.rejected()).map(({ id }) => id), before);
  const times = (await rig.queue.rejected()).map(({ rejectedAtMs }) => rejectedAtMs);
  assert.deepEqual(times, [...new Set(times)].sort((a, b) => a - b));
});
