import assert from "node:assert/strict";
import { test } from "node:test";
import { offsetMs } from "../../src/scrape/offset.ts";
import { Slots } from "../../src/scrape/slots.ts";
import { Ticks } from "../../src/scrape/ticks.ts";

test("a scrape is due at a fixed distance from the first, and what was missed is skipped", () => {
  const ticks = new Ticks(1_000, 2, 50_000, 7_000);
  assert.equal(ticks.delayMs(7_000, 7_000), 1_000);
  assert.equal(ticks.delayMs(7_000, 7_400), 600);
  // It took until its next tick: that one follows at once, and the one behind it is in time.
  assert.equal(ticks.delayMs(7_000, 8_003), 0);
  assert.equal(ticks.delayMs(8_003, 8_010), 990);
  // The loop stood still.
  assert.equal(ticks.delayMs(12_500, 12_500), 500);
  // A timer that fires a little early was meant for the tick behind it.
  assert.equal(ticks.delayMs(7_999, 7_999), 1_001);
});

test("timestamps are moved to where they should be, if they are close to it", () => {
  const ticks = new Ticks(1_000, 2, 50_000, 0);
  const nows = [50_000, 51_002, 51_999, 53_003, 54_001, 60_000.4, 7_000, 70_001];
  const expected = [50_000, 51_000, 52_000, 53_003, 54_000, 60_000, 7_000, 70_000];
  assert.deepEqual(nows.map((nowMs) => ticks.timestampMs(nowMs)), expected);
  // A hundredth of a short interval is less.
  const short = new Ticks(100, 2, 50_000, 0);
  assert.deepEqual([50_101, 50_202].map((nowMs) => short.timestampMs(nowMs)), [50_100, 50_202]);
  const wide = new Ticks(10_000, 50, 50_000, 0);
  assert.deepEqual([60_049, 70_051].map((nowMs) => wide.timestampMs(nowMs)), [60_000, 70_051]);
  const asTheyAre = new Ticks(1_000, "none", 50_000, 0);
  assert.equal(asTheyAre.timestampMs(51_001), 51_001);
});

test("targets are spread over their interval, and each keeps its place", () => {
  const places = Array.from({ length: 1_000 }, (_, i) => offsetMs(`target ${i}`, "s", 1_000, 0));
  for (let tenth = 0; tenth < 10; tenth++) {
    const inside = places.filter((ms) => Math.floor(ms / 100) === tenth).length;
    assert.ok(inside > 60 && inside < 140, `${inside} in tenth ${tenth}`);
  }
  const place = offsetMs("t", "s", 1_000, 0);
  for (const nowMs of [0, 1, 400, 999, 123_456]) {
    const at = (nowMs + offsetMs("t", "s", 1_000, nowMs)) % 1_000;
    assert.ok(Math.abs(at - place) < 1e-6, `${at} is not ${place}`);
  }
  assert.notEqual(offsetMs("t", "another", 1_000, 0), place);
});

test("targets that hang share a quarter of the slots, and others have the rest", async () => {
  const slots = new Slots(8);
  const never = new AbortController();
  const taken: string[] = [];
  const take = (name: string, isSuspect: boolean): Promise<() => void> =>
    slots.acquire(isSuspect, never.signal).then((release) => {
      taken.push(name);
      return release;
    });
  const first = take("s1", true);
  for (const name of ["s2", "s3", "s4"]) void take(name, true);
  for (let i = 1; i <= 7; i++) void take(`t${i}`, false);
  await Promise.resolve();
  await first;
  assert.deepEqual(taken, ["s1", "s2", "t1", "t2", "t3", "t4", "t5", "t6"]);
  assert.deepEqual([slots.used, slots.waiting], [8, 3]);
  const release = await first;
  release();
  release();
  await new Promise((resolve) => setImmediate(resolve));
  // Who hangs waits behind who does not.
  assert.deepEqual(taken.slice(8), ["t7"]);
  assert.deepEqual([slots.used, slots.waiting], [8, 2]);
});

test("a slot is had at once where it is free and nobody waits for it", async () => {
  const slots = new Slots(5);
  const suspect = slots.tryAcquire(true);
  assert.ok(suspect);
  // A quarter of the slots is for them, and that is one.
  assert.equal(slots.tryAcquire(true), undefined);
  const others = Array.from({ length: 4 }, () => slots.tryAcquire(false));
  assert.ok(others.every((release) => release !== undefined));
  assert.equal(slots.tryAcquire(false), undefined);
  const waiting = slots.acquire(false, new AbortController().signal);
  suspect();
  const release = await waiting;
  assert.deepEqual([slots.used, slots.waiting], [5, 0]);
  release();
  const held = slots.acquire(true, new AbortController().signal);
  const line = slots.acquire(true, new AbortController().signal);
  // One that waits goes first, also where there is a slot for others.
  others[0]!();
  assert.equal(slots.waiting, 1);
  assert.equal(slots.tryAcquire(false), undefined);
  (await held)();
  (await line)();
  assert.equal(slots.used, 3);
});

test("who waits for a slot in vain leaves the line", async () => {
  const slots = new Slots(1);
  const release = await slots.acquire(false, new AbortController().signal);
  const over = new AbortController();
  const waiting = slots.acquire(false, over.signal);
  over.abort(new Error("too late"));
  await assert.rejects(waiting, /too late/);
  assert.equal(slots.waiting, 0);
  release();
  assert.equal(slots.used, 0);
});
