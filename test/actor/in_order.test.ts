import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder } from "../../src/actor/in_order.ts";

/** Work that ends when it is told to. */
function gates() {
  const open = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  return {
    open,
    begin: (item: number) =>
      new Promise<number>((resolve, reject) =>
        open.set(item, { resolve: () => resolve(item * 10), reject })
      ),
  };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
};

async function* numbers(count: number): AsyncIterable<number> {
  for (let at = 1; at <= count; at++) yield await Promise.resolve(at);
}

/** Never ends by itself. */
async function* endless(signal: AbortSignal, ...items: number[]): AsyncIterable<number> {
  yield* items;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
}

test("each ends in its turn, however soon what it waits for is there", async () => {
  const { open, begin } = gates();
  const ended: unknown[] = [];
  const done = inOrder(numbers(3), new AbortController(), {
    max: 8,
    begin,
    end: (item, begun) => void ended.push([item, begun]),
  });
  await turns();
  assert.deepEqual([...open.keys()], [1, 2, 3]);
  open.get(3)!.resolve();
  open.get(2)!.resolve();
  await turns();
  assert.deepEqual(ended, []);
  open.get(1)!.resolve();
  await done;
  assert.deepEqual(ended, [[1, 10], [2, 20], [3, 30]]);
});

test("no more are begun than may be", async () => {
  const { open, begin } = gates();
  const done = inOrder(numbers(5), new AbortController(), { max: 2, begin, end: () => {} });
  await turns();
  assert.deepEqual([...open.keys()], [1, 2]);
  open.get(1)!.resolve();
  await turns();
  assert.deepEqual([...open.keys()], [1, 2, 3]);
  for (let at = 2; at <= 5; at++) {
    open.get(at)!.resolve();
    await turns();
  }
  await done;
});

test("what needs nothing before is done as it comes, while more is awaited", async () => {
  const stop = new AbortController();
  const ended: number[] = [];
  const done = inOrder(endless(stop.signal, 1, 2), stop, {
    max: 2,
    begin: () => undefined,
    end: (item) => void ended.push(item),
  });
  await turns();
  assert.deepEqual(ended, [1, 2]);
  stop.abort();
  await done;
});

test("a failure ends all in its turn, and is thrown; nothing behind it ends", async () => {
  const { open, begin } = gates();
  const stop = new AbortController();
  const ended: number[] = [];
  const done = inOrder(endless(stop.signal, 1, 2, 3), stop, {
    max: 8,
    begin,
    end: (item) => void ended.push(item),
  });
  await turns();
  open.get(2)!.reject(new Error("no answer"));
  open.get(3)!.resolve();
  await turns();
  assert.equal(stop.signal.aborted, false);
  open.get(1)!.resolve();
  await assert.rejects(done, /no answer/);
  assert.deepEqual([ended, stop.signal.aborted], [[1], true]);
});

test("where the items fail, those that came before end, and it is thrown", async () => {
  const { open, begin } = gates();
  const ended: number[] = [];
  async function* failing(): AsyncIterable<number> {
    yield 1;
    throw new Error("it has ended");
  }
  const done = inOrder(failing(), new AbortController(), {
    max: 8,
    begin,
    end: (item) => void ended.push(item),
  });
  await turns();
  open.get(1)!.resolve();
  await assert.rejects(done, /it has ended/);
  assert.deepEqual(ended, [1]);
});

test("after an abort nothing ends any more", async () => {
  const { open, begin } = gates();
  const stop = new AbortController();
  const done = inOrder(endless(stop.signal, 1), stop, {
    max: 8,
    begin,
    end: () => assert.fail("it was stopped"),
  });
  await turns();
  stop.abort();
  open.get(1)!.resolve();
  await done;
});
