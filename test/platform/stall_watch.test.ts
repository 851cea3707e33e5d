import assert from "node:assert/strict";
import { test } from "node:test";
import { StallWatch } from "../../src/platform/nats/stall_watch.ts";
import { VirtualClock } from "../../src/testing/virtual_clock.ts";

/** A stall watch by a clock that is told to move. */
function watch(hasMore: () => Promise<boolean>) {
  const clock = new VirtualClock();
  let stalls = 0;
  const one = new StallWatch(hasMore, () => stalls++, (ms, look) => {
    let cancel = (): void => {};
    const again = (): void => {
      cancel = clock.after(ms, () => {
        again();
        look();
      });
    };
    again();
    return () => cancel();
  });
  return { one, clock, stalls: () => stalls };
}

test("what is there and does not come is told after two looks", async () => {
  const { clock, stalls } = watch(() => Promise.resolve(true));
  await clock.advance(5_000);
  assert.equal(stalls(), 0);
  await clock.advance(5_000);
  assert.equal(stalls(), 1);
  await clock.advance(60_000);
  assert.equal(stalls(), 1);
});

test("one that comes now and then has not stalled, nor has one that has nothing to bring", async () => {
  const busy = watch(() => Promise.resolve(true));
  for (let n = 0; n < 20; n++) {
    busy.one.seen();
    await busy.clock.advance(5_000);
  }
  assert.equal(busy.stalls(), 0);
  const idle = watch(() => Promise.resolve(false));
  await idle.clock.advance(600_000);
  assert.equal(idle.stalls(), 0);
});

test("servers that do not answer say nothing, and after the end nobody looks", async () => {
  const silent = watch(() => Promise.reject(new Error("no answer")));
  await silent.clock.advance(600_000);
  assert.equal(silent.stalls(), 0);
  let looks = 0;
  const ended = watch(() => {
    looks++;
    return Promise.resolve(true);
  });
  ended.one.end();
  await ended.clock.advance(600_000);
  assert.equal(looks, 0);
});
