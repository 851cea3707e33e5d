import assert from "node:assert/strict";
import { test } from "node:test";
import { BacklogAge } from "../../src/network/backlog_age.ts";

const DRIFT = { driftMs: undefined };

test("a batch is as old as the look that saw it first", () => {
  const age = new BacklogAge(0);
  age.look(1_000, { firstId: 1, newestId: 5, ...DRIFT });
  age.look(2_000, { firstId: 1, newestId: 5, ...DRIFT });
  age.look(3_000, { firstId: 1, newestId: 9, ...DRIFT });
  const taken = { firstId: 1, newestId: 12, ...DRIFT };
  assert.equal(age.ageMs(1, 4_000, taken), 3_000);
  assert.equal(age.ageMs(5, 4_000, taken), 3_000);
  assert.equal(age.ageMs(6, 4_000, taken), 1_000);
  assert.equal(age.ageMs(12, 4_000, taken), 0);
});

test("one that was there at the start is as old as the process, or as its timestamps say", () => {
  const age = new BacklogAge(10_000);
  assert.equal(age.ageMs(3, 12_000, { firstId: 0, newestId: 0, ...DRIFT }), 2_000);
  age.look(13_000, { firstId: 8, newestId: 9, driftMs: 500 });
  assert.equal(age.ageMs(7, 14_000, { firstId: 8, newestId: 9, driftMs: 500 }), 4_000);
  assert.equal(age.ageMs(7, 14_000, { firstId: 8, newestId: 9, driftMs: 3_600_000 }), 3_600_000);
  assert.equal(age.ageMs(8, 14_000, { firstId: 8, newestId: 9, driftMs: 3_600_000 }), 1_000);
});

test("however long a backlog is, little is remembered, and ages stay near the truth", () => {
  const age = new BacklogAge(0);
  for (let second = 1; second <= 100_000; second++) {
    age.look(second * 1000, { firstId: 1, newestId: second, ...DRIFT });
  }
  const taken = { firstId: 1, newestId: 100_000, ...DRIFT };
  for (const id of [100, 30_000, 99_000]) {
    const trueMs = (100_000 - id) * 1000;
    const gotMs = age.ageMs(id, 100_000_000, taken);
    assert.ok(gotMs <= trueMs && gotMs > trueMs - 2_000_000, `${id}: ${gotMs} of ${trueMs}`);
  }
});
