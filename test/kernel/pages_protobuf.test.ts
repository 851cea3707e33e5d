/** Pages in protobuf, which alone have native histograms. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageRules } from "../../src/contracts.ts";
import { PageError } from "../../src/errors.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { encodePage, pairsOf } from "../support/metric_family.ts";
import { bitsOf, formOf, inOrder, type PageForm, RULES } from "./page_forms.ts";

const kernel = await loadKernel();
const parser = kernel.createPageParser();

function read(page: Uint8Array, rules: Partial<PageRules> = {}): PageForm {
  const target = parser.openTarget();
  try {
    target.read(
      page,
      { ...RULES, protocol: "PrometheusProto", nativeHistograms: true, ...rules },
      inOrder,
    );
    return formOf(target);
  } finally {
    target.close();
  }
}

function names(form: PageForm): string[] {
  return form.sent.map(({ labels }) =>
    Object.values(Object.fromEntries(JSON.parse(labels))).join(" ")
  );
}

const exemplar = { label: pairsOf({ id: "x" }), value: 0.5, timestamp: { seconds: 7, nanos: 5e8 } };
const native = {
  sample_count: 12,
  sample_sum: 3.5,
  schema: 3,
  zero_threshold: 1e-10,
  zero_count: 2,
  negative_span: [{ offset: -3, length: 2 }],
  negative_delta: [1, 1],
  positive_span: [{ offset: 0, length: 2 }, { offset: 1, length: 3 }],
  positive_delta: [1, 1, -2, 3, -2],
  created_timestamp: { seconds: 77, nanos: 250_000_000 },
  exemplars: [exemplar],
};
const classic = {
  sample_count: 5,
  sample_sum: 9,
  bucket: [
    { cumulative_count: 1, upper_bound: 0.5 },
    { cumulative_count: 3, upper_bound: 1, exemplar },
  ],
};

test("counters, gauges, summaries and untyped ones, with their times", () => {
  const form = read(
    encodePage(
      {
        name: "c_total",
        help: "a\\n\nhelp",
        type: "COUNTER",
        metric: [{
          label: pairsOf({ a: "ü" }),
          counter: { value: 5, exemplar, created_timestamp: { seconds: 3 } },
          timestamp_ms: 1234,
        }],
      },
      { name: "g_seconds", unit: "seconds", type: "GAUGE", metric: [{ gauge: { value: -0 } }] },
      {
        name: "s",
        type: "SUMMARY",
        metric: [{
          summary: { sample_count: 3, sample_sum: 4.5, quantile: [{ quantile: 1, value: 2 }] },
        }],
      },
      { name: "u", type: "UNTYPED", metric: [{ untyped: { value: 1.25 } }] },
      { name: "empty", type: "GAUGE" },
    ),
    { readsCreated: true },
  );
  assert.deepEqual(names(form), ["c_total ü", "g_seconds", "s_count", "s_sum", "s 1.0", "u"]);
  const [counter] = form.sent;
  assert.deepEqual(counter, {
    labels: '[["__name__","c_total"],["a","ü"]]',
    value: bitsOf(5).toString(16),
    timestampMs: "1234",
    startMs: "3000",
    exemplars: ['[["id","x"]] 3fe0000000000000 7500'],
  });
  assert.deepEqual(form.families.map((text) => JSON.parse(text)), [
    ["c_total", "counter", "a\\n\nhelp", ""],
    ["g_seconds", "gauge", "", "seconds"],
    ["s", "summary", "", ""],
    ["u", "unknown", "", ""],
  ]);
});

test("a NaN keeps its bits", () => {
  const page = encodePage({ name: "g", type: "GAUGE", metric: [{ gauge: { value: 1.5 } }] });
  const bits = Uint8Array.of(0x02, 0, 0, 0, 0, 0, 0xf0, 0x7f);
  const marked = page.slice();
  marked.set(bits, page.length - 8);
  assert.equal(read(marked).sent[0]!.value, "7ff0000000000002");
});

const NATIVE_TEXT = {
  isFloat: false,
  count: "12",
  sum: bitsOf(3.5).toString(16),
  schema: 3,
  zeroThreshold: bitsOf(1e-10).toString(16),
  zeroCount: "2",
  negativeSpans: [[-3, 2]],
  negative: ["1", "1"],
  // The empty bucket is left out.
  positiveSpans: [[0, 2], [2, 2]],
  positive: ["1", "1", "1", "-2"],
  resetHint: 0,
  customValues: [],
};

test("native histograms, with or without their classic buckets", () => {
  const page = encodePage({
    name: "h",
    type: "HISTOGRAM",
    metric: [{ histogram: { ...native, bucket: classic.bucket } }, {
      label: pairsOf({ k: "v" }),
      histogram: classic,
    }],
  });
  const only = read(page, { readsCreated: true });
  assert.deepEqual(JSON.parse(only.sent[0]!.value), NATIVE_TEXT);
  assert.equal(only.sent[0]!.startMs, "77250");
  assert.deepEqual(only.sent[0]!.exemplars, ['[["id","x"]] 3fe0000000000000 7500']);
  assert.deepEqual(names(only).slice(1), [
    "h_count v",
    "h_sum v",
    "h_bucket v 0.5",
    "h_bucket v 1.0",
    "h_bucket v +Inf",
  ]);
  const both = names(read(page, { alwaysClassic: true }));
  assert.deepEqual(both.slice(0, 6), [
    "h",
    "h_count",
    "h_sum",
    "h_bucket 0.5",
    "h_bucket 1.0",
    "h_bucket +Inf",
  ]);
  assert.equal(names(read(page, { nativeHistograms: false })).includes("h"), false);
});

test("float and gauge histograms", () => {
  const page = encodePage({
    name: "h",
    type: "GAUGE_HISTOGRAM",
    metric: [{
      histogram: {
        sample_count_float: 6,
        sample_sum: 3.5,
        schema: 1,
        zero_count_float: 1.5,
        positive_span: [{ offset: 4, length: 3 }],
        positive_count: [1.5, 0, 3],
      },
    }],
  });
  const histogram = JSON.parse(read(page).sent[0]!.value);
  assert.deepEqual(histogram.positiveSpans, [[4, 1], [1, 1]]);
  assert.deepEqual(histogram.positive, [bitsOf(1.5).toString(16), bitsOf(3).toString(16)]);
  assert.deepEqual([histogram.isFloat, histogram.resetHint], [true, 3]);
});

test("buckets are merged until they are few enough, or wide enough", () => {
  const page = encodePage({ name: "h", type: "HISTOGRAM", metric: [{ histogram: native }] });
  const merged = JSON.parse(read(page, { bucketLimit: 4 }).sent[0]!.value);
  // Indexes 0, 1, 4, 5 and -3, -2 become 0, 1, 2, 3 and -1, and then 0, 1, 2 and 0: four are few enough.
  assert.equal(merged.schema, 1);
  assert.deepEqual(merged.positiveSpans, [[0, 3]]);
  assert.deepEqual(merged.positive, ["1", "4", "-4"]);
  assert.deepEqual([merged.negativeSpans, merged.negative], [[[0, 1]], ["3"]]);
  assert.equal(JSON.parse(read(page, { minBucketFactor: 1.4 }).sent[0]!.value).schema, 1);
  assert.throws(() => read(page, { bucketLimit: 1 }), /native_histogram_bucket_limit/);
});

test("classic histograms become ones with bounds of their own", () => {
  const page = encodePage({ name: "h", type: "HISTOGRAM", metric: [{ histogram: classic }] });
  const form = read(page, { convertToCustomBuckets: true });
  assert.deepEqual(names(form), ["h"]);
  const histogram = JSON.parse(form.sent[0]!.value);
  assert.deepEqual(histogram.customValues, [0.5, 1].map((bound) => bitsOf(bound).toString(16)));
  assert.deepEqual(histogram.positive, ["1", "1", "0"]);
});

test("what breaks a rule refuses the page, and the next page is read", () => {
  const broken = (histogram: object): Uint8Array =>
    encodePage({ name: "h", type: "HISTOGRAM", metric: [{ histogram }] });
  const pages = [
    broken({ ...native, sample_count: 13 }),
    broken({ ...native, positive_span: [{ offset: 0, length: 9 }] }),
    broken({ ...native, positive_span: [{ offset: 0, length: 2 }, { offset: -1, length: 3 }] }),
    broken({ ...native, schema: 9 }),
    broken({ ...native, positive_delta: [1, -2, 0, 0, 0] }),
    encodePage({ type: "GAUGE", metric: [{ gauge: { value: 1 } }] }),
    encodePage({ name: "a", type: "GAUGE", metric: [{ label: pairsOf({ "": "x" }) }] }),
    encodePage({ name: "a", type: "GAUGE", metric: [{ gauge: { value: 1 } }] }).slice(0, -1),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
  ];
  for (const [index, page] of pages.entries()) {
    assert.throws(() => read(page), PageError, `page ${index}`);
    assert.equal(read(encodePage({ name: "a", metric: [{ counter: {} }] })).sent.length, 1);
  }
});
