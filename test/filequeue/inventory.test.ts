import assert from "node:assert/strict";
import { test } from "node:test";
import { type Head, Inventory } from "../../src/store/inventory.ts";
import { FakeEvents } from "../support/fake_events.ts";

const never = new AbortController().signal;

/** What a batch with this id holds here: no two hold the same. */
function held(id: number): { signals: number; bytes: number } {
  return { signals: id, bytes: 100 * id };
}

/** An inventory into which so many batches were put, or that has found them. */
function inventoryOf({ found = 0, added = 0 }): { inventory: Inventory; events: FakeEvents } {
  const events = new FakeEvents();
  const inventory = new Inventory(events);
  const ids = Array.from({ length: found }, (_, at) => at + 1);
  inventory.found(ids, found + 1);
  for (let id = found + 1; id <= found + added; id++) inventory.add(id, held(id));
  return { inventory, events };
}

test("what is added is taken in order, leased and removed, and the sums follow", () => {
  const { inventory } = inventoryOf({ added: 2 });
  assert.deepEqual(inventory.totals(), { batches: 2, bytes: 300, signals: 3, uncounted: 0 });
  assert.equal(inventory.take(), 1);
  assert.equal(inventory.take(), 2);
  assert.equal(inventory.take(), undefined);
  assert.equal(inventory.oldestWaiting, undefined);
  inventory.lease(1, held(1));
  inventory.lease(2, held(2));
  assert.deepEqual(inventory.totals(), { batches: 2, bytes: 300, signals: 3, uncounted: 0 });
  assert.deepEqual(inventory.remove(2), held(2));
  assert.deepEqual(inventory.totals(), { batches: 1, bytes: 100, signals: 1, uncounted: 0 });
  inventory.remove(1);
  assert.deepEqual(inventory.totals(), { batches: 0, bytes: 0, signals: 0, uncounted: 0 });
});

test("a batch counts once in each state", () => {
  const { inventory } = inventoryOf({ added: 1 });
  const batches = (): number => inventory.batches;
  assert.equal(batches(), 1);
  inventory.take();
  assert.equal(batches(), 1);
  inventory.lease(1, held(1));
  assert.equal(batches(), 1);
  inventory.release();
  assert.equal(batches(), 1);
  inventory.take();
  inventory.putBack(1);
  assert.equal(batches(), 1);
  inventory.take();
  inventory.giveUp(1, held(1));
  assert.equal(batches(), 1);
  inventory.done(1);
  assert.equal(batches(), 0);
});

test("what was leased comes again in order, before what came later", () => {
  const { inventory } = inventoryOf({ added: 3 });
  for (const id of [1, 2]) {
    inventory.take();
    inventory.lease(id, held(id));
  }
  inventory.release();
  assert.deepEqual([inventory.take(), inventory.take(), inventory.take()], [1, 2, 3]);
});

test("a batch that is not leased cannot be removed", () => {
  const { inventory } = inventoryOf({ added: 1 });
  assert.throws(() => inventory.remove(1), /BUG: .*batch 1 is not leased/);
  inventory.take();
  assert.throws(() => inventory.remove(1), /BUG: .*batch 1 is not leased/);
});

test("what is given up does not count, and is there until it is done", () => {
  const { inventory } = inventoryOf({ added: 1 });
  inventory.take();
  inventory.giveUp(1, held(1));
  assert.deepEqual(inventory.totals(), { batches: 1, bytes: 0, signals: 0, uncounted: 0 });
  assert.deepEqual(inventory.oldest, { first: 1, last: 1 });
  inventory.done(1);
  assert.equal(inventory.oldest, undefined);
});

test("only the oldest that waits can be taken to be dropped, also where it may not be given", () => {
  const { inventory } = inventoryOf({ added: 2 });
  inventory.giveBelow(0);
  assert.equal(inventory.take(), undefined);
  assert.equal(inventory.takeOldest(2), false);
  assert.equal(inventory.takeOldest(1), true);
  assert.equal(inventory.oldestWaiting, 2);
});

test("what may be taken is below the limit", () => {
  const { inventory } = inventoryOf({ added: 2 });
  inventory.giveBelow(2);
  assert.equal(inventory.take(), 1);
  assert.equal(inventory.take(), undefined);
  inventory.giveBelow(Infinity);
  assert.equal(inventory.take(), 2);
});

/** Whether the inventory is through, as it is now. */
async function isThrough(inventory: Inventory): Promise<boolean> {
  const now = new AbortController();
  const through = inventory.through(now.signal);
  now.abort();
  return await through;
}

test("it is through when what may be taken is gone, in whatever state it was", async () => {
  const { inventory } = inventoryOf({ added: 2 });
  inventory.giveBelow(2);
  const told = inventory.through(never);
  assert.equal(await isThrough(inventory), false);
  inventory.take();
  assert.equal(await isThrough(inventory), false);
  inventory.lease(1, held(1));
  assert.equal(await isThrough(inventory), false);
  inventory.remove(1);
  assert.equal(await isThrough(inventory), true);
  assert.equal(await told, true);
  inventory.giveBelow(Infinity);
  assert.equal(await isThrough(inventory), false);
});

test("who waits until it is through is told whichever change makes it so", async () => {
  const changes: ((inventory: Inventory) => void)[] = [
    (inventory) => {
      inventory.lease(1, held(1));
      inventory.remove(1);
    },
    (inventory) => {
      inventory.giveUp(1, held(1));
      inventory.done(1);
    },
    (inventory) => inventory.giveBelow(1),
  ];
  for (const change of changes) {
    const { inventory } = inventoryOf({ added: 1 });
    inventory.take();
    const through = inventory.through(never);
    change(inventory);
    // More that comes in the same moment does not undo it.
    inventory.add(2, held(2));
    assert.equal(await through, true);
  }
});

test("the oldest is told with those that follow it, whatever state they are in", () => {
  const { inventory } = inventoryOf({ added: 3 });
  inventory.add(7, held(7));
  assert.deepEqual(inventory.oldest, { first: 1, last: 3 });
  inventory.take();
  inventory.lease(1, held(1));
  inventory.take();
  assert.deepEqual(inventory.oldest, { first: 1, last: 3 });
  inventory.remove(1);
  assert.deepEqual(inventory.oldest, { first: 2, last: 3 });
});

test("who waits for a batch is woken by one that comes, that comes back or that may be given", async () => {
  const wakings: ((inventory: Inventory) => void)[] = [
    (inventory) => inventory.add(3, held(3)),
    (inventory) => inventory.release(),
    (inventory) => inventory.giveBelow(3),
  ];
  for (const wake of wakings) {
    const { inventory } = inventoryOf({ added: 2 });
    inventory.giveBelow(2);
    inventory.take();
    inventory.lease(1, held(1));
    if (wake === wakings[0]) {
      inventory.giveBelow(Infinity);
      inventory.take();
    }
    assert.equal(inventory.take(), undefined);
    const more = inventory.more(never);
    wake(inventory);
    assert.equal(await more, true);
    assert.notEqual(inventory.take(), undefined);
  }
});

test("an abort ends the wait for a batch", async () => {
  const { inventory } = inventoryOf({});
  const stop = new AbortController();
  const more = inventory.more(stop.signal);
  stop.abort();
  assert.equal(await more, false);
  assert.equal(await inventory.more(stop.signal), false);
  assert.equal(inventory.take(), undefined);
});

test("what was found counts when its head or the whole of it was read, once", () => {
  const { inventory, events } = inventoryOf({ found: 4 });
  assert.deepEqual(inventory.totals(), { batches: 4, bytes: 0, signals: 0, uncounted: 4 });
  assert.deepEqual(inventory.uncounted(2), [4, 3]);
  inventory.take();
  inventory.lease(1, held(1));
  inventory.count(new Map<number, Head>([[4, held(4)], [3, "gone"]]));
  assert.deepEqual(inventory.totals(), { batches: 4, bytes: 500, signals: 5, uncounted: 1 });
  assert.equal(inventory.isCounted(2), false);
  assert.deepEqual(inventory.uncounted(2), [2]);
  inventory.count(new Map([[2, held(2)]]));
  assert.deepEqual(inventory.totals(), { batches: 4, bytes: 700, signals: 7, uncounted: 0 });
  assert.deepEqual(inventory.uncounted(2), []);
  // The heads of all were read before it is leased again: it is not counted twice.
  inventory.release();
  inventory.take();
  inventory.lease(1, held(1));
  assert.equal(inventory.totals().signals, 7);
  assert.equal(events.counts().acceptedTotal, 7);
});

test("a batch in hand is counted by who has it, whatever the background reads meanwhile", () => {
  const { inventory } = inventoryOf({ found: 2 });
  inventory.take();
  inventory.count(new Map([[2, held(2)], [1, held(1)]]));
  assert.deepEqual(inventory.totals(), { batches: 2, bytes: 200, signals: 2, uncounted: 1 });
  inventory.lease(1, held(1));
  assert.deepEqual(inventory.totals(), { batches: 2, bytes: 300, signals: 3, uncounted: 0 });
});

test("one that is put back is for the background to count again", () => {
  const { inventory } = inventoryOf({ found: 1 });
  inventory.take();
  inventory.putBack(1);
  assert.deepEqual(inventory.totals(), { batches: 1, bytes: 0, signals: 0, uncounted: 1 });
  inventory.count(new Map([[1, held(1)]]));
  assert.deepEqual(inventory.totals(), { batches: 1, bytes: 100, signals: 1, uncounted: 0 });
});

test("one whose head cannot be read, or that is put back behind a later one, is counted when it is read", () => {
  const { inventory } = inventoryOf({ found: 3 });
  inventory.count(new Map([[3, "unreadable"]]));
  assert.equal(inventory.totals().uncounted, 3);
  inventory.take();
  assert.equal(inventory.takeOldest(2), true);
  inventory.giveUp(2, held(2));
  inventory.done(2);
  inventory.putBack(1);
  assert.deepEqual(inventory.totals(), { batches: 2, bytes: 0, signals: 0, uncounted: 2 });
  assert.deepEqual(inventory.uncounted(2), []);
  for (const id of [1, 3]) {
    assert.equal(inventory.take(), id);
    inventory.lease(id, held(id));
  }
  assert.deepEqual(inventory.totals(), { batches: 2, bytes: 400, signals: 4, uncounted: 0 });
});

test("what files held that changed after they were counted is settled when nothing is left", () => {
  const { inventory, events } = inventoryOf({ found: 2 });
  inventory.count(new Map([[2, held(2)], [1, held(1)]]));
  for (const id of [1, 2]) {
    inventory.take();
    inventory.giveUp(id);
    assert.equal(events.counts().droppedTotal.corrupt ?? 0, 0);
    inventory.done(id);
  }
  assert.equal(events.counts().droppedTotal.corrupt, 3);
  assert.deepEqual(inventory.totals(), { batches: 0, bytes: 0, signals: 0, uncounted: 0 });
});

test("more than was counted goes out: as much was accepted", () => {
  const { inventory, events } = inventoryOf({ added: 1 });
  inventory.take();
  inventory.giveUp(1, { signals: 5, bytes: 500 });
  inventory.done(1);
  assert.deepEqual(inventory.totals(), { batches: 0, bytes: 0, signals: 0, uncounted: 0 });
  assert.equal(events.counts().acceptedTotal, 4);
});
