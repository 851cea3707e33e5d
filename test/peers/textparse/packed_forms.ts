/** Pages in protobuf: each field of a family in each of its forms. */
import { encodePage, pairsOf } from "../../support/metric_family.ts";

const NUMBERS = [0, -0, 1, -1, 1.5, NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308];
const TEXTS = ["", "a", "a.b", "ü", 'a"b\\c\nd', "\0", "_", "1a", "__name__", "le"];
const TIMES = [
  {},
  { seconds: 1 },
  { seconds: 1, nanos: 999_999_999 },
  { nanos: 1_999_999 },
  {
    seconds: -1,
  },
  { seconds: -1, nanos: 500_000_000 },
  { seconds: 253402300800 },
  { seconds: 1, nanos: -1 },
  {
    seconds: 1,
    nanos: 1_000_000_000,
  },
];
const TYPES = ["COUNTER", "GAUGE", "SUMMARY", "UNTYPED", "HISTOGRAM", "GAUGE_HISTOGRAM"];

const EXEMPLARS = [
  {},
  { value: 1 },
  { label: pairsOf({ a: "b" }), value: 1 },
  ...TIMES.map((timestamp) => ({ label: pairsOf({ a: "b" }), value: 1, timestamp })),
  ...TEXTS.map((text) => ({ label: pairsOf({ [text]: text }), value: 1 })),
  { label: [...pairsOf({ a: "b" }), ...pairsOf({ a: "c" })], value: 1 },
  { label: pairsOf({ z: "1", a: "2" }), value: 1 },
  { label: pairsOf({ a: "x".repeat(128) }), value: 1 },
  { label: pairsOf({ a: "é".repeat(127) }), value: 1, timestamp: { seconds: 3 } },
];

const BUCKETS = [
  { cumulative_count: 1, upper_bound: 0.5 },
  { cumulative_count: 3, upper_bound: 1 },
  { cumulative_count: 4, upper_bound: Infinity },
];
const CLASSIC = { sample_count: 4, sample_sum: 3.5, bucket: BUCKETS };
const NATIVE = {
  sample_count: 5,
  sample_sum: 3.5,
  schema: 2,
  zero_threshold: 0.001,
  zero_count: 1,
  positive_span: [{ offset: 0, length: 2 }],
  positive_delta: [1, 0],
  negative_span: [{ offset: 1, length: 2 }],
  negative_delta: [1, -1],
};
/** Its count fits. */
const FITTING = { ...NATIVE, sample_count: 4 };
const FLOAT = {
  sample_count_float: 4,
  sample_sum: 3.5,
  schema: 0,
  zero_threshold: 0.001,
  zero_count_float: 0.5,
  positive_span: [{ offset: 0, length: 2 }],
  positive_count: [1.5, 2],
};

function bucketsWith(exemplars: readonly (object | undefined)[]): object[] {
  return BUCKETS.map((bucket, index) => ({
    ...bucket,
    ...exemplars[index] && { exemplar: exemplars[index] },
  }));
}

function at(seconds: number, id = "x", value = seconds): object {
  return { label: pairsOf({ id }), value, timestamp: { seconds } };
}

const timeless = { label: pairsOf({ id: "t" }), value: 1 };

const HISTOGRAMS: readonly object[] = [
  {},
  CLASSIC,
  NATIVE,
  FITTING,
  FLOAT,
  { ...FITTING, bucket: BUCKETS },
  { ...FITTING, bucket: bucketsWith([at(3), at(1), timeless]) },
  { ...FITTING, bucket: bucketsWith([at(3), at(1)]), exemplars: [at(5), at(2), timeless] },
  { ...FITTING, exemplars: [at(5), at(2), timeless, at(2, "y"), at(2, "x", 1)] },
  { ...FITTING, exemplars: [timeless] },
  { ...FITTING, bucket: bucketsWith([timeless]), exemplars: [timeless] },
  { ...CLASSIC, exemplars: [at(5), at(2)] },
  { ...CLASSIC, bucket: bucketsWith([at(3), at(1), timeless]) },
  { ...CLASSIC, bucket: bucketsWith([at(3), at(1)]), exemplars: [at(5)] },
  { ...CLASSIC, bucket: bucketsWith([at(3), at(3)]) },
  { ...CLASSIC, bucket: BUCKETS.slice(0, 2) },
  { ...CLASSIC, bucket: [] },
  { ...CLASSIC, bucket: [...BUCKETS].reverse() },
  { ...CLASSIC, bucket: [...BUCKETS, BUCKETS[2]!] },
  { ...CLASSIC, bucket: [BUCKETS[0]!, BUCKETS[0]!, BUCKETS[2]!] },
  { ...CLASSIC, bucket: [{ cumulative_count: 5, upper_bound: 1 }] },
  { ...CLASSIC, bucket: [{ cumulative_count: 1, upper_bound: NaN }, BUCKETS[2]!] },
  { ...CLASSIC, bucket: [{ cumulative_count: 1, upper_bound: -Infinity }, BUCKETS[2]!] },
  { ...CLASSIC, bucket: [{ cumulative_count: 1 }, BUCKETS[2]!] },
  { ...CLASSIC, bucket: [{ cumulative_count: 1, upper_bound: -0 }, BUCKETS[2]!] },
  { ...CLASSIC, sample_count: 9 },
  { ...CLASSIC, sample_count: 0 },
  { sample_count: 4 },
  { sample_sum: 4 },
  { sample_count_float: 4.5, bucket: [{ cumulative_count_float: 1.5, upper_bound: 1 }] },
  { sample_count_float: 4.5, sample_sum: 1, bucket: [{ cumulative_count: 1, upper_bound: 1 }] },
  { sample_count: 4, bucket: [{ cumulative_count_float: 1.5, upper_bound: 1 }] },
  { ...FLOAT, bucket: BUCKETS },
  { ...FLOAT, sample_count_float: 0.25 },
  { ...FLOAT, sample_count_float: NaN },
  { ...FLOAT, positive_count: [1.5, -2] },
  { ...FLOAT, positive_count: [1.5] },
  { ...FLOAT, positive_count: [NaN, 1], sample_sum: NaN },
  { ...FLOAT, sample_count: 4 },
  { ...FITTING, sample_count_float: 4 },
  { ...FITTING, zero_count_float: 1 },
  { ...FITTING, sample_sum: NaN },
  { ...FITTING, sample_count: 9, sample_sum: NaN },
  { ...FITTING, sample_count: 3, sample_sum: NaN },
  ...[-10, -9, -4, -5, 8, 9, -53, 100].map((schema) => ({ ...FITTING, schema })),
  { ...FITTING, positive_span: [] },
  { ...FITTING, positive_span: [{ offset: 0, length: 1 }] },
  { ...FITTING, positive_span: [{ offset: 0, length: 3 }] },
  { ...FITTING, positive_span: [{ offset: -5, length: 1 }, { offset: 3, length: 1 }] },
  { ...FITTING, positive_span: [{ offset: 0, length: 1 }, { offset: -1, length: 1 }] },
  { ...FITTING, positive_span: [{ offset: 0, length: 0 }, { offset: 2, length: 2 }] },
  {
    ...FITTING,
    positive_span: [{ offset: 0, length: 1 }, { length: 0 }, { offset: 1, length: 1 }],
  },
  { ...FITTING, positive_span: [{ offset: 0, length: 1 }, { offset: 0, length: 1 }] },
  { ...FITTING, positive_delta: [1, -2], positive_span: [{ offset: 0, length: 2 }] },
  { ...FITTING, positive_delta: [0, 0], sample_count: 2 },
  { ...FITTING, zero_threshold: -1 },
  { ...FITTING, zero_threshold: NaN },
  { ...FITTING, zero_threshold: 1e9 },
  { schema: 3 },
  { zero_threshold: 0.5 },
  { zero_count: 0, zero_threshold: 0 },
  { sample_count: 0, positive_span: [{ offset: 0, length: 0 }] },
  { sample_count: 0, negative_span: [{ offset: 0, length: 0 }], bucket: BUCKETS },
  { sample_count: 2, zero_count: 2 },
  {
    sample_count: 2,
    sample_sum: 1,
    schema: -53,
    positive_span: [{ length: 2 }],
    positive_delta: [1, 0],
  },
  ...TIMES.map((created_timestamp) => ({ ...FITTING, created_timestamp, bucket: BUCKETS })),
  ...TIMES.map((created_timestamp) => ({ ...CLASSIC, created_timestamp })),
];

const SUMMARIES: readonly object[] = [
  {},
  { sample_count: 1 },
  { sample_sum: 1 },
  ...NUMBERS.map((quantile) => ({ quantile: [{ quantile, value: quantile }] })),
  { quantile: [{}] },
  { quantile: [{ quantile: 0.5, value: 1 }, { quantile: 0.5, value: 2 }] },
  ...TIMES.map((created_timestamp) => ({ sample_count: 1, created_timestamp })),
];

/** All pages. */
export function packedForms(): Uint8Array[] {
  const before = { name: "before", type: "GAUGE", metric: [{ gauge: { value: 1 } }] };
  const after = { ...before, name: "after" };
  return families().map((own) => encodePage(before, ...[own].flat(), after));
}

function families(): (object | object[])[] {
  const gauge = (metric: object, more: object = {}): object => ({
    name: "m",
    type: "GAUGE",
    metric: [metric],
    ...more,
  });
  return [
    ...NUMBERS.flatMap((value) => [
      gauge({ gauge: { value } }),
      { name: "m", type: "COUNTER", metric: [{ counter: { value } }] },
      { name: "m", type: "UNTYPED", metric: [{ untyped: { value } }] },
    ]),
    ...TEXTS.flatMap((text) => [
      gauge({ gauge: { value: 1 } }, { name: text }),
      gauge({ gauge: { value: 1 } }, { help: text }),
      gauge({ gauge: { value: 1 } }, { unit: text }),
      gauge({ gauge: { value: 1 }, label: pairsOf({ [text]: "v" }) }),
      gauge({ gauge: { value: 1 }, label: pairsOf({ l: text }) }),
      {
        name: "m",
        type: "HISTOGRAM",
        metric: [{ label: pairsOf({ [text]: "v" }), histogram: CLASSIC }],
      },
    ]),
    gauge({ gauge: { value: 1 }, label: [...pairsOf({ a: "1" }), ...pairsOf({ a: "2" })] }),
    gauge({ gauge: { value: 1 }, label: pairsOf({ z: "1", a: "2", m: "" }) }),
    gauge({ gauge: { value: 1 }, label: [{}] }),
    gauge({ gauge: { value: 1 }, label: [{ name: "a" }] }),
    gauge({ gauge: { value: 1 }, label: [{ value: "a" }] }),
    ...[0, 1, -1, 1_700_000_000_000].map((timestamp_ms) =>
      gauge({ gauge: { value: 1 }, timestamp_ms })
    ),
    // Each type with the value of each other one, and without any.
    ...TYPES.flatMap((type) =>
      [
        { counter: { value: 1 } },
        { gauge: { value: 2 } },
        { untyped: { value: 3 } },
        {
          summary: { sample_count: 4 },
        },
        { histogram: CLASSIC },
        {},
        { counter: {}, gauge: {}, summary: {}, histogram: CLASSIC },
      ]
        .map((metric) => ({ name: "m", type, metric: [metric] }))
    ),
    { metric: [{ counter: { value: 1 } }] },
    { name: "m", metric: [{ counter: { value: 1 } }] },
    { name: "m", type: "COUNTER" },
    { name: "m" },
    {},
    [gauge({ gauge: { value: 1 } }), gauge({ gauge: { value: 2 } })],
    [gauge({ gauge: { value: 1 } }), gauge({ gauge: { value: 2 }, label: pairsOf({ a: "b" }) })],
    { name: "m", type: "GAUGE", metric: [{ gauge: { value: 1 } }, { gauge: { value: 2 } }] },
    { name: "m", type: "GAUGE", metric: [{ gauge: {} }, { gauge: {}, timestamp_ms: 5 }] },
    ...EXEMPLARS.map((exemplar) => ({
      name: "m",
      type: "COUNTER",
      metric: [{ counter: { value: 1, exemplar } }],
    })),
    ...TIMES.map((created_timestamp) => ({
      name: "m",
      type: "COUNTER",
      metric: [{ counter: { value: 1, created_timestamp } }],
    })),
    ...SUMMARIES.map((summary) => ({ name: "m", type: "SUMMARY", metric: [{ summary }] })),
    ...HISTOGRAMS.flatMap((histogram) => [
      { name: "m", type: "HISTOGRAM", metric: [{ histogram }] },
      { name: "m", type: "GAUGE_HISTOGRAM", metric: [{ histogram }] },
      {
        name: "m",
        type: "HISTOGRAM",
        metric: [{ histogram, label: pairsOf({ a: "1" }) }, {
          histogram: CLASSIC,
          label: pairsOf({ a: "2" }),
          timestamp_ms: 5,
        }],
      },
      { name: "m", type: "HISTOGRAM", metric: [{ histogram: CLASSIC }, { histogram }] },
    ]),
    ...EXEMPLARS.flatMap((exemplar) => [
      {
        name: "m",
        type: "HISTOGRAM",
        metric: [{ histogram: { ...FITTING, exemplars: [exemplar] } }],
      },
      {
        name: "m",
        type: "HISTOGRAM",
        metric: [{ histogram: { ...CLASSIC, bucket: bucketsWith([exemplar]) } }],
      },
      {
        name: "m",
        type: "HISTOGRAM",
        metric: [{ histogram: { ...FITTING, bucket: bucketsWith([exemplar]) } }],
      },
    ]),
  ];
}
