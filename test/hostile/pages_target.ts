/** The parser of pages, with pages of each format that it takes. */
import type { ScrapeProtocol } from "../../src/contracts.ts";
import { PageError } from "../../src/errors.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { inOrder, RULES } from "../kernel/page_forms.ts";
import { encodePage, pairsOf } from "../support/metric_family.ts";
import type { Target } from "./targets.ts";

const encoder = new TextEncoder();
const parser = (await loadKernel()).createPageParser();

const TEXT = [
  `# HELP a some \\\\ help\n# TYPE a histogram
a_bucket{le="1"} 1 17\na_bucket{le="+Inf"} 2\na_sum 1.5e3\na_count 2\n{"b.c","d e"="f\\"\\n"} NaN\n`,
  'x 0.30000000000000004\ny{ a = "b" , } -Inf 9223372036854775807\nz 123456789012345678901\n',
];
const OPEN = [
  `# TYPE a counter\n# UNIT a_seconds seconds\na_total{b="c"} 1 2.5 # {id="x"} 3 4
a_created{b="c"} 5\n# TYPE h histogram\nh_bucket{le="1"} 1 # {id="y"} 0.5 9
h_bucket{le="+Inf"} 3\nh_count 3\nh_sum 2\n# EOF\n`,
];
const histogram = {
  sample_count: 4,
  sample_sum: 3.5,
  schema: 3,
  zero_count: 1,
  positive_span: [{ offset: 0, length: 2 }, { offset: 2, length: 1 }],
  positive_delta: [1, 0, 0],
  bucket: [{ cumulative_count: 3, upper_bound: 1, exemplar: { label: pairsOf({ id: "x" }) } }],
};
const PROTOBUF = [
  encodePage(
    { name: "a", help: "b", type: "GAUGE", metric: [{ gauge: { value: 1 } }] },
    { name: "h", type: "HISTOGRAM", metric: [{ label: pairsOf({ c: "d" }), histogram }] },
  ),
  encodePage({
    name: "s",
    type: "SUMMARY",
    unit: "s",
    metric: [{ summary: { sample_count: 1, quantile: [{ quantile: 0.5, value: 2 }] } }],
  }),
];

function pagesTarget(
  name: string,
  protocol: ScrapeProtocol,
  corpus: readonly Uint8Array[],
  isWhole: boolean,
): Target {
  const rules = {
    ...RULES,
    protocol,
    nativeHistograms: true,
    alwaysClassic: isWhole,
    convertToCustomBuckets: isWhole,
    readsCreated: isWhole,
    bucketLimit: 160,
  };
  // One that meets all pages, with what it remembers of those before.
  const lasting = parser.openTarget();
  return {
    name,
    corpus,
    feed: (bytes) => {
      try {
        lasting.read(bytes, rules, inOrder);
        lasting.write("changed");
        lasting.keep();
      } catch (error) {
        // What a page is refused for is told below.
        if (!(error instanceof PageError)) throw error;
      }
      const target = parser.openTarget();
      try {
        const counts = target.read(bytes, rules, inOrder);
        const request = target.write("all");
        return JSON.stringify(counts) + Array.from(request).join();
      } finally {
        target.close();
      }
    },
  };
}

/** All formats, by the plainest rules and by those that ask for most. */
export function pagesTargets(): Target[] {
  const text = TEXT.map((page) => encoder.encode(page));
  const open = OPEN.map((page) => encoder.encode(page));
  return [false, true].flatMap((isWhole) => {
    const how = isWhole ? "with histograms made of others" : "as they are";
    return [
      pagesTarget(`pages in Prometheus's text, ${how}`, "PrometheusText1.0.0", text, isWhole),
      pagesTarget(`pages in OpenMetrics, ${how}`, "OpenMetricsText1.0.0", open, isWhole),
      pagesTarget(`pages in protobuf, ${how}`, "PrometheusProto", PROTOBUF, isWhole),
    ];
  });
}
