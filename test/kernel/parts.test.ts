/** A batch in parts: every row in the part of its series, and what is said of families with it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BatchPart, BatchWriter, EncodedBatch } from "../../src/contracts.ts";
import { content } from "../roundtrip/arbitraries.ts";
import { decodeRequest, encodeRequest } from "../support/remote_write.ts";
import type { LabelPairs, MetadataForm, RequestForm, SeriesForm } from "../support/signals.ts";
import {
  ALL_KINDS,
  ALLOY_RULES,
  assertBytes,
  BYTES_MAX,
  drain,
  fileOf,
  holds,
  kernel,
  NO_LIMITS,
  ONE_SHARD,
  openRequest,
} from "./support.ts";
import { hashOf } from "./twin/labels.ts";
import { concat, label } from "./twin/model.ts";
import { partitionOf, partsOf, saidOfRows } from "./twin/parts.ts";
import { seriesField } from "./twin/request_write.ts";
import { type FileContent, readWalqV1 } from "./twin/walq_v1.ts";

const V2 = "io.prometheus.write.v2.Request";
const MESSAGES = { v1: "prometheus.WriteRequest", v2: V2, appended: "appended" } as const;

/** Many or few, and numbers that share no factor with others. */
const partitions: fc.Arbitrary<number> = fc.constantFrom(2, 3, 8, 32, 100, 255, 256);

/** Names with suffixes of several types, so that families are found and disputed. */
const entry: fc.Arbitrary<MetadataForm> = fc.record({
  family: fc.constantFrom("up", "requests", "latency_seconds", "other", "requests_total", "alone"),
  type: fc.nat(7),
  help: fc.constantFrom("", "What it is.", "What else it is."),
  unit: fc.constantFrom("", "seconds"),
});

interface Sent {
  readonly version: keyof typeof MESSAGES;
  readonly form: RequestForm;
}

const request: fc.Arbitrary<Sent> = fc.record({
  version: fc.constantFrom("v1", "v2", "appended"),
  content,
  entries: fc.array(entry, { maxLength: 3 }),
  own: fc.array(entry, { minLength: 1, maxLength: 3 }),
}).map(({ version, content: { series }, entries, own }) => {
  const withOwn = series.map((one, i) => ({ ...one, metadata: own[i % own.length]! }));
  return {
    version,
    form: version === "v2" ? { series: withOwn, metadata: [] } : { series, metadata: entries },
  };
});

function add(writer: BatchWriter, { version, form }: Sent): void {
  writer.addRequest(encodeRequest(form, version), { ...NO_LIMITS, message: MESSAGES[version] });
}

const whole = kernel.createWriter();
const parted = kernel.createWriter();

test("a batch in parts is what its twin says, whatever is in it", () => {
  holds(
    fc.property(fc.array(request, { maxLength: 6 }), partitions, (requests, count) => {
      for (const one of requests) {
        add(whole, one);
        add(parted, one);
      }
      if (whole.signals === 0) return;
      const batch = whole.encode();
      checkParts(parted.encodeParts(count), batch, count);
      assert.equal(parted.signals, 0);
      assert.equal(parted.heldBytes, 0);
    }),
    2,
  );
});

function checkParts(parts: readonly BatchPart[], batch: EncodedBatch, count: number): void {
  const wanted = partsOf(readWalqV1(fileOf(batch)), count);
  assert.deepEqual(parts.map(({ partition }) => partition), [...wanted.keys()]);
  for (const { partition, batch: part } of parts) {
    const got = readWalqV1(fileOf(part));
    const { rows, metadata, said } = wanted.get(partition)!;
    assert.deepEqual(got.rows, rows);
    assert.deepEqual(got.metadata, metadata);
    assert.deepEqual(saidOfRows(got), said);
    checkSwitches(got);
    checkHead(part, got);
    checkRead(part, got);
  }
}

/** Each leads to what did not count before, and comes in order. */
function checkSwitches({ rows, metadata, switches }: FileContent): void {
  const counts = new Map<string, number>();
  metadata.forEach(({ family }, entry) => {
    if (!counts.has(family)) counts.set(family, entry);
  });
  let last = 0;
  for (const { row, entry } of switches) {
    assert.ok(row >= last && row <= rows.length);
    last = row;
    const { family } = metadata[entry]!;
    assert.notEqual(counts.get(family), entry);
    counts.set(family, entry);
  }
}

function checkHead(part: EncodedBatch, { rows, metadata }: FileContent): void {
  assert.equal(part.format, "walq.metrics.v1");
  assert.equal(part.series, rows.length);
  assert.equal(part.metadata, metadata.length);
  assert.equal(part.kinds.metadata, metadata.length);
  assert.equal(part.kinds.samples, rows.filter(({ kind }) => kind === "sample").length);
  assert.equal(part.kinds.exemplars, rows.filter(({ kind }) => kind === "exemplar").length);
  assert.equal(part.handed, undefined);
  assert.equal(part.checksum, kernel.checksumOf(part.data));
  if (rows.length === 0) return;
  const times = rows.map(({ timestampMs }) => Number(timestampMs));
  assert.equal(part.oldestMs, Math.min(...times));
  assert.equal(part.newestMs, Math.max(...times));
}

const viewer = kernel.createViewer({ uncompressedBytesMax: BYTES_MAX });

/** The kernel's reader finds in a part what the twin of its format does. */
function checkRead(part: EncodedBatch, { rows, metadata, switches }: FileContent): void {
  const { loaded, view } = viewer.view(part);
  assert.equal(loaded.signals, rows.length + metadata.length);
  assert.equal(view.rows, rows.length);
  for (const [row, { kind, labels, timestampMs }] of rows.entries()) {
    assert.equal(view.kindOf(row), kind.replace("custom_", ""));
    assert.deepEqual(view.labelsOf(row), labels);
    assert.equal(view.timestampMsOf(row), Number(timestampMs));
  }
  assert.deepEqual(view.metadata.map(({ family }) => family), metadata.map(({ family }) => family));
  assert.deepEqual(view.switches, switches);
}

/** What series are sent with by 2.0, by all of their labels but for the name. */
function sentWith(batches: readonly EncodedBatch[]): Map<string, string> {
  const all = new Map<string, string>();
  for (const batch of batches) {
    const reader = kernel.createReader({ ...ONE_SHARD, message: V2, sends: ALL_KINDS });
    reader.load(batch);
    assert.equal(reader.route(-Infinity).fullShard, -1);
    if (reader.openSignals(0) === 0) continue;
    for (const { labels, metadata } of decodeRequest(openRequest(reader.take(0)), "v2").series) {
      all.set(String(labels), JSON.stringify(metadata));
    }
  }
  return all;
}

test("each series is sent with what it is sent with where the batch is whole", () => {
  const numbered = fc.record({
    version: fc.constantFrom("v2", "appended"),
    series: fc.array(fc.constantFrom("up", "requests_total", "requests", "latency_seconds_sum"), {
      minLength: 1,
      maxLength: 4,
    }),
    entries: fc.array(entry, { minLength: 1, maxLength: 3 }),
  });
  holds(
    fc.property(fc.array(numbered, { minLength: 1, maxLength: 8 }), partitions, (all, count) => {
      let number = 0;
      for (const { version, series, entries } of all) {
        const forms = series.map((name, i): SeriesForm => ({
          labels: [["__name__", name], ["n", String(number++)]],
          signals: [{ kind: "sample", timestampMs: 1_700_000_000_000n, startMs: 0n, bits: 0n }],
          ...version === "v2" && { metadata: entries[i % entries.length]! },
        }));
        const form = { series: forms, metadata: version === "v2" ? [] : entries };
        add(whole, { version, form });
        add(parted, { version, form });
      }
      const batch = whole.encode();
      const parts = parted.encodeParts(count).map(({ batch }) => batch);
      const sorted = (some: readonly EncodedBatch[]) =>
        [...sentWith(some)].sort(([a], [b]) => a < b ? -1 : 1);
      assert.deepEqual(sorted(parts), sorted([batch]));
    }),
    2,
  );
});

/** Series, their hashes, and their partitions of 2, 3, 8, 32 and 256: other processes count on these. */
const GOLDEN: readonly (readonly [LabelPairs, bigint, readonly number[]])[] = [
  [[["__name__", "up"], ["job", "node"]], 0x0158_5e23_99cc_2df6n, [0, 0, 1, 5, 40]],
  [
    [["__name__", "up"], ["instance", "host-1:9100"], ["job", "node"]],
    0x2f27_5dee_9788_30e5n,
    [0, 0, 0, 3, 24],
  ],
  [
    [["__name__", "http_requests_total"], ["code", "200"], ["method", "GET"], ["path", "/"]],
    0xe6e3_5886_f051_dea6n,
    [0, 0, 2, 10, 80],
  ],
  [
    [["__name__", "latency_seconds_bucket"], ["le", "0.5"]],
    0x589a_5a6a_cbf4_360fn,
    [0, 1, 3, 15, 125],
  ],
  [[["__name__", "größe"], ["région", "eu-west-1"]], 0xdd6c_8cf8_2958_08f4n, [0, 0, 0, 0, 4]],
  [[["__name__", "x"], ["a", "y".repeat(300)]], 0x8ce9_d515_c16a_a251n, [0, 1, 3, 12, 99]],
];

test("the partitions of these series are what they always were", () => {
  const writer = kernel.createWriter();
  for (const [labels, hash, wanted] of GOLDEN) {
    assert.equal(hashOf(labels.map(([name, value]) => label(name, value))), hash);
    // In another order it is the same series.
    const field = seriesField(
      labels.map(([name, value]) => label(name, value)).reverse(),
      [{ bits: 0n, timestampMs: 1n }],
    );
    for (const [i, count] of [2, 3, 8, 32, 256].entries()) {
      writer.addRequest(field, NO_LIMITS);
      const [only, ...others] = writer.encodeParts(count);
      assert.deepEqual(others, []);
      assert.equal(only!.partition, wanted[i], `${labels[0]![1]} of ${count}`);
    }
  }
});

/** Of a name and a number. */
function seriesOf(name: string, number: number, samples = 1): Uint8Array {
  const sample = { bits: BigInt(number), timestampMs: 1_700_000_000_000n };
  return seriesField(
    [label("__name__", name), label("n", String(number))],
    new Array(samples).fill(sample),
  );
}

test("for one partition a batch is what it is whole, in short form too", () => {
  const one = kernel.createWriter();
  const other = kernel.createWriter();
  const body = concat(Array.from({ length: 50 }, (_, number) => seriesOf("m", number)));
  for (let round = 0; round < 4; round++) {
    one.addRequest(body, NO_LIMITS);
    other.addRequest(body, NO_LIMITS);
    const batch = one.encode();
    const [part, ...others] = other.encodeParts(1);
    assert.deepEqual(others, []);
    assert.equal(part!.partition, 0);
    const { handed, ...rest } = part!.batch;
    const { handed: wanted, ...wantedRest } = batch;
    assert.deepEqual(rest, wantedRest);
    assert.deepEqual(handed?.bytes, wanted?.bytes);
    assert.equal(handed === undefined, round < 2, `round ${round}`);
  }
});

test("after parts the writer knows its label sets still, and hands the next batch over", () => {
  const one = kernel.createWriter();
  const other = kernel.createWriter();
  const body = concat(Array.from({ length: 50 }, (_, number) => seriesOf("m", number)));
  for (let round = 0; round < 3; round++) {
    one.addRequest(body, NO_LIMITS);
    one.encode();
    other.addRequest(body, NO_LIMITS);
    other.encodeParts(8);
  }
  one.addRequest(body, NO_LIMITS);
  other.addRequest(body, NO_LIMITS);
  const wanted = one.encode();
  const got = other.encode();
  assertBytes(got.data, wanted.data, "the batch");
  assert.notEqual(wanted.handed, undefined);
  assert.deepEqual(got.handed?.bytes, wanted.handed?.bytes);
});

test("one row, many rows of one series, and metadata alone have one part each", () => {
  const writer = kernel.createWriter();
  for (const samples of [1, 20_000]) {
    for (let number = 0; number < 20; number++) {
      writer.addRequest(seriesOf("m", number, samples), NO_LIMITS);
      const parts = writer.encodeParts(256);
      assert.deepEqual(parts.map(({ partition, batch }) => [partition, batch.series]), [
        [partitionOf([["__name__", "m"], ["n", String(number)]], 256), samples],
      ]);
    }
  }
  const form = { series: [], metadata: [{ family: "up", type: 2, help: "Is it?", unit: "" }] };
  add(writer, { version: "v1", form });
  const [only, ...others] = writer.encodeParts(256);
  assert.deepEqual(others, []);
  assert.deepEqual([only!.batch.series, only!.batch.metadata], [0, 1]);
  assert.deepEqual(readWalqV1(fileOf(only!.batch)).metadata, form.metadata);
});

test("a giant batch has all of its rows in 256 parts, and the next one is small again", () => {
  const writer = kernel.createWriter();
  const SERIES = 20_000;
  const SAMPLES = 10;
  const body = Array.from({ length: SERIES }, (_, number) => seriesOf("m", number, SAMPLES));
  writer.addRequest(concat(body), NO_LIMITS);
  const parts = writer.encodeParts(256);
  assert.equal(parts.length, 256);
  const reader = kernel.createReader(ONE_SHARD);
  let rows = 0;
  for (const { partition, batch } of parts) {
    // A series is nowhere twice, and its samples are together.
    assert.equal(batch.series % SAMPLES, 0, `partition ${partition}`);
    rows += reader.load(batch).signals;
    drain(reader);
    reader.take(0);
  }
  assert.equal(rows, SERIES * SAMPLES);
  // No partition has much more than its share.
  const largest = Math.max(...parts.map(({ batch }) => batch.series));
  assert.ok(largest < 2 * SERIES * SAMPLES / 256, `${largest}`);
  writer.addRequest(seriesOf("m", 1), NO_LIMITS);
  assert.equal(writer.encodeParts(256).length, 1);
});

test("long texts of families that all partitions have are copied up to a bound", () => {
  const writer = kernel.createWriter();
  const families = Array.from({ length: 40 }, (_, number) => `family_${number}`);
  const SERIES = 1600;
  const series = families.flatMap((name) =>
    Array.from({ length: SERIES }, (_, number) => seriesOf(name, number))
  );
  // 64 KiB in 256 partitions are 16 MiB, and a little more: there is no room for two.
  const metadata = families.map((family, number) => ({
    family,
    type: 2,
    help: String(number).padEnd(number < 2 ? 64 * 1024 - 200 : 20_000, "x"),
    unit: "",
  }));
  const body = [...series, encodeRequest({ series: [], metadata }, "v1")];
  writer.addRequest(concat(body), NO_LIMITS);
  const parts = writer.encodeParts(256);
  const copies = new Map<string, number>();
  let bytes = 0;
  for (const { batch } of parts) {
    for (const { family, help } of readWalqV1(fileOf(batch)).metadata) {
      copies.set(family, (copies.get(family) ?? 0) + 1);
      bytes += family.length + help.length;
    }
  }
  assert.ok(bytes < 20 * 1024 * 1024, `${bytes} bytes`);
  assert.deepEqual(families.map((family) => copies.get(family)), [
    256,
    ...families.slice(1).map(() => 1),
  ]);
});

test("parts of no batch, or for a wrong number of partitions, are bugs", () => {
  const writer = kernel.createWriter();
  assert.throws(() => writer.encodeParts(2), /^Error: BUG: encode of an empty batch/);
  assert.throws(() => writer.encodeParts(1), /^Error: BUG: encode of an empty batch/);
  writer.addRequest(seriesOf("m", 1), NO_LIMITS);
  for (const count of [0, 257, 1.5, NaN]) {
    assert.throws(() => writer.encodeParts(count), /^Error: BUG: a batch for/);
  }
  assert.equal(writer.encodeParts(256).length, 1);
});

test("parts have walq's format, also of a batch that was begun for Alloy's", () => {
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  for (const partitions of [1, 2]) {
    writer.addRequest(seriesOf("m", 1), NO_LIMITS);
    const [only] = writer.encodeParts(partitions);
    assert.equal(only!.batch.format, partitions === 1 ? ALLOY_RULES.format : "walq.metrics.v1");
    const reader = kernel.createReader(ONE_SHARD);
    assert.equal(reader.load(only!.batch).signals, 1);
  }
});
