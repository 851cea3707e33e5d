/** A request that is answered with 413 is sent in halves, and what is too large is remembered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpAnswer } from "../../src/contracts.ts";
import {
  GROW_AFTER_MS_FIRST,
  GROW_AFTER_MS_MAX,
  RequestSize,
} from "../../src/network/request_size.ts";
import { TOO_LARGE_MAX } from "../../src/network/splitting.ts";
import { makeAnswer, VirtualClock } from "../../src/testing/memory.ts";
import { begin, numbered, totals } from "./splitting.ts";
import { V2 } from "./support.ts";

const WRITTEN = "x-prometheus-remote-write-samples-written";

/** Takes so many bytes at most: a signal is one. */
const takes = (bytesMax: number) => (body: number[]): HttpAnswer =>
  body.length > bytesMax
    ? makeAnswer(413, "too large")
    : makeAnswer(200, "", { [WRITTEN]: `${body.length}` });

for (const protobufMessage of ["prometheus.WriteRequest", V2] as const) {
  test(`${protobufMessage}: halves leave in order, nothing is lost, and the next ones are made smaller at once`, async () => {
    const { clock, shard, sent, outcomes, settled, logger, fallBacks } = begin(takes(3), {
      protobufMessage,
      splitOnBadRequest: false,
    });
    for (let each = 0; each < 2; each++) {
      shard.trySend(numbered(8, clock.nowMs()));
      await clock.settle();
    }
    assert.deepEqual(sent, [
      [0, 1, 2, 3, 4, 5, 6, 7],
      [0, 1, 2, 3],
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
    ]);
    assert.deepEqual(totals(outcomes), { "delivered 1": 6, "delivered 2": 10 });
    assert.deepEqual([settled, fallBacks], [[[1, true], [1, true]], []]);
    const line = /warn a request is too large for the endpoint; it is split in halves .*HTTP 413/;
    assert.match(logger.lines[0]!, line);
    await shard.stop();
  });
}

test("a single signal that is too large is rejected, and what is beside it is not", async () => {
  const { clock, shard, sent, outcomes, settled } = begin((body) =>
    makeAnswer(body.includes(5) ? 413 : 200)
  );
  shard.trySend(numbered(8, clock.nowMs()));
  await clock.settle();
  assert.deepEqual(sent.map((one) => one.join()), [
    "0,1,2,3,4,5,6,7",
    "0,1,2,3",
    "4,5,6,7",
    "4,5",
    "4",
    "5",
    "6,7",
  ]);
  assert.deepEqual(totals(outcomes), { "delivered 1": 3, "delivered 2": 4, "rejected 2": 1 });
  assert.deepEqual(settled, [[1, false]]);
  await shard.stop();
});

test("an endpoint that takes nothing, however small, holds the queue until its limit is mended", async () => {
  let bytesMax = 0;
  const { clock, shard, sent, outcomes } = begin((body) => takes(bytesMax)(body));
  shard.trySend(numbered(8, clock.nowMs()));
  await clock.advance(300_000);
  assert.deepEqual(outcomes, []);
  // 8, 4 and 2 are too large, and each one alone, again and again after pauses that grow.
  assert.equal(sent.length, 3 + 5 * 8);
  bytesMax = 8;
  await clock.advance(600_000);
  assert.deepEqual(totals(outcomes), { "delivered 1": 3, "delivered 2": 5 });
  await shard.stop();
});

test("one that takes nothing any more holds the queue too, whatever it has taken before", async () => {
  let bytesMax = 8;
  const { clock, shard, outcomes } = begin((body) => takes(bytesMax)(body));
  const put = async (count: number): Promise<void> => {
    assert.ok(shard.trySend(numbered(count, clock.nowMs())));
    await clock.advance(300_000);
  };
  for (let each = 0; each < 3; each++) await put(1);
  bytesMax = 0;
  await put(1);
  assert.deepEqual(totals(outcomes), { "delivered 1": 3 });
  bytesMax = 8;
  await clock.advance(600_000);
  // Once more, after it was mended, and with more in a request.
  bytesMax = 0;
  await put(100);
  await clock.advance(600_000);
  assert.deepEqual(totals(outcomes), { "delivered 1": 4 });
  bytesMax = 1_000;
  await clock.advance(600_000);
  assert.deepEqual(totals(outcomes), { "delivered 1": 4 + 34, "delivered 2": 66 });
  await shard.stop();
});

test("when one takes all again after it took nothing, requests are whole again at once", async () => {
  let bytesMax = 0;
  const { clock, shard, sent } = begin((body) => takes(bytesMax)(body));
  shard.trySend(numbered(40, clock.nowMs()));
  await clock.advance(60_000);
  bytesMax = 1_000;
  await clock.advance(600_000);
  sent.length = 0;
  shard.trySend(numbered(200, clock.nowMs()));
  await clock.settle();
  assert.deepEqual(sent.map(({ length }) => length), [200]);
  await shard.stop();
});

test("a single signal that is too large does not hold what comes behind it in other requests", async () => {
  const { clock, shard, sent, outcomes, settled } = begin((body) =>
    makeAnswer(body.includes(5) ? 413 : 200)
  );
  const giant = numbered(6, clock.nowMs());
  const { body } = giant;
  const bytes = body.bytes.slice(5);
  const alone = { body: { ...body, bytes, signals: 1 }, parts: [{ batchId: 7, signals: 1 }] };
  shard.trySend(alone);
  shard.trySend(numbered(4, clock.nowMs()));
  await clock.settle();
  assert.deepEqual(sent, [[5], [0, 1, 2, 3]]);
  assert.deepEqual(totals(outcomes), { "delivered 1": 2, "delivered 2": 2, "rejected 7": 1 });
  assert.deepEqual(settled, [[1, false], [1, true]]);
  // Where nothing is behind it yet, it is asked again, and dropped when something is taken.
  shard.trySend(alone);
  await clock.advance(100_000);
  assert.equal(totals(outcomes)["rejected 7"], 1);
  shard.trySend(numbered(4, clock.nowMs()));
  await clock.advance(300_000);
  assert.equal(totals(outcomes)["rejected 7"], 2);
  await shard.stop();
});

test("what waits to be filled leaves to show whether anything is taken", async () => {
  const clock = new VirtualClock();
  const open = [numbered(4, clock.nowMs())];
  const { shard, outcomes } = begin((body) => makeAnswer(body.length === 1 ? 413 : 200), {}, {
    clock,
    // As an endpoint does whose open request is overdue.
    onIdle: () => {
      const next = open.pop();
      if (next !== undefined) assert.ok(shard.trySend(next));
    },
  });
  shard.trySend(numbered(1, clock.nowMs()));
  await clock.settle();
  assert.deepEqual(totals(outcomes), { "delivered 1": 2, "delivered 2": 2, "rejected 1": 1 });
  await shard.stop();
});

test("however many too large ones come in a row, what is behind them is found", async () => {
  const { clock, shard, outcomes } = begin((body) =>
    makeAnswer(body.some((signal) => signal < 200) ? 413 : 200)
  );
  shard.trySend(numbered(256, clock.nowMs()));
  await clock.advance(600_000);
  const counts = totals(outcomes);
  assert.equal((counts["rejected 1"] ?? 0) + (counts["rejected 2"] ?? 0), 200);
  assert.equal(counts["delivered 2"], 56);
  await shard.stop();
});

test("however many signals are too large by themselves, what is beside them is not dropped", async () => {
  // The first 50 of each 256 signals are, and they come first.
  const { clock, shard, outcomes } = begin((body) =>
    makeAnswer(body.some((signal) => signal % 256 < 50) || body.length > 64 ? 413 : 200)
  );
  shard.trySend(numbered(1_024, clock.nowMs()));
  await clock.settle();
  const counts = totals(outcomes);
  const of = (outcome: string): number =>
    (counts[`${outcome} 1`] ?? 0) + (counts[`${outcome} 2`] ?? 0);
  assert.deepEqual([of("delivered"), of("rejected")], [824, 200]);
  await shard.stop();
});

test("where nothing may be held, one to which everything is too large is asked a bounded number of times", async () => {
  const { clock, shard, sent, outcomes, logger } = begin(() => makeAnswer(413), {
    onRefused: "drop",
  });
  shard.trySend(numbered(1_000, clock.nowMs()));
  await clock.settle();
  assert.ok(sent.length < TOO_LARGE_MAX + 30, `${sent.length} attempts`);
  assert.deepEqual(totals(outcomes), { "rejected 1": 334, "rejected 2": 666 });
  assert.match(logger.lines.join("\n"), /split as often as one may be/);
  await shard.stop();
});

test("a proxy that takes a tenth of a request costs a few attempts, once", async () => {
  const { clock, shard, sent, outcomes } = begin(takes(100));
  for (let each = 0; each < 10; each++) {
    shard.trySend(numbered(1_000, clock.nowMs()));
    await clock.settle();
  }
  // 1000, 500, 250 and 125 are too large, and then 63 of 1000 are not.
  assert.equal(sent.length, 4 + 10 * 16);
  assert.deepEqual(totals(outcomes), { "delivered 1": 3_340, "delivered 2": 6_660 });
  await shard.stop();
});

test("after a while without a 413 larger ones are tried again, and less often each time that fails", async () => {
  let bytesMax = 4;
  const { clock, shard, sent } = begin((body) => takes(bytesMax)(body));
  const put = async (): Promise<number[]> => {
    const before = sent.length;
    shard.trySend(numbered(16, clock.nowMs()));
    await clock.settle();
    return sent.slice(before).map(({ length }) => length);
  };
  assert.deepEqual(await put(), [16, 8, 4, 4, 4, 4]);
  for (const waitMs of [GROW_AFTER_MS_FIRST, 2 * GROW_AFTER_MS_FIRST, 4 * GROW_AFTER_MS_FIRST]) {
    await clock.advance(waitMs - 1);
    assert.deepEqual(await put(), [4, 4, 4, 4]);
    await clock.advance(1);
    // The first that is taken after so long has the next ones made larger.
    assert.deepEqual(await put(), [4, 4, 8, 4, 4]);
  }
  // The endpoint takes more than before: in ten minutes at most it is found, and then soon more.
  bytesMax = 16;
  await clock.advance(GROW_AFTER_MS_MAX);
  for (const sizes of [[4, 4, 8], [8, 8], [16]]) {
    assert.deepEqual(await put(), sizes);
    await clock.advance(GROW_AFTER_MS_FIRST);
  }
  await shard.stop();
});

test("what was taken is the measure, until it is too large itself", () => {
  const size = new RequestSize(new VirtualClock());
  assert.ok(size.fits(1e9));
  size.taken(900, 1);
  size.tooLarge(1_000, 500);
  assert.deepEqual([size.fits(900), size.fits(901)], [true, false]);
  size.tooLarge(900, 450);
  assert.deepEqual([size.fits(450), size.fits(451)], [true, false]);
});

test("where a signal is too large by itself and others of its size are taken, nothing is learned of sizes", () => {
  const size = new RequestSize(new VirtualClock());
  size.tooLarge(4, 2);
  size.tooLarge(2, 1);
  size.tooLargeAlone(1);
  assert.ok(!size.fits(2));
  size.taken(1, 1);
  assert.ok(size.fits(1_000));
  // The other way round, and one that is indeed larger than what is taken.
  size.tooLarge(4, 2);
  size.tooLargeAlone(1);
  assert.ok(size.fits(1_000));
  size.tooLarge(9_000, 8_000);
  size.tooLargeAlone(7_000);
  size.taken(6_999, 2);
  assert.ok(!size.fits(8_001));
});

test("what grew while its shard was busy and has no answer in time leaves in halves, and so do the next ones", async () => {
  // A link that carries three signals in the time.
  const never = new Promise<HttpAnswer>(() => {});
  const slow = (body: number[]): HttpAnswer | Promise<HttpAnswer> =>
    body.length > 3 ? never : makeAnswer(200);
  const options = { batchCount: 3, writeTimeoutMs: 1_000 };
  const { clock, shard, sent, outcomes, logger } = begin(slow, options);
  for (let each = 0; each < 2; each++) {
    shard.trySend(numbered(8, clock.nowMs()));
    await clock.advance(7_000);
  }
  assert.deepEqual(sent.map((one) => one.length), [8, 4, 2, 2, 2, 2, 2, 2, 2, 2]);
  assert.deepEqual(sent[1], [0, 1, 2, 3]);
  assert.deepEqual(totals(outcomes), { "delivered 1": 6, "delivered 2": 10 });
  assert.match(logger.lines[0]!, /warn cannot send; trying again .*no answer in 1000 ms/);
  await shard.stop();
});

test("one that is not larger than others stays whole, however long the endpoint says nothing", async () => {
  const never = new Promise<HttpAnswer>(() => {});
  const options = { batchCount: 8, writeTimeoutMs: 1_000 };
  const { clock, shard, sent } = begin(() => never, options);
  shard.trySend(numbered(8, clock.nowMs()));
  await clock.advance(60_000);
  assert.ok(sent.length > 2);
  assert.ok(sent.every((one) => one.length === 8));
  await shard.stop();
});

test("an answer that is an error, or none that came at once, says nothing of the size", async () => {
  const answers = [() => makeAnswer(503), () => Promise.reject(new Error("reset"))];
  const { clock, shard, sent } = begin(() => answers.shift()?.() ?? makeAnswer(200), {
    batchCount: 3,
  });
  shard.trySend(numbered(8, clock.nowMs()));
  await clock.advance(60_000);
  assert.deepEqual(sent.map((one) => one.length), [8, 8, 8]);
  await shard.stop();
});
