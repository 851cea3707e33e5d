/** What the appender hands over, decoded by the official .proto. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Appender } from "../../src/appender/appender.ts";
import { SeriesCache } from "../../src/appender/series.ts";
import { WalqError } from "../../src/errors.ts";
import type { Exemplar, Histogram, IntegerHistogram, WriteResult } from "../../src/types.ts";
import { samplesOnly } from "../support/counts.ts";
import { decodeRequest } from "../support/remote_write.ts";
import type { RequestForm } from "../support/signals.ts";

const UP = { __name__: "up", job: "ü" };
const RESULT: WriteResult = {
  accepted: 0,
  kinds: samplesOnly(0),
  expired: 0,
  invalid: 0,
  unsupported: 0,
};

function open(): { appender: Appender; commit: () => Promise<RequestForm> } {
  let body = new Uint8Array() as Uint8Array;
  const appender = new Appender(new SeriesCache(1 << 20), (bytes) => {
    body = bytes;
    return Promise.resolve(RESULT);
  });
  const commit = async (): Promise<RequestForm> => {
    await appender.commit();
    return decodeRequest(body, "appended");
  };
  return { appender, commit };
}

function bitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

const INTEGER: IntegerHistogram = {
  type: "integer",
  schema: 3,
  count: 15,
  sum: 47.5,
  zeroThreshold: 0.001,
  zeroCount: 2,
  resetHint: "gauge",
  positive: { spans: [{ offset: -2, length: 2 }, { offset: 1, length: 1 }], deltas: [3, 1, 1] },
  negative: { spans: [{ offset: 1, length: 1 }], deltas: [1] },
};

test("signals of every kind are handed over in order, in one request", async () => {
  const { appender, commit } = open();
  const ref = appender.append(UP, 1000, 1.5);
  appender.append(ref, 2000, -0, { startTimestampMs: 7 });
  appender.appendStale(ref, 3000);
  appender.appendHistogram(ref, 4000, INTEGER, { startTimestampMs: -8 });
  appender.appendExemplar(ref, { labels: { trace_id: "a", empty: "" }, value: 3, timestampMs: 9 });
  appender.updateMetadata("up", { type: "gauge", help: "Größe", unit: "bytes" });
  appender.append(ref, 5000, 2);
  assert.equal(appender.size, 7);
  const { series, metadata } = await commit();
  assert.ok(series.every(({ labels }) => labels.length === 2));
  assert.deepEqual(series.map(({ signals }) => signals[0]), [
    { kind: "sample", timestampMs: 1000n, startMs: 0n, bits: bitsOf(1.5) },
    { kind: "sample", timestampMs: 2000n, startMs: 7n, bits: bitsOf(-0) },
    { kind: "sample", timestampMs: 3000n, startMs: 0n, bits: 0x7ff0_0000_0000_0002n },
    {
      kind: "histogram",
      timestampMs: 4000n,
      startMs: -8n,
      histogram: {
        isFloat: false,
        count: 15n,
        sum: bitsOf(47.5),
        schema: 3,
        zeroThreshold: bitsOf(0.001),
        zeroCount: 2n,
        negativeSpans: [[1, 1]],
        negative: [1n],
        positiveSpans: [[-2, 2], [1, 1]],
        positive: [3n, 1n, 1n],
        resetHint: 3,
        customValues: [],
      },
    },
    {
      kind: "exemplar",
      timestampMs: 9n,
      bits: bitsOf(3),
      exemplarLabels: [["trace_id", "a"]],
    },
    { kind: "sample", timestampMs: 5000n, startMs: 0n, bits: bitsOf(2) },
  ]);
  assert.deepEqual({ ...metadata[0] }, { family: "up", type: 2, help: "Größe", unit: "bytes" });
});

test("nothing is left of them after a commit or a rollback", async () => {
  const { appender, commit } = open();
  appender.appendHistogram(UP, 1, INTEGER);
  appender.rollback();
  appender.append(UP, 2, 1);
  assert.equal((await commit()).series[0]!.signals[0]!.kind, "sample");
  assert.deepEqual(await commit(), { series: [], metadata: [] });
});

test("a histogram that Prometheus would refuse is refused at the call, with the reason", async () => {
  const cases: [Partial<Histogram>, RegExp][] = [
    [{ schema: 9 }, /got schema 9, expected -4 to 8, or -53/],
    [{ count: 16 }, /got buckets that add up to 15, expected the count, 16/],
    [{ count: 1.5 }, /whole numbers/],
    [{ positive: { spans: [{ offset: 0, length: 1 }], deltas: [1, 1] } }, /2 positive buckets/],
    [{ positive: { spans: [{ offset: 0, length: 1 }], deltas: [-1] } }, /positive bucket of -1/],
    [{ negative: { spans: [{ offset: 0.5, length: 0 }], deltas: [] } }, /negative span 0/],
    [{ customValues: [1] }, /customValues with schema 3/],
    [{ schema: -53, customValues: [2, 1] }, /custom bound 1 after 2/],
    [{ schema: -53, customValues: [1] }, /zero or negative bucket/],
    [{ type: "other" as "float" }, /type other/],
    [{ resetHint: "maybe" as "yes" }, /resetHint maybe/],
    [{ resetHint: "constructor" as "yes" }, /resetHint constructor/],
    [{ resetHint: "__proto__" as "yes" }, /resetHint __proto__/],
    [{ zeroThreshold: -0.1 }, /zeroThreshold -0.1, expected a number that is not below 0/],
    [{ zeroThreshold: NaN }, /zeroThreshold NaN/],
    [{ zeroThreshold: "1" as unknown as number }, /zeroThreshold "1"/],
  ];
  const { appender, commit } = open();
  for (const [change, pattern] of cases) {
    const histogram = { ...INTEGER, ...change } as Histogram;
    assert.throws(
      () => appender.appendHistogram(UP, 1, histogram),
      (error) => error instanceof RangeError && pattern.test(error.message),
      String(pattern),
    );
  }
  assert.throws(
    () => appender.appendHistogram(UP, 1, { type: "float", schema: 0, count: -1, sum: 0 }),
    /a count of -1/,
  );
  assert.deepEqual((await commit()).series, []);
});

test("a histogram of one type with the buckets of the other is refused, and nothing is appended", async () => {
  const { appender, commit } = open();
  const spans = [{ offset: 0, length: 1 }];
  const base = { schema: 0, count: 3, sum: 3 };
  const cases: [unknown, RegExp][] = [
    [
      { ...base, type: "float", positive: { spans, deltas: [3] } },
      /positive deltas with type float, expected counts/,
    ],
    [
      { ...base, type: "integer", positive: { spans, counts: [3] } },
      /positive counts with type integer, expected deltas/,
    ],
    [
      { ...base, type: "float", negative: { spans, deltas: [3], counts: [3] } },
      /negative deltas with type float/,
    ],
    [
      { ...base, type: "integer", negative: { spans, deltas: [3], counts: [3] } },
      /negative counts with type integer/,
    ],
    [{ ...base, type: "integer", positive: { spans: [], counts: [] } }, /positive counts/],
  ];
  for (const [histogram, pattern] of cases) {
    assert.throws(
      () => appender.appendHistogram(UP, 1, histogram as Histogram),
      (error) => error instanceof RangeError && pattern.test(error.message),
      String(pattern),
    );
  }
  assert.equal(appender.size, 0);
  // What is undefined is not there.
  const sound = { ...base, type: "float", positive: { spans, counts: [3], deltas: undefined } };
  appender.appendHistogram(UP, 1, sound as Histogram);
  const [signal] = (await commit()).series[0]!.signals;
  assert.ok(signal?.kind === "histogram" && signal.histogram.isFloat);
  assert.deepEqual(signal.histogram.positive, [bitsOf(3)]);
});

test("times, values, labels and types that are none are refused at the call", () => {
  const { appender } = open();
  assert.throws(() => appender.append(UP, 1.5, 1), RangeError);
  assert.throws(() => appender.append(UP, 1, 1, { startTimestampMs: NaN }), RangeError);
  assert.throws(() => appender.appendStale(UP, Infinity), RangeError);
  assert.throws(
    () => appender.appendExemplar(UP, { labels: {}, value: 1, timestampMs: 0.5 }),
    RangeError,
  );
  assert.throws(
    () => appender.appendExemplar(UP, { labels: {}, value: "1" as unknown as number }),
    TypeError,
  );
  const isLabelError = (error: unknown): boolean =>
    error instanceof WalqError && error.code === "INVALID_LABELS";
  assert.throws(() => appender.appendExemplar(UP, { labels: { "": "x" }, value: 1 }), isLabelError);
  assert.throws(() => appender.updateMetadata("", { type: "gauge" }), isLabelError);
  assert.throws(() => appender.updateMetadata("a\ud800", { type: "gauge" }), isLabelError);
  for (const type of ["x", "constructor", "toString"]) {
    assert.throws(
      () => appender.updateMetadata("a", { type: type as "gauge" }),
      (error) => error instanceof RangeError && error.message.includes(`got type ${type}`),
    );
  }
  assert.equal(appender.size, 0);
});

test("an exemplar without a time has that of the sample it comes with", async () => {
  const { appender, commit } = open();
  const of = (id: string): Exemplar => ({ labels: { id }, value: 1 });
  const other = { __name__: "other", a: "1", b: "2" };
  appender.appendExemplar(UP, of("behind, a sample"));
  appender.append(UP, 1000, 1);
  appender.appendExemplar(UP, of("before, a sample"));
  appender.append(UP, 2000, 1, { startTimestampMs: 1 });
  appender.appendExemplar(UP, of("before, with a start"));
  appender.appendExemplar(UP, { ...of("its own"), timestampMs: 0 });
  appender.appendExemplar(UP, of("before, not an exemplar"));
  appender.appendStale(UP, 3000);
  appender.appendExemplar(UP, of("before, a stale marker"));
  appender.updateMetadata("up", { type: "gauge" });
  appender.appendExemplar(other, of("behind, a histogram"));
  appender.append(UP, 3500, 1);
  // The same labels in another order are the same series.
  appender.appendHistogram({ b: "2", a: "1", __name__: "other" }, 4000, INTEGER);
  appender.appendExemplar(other, of("before, a histogram"));
  appender.appendExemplar({ __name__: "alone" }, of("none"));
  const signals = (await commit()).series.flatMap(({ signals }) => signals);
  const times = signals.flatMap((signal) =>
    signal.kind === "exemplar" ? [[signal.exemplarLabels[0]![1], signal.timestampMs]] : []
  );
  assert.deepEqual(times, [
    ["behind, a sample", 1000n],
    ["before, a sample", 1000n],
    ["before, with a start", 2000n],
    ["its own", 0n],
    ["before, not an exemplar", 2000n],
    ["before, a stale marker", 3000n],
    ["behind, a histogram", 4000n],
    ["before, a histogram", 4000n],
    ["none", 0n],
  ]);
  assert.equal(signals.length, 14);
  // The next transaction knows nothing of this one.
  appender.appendExemplar(UP, of("later"));
  const [later] = (await commit()).series[0]!.signals;
  assert.equal(later!.timestampMs, 0n);
  appender.appendExemplar(UP, of("forgotten"));
  appender.rollback();
  appender.append(UP, 5000, 1);
  assert.equal((await commit()).series.length, 1);
});
