/** The end of an outage: who has waited longer and longer need not wait any more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LONG_MS, Outage } from "../../src/network/outage.ts";
import { makeAnswer, VirtualClock } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { request, start } from "./support.ts";

/** Two shards of one endpoint, which answers the first with this while it is down, and when the first was asked. */
function twoShards(headers: Readonly<Record<string, string>> = {}) {
  const clock = new VirtualClock();
  const outage = new Outage({ clock, logger: new MemoryLogger() }, () => 0);
  let isDown = true;
  const times: number[] = [];
  const first = start(
    () => {
      times.push(clock.monotonicMs());
      return isDown ? makeAnswer(503, "", headers) : makeAnswer(204);
    },
    {},
    { clock, outage },
  );
  const second = start(() => makeAnswer(204), {}, { clock, outage }, 1);
  first.shard.trySend(request(1, clock.nowMs()));
  return {
    clock,
    times,
    /** The endpoint is up, and takes a request of the other shard. */
    isUp: async (): Promise<void> => {
      isDown = false;
      second.shard.trySend(request(1, clock.nowMs()));
      await clock.advance(0);
    },
    stop: () => Promise.all([first.shard.stop(), second.shard.stop()]),
  };
}

test("the first request that is taken after an outage wakes the shards that wait", async () => {
  const { clock, times, isUp, stop } = twoShards();
  await clock.advance(100_000);
  const asked = times.length;
  await isUp();
  assert.deepEqual(times.slice(asked), [100_000]);
  await stop();
});

test("while an endpoint now takes and now does not, each waits its own time", async () => {
  const { clock, times, isUp, stop } = twoShards();
  await clock.advance(LONG_MS - 1);
  const asked = times.length;
  await isUp();
  assert.equal(times.length, asked);
  await clock.advance(LONG_MS);
  assert.equal(times.length, asked + 1);
  await stop();
});

test("a wait that the endpoint has asked for is waited, whatever it says to others", async () => {
  const { clock, times, isUp, stop } = twoShards({ "retry-after": "60" });
  await clock.advance(20_000);
  await isUp();
  await clock.advance(39_999);
  assert.deepEqual(times, [0]);
  await clock.advance(1);
  assert.deepEqual(times, [0, 60_000]);
  await stop();
});

test("a wait ends when it is stopped, and is not begun after that", async () => {
  const clock = new VirtualClock();
  const outage = new Outage({ clock, logger: new MemoryLogger() }, () => 0);
  const controller = new AbortController();
  const waiting = outage.pause(1_000, controller.signal);
  controller.abort();
  assert.equal(await waiting, false);
  assert.equal(await outage.pause(1_000, controller.signal), false);
  const other = outage.pause(1_000, new AbortController().signal);
  await clock.advance(1_000);
  assert.equal(await other, true);
});
