import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpAnswer, HttpRequest } from "../../src/contracts.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { makeAnswer, MemoryPlatform } from "../../src/testing/memory.ts";
import { Queue } from "../../src/queue.ts";
import { uncompress } from "../support/hysnappy.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { decodeRequest } from "../support/remote_write.ts";
import type { RequestForm } from "../support/signals.ts";

const V2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
const WRITTEN = "x-prometheus-remote-write-";

interface Arrival {
  readonly isV2: boolean;
  readonly form: RequestForm;
}

/** An endpoint that answers as it is told; `answer` sees the samples of a 2.0 request. */
class Receiver {
  readonly arrivals: Arrival[] = [];
  answer: (isV2: boolean, samples: number) => [number, Record<string, string>?, string?] =
    () => [204];

  readonly script = (request: HttpRequest): HttpAnswer => {
    const isV2 = request.headers["content-type"] === V2;
    assert.equal(
      request.headers["x-prometheus-remote-write-version"],
      isV2 ? "2.0.0" : "0.1.0",
    );
    const form = decodeRequest(uncompress(request.body!), isV2 ? "v2" : "v1");
    const samples = form.series.flatMap(({ signals }) => signals).length;
    const [status, headers = {}, text = ""] = this.answer(isV2, samples);
    if (status < 300 || status === 400) this.arrivals.push({ isV2, form });
    return makeAnswer(status, text, headers);
  };

  /** The values of the series `up`, of requests that were taken. */
  values(isV2: boolean): number[] {
    const view = new DataView(new ArrayBuffer(8));
    return this.arrivals.filter((one) => one.isV2 === isV2).flatMap(({ form }) =>
      form.series.flatMap(({ signals }) =>
        signals.map((signal) => {
          view.setBigUint64(0, signal.kind === "sample" ? signal.bits : 0n);
          return view.getFloat64(0);
        })
      )
    );
  }
}

async function open(endpoint: Record<string, unknown> = {}) {
  await loadKernel();
  const platform = new MemoryPlatform();
  const receiver = new Receiver();
  platform.http.script = receiver.script;
  const logger = new MemoryLogger();
  const options = {
    dataPath: "/data",
    endpoints: [{
      name: "one",
      url: "http://one/",
      protobufMessage: "io.prometheus.write.v2.Request" as const,
      batchCount: 3,
      ...endpoint,
    }],
  };
  const queue = await Queue.open(options, { platform, logger });
  const put = async (count: number, from = 0): Promise<void> => {
    const appender = queue.appender();
    const nowMs = platform.clock.nowMs();
    for (let i = 0; i < count; i++) appender.append({ __name__: "up" }, nowMs + i, from + i);
    const done = appender.commit({ durable: true });
    await platform.time.advance(100);
    await done;
  };
  const stats = () => queue.stats().endpoints[0]!;
  const check = (): void => {
    const { acceptedTotal, deliveredTotal, droppedTotal, pendingSignals } = stats();
    const dropped = Object.values(droppedTotal).reduce((sum, one) => sum + one, 0);
    assert.equal(acceptedTotal, deliveredTotal + dropped + pendingSignals);
  };
  return { platform, receiver, logger, options, queue, put, stats, check };
}

const writtenAll = (samples: number): Record<string, string> => ({
  [`${WRITTEN}samples-written`]: String(samples),
});

test("a receiver that says what it wrote gets remote write 2.0", async () => {
  const { platform, receiver, put, stats, check } = await open();
  receiver.answer = (_, samples) => [200, writtenAll(samples)];
  await put(10);
  await platform.time.advance(5_000);
  assert.deepEqual(receiver.values(true), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(stats().deliveredTotal, 10);
  assert.equal(stats().fallbacksTotal, 0);
  check();
});

for (
  const [what, answer] of [
    ["415", [415]],
    ["2xx without the Written headers", [204]],
    ["2xx with headers that are no numbers", [204, { [`${WRITTEN}samples-written`]: "-1" }]],
  ] as [string, [number, Record<string, string>?]][]
) {
  test(`${what} to 2.0: all of it goes out in order as 1.0, and stays so`, async () => {
    const { platform, receiver, logger, put, stats, check } = await open();
    receiver.answer = (isV2) => isV2 ? answer : [204];
    await put(10);
    await platform.time.advance(5_000);
    assert.deepEqual(receiver.values(false), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const asked = receiver.arrivals.filter(({ isV2 }) => isV2).length;
    await put(5, 10);
    await platform.time.advance(60_000);
    assert.deepEqual(receiver.values(false).slice(10), [10, 11, 12, 13, 14]);
    assert.equal(receiver.arrivals.filter(({ isV2 }) => isV2).length, asked);
    assert.equal(stats().fallbacksTotal, 1);
    assert.equal(stats().protobufMessage, "prometheus.WriteRequest");
    assert.match(logger.lines.join("\n"), /does not understand remote write 2\.0/);
    check();
  });
}

test("2.0 is tried again after an hour, and after an update that changes nothing", async () => {
  const { platform, receiver, options, queue, put, stats, check } = await open();
  receiver.answer = (isV2) => isV2 ? [415] : [204];
  await put(1);
  await platform.time.advance(5_000);
  assert.equal(stats().fallbacksTotal, 1);
  receiver.answer = (_, samples) => [200, writtenAll(samples)];
  await platform.time.advance(3_600_000);
  await put(1, 1);
  await platform.time.advance(5_000);
  assert.deepEqual(receiver.values(true), [1]);
  receiver.answer = (isV2) => isV2 ? [415] : [204];
  await put(1, 2);
  await platform.time.advance(5_000);
  assert.equal(stats().fallbacksTotal, 2);
  receiver.answer = (_, samples) => [200, writtenAll(samples)];
  const updated = queue.update(options);
  await platform.time.advance(100);
  await updated;
  await put(1, 3);
  await platform.time.advance(5_000);
  assert.deepEqual(receiver.values(true), [1, 3]);
  assert.deepEqual(receiver.values(false), [0, 2]);
  check();
});

test("what a receiver says it has not written counts as rejected, and no lie breaks the accounts", async () => {
  const cases: [number, string, number][] = [
    [200, "1", 1],
    [200, "999999", 3],
    [400, "2", 2],
    [400, "x", 0],
  ];
  for (const [status, written, delivered] of cases) {
    const { platform, receiver, put, stats, check } = await open();
    receiver.answer = () => [status, { [`${WRITTEN}samples-written`]: written }];
    await put(3);
    await platform.time.advance(5_000);
    const { deliveredTotal, droppedTotal, pendingSignals } = stats();
    assert.deepEqual([deliveredTotal, droppedTotal.rejected, pendingSignals], [
      delivered,
      3 - delivered,
      0,
    ]);
    check();
  }
});

test("metadata that the endpoint has taken is not sent again where that is asked for", async () => {
  const { platform, receiver, queue, stats, check } = await open({
    protobufMessage: "prometheus.WriteRequest",
    metadataCacheEnabled: true,
  });
  const send = async (help: string): Promise<void> => {
    const appender = queue.appender();
    appender.updateMetadata("up", { type: "gauge", help });
    const done = appender.commit({ durable: true });
    await platform.time.advance(5_000);
    await done;
  };
  receiver.answer = () => [503];
  await send("a");
  receiver.answer = () => [204];
  await platform.time.advance(60_000);
  await send("a");
  await send("b");
  await send("b");
  const helps = receiver.arrivals.flatMap(({ form }) => form.metadata.map(({ help }) => help));
  assert.deepEqual(helps, ["a", "b"]);
  assert.equal(stats().deliveredTotal, 4);
  check();
});

test("a 400 whose text says that 2.0 is not understood: all of it goes out as 1.0", async () => {
  const { platform, receiver, put, stats, check } = await open();
  receiver.answer = (isV2) => isV2 ? [400, {}, "unsupported content type"] : [204];
  await put(10);
  await platform.time.advance(5_000);
  assert.deepEqual(receiver.values(false), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(stats().deliveredTotal, 10);
  assert.equal(stats().fallbacksTotal, 1);
  check();
});

test("any other 400 of a receiver that never said what it wrote is a rejection: it is split, and nothing is sent again as 1.0", async () => {
  const { platform, receiver, put, stats, check } = await open();
  receiver.answer = (_, samples) => samples > 1 ? [400] : [200, writtenAll(samples)];
  await put(10);
  await platform.time.advance(5_000);
  assert.deepEqual(receiver.values(false), []);
  assert.equal(stats().deliveredTotal, 10);
  assert.equal(stats().fallbacksTotal, 0);
  assert.equal(stats().protobufMessage, "io.prometheus.write.v2.Request");
  check();
});

test("many shards find out at once, others are still waiting: one fall-back, nothing lost", async () => {
  const { platform, queue, logger, stats, check } = await open({ parallelism: 8, batchCount: 1 });
  const delivered = new Map<string, number[]>();
  let asked = 0;
  platform.http.script = (request) => {
    check();
    if (request.headers["content-type"] === V2) {
      // A third of them never answer: they are interrupted, not waited for.
      if (++asked % 3 === 0) return new Promise(() => {});
      return makeAnswer(415);
    }
    for (const { labels, signals } of decodeRequest(uncompress(request.body!), "v1").series) {
      const name = labels[0]![1];
      const values = delivered.get(name) ?? [];
      delivered.set(name, values);
      for (const { timestampMs } of signals) values.push(Number(timestampMs));
    }
    return makeAnswer(204);
  };
  const nowMs = platform.clock.nowMs();
  for (let round = 0; round < 5; round++) {
    const appender = queue.appender();
    for (let one = 0; one < 20; one++) {
      appender.append({ __name__: `s${one}` }, nowMs + round, round);
    }
    const done = appender.commit({ durable: true });
    await platform.time.advance(100);
    await done;
    check();
  }
  await platform.time.advance(60_000);
  assert.equal(delivered.size, 20);
  for (const [name, times] of delivered) {
    assert.deepEqual(times, [0, 1, 2, 3, 4].map((round) => nowMs + round), name);
  }
  assert.equal(stats().fallbacksTotal, 1);
  assert.equal(stats().deliveredTotal, 100);
  assert.equal(logger.lines.filter((line) => line.includes("does not understand")).length, 1);
  check();
});

test("a queue that closes falls back and drains", async () => {
  const { platform, receiver, queue, put, stats, check } = await open();
  receiver.answer = () => [503];
  await put(10);
  await platform.time.advance(1_000);
  receiver.answer = (isV2) => isV2 ? [415] : [204];
  const closed = queue.close({ graceMs: 120_000 });
  await platform.time.advance(120_000);
  await closed;
  assert.deepEqual(receiver.values(false), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(stats().pendingSignals, 0);
  assert.equal(platform.time.timers, 0);
  check();
});

test("a receiver that changes its mind at every request gets everything, and no hot loop", async () => {
  const { platform, receiver, put, stats, check } = await open();
  let requests = 0;
  receiver.answer = (isV2, samples) => {
    requests++;
    if (isV2) return requests % 2 === 0 ? [200, writtenAll(samples)] : [415];
    return requests % 2 === 0 ? [503] : [204];
  };
  for (let hour = 0; hour < 6; hour++) {
    await put(5, hour * 5);
    await platform.time.advance(3_600_000);
  }
  const values = [...receiver.values(true), ...receiver.values(false)];
  assert.equal(new Set(values).size, 30);
  assert.equal(stats().pendingSignals, 0);
  assert.ok(stats().fallbacksTotal <= 6, `${stats().fallbacksTotal} fall-backs`);
  assert.ok(requests < 100, `${requests} requests`);
  check();
});

test("an answer to what was sent before an update does not concern the new options", async () => {
  const { platform, receiver, options, queue, put, stats, check } = await open();
  receiver.answer = () => [415];
  let answer: (status: number) => void = () => {};
  const { script } = platform.http;
  platform.http.script = () =>
    new Promise((resolve) => answer = (status) => resolve(makeAnswer(status)));
  await put(3);
  await platform.time.advance(1_500);
  platform.http.script = script;
  receiver.answer = (_, samples) => [200, writtenAll(samples)];
  const [endpoint] = options.endpoints;
  const endpoints = [{ ...endpoint!, url: "http://two/" }];
  const updated = queue.update({ ...options, endpoints });
  // The new options are in use, and the endpoint has not stopped yet.
  while (stats().url !== "http://two/") await Promise.resolve();
  answer(415);
  await platform.time.advance(5_000);
  await updated;
  assert.deepEqual(receiver.values(true), [0, 1, 2]);
  assert.equal(stats().fallbacksTotal, 0);
  assert.equal(stats().protobufMessage, "io.prometheus.write.v2.Request");
  check();
});

test("what 1.0 cannot carry is dropped by name after a fall-back, and the rest arrives", async () => {
  const { platform, receiver, queue, stats, check } = await open({ batchCount: 100 });
  receiver.answer = (isV2) => isV2 ? [415] : [204];
  const nowMs = platform.clock.nowMs();
  const appender = queue.appender();
  appender.append({ __name__: "up" }, nowMs, 1, { startTimestampMs: nowMs - 1000 });
  appender.appendHistogram({ __name__: "custom" }, nowMs, {
    type: "integer",
    schema: -53,
    count: 3,
    sum: 4,
    positive: { spans: [{ offset: 0, length: 2 }], deltas: [1, 1] },
    customValues: [0.5],
  });
  const done = appender.commit({ durable: true });
  await platform.time.advance(5_000);
  await done;
  assert.deepEqual(receiver.values(false), [1]);
  assert.equal(stats().droppedTotal.nhcb_in_rw1_not_supported, 1);
  assert.equal(stats().startsOmittedTotal, 1);
  check();
});
