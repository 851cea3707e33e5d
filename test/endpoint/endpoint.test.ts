import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  BatchCounts,
  BatchLane,
  BatchReader,
  BatchStore,
  Lease,
  Loaded,
  RequestBody,
  Routed,
  SealedRequest,
  StagedBatch,
} from "../../src/contracts.ts";
import { Waiters } from "../../src/actor/waiters.ts";
import { Endpoint, type Network, type NetworkDependencies } from "../../src/endpoint/endpoint.ts";
import { FailedBatches } from "../../src/endpoint/failed_batches.ts";
import { FileSystemError } from "../../src/errors.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { samplesOnly } from "../support/counts.ts";
import { FakeEvents } from "../support/fake_events.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { wallAge } from "../support/wall_age.ts";

/** What a batch of the fake reader has, what the reader counts in it, and what its head says. */
interface FakeBatch {
  readonly signals: number;
  readonly counted?: number;
  readonly inHead?: number;
}

/** One shard; a request is all that was routed since the last one. */
class FakeReader implements BatchReader {
  readonly batches: readonly FakeBatch[];
  discards = 0;
  #atHand = 0;
  #open = 0;

  constructor(batches: readonly FakeBatch[]) {
    this.batches = batches;
  }

  load({ data }: Lease): Loaded {
    const { signals, counted } = this.batches[data[0]!]!;
    this.#atHand = signals;
    return { signals, counted: counted ?? signals, uncompressedBytes: 1 };
  }

  discard(): void {
    this.discards++;
    this.#atHand = 0;
  }

  route(): Routed {
    this.#open += this.#atHand;
    this.#atHand = 0;
    const dropped = {
      filtered: 0,
      nhcb_in_rw1_not_supported: 0,
      exemplar_without_sample: 0,
      metadata_without_series: 0,
      unsupported: 0,
      dropped_series: 0,
      relabeled_too_large: 0,
    };
    return { fullShard: -1, expired: 0, dropped, known: 0, startsOmitted: 0 };
  }

  reshard(): void {}

  openSignals(): number {
    return this.#open;
  }

  take(): RequestBody {
    const signals = this.#open;
    this.#open = 0;
    const bytes = new Uint8Array();
    const kinds = samplesOnly(signals);
    return { number: 1, kinds, bytes, uncompressedBytes: 0, signals, oldestMs: 0, newestMs: 0 };
  }

  select(body: RequestBody): { body: RequestBody; kept: Uint8Array } {
    return { body, kept: new Uint8Array(body.signals).fill(1) };
  }

  plain(body: RequestBody): Uint8Array {
    return body.bytes;
  }

  settled(): void {}

  recycle(): void {}
}

class FakeStore implements BatchStore {
  readonly waiting: Lease[];
  readonly quarantined: [number, string][] = [];
  readonly acked: number[] = [];
  ackError: Error | undefined;
  readonly #headOf = new Map<number, number>();
  readonly #events: FakeEvents;
  readonly #waiters = new Waiters();
  #signals = 0;

  constructor(batches: readonly FakeBatch[], events: FakeEvents) {
    this.#events = events;
    this.waiting = batches.map(({ signals, inHead }, index) => ({
      id: index + 1,
      signals: inHead ?? signals,
      format: "",
      compression: "none",
      data: Uint8Array.of(index),
      checksum: undefined,
    }));
    for (const { id, signals } of this.waiting) {
      this.#headOf.set(id, signals);
      this.#signals += signals;
    }
    events.recovered({ signals: this.#signals });
  }

  append(): Promise<number> {
    throw new Error("not asked for");
  }

  stage(): Promise<StagedBatch> {
    throw new Error("not asked for");
  }

  giveBelow(): void {}

  skip(): Promise<BatchCounts> {
    throw new Error("not asked for");
  }

  through(signal: AbortSignal): Promise<boolean> {
    return this.#waiters.until(() => this.totals().batches === 0, signal);
  }

  readonly oldest = undefined;
  readonly pending = { batches: 0, oldest: undefined, newestTaken: undefined };

  lane(): BatchLane {
    return this;
  }

  keepDeleted(): Promise<void> {
    return Promise.resolve();
  }

  configure(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }

  async next(signal: AbortSignal): Promise<Lease | undefined> {
    const lease = this.waiting.shift();
    if (lease === undefined && !signal.aborted) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    }
    return lease;
  }

  ack(id: number): Promise<void> {
    if (this.ackError !== undefined) return Promise.reject(this.ackError);
    this.acked.push(id);
    this.#signals -= this.#headOf.get(id)!;
    this.#waiters.changed();
    return Promise.resolve();
  }

  quarantine(id: number, reason: string): Promise<void> {
    this.quarantined.push([id, reason]);
    const signals = this.#headOf.get(id)!;
    this.#signals -= signals;
    this.#waiters.changed();
    this.#events.quarantined({ signals });
    return Promise.resolve();
  }

  release(): void {}

  backlog(): [] {
    return [];
  }

  setAside(): Promise<[]> {
    return Promise.resolve([]);
  }

  totals() {
    const batches = this.#headOf.size - this.acked.length - this.quarantined.length;
    return { batches, bytes: 0, signals: this.#signals, uncounted: 0 };
  }
}

/** Takes every request, and settles it when it is told to. */
class FakeNetwork implements Network {
  readonly sent: SealedRequest[] = [];
  start(): void {}
  stop(): Promise<void> {
    return Promise.resolve();
  }
  busy = false;
  isBusy(): boolean {
    return this.busy;
  }
  isClear = true;
  isHeld = false;
  readonly reshards: number[] = [];
  reshard(shards: number): Promise<void> {
    this.reshards.push(shards);
    return Promise.resolve();
  }
  trySend(_shard: number, request: SealedRequest): boolean {
    this.sent.push(request);
    return true;
  }
  send(shard: number, request: SealedRequest): Promise<boolean> {
    return Promise.resolve(this.trySend(shard, request));
  }
}

function open(batches: readonly FakeBatch[], requestSignals: number = 1_000_000) {
  const clock = new VirtualClock();
  const events = new FakeEvents();
  const logger = new MemoryLogger();
  const reader = new FakeReader(batches);
  const store = new FakeStore(batches, events);
  const network = new FakeNetwork();
  const failures: unknown[] = [];
  const failed = new FailedBatches();
  let dependencies!: NetworkDependencies;
  const endpoint = new Endpoint({
    store,
    reader,
    clock,
    age: wallAge(clock),
    events,
    logger,
    shards: 1,
    ttlMs: 1_000,
    requestSignals,
    flushIntervalMs: 10,
    failed,
    network: (given) => {
      dependencies = given;
      return network;
    },
    onFailure: (error) => failures.push(error),
  });
  endpoint.start();
  const checkSum = (): void => {
    const { acceptedTotal, deliveredTotal, droppedTotal } = events.counts();
    const dropped = Object.values(droppedTotal).reduce((sum, count) => sum + count, 0);
    assert.equal(acceptedTotal, deliveredTotal + dropped + endpoint.pendingSignals);
  };
  return {
    clock,
    events,
    logger,
    reader,
    store,
    network,
    failures,
    failed,
    endpoint,
    dependencies,
    checkSum,
  };
}

test("a batch whose head is wrong is forgotten before it is set aside, and the next is not charged", async () => {
  const rig = open([{ signals: 3, inHead: 2 }, { signals: 4 }]);
  await rig.clock.advance(20);
  assert.equal(rig.reader.discards, 1);
  assert.deepEqual(rig.store.quarantined, [[1, "got 3 signals, expected 2"]]);
  const [request] = rig.network.sent;
  assert.deepEqual(request!.parts, [{ batchId: 2, signals: 4 }]);
  rig.checkSum();
  rig.dependencies.settle(request!.parts, "delivered");
  assert.equal(rig.endpoint.pendingSignals, 0);
  rig.checkSum();
  await rig.endpoint.stop();
});

test("a batch with more signals than its head counts is accounted for at every moment", async () => {
  const rig = open([{ signals: 5, counted: 2, inHead: 2 }]);
  let isDrained = false;
  rig.endpoint.drained().then(() => isDrained = true);
  await rig.clock.advance(20);
  const [request] = rig.network.sent;
  assert.deepEqual(request!.parts, [{ batchId: 1, signals: 5 }]);
  for (const signals of [1, 2, 1]) {
    rig.dependencies.settle([{ batchId: 1, signals }], "delivered");
    await rig.clock.advance(100);
    rig.checkSum();
    assert.equal(isDrained, false);
    assert.deepEqual(rig.store.acked, []);
  }
  rig.dependencies.settle([{ batchId: 1, signals: 1 }], "rejected");
  await rig.clock.settle();
  rig.checkSum();
  assert.ok(isDrained);
  assert.deepEqual(rig.store.acked, [1]);
  const { acceptedTotal, deliveredTotal } = rig.events.counts();
  assert.deepEqual([acceptedTotal, deliveredTotal], [5, 4]);
  await rig.endpoint.stop();
});

test("what was settled of such a batch is put back when the endpoint stops, as far as it was stored", async () => {
  for (const [settled, accepted] of [[1, 3], [2, 4], [4, 6]] as const) {
    const rig = open([{ signals: 5, counted: 2, inHead: 2 }]);
    await rig.clock.advance(20);
    rig.dependencies.settle([{ batchId: 1, signals: settled }], "delivered");
    await rig.endpoint.stop();
    // All of it goes out again: the two that the store has are pending.
    const { acceptedTotal, deliveredTotal } = rig.events.counts();
    assert.deepEqual([acceptedTotal, deliveredTotal], [accepted, settled]);
    assert.equal(acceptedTotal, deliveredTotal + rig.store.totals().signals);
    // Also in the words of the endpoint, until another one is in its place.
    rig.checkSum();
  }
});

test("a store that cannot ack is told as a failure of the endpoint, and crashes nothing", async () => {
  const rig = open([{ signals: 1 }]);
  rig.store.ackError = new Error("no disk");
  await rig.clock.advance(20);
  rig.dependencies.settle(rig.network.sent[0]!.parts, "delivered");
  await rig.clock.advance(20);
  assert.deepEqual(rig.failures, [rig.store.ackError]);
  assert.equal(rig.failed.isSuspect(1), false);
  await rig.endpoint.stop();
});

test("a disk that fails again and again is no reason to give a batch up", async () => {
  const rig = open([{ signals: 1 }, { signals: 2 }]);
  const next = rig.store.next.bind(rig.store);
  let failures = 5;
  rig.store.next = async (signal) => {
    if (failures-- > 0) throw new FileSystemError("io", "/x", "planted");
    return await next(signal);
  };
  await rig.clock.advance(120_000);
  assert.equal(rig.network.sent.flatMap(({ parts }) => parts).length, 2);
  assert.equal(rig.failed.isSuspect(2), false);
  assert.deepEqual([rig.store.quarantined, rig.failures], [[], []]);
  await rig.endpoint.stop();
});

test("a bug that a timer meets is told as a failure of the endpoint", async () => {
  const rig = open([{ signals: 1 }]);
  const bug = new Error("BUG: planted");
  rig.reader.take = () => {
    throw bug;
  };
  await rig.clock.advance(20);
  assert.deepEqual(rig.failures, [bug]);
  await rig.endpoint.stop();
});

test("a disk that deletes too slowly holds the endpoint back", async () => {
  const rig = open(Array.from({ length: 500 }, () => ({ signals: 0 })));
  let end = (): void => {};
  const deleted = new Promise<void>((resolve) => end = resolve);
  const ack = rig.store.ack.bind(rig.store);
  rig.store.ack = async (id) => {
    await deleted;
    await ack(id);
  };
  await rig.clock.advance(1000);
  assert.equal(rig.store.waiting.length, 500 - 64);
  end();
  await rig.clock.advance(1000);
  assert.equal(rig.store.waiting.length, 0);
  await rig.endpoint.stop();
});

test("while a shard waits the number of shards stays, and what comes next is dealt", async () => {
  const rig = open([{ signals: 3 }, { signals: 4 }]);
  rig.network.isHeld = true;
  rig.endpoint.reshard(2);
  await rig.clock.advance(20);
  assert.deepEqual(rig.network.reshards, []);
  assert.equal(rig.endpoint.shards, 1);
  assert.equal(rig.network.sent.flatMap(({ parts }) => parts).length, 2);
  await rig.endpoint.stop();
});

test("a change waits for what is under way, and is given up when a shard begins to wait", async () => {
  const rig = open([{ signals: 3 }, { signals: 4 }]);
  rig.network.isClear = false;
  rig.endpoint.reshard(2);
  await rig.clock.advance(20);
  assert.equal(rig.endpoint.atHand, 1);
  assert.deepEqual(rig.network.sent, []);
  rig.dependencies.onHeld();
  await rig.clock.advance(20);
  assert.deepEqual(rig.network.reshards, []);
  assert.equal(rig.network.sent.flatMap(({ parts }) => parts).length, 2);
  assert.equal(rig.endpoint.atHand, undefined);
  await rig.endpoint.stop();
});

test("a change is made when the last request has its outcome, and nothing is dealt before", async () => {
  const rig = open([{ signals: 3 }]);
  rig.network.isClear = false;
  rig.endpoint.reshard(2);
  await rig.clock.advance(20);
  rig.dependencies.onIdle(0);
  await rig.clock.advance(20);
  assert.deepEqual([rig.network.reshards, rig.network.sent.length], [[], 0]);
  rig.network.isClear = true;
  rig.dependencies.onIdle(0);
  await rig.clock.advance(20);
  assert.deepEqual([rig.network.reshards, rig.endpoint.shards], [[2], 2]);
  await rig.endpoint.stop();
});

test("a request that hangs delays a change, and does not keep the others from being dealt to", async () => {
  const batches = Array.from({ length: 3 }, () => ({ signals: 3 }));
  const rig = open(batches);
  rig.network.isClear = false;
  rig.endpoint.reshard(2);
  await rig.clock.advance(999);
  assert.equal(rig.endpoint.atHand, 1);
  await rig.clock.advance(1);
  assert.deepEqual([rig.network.reshards, rig.endpoint.shards], [[], 1]);
  assert.equal(rig.endpoint.atHand, undefined);
  assert.deepEqual(rig.store.waiting, []);
  await rig.endpoint.stop();
});

test("a change waits twice as long each time, so that slow answers do not prevent it", async () => {
  const rig = open(Array.from({ length: 4 }, () => ({ signals: 3 })));
  rig.network.isClear = false;
  rig.endpoint.reshard(2);
  await rig.clock.advance(0);
  for (const [batch, waitMs] of [[1, 1_000], [2, 2_000], [3, 4_000]] as const) {
    // Asked again before it is given up: the next batch waits anew.
    rig.endpoint.reshard(2);
    await rig.clock.advance(waitMs - 1);
    assert.equal(rig.endpoint.atHand, batch);
    await rig.clock.advance(1);
  }
  await rig.clock.advance(7_999);
  assert.deepEqual([rig.endpoint.atHand, rig.network.reshards], [4, []]);
  rig.network.isClear = true;
  rig.dependencies.onIdle(0);
  await rig.clock.advance(0);
  assert.deepEqual([rig.endpoint.shards, rig.network.reshards], [2, [2]]);
  await rig.endpoint.stop();
});

test("a stop ends the wait for a change", async () => {
  const rig = open([{ signals: 3 }]);
  rig.network.isClear = false;
  rig.endpoint.reshard(2);
  await rig.clock.advance(20);
  await rig.endpoint.stop();
  assert.deepEqual([rig.network.reshards, rig.network.sent.length], [[], 0]);
});

test("a request that is large enough leaves at once where its shard is idle", async () => {
  const rig = open([{ signals: 2 }, { signals: 1 }, { signals: 4 }, { signals: 2 }], 3);
  await rig.clock.settle();
  // By now no time has passed.
  const sizes = (): number[] => rig.network.sent.map(({ body }) => body.signals);
  assert.deepEqual(sizes(), [3, 4]);
  await rig.clock.advance(10);
  assert.deepEqual(sizes(), [3, 4, 2]);
  await rig.endpoint.stop();
});

test("one that waits for a busy shard grows, and leaves when that is idle", async () => {
  const rig = open([{ signals: 2 }, { signals: 2 }, { signals: 4 }], 3);
  rig.network.busy = true;
  await rig.clock.advance(1_000);
  assert.deepEqual(rig.network.sent, []);
  rig.network.busy = false;
  rig.dependencies.onIdle(0);
  assert.deepEqual(rig.network.sent.map(({ parts }) => parts), [[
    { batchId: 1, signals: 2 },
    { batchId: 2, signals: 2 },
    { batchId: 3, signals: 4 },
  ]]);
  await rig.endpoint.stop();
});

test("without a flush in sight, what a busy shard left behind leaves when that is idle", async () => {
  const rig = open([{ signals: 3 }], 3);
  rig.network.busy = true;
  await rig.clock.settle();
  rig.network.busy = false;
  rig.dependencies.onIdle(0);
  assert.equal(rig.network.sent.length, 1);
  await rig.endpoint.stop();
});

test("what grows in busy shards is bounded for all of them together", async () => {
  const rig = open([{ signals: 60_000 }, { signals: 40_000 }, { signals: 1 }, { signals: 5 }], 3);
  rig.network.busy = true;
  await rig.clock.advance(1_000);
  assert.deepEqual(rig.network.sent.map(({ body }) => body.signals), [100_001]);
  await rig.endpoint.stop();
});
