/** What an endpoint refused for good, sent again when it was mended. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest, RetriedRequests } from "../../src/contracts.ts";
import type { EndpointOptions, QueueOptions } from "../../src/options.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { uncompress } from "../support/hysnappy.ts";
import { decodeRequest } from "../support/remote_write.ts";
import type { RequestForm } from "../support/signals.ts";
import { Rig } from "./support.ts";

const HOUR_MS = 3_600_000;
const V2 = "io.prometheus.write.v2.Request";

async function open(
  more: Partial<EndpointOptions> = {},
  queue: Partial<QueueOptions> = {},
): Promise<Rig> {
  const one = { name: "one", url: "http://one/write" };
  const shards = more.minShards === undefined ? { parallelism: 1 } : {};
  const endpoints = [{ ...one, ...shards, ...more }];
  return await new Rig({ endpoints, ...queue }).open();
}

/** Puts these values of series a, which are all refused. */
async function refuse(rig: Rig, ...values: number[]): Promise<void> {
  const { answer } = rig.one;
  rig.one.answer = () => makeAnswer(400, "out of order");
  for (const value of values) {
    await rig.put("a", value, Math.floor(rig.nowMs()));
    await rig.drain();
  }
  rig.one.answer = answer;
}

/** So many requests of one signal each. */
function retried(requests: number): RetriedRequests {
  return { requests, signals: requests, damaged: 0, damagedFiles: [], unknownIds: [] };
}

test("it is delivered, once, the accounts close, and nothing is left in rejected/", async () => {
  const rig = await open();
  await refuse(rig, 1, 2, 3);
  assert.deepEqual(await rig.wait(rig.queue.retryRejected()), retried(3));
  rig.checkSum();
  assert.deepEqual(await rig.queue.rejected(), []);
  await rig.drain();
  rig.checkSum();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1, 2, 3]);
  const stats = rig.queue.stats().endpoints[0]!;
  const { acceptedTotal, deliveredTotal, droppedTotal, rejectedSentAgainTotal } = stats;
  assert.deepEqual([acceptedTotal, deliveredTotal, droppedTotal.rejected], [6, 3, 3]);
  assert.deepEqual([rejectedSentAgainTotal, stats.incomingSignalsTotal], [3, 3]);
  assert.deepEqual(await rig.wait(rig.queue.retryRejected()), retried(0));
});

test("labels are what they were to be: neither rules nor external labels come a second time", async () => {
  const rig = await open({
    externalLabels: { cluster: "old" },
    writeRelabelConfigs: [{
      sourceLabels: ["n"],
      regex: "(.*)",
      targetLabel: "n",
      replacement: "x$1",
    }],
  });
  await refuse(rig, 1);
  const changed = { ...rig.options.endpoints[0]!, externalLabels: { cluster: "new", zone: "z" } };
  await rig.wait(rig.queue.update({ ...rig.options, endpoints: [changed] }));
  await rig.wait(rig.queue.retryRejected());
  await rig.put("b", 2, Math.floor(rig.nowMs()));
  await rig.wait(rig.queue.retryRejected());
  await rig.drain();
  const series = rig.one.arrivals.map((one) => one.series).sort();
  assert.deepEqual(series, ["__name__=a,cluster=old,n=x", "__name__=b,cluster=new,n=x,zone=z"]);
});

test("what was refused long ago is not too old for any ttl, on the way out either", async () => {
  const rig = await open({}, { ttl: "1h" });
  await refuse(rig, 1);
  await rig.platform.time.advance(10 * HOUR_MS);
  // The endpoint has said what time it is.
  await rig.put("b", 0, Math.floor(rig.nowMs()));
  await rig.drain();
  rig.one.answer = () => makeAnswer(503);
  await rig.wait(rig.queue.retryRejected());
  await rig.platform.time.advance(5 * HOUR_MS);
  rig.one.answer = () => makeAnswer(204);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1]);
  assert.equal(rig.queue.stats().endpoints[0]!.droppedTotal.ttl, 0);
});

test("only those that are named are sent", async () => {
  const rig = await open();
  await refuse(rig, 1, 2);
  const [, second] = await rig.queue.rejected();
  const unknown = "f".repeat(16);
  const ids = [second!.id, unknown, unknown];
  const choice = { endpoint: "one", ids };
  const sent = await rig.wait(rig.queue.retryRejected(choice));
  assert.deepEqual(sent, { ...retried(1), unknownIds: [unknown] });
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [2]);
  assert.equal((await rig.queue.rejected()).length, 1);
  await assert.rejects(rig.queue.retryRejected({ endpoint: "two" }), { code: "INVALID_OPTIONS" });
});

test("refused once more it is kept once more, once", async () => {
  const rig = await open();
  await refuse(rig, 1, 2);
  rig.one.answer = () => makeAnswer(400, "still");
  for (let time = 0; time < 3; time++) {
    await rig.wait(rig.queue.retryRejected());
    await rig.drain();
    rig.checkSum();
    const signals = (await rig.queue.rejected()).map((one) => one.signals);
    assert.equal(signals.reduce((sum, count) => sum + count, 0), 2);
  }
  rig.one.answer = () => makeAnswer(204);
  await rig.wait(rig.queue.retryRejected());
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1, 2]);
});

test("it goes behind what is pending and before what comes after, in the order of acceptance", async () => {
  const rig = await open({ minShards: 4, maxShards: 4 });
  await refuse(rig, 1);
  rig.one.answer = () => makeAnswer(503);
  await rig.put("a", 2, Math.floor(rig.nowMs()));
  await rig.wait(rig.queue.retryRejected());
  await rig.put("a", 3, Math.floor(rig.nowMs()));
  rig.one.answer = () => makeAnswer(204);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [2, 1, 3]);
});

for (const sync of ["commit", "none"] as const) {
  test(`a power cut when it was queued, with sync ${sync}: it is delivered`, async () => {
    const rig = await open({}, { persistence: { sync } });
    await refuse(rig, 1, 2);
    rig.one.answer = () => makeAnswer(503);
    await rig.wait(rig.queue.retryRejected());
    await rig.crash();
    assert.deepEqual(await rig.queue.rejected(), []);
    rig.one.answer = () => makeAnswer(204);
    await rig.drain();
    assert.deepEqual([...new Set(rig.one.valuesOf("__name__=a"))].sort(), [1, 2]);
  });
}

test("a power cut between the two: it is in the queue, or in rejected/, or both", async () => {
  const rig = await open();
  await refuse(rig, 1);
  rig.one.answer = () => makeAnswer(503);
  rig.platform.files.fault = (step, path) =>
    step === "remove" && path.includes("/rejected/") ? new Promise(() => {}) : undefined;
  void rig.queue.retryRejected();
  await rig.platform.time.advance(1_000);
  await rig.crash();
  assert.equal((await rig.queue.rejected()).length, 1);
  assert.equal(rig.pending(), 1);
  rig.one.answer = () => makeAnswer(204);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1]);
});

test("a queue that is full refuses, and what was to be sent again stays", async () => {
  const rig = await open({ maxDiskBytes: 2048, onFull: "reject" });
  await refuse(rig, 1);
  rig.one.answer = () => makeAnswer(503);
  for (let value = 0;; value++) {
    try {
      await rig.put("b", value, Math.floor(rig.nowMs()));
    } catch {
      break;
    }
  }
  await assert.rejects(rig.wait(rig.queue.retryRejected()), { code: "STORAGE" });
  assert.equal((await rig.queue.rejected()).length, 1);
});

test("a request that the disk holds damaged costs itself, and the others are sent", async () => {
  const rig = await open();
  await refuse(rig, 1, 2);
  const [first] = await rig.queue.rejected();
  const path = `/data/one/rejected/${first!.id}.rejected`;
  const bytes = await rig.platform.files.read(path);
  bytes[bytes.length - 2]! ^= 255;
  await rig.platform.files.remove(path);
  await rig.platform.files.writeAndSync(path, [bytes]);
  const sent = await rig.wait(rig.queue.retryRejected());
  const name = `one/rejected/${first!.id}.rejected`;
  assert.deepEqual(sent, { ...retried(1), damaged: 1, damagedFiles: [name] });
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [2]);
  assert.equal(rig.queue.stats().endpoints[0]!.rejectedLostTotal.corrupt, 1);
});

test("a closed queue sends nothing again", async () => {
  const rig = await open();
  await rig.wait(rig.queue.close());
  await assert.rejects(rig.queue.retryRejected(), { code: "CLOSED" });
});

test("all kinds of signals, in 2.0: they arrive as they were refused, and of a part all comes again", async () => {
  const rig = await open({ protobufMessage: V2 });
  const taken: RequestForm[] = [];
  let written = 0;
  rig.platform.http.script = ({ body }: HttpRequest) => {
    const form = decodeRequest(uncompress(body!), "v2");
    taken.push(form);
    return makeAnswer(204, "", {
      "x-prometheus-remote-write-samples-written": String(Math.min(written, 2)),
      "x-prometheus-remote-write-histograms-written": String(written > 2 ? 1 : 0),
      "x-prometheus-remote-write-exemplars-written": String(written > 2 ? 1 : 0),
    });
  };
  written = 1;
  const appender = rig.queue.appender();
  const atMs = Math.floor(rig.nowMs());
  const labels = { __name__: "lat_seconds", job: "j" };
  const ref = appender.append(labels, atMs, 1.5);
  appender.append(labels, atMs + 1, 2.5);
  appender.appendExemplar(ref, { labels: { trace_id: "abc" }, value: 2, timestampMs: atMs });
  appender.updateMetadata(labels.__name__, {
    type: "histogram",
    help: "How long.",
    unit: "seconds",
  });
  appender.appendHistogram({ __name__: "h" }, atMs, {
    type: "float",
    schema: 1,
    count: 3,
    sum: 4,
    zeroThreshold: 0.1,
    zeroCount: 1,
    positive: { spans: [{ offset: 0, length: 1 }], counts: [2] },
  });
  await rig.wait(appender.commit({ durable: true }));
  await rig.drain();
  const [found] = await rig.queue.rejected();
  assert.ok(found!.refused < found!.signals, JSON.stringify(found));
  written = 3;
  const { signals } = await rig.wait(rig.queue.retryRejected());
  assert.equal(signals, found!.signals);
  await rig.drain();
  rig.checkSum();
  assert.equal(taken.length, 2);
  assert.deepEqual(taken[1], taken[0]);
});
