/** What is sent again goes into a store of several partitions in parts, as what comes in does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WalqError } from "../../src/errors.ts";
import type { DeliveredBatches, WalkedBatch } from "../../src/filequeue/delivered_batches.ts";
import type { KeptRequest } from "../../src/filequeue/rejected_file.ts";
import { metaOf, readMeta } from "../../src/formats/meta.ts";
import { Replay } from "../../src/pipeline/replay.ts";
import { Requeue } from "../../src/pipeline/requeue.ts";
import { kernel, NO_LIMITS, snappyCompress } from "../kernel/support.ts";
import { partitionOf } from "../kernel/twin/parts.ts";
import { readWalqV1 } from "../kernel/twin/walq_v1.ts";
import { FakeStore } from "../support/fake_store.ts";
import { uncompress } from "../support/hysnappy.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { encodeRequest } from "../support/remote_write.ts";
import type { MetadataForm, RequestForm } from "../support/signals.ts";

const START_MS = 1_700_000_000_000;
const SERIES = 40;
const UP: MetadataForm = { family: "up", type: 2, help: "Is it?", unit: "" };

/** Of so many series, each with a sample a second, of two families. */
function formOf(first: number, samples: number): RequestForm {
  const series = Array.from({ length: SERIES }, (_, i) => ({
    labels: [["__name__", i % 2 === 0 ? "up" : "other"], ["n", String(first + i)]] as const,
    signals: Array.from({ length: samples }, (_, second) => ({
      kind: "sample" as const,
      timestampMs: BigInt(START_MS + second * 1000),
      startMs: 0n,
      bits: BigInt(second),
    })),
  }));
  return { series, metadata: [UP] };
}

/** What the store has, by partition: the numbers of series with their samples, and how many entries there are. */
function contentOf({ batches, partitions }: FakeStore, count: number) {
  const content = { rows: new Map<string, bigint[]>(), withUp: new Set<number>() };
  for (const [i, batch] of batches.entries()) {
    const { rows, metadata } = readWalqV1(uncompress(Uint8Array.from(batch)));
    for (const { labels, timestampMs } of rows) {
      assert.equal(partitionOf(labels, count), partitions[i]);
      const key = labels[1]![1];
      content.rows.set(key, [...content.rows.get(key) ?? [], timestampMs]);
    }
    if (metadata.length > 0) {
      assert.deepEqual(metadata, [UP]);
      content.withUp.add(partitions[i]!);
    }
  }
  return content;
}

function partitionsOfUp(first: number, partitions: number): number[] {
  const { series } = formOf(first, 1);
  const ofUp = series.filter(({ labels }) => labels[0]![1] === "up");
  return [...new Set(ofUp.map(({ labels }) => partitionOf(labels, partitions)))].sort();
}

function keptRequest(first: number): KeptRequest {
  const data = snappyCompress(encodeRequest(formOf(first, 1), "v1"));
  return {
    data,
    protobufMessage: "prometheus.WriteRequest",
    signals: SERIES + 1,
  } as KeptRequest;
}

test("refused requests are one batch again, in the parts of their series", async () => {
  const store = new FakeStore();
  const requeue = new Requeue(store, kernel, 4);
  const sent = await requeue.first([keptRequest(0), keptRequest(100)]);
  assert.equal(sent.requests, 2);
  const { rows, withUp } = contentOf(store, 4);
  assert.equal(rows.size, 2 * SERIES);
  assert.equal(sent.signals, 2 * SERIES + withUp.size);
  assert.deepEqual([...withUp].sort(), [0, 1, 2, 3]);
});

test("fewer requests are tried where no partition has room, and not where one has its part", async () => {
  const store = new FakeStore();
  const requeue = new Requeue(store, kernel, 4);
  store.refusedPartition = 2;
  const requests = [keptRequest(0), keptRequest(100)];
  await assert.rejects(requeue.first(requests), isStorage);
  assert.equal(store.batches.length, 3);
  const full = new FakeStore();
  let asked = 0;
  const append = full.append.bind(full);
  full.append = (storable) => {
    full.refuses = asked++ < 4;
    return append(storable);
  };
  const { requests: sent } = await new Requeue(full, kernel, 4).first(requests);
  assert.equal(sent, 1);
  assert.equal(contentOf(full, 4).rows.size, SERIES);
});

function isStorage(error: unknown): boolean {
  return error instanceof WalqError && error.code === "STORAGE";
}

function deliveredBatch(form: RequestForm): WalkedBatch {
  const writer = kernel.createWriter();
  writer.addRequest(encodeRequest(form, "v1"), NO_LIMITS);
  const batch = writer.encode();
  const { data } = batch;
  return { name: "delivered/1", batch: { ...readMeta(metaOf(batch)), data } };
}

async function replay(store: FakeStore, window: { fromMs: number; toMs: number }) {
  async function* walk(): AsyncGenerator<WalkedBatch> {
    yield deliveredBatch(formOf(0, 3));
  }
  const sent: number[] = [];
  const steps = new Replay({
    endpoint: "one",
    delivered: { walk } as unknown as DeliveredBatches,
    store,
    partitions: 4,
    kernel,
    logger: new MemoryLogger(),
    decompressZstd: undefined,
    isDryRun: false,
    onSent: (signals) => sent.push(signals),
  }, window);
  await steps.begin();
  while (await steps.step());
  const all = sent.reduce((sum, signals) => sum + signals, 0);
  assert.equal(steps.sum.signals, all);
  assert.equal(steps.sum.batches, store.batches.length);
  return { signals: all, ...contentOf(store, 4) };
}

test("a delivered batch is sent again in the parts of its series, with their metadata", async () => {
  const whole = { fromMs: START_MS, toMs: START_MS + 10_000 };
  const { signals, rows, withUp } = await replay(new FakeStore(), whole);
  assert.equal(rows.size, SERIES);
  const times = [0n, 1000n, 2000n].map((ms) => BigInt(START_MS) + ms);
  for (const got of rows.values()) assert.deepEqual(got, times);
  assert.deepEqual([...withUp].sort(), partitionsOfUp(0, 4));
  assert.equal(signals, SERIES * 3 + withUp.size);
});

test("so is what lies in a window of it", async () => {
  const { rows } = await replay(new FakeStore(), {
    fromMs: START_MS + 1000,
    toMs: START_MS + 2000,
  });
  assert.equal(rows.size, SERIES);
  for (const got of rows.values()) assert.deepEqual(got, [BigInt(START_MS) + 1000n]);
});
