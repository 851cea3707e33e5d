/** Requests are written as copies of rows before: what they hold against the twin, by hysnappy and by select. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import type { BatchReader, ReaderOptions, RequestBody } from "../../src/contracts.ts";
import {
  ALL_KINDS,
  alloyFile,
  assertBytes,
  BYTES_MAX,
  drain,
  holds,
  kernel,
  ONE_SHARD,
  openRequest,
  snappyCompress,
} from "./support.ts";
import { encodeRows } from "./twin/alloy_v1.ts";
import { encodeVariant } from "./twin/alloy_v1_variants.ts";
import { hashOf, normalise } from "./twin/labels.ts";
import { type Label, label, type Row, utf8 } from "./twin/model.ts";
import { TwinReader } from "./twin/reader.ts";
import { writeRows } from "./twin/request_write.ts";

let isTrapping = false;
const Original = WebAssembly.Instance;

/** Stands in for WebAssembly.Instance: a load traps on demand, and the open requests have to move. */
class TrappingInstance {
  readonly exports: WebAssembly.Exports;

  constructor(module: WebAssembly.Module) {
    this.exports = new Proxy({ ...new Original(module).exports }, {
      get(target, name) {
        if (name !== "loadBatch" || !isTrapping) return Reflect.get(target, name);
        return () => {
          isTrapping = false;
          throw new WebAssembly.RuntimeError("unreachable");
        };
      },
    });
  }
}

before(() => {
  Object.defineProperty(WebAssembly, "Instance", { value: TrappingInstance, configurable: true });
});

after(() => {
  Object.defineProperty(WebAssembly, "Instance", { value: Original, configurable: true });
});

function move(reader: BatchReader): void {
  isTrapping = true;
  assert.throws(() => reader.load(alloyFile(encodeRows([]))), /^Error: BUG: the kernel trapped/);
}

/** Values that are the same, share a start or an end, or have other lengths, around every limit of the format. */
const lengths = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 20 }) },
  { weight: 4, arbitrary: fc.integer({ min: 40, max: 140 }) },
  { weight: 2, arbitrary: fc.integer({ min: 230, max: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom(16_300, 16_384, 65_500, 65_536, 70_000) },
);
const value: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.constantFrom("a", "b", "idle", "iowait", "host-1:9100", "host-2:9100"),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(lengths, fc.nat(3), fc.nat(3), fc.constantFrom("x", "y")).map(
      ([length, start, end, fill]) => `${start}${fill.repeat(length)}${end}`,
    ),
  },
  { weight: 2, arbitrary: fc.nat(99_999).map((n) => `id-${n}`) },
  { weight: 2, arbitrary: fc.nat(999).map((n) => `/api/v1/items/${n}/edit`) },
);

const nameSets = [
  ["__name__"],
  ["__name__", "job"],
  ["__name__", "instance", "job", "mode"],
  ["__name__", "a", "instance", "job", "zone"],
  ["__name__", "__replica__", "a", "job"],
  [
    "__name__",
    "a_name_that_is_longer_than_all_the_others",
    "b",
    "c",
    "d",
    "e",
    "f",
    "g",
    "h",
    "i",
    "z",
  ],
  [],
];

const timestampMs = fc.oneof(
  { weight: 12, arbitrary: fc.constant(1_700_000_000_000n) },
  { weight: 3, arbitrary: fc.bigInt({ min: 1_700_000_000_000n, max: 1_700_000_900_000n }) },
  { weight: 2, arbitrary: fc.constantFrom(1n, 127n, 128n, 300n, 20_000n, 1n << 40n, 1n << 62n) },
);
const bits = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0n, 0x3ff0_0000_0000_0000n, 1n << 63n) },
  { weight: 4, arbitrary: fc.nat(50_000).map((n) => BigInt(n) << 36n | 0x40n << 56n) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) },
);

/** A row by what it changes in the row before. */
interface Step {
  readonly names: readonly string[] | undefined;
  readonly changes: readonly (readonly [number, string])[];
  readonly sample: { bits: bigint; timestampMs: bigint };
  readonly hash: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  names: fc.option(fc.constantFrom(...nameSets), { freq: 4, nil: undefined }),
  changes: fc.array(fc.tuple(fc.nat(12), value), { maxLength: 4 }),
  sample: fc.record({ bits, timestampMs }),
  hash: fc.nat(9),
});

function rowsOf(steps: readonly Step[]): Row[] {
  let names: readonly string[] = nameSets[2]!;
  const values = Array.from({ length: 13 }, () => "start");
  return steps.map((each) => {
    names = each.names ?? names;
    for (const [which, text] of each.changes) values[which] = text;
    const labels = names.map((name, i) => label(name, values[i]!));
    return { labels, sample: each.sample, hash: each.hash === 0 ? 0n : BigInt(each.hash) };
  });
}

/** What a request holds, by hysnappy and by the kernel's own way of opening it. */
function check(reader: BatchReader, body: RequestBody, rows: readonly Row[]): void {
  const wanted = writeRows(rows);
  assert.equal(body.uncompressedBytes, wanted.length);
  assertBytes(openRequest(body), wanted, `a request of ${rows.length} rows`);
  assert.ok(body.bytes.length <= wanted.length + wanted.length / 8 + 64, "no blow-up");
  const cutoffMs = 1_700_000_000_001;
  if (body.oldestMs >= cutoffMs || body.newestMs < cutoffMs) return;
  const fresh = rows.filter(({ sample }) => sample.timestampMs >= cutoffMs);
  const expired = reader.select(body, { cutoffMs });
  assert.equal(expired.body!.signals, fresh.length);
  assertBytes(openRequest(expired.body!), writeRows(fresh), "what is kept of a request");
}

/** Sends batches through a reader and the twin, and moves the open requests after some of them. */
function compare(
  options: ReaderOptions,
  batches: readonly (readonly Row[])[],
  moves: () => number,
): void {
  const reader = kernel.createReader(options);
  const twin = new TwinReader(options);
  for (const rows of batches) {
    const how = moves() % 6;
    const file = how === 1 ? encodeVariant(rows, (count) => moves() % count) : encodeRows(rows);
    reader.load(how === 2 ? alloyFile(snappyCompress(file), "snappy") : alloyFile(file));
    const sealed = twin.sealed.length;
    twin.route(rows, -Infinity);
    const { requests } = drain(reader);
    const wanted = twin.sealed.slice(sealed);
    assert.deepEqual(requests.map(({ shard }) => shard), wanted.map(({ shard }) => shard));
    requests.forEach(({ body }, i) => check(reader, body, wanted[i]!.rows));
    if (how === 0) move(reader);
  }
  for (let shard = 0; shard < options.shards; shard++) {
    const rows = twin.open[shard]!;
    assert.equal(reader.openSignals(shard), rows.length);
    if (rows.length > 0) check(reader, reader.take(shard), rows);
  }
}

const options: fc.Arbitrary<ReaderOptions> = fc.record({
  shards: fc.constantFrom(1, 1, 2, 3, 8),
  requestSignalsMax: fc.constantFrom(2, 7, 50, 1000),
  externalLabels: fc.constantFrom<Record<string, string>>(
    {},
    { cluster: "eu", job: "external" },
    { a: "outer", region: "x".repeat(150) },
  ),
  uncompressedBytesMax: fc.constant(BYTES_MAX),
  message: fc.constant("prometheus.WriteRequest" as const),
  sends: fc.constant(ALL_KINDS),
  metadataCacheSize: fc.constant(0),
});

test("rows that change a little from one to the next, over batches, shards and moves", () => {
  holds(
    fc.property(
      options,
      fc.array(fc.array(step, { maxLength: 30 }), { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.nat(1000)),
      (chosen, batches, choices) =>
        compare(chosen, batches.map(rowsOf), () => choices.next().value!),
    ),
    5,
  );
});

test("thousands of rows: what is remembered runs full and reaches too far back", () => {
  let state = 7;
  const next = (count: number) =>
    (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) % count;
  for (const shards of [1, 3, 64]) {
    const batches = Array.from({ length: 3 }, () =>
      Array.from({ length: 4000 }, (_, i): Row => {
        const labels: Label[] = [
          label("__name__", `metric_${next(9)}`),
          label("id", String(next(100_000))),
          label("instance", `host-${i >> 6}:9100`),
          ...(i % 5 === 0 ? [label("le", "+Inf")] : []),
          label("mode", ["idle", "system", "x".repeat(next(300) + 1)][next(3)]!),
        ];
        const sample = { bits: BigInt(next(1000)) << 40n, timestampMs: 1_700_000_000_000n };
        return { labels, sample, hash: hashOf(labels) };
      }));
    compare({ ...ONE_SHARD, shards, requestSignalsMax: 1500 }, batches, () => 3);
  }
});

test("rows further apart than a copy reaches, and rows of every size around it", () => {
  const rows: Row[] = [];
  for (const bytes of [65_000, 65_300, 65_480, 65_500, 65_535, 65_600, 131_072, 10, 65_400, 200]) {
    for (const n of [1, 2]) {
      const labels = [
        label("__name__", "up"),
        label("big", "v".repeat(bytes) + n),
        label("z", "end"),
      ];
      rows.push({ labels, sample: { bits: BigInt(n), timestampMs: BigInt(n) }, hash: 1n });
    }
  }
  compare(ONE_SHARD, [rows, rows.toReversed()], () => 0);
});

test("small batches are packed as well as large ones", () => {
  const reader = kernel.createReader(ONE_SHARD);
  const all: Row[] = [];
  for (let batch = 0; batch < 300; batch++) {
    const labels = normalise([
      label("__name__", "node_cpu_seconds_total"),
      label("cluster", "edge-eu-central-1"),
      label("instance", `host-${batch % 20}.example.com:9100`),
      label("job", "node"),
      { name: utf8("mode"), value: utf8("idle") },
    ]);
    const row = { labels, sample: { bits: 0n, timestampMs: 1_700_000_000_000n }, hash: 1n };
    all.push(row);
    reader.load(alloyFile(encodeRows([row])));
    drain(reader);
  }
  const body = reader.take(0);
  check(reader, body, all);
  assert.ok(body.bytes.length < body.uncompressedBytes / 5);
});
