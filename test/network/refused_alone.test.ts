/** A request that is refused again and again while others are taken: it is to blame, and not who asks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Gate } from "../../src/network/gate.ts";
import type { Shard } from "../../src/network/shard.ts";
import { makeAnswer, VirtualClock } from "../../src/testing/memory.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { begin, numbered, type Outcome, selectNone, selectNumbered, totals } from "./splitting.ts";
import { request, start } from "./support.ts";

const DISLIKED = 5;

/** Two shards of one endpoint that takes all but what is disliked; the second has something each second. */
class Pair {
  readonly clock = new VirtualClock();
  readonly logger = new MemoryLogger();
  readonly gate = new Gate({ clock: this.clock, random: () => 0, logger: this.logger });
  /** What became of the first shard's requests. */
  readonly outcomes: Outcome[] = [];
  readonly settled: [number, boolean][] = [];
  /** When the endpoint refused, and how often it took something of the second shard. */
  readonly refusedMs: number[] = [];
  readonly first: Shard;
  readonly #second: Shard;
  takenOfSecond = 0;
  status = 403;

  constructor(canSplit: boolean = true) {
    const { clock, logger, gate } = this;
    const begun = begin(
      (body) => {
        if (!body.includes(DISLIKED)) return makeAnswer(200);
        this.refusedMs.push(clock.monotonicMs());
        return makeAnswer(this.status);
      },
      {},
      { clock, logger, gate, ...(!canSplit && { select: selectNone }) },
    );
    this.first = begun.shard;
    this.outcomes = begun.outcomes;
    this.settled = begun.settled;
    this.#second = start(
      () => {
        this.takenOfSecond++;
        return makeAnswer(200);
      },
      {},
      { clock, logger, gate, select: selectNumbered },
      1,
    ).shard;
  }

  async run(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      this.#second.trySend(request(9, this.clock.nowMs()));
      await this.clock.advance(1_000);
    }
  }

  async stop(): Promise<void> {
    await this.first.stop();
    await this.#second.stop();
    this.gate.stop();
    assert.equal(this.clock.timers, 0);
  }
}

test("the signal to blame is found and dropped; what is beside it arrives, and others are not held", async () => {
  const pair = new Pair();
  pair.first.trySend(numbered(8, pair.clock.nowMs()));
  await pair.run(400);
  assert.deepEqual(totals(pair.outcomes), { "delivered 1": 3, "delivered 2": 4, "rejected 2": 1 });
  assert.deepEqual(pair.settled, [[1, false]]);
  // Each refusal that could be of who asks holds the others for a moment.
  assert.ok(pair.takenOfSecond > 385, `${pair.takenOfSecond} of 400 taken`);
  assert.equal(pair.gate.shutForMs, 0);
  const lines = pair.logger.lines.join("\n");
  assert.match(lines, /error the endpoint refuses one request and takes others: its shard waits/);
  await pair.stop();
});

test("the first one is asked about over minutes, the next ones over seconds", async () => {
  const pair = new Pair(false);
  const lastedMs = async (times: number): Promise<number> => {
    pair.refusedMs.length = 0;
    pair.first.trySend(numbered(8, pair.clock.nowMs()));
    await pair.run(300);
    // At once, once or twice before another was taken, and four times when others were.
    assert.equal(pair.refusedMs.length, times);
    return pair.refusedMs.at(-1)! - pair.refusedMs[0]!;
  };
  assert.ok(await lastedMs(6) > 90_000);
  assert.ok(await lastedMs(7) < 10_000);
  assert.deepEqual(totals(pair.outcomes), { "rejected 1": 6, "rejected 2": 10 });
  // After a reload all may be otherwise.
  pair.gate.askNow();
  assert.ok(await lastedMs(6) > 90_000);
  await pair.stop();
});

test("while it waits the status says for how long, and a reload has it asked at once", async () => {
  const pair = new Pair(false);
  pair.first.trySend(numbered(8, pair.clock.nowMs()));
  await pair.run(10);
  assert.ok(pair.gate.shutForMs > 5_000, `${pair.gate.shutForMs} ms`);
  pair.status = 200;
  pair.gate.askNow();
  await pair.clock.settle();
  assert.deepEqual(totals(pair.outcomes), { "delivered 1": 3, "delivered 2": 5 });
  assert.equal(pair.gate.shutForMs, 0);
  await pair.stop();
});

test("one that stops while it waits alone has no outcome", async () => {
  const pair = new Pair(false);
  pair.first.trySend(numbered(8, pair.clock.nowMs()));
  await pair.run(10);
  await pair.stop();
  assert.deepEqual([pair.outcomes, pair.settled], [[], []]);
});

test("where what was refused alone is taken later, nothing is to blame: it is held until it is taken", async () => {
  const pair = new Pair(false);
  const put = (): void => void pair.first.trySend(numbered(8, pair.clock.nowMs()));
  // One of several behind a load balancer has the wrong secret.
  put();
  await pair.run(10);
  pair.status = 200;
  await pair.run(60);
  assert.deepEqual(totals(pair.outcomes), { "delivered 1": 3, "delivered 2": 5 });
  pair.status = 403;
  put();
  await pair.run(2_000);
  assert.deepEqual(totals(pair.outcomes), { "delivered 1": 3, "delivered 2": 5 });
  pair.status = 200;
  await pair.run(300);
  assert.deepEqual(totals(pair.outcomes), { "delivered 1": 6, "delivered 2": 10 });
  await pair.stop();
});

test("where all are refused for an hour nothing is split or dropped, however often others asked", async () => {
  const pair = new Pair();
  let isWell = false;
  const all = [0, 1].map((index) =>
    start(
      () => makeAnswer(isWell ? 200 : 403),
      {},
      { clock: pair.clock, gate: pair.gate, logger: pair.logger },
      index,
    )
  );
  for (const { shard } of all) shard.trySend(request(8, pair.clock.nowMs()));
  await pair.clock.advance(3_000_000);
  assert.deepEqual(all.map(({ outcomes }) => outcomes), [[], []]);
  isWell = true;
  await pair.clock.advance(600_000);
  assert.deepEqual(all.map(({ outcomes }) => outcomes), [[["delivered", 8]], [["delivered", 8]]]);
  for (const { shard } of all) await shard.stop();
  await pair.stop();
});
