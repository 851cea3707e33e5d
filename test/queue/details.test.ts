/** What a queue tells who looks at one endpoint, and at what comes in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnswer } from "../../src/testing/memory.ts";
import { SAMPLED_SERIES_MAX } from "../../src/sampling/series_sample.ts";
import { encodeRequest, wireSeries } from "../support/remote_write_v1.ts";
import { CONTENT, Rig } from "./support.ts";

async function write(rig: Rig, ...series: readonly (readonly [string, number])[]): Promise<void> {
  const wired = series.map(([name, value]) =>
    wireSeries({ __name__: name, job: "zoo" }, rig.nowMs() + value, value)
  );
  await rig.wait(rig.queue.write(encodeRequest(wired), CONTENT));
}

test("the last answers of an endpoint, and what waits for it by when it came in", async () => {
  const rig = await new Rig().open();
  rig.one.answer = () => makeAnswer(503, "be patient");
  await write(rig, ["a", 1], ["b", 2]);
  await rig.platform.time.advance(60_000);
  await write(rig, ["a", 3]);
  const { answers, backlog } = rig.queue.details("one")!;
  assert.equal(answers.length, 1, "one answer, many times");
  assert.ok(answers[0]!.count > 3);
  assert.deepEqual([answers[0]!.status, answers[0]!.outcome], [503, "retried"]);
  assert.match(answers[0]!.words ?? "", /be patient/);
  assert.deepEqual(backlog.map(({ batches, signals }) => [batches, signals]), [[1, 2], [1, 1]]);
  const [older, newer] = backlog;
  assert.ok(newer!.fromMs! - older!.fromMs! >= 60_000);
  const { failingSinceMs } = rig.queue.stats().endpoints[0]!;
  assert.ok(failingSinceMs <= newer!.fromMs! - 50_000 && failingSinceMs >= older!.fromMs!);
  rig.one.answer = () => makeAnswer(204);
  await rig.drain();
  assert.deepEqual(rig.queue.details("one")!.backlog, []);
  assert.equal(rig.queue.stats().endpoints[0]!.failingSinceMs, 0);
  assert.equal(rig.queue.details("one")!.answers.at(-1)!.outcome, "delivered");
  assert.equal(rig.queue.details("two"), undefined);
  assert.deepEqual(await rig.queue.quarantined("two"), []);
  await rig.queue.close();
});

test("files that were set aside are listed with their reasons", async () => {
  const rig = await new Rig().open();
  rig.one.answer = () => makeAnswer(503);
  await write(rig, ["a", 1]);
  await rig.queue.close();
  const path = "/data/one/wal/1.committed";
  const bytes = rig.platform.files.peek(path)!.slice();
  bytes[bytes.length - 3]! ^= 0xff;
  rig.platform.files.plant(path, bytes);
  await rig.open();
  await rig.platform.time.advance(1_000);
  const [file, ...more] = await rig.queue.quarantined("one");
  assert.deepEqual([file?.id, file?.bytes, more.length], [1, bytes.length, 0]);
  assert.match(file!.reason, /with the checksum xxh64:[0-9a-f]{16}, wanted xxh64:[0-9a-f]{16}$/);
  assert.deepEqual(await rig.queue.quarantined("one", 0), []);
  await rig.queue.close();
});

test("a sample of the series that come in, from the moment in which somebody looks", async () => {
  const rig = await new Rig().open();
  await write(rig, ["before", 1]);
  const sample = rig.queue.sampleSeries();
  await write(rig, ["a", 1], ["a", 2], ["b", 3]);
  await write(rig, ["b", 4], ["ü", 5]);
  const series = sample.series.map(({ labels, samples }) => [labels, samples]);
  const labelsOf = (name: string): unknown => [["__name__", name], ["job", "zoo"]];
  assert.deepEqual(series, [[labelsOf("a"), 2], [labelsOf("b"), 2], [labelsOf("ü"), 1]]);
  assert.deepEqual([sample.samples, sample.batches, sample.isFull], [5, 2, false]);
  rig.queue.endSample();
  await write(rig, ["c", 6]);
  assert.equal(sample.series.length, 3);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=b,job=zoo"), [3, 4]);
  rig.checkSum();
  await rig.queue.close();
});

test("a sample is bounded, and is no burden once it is full", async () => {
  const rig = await new Rig().open();
  const sample = rig.queue.sampleSeries();
  const names = Array.from({ length: SAMPLED_SERIES_MAX + 10 }, (_, at) => `s${at}`);
  await write(rig, ...names.map((name) => [name, 1] as const));
  assert.deepEqual([sample.series.length, sample.isFull], [SAMPLED_SERIES_MAX, true]);
  const { batches } = sample;
  await write(rig, ["s0", 2]);
  assert.equal(sample.batches, batches);
  await rig.queue.close();
});

test("what cannot be looked at is stored and sent all the same", async () => {
  const rig = await new Rig().open();
  const sample = rig.queue.sampleSeries();
  sample.see = () => {
    throw new Error("a bug");
  };
  await write(rig, ["a", 1]);
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=a,job=zoo"), [1]);
  assert.ok(rig.logger.lines.some((line) => line.includes("cannot look at a batch")));
  await rig.queue.close();
});
