import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParallelismRules } from "../../src/contracts.ts";
import { Parallelism, type Reading } from "../../src/network/parallelism.ts";

const RULES: ParallelismRules = {
  minShards: 2,
  maxShards: 50,
  driftScaleUpMs: 60_000,
  driftScaleDownMs: 30_000,
  desiredCheckIntervalMs: 5_000,
  desiredConnectionsLookbackMs: 300_000,
  networkFlushIntervalMs: 60_000,
  allowedNetworkErrorFraction: 0.5,
};
const IDLE = { busy: 0, answered: 0, failed: 0, throttled: 0 };

/** Looks again and again, and does what it says, as far as that may be. */
class Looks {
  readonly parallelism: Parallelism;
  nowMs = 0;
  shards: number;
  desired: number;
  pendingSignals = 0;
  /** Every number that there was. */
  readonly levels: number[];

  constructor(shards: number, rules: Partial<ParallelismRules> = {}) {
    this.parallelism = new Parallelism({ ...RULES, ...rules });
    this.shards = this.desired = shards;
    this.levels = [shards];
  }

  look(reading: Partial<Reading>, times = 1): void {
    for (let time = 0; time < times; time++) {
      this.nowMs += 5_000;
      const { nowMs, shards, pendingSignals } = this;
      const seen = { behindMs: 0, attempts: IDLE, isShut: false, pendingSignals, ...reading };
      this.desired = this.parallelism.look({ nowMs, shards, ...seen });
      this.shards = this.parallelism.within(this.desired);
      if (this.shards !== shards) this.levels.push(this.shards);
    }
  }

  /** All shards are busy, and what is sent grows older. */
  lookAtSlow(times: number, more: Partial<Reading["attempts"]> = {}): void {
    for (let time = 0; time < times; time++) {
      this.pendingSignals += 1000;
      const attempts = { ...IDLE, busy: this.shards, answered: this.shards, ...more };
      this.look({ behindMs: 61_000, attempts });
    }
  }
}

test("there are more for an endpoint that is slow, in steps that grow, and no more than there may be", () => {
  const looks = new Looks(2);
  looks.lookAtSlow(200);
  assert.deepEqual(looks.levels, [2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 22, 27, 33, 41, 50]);
  // That these are not enough is to be seen.
  assert.equal(looks.desired, 62);
});

test("a change is given time to be seen", () => {
  const looks = new Looks(2);
  looks.lookAtSlow(3);
  assert.equal(looks.shards, 3);
  looks.lookAtSlow(2);
  assert.equal(looks.shards, 3);
  looks.lookAtSlow(1);
  assert.equal(looks.shards, 4);
});

test("there are no more while what is sent is not too old", () => {
  const looks = new Looks(2);
  looks.look({ behindMs: 60_000, attempts: { ...IDLE, busy: 2, answered: 9 } }, 100);
  assert.deepEqual(looks.levels, [2]);
});

test("there are no more while most attempts fail, and no fewer", () => {
  for (const shards of [2, 20]) {
    const failing = new Looks(shards);
    failing.lookAtSlow(200, { answered: 4, failed: 5 });
    failing.look({ attempts: { ...IDLE, answered: 4, failed: 5 } }, 200);
    assert.deepEqual(failing.levels, [shards]);
  }
  const some = new Looks(2);
  some.lookAtSlow(20, { answered: 5, failed: 5 });
  assert.ok(some.shards > 2);
});

test("one failure is too many, if the options say so", () => {
  const looks = new Looks(2, { allowedNetworkErrorFraction: 0 });
  looks.lookAtSlow(1, { answered: 100, failed: 1 });
  // It is remembered for a minute.
  looks.lookAtSlow(11);
  assert.equal(looks.shards, 2);
  looks.lookAtSlow(4);
  assert.equal(looks.shards, 3);
});

test("there are no more while the endpoint says that there are too many requests", () => {
  const looks = new Looks(2);
  looks.lookAtSlow(1, { answered: 100, failed: 1, throttled: 1 });
  looks.lookAtSlow(11);
  assert.equal(looks.shards, 2);
  looks.lookAtSlow(4);
  assert.ok(looks.shards > 2);
});

test("nothing changes while the endpoint refuses who asks", () => {
  const looks = new Looks(4);
  const attempts = { ...IDLE, busy: 4, answered: 1 };
  looks.look({ behindMs: 999_000, attempts, isShut: true }, 100);
  looks.look({ isShut: true }, 100);
  assert.deepEqual(looks.levels, [4]);
});

test("there are no more while those that there are have little to do", () => {
  const looks = new Looks(10);
  looks.lookAtSlow(100, { busy: 4.9 });
  assert.deepEqual(looks.levels, [10]);
  looks.lookAtSlow(20, { busy: 5.1 });
  assert.ok(looks.shards > 10);
});

test("there are no more while the backlog falls fast enough", () => {
  const behindMs = 40 * 60_000;
  const attempts = { ...IDLE, busy: 2, answered: 9 };
  const fast = new Looks(2);
  // Gone in ten minutes: a quarter of what it took to come about.
  for (let left = 120; left > 60; left--) fast.look({ behindMs, attempts, pendingSignals: left });
  assert.deepEqual(fast.levels, [2]);
  const slow = new Looks(2);
  for (let left = 300; left > 240; left--) slow.look({ behindMs, attempts, pendingSignals: left });
  assert.ok(slow.shards > 2);
});

test("there are fewer when it was calm for the whole look-back, and never less than half at once", () => {
  const looks = new Looks(50);
  looks.look({}, 60);
  assert.equal(looks.shards, 50);
  looks.look({}, 1);
  assert.equal(looks.shards, 25);
  looks.look({}, 1000);
  assert.deepEqual(looks.levels, [50, 25, 12, 6, 3, 2]);
});

test("one look at something old begins the look-back anew", () => {
  const looks = new Looks(8);
  for (let round = 0; round < 10; round++) {
    looks.look({}, 59);
    looks.look({ behindMs: 30_000 });
  }
  assert.deepEqual(looks.levels, [8]);
});

test("there are as many left as can bear what there was to do, and that number stays", () => {
  const looks = new Looks(20);
  // Six shards, each busy half of the time.
  looks.look({ attempts: { ...IDLE, busy: 3, answered: 9 } }, 2000);
  assert.deepEqual(looks.levels, [20, 10, 5]);
});

test("the bounds can be others from one look to the next", () => {
  const looks = new Looks(2);
  looks.lookAtSlow(40);
  looks.parallelism.configure({ ...RULES, minShards: 1, maxShards: 3 });
  looks.look({ behindMs: 61_000 });
  assert.equal(looks.shards, 3);
});
