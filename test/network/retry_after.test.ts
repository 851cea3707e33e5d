/** A Retry-After that is a date is by the endpoint's clock: this host's may be wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAnswer } from "../../src/testing/memory.ts";
import { dated } from "../support/dated.ts";
import { request, start } from "./support.ts";

for (const hours of [-72, 0, 5]) {
  test(`with a clock that is ${hours} h ahead the wait is as long as the endpoint means it`, async () => {
    const attemptsMs: number[] = [];
    const { clock, shard } = start(() => {
      attemptsMs.push(clock.monotonicMs());
      const until = new Date(clock.trueMs() + 40_000).toUTCString();
      return dated(makeAnswer(503, "", { "retry-after": until }), clock.trueMs());
    });
    clock.jump(hours * 3_600_000);
    shard.trySend(request(1, clock.nowMs()));
    await clock.advance(100_000);
    assert.deepEqual(attemptsMs, [0, 40_000, 80_000]);
    await shard.stop();
  });
}
