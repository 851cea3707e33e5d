import { samplesOnly } from "../support/counts.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { WalqError } from "../../src/errors.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { bitsOf, decodeRequest, encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { CONTENT, Rig, seriesOfShards } from "./support.ts";

const hasCode = (code: string) => (error: unknown): boolean =>
  error instanceof WalqError && error.code === code;

test("a sample goes in by the appender and out by remote write, bit for bit", async () => {
  const rig = await new Rig().open();
  const appender = rig.queue.appender();
  const labels = { room: "attic", __name__: "temperature", empty: "" };
  const ref = appender.append(labels, rig.nowMs(), -0);
  appender.append(ref, rig.nowMs() + 1, Infinity);
  const { accepted } = await rig.wait(appender.commit({ durable: true }));
  assert.equal(accepted, 2);
  await rig.drain();
  assert.deepEqual(rig.one.arrivals.map(({ series }) => series), [
    "__name__=temperature,room=attic",
    "__name__=temperature,room=attic",
  ]);
  assert.deepEqual(rig.one.arrivals.map(({ valueBits }) => valueBits), [
    bitsOf(-0),
    bitsOf(Infinity),
  ]);
  assert.deepEqual(await rig.files(), []);
  rig.checkSum();
  await rig.queue.close();
});

test("the stale marker survives as it is", async () => {
  const rig = await new Rig().open();
  const staleBits = 0x7ff0000000000002n;
  const sample = { valueBits: staleBits, timestampMs: BigInt(rig.nowMs()) };
  const body = encodeRequest([{ labels: [["__name__", "up"]], samples: [sample] }]);
  await rig.wait(rig.queue.write(body, CONTENT));
  await rig.drain();
  assert.equal(rig.one.arrivals[0]!.valueBits, staleBits);
  await rig.queue.close();
});

test("nothing is visible before commit, and nothing after rollback", async () => {
  const rig = await new Rig().open();
  const appender = rig.queue.appender();
  appender.append({ __name__: "a" }, rig.nowMs(), 1);
  appender.append({ __name__: "b" }, rig.nowMs(), 2);
  await rig.platform.time.advance(60_000);
  assert.equal(rig.queue.stats().bufferedSignals, 0);
  appender.rollback();
  assert.deepEqual(await rig.wait(appender.commit({ durable: true })), {
    accepted: 0,
    expired: 0,
    invalid: 0,
    kinds: samplesOnly(0),
    unsupported: 0,
  });
  await rig.platform.time.advance(60_000);
  assert.deepEqual(rig.one.arrivals, []);
  assert.deepEqual(await rig.files(), []);
  await rig.queue.close();
});

test("a reference that was evicted is refused, and the labels bring it back", async () => {
  const rig = await new Rig({ limits: { seriesCacheBytesMax: 65_536 } }).open();
  const appender = rig.queue.appender();
  const ref = appender.append({ __name__: "a" }, rig.nowMs(), 1);
  for (let index = 0; index < 1000; index++) {
    appender.append({ __name__: `b${index}` }, rig.nowMs(), 1);
  }
  assert.throws(() => appender.append(ref, rig.nowMs() + 1, 2), hasCode("UNKNOWN_SERIES_REF"));
  appender.append({ __name__: "a" }, rig.nowMs() + 1, 2);
  await rig.wait(appender.commit({ durable: true }));
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1, 2]);
  await rig.queue.close();
});

test("a request with some bad series keeps the good ones and says which rule was broken", async () => {
  const rig = await new Rig().open();
  const body = encodeRequest([
    wireSeries({ __name__: "good" }, rig.nowMs(), 1),
    wireSeries({ job: "no name" }, rig.nowMs(), 2),
    wireSeries({ __name__: "old" }, rig.nowMs() - 72 * 3_600_000, 3),
  ]);
  const result = await rig.wait(rig.queue.write(body, CONTENT));
  assert.deepEqual([result.accepted, result.invalid, result.expired], [1, 1, 1]);
  assert.match(result.firstInvalid ?? "", /__name__/);
  await rig.drain();
  assert.equal(rig.one.arrivals.length, 1);
  assert.deepEqual(rig.queue.stats().refused, { ttl: 1, invalid: 1, unsupported: 0 });
  await rig.queue.close();
});

test("what is refused at intake is logged, once in a while for each reason", async () => {
  const rig = await new Rig({ persistence: { format: "alloy.metrics.queue.v1" } }).open();
  const refusals = (): string[] => rig.logger.lines.filter((line) => line.includes("refused"));
  const labels: [string, string][] = [["__name__", "a"]];
  const write = async (): Promise<void> => {
    const timestampMs = BigInt(rig.nowMs());
    const sample = { valueBits: bitsOf(1), timestampMs };
    const exemplar = { labels: [], valueBits: bitsOf(1), timestampMs };
    const body = encodeRequest([
      { labels, samples: [sample], exemplars: [exemplar] },
      wireSeries({ job: "no name" }, rig.nowMs(), 2),
      wireSeries({ __name__: "old" }, rig.nowMs() - 72 * 3_600_000, 3),
      wireSeries({ __name__: "older" }, rig.nowMs() - 73 * 3_600_000, 3),
    ]);
    await rig.wait(rig.queue.write(body, CONTENT));
  };
  await write();
  assert.deepEqual(
    refusals().map((line) => line.replace(/"first":.*(metric|__name__).*(?=})/, '"first":"..."')),
    [
      'warn signals refused: older than the ttl {"reason":"ttl","signals":2,"first":"..."}',
      'warn signals refused: they break a rule {"reason":"invalid","signals":1,"first":"..."}',
      'warn signals refused: the file format cannot carry them {"reason":"unsupported","signals":1,"first":"..."}',
    ],
  );
  await write();
  await write();
  assert.equal(refusals().length, 3);
  await rig.platform.time.advance(10_000);
  await write();
  assert.equal(refusals().length, 6);
  assert.match(refusals()[3]!, /"reason":"ttl","signals":2,.*"more_like_it":2/);
  assert.deepEqual(rig.queue.stats().refused, { ttl: 8, invalid: 4, unsupported: 4 });
  await rig.queue.close();
});

test("bytes written and bytes read are of the same thing; bytes on disk are those of the files", async () => {
  const rig = await new Rig().open();
  rig.one.answer = () => makeAnswer(503);
  for (let index = 0; index < 3; index++) await rig.put(`series_${index}`, index);
  const bytesOf = async (name: string): Promise<number> =>
    (await rig.platform.files.read(`/data/one/wal/${name}`)).length;
  const sizes = await Promise.all((await rig.files()).map(bytesOf));
  const fileBytes = sizes.reduce((sum, size) => sum + size, 0);
  const before = rig.queue.stats().endpoints[0]!;
  assert.equal(before.pendingBytes, fileBytes);
  assert.ok(before.compressedWrittenBytesTotal < fileBytes);
  rig.one.answer = () => makeAnswer(204);
  await rig.drain();
  const after = rig.queue.stats().endpoints[0]!;
  assert.ok(after.compressedWrittenBytesTotal > 0);
  assert.equal(after.compressedReadBytesTotal, after.compressedWrittenBytesTotal);
  assert.equal(after.uncompressedReadBytesTotal, after.uncompressedWrittenBytesTotal);
  assert.equal(after.pendingBytes, 0);
  await rig.queue.close();
});

test("bytes that are no request are refused whole, by name", async () => {
  const rig = await new Rig({ limits: { requestBytesMax: 100_000, uncompressedBytesMax: 200_000 } })
    .open();
  const good = encodeRequest([wireSeries({ __name__: "a" }, rig.nowMs(), 1)]);
  const json = { contentType: "application/json" };
  await assert.rejects(rig.queue.write(good, json), hasCode("UNSUPPORTED_CONTENT"));
  await assert.rejects(rig.queue.write(new Uint8Array(100_001), CONTENT), hasCode("TOO_LARGE"));
  const claimsFourGigabytes = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0);
  await assert.rejects(rig.queue.write(claimsFourGigabytes, CONTENT), hasCode("TOO_LARGE"));
  await assert.rejects(rig.queue.write(good.subarray(0, -1), CONTENT), hasCode("INVALID_REQUEST"));
  await assert.rejects(rig.queue.write(new Uint8Array(), CONTENT), hasCode("INVALID_REQUEST"));
  assert.equal(rig.queue.stats().bufferedSignals, 0);
  await rig.queue.close();
});

test("small commits fill large requests, and flush_interval bounds the wait", async () => {
  const endpoints = [{
    name: "one",
    url: "http://one/",
    parallelism: 1,
    batchCount: 10,
    flushInterval: "1s",
  }];
  const rig = await new Rig({ endpoints }).open();
  for (let index = 0; index < 25; index++) await rig.put("a", index);
  assert.deepEqual(rig.one.requestSizes, [10, 10]);
  await rig.platform.time.advance(1100);
  assert.deepEqual(rig.one.requestSizes, [10, 10, 5]);
  assert.deepEqual(rig.one.valuesOf("__name__=a"), Array.from({ length: 25 }, (_, index) => index));
  rig.checkSum();
  await rig.queue.close();
});

test("external labels are added in order and override nothing", async () => {
  const externalLabels = { cluster: "eu", a: "outer" };
  const endpoints = [{ name: "one", url: "http://one/", externalLabels }];
  const rig = await new Rig({ endpoints }).open();
  const body = encodeRequest([
    wireSeries({ __name__: "m", a: "own", z: "1" }, rig.nowMs(), 1),
    wireSeries({ __name__: "m", z: "2" }, rig.nowMs(), 1),
  ]);
  await rig.wait(rig.queue.write(body, CONTENT));
  await rig.drain();
  assert.deepEqual(rig.one.arrivals.map(({ series }) => series).sort(), [
    "__name__=m,a=outer,cluster=eu,z=2",
    "__name__=m,a=own,cluster=eu,z=1",
  ]);
  await rig.queue.close();
});

test("an endpoint that is down gets everything in order when it is back", async () => {
  const rig = await new Rig().open();
  rig.one.answer = () => {
    throw new Error("connection refused");
  };
  for (let index = 0; index < 200; index++) await rig.put(`s${index % 7}`, index);
  assert.equal(rig.pending(), 200);
  rig.checkSum();
  rig.one.answer = () => makeAnswer(200);
  await rig.drain();
  assert.equal(rig.one.arrivals.length, 200);
  for (let series = 0; series < 7; series++) {
    const values = rig.one.valuesOf(`__name__=s${series}`);
    assert.deepEqual(values, values.toSorted((a, b) => a - b));
  }
  rig.checkSum();
  assert.deepEqual(await rig.files(), []);
  await rig.queue.close();
});

test("an endpoint that is down does not hold up the other", async () => {
  const rig = await new Rig({}, ["one", "two"]).open();
  rig.one.answer = () => makeAnswer(503);
  for (let index = 0; index < 50; index++) await rig.put("a", index);
  await rig.platform.time.advance(5000);
  assert.equal(rig.endpoints["two"]!.arrivals.length, 50);
  assert.equal(rig.one.arrivals.length, 0);
  assert.deepEqual(await rig.files("two"), []);
  rig.one.answer = () => makeAnswer(200);
  await rig.drain();
  assert.equal(rig.one.arrivals.length, 50);
  rig.checkSum();
  await rig.queue.close();
});

test("samples that grow too old on disk are dropped for ttl, and counted", async () => {
  const rig = await new Rig({ ttl: "10m" }).open();
  rig.one.answer = () => makeAnswer(500);
  await rig.put("a", 1);
  await rig.platform.time.advance(9 * 60_000);
  await rig.put("a", 2);
  await rig.platform.time.advance(2 * 60_000);
  rig.one.answer = () => makeAnswer(200);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [2]);
  assert.equal(rig.queue.stats().dropped.ttl, 1);
  rig.checkSum();
  await rig.queue.close();
});

test("a 4xx loses that request alone", async () => {
  const endpoints = [{ name: "one", url: "http://one/", parallelism: 1, batchCount: 1 }];
  const rig = await new Rig({ endpoints }).open();
  let requests = 0;
  rig.one.answer = () => makeAnswer(++requests === 2 ? 400 : 200);
  for (let index = 0; index < 4; index++) await rig.put("a", index);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [0, 2, 3]);
  assert.equal(rig.queue.stats().dropped.rejected, 1);
  rig.checkSum();
  await rig.queue.close();
});

test("close drains for the grace period and leaves the rest on disk", async () => {
  const rig = await new Rig().open();
  await rig.put("a", 1);
  await rig.wait(rig.queue.close({ graceMs: 30_000 }));
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1]);
  await rig.open();
  rig.one.answer = () => makeAnswer(500);
  await rig.put("a", 2);
  const startedMs = rig.nowMs();
  await rig.wait(rig.queue.close({ graceMs: 5000 }));
  assert.ok(rig.nowMs() - startedMs <= 5000);
  assert.equal((await rig.files()).length, 1);
  await assert.rejects(rig.put("a", 3), hasCode("CLOSED"));
  rig.one.answer = () => makeAnswer(200);
  await rig.open();
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [1, 2]);
  await rig.queue.close();
  assert.equal(rig.platform.time.timers, 0);
});

test("close does not wait for a batch that turns out to be damaged", async () => {
  const rig = await new Rig().open();
  rig.one.answer = () => makeAnswer(503);
  await rig.put("a", 1);
  await rig.queue.close();
  const [name] = await rig.files();
  await rig.platform.files.remove(`/data/one/wal/${name}`);
  await rig.platform.files.writeAndSync(`/data/one/wal/${name}`, [Uint8Array.of(1)]);
  await rig.open();
  const startedMs = rig.nowMs();
  await rig.wait(rig.queue.close({ graceMs: 30_000 }));
  assert.ok(rig.nowMs() - startedMs < 1000);
});

test("flush makes volatile commits durable", async () => {
  const rig = await new Rig().open();
  rig.one.answer = () => makeAnswer(500);
  const appender = rig.queue.appender();
  appender.append({ __name__: "a" }, rig.nowMs(), 7);
  await appender.commit();
  assert.equal(rig.queue.stats().bufferedSignals, 1);
  await rig.wait(rig.queue.flush());
  await rig.crash();
  rig.one.answer = () => makeAnswer(200);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a"), [7]);
  await rig.queue.close();
});

test("what is in the way of a data path is told as that", async () => {
  for (const dataPath of ["/file", "/file/data"]) {
    const rig = new Rig({ dataPath });
    rig.platform.files.plant("/file", new Uint8Array());
    await assert.rejects(rig.open(), {
      code: "STORAGE",
      message: new RegExp(`^Cannot open data path "${dataPath}": .*a file is in the way`),
    });
  }
});

test("a data path has one owner", async () => {
  const rig = await new Rig().open();
  await assert.rejects(new Rig().open.call(rig), {
    code: "LOCKED",
    message: /^Cannot open data path "\/data": this process has it open already/,
  });
  await rig.queue.close();
  await rig.open();
  await rig.queue.close();
});

test("what waits for an idle shard leaves after flush_interval while another shard is stuck", async () => {
  const [zero, one] = seriesOfShards(await loadKernel()) as [string, string];
  const endpoint = { name: "one", url: "http://one/write", parallelism: 2, batchCount: 2 };
  const rig = new Rig({ endpoints: [{ ...endpoint, flushInterval: "1s" }] });
  rig.one.answer = (request) => {
    const names = decodeRequest(request.body!).flatMap(({ labels }) => labels);
    return makeAnswer(names.some(([, name]) => name === zero) ? 503 : 204);
  };
  await rig.open();
  const stuck = Array.from(
    { length: 20 },
    (_, at) => wireSeries({ __name__: zero }, rig.nowMs() + at, at),
  );
  const body = encodeRequest([wireSeries({ __name__: one }, rig.nowMs(), 7), ...stuck]);
  await rig.wait(rig.queue.write(body, CONTENT));
  await rig.platform.time.advance(2_000);
  assert.deepEqual(rig.one.valuesOf(`__name__=${one}`), [7]);
  await rig.wait(rig.queue.close());
});

test("the sum holds after a close with a batch that is settled in part", async () => {
  const endpoint = { name: "one", url: "http://one/write", parallelism: 1, batchCount: 2 };
  const rig = new Rig({ endpoints: [endpoint] });
  await rig.open();
  let requests = 0;
  rig.one.answer = () => makeAnswer(requests++ === 0 ? 204 : 503);
  const all = ["a", "b", "c", "d"].map((name, value) =>
    wireSeries({ __name__: name }, rig.nowMs(), value)
  );
  await rig.wait(rig.queue.write(encodeRequest(all), CONTENT));
  await rig.platform.time.advance(5_000);
  rig.checkSum();
  await rig.wait(rig.queue.close());
  rig.checkSum();
});

for (const what of ["flush", "close"] as const) {
  test(`a ${what} that is called in whatever moment of a refusal is answered`, async () => {
    for (let microtasks = 0; microtasks < 12; microtasks++) {
      const rig = await new Rig({ persistence: { maxSignalsToBatch: 2 } }).open();
      const commit = (names: readonly string[], durable: boolean) => {
        const appender = rig.queue.appender();
        for (const name of names) appender.append({ __name__: name }, rig.nowMs(), 1);
        return appender.commit({ durable });
      };
      rig.platform.files.fault = (step) => step === "write" ? "no_space" : undefined;
      const refused = commit(["a", "b"], true);
      await commit(["a", "b"], false);
      await commit(["a"], false);
      const answered = refused.catch(async () => {
        for (let each = 0; each < microtasks; each++) await undefined;
        await rig.queue[what]();
      });
      await assert.rejects(rig.wait(answered), { code: "STORAGE" }, `${microtasks} microtasks`);
    }
  });
}

for (const step of ["write", "sync", "sync_directory", "rename"] as const) {
  test(`a close after one failed ${step} stores what was accepted`, async () => {
    for (const isUnderWay of [false, true]) {
      const rig = await new Rig().open();
      rig.one.answer = () => makeAnswer(503);
      const appender = rig.queue.appender();
      appender.append({ __name__: "a" }, rig.nowMs(), 1);
      await appender.commit();
      let failures = 1;
      rig.platform.files.fault = (at, path) =>
        at === step && path.includes("/wal") && failures-- > 0 ? "io" : undefined;
      if (isUnderWay) await rig.platform.time.advance(5_000);
      await rig.wait(rig.queue.close());
      assert.equal((await rig.files()).length, 1);
    }
  });
}

test("an open that fails for want of memory leaves the data path free", async () => {
  await loadKernel();
  const rig = new Rig();
  const { Instance } = WebAssembly;
  let made = 0;
  // The second one is the writer, after the reader of the endpoint.
  class Scarce {
    constructor(...args: ConstructorParameters<typeof Instance>) {
      if (++made === 2) throw new RangeError("could not allocate memory");
      return new Instance(...args);
    }
  }
  Object.assign(WebAssembly, { Instance: Scarce });
  try {
    await assert.rejects(rig.open(), /could not allocate memory/);
  } finally {
    Object.assign(WebAssembly, { Instance });
  }
  await rig.open();
  await rig.wait(rig.queue.close());
});
