import assert from "node:assert/strict";
import { test } from "node:test";
import type { BatchLane } from "../../src/contracts.ts";
import { Inventory, type Range } from "../../src/store/inventory.ts";
import { IdRuns } from "../../src/store/id_runs.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import { FakeEvents } from "../support/fake_events.ts";
import { openFileQueue } from "../support/file_queue.ts";

const never = new AbortController().signal;
const over = AbortSignal.abort();

function held(id: number): { signals: number; bytes: number } {
  return { signals: id, bytes: id };
}

test("ids are taken from the front of what comes from one on, and put back among others", () => {
  const runs = new IdRuns();
  for (const id of [1, 2, 3, 4, 5, 8]) runs.push(id);
  assert.equal(runs.nextFrom(4), 4);
  assert.equal(runs.nextFrom(6), 8);
  assert.equal(runs.nextFrom(9), undefined);
  assert.deepEqual([runs.shiftFrom(4), runs.shiftFrom(4), runs.shiftFrom(4)], [4, 5, 8]);
  assert.equal(runs.shiftFrom(4), undefined);
  assert.equal(runs.size, 3);
  runs.push(9);
  runs.unshift([8, 5]);
  assert.deepEqual([runs.shiftFrom(2), runs.shiftFrom(4), runs.shiftFrom(6)], [2, 5, 8]);
  assert.deepEqual([runs.shift(), runs.shift(), runs.shift(), runs.shift()], [1, 3, 9, undefined]);
  assert.equal(runs.size, 0);
});

test("the oldest is one that waits, where what is newer was taken before it", () => {
  const inventory = new Inventory(new FakeEvents());
  const fresh: Range = { from: 3, below: Infinity };
  for (const id of [1, 2, 3, 4, 6]) inventory.add(id, held(id));
  assert.equal(inventory.take(fresh), 3);
  assert.deepEqual(inventory.oldest, { first: 1, last: 3 });
  inventory.lease(3, held(3));
  assert.equal(inventory.take(fresh), 4);
  assert.deepEqual(inventory.oldest, { first: 1, last: 4 });
  inventory.lease(4, held(4));
  inventory.remove(3);
  assert.deepEqual(inventory.oldest, { first: 1, last: 2 });
});

test("each range gives its own, and takes back what was taken in it", () => {
  const inventory = new Inventory(new FakeEvents());
  const backlog: Range = { from: 0, below: 3 };
  const fresh: Range = { from: 3, below: Infinity };
  for (let id = 1; id <= 4; id++) inventory.add(id, held(id));
  assert.deepEqual(inventory.pending(backlog), { batches: 2, oldest: 1, newestTaken: undefined });
  assert.deepEqual(inventory.pending(fresh), { batches: 2, oldest: 3, newestTaken: undefined });
  assert.equal(inventory.take(fresh), 3);
  inventory.lease(3, held(3));
  assert.equal(inventory.take(backlog), 1);
  inventory.lease(1, held(1));
  assert.deepEqual([inventory.take(backlog), inventory.take(backlog)], [2, undefined]);
  inventory.lease(2, held(2));
  inventory.release(fresh);
  assert.deepEqual(inventory.pending(backlog), { batches: 2, oldest: 1, newestTaken: 2 });
  assert.equal(inventory.take(fresh), 3);
  inventory.putBack(3);
  assert.deepEqual([inventory.take(fresh), inventory.take(fresh)], [3, 4]);
});

test("a range is through when nothing in it is left, whatever the others have", async () => {
  const inventory = new Inventory(new FakeEvents());
  const backlog: Range = { from: 0, below: 2 };
  inventory.add(1, held(1));
  inventory.add(2, held(2));
  let isThrough = false;
  const through = inventory.through(never, backlog).then(() => isThrough = true);
  inventory.take(backlog);
  inventory.lease(1, held(1));
  await Promise.resolve();
  assert.equal(isThrough, false);
  inventory.remove(1);
  await through;
  assert.equal(inventory.batches, 1);
});

test("what was found at the start is counted although newer ones were read before it", () => {
  const events = new FakeEvents();
  const inventory = new Inventory(events);
  inventory.found([1, 2], 3);
  inventory.add(3, held(3));
  const fresh: Range = { from: 3, below: Infinity };
  inventory.take(fresh);
  inventory.lease(3, held(3));
  assert.equal(inventory.totals().uncounted, 2);
  assert.deepEqual(inventory.uncounted(9), [2, 1]);
  inventory.count(new Map([[2, held(2)], [1, held(1)]]));
  assert.deepEqual(inventory.totals(), { batches: 3, bytes: 6, signals: 6, uncounted: 0 });
});

test("two lanes of a queue are read side by side, from files", async () => {
  const platform = new MemoryPlatform();
  const before = (await openFileQueue(platform, { directory: "/data/one" })).queue;
  for (let mark = 1; mark <= 6; mark++) {
    await before.append({ batch: fakeBatch(1, Uint8Array.of(mark)) });
  }
  await before.close();
  const { queue } = await openFileQueue(platform, { directory: "/data/one" });
  const split = queue.oldest!.first + 3;
  queue.giveBelow(split);
  const fresh = queue.lane(split);
  const [first, other] = [await queue.next(never), await fresh.next(never)];
  // The one is good while the other reads on.
  assert.deepEqual([first!.data[0], other!.data[0]], [1, 4]);
  const second = await queue.next(never);
  assert.deepEqual([second!.data[0], other!.data[0]], [2, 4]);
  await fresh.ack(other!.id);
  fresh.release();
  assert.deepEqual(await marksOf(fresh), [5, 6]);
  queue.release();
  assert.deepEqual(await marksOf(queue), [1, 2, 3]);
  assert.equal(queue.totals().batches, 0);
  await queue.close();
});

/** What is left in a lane, which is acked. */
async function marksOf(lane: BatchLane): Promise<number[]> {
  const marks: number[] = [];
  for (let left = lane.pending.batches; left > 0; left--) {
    const lease = (await lane.next(never))!;
    marks.push(lease.data[0]!);
    await lane.ack(lease.id);
  }
  assert.equal(await lane.next(over), undefined);
  return marks;
}
