/** Small files of which much could be made: what is over the bounds is refused or dropped, and nothing traps. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EncodedBatch, LoadableBatch, ReaderOptions } from "../../src/contracts.ts";
import { decodeRequest, encodeRequest, type Version } from "../support/remote_write.ts";
import type { LabelPairs, SeriesForm, Signal } from "../support/signals.ts";
import { assertCode, drain, kernel, NO_LIMITS, ONE_SHARD, openRequest } from "./support.ts";
import { concat } from "./twin/model.ts";
import { message, varint } from "./twin/request_write.ts";

const MIB = 1024 * 1024;
const V2: ReaderOptions = { ...ONE_SHARD, message: "io.prometheus.write.v2.Request" };
const OUTPUTS = [["v1", ONE_SHARD], ["v2", V2]] as const;
const LABELS: LabelPairs = [["__name__", "up"]];
const SAMPLE: Signal = { kind: "sample", timestampMs: 5n, startMs: 0n, bits: 1n };

function exemplar(exemplarLabels: LabelPairs, bits = 2n): Signal {
  return { kind: "exemplar", timestampMs: 5n, bits, exemplarLabels };
}

/** A batch of one request in 2.0, where a text can be named again and again. */
function batchOf(series: readonly SeriesForm[]): EncodedBatch {
  const writer = kernel.createWriter();
  const options = { ...NO_LIMITS, message: V2.message };
  const added = writer.addRequest(encodeRequest({ series, metadata: [] }, "v2"), options);
  assert.equal(added.invalid, 0);
  return writer.encode();
}

/** Sends one batch; tells how many signals were dropped, and the request. */
function send(batch: LoadableBatch, options: ReaderOptions, version: Version) {
  const reader = kernel.createReader(options);
  const { signals } = reader.load(batch);
  const { requests, unsupported } = drain(reader);
  assert.ok(requests.length + Number(reader.openSignals(0) > 0) === 1, "not one request");
  const body = requests[0]?.body ?? reader.take(0);
  assert.equal(body.signals + unsupported, signals);
  const { series } = decodeRequest(openRequest(body), version);
  return { body, unsupported, series };
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A file of walq's format: strings in the order in which they are named, and sections by id. */
function walqFile(
  counts: { shapes: number; sets: number; rows: number; metadata: number },
  strings: readonly Uint8Array[],
  sections: Readonly<Record<number, Uint8Array | readonly number[]>>,
): LoadableBatch {
  const { shapes, sets, rows, metadata } = counts;
  const all = {
    1: concat(strings.map((text) => varint(BigInt(text.length)))),
    2: concat(strings),
    ...sections,
  };
  const data = concat([
    [0x57, 0x41, 0x4c, 0x51, 1],
    ...[strings.length, shapes, sets, rows, metadata].map((count) => varint(BigInt(count))),
    ...Object.entries(all).flatMap(([id, bytes]) => [
      [Number(id)],
      varint(BigInt(bytes.length)),
      bytes,
    ]),
  ]);
  return { format: "walq.metrics.v1", compression: "none", data, checksum: undefined };
}

test("an exemplar that names a long text again and again is dropped, not written", () => {
  const long = new Uint8Array(MIB).fill(0x78);
  const names = Array.from({ length: 4097 }, (_, n) => utf8(`n${n}`));
  const [first, ...others] = names;
  // A label of the first exemplar is a new name and the text that came fourth.
  const labels = others.flatMap((_, i) => [0, ...varint(BigInt(i + 2))]);
  const file = walqFile(
    { shapes: 1, sets: 1, rows: 3, metadata: 0 },
    [utf8("__name__"), utf8("up"), first!, long, ...others, utf8("a"), utf8("b")],
    {
      3: [1, 0],
      4: [0],
      5: [1],
      6: [0, 1, 3, 2],
      7: [0, 1, 1],
      8: [10, 0, 0],
      9: [0, 0, 0],
      13: [...varint(BigInt(names.length)), 0, 0, ...labels, 1, 0, 0],
    },
  );
  assert.ok(file.data.length < 1.1 * MIB);
  const zero = { bits: 0n };
  for (const [version, options] of OUTPUTS) {
    const { unsupported, series } = send(file, options, version);
    assert.equal(unsupported, 1);
    const signals = series.flatMap((one) => one.signals);
    assert.deepEqual(signals, [{ ...SAMPLE, ...zero }, { ...exemplar([["a", "b"]]), ...zero }]);
  }
});

test("a request in 2.0 that names a long text again and again is refused before it is looked at", () => {
  const long = "x".repeat(MIB / 2);
  const series = (count: number, more: Partial<SeriesForm> = {}): SeriesForm[] =>
    Array.from({ length: count }, (_, n) => ({
      labels: [["__name__", "up"], ["a", long], ["n", `${n}`]],
      signals: [SAMPLE],
      ...more,
    }));
  const add = (all: readonly SeriesForm[]) => {
    const bytes = encodeRequest({ series: all, metadata: [] }, "v2");
    assert.ok(bytes.length < 2 * MIB);
    const writer = kernel.createWriter();
    const added = writer.addRequest(bytes, { ...NO_LIMITS, message: V2.message });
    return { ...added, signals: writer.signals };
  };
  assert.equal(add(series(10)).accepted, 10);
  assertCode(() => add(series(8200)), "TOO_LARGE", /labels of \d+ bytes in all/);
  // Labels of one series or exemplar are as long as what they name.
  const labels: LabelPairs = [["__name__", "up"], ["a", long], ["b", long], ["c", "d"]];
  assert.match(add(series(1, { labels })).firstInvalid!, /labels or a histogram over 1048576/);
  const many: LabelPairs = new Array(600_000).fill(["a", "b"]);
  assert.match(
    add(series(1, { labels: many })).firstInvalid!,
    /labels or a histogram over 1048576/,
  );
  const signals = [SAMPLE, exemplar([["a", long], ["b", long], ["c", "d"]])];
  assert.deepEqual(
    [add(series(1, { signals }))].map(({ accepted, invalid }) => [accepted, invalid]),
    [[1, 1]],
  );
});

test("exemplars go with their sample in 2.0 as long as the series has room", () => {
  const exemplars = Array.from({ length: 300_000 }, (_, n) => exemplar([["n", "v"]], BigInt(n)));
  const batch = batchOf([{ labels: LABELS, signals: [SAMPLE, ...exemplars] }]);
  const { body, unsupported, series } = send(batch, V2, "v2");
  assert.ok(unsupported > 0 && body.signals > 100_000);
  assert.ok(body.uncompressedBytes < 5 * MIB);
  assert.equal(series.length, 1);
});

test("metadata with a long text is dropped before it is copied, however often it is named", () => {
  const count = 20_000;
  const file = walqFile(
    { shapes: 0, sets: 0, rows: 0, metadata: count + 1 },
    [utf8("up"), new Uint8Array(5 * MIB).fill(0x78), utf8("short")],
    // Family and help are new in the first entry, and those of the first in the next ones.
    { 14: [0, 1, 1, 0, ...new Array(count - 1).fill([2, 1, 2, 0]).flat(), 2, 1, 1, 0] },
  );
  for (const shards of [1, 2]) {
    const reader = kernel.createReader({ ...ONE_SHARD, shards });
    assert.equal(reader.load(file).signals, count + 1);
    assert.equal(drain(reader).unsupported, count);
  }
});

/** A file of walq's format with one histogram, which is these bytes. */
function histogramFile(bytes: Uint8Array): LoadableBatch {
  return walqFile({ shapes: 1, sets: 1, rows: 1, metadata: 0 }, [utf8("__name__"), utf8("up")], {
    3: [1, 0],
    4: [0],
    5: [1],
    6: [1, 1],
    7: [0],
    8: [10],
    12: concat([varint(BigInt(bytes.length)), bytes]),
  });
}

test("a histogram of a file may be as large as one that was taken in, and no larger", () => {
  const spans = (bytes: number): Uint8Array =>
    Uint8Array.from({ length: bytes }, (_, n) => n % 2 === 0 ? 0x5a : 0);
  const zeros = [0x08, 0, 0x19, 0, 0, 0, 0, 0, 0, 0, 0, 0x30, 0];
  const allowed = histogramFile(concat([zeros, spans(MIB + 100)]));
  for (const [version, options] of OUTPUTS) {
    assert.equal(send(allowed, options, version).unsupported, 0);
  }
  const reader = kernel.createReader(ONE_SHARD);
  const larger = histogramFile(concat([zeros, spans(MIB + 200)]));
  assertCode(() => reader.load(larger), "CORRUPT", /length 1048789, wanted at most/);
  assert.equal(reader.load(histogramFile(Uint8Array.from(zeros))).signals, 1);
});

test("the largest histogram that is taken in is read back", () => {
  const spans = Uint8Array.from({ length: MIB }, (_, n) => n % 2 === 0 ? 0x5a : 0);
  const writer = kernel.createWriter();
  const labels = message(1, message(1, utf8("__name__")), message(2, [0x61]));
  const added = writer.addRequest(message(1, labels, message(4, spans)), NO_LIMITS);
  assert.equal(added.accepted, 1);
  const batch = writer.encode();
  for (const [version, options] of OUTPUTS) {
    assert.equal(send(batch, options, version).unsupported, 0);
  }
  const over = message(1, labels, message(4, spans, [0x5a, 0]));
  assert.match(writer.addRequest(over, NO_LIMITS).firstInvalid!, /over 1048576 bytes/);
});

test("counts for which there would be no room are refused by what they claim", () => {
  const reader = kernel.createReader(ONE_SHARD);
  const header = (counts: bigint[]): LoadableBatch => ({
    format: "walq.metrics.v1",
    compression: "none",
    checksum: undefined,
    data: concat([[0x57, 0x41, 0x4c, 0x51, 1], ...counts.map(varint)]),
  });
  for (let which = 0; which < 5; which++) {
    if (which === 3) continue;
    const counts = [1n, 1n, 1n, 1n, 1n];
    counts[which] = 1n << 30n;
    assertCode(() => reader.load(header(counts)), "CORRUPT", /1073741824 entries, wanted at most/);
  }
});
