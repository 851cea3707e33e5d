/** Batches in short form: a reader that is handed them makes the requests of one that reads their data. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import type { EncodedBatch, LoadableBatch, ReaderOptions } from "../../src/contracts.ts";
import { assertBytes, drain, holds, kernel, NO_LIMITS, ONE_SHARD, openRequest } from "./support.ts";
import { compareBytes, concat, type Label, label, utf8 } from "./twin/model.ts";
import { message, seriesField } from "./twin/request_write.ts";

const START_MS = 1_700_000_000_000;
/** The bit of a row's word that says that its labels come with it, and no handle: asm/intake/handover.ts. */
const INLINE = 0x80000000;

/** How many batches were taken in short form, and how many of them had rows of each kind. */
const taken = { batches: 0, withNamed: 0, withNameless: 0 };
const Original = WebAssembly.Instance;

/** Stands in for WebAssembly.Instance, and sees whether batches are taken in short form. */
class SeenInstance {
  readonly exports: WebAssembly.Exports;

  constructor(module: WebAssembly.Module) {
    const { exports } = new Original(module);
    const kernelExports = exports as unknown as {
      inputAt(bytes: number): number;
      loadHanded(rows: number, bytes: number): number;
      memory: WebAssembly.Memory;
    };
    const loadHanded = (rows: number, bytes: number): number => {
      const at = kernelExports.inputAt(0);
      const words = [...new Uint32Array(kernelExports.memory.buffer.slice(at, at + rows * 4))];
      const isTaken = kernelExports.loadHanded(rows, bytes);
      if (isTaken === 0) return 0;
      taken.batches++;
      if (words.some((word) => word > INLINE)) taken.withNamed++;
      if (words.includes(INLINE)) taken.withNameless++;
      return isTaken;
    };
    this.exports = { ...exports, loadHanded };
  }
}

before(() => {
  Object.defineProperty(WebAssembly, "Instance", { value: SeenInstance, configurable: true });
});

after(() => {
  Object.defineProperty(WebAssembly, "Instance", { value: Original, configurable: true });
});

/** Values that share starts and ends, are one another's, or have other lengths. */
const value: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("a", "b", "idle", "iowait", "host-1:9100", "host-22:9100"),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 300 }), fc.nat(3), fc.nat(3)).map(
      ([length, start, end]) => `${start}${"x".repeat(length)}${end}`,
    ),
  },
  { weight: 3, arbitrary: fc.nat(99_999).map((n) => `id-${n}`) },
  { weight: 1, arbitrary: fc.constant("z".repeat(5000)) },
);
const names = ["a", "bb", "cpu", "instance", "job", "mode", "a_name_that_is_longer_than_others"];

const labels: fc.Arbitrary<Label[]> = fc.tuple(
  fc.constantFrom("up", "node_cpu_seconds_total", "m"),
  fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6, noNullPrototype: true }),
).map(([metric, rest]) =>
  [label("__name__", metric), ...Object.entries(rest).map(([name, text]) => label(name, text))]
    .sort((a, b) => compareBytes(a.name, b.name))
);

function mostly<T>(value: T): T[] {
  return [value, value, value, value];
}

/** One batch: which series come, in which order, when, and what with. */
const round = fc.record({
  /** Series by their places among all; none is all of them in order. */
  places: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.array(fc.nat(999), { minLength: 1, maxLength: 40 }) },
  ),
  bits: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 1, maxLength: 5 }),
  stepMs: fc.constantFrom(0, 1, 15_000, -400_000, 10_000_000),
  extra: fc.constantFrom("metadata", ...mostly("nothing"), ...mostly("a new series")),
  cutoffMs: fc.constantFrom(-Infinity, -Infinity, START_MS + 30_000),
  shards: fc.constantFrom(undefined, undefined, undefined, 1, 3),
});
type Round = typeof round extends fc.Arbitrary<infer T> ? T : never;

interface Setup {
  readonly series: Label[][];
  readonly rounds: Round[];
  readonly options: Partial<ReaderOptions>;
  readonly keptBytesMax: number;
}

const setup: fc.Arbitrary<Setup> = fc.record({
  series: fc.array(labels, { minLength: 1, maxLength: 30, size: "max" }),
  rounds: fc.array(round, { minLength: 4, maxLength: 20, size: "max" }),
  options: fc.record({
    shards: fc.constantFrom(1, 3),
    requestSignalsMax: fc.constantFrom(1, 7, 1000),
    externalLabels: fc.constantFrom({}, { cluster: "eu", zz: "last", a: "theirs" }),
    handedBytesMax: fc.constantFrom(0, ...mostly(256 * 1024), ...mostly(16 * 1024 * 1024)),
  }),
  keptBytesMax: fc.constantFrom(0, 16_384, ...mostly(16 * 1024 * 1024)),
});

/** A request with a sample of each series, and what comes with them. */
function requestOf({ series }: Setup, one: Round, number: number, timeMs: number): Uint8Array {
  const places = one.places ?? series.map((_, place) => place);
  const chosen = places.map((place) => series[place % series.length]!);
  // It comes in two batches, if both have one: it is kept since the second.
  if (one.extra === "a new series") chosen.push([label("__name__", `new_${number >> 1}`)]);
  const fields: Uint8Array[] = chosen.map((own, at) =>
    seriesField(own, [{
      bits: BigInt.asUintN(64, one.bits[at % one.bits.length]! + BigInt(at % 3)),
      timestampMs: BigInt(timeMs),
    }])
  );
  if (one.extra === "metadata") fields.push(message(3, message(2, utf8("up"))));
  return concat(fields);
}

function withoutHanded({ handed: _, ...rest }: EncodedBatch): LoadableBatch {
  return rest;
}

/** Runs both readers on the same batches. */
function compareReaders(of: Setup): void {
  const writer = kernel.createWriter({ keptBytesMax: of.keptBytesMax });
  const options = { ...ONE_SHARD, ...of.options };
  const handed = kernel.createReader(options);
  const reading = kernel.createReader({ ...options, handedBytesMax: 0 });
  let shards = options.shards;
  let timeMs = START_MS;
  for (const [number, one] of of.rounds.entries()) {
    timeMs += one.stepMs;
    writer.addRequest(requestOf(of, one, number, timeMs), NO_LIMITS);
    if (writer.signals === 0) continue;
    const batch = writer.encode();
    const { signals, counted, uncompressedBytes } = handed.load(batch);
    assert.deepEqual(
      { signals, counted, uncompressedBytes },
      reading.load(withoutHanded(batch)),
    );
    compareRequests(drain(handed, one.cutoffMs), drain(reading, one.cutoffMs));
    if (one.shards === undefined) continue;
    // A shard's request goes on from batch to batch, until here.
    for (let shard = 0; shard < shards; shard++) {
      assert.equal(handed.openSignals(shard), reading.openSignals(shard));
      if (handed.openSignals(shard) === 0) continue;
      const bodies = [handed, reading].map((reader) => reader.take(shard));
      assertBytes(openRequest(bodies[0]!), openRequest(bodies[1]!), "a request that was open");
    }
    shards = one.shards;
    for (const reader of [handed, reading]) reader.reshard(shards);
  }
}

type Drained = ReturnType<typeof drain>;

function compareRequests(got: Drained, wanted: Drained): void {
  assert.equal(got.requests.length, wanted.requests.length);
  for (const [at, { shard, body }] of got.requests.entries()) {
    const other = wanted.requests[at]!;
    assert.equal(shard, other.shard);
    assertBytes(openRequest(body), openRequest(other.body), `request ${at}`);
    const { bytes: _, number: __, ...counts } = body;
    const { bytes: ___, number: ____, ...otherCounts } = other.body;
    assert.deepEqual(counts, otherCounts);
  }
  assert.equal(got.expired, wanted.expired);
  assert.equal(got.unsupported, wanted.unsupported);
}

test("a reader that is handed batches in short form makes the requests of one that reads them", () => {
  holds(fc.property(setup, compareReaders), 5);
  assert.ok(taken.batches > 50, "batches were taken in short form");
  assert.ok(taken.withNamed > 0, "some of them had series that were new");
  assert.ok(taken.withNameless > 0, "some of them had series that the writer did not keep");
});
