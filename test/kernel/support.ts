/** What the tests of the kernel share. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import process from "node:process";
import fc from "fast-check";
import type {
  AddOptions,
  BatchReader,
  EncodedBatch,
  Kernel,
  LoadableBatch,
  ReaderOptions,
  RequestBody,
  WriterRules,
} from "../../src/contracts.ts";
import { WalqError, type WalqErrorCode } from "../../src/errors.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { uncompress } from "../support/hysnappy.ts";
import { firstSeedHere } from "../support/own_seeds.ts";

export { compress as snappyCompress } from "../support/hysnappy.ts";

export const kernel: Kernel = await loadKernel();

export const BYTES_MAX: number = 64 * 1024 * 1024;

/** Cases a property on each runtime; WALQ_FUZZ_CASES sets another number for a long run. */
const CASES = Number(process.env["WALQ_FUZZ_CASES"] ?? "30");
/**
 * Printed by fast-check with the counterexample when a property fails. Another one on
 * each runtime: the kernel is the same, so each tries cases that the others do not.
 */
const SEED = Number(process.env["WALQ_FUZZ_SEED"] ?? 20261121 + firstSeedHere(1));

/** Runs a property, `share` times as often as the default. */
export function holds<Ts>(property: fc.IProperty<Ts>, share: number = 1): void {
  fc.assert(property, {
    seed: SEED,
    numRuns: Math.max(1, Math.round(CASES * share)),
    includeErrorInReport: true,
  });
}

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(`test/fixtures/${name}`));
}

/** Alloy's format, of which the twin is. */
export const ALLOY_RULES: WriterRules = {
  format: "alloy.metrics.queue.v1",
  names: "utf8",
  labelLimit: 0,
  labelNameLengthLimit: 0,
  labelValueLengthLimit: 0,
};

export const NO_LIMITS: AddOptions = {
  message: "prometheus.WriteRequest",
  compression: "none",
  uncompressedBytesMax: BYTES_MAX,
  cutoffMs: -Infinity,
  latestMs: Infinity,
};

export const ALL_KINDS = { histograms: true, exemplars: true, metadata: true } as const;

export const ONE_SHARD: ReaderOptions = {
  shards: 1,
  requestSignalsMax: 1_000_000,
  externalLabels: {},
  uncompressedBytesMax: BYTES_MAX,
  message: "prometheus.WriteRequest",
  sends: ALL_KINDS,
  metadataCacheSize: 0,
};

/** An uncompressed Alloy v1 file as a store would give it. */
export function alloyFile(data: Uint8Array, compression = "none"): LoadableBatch {
  return { format: "alloy.metrics.queue.v1", compression, data, checksum: undefined };
}

export function fileOf(batch: EncodedBatch): Uint8Array {
  return uncompress(batch.data);
}

export function openRequest(body: RequestBody): Uint8Array {
  return uncompress(body.bytes);
}

export function assertBytes(got: Uint8Array, wanted: Uint8Array, what: string): void {
  // assert.deepEqual is slow for arrays and prints them whole.
  if (Buffer.compare(got, wanted) === 0) return;
  const at = got.findIndex((byte, i) => byte !== wanted[i]);
  assert.fail(`${what}: ${got.length} and ${wanted.length} bytes differ from byte ${at} on`);
}

export function assertCode(act: () => unknown, code: WalqErrorCode, pattern: RegExp = /./): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof WalqError, `threw ${error}`);
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    return true;
  });
}

export interface Drained {
  /** In the order in which they were taken. */
  readonly requests: { readonly shard: number; readonly body: RequestBody }[];
  readonly expired: number;
  readonly unsupported: number;
  readonly droppedSeries: number;
  readonly tooLarge: number;
}

/** Routes the batch at hand to its end, and takes each request that is full. */
export function drain(reader: BatchReader, cutoffMs: number = -Infinity): Drained {
  const requests: { shard: number; body: RequestBody }[] = [];
  let expired = 0;
  let unsupported = 0;
  let droppedSeries = 0;
  let tooLarge = 0;
  while (true) {
    const routed = reader.route(cutoffMs);
    expired += routed.expired;
    unsupported += routed.dropped.unsupported;
    droppedSeries += routed.dropped.dropped_series;
    tooLarge += routed.dropped.relabeled_too_large;
    if (routed.fullShard < 0) {
      return { requests, expired, unsupported, droppedSeries, tooLarge };
    }
    requests.push({ shard: routed.fullShard, body: reader.take(routed.fullShard) });
  }
}

/** Both halves of a request, which share its signals out; undefined when it has none. */
export function halvesOf(
  reader: BatchReader,
  body: RequestBody,
): readonly [RequestBody, RequestBody] | undefined {
  const first = reader.select(body, { half: "first" });
  const second = reader.select(body, { half: "second" });
  if (first.body === undefined || second.body === undefined) {
    assert.deepEqual([first.body, second.body], [undefined, undefined]);
    return undefined;
  }
  const { signals } = first.body;
  assert.deepEqual([...first.kept], Array.from(first.kept, (_, at) => at < signals ? 1 : 0));
  assert.deepEqual([...second.kept], Array.from(first.kept, (one) => 1 - one));
  return [first.body, second.body];
}
