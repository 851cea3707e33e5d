/** What a change of the number of shards does to the reader: in the midst of a batch, too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BatchReader, ReaderOptions, RequestBody } from "../../src/contracts.ts";
import { KernelInstance } from "../../src/kernel/instance.ts";
import { replaced } from "../simulation/replaced.ts";
import { decodeRequest, encodeRequest, type Version } from "../support/remote_write.ts";
import type { SeriesForm, Signal } from "../support/signals.ts";
import { holds, kernel, NO_LIMITS, ONE_SHARD, openRequest } from "./support.ts";
import { shardOf } from "./twin/labels.ts";
import { label } from "./twin/model.ts";

const TIME_MS = 1_700_000_000_000;
const VERSIONS: readonly (readonly [Version, ReaderOptions])[] = [
  ["v1", ONE_SHARD],
  ["v2", { ...ONE_SHARD, message: "io.prometheus.write.v2.Request" }],
];

const at = (ms: number): Signal => ({
  kind: "sample",
  timestampMs: BigInt(TIME_MS + ms),
  startMs: 0n,
  bits: 0n,
});

/** So many series, each with as many samples: the oldest of all of them first. */
function load(reader: BatchReader, series: number, samples: number): void {
  const writer = kernel.createWriter();
  const rows = Array.from({ length: series * samples }, (_, row): SeriesForm => ({
    labels: [["__name__", `s${row % series}`]],
    signals: [at(Math.floor(row / series))],
  }));
  writer.addRequest(encodeRequest({ series: rows, metadata: [] }, "v1"), NO_LIMITS);
  reader.load(writer.encode());
}

/** Sees what leaves, and holds it against the twin's hash. */
class Sent {
  readonly #version: Version;
  /** The timestamps of each series, in the order in which they left. */
  readonly series = new Map<string, number[]>();

  constructor(version: Version) {
    this.#version = version;
  }

  add(body: RequestBody, shard: number, shards: number): void {
    for (const { labels, signals } of decodeRequest(openRequest(body), this.#version).series) {
      const [[, name]] = labels as [[string, string]];
      assert.equal(shard, shardOf([label("__name__", name)], shards), `${name} of ${shards}`);
      const times = this.series.get(name) ?? [];
      this.series.set(name, times);
      times.push(...signals.map(({ timestampMs }) => Number(timestampMs) - TIME_MS));
    }
  }
}

test("a series goes by the shard of its hash and in order, whenever the number of shards changes", () => {
  for (const [version, options] of VERSIONS) {
    const reader = kernel.createReader({ ...options, requestSignalsMax: 5 });
    let shards = 1;
    holds(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.constantFrom(0, 0, 1, 2, 3, 7, 64, 256), { minLength: 1 }),
        (series, samples, changes) => {
          const sent = new Sent(version);
          const takeAll = (): void => {
            for (let shard = 0; shard < shards; shard++) {
              if (reader.openSignals(shard) > 0) sent.add(reader.take(shard), shard, shards);
            }
          };
          load(reader, series, samples);
          for (let turn = 0;; turn++) {
            const { fullShard } = reader.route(-Infinity);
            if (fullShard >= 0) sent.add(reader.take(fullShard), fullShard, shards);
            const next = changes[turn % changes.length]!;
            if (next > 0) {
              takeAll();
              reader.reshard(next);
              shards = next;
            }
            if (fullShard < 0) break;
          }
          takeAll();
          const wanted = Array.from({ length: samples }, (_, ms) => ms);
          assert.equal(sent.series.size, series);
          for (const times of sent.series.values()) assert.deepEqual(times, wanted);
        },
      ),
    );
  }
});

test("shards that come and go take no more memory each time", () => {
  const seen: number[] = [];
  const repair = replaced(
    KernelInstance.prototype,
    "putInput",
    (putInput) =>
      function (this: KernelInstance, bytes: Uint8Array): void {
        putInput.call(this, bytes);
        seen.push(this.memoryBytes);
      },
  );
  try {
    for (const [, options] of VERSIONS) {
      const reader = kernel.createReader({ ...options, shards: 1 });
      seen.length = 0;
      for (let round = 0; round < 60; round++) {
        reader.reshard(256);
        load(reader, 3000, 1);
        reader.route(-Infinity);
        for (let shard = 0; shard < 256; shard++) {
          if (reader.openSignals(shard) > 0) reader.take(shard);
        }
        reader.reshard(1 + round % 3);
      }
      const half = seen.length / 2;
      assert.equal(Math.max(...seen), Math.max(...seen.slice(0, half)), String(seen));
    }
  } finally {
    repair();
  }
});

test("a request that is open when the number changes is a bug", () => {
  const reader = kernel.createReader({ ...ONE_SHARD, shards: 2 });
  load(reader, 1, 1);
  reader.route(-Infinity);
  assert.throws(() => reader.reshard(3), /^Error: BUG: reshard with a request open in shard /);
  assert.throws(() => reader.reshard(0), /^Error: BUG: 0 shards/);
});

test("an instance that takes the place of another has as many shards", () => {
  const reader = kernel.createReader({ ...ONE_SHARD, shards: 2, memoryBytesMax: 1 });
  reader.reshard(5);
  for (let batch = 0; batch < 3; batch++) {
    load(reader, 40, 1);
    assert.equal(reader.route(-Infinity).fullShard, -1);
  }
  const open = [0, 1, 2, 3, 4].map((shard) => reader.openSignals(shard));
  assert.equal(open.reduce((sum, signals) => sum + signals, 0), 120);
  assert.ok(open.every((signals) => signals > 0), String(open));
});
