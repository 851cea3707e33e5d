/** Batches for stores of several partitions: in parts, each stored once, acknowledged when all are there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_RULES } from "../../src/kernel/rules.ts";
import { Serializer } from "../../src/serializer/serializer.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { FakeWriter } from "../support/fake_batch.ts";
import { FakeStore } from "../support/fake_store.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { wallAge } from "../support/wall_age.ts";

const DURABLE = { message: "appended", compression: "none", durable: true } as const;
const VOLATILE = { message: "appended", compression: "none", durable: false } as const;
const OPTIONS = {
  ttlMs: 1000,
  maxSignalsToBatch: 6,
  batchIntervalMs: 5000,
  groupCommitIntervalMs: 20,
  writerRules: DEFAULT_RULES,
  uncompressedBytesMax: 1000,
  partitions: 3,
};
/** Fills a batch; a signal is in the partition of its remainder. */
const FULL = Uint8Array.of(0, 1, 3, 4, 6, 7);

function start(stores: FakeStore[] = [new FakeStore()]) {
  const clock = new VirtualClock();
  const dependencies = {
    writer: new FakeWriter(),
    clock,
    age: wallAge(clock),
    logger: new MemoryLogger(),
  };
  const serializer = new Serializer(dependencies, OPTIONS, stores);
  return { clock, serializer, store: stores[0]! };
}

async function stateOf(clock: VirtualClock, promise: Promise<unknown>): Promise<string> {
  let state = "waits";
  promise.then(() => state = "done", (error) => state = error.code);
  await clock.settle();
  return state;
}

/** What a store has, by partition. */
function partsIn({ batches, partitions }: FakeStore): Record<string, number[][]> {
  const parts: Record<string, number[][]> = {};
  partitions.forEach((partition, i) => (parts[String(partition)] ??= []).push(batches[i]!));
  return parts;
}

test("a batch goes into the store in parts, of those partitions that have something", async () => {
  const { clock, serializer, store } = start();
  const stored = serializer.write(FULL, DURABLE);
  assert.equal(await stateOf(clock, stored), "done");
  assert.deepEqual(partsIn(store), { 0: [[0, 3, 6]], 1: [[1, 4, 7]] });
  assert.equal(serializer.bufferedSignals, 0);
});

test("all parts are staged at once, and a commit waits for the last", async () => {
  const { clock, serializer, store } = start();
  store.holdsStaging = true;
  const stored = serializer.write(FULL, DURABLE);
  assert.equal(await stateOf(clock, stored), "waits");
  assert.deepEqual([...store.staging.keys()], [0, 1]);
  store.staging.get(1)!.done();
  assert.equal(await stateOf(clock, stored), "waits");
  assert.deepEqual(store.batches, []);
  assert.equal(serializer.bufferedSignals, 6);
  store.staging.get(0)!.done();
  assert.equal(await stateOf(clock, stored), "done");
  assert.deepEqual(partsIn(store), { 0: [[0, 3, 6]], 1: [[1, 4, 7]] });
});

test("where one part cannot be staged nothing of the batch is stored, and nothing is left of it", async () => {
  const { clock, serializer, store } = start();
  store.holdsStaging = true;
  const refused = serializer.write(FULL, DURABLE);
  await clock.settle();
  store.staging.get(0)!.fail();
  // The other one is waited for, to be taken back.
  assert.equal(await stateOf(clock, refused), "waits");
  store.staging.get(1)!.done();
  assert.equal(await stateOf(clock, refused), "STORAGE");
  assert.deepEqual(store.batches, []);
  assert.equal(store.staged.size, 0);
  assert.equal(serializer.bufferedSignals, 0);
});

test("a batch of which a partition has its part is kept, and only the others are stored later", async () => {
  const { clock, serializer, store } = start();
  store.refusedPartition = 1;
  const refused = serializer.write(FULL, DURABLE);
  assert.equal(await stateOf(clock, refused), "STORAGE");
  assert.equal(store.staged.size, 0);
  assert.deepEqual(partsIn(store), { 0: [[0, 3, 6]] });
  assert.equal(serializer.bufferedSignals, 6);
  assert.equal(serializer.isFailing, true);
  store.refusedPartition = undefined;
  await clock.advance(30_000);
  assert.deepEqual(partsIn(store), { 0: [[0, 3, 6]], 1: [[1, 4, 7]] });
  assert.equal(serializer.bufferedSignals, 0);
  assert.equal(serializer.isFailing, false);
});

test("of two stores each gets each part once, whichever refuses which", async () => {
  const [one, two] = [new FakeStore(), new FakeStore()];
  const { clock, serializer } = start([one, two]);
  one.refusedPartition = 0;
  await serializer.write(FULL, VOLATILE);
  await clock.settle();
  assert.deepEqual([partsIn(one), partsIn(two)], [{ 1: [[1, 4, 7]] }, {}]);
  one.refusedPartition = undefined;
  two.refusedPartition = 1;
  await clock.advance(2000);
  const all = { 0: [[0, 3, 6]], 1: [[1, 4, 7]] };
  assert.deepEqual([partsIn(one), partsIn(two)], [all, { 0: [[0, 3, 6]] }]);
  two.refusedPartition = undefined;
  await clock.advance(30_000);
  assert.deepEqual([partsIn(one), partsIn(two)], [all, all]);
});

test("another number of partitions holds for the batch that is open, and for those after it", async () => {
  const { clock, serializer, store } = start();
  const { partitions: _, ...ofOne } = OPTIONS;
  await serializer.write(Uint8Array.of(0, 1, 2), VOLATILE);
  await serializer.configure(ofOne, [store]);
  await serializer.write(Uint8Array.of(3, 4, 5), VOLATILE);
  await clock.settle();
  assert.deepEqual(partsIn(store), { 0: [[0, 1, 2, 3, 4, 5]] });
  await serializer.configure({ ...OPTIONS, partitions: 2 }, [store]);
  await serializer.write(FULL, VOLATILE);
  await clock.settle();
  assert.deepEqual(partsIn(store), { 0: [[0, 1, 2, 3, 4, 5], [0, 4, 6]], 1: [[1, 3, 7]] });
});

test("who looks at what comes in sees all parts, until there are enough", async () => {
  const { clock, serializer } = start();
  const seen: number[][] = [];
  const sampleOf = (max: number) => ({
    get isFull() {
      return seen.length >= max;
    },
    see: ({ data }: { data: Uint8Array }) => void seen.push([...data]),
  });
  serializer.sampleInto(sampleOf(10));
  await serializer.write(FULL, VOLATILE);
  assert.deepEqual(seen, [[0, 3, 6], [1, 4, 7]]);
  serializer.sampleInto(sampleOf(3));
  await serializer.write(FULL, VOLATILE);
  await serializer.write(FULL, VOLATILE);
  assert.equal(seen.length, 3);
  await clock.settle();
});
