import assert from "node:assert/strict";
import { test } from "node:test";
import { EndpointTime } from "../../src/clock/endpoint_time.ts";
import { GrowingTime } from "../../src/clock/growing_time.ts";
import { VirtualClock } from "../../src/testing/virtual_clock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A clock with an endpoint; times are told since the start. */
function rig() {
  const clock = new VirtualClock();
  const startMs = clock.nowMs();
  const endpoint = new EndpointTime(clock);
  const time = new GrowingTime(clock, () => [endpoint]);
  return { clock, startMs, endpoint, next: () => time.next() - startMs };
}

test("a clock that is set back is waited for, at half the speed", async () => {
  const { clock, next } = rig();
  assert.deepEqual([next(), next()], [0, 1]);
  clock.jump(-HOUR);
  await clock.advance(10 * MINUTE);
  assert.equal(next(), 1 + 5 * MINUTE);
  await clock.advance(2 * HOUR);
  assert.equal(next(), 70 * MINUTE);
});

test("a clock that was far ahead for a while is not waited for", async () => {
  const { clock, startMs, endpoint, next } = rig();
  endpoint.heard(startMs);
  next();
  clock.jump(11 * MINUTE);
  assert.equal(next(), 11 * MINUTE);
  clock.jump(-11 * MINUTE);
  await clock.advance(10_000);
  assert.deepEqual([next(), next()], [10_000, 10_001]);
  // What is less far ahead is taken by receivers, and was.
  clock.jump(9 * MINUTE);
  next();
  clock.jump(-9 * MINUTE);
  await clock.advance(10_000);
  assert.equal(next(), 9 * MINUTE + 15_000);
});

test("a clock that endpoints say is behind is waited for, however far", async () => {
  const { clock, startMs, endpoint, next } = rig();
  endpoint.heard(startMs);
  next();
  clock.jump(-300 * DAY);
  await clock.advance(HOUR);
  assert.equal(next(), HOUR / 2);
});

test("as long as no endpoint has said what time it is, a day is not too far", async () => {
  const { clock, next } = rig();
  clock.jump(23 * HOUR);
  assert.equal(next(), 23 * HOUR);
  clock.jump(-23 * HOUR);
  await clock.advance(MINUTE);
  assert.equal(next(), 23 * HOUR + MINUTE / 2);
  clock.jump(365 * DAY);
  next();
  clock.jump(-365 * DAY);
  await clock.advance(MINUTE);
  assert.equal(next(), 2 * MINUTE);
});
