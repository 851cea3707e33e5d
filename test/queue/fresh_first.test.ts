/** What is new goes first after an outage, where the endpoint takes samples out of order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkLanes,
  EVERY_MS,
  firstOvertaking,
  HOUR_MS,
  INCOMING,
  MINUTE_MS,
  openAndLose,
  outage,
  SERIES,
  SMALL,
  Stream,
} from "./late_stream.ts";

/** Of the samples that came in since the endpoint's first answer, and not later than it is asked for. */
function sinceFirstAnswer(
  { receiver: { arrivals } }: Stream,
  backMs: number,
  untilMs: number = Infinity,
): { readonly answerMs: number; readonly lateMs: number; readonly samples: number } {
  const { atMs: firstMs } = arrivals.find(({ atMs }) => atMs >= backMs)!;
  const isSince = (ms: number): boolean => ms >= firstMs && ms < untilMs;
  const since = arrivals.filter(({ timestampMs }) => isSince(timestampMs));
  const lateMs = Math.max(...since.map(({ atMs, timestampMs }) => atMs - timestampMs));
  return { answerMs: firstMs - backMs, lateMs, samples: since.length };
}

test("an hour's outage before a receiver that takes twice as much as comes in", async (context) => {
  const stream = new Stream();
  const { rig, receiver } = stream;
  await openAndLose(stream, 2 * INCOMING, HOUR_MS);
  const backMs = rig.nowMs();
  const isThrough = (): boolean => stream.state.lanes === undefined;
  await stream.run(MINUTE_MS);
  const { lanes } = stream.state;
  assert.ok(lanes !== undefined && lanes.backlog.oldestAgeMs > 0.9 * HOUR_MS);
  assert.ok(lanes.fresh.oldestAgeMs < 10_000, `${lanes.fresh.oldestAgeMs}`);
  await stream.run(3 * HOUR_MS, isThrough);
  const drainMs = rig.nowMs() - backMs;
  await rig.drain();
  const split = firstOvertaking(stream);
  assert.ok(checkLanes(stream, split) > 0);
  // It takes an hour to work off an hour's backlog at what is left of the rate.
  assert.ok(drainMs < 1.05 * HOUR_MS, `${drainMs}`);
  const { answerMs, lateMs, samples } = sinceFirstAnswer(stream, backMs);
  // No pause before another attempt is longer than 30 seconds.
  assert.ok(answerMs < 35_000, `${answerMs}`);
  assert.ok(samples > 0.9 * SERIES * HOUR_MS / EVERY_MS);
  assert.ok(lateMs <= 5_000, `${lateMs}`);
  context.diagnostic(
    `the first answer came after ${answerMs.toFixed(0)} ms; what came in from then on was ` +
      `${lateMs.toFixed(0)} ms late at most, and the backlog came in ${drainMs} ms`,
  );
  assert.ok(receiver.probes[1]!.atMs - backMs - answerMs < 1_000);
});

for (
  const [name, options] of [
    ["one after the other", { ...SMALL, parallelism: 1 }],
    ["by eight shards", { ...SMALL, parallelism: 8 }],
    // What grows during the outage would keep such a receiver busy for minutes.
    ["that may have thousands of samples", {}],
  ] as const
) {
  for (const how of ["refuses connections", "answers nothing"] as const) {
    test(`requests ${name}, an endpoint that ${how}: new samples are in time from its first answer on`, async () => {
      const stream = new Stream(options);
      const { rig, receiver } = stream;
      receiver.rate = 2 * INCOMING;
      await rig.open();
      await stream.run(MINUTE_MS);
      if (how === "answers nothing") receiver.instead = () => new Promise(() => {});
      await outage(stream, 10 * MINUTE_MS, how === "refuses connections");
      receiver.instead = () => undefined;
      const backMs = rig.nowMs();
      await stream.run(4 * MINUTE_MS);
      const { lateMs, samples } = sinceFirstAnswer(stream, backMs, rig.nowMs() - 5_000);
      assert.ok(samples > 2 * SERIES * MINUTE_MS / EVERY_MS, `${samples}`);
      assert.ok(lateMs <= 5_000, `${lateMs}`);
      assert.ok(stream.state.lanes !== undefined);
    });
  }
}

for (
  const [name, windowMs, words] of [
    ["none out of order", 0, /out of bounds/],
    ["none that are so late", 10 * MINUTE_MS, /too old sample/],
  ] as const
) {
  test(`a receiver that takes ${name} is asked, and then sent all in strict order`, async () => {
    const stream = new Stream();
    const { rig, receiver } = stream;
    receiver.windowMs = windowMs;
    await openAndLose(stream, 10 * INCOMING, 1.5 * HOUR_MS);
    await stream.run(MINUTE_MS);
    assert.ok(receiver.probes.length > 0);
    assert.equal(stream.state.lanes, undefined);
    assert.match(stream.state.orderRefusal ?? "", words);
    assert.equal(stream.state.sendOrder, "fresh_first");
    await stream.run(HOUR_MS, () => stream.state.pendingBatches <= 1);
    await rig.drain();
    // The probe itself has made nothing too late that waited.
    assert.deepEqual(receiver.refused, []);
    const split = firstOvertaking(stream);
    // When the rest of the backlog is not as late any more, the second one takes it.
    assert.equal(split === Infinity, windowMs === 0);
    checkLanes(stream, Math.min(split, stream.nextValue));
    const told = rig.logger.lines.filter((line) => line.includes("sent in strict order"));
    assert.ok(told.length > 0);
  });
}

test("in a second outage what was fresh goes behind the backlog", async () => {
  const stream = new Stream();
  const { rig } = stream;
  await openAndLose(stream, 1.5 * INCOMING, 10 * MINUTE_MS);
  await stream.run(2 * MINUTE_MS);
  assert.ok(stream.state.lanes !== undefined);
  const before = stream.nextValue;
  await outage(stream, 5 * MINUTE_MS);
  const after = stream.nextValue;
  await stream.run(2 * MINUTE_MS);
  assert.ok(stream.state.lanes!.backlog.pendingBatches > 0);
  await stream.run(2 * HOUR_MS, () => stream.state.lanes === undefined);
  await rig.drain();
  for (const values of stream.firstArrivals()) {
    assert.equal(values.length, stream.nextValue);
    const place = (value: number): number => values.indexOf(value);
    // What came in during the second outage comes behind all of the first, in order.
    const middle = values.filter((value) => value >= before && value < after - 2);
    assert.deepEqual(middle, middle.toSorted((a, b) => a - b));
    assert.ok(place(middle[5]!) > place(100), "the second outage's before the first one's");
    assert.ok(place(after + 20) < place(middle[5]!), "the newest behind the second outage's");
  }
});

test("a receiver that takes them no more: what is pending is sent in strict order, and it is said", async () => {
  const stream = new Stream();
  const { rig, receiver } = stream;
  await openAndLose(stream, 2 * INCOMING, 10 * MINUTE_MS);
  await stream.run(MINUTE_MS);
  assert.ok(stream.state.lanes !== undefined);
  receiver.windowMs = 0;
  await stream.run(MINUTE_MS);
  assert.equal(stream.state.lanes, undefined);
  assert.match(stream.state.orderRefusal ?? "", /out of order sample/);
  // A reload is a reason to ask again, and so is a receiver that was mended.
  receiver.windowMs = Infinity;
  const probes = receiver.probes.length;
  await rig.wait(rig.queue.update(rig.options));
  await stream.run(MINUTE_MS);
  assert.ok(receiver.probes.length > probes);
  assert.equal(stream.state.orderRefusal, undefined);
  await stream.run(HOUR_MS, () => stream.state.pendingBatches <= 1);
  await rig.drain();
  rig.checkSum();
});

for (
  const how of ["a crash", "a close", "an update to strict order", "an update of its URL"] as const
) {
  test(`${how} while there are two lanes: all arrives, and what is new goes first again`, async () => {
    const stream = new Stream();
    const { rig } = stream;
    await openAndLose(stream, 2 * INCOMING, 10 * MINUTE_MS);
    await stream.run(2 * MINUTE_MS);
    assert.ok(stream.state.lanes !== undefined);
    const [endpoint] = rig.options.endpoints;
    if (how === "a crash") {
      const { script } = rig.platform.http;
      await rig.crash();
      rig.platform.http.script = script;
    } else if (how === "a close") {
      await rig.wait(rig.queue.close());
      await rig.open();
    } else {
      const change = how === "an update to strict order"
        ? { sendOrder: "strict" } as const
        : { url: "http://one/other" };
      const endpoints = [{ ...endpoint!, ...change }];
      await rig.wait(rig.queue.update({ ...rig.options, endpoints }));
    }
    await stream.run(2 * MINUTE_MS);
    const isStrict = how === "an update to strict order";
    assert.equal(stream.state.lanes === undefined, isStrict);
    await stream.run(HOUR_MS, () => stream.state.pendingBatches <= 1);
    await rig.drain();
    for (const [at, values] of stream.firstArrivals().entries()) {
      assert.equal(values.length, stream.nextValue, `s${at} is not whole`);
    }
  });
}

test("a close that may take a while sends both lanes", async () => {
  const stream = new Stream();
  const { rig } = stream;
  await openAndLose(stream, 3 * INCOMING, 5 * MINUTE_MS);
  await stream.run(MINUTE_MS);
  assert.ok(stream.state.lanes !== undefined);
  await rig.wait(rig.queue.close({ graceMs: HOUR_MS }), HOUR_MS);
  assert.deepEqual(await rig.files(), []);
  checkLanes(stream, firstOvertaking(stream));
});

test("remote write 2.0: the probe is one too", async () => {
  const stream = new Stream({ ...SMALL, protobufMessage: "io.prometheus.write.v2.Request" });
  const { receiver } = stream;
  await openAndLose(stream, 2 * INCOMING, 5 * MINUTE_MS);
  await stream.run(MINUTE_MS);
  assert.ok(stream.state.lanes !== undefined);
  assert.equal(receiver.probes.length, 2);
  assert.equal(stream.state.protobufMessage, "io.prometheus.write.v2.Request");
});

test("without the option nobody is asked and nothing overtakes", async () => {
  const stream = new Stream({ ...SMALL, sendOrder: "strict" });
  const { rig, receiver } = stream;
  await openAndLose(stream, 10 * INCOMING, 5 * MINUTE_MS);
  await stream.run(2 * MINUTE_MS);
  await rig.drain();
  assert.equal(receiver.probes.length, 0);
  assert.equal(firstOvertaking(stream), Infinity);
  assert.equal(stream.state.sendOrder, "strict");
});
