/** What a reader remembers from batch to batch, and what it must not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BatchReader, EncodedBatch, ReaderOptions, RequestBody } from "../../src/contracts.ts";
import { decodeRequest, encodeRequest, type Version } from "../support/remote_write.ts";
import type { MetadataForm, RequestForm, SeriesForm, Signal } from "../support/signals.ts";
import { kernel, NO_LIMITS, ONE_SHARD, openRequest } from "./support.ts";

const V2: ReaderOptions = {
  ...ONE_SHARD,
  message: "io.prometheus.write.v2.Request",
  metadataCacheSize: 100,
};
const TIME_MS = 1_700_000_000_000;

const at = (ms: number): Signal => ({
  kind: "sample",
  timestampMs: BigInt(ms),
  startMs: 0n,
  bits: 0n,
});
const about = (family: string, help = "help"): MetadataForm => ({
  family,
  type: 1,
  help,
  unit: "",
});
const series = (name: string, ms: number): SeriesForm => ({
  labels: [["__name__", name]],
  signals: [at(ms)],
});

function batchOf(request: Partial<RequestForm>): EncodedBatch {
  const writer = kernel.createWriter();
  const whole = { series: [], metadata: [], ...request };
  writer.addRequest(encodeRequest(whole, "v1"), NO_LIMITS);
  return writer.encode();
}

/** Sends a batch alone. */
function send(reader: BatchReader, batch: EncodedBatch): { known: number; body: RequestBody } {
  reader.load(batch);
  const { known } = reader.route(-Infinity);
  return { known, body: reader.take(0) };
}

function metadataIn(body: RequestBody, version: Version = "v2"): (string | undefined)[] {
  return decodeRequest(openRequest(body), version).series.map(({ metadata }) => metadata?.help);
}

test("a batch that is discarded leaves nothing in open requests, in both protocols", () => {
  const undated: Signal = { kind: "exemplar", timestampMs: 0n, bits: 0n, exemplarLabels: [] };
  const batch = batchOf({
    series: [{ labels: [["__name__", "up"]], signals: [at(TIME_MS), undated] }],
    metadata: [about("up", "of the discarded batch")],
  });
  for (const options of [ONE_SHARD, V2]) {
    const reader = kernel.createReader(options);
    assert.equal(reader.load(batch).signals, 3);
    reader.discard();
    assert.equal(reader.openSignals(0), 0);
    reader.load(batchOf({ series: [series("up", TIME_MS)] }));
    const { dropped, expired, fullShard } = reader.route(-Infinity);
    assert.deepEqual([expired, fullShard, ...Object.values(dropped)], [0, -1, 0, 0, 0, 0, 0, 0, 0]);
    const body = reader.take(0);
    assert.equal(body.signals, 1);
    // Nor does it teach what its families are.
    if (options === V2) assert.deepEqual(metadataIn(body), [undefined]);
  }
});

test("an answer to a request of an instance that is gone says nothing about a later one", () => {
  const Original = WebAssembly.Instance;
  let trapping = false;
  class Trapping {
    readonly exports: WebAssembly.Exports;
    constructor(module: WebAssembly.Module) {
      const { exports } = new Original(module);
      this.exports = new Proxy({ ...exports }, {
        get(target, name) {
          if (name !== "route" || !trapping) return Reflect.get(target, name);
          return () => {
            throw new WebAssembly.RuntimeError("unreachable");
          };
        },
      });
    }
  }
  Object.defineProperty(WebAssembly, "Instance", { value: Trapping, configurable: true });
  try {
    const reader = kernel.createReader({ ...ONE_SHARD, metadataCacheSize: 100 });
    const first = send(reader, batchOf({ metadata: [about("a")] })).body;
    trapping = true;
    reader.load(batchOf({ metadata: [about("b")] }));
    assert.throws(() => reader.route(-Infinity), /trapped/);
    trapping = false;
    const second = send(reader, batchOf({ metadata: [about("b")] })).body;
    assert.notEqual(second.number, first.number);
    reader.settled(first, true);
    // Nobody has answered for it yet.
    const third = send(reader, batchOf({ metadata: [about("b")] }));
    assert.equal(third.known, 0);
    reader.settled(third.body, true);
    reader.load(batchOf({ metadata: [about("b")] }));
    assert.equal(reader.route(-Infinity).known, 1);
  } finally {
    Object.defineProperty(WebAssembly, "Instance", { value: Original, configurable: true });
  }
});

test("metadata that was dropped with its old series is sent again", () => {
  const reader = kernel.createReader(V2);
  const batch = batchOf({
    series: [series("old", TIME_MS), series("new", TIME_MS + 1000)],
    metadata: [about("old"), about("new")],
  });
  const { body } = send(reader, batch);
  assert.deepEqual(metadataIn(body), ["help", "help"]);
  const { body: left, kept } = reader.select(body, { cutoffMs: TIME_MS + 1 });
  assert.deepEqual([...kept], [0, 0, 1, 1]);
  assert.deepEqual(metadataIn(left!), ["help"]);
  reader.settled(left!, true);
  const again = send(reader, batchOf({ series: [series("old", TIME_MS + 2000)] }));
  assert.deepEqual(metadataIn(again.body), ["help"]);
});
