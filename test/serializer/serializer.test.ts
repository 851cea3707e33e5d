import { DEFAULT_RULES } from "../../src/kernel/rules.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CancelTimer } from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { Serializer } from "../../src/serializer/serializer.ts";
import { WRITES_AT_ONCE } from "../../src/serializer/writes.ts";
import { FakeWriter } from "../support/fake_batch.ts";
import { FakeStore } from "../support/fake_store.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { wallAge } from "../support/wall_age.ts";

const DURABLE = { message: "appended", compression: "none", durable: true } as const;
const VOLATILE = { message: "appended", compression: "none", durable: false } as const;

function start(stores: FakeStore[] = [new FakeStore()], clock: VirtualClock = new VirtualClock()) {
  const writer = new FakeWriter();
  const logger = new MemoryLogger();
  const serializer = new Serializer({ writer, clock, age: wallAge(clock), logger }, {
    ttlMs: 1000,
    maxSignalsToBatch: 10,
    batchIntervalMs: 5000,
    groupCommitIntervalMs: 20,
    writerRules: DEFAULT_RULES,
    uncompressedBytesMax: 1000,
  }, stores);
  return { clock, writer, logger, serializer, store: stores[0]! };
}

/** The state of a promise once everything that needs no time has run. */
async function stateOf(clock: VirtualClock, promise: Promise<unknown>): Promise<string> {
  let state = "waits";
  promise.then(() => state = "done", (error) => state = (error as WalqError).code);
  await clock.settle();
  return state;
}

test("durable commits that wait together share one batch", async () => {
  const { clock, serializer, store } = start();
  const first = serializer.write(Uint8Array.of(1), DURABLE);
  await clock.advance(15);
  const second = serializer.write(Uint8Array.of(2), DURABLE);
  assert.equal(await stateOf(clock, first), "waits");
  await clock.advance(5);
  assert.equal(await stateOf(clock, first), "done");
  assert.equal(await stateOf(clock, second), "done");
  assert.deepEqual(store.batches, [[1, 2]]);
});

test("a commit that is not durable resolves at once and is stored when it is old", async () => {
  const { clock, serializer, store } = start();
  await serializer.write(Uint8Array.of(1), VOLATILE);
  await clock.advance(4999);
  assert.deepEqual(store.batches, []);
  assert.equal(serializer.bufferedSignals, 1);
  await clock.advance(1);
  assert.deepEqual(store.batches, [[1]]);
  assert.equal(serializer.bufferedSignals, 0);
});

test("a durable commit takes what waited along", async () => {
  const { clock, serializer, store } = start();
  await serializer.write(Uint8Array.of(1), VOLATILE);
  const durable = serializer.write(Uint8Array.of(2), DURABLE);
  await clock.advance(20);
  await durable;
  assert.deepEqual(store.batches, [[1, 2]]);
});

test("a full batch is stored at once, and a commit is never split", async () => {
  const { clock, serializer, store } = start();
  await serializer.write(new Uint8Array(9), VOLATILE);
  await serializer.write(new Uint8Array(9), VOLATILE);
  await clock.settle();
  assert.deepEqual(store.batches.map((batch) => batch.length), [18]);
});

test("while batches are written the next fills, and then commits wait for room", async () => {
  const { clock, serializer, store } = start();
  let open: () => void = () => {};
  store.gate = new Promise((resolve) => open = resolve);
  for (let batch = 0; batch <= WRITES_AT_ONCE; batch++) {
    await serializer.write(new Uint8Array(10), VOLATILE);
  }
  const last = serializer.write(new Uint8Array(10), VOLATILE);
  assert.equal(await stateOf(clock, last), "waits");
  assert.equal(serializer.bufferedSignals, 10 * (WRITES_AT_ONCE + 1));
  store.gate = undefined;
  open();
  assert.equal(await stateOf(clock, last), "done");
  await clock.settle();
  assert.equal(store.batches.length, WRITES_AT_ONCE + 2);
});

test("the next batch is encoded and written while the one before waits for its fsync", async () => {
  const { clock, serializer, store } = start();
  store.holdsStaging = true;
  const first = serializer.write(new Uint8Array(10).fill(1), DURABLE);
  const second = serializer.write(new Uint8Array(10).fill(2), DURABLE);
  await clock.settle();
  assert.deepEqual([...store.staging.keys()], [1, 2]);
  // The second is on the disk first, and still is acknowledged second.
  store.staging.get(2)!.done();
  assert.equal(await stateOf(clock, second), "waits");
  assert.equal(store.batches.length, 0);
  store.staging.get(1)!.done();
  assert.equal(await stateOf(clock, first), "done");
  assert.equal(await stateOf(clock, second), "done");
  assert.deepEqual(store.batches.map(([byte]) => byte), [1, 2]);
});

test("a batch that fails is given up alone: the next one has nothing to do with it", async () => {
  const { clock, serializer, store } = start();
  store.holdsStaging = true;
  const first = serializer.write(new Uint8Array(10).fill(1), DURABLE);
  const second = serializer.write(new Uint8Array(10).fill(2), DURABLE);
  await clock.settle();
  store.staging.get(2)!.done();
  store.staging.get(1)!.fail();
  assert.equal(await stateOf(clock, first), "STORAGE");
  assert.equal(await stateOf(clock, second), "done");
  assert.deepEqual(store.batches.map(([byte]) => byte), [2]);
});

test("nothing passes a batch that is kept, also what was written already", async () => {
  const { clock, serializer, store } = start();
  store.holdsStaging = true;
  await serializer.write(new Uint8Array(10).fill(1), VOLATILE);
  await serializer.write(new Uint8Array(10).fill(2), VOLATILE);
  const third = serializer.write(new Uint8Array(10).fill(3), DURABLE);
  const state = stateOf(clock, third);
  await clock.settle();
  assert.deepEqual([...store.staging.keys()], [1, 2, 3]);
  store.staging.get(2)!.done();
  store.staging.get(3)!.done();
  store.staging.get(1)!.fail();
  await state;
  await assert.rejects(third, {
    message: "Cannot store: a batch that came before is kept in memory until it can be stored: " +
      "no space",
  });
  assert.equal(store.batches.length, 0);
  assert.equal(store.staged.size, 0);
  assert.equal(serializer.bufferedSignals, 20);
  store.holdsStaging = false;
  await clock.advance(60_000);
  assert.deepEqual(store.batches.map(([byte]) => byte), [1, 2]);
});

test("a durable commit that the disk refuses fails with STORAGE and is forgotten", async () => {
  const { clock, serializer, store } = start();
  store.refuses = true;
  const refused = serializer.write(Uint8Array.of(1), DURABLE);
  const state = stateOf(clock, refused);
  await clock.advance(20);
  await state;
  await assert.rejects(refused, (error) => error instanceof WalqError && error.retryable);
  assert.equal(serializer.isFailing, true);
  store.refuses = false;
  const again = serializer.write(Uint8Array.of(1), DURABLE);
  await clock.advance(20);
  await again;
  assert.deepEqual(store.batches, [[1]]);
  assert.equal(serializer.isFailing, false);
});

test("what was committed without waiting is kept and tried again, before anything newer", async () => {
  const { clock, serializer, store } = start();
  store.refuses = true;
  await serializer.write(Uint8Array.of(1), VOLATILE);
  await clock.advance(5000);
  assert.equal(serializer.bufferedSignals, 1);
  const refused = serializer.write(Uint8Array.of(2), DURABLE);
  assert.equal(await stateOf(clock, refused), "STORAGE");
  assert.equal(serializer.bufferedSignals, 1, "a refused commit leaves nothing behind");
  store.refuses = false;
  await clock.advance(30_000);
  assert.deepEqual(store.batches, [[1]]);
  await serializer.write(Uint8Array.of(3), VOLATILE);
  const flushed = serializer.flush();
  await clock.advance(0);
  await flushed;
  assert.deepEqual(store.batches, [[1], [3]]);
});

test("of two stores the one that has a batch is not asked again", async () => {
  const [one, two] = [new FakeStore(), new FakeStore()];
  const { clock, serializer } = start([one, two]);
  two.refuses = true;
  await serializer.write(Uint8Array.of(1), VOLATILE);
  await clock.advance(5000);
  two.refuses = false;
  await clock.advance(30_000);
  assert.deepEqual([one.batches, two.batches], [[[1]], [[1]]]);
});

test("those who joined behind a retained batch are refused, and theirs is stored once", async () => {
  const { clock, serializer, store } = start();
  let open: () => void = () => {};
  store.gate = new Promise((resolve) => open = resolve);
  store.refuses = true;
  await serializer.write(new Uint8Array(10), VOLATILE);
  const joined = serializer.write(Uint8Array.of(5), DURABLE);
  const state = stateOf(clock, joined);
  open();
  await state;
  await assert.rejects(joined, /Cannot store/);
  store.refuses = false;
  await clock.advance(60_000);
  assert.deepEqual(store.batches.map((batch) => batch.length), [10, 1]);
});

test("close stores what is open and refuses what comes after", async () => {
  const { clock, serializer, store } = start();
  await serializer.write(Uint8Array.of(1), VOLATILE);
  const closed = serializer.close();
  await clock.advance(0);
  await closed;
  assert.deepEqual(store.batches, [[1]]);
  await assert.rejects(
    serializer.write(Uint8Array.of(2), VOLATILE),
    (error) => error instanceof WalqError && error.code === "CLOSED",
  );
  assert.equal(clock.timers, 0);
});

/** As setTimeout on Node, which fires up to a millisecond before performance.now() says so. */
class EarlyClock extends VirtualClock {
  override after(delayMs: number, fire: () => void): CancelTimer {
    return super.after(Math.max(0, delayMs - 1), fire);
  }
}

test("a timer that fires early, while a batch is written, is not forgotten", async () => {
  const { clock, serializer, store } = start([new FakeStore()], new EarlyClock());
  let open: () => void = () => {};
  store.gate = new Promise((resolve) => open = resolve);
  const first = serializer.write(Uint8Array.of(1), DURABLE);
  await clock.advance(19);
  const second = serializer.write(Uint8Array.of(2), DURABLE);
  await clock.advance(19);
  open();
  assert.equal(await stateOf(clock, first), "done");
  assert.equal(await stateOf(clock, second), "done");
  assert.deepEqual(store.batches, [[1], [2]]);
});

test("a kernel that fails in the middle of a request tells whoever waits for the batch", async () => {
  const { clock, serializer, writer, store } = start();
  const lost = serializer.write(Uint8Array.of(1), DURABLE);
  const state = stateOf(clock, lost);
  writer.isBroken = true;
  await assert.rejects(serializer.write(Uint8Array.of(2), DURABLE), /BUG/);
  await state;
  await assert.rejects(lost, /BUG/);
  writer.isBroken = false;
  const next = serializer.write(Uint8Array.of(3), DURABLE);
  await clock.advance(20);
  await next;
  assert.deepEqual(store.batches, [[3]]);
});

test("a kernel that fails to encode tells whoever waits", async () => {
  const { clock, serializer, writer } = start();
  const lost = serializer.write(Uint8Array.of(1), DURABLE);
  const state = stateOf(clock, lost);
  await clock.settle();
  writer.isBroken = true;
  await clock.advance(20);
  await state;
  await assert.rejects(lost, /BUG/);
});

test("commits that wait for room keep their order, and the batch its size", async () => {
  const { clock, serializer, store } = start();
  let open: () => void = () => {};
  store.gate = new Promise((resolve) => open = resolve);
  for (let batch = 0; batch <= WRITES_AT_ONCE; batch++) {
    void serializer.write(new Uint8Array(10), VOLATILE);
    await clock.settle();
  }
  // All batches are full. All of these wait; they may not come in all at once.
  for (let value = 1; value <= 30; value++) void serializer.write(Uint8Array.of(value), VOLATILE);
  await clock.settle();
  assert.equal(serializer.bufferedSignals, 10 * (WRITES_AT_ONCE + 1));
  store.gate = undefined;
  open();
  await clock.advance(5000);
  const later = store.batches.slice(WRITES_AT_ONCE + 1);
  assert.deepEqual(later.flat(), Array.from({ length: 30 }, (_, index) => index + 1));
  assert.ok(later.every((batch) => batch.length <= 10), `${later.map(({ length }) => length)}`);
});

test("configure waits for the write that knows the stores of before", async () => {
  const { clock, serializer, store } = start();
  let open: () => void = () => {};
  store.gate = new Promise((resolve) => open = resolve);
  void serializer.write(new Uint8Array(10), VOLATILE);
  await clock.settle();
  const options = {
    ttlMs: 1000,
    maxSignalsToBatch: 10,
    batchIntervalMs: 5000,
    groupCommitIntervalMs: 20,
    writerRules: DEFAULT_RULES,
    uncompressedBytesMax: 1000,
  };
  const configured = serializer.configure(options, [new FakeStore()]);
  assert.equal(await stateOf(clock, configured), "waits");
  open();
  assert.equal(await stateOf(clock, configured), "done");
  assert.equal(store.batches.length, 1);
});

test("a durable commit that waited in line is answered, in whatever moment the disk refuses", async () => {
  for (let callers = 1; callers <= 6; callers++) {
    for (let microtasks = 0; microtasks <= 20; microtasks++) {
      const { clock, serializer, store } = start();
      let appends = 0;
      let end: () => void = () => {};
      const slow = new Promise<void>((resolve) => end = resolve);
      // What is kept is stored at the second attempt, and all that follows is refused.
      store.append = async () => {
        if (++appends === 2) return slow.then(() => 1);
        for (let each = 0; each < microtasks && appends > 2; each++) await undefined;
        throw new Error("no space");
      };
      await serializer.write(new Uint8Array(10).fill(1), VOLATILE);
      await serializer.write(Uint8Array.of(2), VOLATILE);
      await clock.advance(900);
      let answers = 0;
      for (let each = 0; each < callers; each++) {
        serializer.write(Uint8Array.of(3), DURABLE).catch(() => {}).finally(() => answers++);
      }
      await clock.advance(6_000);
      end();
      await clock.advance(3_600_000);
      assert.equal(answers, callers, `${callers} callers, ${microtasks} microtasks`);
    }
  }
});

test("a batch that takes much memory is full, however few signals it has", async () => {
  const { clock, writer, serializer, store } = start();
  writer.signalBytes = 8 * 1024 * 1024;
  const first = serializer.write(Uint8Array.of(1), VOLATILE);
  await clock.settle();
  assert.equal(store.batches.length, 0);
  const second = serializer.write(Uint8Array.of(2), VOLATILE);
  await clock.settle();
  assert.equal(store.batches.length, 1);
  await Promise.all([first, second]);
});
