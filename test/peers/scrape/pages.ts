/** What targets answer to those who are compared, and the options of their jobs. */
import type { PageAnswer } from "../support/pages.ts";

/** By the name of a target: what it answers, scrape after scrape. */
export type Pages = Readonly<Record<string, readonly PageAnswer[]>>;

/** Of a sample with a timestamp of its own: an agent sends nothing that is older than it is. */
export const AHEAD_MS: number = Date.now() + 300_000;
export const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** A page of text, of many kinds of lines. */
function textPage(step: number): string {
  return `# HELP requests_total Requests, with a \\\\ and a \\n in its help.
# TYPE requests_total counter
requests_total{code="200",path="/a \\"b\\" \\\\ c"} ${1000 + step}
requests_total{code="500",path=""} 0
# a comment
# TYPE temperature gauge
temperature{room="attic"} ${step}.5
temperature{room="cellar"} NaN
temperature{room="lab"} -Inf
temperature{room="sun"} +Inf
temperature{room="tiny"} 4.9e-324
# TYPE latency histogram
latency_bucket{le="0.1"} ${step}
latency_bucket{le="2.5"} ${step + 1}
latency_bucket{le="+Inf"} ${step + 2}
latency_sum 3.25
latency_count ${step + 2}
# TYPE rpc summary
rpc{quantile="0.5"} 4773
rpc_sum 1.7560473e+07
rpc_count 2693
untyped_thing{instance="of the page",job="of the page",exported_job="too"} 3
`;
}

/** What each target answers, scrape after scrape. */
export const OLD_PAGES: Pages = {
  "says-one": [1, 2, 3].map((step) => ({
    text: `# HELP said One.\n# TYPE said counter\nsaid ${step}\n`,
  })),
  "says-other": [1, 2, 3].map((step) => ({
    text: `# HELP said Other.\n# TYPE said gauge\nsaid ${step}\n`,
  })),
  steady: [0, 1, 2, 3].map((step) => ({ text: textPage(step) })),
  vanishing: [
    { text: 'a{x="1"} 1\na{x="2"} 2\nb 3\n' },
    { text: 'a{x="2"} 2\nb 3\n' },
    { text: 'a{x="1"} 4\n' },
  ],
  down: [{ text: "c 1\n" }, { status: 503, text: "c 2\n" }, { status: 500, text: "" }, {
    text: "c 4\n",
  }],
  half: [{ text: "d 1\ne 2\n" }, { text: "d 3\ne 4\n", cutAt: 5 }, { text: "d 5\ne 6\n" }],
  empty: [{ text: "f 1\n" }, { text: "" }, { text: "f 2\n" }],
  timed: [{ text: `g 1 ${AHEAD_MS}\nh 2\n` }, { text: "h 3\n" }],
  honored: [{ text: 'i{instance="own",job="",zone="z"} 1\n' }],
  ruled: [{ text: 'j{drop="me"} 1\nj{keep="me"} 2\nk 3\n' }, { text: "k 4\n" }],
  limited: [{ text: "l 1\n" }, { text: "l 2\nm 2\nn 2\n" }, { text: "l 3\n" }],
  large: [{ text: "o 1\n" }, { text: `# ${"x".repeat(2_000)}\no 2\n` }, { text: "o 3\n" }],
  open: [
    { contentType: OPEN_METRICS, text: "# TYPE p counter\np_total 1\n# EOF\n" },
    { contentType: OPEN_METRICS, text: "# TYPE p counter\np_total 2\n" },
    {
      contentType: OPEN_METRICS,
      text: "# TYPE q_seconds gauge\n# UNIT q_seconds seconds\n# HELP q_seconds How long.\n" +
        "q_seconds 3 1\n# TYPE p counter\np_total 3\n# EOF\n",
    },
  ],
};

/** What 2.42 does in another way, or cannot read. */
export const NEW_PAGES: Pages = {
  twice: [{ text: "r 1\nr 2\n" }, { text: "r 3\n" }],
  floats: [{
    text: '# TYPE s histogram\ns_bucket{le="1"} 1\ns_bucket{le="+Inf"} 2\ns_sum 1\ns_count 2\n' +
      '# TYPE t summary\nt{quantile="1"} 3\nt_sum 1\nt_count 1\n',
  }],
  utf8: [{ text: '{"u.v","größe"="x"} 1\n' }],
  unnamed: [{ contentType: "", text: "v 1\n" }],
  fallback: [{ contentType: "text/html", text: "w 1\n" }],
  extra: [{ text: "z 1\n" }, { text: "" }, { status: 500, text: "" }],
  ahead: [{ text: `x 1 ${Date.now() + 3_600_000}\ny 1\n` }, { text: "y 2\n" }],
};

/** Further options of the jobs of some targets. */
export const JOBS: Readonly<Record<string, object>> = {
  honored: { honor_labels: true },
  ruled: {
    metric_relabel_configs: [
      { source_labels: ["drop"], regex: "me", action: "drop" },
      { source_labels: ["keep"], target_label: "kept" },
    ],
  },
  limited: { sample_limit: 2 },
  large: { body_size_limit: "1KB" },
  timed: { honor_timestamps: true },
  fallback: { fallback_scrape_protocol: "PrometheusText0.0.4" },
  extra: { extra_scrape_metrics: true },
};

/**
 * Of these a page is refused when a part of it was read. Prometheus then forgets the stale
 * markers of what it had read, and may write them at the next scrape; walq writes all of
 * them at once, as both do for every other scrape that fails.
 */
export const FAILS_INSIDE: ReadonlySet<string> = new Set(["limited", "open", "too-many-buckets"]);
