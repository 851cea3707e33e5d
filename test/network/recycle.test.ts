/** When the memory of a request's body may become that of another. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpAnswer, RequestBody } from "../../src/contracts.ts";
import type { SendOptions } from "../../src/network/shard_context.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { begin, numbered } from "./splitting.ts";
import { request, start } from "./support.ts";

const sent = (status: number): HttpAnswer => ({ ...makeAnswer(status), isBodySent: true });

/** Numbers of the requests that were recycled, after one of eight samples had its outcome. */
async function recycled(
  answers: readonly HttpAnswer[],
  options: Partial<SendOptions> = {},
): Promise<number[]> {
  const numbers: number[] = [];
  const left = [...answers];
  const { clock, shard, outcomes } = begin(() => left.shift() ?? sent(200), options, {
    recycle: ({ number }) => numbers.push(number),
  });
  shard.trySend(numbered(8, clock.nowMs()));
  await clock.advance(60_000);
  assert.equal(outcomes.reduce((sum, [, , signals]) => sum + signals, 0), 8);
  await shard.stop();
  return numbers;
}

test("a body that was delivered at once is recycled, when it has left whole", async () => {
  assert.deepEqual(await recycled([sent(200)]), [1]);
});

test("one is not of which nobody knows whether it has left", async () => {
  assert.deepEqual(await recycled([makeAnswer(200)]), []);
  assert.deepEqual(await recycled([{ ...makeAnswer(200), isBodySent: false }]), []);
});

test("one is not that was sent twice, parted, refused or compressed anew", async () => {
  assert.deepEqual(await recycled([sent(503)]), []);
  assert.deepEqual(await recycled([sent(400)]), []);
  assert.deepEqual(await recycled([sent(413)]), []);
  assert.deepEqual(await recycled([sent(400)], { splitOnBadRequest: false }), []);
  assert.deepEqual(await recycled([sent(200)], { compression: "zstd" }), []);
});

test("it is recycled after it was said to be settled", async () => {
  const told: string[] = [];
  const tell = (what: string) => ({ number }: RequestBody): void =>
    void told.push(`${what} ${number}`);
  const { clock, shard } = start(() => sent(204), {}, {
    settled: tell("settled"),
    recycle: tell("recycled"),
  });
  shard.trySend(request(1, clock.nowMs(), 7));
  await clock.settle();
  assert.deepEqual(told, ["settled 7", "recycled 7"]);
  await shard.stop();
});

test("one is not that came again since it could not be parted: the rest of it may be on its way", async () => {
  const left = [makeAnswer(413), sent(200)];
  const numbers: number[] = [];
  const { clock, shard, settled } = begin(() => left.shift()!, {}, {
    recycle: ({ number }) => numbers.push(number),
  });
  shard.trySend(numbered(1, clock.nowMs()));
  await clock.advance(60_000);
  assert.deepEqual([left, settled, numbers], [[], [[1, true]], []]);
  await shard.stop();
});
