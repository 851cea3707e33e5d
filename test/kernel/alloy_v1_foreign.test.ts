/** What files of Alloy's first format may hold that no endpoint takes: nothing checks them but the reader. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "@msgpack/msgpack";
import type { BatchReader } from "../../src/contracts.ts";
import { decodeRequest, type Version } from "../support/remote_write.ts";
import type { RequestForm } from "../support/signals.ts";
import { alloyFile, assertCode, drain, kernel, ONE_SHARD, openRequest } from "./support.ts";

const MESSAGES = { v1: "prometheus.WriteRequest", v2: "io.prometheus.write.v2.Request" } as const;
const TIME_MS = 1_700_000_000_000n;

type Text = string | Uint8Array;
type Pairs = readonly (readonly [Text, Text])[];

interface Series {
  readonly labels: Pairs;
  readonly value?: number;
  readonly hash?: number;
  readonly histogram?: object;
}

const UP: Series = { labels: [["__name__", "up"], ["job", "node"]], value: 1 };

/** A SeriesGroup as @msgpack/msgpack writes it. */
function group(series: readonly Series[], metadata: readonly Series[] = []): Uint8Array {
  const strings: Text[] = [];
  const id = (text: Text): number => {
    const at = strings.indexOf(text);
    return at >= 0 ? at : strings.push(text) - 1;
  };
  const rowOf = ({ labels, value = 0, hash = 7, histogram }: Series): object => ({
    LabelsNames: labels.map(([name]) => id(name)),
    LabelsValues: labels.map(([, text]) => id(text)),
    TS: TIME_MS,
    Value: value,
    Hash: hash,
    Histograms: { Histogram: histogram ?? null, FloatHistogram: null },
  });
  const Series = series.map(rowOf);
  const Metadata = metadata.map(rowOf);
  return encode({ Strings: strings, Series, Metadata }, { useBigInt64: true });
}

interface Outcome extends RequestForm {
  readonly signals: number;
  readonly unsupported: number;
}

/** Loads a file and tells what became of it. */
function outcome(file: Uint8Array, version: Version = "v1"): Outcome {
  const message = MESSAGES[version as keyof typeof MESSAGES];
  const reader: BatchReader = kernel.createReader({ ...ONE_SHARD, message });
  const { signals } = reader.load(alloyFile(file));
  const { unsupported } = drain(reader);
  const sent = reader.openSignals(0);
  assert.equal(sent + unsupported, signals);
  const request = sent === 0
    ? { series: [], metadata: [] }
    : decodeRequest(openRequest(reader.take(0)), version);
  return { ...request, signals, unsupported };
}

const NOT_UTF8 = Uint8Array.of(0x61, 0xff);

const BROKEN: Record<string, Pairs> = {
  "a label twice": [["__name__", "up"], ["job", "a"], ["job", "b"]],
  "a label twice, far apart and with one value": [["job", "a"], ["__name__", "up"], ["job", "a"]],
  "a label that is not sent twice": [["__name__", "up"], ["__x", "a"], ["__x", "b"]],
  "a name that is empty": [["__name__", "up"], ["", "b"]],
  "a name that is not UTF-8": [["__name__", "up"], [NOT_UTF8, "b"]],
  "a value that is not UTF-8": [["__name__", "up"], ["job", NOT_UTF8]],
  "the same, of a label that is not sent": [["__name__", "up"], ["__x", NOT_UTF8]],
};

for (const version of ["v1", "v2"] as const) {
  test(`a series that no endpoint takes is dropped as unsupported, the rest goes on, in ${version}`, () => {
    for (const [what, labels] of Object.entries(BROKEN)) {
      const file = group([UP, { labels, value: 2 }, { labels, value: 0 }, UP]);
      const { unsupported, series } = outcome(file, version);
      assert.equal(unsupported, 2, what);
      for (const { labels: sent } of series) assert.deepEqual(sent, UP.labels, what);
    }
  });

  test(`a label without a value is absent, whatever its name, in ${version}`, () => {
    const labels: Pairs = [["__name__", "up"], ["job", "node"], ["job", ""], ["", ""]];
    const rows = [UP, { labels, value: 2 }, { labels: [...labels, ["z", ""]] as Pairs, value: 3 }];
    const twice: Pairs = [["__name__", "up"], ["job", "node"], ["job", "b"], ["", ""]];
    const { unsupported, series } = outcome(group([...rows, { labels: twice }, ...rows]), version);
    assert.equal(unsupported, 1);
    assert.ok(series.length >= 2);
    for (const { labels: sent } of series) assert.deepEqual(sent, UP.labels);
  });
}

test("strings behind the rows are checked all the same", () => {
  const file = group([UP, { labels: [["__name__", "up"], ["job", NOT_UTF8]], value: 2 }]);
  const strings = encode("Strings");
  const at = file.findIndex((_, i) => strings.every((byte, j) => file[i + j] === byte));
  assert.equal(at, 1);
  const series = encode("Series");
  const seriesAt = file.findIndex((_, i) => series.every((byte, j) => file[i + j] === byte));
  const swapped = Uint8Array.from([
    file[0]!,
    ...file.subarray(seriesAt),
    ...file.subarray(1, seriesAt),
  ]);
  assert.equal(outcome(swapped).unsupported, 1);
});

test("what Alloy wrote of an exemplar, a nameless row of value 0, is no sample", () => {
  const exemplar: Pairs = [["trace_id", "abc"]];
  const { unsupported, series } = outcome(group([
    UP,
    { labels: exemplar, value: 0 },
    // Whoever has a value, or was written without a hash, is no exemplar.
    { labels: exemplar, value: 1 },
    { labels: exemplar, value: 0, hash: 0 },
    { ...UP, value: 0 },
  ]));
  assert.equal(unsupported, 1);
  assert.equal(series.length, 4);
});

const count = (IntValue: bigint) => ({ IsInt: true, IntValue, FloatValue: 0 });
const NO_BUCKETS = {
  Count: count(0n),
  Sum: 0.5,
  Schema: 0,
  ZeroThreshold: 0.5,
  ZeroCount: count(0n),
  NegativeSpans: [],
  NegativeBuckets: [],
  NegativeCounts: [],
  PositiveSpans: [] as object[],
  PositiveBuckets: [] as number[],
  PositiveCounts: [],
  ResetHint: 0,
  TimestampMillisecond: TIME_MS,
};

test("a count of 64 bits is read as Alloy wrote it", () => {
  const all = 2n ** 64n - 1n;
  const histogram = { ...NO_BUCKETS, Count: count(all), ZeroCount: count(all) };
  const { series } = outcome(group([{ ...UP, histogram }]));
  const [signal] = series[0]!.signals;
  assert.ok(signal?.kind === "histogram");
  assert.deepEqual([signal.histogram.count, signal.histogram.zeroCount], [all, all]);
});

test("a span that is wider than 32 bits is not cut: its histogram is dropped", () => {
  for (
    const span of [
      { Offset: 2n ** 32n, Length: 1 },
      { Offset: 0, Length: 2n ** 32n + 1n },
      { Offset: -(2n ** 33n), Length: 1 },
    ]
  ) {
    const histogram = {
      ...NO_BUCKETS,
      Count: count(1n),
      PositiveSpans: [span],
      PositiveBuckets: [1],
    };
    const { unsupported, series } = outcome(group([{ ...UP, histogram }, UP]));
    assert.deepEqual([unsupported, series.length], [1, 1]);
  }
  const whole = {
    ...NO_BUCKETS,
    Count: count(1n),
    PositiveSpans: [{ Offset: -(2 ** 31) + 1, Length: 1 }],
    PositiveBuckets: [1],
  };
  assert.equal(outcome(group([{ ...UP, histogram: whole }])).unsupported, 0);
});

test("a histogram with longer lists than one may have is dropped, not made room for", () => {
  const histogram = { ...NO_BUCKETS, PositiveCounts: new Array<number>(1_100_000).fill(0) };
  const { unsupported, series } = outcome(group([{ ...UP, histogram }, UP]));
  assert.deepEqual([unsupported, series.length], [1, 1]);
});

const about = (type: string | undefined, texts: Record<string, Text> = {}): Series => {
  const { family = "up", help = "help", unit = "s" } = texts;
  return {
    labels: [
      ["__name__", family],
      ...type === undefined ? [] : [["__alloy_metadata_type__", type] as const],
      ["__alloy_metadata_help__", help],
      ["__alloy_metadata_unit__", unit],
    ],
  };
};

test("metadata of a type that is not known goes out as of an unknown type, as Alloy sent it", () => {
  const types = ["counter", "COUNTER", "Gauge", "stateset", "unknown", "untyped", ""];
  const { metadata, unsupported } = outcome(group([], types.map((type) => about(type))));
  assert.equal(unsupported, 0);
  assert.deepEqual(metadata.map(({ type }) => type), [1, 1, 2, 7, 0, 0, 0]);
});

test("metadata without a type or a family, or with text that is not UTF-8, is unsupported", () => {
  const broken = [
    about(undefined),
    about("counter", { family: "" }),
    about("counter", { family: NOT_UTF8 }),
    about("counter", { help: NOT_UTF8 }),
    about("counter", { unit: NOT_UTF8 }),
  ];
  const { metadata, unsupported } = outcome(group([], [...broken, about("counter")]));
  assert.deepEqual([metadata.length, unsupported], [1, broken.length]);
});

test("a row with more labels than fit any request is refused", () => {
  const labels: Pairs = new Array<[string, string]>(600_000).fill(["a", "b"]);
  assertCode(() => outcome(group([{ labels, value: 1 }])), "CORRUPT", /600000/);
});
