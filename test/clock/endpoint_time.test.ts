/** By which time it is judged how old what one endpoint is owed is: the wall clock leaps, time does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DOUBT_MS, EndpointTime, TOLERANCE_MS } from "../../src/clock/endpoint_time.ts";
import { IntakeTime } from "../../src/clock/intake_time.ts";
import { VirtualClock } from "../../src/testing/memory.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TTL_MS = 2 * HOUR_MS;

/** A host whose clock is ahead by so much when the queue is opened. */
function open(aheadMs: number = 0): { clock: VirtualClock; time: EndpointTime; ask(): void } {
  const clock = new VirtualClock(Date.UTC(2026, 10, 20));
  clock.jump(aheadMs);
  const time = new EndpointTime(clock);
  return { clock, time, ask: () => time.heard(clock.trueMs()) };
}

test("a clock that the endpoint agrees with is the time", async () => {
  const { clock, time, ask } = open();
  ask();
  for (let n = 0; n < 3; n++) {
    assert.equal(time.nowMs(), clock.nowMs());
    assert.equal(time.cutoffMs(TTL_MS), clock.nowMs() - TTL_MS);
    await clock.advance(HOUR_MS);
  }
});

test("a clock that is minutes off is told as wrong, and one that may differ is not", () => {
  for (const aheadMs of [HOUR_MS, -HOUR_MS, TOLERANCE_MS + 1, TOLERANCE_MS, -TOLERANCE_MS, 0]) {
    const { time, ask } = open(aheadMs);
    assert.equal(time.wrongByMs, 0);
    ask();
    assert.equal(time.wrongByMs, Math.abs(aheadMs) > TOLERANCE_MS ? aheadMs : 0);
  }
});

test("before the endpoint has said anything a clock may be a day ahead, and nothing on disk is too old", async () => {
  const { clock, time } = open();
  assert.equal(time.nowMs(), clock.nowMs() - DOUBT_MS);
  assert.equal(time.cutoffMs(TTL_MS), -Infinity);
  await clock.advance(TTL_MS - 1);
  assert.equal(time.cutoffMs(TTL_MS), -Infinity);
  // What was there at the start is too old by now, whatever the clocks say.
  await clock.advance(1);
  assert.equal(time.cutoffMs(TTL_MS), clock.nowMs() - DOUBT_MS - TTL_MS);
});

for (const aheadMs of [HOUR_MS, 14 * HOUR_MS, 3 * DAY_MS, 20_000 * DAY_MS]) {
  const hours = aheadMs / HOUR_MS;
  test(`a clock that leaps ${hours} h forward ages nothing, until the endpoint agrees`, async () => {
    const { clock, time, ask } = open();
    ask();
    await clock.advance(HOUR_MS);
    clock.jump(aheadMs);
    assert.equal(time.nowMs(), clock.trueMs() + TOLERANCE_MS);
    await clock.advance(HOUR_MS);
    ask();
    assert.equal(time.nowMs(), clock.trueMs() + TOLERANCE_MS);
    assert.equal(time.aheadMs, aheadMs);
    time.heard(clock.nowMs());
    assert.equal(time.nowMs(), clock.nowMs());
  });

  test(`a clock that is ${hours} h ahead from the start is corrected by the endpoint`, async () => {
    const { clock, time, ask } = open(aheadMs);
    await clock.advance(60_000);
    ask();
    assert.equal(time.nowMs(), clock.trueMs() + TOLERANCE_MS);
    // The correction is a leap backward, and nothing comes of it.
    clock.jump(-aheadMs);
    assert.equal(time.nowMs(), clock.trueMs());
  });

  test(`a clock that leaps ${hours} h back makes nothing older, and coming back neither`, async () => {
    const { clock, time, ask } = open();
    ask();
    clock.jump(-aheadMs);
    assert.equal(time.nowMs(), clock.nowMs());
    await clock.advance(HOUR_MS);
    clock.jump(aheadMs);
    assert.equal(time.nowMs(), clock.nowMs());
  });
}

test("many small leaps are no more than one", () => {
  const { clock, time, ask } = open();
  ask();
  for (let n = 0; n < 100; n++) {
    clock.jump(50_000);
    assert.ok(time.nowMs() <= clock.trueMs() + TOLERANCE_MS);
  }
});

test("a host that has slept is believed as soon as the endpoint agrees", async () => {
  const { clock, time, ask } = open();
  ask();
  const beforeMs = clock.nowMs();
  clock.suspend(8 * HOUR_MS);
  assert.equal(time.nowMs(), beforeMs + TOLERANCE_MS);
  await clock.advance(1000);
  ask();
  assert.equal(time.nowMs(), clock.nowMs());
});

test("a board that starts in 1970 gets the time from the network", () => {
  const { clock, time, ask } = open(-20_000 * DAY_MS);
  assert.ok(time.nowMs() <= clock.nowMs());
  clock.jump(20_000 * DAY_MS);
  assert.ok(time.nowMs() < clock.nowMs() - DAY_MS);
  ask();
  assert.equal(time.nowMs(), clock.nowMs());
});

test("whatever the endpoint says, what is judged is never later than the wall clock", () => {
  for (const saidMs of [0, Date.UTC(1970, 1), Date.UTC(2026, 10, 21), Date.UTC(9999, 0)]) {
    const { clock, time } = open();
    time.heard(saidMs);
    assert.ok(time.nowMs() <= clock.nowMs());
    assert.ok(time.cutoffMs(TTL_MS) <= clock.nowMs() - TTL_MS);
  }
});

test("what comes in is judged by the earliest of the endpoints that have said the time", () => {
  const clock = new VirtualClock(Date.UTC(2026, 10, 20));
  clock.jump(5 * HOUR_MS);
  const [right, wrong, mute] = [0, 1, 2].map(() => new EndpointTime(clock)) as [
    EndpointTime,
    EndpointTime,
    EndpointTime,
  ];
  const intake = new IntakeTime(() => [right, wrong, mute]);
  assert.equal(intake.cutoffMs(TTL_MS), clock.nowMs() - DOUBT_MS - TTL_MS);
  // One on the same host, which shares the wrong clock.
  wrong.heard(clock.nowMs());
  assert.equal(intake.cutoffMs(TTL_MS), clock.nowMs() - TTL_MS);
  right.heard(clock.trueMs());
  assert.equal(intake.cutoffMs(TTL_MS), clock.trueMs() + TOLERANCE_MS - TTL_MS);
  // And what is owed to each is judged by what it says itself.
  assert.equal(right.cutoffMs(TTL_MS), clock.trueMs() + TOLERANCE_MS - TTL_MS);
  assert.equal(mute.cutoffMs(TTL_MS), -Infinity);
});
