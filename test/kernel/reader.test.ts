import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BatchReader, ReaderOptions } from "../../src/contracts.ts";
import { WalqError } from "../../src/errors.ts";
import { damage, labelSet, sample } from "./arbitraries.ts";
import {
  ALL_KINDS,
  ALLOY_RULES,
  alloyFile,
  assertBytes,
  assertCode,
  BYTES_MAX,
  drain,
  fixture,
  holds,
  kernel,
  NO_LIMITS,
  ONE_SHARD,
  openRequest,
} from "./support.ts";
import { array, decodeRows, encodeRows, float64, key, uint } from "./twin/alloy_v1.ts";
import { encodeVariant } from "./twin/alloy_v1_variants.ts";
import { hashOf, normalise } from "./twin/labels.ts";
import { concat, type Label, label, type Row } from "./twin/model.ts";
import { isSound, requestBytes, TwinReader } from "./twin/reader.ts";
import { parseRequest } from "./twin/request_parse.ts";
import { writeRows } from "./twin/request_write.ts";

function withoutDuplicates(labels: readonly Label[]): Label[] {
  const sorted = normalise(labels);
  return sorted.filter(({ name }, i) =>
    i === 0 || hashOf([{ name, value: name }]) !== hashOf([
        { name: sorted[i - 1]!.name, value: sorted[i - 1]!.name },
      ])
  );
}

/** Rows as files have them: in order or not, with absent labels or not, with the hash or without it. */
const row: fc.Arbitrary<Row> = fc.tuple(labelSet, sample, fc.nat(9), fc.nat(4)).map(
  ([labels, oneSample, how, hash]) => {
    const kept = withoutDuplicates(labels);
    if (how === 0) kept.reverse();
    if (how === 1) kept.push({ name: new Uint8Array([0x7e, 0x7e, 0x7e]), value: new Uint8Array() });
    return { labels: kept, sample: oneSample, hash: hash === 0 ? 0n : hashOf(normalise(labels)) };
  },
);

const readerOptions: fc.Arbitrary<ReaderOptions> = fc.record({
  shards: fc.constantFrom(1, 2, 3, 4, 7),
  requestSignalsMax: fc.constantFrom(1, 2, 5, 1000),
  externalLabels: fc.constantFrom<Record<string, string>>(
    {},
    { cluster: "eu", job: "external" },
    { é: "ü", z: "last", A: "first", __replica__: "a", __aaa: "0", empty: "" },
  ),
  uncompressedBytesMax: fc.constant(BYTES_MAX),
  message: fc.constant("prometheus.WriteRequest" as const),
  sends: fc.constant(ALL_KINDS),
  metadataCacheSize: fc.constant(0),
});

/** Readers by their options: every case leaves its reader empty, so that the next one finds old memory. */
const readers = new Map<string, BatchReader>();

function readerFor(options: ReaderOptions): BatchReader {
  const known = JSON.stringify(options);
  const reader = readers.get(known) ?? kernel.createReader(options);
  readers.set(known, reader);
  return reader;
}

test("batches drain into the same requests as the twin's, across batches, shards and cutoffs", () => {
  holds(
    fc.property(
      readerOptions,
      fc.array(fc.tuple(fc.array(row, { maxLength: 12 }), fc.constantFrom(-Infinity, 0)), {
        maxLength: 5,
      }),
      fc.infiniteStream(fc.nat(1000)),
      (options, batches, choices) => {
        const choose = (count: number) => choices.next().value! % count;
        const reader = readerFor(options);
        const twin = new TwinReader(options);
        for (const [rows, cutoffMs] of batches) {
          const file = choose(2) === 0 ? encodeRows(rows) : encodeVariant(rows, choose);
          const { signals } = reader.load(alloyFile(file));
          assert.equal(signals, rows.length);
          const { expired, unsupported, sealed } = twin;
          const before = { expired, unsupported, sealed: sealed.length };
          twin.route(rows, cutoffMs);
          const drained = drain(reader, cutoffMs);
          assert.equal(drained.expired, twin.expired - before.expired);
          assert.equal(drained.unsupported, twin.unsupported - before.unsupported);
          const wanted = twin.sealed.slice(before.sealed);
          assert.deepEqual(
            drained.requests.map(({ shard }) => shard),
            wanted.map(({ shard }) => shard),
          );
          drained.requests.forEach(({ body }, i) =>
            checkRequest(body, requestBytes(wanted[i]!), wanted[i]!.rows)
          );
        }
        for (let shard = 0; shard < options.shards; shard++) {
          const rows = twin.open[shard]!;
          assert.equal(reader.openSignals(shard), rows.length);
          if (rows.length > 0) checkRequest(reader.take(shard), writeRows(rows), rows);
          assert.equal(reader.openSignals(shard), 0);
        }
      },
    ),
    8,
  );
});

function checkRequest(
  body: ReturnType<ReturnType<typeof kernel.createReader>["take"]>,
  wanted: Uint8Array,
  rows: readonly Row[],
): void {
  assertBytes(openRequest(body), wanted, "a request");
  assert.equal(body.signals, rows.length);
  const times = rows.map(({ sample: { timestampMs } }) => Number(timestampMs));
  assert.equal(body.oldestMs, Math.min(...times));
  assert.equal(body.newestMs, Math.max(...times));
}

test("the fixture of Alloy reads as @msgpack/msgpack reads it", () => {
  const file = fixture("alloy-v1-seriesgroup.bin");
  const rows = decodeRows(file);
  assert.equal(rows.length, 1000);
  const options: ReaderOptions = { ...ONE_SHARD, shards: 4, requestSignalsMax: 100 };
  const reader = kernel.createReader(options);
  const uncompressedBytes = file.length;
  assert.deepEqual(reader.load(alloyFile(file)), {
    signals: 1000,
    counted: 1000,
    uncompressedBytes,
  });
  const twin = new TwinReader(options);
  twin.route(rows, 0);
  const { requests, unsupported } = drain(reader, 0);
  assert.equal(unsupported, 0);
  for (let shard = 0; shard < 4; shard++) {
    if (reader.openSignals(shard) > 0) requests.push({ shard, body: reader.take(shard) });
    if (twin.open[shard]!.length > 0) twin.take(shard);
  }
  assert.deepEqual(requests.map(({ shard }) => shard), twin.sealed.map(({ shard }) => shard));
  requests.forEach(({ body }, i) => {
    const wanted = twin.sealed[i]!;
    assertBytes(openRequest(body), requestBytes(wanted), "a request");
    const { series } = parseRequest(openRequest(body));
    // Some values in the fixture are empty: these labels are absent in the request.
    const present = wanted.rows.map(({ labels }) => labels.filter(({ value }) => value.length > 0));
    assert.deepEqual(series.map(({ labels }) => labels), present);
  });
});

function rowOf(n: number, timestampMs = 5): Row {
  const labels = normalise([label("__name__", "up"), label("n", String(n))]);
  return { labels, sample: { bits: 0n, timestampMs: BigInt(timestampMs) }, hash: hashOf(labels) };
}

test("requests are cut exactly at the most signals, over several batches", () => {
  const reader = kernel.createReader({ ...ONE_SHARD, requestSignalsMax: 10 });
  const sizes: number[] = [];
  for (let batch = 0; batch < 7; batch++) {
    reader.load(alloyFile(encodeRows([0, 1, 2, 3].map((n) => rowOf(batch * 4 + n)))));
    sizes.push(...drain(reader).requests.map(({ body }) => body.signals));
  }
  assert.deepEqual(sizes, [10, 10]);
  assert.equal(reader.openSignals(0), 8);
});

test("a shard that is full stops the rows for it, until its request is taken", () => {
  const reader = kernel.createReader({ ...ONE_SHARD, requestSignalsMax: 2 });
  reader.load(alloyFile(encodeRows([1, 2, 3].map((n) => rowOf(n)))));
  assert.equal(reader.route(0).fullShard, 0);
  assert.equal(reader.route(0).fullShard, 0);
  assert.equal(reader.take(0).signals, 2);
  assert.equal(reader.route(0).fullShard, -1);
  assert.equal(reader.openSignals(0), 1);
});

test("select keeps what is fresh, in order, and tells what was dropped", () => {
  const reader = kernel.createReader(ONE_SHARD);
  holds(
    fc.property(
      fc.array(row.filter(isSound), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: -120, max: 120 }),
      (rows, cutoffMs) => {
        reader.load(alloyFile(encodeRows(rows)));
        drain(reader);
        const { body, kept } = reader.select(reader.take(0), { cutoffMs });
        const fresh = rows.filter(({ sample: { timestampMs } }) => timestampMs >= cutoffMs);
        assert.deepEqual([...kept], rows.map((each) => fresh.includes(each) ? 1 : 0));
        if (fresh.length === 0) {
          assert.equal(body, undefined);
          return;
        }
        const twin = new TwinReader(ONE_SHARD);
        twin.route(fresh, -Infinity);
        checkRequest(body!, writeRows(twin.open[0]!), twin.open[0]!);
      },
    ),
    3,
  );
});

test("plain takes snappy off a request, and disturbs nothing", () => {
  const reader = kernel.createReader({ ...ONE_SHARD, requestSignalsMax: 2 });
  const rows = [rowOf(0, 1), rowOf(1, 2), rowOf(2, 3)];
  reader.load(alloyFile(encodeRows(rows)));
  reader.route(0);
  const first = reader.take(0);
  for (let times = 0; times < 2; times++) {
    assertBytes(reader.plain(first), writeRows(rows.slice(0, 2)), "without snappy");
  }
  reader.route(0);
  assertBytes(openRequest(reader.take(0)), writeRows(rows.slice(2)), "the open request");
});

test("select does not disturb the batch at hand nor the open requests", () => {
  const reader = kernel.createReader({ ...ONE_SHARD, requestSignalsMax: 2 });
  const rows = [rowOf(0, 1), rowOf(1, 2), rowOf(2, 3), rowOf(3, 4), rowOf(4, 5)];
  reader.load(alloyFile(encodeRows(rows)));
  reader.route(0);
  const first = reader.take(0);
  reader.route(0);
  assert.deepEqual([...reader.select(first, { cutoffMs: 2 }).kept], [0, 1]);
  assertBytes(openRequest(reader.take(0)), writeRows(rows.slice(2, 4)), "the open request");
  assert.equal(reader.route(0).fullShard, -1);
  assertBytes(openRequest(reader.take(0)), writeRows(rows.slice(4)), "the last request");
});

test("routed, expired and unsupported make up the signals of a batch", () => {
  const reader = kernel.createReader({ ...ONE_SHARD, requestSignalsMax: 3 });
  const histograms = concat([[0x82], key("Histogram"), [0x80], key("FloatHistogram"), [0xc0]]);
  const entry = (timestampMs: number, more: (Uint8Array | number[])[] = []) =>
    concat([
      [0x84 + more.length / 2],
      key("LabelsNames"),
      array([uint(0n)]),
      key("LabelsValues"),
      array([uint(1n)]),
      key("TS"),
      uint(BigInt(timestampMs)),
      key("Value"),
      float64(0n),
      ...more,
    ]);
  const file = concat([
    [0x83],
    key("Series"),
    array([
      entry(9),
      entry(1),
      entry(9, [key("Histograms"), histograms]),
      entry(8),
      entry(9),
      entry(7),
    ]),
    key("Metadata"),
    array([entry(0), entry(9)]),
    key("Strings"),
    array([key("__name__"), key("up")]),
  ]);
  const { signals } = reader.load(alloyFile(file));
  assert.equal(signals, 8);
  const { requests, expired, unsupported } = drain(reader, 5);
  const routed = reader.openSignals(0) + requests.reduce((sum, { body }) => sum + body.signals, 0);
  assert.deepEqual({ routed, expired, unsupported }, { routed: 5, expired: 1, unsupported: 2 });
});

test("damaged files are corrupt or read, never a crash, and the open requests stay", () => {
  const reader = kernel.createReader(ONE_SHARD);
  holds(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 6 }),
      damage,
      fc.infiniteStream(fc.nat(1000)),
      (rows, harm, choices) => {
        const choose = (count: number) => choices.next().value! % count;
        reader.load(alloyFile(encodeRows([rowOf(1)])));
        drain(reader);
        const file = choose(2) === 0 ? encodeRows(rows) : encodeVariant(rows, choose);
        let signals = 0;
        try {
          ({ signals } = reader.load(alloyFile(harm(file))));
        } catch (error) {
          assert.ok(error instanceof WalqError && error.code === "CORRUPT", String(error));
          assert.match(error.message, /got .* at byte \d+/);
        }
        const { unsupported } = drain(reader);
        assert.equal(reader.openSignals(0), 1 + signals - unsupported);
        const opened = openRequest(reader.take(0));
        const before = writeRows([rowOf(1)]);
        assertBytes(opened.subarray(0, before.length), before, "what was open before");
        assert.equal(parseRequest(opened).series.length, 1 + signals - unsupported);
      },
    ),
    12,
  );
});

test("a file cut off anywhere is corrupt", () => {
  const reader = kernel.createReader(ONE_SHARD);
  const file = encodeRows([rowOf(1), rowOf(2)]);
  for (let length = 0; length < file.length; length++) {
    assertCode(() => reader.load(alloyFile(file.slice(0, length))), "CORRUPT");
  }
  assertCode(() => reader.load(alloyFile(concat([file, [0]]))), "CORRUPT", /1 more bytes/);
  assert.equal(reader.load(alloyFile(file)).signals, 2);
});

/** A file with one row, made of parts that can be replaced by hostile ones. */
function oneRow(
  parts: {
    strings?: Uint8Array;
    names?: Uint8Array;
    values?: Uint8Array;
    ts?: number[];
    more?: Uint8Array;
  },
): Uint8Array {
  return concat([
    [0x82 + (parts.more === undefined ? 0 : 1)],
    key("Strings"),
    parts.strings ?? array([key("__name__"), key("up")]),
    key("Series"),
    array([concat([
      [0x84],
      key("LabelsNames"),
      parts.names ?? array([uint(0n)]),
      key("LabelsValues"),
      parts.values ?? array([uint(1n)]),
      key("TS"),
      parts.ts ?? uint(1n),
      key("Value"),
      float64(0n),
    ])]),
    parts.more ?? [],
  ]);
}

test("counts, indices and numbers that no file can mean are corrupt", () => {
  const reader = kernel.createReader(ONE_SHARD);
  const cases: [Uint8Array, RegExp][] = [
    [oneRow({ strings: new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]) }), /count of 4294967295/],
    [oneRow({ names: new Uint8Array([0xdd, 0x7f, 0xff, 0xff, 0xff]) }), /count of 2147483647/],
    [oneRow({ names: array([uint(2n)]) }), /string index 2, wanted less than 2/],
    [oneRow({ values: array([uint(1n), uint(1n)]) }), /1 label names/],
    [oneRow({ names: array([[0xff]]) }), /the number -1/],
    [oneRow({ names: array([uint(1n << 32n)]) }), /the number 4294967296/],
    [oneRow({ ts: [0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0] }), /the number 9223372036854776000/],
    [oneRow({ ts: [0xc0] }), /type byte 0xc0, wanted a number/],
    [oneRow({ more: concat([key("Strings"), array([])]) }), /second time/],
    [oneRow({ more: concat([key("x"), new Uint8Array(100).fill(0x91)]) }), /nested 33 deep/],
    [oneRow({ more: concat([key("x"), [0xc1]]) }), /type byte 0xc1/],
    [concat([[0x81], key("Strings"), array([])]), /without all the keys/],
    [
      concat([[0x82], key("Strings"), array([]), key("Series"), array([[0x80]])]),
      /without all the keys/,
    ],
    [concat([[0x82], key("Strings"), array([]), key("Series"), array([[0xc0]])]), /wanted a map/],
    [new Uint8Array([0x90]), /wanted a map/],
    [new Uint8Array([0xdf, 0xff, 0xff, 0xff, 0xff]), /count of 4294967295/],
  ];
  for (const [file, pattern] of cases) {
    assertCode(() => reader.load(alloyFile(file)), "CORRUPT", pattern);
  }
  assert.equal(reader.load(alloyFile(oneRow({}))).signals, 1);
});

test("formats, compressions and checksums that are not what they should be", () => {
  const reader = kernel.createReader(ONE_SHARD);
  const writer = kernel.createWriter({ rules: ALLOY_RULES });
  writer.addRequest(writeRows([rowOf(1)]), NO_LIMITS);
  const batch = writer.encode();
  assert.match(batch.checksum, /^xxh64:[0-9a-f]{16}$/);
  assertCode(
    () => reader.load({ ...batch, format: "walq.metrics.v9" }),
    "UNSUPPORTED_FORMAT",
  );
  assertCode(() => reader.load({ ...batch, compression: "lz4" }), "UNSUPPORTED_FORMAT");
  assertCode(() => reader.load({ ...batch, checksum: "xxh64:0" }), "CORRUPT");
  assertCode(
    () => reader.load({ ...batch, checksum: "xxh64:0123456789abcdef" }),
    "CORRUPT",
    /got \d+ bytes with the checksum xxh64:[0-9a-f]{16}, wanted xxh64:0123456789abcdef$/,
  );
  const flipped = batch.data.slice();
  flipped[flipped.length - 1]! ^= 1;
  assertCode(() => reader.load({ ...batch, data: flipped }), "CORRUPT", /with the checksum/);
  assert.equal(reader.load(batch).signals, 1);
});

test("a batch over the limit is corrupt, and one within it is read", () => {
  const file = encodeRows([rowOf(1)]);
  const reader = kernel.createReader({ ...ONE_SHARD, uncompressedBytesMax: file.length - 1 });
  assertCode(() => reader.load(alloyFile(file)), "CORRUPT", /wanted at most/);
  const roomy = kernel.createReader({ ...ONE_SHARD, uncompressedBytesMax: file.length });
  assert.equal(roomy.load(alloyFile(file)).signals, 1);
});

test("few large strings in many rows neither blow up requests nor get lost", () => {
  const reader = kernel.createReader(ONE_SHARD);
  const rows = Array.from({ length: 40 }, (_, n) => {
    const labels = [
      label("__name__", "up"),
      label("big", "x".repeat(n === 7 ? 5_000_000 : 1_000_000)),
    ];
    return { labels, sample: { bits: 0n, timestampMs: BigInt(n) }, hash: 1n };
  });
  assert.equal(reader.load(alloyFile(encodeRows(rows))).signals, 40);
  const { requests, unsupported } = drain(reader);
  assert.equal(unsupported, 1, "the row over 4 MiB");
  const sizes = [...requests.map(({ body }) => body), reader.take(0)];
  assert.equal(sizes.reduce((sum, { signals }) => sum + signals, 0), 39);
  for (const { uncompressedBytes } of sizes) assert.ok(uncompressedBytes < 20 * 1024 * 1024);
});

test("misuse is a bug", () => {
  const reader = kernel.createReader(ONE_SHARD);
  assert.throws(() => reader.take(0), /^Error: BUG: /);
  assert.throws(() => reader.openSignals(1), /^Error: BUG: /);
  assert.throws(() => reader.openSignals(-1), /^Error: BUG: /);
  reader.load(alloyFile(encodeRows([rowOf(1)])));
  assert.throws(() => reader.load(alloyFile(encodeRows([rowOf(1)]))), /^Error: BUG: /);
  assert.throws(() => kernel.createReader({ ...ONE_SHARD, shards: 0 }), /^Error: BUG: /);
});
