/** A request that is answered with 400 is sent again in halves, as far as that goes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpAnswer } from "../../src/contracts.ts";
import { SPLIT_ATTEMPTS_MAX } from "../../src/network/splitting.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { samplesOnly } from "../support/counts.ts";
import { begin, numbered, totals } from "./splitting.ts";
import { request, V2 } from "./support.ts";

const refuses = (...poison: number[]) => (body: number[]): HttpAnswer =>
  body.some((one) => poison.includes(one)) ? makeAnswer(400, "out of order") : makeAnswer(200);

test("only the poison is lost; halves leave in order, and the next request after them", async () => {
  const { clock, shard, sent, outcomes, settled, events, logger } = begin(refuses(5, 77));
  const never = new AbortController().signal;
  await shard.send(numbered(8, clock.nowMs()), never);
  await shard.send({ ...request(1, clock.nowMs(), 2), parts: [{ batchId: 3, signals: 1 }] }, never);
  await clock.settle();
  assert.deepEqual(sent, [
    [0, 1, 2, 3, 4, 5, 6, 7],
    [0, 1, 2, 3],
    [4, 5, 6, 7],
    [4, 5],
    [4],
    [5],
    [6, 7],
    [1],
  ]);
  assert.deepEqual(outcomes, [
    ["delivered", 1, 3],
    ["delivered", 2, 1],
    ["delivered", 2, 1],
    ["rejected", 2, 1],
    ["delivered", 2, 2],
    ["delivered", 3, 1],
  ]);
  // Not all of the first was taken: what the cache of metadata hears, once.
  assert.deepEqual(settled, [[1, false], [2, true]]);
  const { sentByKind, failedByKind, retriedByKind } = events.counts();
  assert.deepEqual([sentByKind, failedByKind], [samplesOnly(8), samplesOnly(1)]);
  assert.deepEqual(retriedByKind, samplesOnly(8 + 4 + 2));
  assert.match(logger.lines[0]!, /the endpoint refuses a request; it is split in halves/);
  await shard.stop();
});

test("a request whose halves are both taken is delivered as a whole", async () => {
  const { clock, shard, outcomes, settled } = begin((body) =>
    makeAnswer(body.length > 4 ? 400 : 200)
  );
  shard.trySend(numbered(8, clock.nowMs()));
  await clock.settle();
  assert.deepEqual(totals(outcomes), { "delivered 1": 3, "delivered 2": 5 });
  assert.deepEqual(settled, [[1, true]]);
  await shard.stop();
});

test("nothing is split unless it is asked for, nor for another status than 400", async () => {
  for (const status of [400, 409, 422]) {
    const { clock, shard, sent, outcomes } = begin(() => makeAnswer(status), {
      splitOnBadRequest: status !== 400,
    });
    shard.trySend(numbered(8, clock.nowMs()));
    await clock.advance(60_000);
    assert.equal(sent.length, 1);
    assert.deepEqual(totals(outcomes), { "rejected 1": 3, "rejected 2": 5 });
    await shard.stop();
  }
});

test("a request in which all is poison costs a bounded number of attempts", async () => {
  const { clock, shard, sent, outcomes, settled, logger } = begin(() => makeAnswer(400));
  shard.trySend(numbered(200, clock.nowMs()));
  await clock.settle();
  assert.equal(sent.length, 1 + SPLIT_ATTEMPTS_MAX);
  assert.match(logger.lines.join("\n"), /split as often as one may be: the rest of it is dropped/);
  assert.deepEqual(totals(outcomes), { "rejected 1": 67, "rejected 2": 133 });
  assert.deepEqual(settled, [[1, false]]);
  // The next request has attempts of its own.
  shard.trySend(numbered(200, clock.nowMs()));
  await clock.settle();
  assert.equal(sent.length, 2 * (1 + SPLIT_ATTEMPTS_MAX));
  await shard.stop();
});

test("three poisoned signals among two hundred are found with what splitting may cost", async () => {
  const { clock, shard, sent, outcomes } = begin(refuses(0, 100, 199));
  shard.trySend(numbered(200, clock.nowMs()));
  await clock.settle();
  assert.deepEqual(totals(outcomes), {
    "rejected 1": 1,
    "delivered 1": 66,
    "rejected 2": 2,
    "delivered 2": 131,
  });
  assert.ok(sent.length <= 1 + SPLIT_ATTEMPTS_MAX);
  await shard.stop();
});

test("to find one poisoned signal among a thousand costs 20 attempts at most", async () => {
  let most = 0;
  for (const place of [0, 1, 62, 499, 500, 937, 998, 999]) {
    const { clock, shard, sent, outcomes } = begin(refuses(1));
    const { body, parts } = numbered(1000, clock.nowMs());
    const bytes = new Uint8Array(1000);
    bytes[place] = 1;
    shard.trySend({ body: { ...body, bytes }, parts });
    await clock.settle();
    const lost = outcomes.filter(([outcome]) => outcome === "rejected");
    assert.deepEqual(lost, [["rejected", place < parts[0]!.signals ? 1 : 2, 1]]);
    most = Math.max(most, sent.length - 1);
    await shard.stop();
  }
  assert.equal(most, 20);
});

test("a half is retried by the same rules, and the second waits for it", async () => {
  const script = new Map([["0,1", [429, 503, 200]], ["2,3", [500, 400]], ["2", [500, 200]]]);
  const times: [string, number, string | undefined][] = [];
  const { clock, shard, outcomes } = begin((body, { headers }) => {
    times.push([body.join(), clock.monotonicMs(), headers["retry-attempt"]]);
    const status = script.get(body.join())?.shift() ?? 400;
    return makeAnswer(status, "", status === 429 ? { "retry-after": "60" } : {});
  });
  shard.trySend(numbered(4, clock.nowMs()));
  await clock.advance(200_000);
  assert.deepEqual(times.map(([body, , attempt]) => [body, attempt]), [
    ["0,1,2,3", undefined],
    ["0,1", undefined],
    ["0,1", "1"],
    ["0,1", "2"],
    ["2,3", undefined],
    ["2,3", "1"],
    ["2", undefined],
    ["2", "1"],
    ["3", undefined],
  ]);
  assert.equal(times[2]![1], 60_000);
  assert.deepEqual(totals(outcomes), { "delivered 1": 2, "delivered 2": 1, "rejected 2": 1 });
  await shard.stop();
});

test("max_retry_attempts counts for each half anew", async () => {
  const { clock, shard, sent, outcomes } = begin(
    (body) => makeAnswer(body.length === 4 ? 400 : body[0] === 0 ? 500 : 200),
    { maxRetryAttempts: 2 },
  );
  shard.trySend(numbered(4, clock.nowMs()));
  await clock.advance(600_000);
  assert.equal(sent.length, 1 + 3 + 1);
  assert.deepEqual(outcomes, [["max_retries", 1, 2], ["delivered", 2, 2]]);
  await shard.stop();
});

test("what grows too old while the first half is retried is dropped for ttl, and not as rejected", async () => {
  const { clock, shard, sent, outcomes, settled } = begin((body) =>
    makeAnswer(body.length === 4 ? 400 : 500)
  );
  shard.trySend(numbered(4, clock.nowMs() - 3_599_000));
  await clock.advance(10_000);
  assert.deepEqual(sent.map((one) => one.length), [4, 2, 2]);
  assert.deepEqual(outcomes, [["ttl", 1, 2], ["ttl", 2, 2]]);
  assert.deepEqual(settled, [[1, false]]);
  await shard.stop();
});

test("stop in the middle: what has its outcome keeps it, and the rest gets none", async () => {
  for (const second of ["waits", "hangs"]) {
    const { clock, shard, outcomes, settled, failures } = begin((body) => {
      if (body.length === 4) return makeAnswer(400);
      if (body[0] === 0) return makeAnswer(200);
      return second === "waits" ? makeAnswer(503) : new Promise(() => {});
    });
    shard.trySend(numbered(4, clock.nowMs()));
    await clock.settle();
    await shard.stop();
    assert.deepEqual(outcomes, [["delivered", 1, 2]]);
    assert.deepEqual([settled, failures], [[], []]);
    assert.equal(clock.timers, 0);
  }
});

const WRITTEN = "x-prometheus-remote-write-samples-written";

test("2.0: a receiver that says what it wrote is believed, and nothing is split", async () => {
  for (const written of [0, 3]) {
    const { clock, shard, sent, outcomes } = begin(
      () => makeAnswer(400, "out of order", { [WRITTEN]: `${written}` }),
      { protobufMessage: V2 },
    );
    shard.trySend(numbered(4, clock.nowMs()));
    await clock.settle();
    assert.equal(sent.length, 1);
    assert.equal(outcomes.reduce((sum, [, , signals]) => sum + signals, 0), 4);
    await shard.stop();
  }
});

test("2.0: a 400 without a word splits, whether the receiver has shown that it knows 2.0 or not", async () => {
  const answer = (body: number[]): HttpAnswer =>
    body.includes(3) ? makeAnswer(400) : makeAnswer(200, "", { [WRITTEN]: `${body.length}` });
  for (const knowsV2 of [false, true]) {
    const { clock, shard, sent, outcomes, fallBacks } = begin(
      answer,
      { protobufMessage: V2 },
      { dialect: { knowsV2 } },
    );
    shard.trySend(numbered(4, clock.nowMs()));
    await clock.settle();
    assert.equal(fallBacks.length, 0);
    assert.equal(sent.length, 5);
    assert.deepEqual(totals(outcomes), { "delivered 1": 2, "delivered 2": 1, "rejected 2": 1 });
    await shard.stop();
  }
});

test("2.0: a half that is answered with 415 ends the shard; what had its outcome keeps it", async () => {
  const { clock, shard, outcomes, fallBacks, settled } = begin(
    (body) => {
      if (body.length === 4) return makeAnswer(400);
      return body[0] === 0 ? makeAnswer(200, "", { [WRITTEN]: "2" }) : makeAnswer(415);
    },
    { protobufMessage: V2 },
    { dialect: { knowsV2: true } },
  );
  shard.trySend(numbered(4, clock.nowMs()));
  await clock.settle();
  assert.equal(fallBacks.length, 1);
  assert.deepEqual([outcomes, settled], [[["delivered", 1, 2]], []]);
  await shard.stop();
});

test("a split that fails is a bug: the shard stops, and nothing is settled", async () => {
  const { clock, shard, outcomes, failures } = begin(() => makeAnswer(400), {}, {
    select: () => {
      throw new Error("BUG: broken");
    },
  });
  shard.trySend(numbered(4, clock.nowMs()));
  await clock.settle();
  assert.deepEqual(outcomes, []);
  assert.equal(failures.length, 1);
  await shard.stop();
});
