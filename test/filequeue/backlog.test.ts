import assert from "node:assert/strict";
import { test } from "node:test";
import { Backlog, BACKLOG_PARTS_MAX } from "../../src/store/backlog.ts";
import { Inventory } from "../../src/store/inventory.ts";
import { FakeEvents } from "../support/fake_events.ts";

const SIZE = { signals: 10, bytes: 100 };

/** An inventory at a time that the test sets. */
function rig(): { at: (ms: number) => void; backlog: Backlog; inventory: Inventory } {
  let nowMs = 1_000_000;
  const backlog = new Backlog(() => nowMs);
  const inventory = new Inventory(new FakeEvents(), backlog);
  return { at: (ms) => nowMs = ms, backlog, inventory };
}

function total(backlog: Backlog): { batches: number; signals: number; bytes: number } {
  const sum = { batches: 0, signals: 0, bytes: 0 };
  for (const { batches, signals, bytes } of backlog.parts()) {
    sum.batches += batches;
    sum.signals += signals;
    sum.bytes += bytes;
  }
  return sum;
}

test("what came in within ten seconds is one part, which shrinks as it is sent", () => {
  const { at, backlog, inventory } = rig();
  inventory.add(1, SIZE);
  at(1_009_999);
  inventory.add(2, SIZE);
  at(1_010_000);
  inventory.add(3, SIZE);
  const second = { fromMs: 1_010_000, untilMs: 1_010_000, batches: 1, ...SIZE };
  assert.deepEqual(backlog.parts(), [
    { fromMs: 1_000_000, untilMs: 1_009_999, batches: 2, signals: 20, bytes: 200 },
    second,
  ]);
  inventory.lease(inventory.take()!, SIZE);
  assert.equal(total(backlog).batches, 3, "a lease is pending still");
  inventory.remove(1);
  assert.deepEqual(total(backlog), { batches: 2, signals: 20, bytes: 200 });
  inventory.lease(inventory.take()!, SIZE);
  inventory.remove(2);
  assert.deepEqual(backlog.parts(), [second]);
});

test("of what was found, the newest timestamp says when it came in, if the head has it", () => {
  const { backlog, inventory } = rig();
  inventory.found([1, 2, 3, 4, 5], 6);
  const sizeAt = (newestMs: number): object => ({
    ...SIZE,
    times: { oldestMs: newestMs - 5, newestMs },
  });
  const sizes = [SIZE, ...[400_000, 200_000, 990_000, 5_000_000].map(sizeAt)] as typeof SIZE[];
  inventory.count(new Map(sizes.map((size, at) => [at + 1, size])));
  const one = { batches: 1, ...SIZE };
  assert.deepEqual(backlog.parts(), [
    { fromMs: undefined, untilMs: 1_000_000, ...one },
    { fromMs: 200_000, untilMs: 400_000, batches: 2, signals: 20, bytes: 200 },
    { fromMs: 990_000, untilMs: 1_000_000, batches: 2, signals: 20, bytes: 200 },
  ]);
  for (const size of sizes) {
    const id = inventory.take()!;
    inventory.lease(id, size);
    inventory.remove(id);
  }
  assert.deepEqual(backlog.parts(), []);
});

test("when what was found came in is not known without that; it counts when its size is", () => {
  const { at, backlog, inventory } = rig();
  inventory.found([5, 6, 7], 8);
  assert.deepEqual(backlog.parts(), []);
  at(1_060_000);
  inventory.add(8, SIZE);
  inventory.count(new Map([[7, SIZE], [6, SIZE]]));
  inventory.lease(inventory.take()!, SIZE);
  assert.deepEqual(backlog.parts(), [
    { fromMs: undefined, untilMs: 1_000_000, batches: 3, signals: 30, bytes: 300 },
    { fromMs: 1_060_000, untilMs: 1_060_000, batches: 1, ...SIZE },
  ]);
});

test("the parts are bounded, whatever the length of the backlog, and lose nothing", () => {
  const { at, backlog, inventory } = rig();
  const days = 30 * 24 * 360;
  for (let id = 1; id <= days; id++) {
    at(1_000_000 + id * 10_000);
    inventory.add(id, SIZE);
    assert.ok(backlog.parts().length <= BACKLOG_PARTS_MAX);
  }
  assert.deepEqual(total(backlog), { batches: days, signals: 10 * days, bytes: 100 * days });
  const parts = backlog.parts();
  assert.ok(parts.length > BACKLOG_PARTS_MAX / 3, `${parts.length} parts`);
  for (let i = 1; i < parts.length; i++) assert.ok(parts[i]!.fromMs! > parts[i - 1]!.untilMs);
  for (let id = 1; id <= days; id++) {
    inventory.lease(inventory.take()!, SIZE);
    inventory.remove(id);
  }
  assert.deepEqual(backlog.parts(), []);
});

test("a part whose batches were sent or dropped goes on to be filled", () => {
  const { backlog, inventory } = rig();
  inventory.add(1, SIZE);
  inventory.lease(inventory.take()!, SIZE);
  inventory.add(2, SIZE);
  inventory.remove(1);
  assert.deepEqual(total(backlog), { batches: 1, ...SIZE });
  inventory.takeOldest(2);
  inventory.giveUp(2, SIZE);
  inventory.done(2);
  assert.deepEqual(backlog.parts(), []);
  inventory.add(3, SIZE);
  assert.deepEqual(total(backlog), { batches: 1, ...SIZE });
});

test("a clock that is set back makes nothing older than what came before", () => {
  const { at, backlog, inventory } = rig();
  inventory.add(1, SIZE);
  at(5);
  inventory.add(2, SIZE);
  assert.deepEqual(backlog.parts(), [
    { fromMs: 1_000_000, untilMs: 1_000_000, batches: 2, signals: 20, bytes: 200 },
  ]);
});
