/** Pages with histograms of both kinds, exemplars and start timestamps, in protobuf and in OpenMetrics. */
import { encodePage, pairsOf } from "../../support/metric_family.ts";
import type { PageAnswer } from "../support/pages.ts";
import { AHEAD_MS, OPEN_METRICS, type Pages } from "./pages.ts";

const PROTOBUF =
  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/** Of exemplars: they say when they are from. */
const SECONDS = Math.floor(AHEAD_MS / 1000) - 3600;

function packed(...families: readonly object[]): PageAnswer {
  return { contentType: PROTOBUF, bytes: encodePage(...families) };
}

function open(text: string): PageAnswer {
  return { contentType: OPEN_METRICS, text: `${text}# EOF\n` };
}

function exemplar(id: string, value: number, seconds?: number): object {
  return {
    label: pairsOf({ trace_id: id }),
    value,
    ...seconds !== undefined && { timestamp: { seconds, nanos: 250_000_000 } },
  };
}

/** Observations so far in each scrape: counters that grow. */
function native(step: number, more: object = {}): object {
  return {
    sample_count: 14 + 6 * step,
    sample_sum: 20.5 + step,
    schema: 3,
    zero_threshold: 0.001,
    zero_count: 2 + step,
    negative_span: [{ offset: 1, length: 2 }],
    negative_delta: [2, 0],
    positive_span: [{ offset: -2, length: 2 }, { offset: 3, length: 3 }],
    positive_delta: [1 + step, 1, 0, -1, 1],
    ...more,
  };
}

const CLASSIC = {
  bucket: [
    { cumulative_count: 4, upper_bound: 0.1 },
    { cumulative_count: 7, upper_bound: 1, exemplar: exemplar("classic", 0.5, SECONDS) },
    { cumulative_count: 14, upper_bound: Infinity },
  ],
};

/** A counter, a gauge, a summary, and something without a type. */
function plain(step: number): PageAnswer {
  const created_timestamp = { seconds: SECONDS, nanos: 500_000_000 };
  return packed(
    {
      name: "pb_total",
      help: 'Some "help", with \\ and\na line.',
      type: "COUNTER",
      unit: "total",
      metric: [
        {
          label: pairsOf({ code: "200", empty: "" }),
          counter: { value: 5 + step, exemplar: exemplar("a", 1, SECONDS), created_timestamp },
        },
        { label: pairsOf({ code: "500" }), counter: { value: 0, exemplar: exemplar("b", 2) } },
      ],
    },
    { name: "pb_gauge", type: "GAUGE", metric: [{ gauge: { value: NaN } }] },
    {
      name: "pb_summary",
      type: "SUMMARY",
      metric: [{
        label: pairsOf({ größe: "ü" }),
        summary: {
          sample_count: 3,
          sample_sum: 4.5,
          quantile: [{ quantile: 0.5, value: 1 }, { quantile: 1, value: 2 }],
          created_timestamp,
        },
      }],
    },
    { name: "pb_untyped", type: "UNTYPED", metric: [{ untyped: { value: -1 } }] },
    { name: "pb.timed", type: "GAUGE", metric: [{ gauge: { value: 1 }, timestamp_ms: AHEAD_MS }] },
  );
}

function histogramPage(histogram: object, type = "HISTOGRAM"): PageAnswer {
  return packed({
    name: type === "HISTOGRAM" ? "nh_seconds" : "gnh_seconds",
    help: "A histogram.",
    type,
    unit: "seconds",
    metric: [{ label: pairsOf({ path: "/" }), histogram }],
  });
}

const STEPS = [0, 1, 2, 3];

const EXEMPLARS = [
  exemplar("late", 2, SECONDS + 9),
  exemplar("early", -3, SECONDS),
  exemplar("timeless", 1),
];

/** 12 buckets, each as wide as schema 5 has them. */
const MANY = {
  sample_count: 24,
  sample_sum: 30,
  schema: 5,
  zero_threshold: 0.001,
  positive_span: [{ offset: 0, length: 8 }, { offset: 4, length: 4 }],
  positive_delta: [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
};

const FLOAT = {
  sample_count_float: 7.5,
  sample_sum: -0.25,
  schema: 2,
  zero_threshold: 0.5,
  zero_count_float: 0.5,
  positive_span: [{ offset: 0, length: 2 }],
  positive_count: [2.5, 4.5],
};

/** Samples, exemplars, histograms of both kinds; vanished and failed. */
export const NATIVE_PAGES: Pages = {
  packed: STEPS.map(plain),
  native: STEPS.map((step) => histogramPage({ ...native(step), ...CLASSIC })),
  "native-only": [
    histogramPage(native(0, { exemplars: EXEMPLARS })),
    histogramPage(native(1, { exemplars: EXEMPLARS })),
    packed({ name: "other", type: "GAUGE", metric: [{ gauge: { value: 1 } }] }),
    histogramPage(native(3)),
  ],
  "not-native": STEPS.map((step) => histogramPage({ ...native(step), ...CLASSIC })),
  both: STEPS.map((step) => histogramPage({ ...native(step), ...CLASSIC, exemplars: EXEMPLARS })),
  "both-custom": STEPS.map((step) => histogramPage({ ...native(step), ...CLASSIC })),
  custom: [
    histogramPage({ sample_count: 14, sample_sum: 3.5, ...CLASSIC }),
    histogramPage({ sample_count: 14, sample_sum: 3.5, ...CLASSIC }),
    { status: 503, text: "" },
    histogramPage({ sample_count: 14, sample_sum: 3.5, ...CLASSIC }),
  ],
  "custom-open": STEPS.map((step) =>
    open(`# TYPE oh histogram
# UNIT oh_seconds seconds
# HELP oh Observed.
oh_bucket{p="a",le="0.5"} ${step} # {trace_id="x"} 0.4 ${SECONDS}
oh_bucket{p="a",le="1"} ${step + 2}
oh_bucket{p="a",le="+Inf"} ${step + 4} # {trace_id="y"} 3
oh_count{p="a"} ${step + 4}
oh_sum{p="a"} 4.5
oh_bucket{p="b",le="+Inf"} 1
oh_count{p="b"} 1
oh_sum{p="b"} NaN
`)
  ),
  "custom-text": STEPS.map((step) => ({
    text: `# TYPE th histogram
th_bucket{le="1"} ${step}
th_bucket{le="2"} ${step}
th_bucket{le="+Inf"} ${step + 1}
th_sum 1
th_count ${step + 1}
`,
  })),
  "float-buckets": [histogramPage(FLOAT), histogramPage(FLOAT, "GAUGE_HISTOGRAM")],
  gauge: STEPS.map((step) => histogramPage(native(step, CLASSIC), "GAUGE_HISTOGRAM")),
  empty: [
    histogramPage({ sample_count: 0, sample_sum: 0, schema: 0, positive_span: [{ offset: 0 }] }),
    histogramPage({ sample_count: 0, sample_sum: 0, positive_span: [{ offset: 0, length: 0 }] }),
  ],
  "few-buckets": [histogramPage(MANY), histogramPage({ ...MANY, schema: 2 })],
  "too-many-buckets": [
    histogramPage(native(0)),
    histogramPage({
      ...MANY,
      schema: -4,
      positive_span: [{ offset: 0, length: 1 }, { offset: 100, length: 11 }],
    }),
    histogramPage(native(2)),
  ],
  wide: [histogramPage(MANY), histogramPage({ ...MANY, ...CLASSIC, sample_count: 24 })],
  "exemplars-open": [
    open(`# TYPE ec counter
ec_total{a="b"} 1 # {id="1"} 1 ${SECONDS}.125
ec_total{a="c"} 2 # {id="2"} 0.5
# TYPE eg gauge
eg 1
`),
    open(`# TYPE ec counter
ec_total{a="b"} 1 # {id="1"} 1 ${SECONDS}.125
ec_total{a="c"} 3 # {id="2"} 0.5
`),
    open(`# TYPE ec counter
ec_total{a="b"} 2 # {id="3",more="${"x".repeat(60)}"} 1 ${SECONDS + 1}
ec_total{a="c"} 4 # {} 0.5
`),
    open(`# TYPE ec counter
ec_total{a="b"} 3 # {id="early"} 1 ${SECONDS}
ec_total{a="c"} 5 # {id="${"y".repeat(140)}"} 0.5
`),
  ],
  // Two that say different things of one name, and one that thinks better of it.
  "said-one": STEPS.map((step) => ({
    text: `# HELP said One.\n# TYPE said counter\nsaid ${step}\n`,
  })),
  "said-other": STEPS.map((step) => ({
    text: `# HELP said ${step < 2 ? "Other." : "Another."}\n# TYPE said gauge\nsaid ${step}\n`,
  })),
  types: [
    open(`# TYPE ti info
# HELP ti Version.
ti_info{version="1"} 1
# TYPE tset stateset
tset{tset="a"} 1
tset{tset="b"} 0
# TYPE tgh gaugehistogram
tgh_bucket{le="1.0"} 1
tgh_bucket{le="+Inf"} 2
tgh_gcount 2
tgh_gsum 3
# TYPE tu unknown
tu 1
# TYPE tm summary
tm{quantile="0.5"} 1
tm_count 2
tm_sum 3
tm_created ${SECONDS}
`),
  ],
};

const PROTO_FIRST = { scrape_native_histograms: true };

/** Further options of the jobs of these targets. */
export const NATIVE_JOBS: Readonly<Record<string, object>> = {
  native: PROTO_FIRST,
  "native-only": PROTO_FIRST,
  both: { ...PROTO_FIRST, always_scrape_classic_histograms: true },
  "both-custom": {
    ...PROTO_FIRST,
    always_scrape_classic_histograms: true,
    convert_classic_histograms_to_nhcb: true,
  },
  custom: { convert_classic_histograms_to_nhcb: true },
  "custom-open": { convert_classic_histograms_to_nhcb: true },
  "custom-text": {
    convert_classic_histograms_to_nhcb: true,
    always_scrape_classic_histograms: true,
  },
  "float-buckets": PROTO_FIRST,
  gauge: PROTO_FIRST,
  empty: PROTO_FIRST,
  "few-buckets": { ...PROTO_FIRST, native_histogram_bucket_limit: 4 },
  "too-many-buckets": { ...PROTO_FIRST, native_histogram_bucket_limit: 8 },
  wide: { ...PROTO_FIRST, native_histogram_min_bucket_factor: 1.2 },
};
