/** The series of the queue's own: no number is left out by walq, whatever happens, and one that is lost is seen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnswer } from "../../src/testing/memory.ts";
import { type Arrival, valueOf } from "../support/endpoint_double.ts";
import { Rig } from "./support.ts";

const EVERY: { sequenceSeries: string; ttl: string } = { sequenceSeries: "15s", ttl: "1d" };

function numbersOf(arrivals: readonly Arrival[]): number[] {
  return arrivals.filter(({ series }) => series.startsWith("__name__=walq_sequence,queue="))
    .map(({ valueBits }) => valueOf(valueBits));
}

/** As the query has it: (max - min) - changes, in the order of time. */
function missingOf(arrivals: readonly Arrival[]): number {
  const inTime = arrivals.toSorted((a, b) => a.timestampMs - b.timestampMs);
  const numbers = numbersOf(inTime);
  const changes = numbers.filter((number, at) => at > 0 && number !== numbers[at - 1]).length;
  return Math.max(...numbers) - Math.min(...numbers) - changes;
}

function seriesOf(arrivals: readonly Arrival[]): Set<string> {
  return new Set(arrivals.map(({ series }) => series));
}

test("each sample is one more than the last, over restarts, and none comes without the option", async () => {
  const rig = await new Rig(EVERY).open();
  await rig.platform.time.advance(46_000);
  await rig.wait(rig.queue.close());
  await rig.open();
  await rig.platform.time.advance(31_000);
  await rig.drain();
  assert.deepEqual(numbersOf(rig.one.arrivals), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(seriesOf(rig.one.arrivals).size, 1);
  const times = rig.one.arrivals.map(({ timestampMs }) => timestampMs);
  assert.deepEqual(times, [...new Set(times)].toSorted((a, b) => a - b));
  await rig.wait(rig.queue.update({ ...rig.options, sequenceSeries: "0s" }));
  await rig.platform.time.advance(60_000);
  assert.equal(rig.one.arrivals.length, 7);
  await rig.wait(rig.queue.update({ ...rig.options, sequenceSeries: "1s" }));
  await rig.platform.time.advance(10_000);
  assert.ok(rig.one.arrivals.length > 10);
  assert.equal(missingOf(rig.one.arrivals), 0);
  await rig.wait(rig.queue.close());
  assert.equal(rig.platform.time.timers, 0);
});

test("a crash at any step repeats a number, and skips none", async () => {
  for (let step = 1; step < 40; step++) {
    const rig = await new Rig(EVERY).open();
    await rig.platform.time.advance(20_000);
    let left = step;
    rig.platform.files.fault = () => --left > 0 ? undefined : new Promise(() => {});
    await rig.platform.time.advance(40_000);
    rig.platform.files.fault = undefined;
    await rig.crash();
    await rig.platform.time.advance(40_000);
    await rig.drain();
    assert.equal(missingOf(rig.one.arrivals), 0, `step ${step}: ${numbersOf(rig.one.arrivals)}`);
    assert.equal(seriesOf(rig.one.arrivals).size, 1, `step ${step}`);
    await rig.wait(rig.queue.close());
  }
});

test("a disk that refuses leaves no number out", async () => {
  const rig = await new Rig(EVERY).open();
  await rig.platform.time.advance(20_000);
  for (const kind of ["create", "sync", "rename", "link", "sync_directory"] as const) {
    rig.platform.files.fault = (step) => step === kind ? "no_space" : undefined;
    await rig.platform.time.advance(40_000);
    rig.platform.files.fault = undefined;
    await rig.platform.time.advance(40_000);
  }
  await rig.wait(rig.queue.close());
  await rig.open();
  await rig.platform.time.advance(20_000);
  await rig.drain();
  assert.ok(missingOf(rig.one.arrivals) <= 0, String(numbersOf(rig.one.arrivals)));
  assert.match(rig.logger.lines.join("\n"), /no number of the sequence series/);
  await rig.wait(rig.queue.close());
});

test("what was skipped on purpose is a gap", async () => {
  const rig = await new Rig(EVERY).open();
  await rig.platform.time.advance(31_000);
  await rig.drain();
  rig.one.answer = () => makeAnswer(503);
  await rig.platform.time.advance(60_000);
  const skipped = await rig.wait(rig.queue.dropBefore({ beforeMs: rig.nowMs() + 1 }));
  assert.ok(skipped.signals >= 3);
  rig.one.answer = () => makeAnswer(200);
  await rig.platform.time.advance(60_000);
  await rig.drain();
  assert.equal(missingOf(rig.one.arrivals), skipped.signals);
  await rig.wait(rig.queue.close());
});

test("a file that is damaged or gone begins another series, in which nothing is missing", async () => {
  for (
    const text of ["", "abc", "0123456789ab 7", "0123456789ab 99999999999999999 1\n", undefined]
  ) {
    const rig = await new Rig(EVERY).open();
    await rig.platform.time.advance(31_000);
    await rig.drain();
    await rig.wait(rig.queue.close());
    const { files } = rig.platform;
    await files.remove("/data/walq.sequence");
    if (text !== undefined) {
      await files.writeAndSync("/data/walq.sequence", [new TextEncoder().encode(text)]);
    }
    await rig.open();
    await rig.platform.time.advance(31_000);
    await rig.drain();
    assert.equal(seriesOf(rig.one.arrivals).size, 2);
    assert.deepEqual(numbersOf(rig.one.arrivals), [1, 2, 3, 1, 2, 3]);
    await rig.wait(rig.queue.close());
  }
});

test("an interval that is too short is refused by its name", async () => {
  await assert.rejects(new Rig({ sequenceSeries: "1ms" }).open(), {
    code: "INVALID_OPTIONS",
    message: /sequenceSeries: got 1 ms, expected 0 or at least 1s/,
  });
});
