import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pushed } from "../../src/appender/push.ts";
import { Rig } from "./support.ts";

/** A queue to which nothing else is sent. */
async function pushing(): Promise<Rig> {
  return await new Rig().open();
}

test("numbers are durable with their labels when the push resolves", async () => {
  const rig = await pushing();
  const { accepted } = await rig.wait(rig.queue.push({ depth: 100, busy: 3 }, { service: "a" }));
  assert.equal(accepted, 2);
  await rig.crash();
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=depth,service=a"), [100]);
  assert.deepEqual(rig.one.valuesOf("__name__=busy,service=a"), [3]);
  rig.checkSum();
});

test("pushes of one moment have timestamps that grow, and one push has one", async () => {
  const rig = await pushing();
  const startMs = rig.nowMs();
  const pushes = [1, 2, 3].map((depth) => rig.queue.push({ depth, busy: depth }));
  rig.platform.time.jump(-60_000);
  pushes.push(rig.queue.push({ depth: 4 }));
  await rig.wait(Promise.all(pushes));
  await rig.drain();
  const timesOf = (series: string): number[] =>
    rig.one.arrivals.filter((one) => one.series === series).map((one) => one.timestampMs - startMs);
  assert.deepEqual(timesOf("__name__=depth"), [0, 1, 2, 3]);
  assert.deepEqual(timesOf("__name__=busy"), [0, 1, 2]);
});

test("series are pushed as prometheus-remote-write has them, one or several", async () => {
  const rig = await pushing();
  const timestamp = rig.nowMs() - 5_000;
  const series = (name: string) => ({
    labels: { __name__: name, service: "own" },
    samples: [{ value: 1, timestamp }, { value: 2 }],
  });
  await rig.wait(rig.queue.push(series("one"), { service: "other", zone: "b" }));
  await rig.wait(rig.queue.push([series("two"), series("three")]));
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=one,service=own,zone=b"), [1, 2]);
  assert.deepEqual(rig.one.valuesOf("__name__=two,service=own"), [1, 2]);
  assert.deepEqual(rig.one.valuesOf("__name__=three,service=own"), [1, 2]);
  assert.equal(rig.one.arrivals[0]!.timestampMs, timestamp);
});

test("metrics may be called labels and samples", async () => {
  const rig = await pushing();
  await rig.wait(rig.queue.push({ labels: 1, samples: 2 }));
  await rig.drain();
  assert.deepEqual(rig.one.valuesOf("__name__=labels"), [1]);
  assert.deepEqual(rig.one.valuesOf("__name__=samples"), [2]);
});

test("what cannot be pushed is refused as a whole, and says why", async () => {
  const rig = await pushing();
  const cases: readonly [unknown, RegExp][] = [
    [{ fine: 1, depth: "100" }, /got a string as value of "depth", expected a number/],
    [{ fine: 1, depth: null }, /got a object as value of "depth"/],
    [{ fine: 1, "": 2 }, /expected a label "__name__"/],
    [undefined, /got undefined, expected an object/],
    ["depth 1", /got depth 1, expected an object/],
    [[{ labels: { __name__: "a" } }], /without labels or samples/],
    [[null], /without labels or samples/],
    [
      { labels: { __name__: "a" }, samples: [{ value: 1, timestamp: 1.7e9 }] },
      /looks like seconds/,
    ],
    [{ labels: { job: "a" }, samples: [{ value: 1 }] }, /expected a label "__name__"/],
  ];
  for (const [pushed, message] of cases) {
    await assert.rejects(rig.queue.push(pushed as Pushed), { message });
  }
  await rig.wait(rig.queue.push({ last: 1 }));
  await rig.drain();
  assert.deepEqual(rig.one.arrivals.map(({ series }) => series), ["__name__=last"]);
});

test("one that need not be durable does not wait for the disk", async () => {
  const rig = await pushing();
  rig.platform.files.fault = () => new Promise(() => {});
  const { accepted } = await rig.queue.push({ depth: 1 }, {}, { durable: false });
  assert.equal(accepted, 1);
});
