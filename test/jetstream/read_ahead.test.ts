import assert from "node:assert/strict";
import { test } from "node:test";
import type { BatchId } from "../../src/contracts.ts";
import { MessageSizes } from "../../src/jetstream/message_sizes.ts";
import { ReadAhead } from "../../src/jetstream/read_ahead.ts";
import { MemoryStream } from "../../src/testing/memory_stream.ts";
import { VirtualClock } from "../../src/testing/virtual_clock.ts";

/** A lane of so many messages, of which the data says the number, and what is asked of the servers. */
async function open({ count = 40, bytes = 10 } = {}) {
  const clock = new VirtualClock();
  const stream = new MemoryStream({ messageBytesMax: 8 * 1024 * 1024 });
  const sizes = new MessageSizes();
  const log = stream.connect();
  for (let at = 1; at <= count; at++) {
    const data = new Uint8Array(bytes).fill(at);
    await log.publish({ subject: "walq.0.batches", id: String(at), headers: {}, data });
    sizes.met(at, bytes);
  }
  const asked: BatchId[] = [];
  const answers: (() => void)[] = [];
  let isHeld = false;
  const read = async (id: BatchId) => {
    asked.push(id);
    if (isHeld) await new Promise<void>((resolve) => answers.push(resolve));
    return await log.read(id);
  };
  const here = new Set<BatchId>();
  const ahead = new ReadAhead({
    log: Object.assign(Object.create(log), { read }),
    clock,
    largestFrom: (id) => sizes.largestFrom(id),
    isHere: (id) => here.has(id),
  });
  const after = (id: BatchId) => (max: number): BatchId[] =>
    Array.from({ length: count - id }, (_, at) => id + 1 + at).slice(0, max);
  return {
    clock,
    stream,
    here,
    take: async (id: BatchId) => (await ahead.read(id, after(id)))?.data[0],
    /** What was asked since the last time. */
    asked: async (): Promise<BatchId[]> => {
      await clock.settle();
      return asked.splice(0);
    },
    hold: () => isHeld = true,
    letGo: () => {
      isHeld = false;
      for (const answer of answers.splice(0)) answer();
    },
  };
}

const upTo = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

test("the next ones are on their way with the one that is asked for, and each is asked for once", async () => {
  const { take, asked } = await open();
  assert.equal(await take(1), 1);
  assert.deepEqual(await asked(), upTo(1, 16));
  for (const id of upTo(2, 20)) assert.equal(await take(id), id);
  assert.deepEqual(await asked(), upTo(17, 35));
  for (const id of upTo(21, 40)) assert.equal(await take(id), id);
  assert.deepEqual(await asked(), upTo(36, 40));
});

test("the ways are gone at once, not one after the other", async () => {
  const { take, asked, hold, letGo } = await open();
  hold();
  const first = take(1);
  assert.deepEqual(await asked(), upTo(1, 16));
  letGo();
  assert.equal(await first, 1);
});

test("large ones are fewer, and those that are larger than the bound are read in their turn", async () => {
  const MIB = 1024 * 1024;
  const byBytes: readonly (readonly [number, number])[] = [
    [128 * 1024, 15],
    [MIB / 2, 4],
    [MIB, 2],
    [MIB + 1, 1],
    [2 * MIB + 1, 0],
  ];
  for (const [bytes, ahead] of byBytes) {
    const { take, asked } = await open({ bytes, count: 17 });
    await take(1);
    assert.deepEqual(await asked(), upTo(1, 1 + ahead), `${bytes} bytes`);
  }
});

test("a bound holds for the largest of those to come, until that one was met", () => {
  const sizes = new MessageSizes();
  assert.equal(sizes.largestFrom(0), 0);
  for (const [at, bytes] of [100, 5000, 0, 1, 64, 65].entries()) sizes.met(10 + at, bytes);
  assert.deepEqual([10, 11, 12, 15, 16].map((seq) => sizes.largestFrom(seq)), [
    8192,
    8192,
    128,
    128,
    0,
  ]);
});

test("those that are in memory are not asked for", async () => {
  const { take, asked, here } = await open();
  for (const id of upTo(2, 15)) here.add(id);
  await take(1);
  assert.deepEqual(await asked(), [1, 16]);
});

test("who was passed over is forgotten, and one that comes again is asked for again", async () => {
  const { take, asked } = await open();
  await take(1);
  await asked();
  assert.equal(await take(10), 10);
  assert.deepEqual(await asked(), upTo(17, 25));
  assert.equal(await take(5), 5);
  assert.deepEqual(await asked(), [5, 6, 7, 8, 9, 10]);
});

test("one that could not be read ahead is asked for in its turn, and only then it is told why", async () => {
  const { take, asked, stream } = await open();
  let reads = 0;
  stream.fault = (step) => step === "read" && ++reads > 1 ? "lose" : undefined;
  assert.equal(await take(1), 1);
  await asked();
  await assert.rejects(take(2), /no answer to read/);
  // Servers that do not answer are asked for one at a time.
  await asked();
  await assert.rejects(take(2), /no answer to read/);
  assert.deepEqual(await asked(), [2]);
  stream.fault = undefined;
  assert.equal(await take(2), 2);
  assert.deepEqual(await asked(), [2]);
  assert.equal(await take(3), 3);
  assert.deepEqual(await asked(), upTo(3, 18));
});

test("one that was not there when it was read ahead is not given up for that", async () => {
  const { take, asked, stream } = await open();
  const find = stream.find.bind(stream);
  stream.find = (seq) => seq === 2 ? undefined : find(seq);
  assert.equal(await take(1), 1);
  await asked();
  stream.find = find;
  assert.equal(await take(2), 2);
});

test("what has waited for long is asked for again: it may be gone", async () => {
  const { take, asked, stream, clock } = await open();
  await take(1);
  await asked();
  stream.deleteOne(2);
  stream.deleteOne(3);
  await clock.advance(4_000);
  assert.equal(await take(2), 2);
  await clock.advance(2_000);
  assert.equal(await take(3), undefined);
  assert.equal(await take(4), 4);
});

test("what is on its way for long is not old", async () => {
  const { take, asked, clock, hold, letGo } = await open();
  hold();
  const first = take(1);
  await asked();
  await clock.advance(60_000);
  letGo();
  assert.equal(await first, 1);
  assert.equal(await take(2), 2);
  assert.deepEqual(await asked(), [17]);
});
