import assert from "node:assert/strict";
import { test } from "node:test";
import { RateLimit } from "../../src/network/rate_limit.ts";
import { makeAnswer, VirtualClock } from "../../src/testing/memory.ts";
import { request, start } from "./support.ts";

test("bytes leave at the rate, and a pause is caught up with for a second at most", async () => {
  const clock = new VirtualClock();
  const limit = new RateLimit(1_000, clock);
  assert.equal(limit.waitMs, 0);
  limit.spend(3_500);
  // A second's worth is there from the start, and what went beyond it is waited for.
  assert.equal(limit.waitMs, 2_500);
  await clock.advance(2_400);
  assert.equal(limit.waitMs, 100);
  await clock.advance(3_600_000);
  limit.spend(1_000);
  assert.equal(limit.waitMs, 0);
  limit.spend(1);
  assert.equal(limit.waitMs, 1);
});

test("0 is without limit", () => {
  const limit = new RateLimit(0, new VirtualClock());
  limit.spend(1e12);
  assert.equal(limit.waitMs, 0);
});

test("a shard waits, then looks again at what has grown too old", async () => {
  const clock = new VirtualClock();
  const rate = new RateLimit(1, clock);
  rate.spend(61);
  const { shard, outcomes, http } = start(() => makeAnswer(204), { ttlMs: 30_000 }, {
    clock,
    rate,
  });
  shard.trySend(request(1, clock.nowMs(), 1));
  await clock.advance(59_000);
  assert.deepEqual([http.exchanges, outcomes], [0, []]);
  await clock.advance(2_000);
  assert.deepEqual([http.exchanges, outcomes], [0, [["ttl", 1]]]);
  await shard.stop();
});

test("a shard that waits is stopped at once", async () => {
  const clock = new VirtualClock();
  const rate = new RateLimit(1, clock);
  rate.spend(1_000_000);
  const { shard, outcomes } = start(() => makeAnswer(204), {}, { clock, rate });
  shard.trySend(request(1, clock.nowMs(), 1));
  await clock.settle();
  await shard.stop();
  assert.deepEqual(outcomes, []);
});
