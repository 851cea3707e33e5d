/** How far the clock is from what comes in, and what is said of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ClockWatch } from "../../src/clock/clock_watch.ts";
import { SenderTimes } from "../../src/clock/sender_times.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** So many requests, one in 15 s, whose newest timestamp is behind true time by so much. */
async function send(
  clock: VirtualClock,
  senders: SenderTimes,
  behindMs: readonly number[],
): Promise<void> {
  for (const one of behindMs) {
    senders.came(clock.trueMs() - one);
    await clock.advance(15_000);
  }
}

test("senders whose timestamps are the clock's are near it", async () => {
  const clock = new VirtualClock();
  const senders = new SenderTimes(clock);
  assert.equal(senders.aheadMs, undefined);
  await send(clock, senders, [100, 200, 300, 400, 500]);
  assert.equal(senders.aheadMs, 300);
});

test("a clock that is ahead is known after a minute, and a few requests say nothing", async () => {
  const clock = new VirtualClock();
  clock.jump(3 * HOUR_MS);
  const senders = new SenderTimes(clock);
  await send(clock, senders, [0, 0, 0]);
  assert.equal(senders.aheadMs, undefined);
  await send(clock, senders, [0, 0]);
  assert.equal(senders.aheadMs, 3 * HOUR_MS);
});

test("neither one sender with a backlog nor one from the future is all of them", async () => {
  const clock = new VirtualClock();
  const senders = new SenderTimes(clock);
  for (let n = 0; n < 10; n++) {
    await send(clock, senders, [0, 5 * HOUR_MS, 0, -9 * HOUR_MS, 0]);
  }
  assert.equal(senders.aheadMs, 0);
});

test("what came long ago, or in another unit, does not count", async () => {
  const clock = new VirtualClock();
  const senders = new SenderTimes(clock);
  await send(clock, senders, [0, 0, 0, 0, 0, 0]);
  await clock.advance(11 * MINUTE_MS);
  assert.equal(senders.aheadMs, undefined);
  for (let n = 0; n < 10; n++) {
    senders.came(clock.trueMs() / 1000);
    senders.came(-(2 ** 63));
    await clock.advance(15_000);
  }
  assert.equal(senders.aheadMs, undefined);
});

test("the log says it when it begins, once an hour, and when it ends", async () => {
  const clock = new VirtualClock();
  const logger = new MemoryLogger();
  const watch = new ClockWatch(clock, logger);
  const words = { other: "the others", consequence: "so what" };
  watch.look(undefined, words);
  watch.look(5 * MINUTE_MS, words);
  assert.deepEqual(logger.lines, []);
  for (let minute = 0; minute < 90; minute++) {
    watch.look(2 * HOUR_MS, words);
    await clock.advance(MINUTE_MS);
  }
  watch.look(1000, words);
  watch.look(-HOUR_MS, words);
  watch.look(-HOUR_MS, { ...words, other: "somebody else" });
  assert.deepEqual(logger.lines, [
    'warn the clock is far ahead of the others: so what {"ahead_seconds":7200}',
    'warn the clock is far ahead of the others: so what {"ahead_seconds":7200}',
    'info the clock agrees with the others again {"ahead_seconds":1}',
    'warn the clock is far behind the others: so what {"ahead_seconds":-3600}',
    'warn the clock is far behind somebody else: so what {"ahead_seconds":-3600}',
  ]);
});
