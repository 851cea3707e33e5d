/** Records of Alloy's second format that hold more than one signal, or broken ones. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { alloyV2File, bytesRecord, metricRecord } from "../support/alloy_v2.ts";
import { decodeRequest } from "../support/remote_write.ts";
import type { HistogramForm, LabelPairs, Signal } from "../support/signals.ts";
import { drain, kernel, ONE_SHARD, openRequest } from "./support.ts";

const LABELS: LabelPairs = [["__name__", "up"], ["job", "node"]];
const TIME_MS = 1_700_000_000_000n;
const SAMPLE: Signal = { kind: "sample", timestampMs: TIME_MS, startMs: 0n, bits: 1n };
const exemplar = (exemplarLabels: LabelPairs): Signal => ({
  kind: "exemplar",
  timestampMs: TIME_MS,
  bits: 2n,
  exemplarLabels,
});
const GOOD = exemplar([["trace_id", "abc"]]);
const TWICE = exemplar([["trace_id", "abc"], ["trace_id", "def"]]);

const NO_BUCKETS: HistogramForm = {
  isFloat: false,
  count: 0n,
  sum: 0n,
  schema: 0,
  zeroThreshold: 0n,
  zeroCount: 0n,
  negativeSpans: [],
  negative: [],
  positiveSpans: [],
  positive: [],
  resetHint: 0,
  customValues: [],
};
const histogram = (form: Partial<HistogramForm>): Signal => ({
  kind: "histogram",
  timestampMs: TIME_MS,
  startMs: 0n,
  histogram: { ...NO_BUCKETS, ...form },
});

/** Loads records and tells what became of their signals. */
function outcome(records: readonly Uint8Array[]) {
  const reader = kernel.createReader(ONE_SHARD);
  const { signals, counted } = reader.load(alloyV2File(records));
  const { unsupported } = drain(reader);
  const sent = reader.openSignals(0);
  assert.equal(signals, sent + unsupported);
  const series = sent === 0 ? [] : decodeRequest(openRequest(reader.take(0)), "v1").series;
  return { signals, counted, sent, unsupported, series };
}

test("an exemplar in the record of its sample is a signal of its own; the head counts records", () => {
  const { series, ...counts } = outcome([
    metricRecord({ labels: LABELS, signals: [SAMPLE, GOOD] }),
    metricRecord({ labels: LABELS, signals: [SAMPLE] }),
  ]);
  assert.deepEqual(counts, { signals: 3, counted: 2, sent: 3, unsupported: 0 });
  assert.deepEqual(series.map(({ signals }) => signals), [[SAMPLE], [GOOD], [SAMPLE]]);
});

test("a broken signal beside a good one is counted, whatever breaks it", () => {
  const cases: [string, Signal[], number, number][] = [
    ["an exemplar with a label twice", [SAMPLE, TWICE], 1, 1],
    ["two of them", [SAMPLE, TWICE, TWICE, GOOD], 2, 2],
    [
      "a histogram with a schema that nobody knows",
      [
        histogram({}),
        histogram({ schema: 99 }),
      ],
      1,
      1,
    ],
    ["nothing but broken ones", [TWICE, histogram({ count: 1n })], 0, 2],
    ["nothing at all", [], 0, 1],
  ];
  for (const [what, signals, sent, unsupported] of cases) {
    const got = outcome([metricRecord({ labels: LABELS, signals })]);
    assert.deepEqual([got.counted, got.sent, got.unsupported], [1, sent, unsupported], what);
  }
});

test("a series that no endpoint takes is counted with all its signals, and the file goes on", () => {
  const notUtf8 = (name: number[], value: number[]): Uint8Array =>
    bytesRecord([
      ...[0x0a, 4 + name.length + value.length, 0x0a, name.length, ...name],
      ...[0x12, value.length, ...value],
      ...[0x12, 2, 0x10, 1],
      ...[0x12, 2, 0x10, 2],
    ]);
  const broken = {
    "a label twice": metricRecord({
      labels: [...LABELS, ["job", "other"]],
      signals: [SAMPLE, GOOD],
    }),
    "an empty name": metricRecord({ labels: [...LABELS, ["", "x"]], signals: [SAMPLE, GOOD] }),
    "a name that is not UTF-8": notUtf8([0x61, 0xff], [0x61]),
    "a value that is not UTF-8": notUtf8([0x61], [0xc0, 0x80]),
  };
  for (const [what, record] of Object.entries(broken)) {
    const good = metricRecord({ labels: LABELS, signals: [SAMPLE] });
    const got = outcome([good, record, good]);
    assert.deepEqual([got.counted, got.sent, got.unsupported], [3, 2, 2], what);
  }
});
