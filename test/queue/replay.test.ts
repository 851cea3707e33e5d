/** What an endpoint took, kept for a while and sent again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest, ReplayedBatches } from "../../src/contracts.ts";
import type { EndpointOptions, QueueOptions } from "../../src/options.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { inspectQueue } from "../../src/tools/inspect.ts";
import { repairQueue } from "../../src/tools/repair.ts";
import { verifyQueue } from "../../src/tools/verify.ts";
import { uncompress } from "../support/hysnappy.ts";
import { listDirectory } from "../support/list_directory.ts";
import { decodeRequest } from "../support/remote_write.ts";
import type { RequestForm } from "../support/signals.ts";
import { flipped, toolsOn } from "../tools/support.ts";
import { Rig } from "./support.ts";

const HOUR_MS = 3_600_000;

async function open(
  more: Partial<EndpointOptions> = {},
  queue: Partial<QueueOptions> = {},
): Promise<Rig> {
  const one = { name: "one", url: "http://one/write", parallelism: 1, keepDelivered: "24h" };
  return await new Rig({ endpoints: [{ ...one, ...more } as EndpointOptions], ...queue }).open();
}

/** So many batches of one signal each. */
function replayed(batches: number, damagedFiles: readonly string[] = []): ReplayedBatches {
  return { batches, signals: batches, damaged: damagedFiles.length, damagedFiles };
}

async function put(rig: Rig, value: number): Promise<number> {
  const atMs = Math.floor(rig.nowMs());
  await rig.put("a", value, atMs);
  await rig.drain();
  return atMs;
}

async function delivered(rig: Rig, endpoint = "one"): Promise<string[]> {
  const entries = await listDirectory(rig.platform.files, `/data/${endpoint}/delivered`);
  return entries.map(({ name }) => name).sort();
}

test("off by default: nothing is kept, and no directory is made", async () => {
  const rig = await open({ keepDelivered: 0 });
  await put(rig, 1);
  await assert.rejects(delivered(rig));
  const window = { fromMs: 0, toMs: 1e15 };
  assert.deepEqual(await rig.wait(rig.queue.replay(window)), replayed(0));
});

test("the tools on files know what is kept by its name, and find what is damaged", async () => {
  const rig = await open();
  for (let value = 0; value < 2; value++) await put(rig, value);
  const { files } = rig.platform;
  const tools = toolsOn(rig.platform);
  const [first, second] = (await delivered(rig)).map((name) => `/data/one/delivered/${name}`);
  for (const path of ["/data", "/data/one/delivered"]) {
    const [one] = await inspectQueue(path, {}, tools);
    assert.deepEqual([one!.delivered.files, one!.delivered.signals], [2, 2]);
  }
  files.plant(second!, flipped(await files.read(second!), -1));
  const damaged: string[] = [];
  const { files: read, signals } = await verifyQueue("/data", (file) => {
    damaged.push(file.path);
    return Promise.resolve();
  }, tools);
  assert.deepEqual([read, signals, damaged], [2, 1, [second]]);
  await rig.queue.close();
  const options = { isDryRun: false, restores: false };
  await repairQueue("/data", options, () => Promise.resolve(), tools);
  assert.deepEqual((await delivered(rig)).map((name) => `/data/one/delivered/${name}`), [first]);
});

test("what lies in the window is delivered again, in order, and the accounts close", async () => {
  const rig = await open();
  const times: number[] = [];
  for (let value = 0; value < 5; value++) times.push(await put(rig, value));
  const before = rig.one.arrivals.length;
  assert.equal((await delivered(rig)).length, 5);
  assert.deepEqual(await rig.files(), []);
  const window = { endpoint: "one", fromMs: times[1]!, toMs: times[4]! };
  assert.deepEqual(await rig.wait(rig.queue.replay(window)), replayed(3));
  rig.checkSum();
  await rig.drain();
  rig.checkSum();
  assert.deepEqual(rig.one.valuesOf("__name__=a").slice(before), [1, 2, 3]);
  const { acceptedTotal, replayedTotal, incomingSignalsTotal, keptDeliveredFiles } = rig.queue
    .stats().endpoints[0]!;
  assert.deepEqual([acceptedTotal, replayedTotal, incomingSignalsTotal], [8, 3, 5]);
  // What is sent again is not kept once more: another replay would double it.
  assert.equal(keptDeliveredFiles, 5);
  assert.deepEqual(await rig.wait(rig.queue.replay(window)), replayed(3));
});

test("of a batch that lies in the window in part only those signals are sent, of all kinds", async () => {
  const rig = await open({ protobufMessage: "io.prometheus.write.v2.Request" });
  const taken: RequestForm[] = [];
  rig.platform.http.script = ({ body }: HttpRequest) => {
    const form = decodeRequest(uncompress(body!), "v2");
    taken.push(form);
    const count = (kind: string): string =>
      String(
        form.series.flatMap(({ signals }) => signals).filter((one) => one.kind === kind).length,
      );
    return makeAnswer(204, "", {
      "x-prometheus-remote-write-samples-written": count("sample"),
      "x-prometheus-remote-write-histograms-written": count("histogram"),
      "x-prometheus-remote-write-exemplars-written": count("exemplar"),
    });
  };
  const appender = rig.queue.appender();
  const atMs = Math.floor(rig.nowMs());
  const buckets = { spans: [{ offset: 0, length: 1 }], counts: [2] };
  for (const offMs of [-2, -1, 0, 1, 2]) {
    const ref = appender.append({ __name__: "s" }, atMs + offMs, offMs);
    const exemplar = { labels: { trace_id: `${offMs}` }, value: 2, timestampMs: atMs + offMs };
    appender.appendExemplar(ref, exemplar);
    appender.appendHistogram({ __name__: "h" }, atMs + offMs, {
      type: "float",
      schema: 1,
      count: 2,
      sum: offMs,
      zeroThreshold: 0.1,
      positive: buckets,
    });
  }
  appender.updateMetadata("s", { type: "gauge", help: "A help." });
  await rig.wait(appender.commit({ durable: true }));
  await rig.drain();
  const window = { fromMs: atMs - 1, toMs: atMs + 2 };
  assert.deepEqual(await rig.wait(rig.queue.replay(window)), { ...replayed(1), signals: 9 });
  await rig.drain();
  rig.checkSum();
  const [whole, part] = taken;
  const rows = ({ series }: RequestForm) =>
    series.flatMap(({ labels, signals }) => signals.map((signal) => ({ labels, signal })));
  const isWithin = ({ signal }: ReturnType<typeof rows>[number]): boolean =>
    Number(signal.timestampMs) >= window.fromMs && Number(signal.timestampMs) < window.toMs;
  assert.deepEqual(rows(part!), rows(whole!).filter(isWithin));
});

test("it goes to that endpoint alone, by its rules as they are now, and is never too old", async () => {
  const named = (name: string): EndpointOptions => ({
    name,
    url: `http://${name}/write`,
    keepDelivered: "100h",
    parallelism: 1,
  });
  const rig = await new Rig({ endpoints: [named("one"), named("two")], ttl: "1h" }, ["one", "two"])
    .open();
  const atMs = await put(rig, 7);
  assert.deepEqual(await delivered(rig), await delivered(rig, "two"));
  await rig.platform.time.advance(20 * HOUR_MS);
  await put(rig, 8);
  const [one, two] = rig.options.endpoints;
  const changed = { ...one!, externalLabels: { added: "later" } };
  await rig.wait(rig.queue.update({ ...rig.options, endpoints: [changed, two!] }));
  await rig.wait(rig.queue.replay({ endpoint: "one", fromMs: atMs, toMs: atMs + 1 }));
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a,added=later"), [7]);
  assert.deepEqual(rig.endpoints["two"]!.valuesOf("__name__=a"), [7, 8]);
});

test("beyond their bytes and their age the oldest go", async () => {
  const rig = await open({ keepDeliveredBytesMax: 3 * 4096, keepDelivered: "2h" });
  for (let value = 0; value < 5; value++) await put(rig, value);
  const ids = (await delivered(rig)).map((name) => Number(name.split(".")[0]));
  assert.deepEqual(ids, [3, 4, 5]);
  await rig.crash();
  await rig.platform.time.settle();
  assert.equal(rig.queue.stats().endpoints[0]!.keptDeliveredFiles, (await delivered(rig)).length);
  await rig.platform.time.advance(4 * HOUR_MS);
  assert.deepEqual(await delivered(rig), []);
  assert.equal(rig.queue.stats().endpoints[0]!.keptDeliveredBytes, 0);
});

test("turned off, what was kept is removed", async () => {
  const rig = await open();
  await put(rig, 1);
  const off = { ...rig.options.endpoints[0]!, keepDelivered: 0 };
  await rig.wait(rig.queue.update({ ...rig.options, endpoints: [off] }));
  await rig.platform.time.settle();
  assert.deepEqual(await delivered(rig), []);
});

test("where a batch cannot be kept it is deleted, said once, and sending goes on", async () => {
  const rig = await open();
  rig.platform.files.fault = (step, path) =>
    (step === "rename" && path.includes("/wal/")) || path.endsWith("/delivered")
      ? "no_space"
      : undefined;
  for (let value = 0; value < 3; value++) await put(rig, value);
  await rig.platform.time.settle();
  assert.deepEqual(await rig.files(), []);
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 1, 2]);
  assert.equal(rig.logger.lines.filter((line) => line.includes("cannot keep")).length, 1);
});

test("a damaged one is passed over, and foreign names are let alone", async () => {
  const rig = await open();
  const fromMs = await put(rig, 1);
  await put(rig, 2);
  const [name] = await delivered(rig);
  const path = `/data/one/delivered/${name}`;
  const bytes = await rig.platform.files.read(path);
  bytes[bytes.length - 3]! ^= 255;
  await rig.platform.files.remove(path);
  await rig.platform.files.writeAndSync(path, [bytes]);
  await rig.platform.files.writeAndSync("/data/one/delivered/notes", [bytes]);
  await rig.platform.files.writeAndSync("/data/one/delivered/99.1.1.delivered", [bytes.slice(9)]);
  const sent = await rig.wait(rig.queue.replay({ fromMs, toMs: 1e15 }));
  const damaged = [`one/delivered/${name}`, "one/delivered/99.1.1.delivered"];
  assert.deepEqual(sent, replayed(1, damaged));
  assert.equal(rig.logger.lines.filter((line) => line.includes("is damaged")).length, 2);
});

test("one whose head says another count than its data is damaged, whole or cut, and not put into the queue", async () => {
  const rig = await open();
  const atMs = Math.floor(rig.nowMs());
  const appender = rig.queue.appender();
  for (const at of [atMs, atMs + 1]) appender.append({ __name__: "a" }, at, at - atMs);
  await rig.wait(appender.commit({ durable: true }));
  await rig.drain();
  const before = rig.one.arrivals.length;
  const [name] = await delivered(rig);
  const { files } = rig.platform;
  const path = `/data/one/delivered/${name}`;
  const bytes = await files.read(path);
  const text = new TextDecoder("latin1").decode(bytes);
  // The key is another one by that, and a count that is missing is 0.
  bytes[text.indexOf("samples")]! ^= 32;
  files.plant(path, bytes);
  for (const toMs of [1e15, atMs + 1]) {
    const sent = await rig.wait(rig.queue.replay({ fromMs: atMs, toMs }));
    assert.deepEqual(sent, replayed(0, [`one/delivered/${name}`]));
  }
  await rig.drain();
  rig.checkSum();
  assert.equal(rig.one.arrivals.length, before);
  const { replayedTotal, droppedTotal } = rig.queue.stats().endpoints[0]!;
  assert.deepEqual([replayedTotal, droppedTotal.corrupt], [0, 0]);
});

test("a power cut at any moment of it loses nothing that was not delivered", async () => {
  const rig = await open();
  const fromMs = await put(rig, 1);
  await put(rig, 2);
  rig.one.answer = () => makeAnswer(503);
  await rig.put("a", 3, Math.floor(rig.nowMs()));
  await rig.wait(rig.queue.replay({ fromMs, toMs: 1e15 }));
  await rig.crash();
  rig.one.answer = () => makeAnswer(204);
  await rig.drain();
  rig.checkSum();
  assert.deepEqual([...new Set(rig.one.valuesOf("__name__=a"))].sort(), [1, 2, 3]);
  assert.ok(rig.one.valuesOf("__name__=a").filter((value) => value === 1).length >= 2);
});

test("a queue that is full refuses it, and drops nothing for it", async () => {
  const rig = await open({ maxDiskBytes: 1500 });
  const fromMs = await put(rig, 1);
  rig.one.answer = () => makeAnswer(503);
  for (let value = 2; value < 20; value++) await rig.put("b", value, Math.floor(rig.nowMs()));
  const dropped = rig.queue.stats().endpoints[0]!.droppedTotal.disk_limit;
  await assert.rejects(rig.wait(rig.queue.replay({ fromMs, toMs: fromMs + 1 })), {
    code: "STORAGE",
  });
  assert.equal(rig.queue.stats().endpoints[0]!.droppedTotal.disk_limit, dropped);
});

test("times that are none, or not in order, are refused", async () => {
  const rig = await open();
  await assert.rejects(rig.queue.replay({ fromMs: 2, toMs: 2 }), RangeError);
  await assert.rejects(rig.queue.replay({ fromMs: NaN, toMs: 2 }), RangeError);
});

test("one that the disk does not read is told, and the others are delivered again", async () => {
  const rig = await open();
  for (let value = 0; value < 3; value++) await put(rig, value);
  const before = rig.one.arrivals.length;
  const path = `/data/one/delivered/${(await delivered(rig))[1]}`;
  rig.platform.files.fault = (step, at) => step === "read" && at === path ? "io" : undefined;
  const window = { fromMs: 0, toMs: 1e15 };
  const damaged = [path.slice("/data/".length)];
  assert.deepEqual(await rig.wait(rig.queue.replay(window)), replayed(2, damaged));
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a").slice(before), [0, 2]);
});
