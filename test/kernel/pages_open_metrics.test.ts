/** OpenMetrics: forms of its specification, and those that Prometheus takes and refuses. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageRules } from "../../src/contracts.ts";
import { PageError } from "../../src/errors.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { formOf, inOrder, type PageForm, RULES } from "./page_forms.ts";

const kernel = await loadKernel();
const parser = kernel.createPageParser();
const encoder = new TextEncoder();

function read(page: string, rules: Partial<PageRules> = {}): PageForm {
  const target = parser.openTarget();
  try {
    target.read(
      encoder.encode(page),
      { ...RULES, protocol: "OpenMetricsText1.0.0", ...rules },
      inOrder,
    );
    return formOf(target);
  } finally {
    target.close();
  }
}

/** The name, the other labels and what is sent, of each series. */
function lines(form: PageForm): string[] {
  return form.sent.map(({ labels, value, timestampMs, startMs, exemplars }) => {
    const pairs: [string, string][] = JSON.parse(labels);
    const name = pairs.find(([label]) => label === "__name__")![1];
    const others = pairs.filter(([label]) => label !== "__name__");
    const own = others.map(([label, text]) => `${label}=${text}`).join();
    const time = timestampMs === String(RULES.scrapedMs) ? "" : ` @${timestampMs}`;
    const start = startMs === "0" ? "" : ` from ${startMs}`;
    const what = value.startsWith("{") ? value : numberOf(value);
    return `${name}{${own}} ${what}${time}${start}${exemplars.map((one) => ` # ${one}`).join("")}`;
  });
}

function numberOf(bits: string): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${bits}`));
  return String(view.getFloat64(0));
}

test("a counter with its unit, a timestamp, an exemplar and its start", () => {
  const page = `# TYPE acme_http_seconds counter
# UNIT acme_http_seconds seconds
# HELP acme_http_seconds Time of \\"all\\" requests.
acme_http_seconds_total{path="/a\\\\b\\"\\n"} 1 1600000000.5 # {trace_id="x"} 0.25 1599999999.75
acme_http_seconds_created{path="/a\\\\b\\"\\n"} 1500000000.125
# EOF
`;
  const sample = 'acme_http_seconds_total{path=/a\\b"\n} 1 @1600000000500';
  const exemplar = ' # [["trace_id","x"]] 3fd0000000000000 1599999999750';
  assert.deepEqual(lines(read(page, { readsCreated: true })), [
    `${sample} from 1500000000125${exemplar}`,
  ]);
  const apart = lines(read(page));
  assert.equal(apart[0], sample + exemplar);
  assert.match(apart[1]!, /^acme_http_seconds_created\{.*\} 1500000000.125$/s);
  assert.deepEqual(read(page).families, [
    '["acme_http_seconds","counter","Time of \\"all\\" requests.","seconds"]',
  ]);
});

test("starts belong to series of the same labels, and only to the next ones that tell it", () => {
  const page = `# TYPE a counter
a_total{x="1"} 1
a_created{x="1"} 10
a_total{x="2"} 2
a_total{x="3"} 3
a_created{x="3"} 30
# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="+Inf"} 1
h_count 1
h_sum 1
h_created 40
# TYPE g gauge
g_created 50
# EOF`;
  assert.deepEqual(lines(read(page, { readsCreated: true })), [
    "a_total{x=1} 1 from 10000",
    "a_total{x=2} 2",
    "a_total{x=3} 3 from 30000",
    "h_bucket{le=1.0} 1 from 40000",
    "h_bucket{le=+Inf} 1 from 40000",
    "h_count{} 1 from 40000",
    "h_sum{} 1 from 40000",
    "g_created{} 50",
  ]);
});

test("types that Prometheus's own format has not, and names in quotes", () => {
  const page = `# TYPE a stateset
a{a="on"} 1
# TYPE b info
b_info{v="1"} 1
# TYPE c gaugehistogram
c_bucket{le="1"} 2
# TYPE "d.e" unknown
{"d.e","ü"="x"} 3
# EOF
`;
  const form = read(page);
  assert.deepEqual(lines(form), [
    "a{a=on} 1",
    "b_info{v=1} 1",
    "c_bucket{le=1} 2",
    "d.e{ü=x} 3",
  ]);
  assert.deepEqual(form.families.map((text) => JSON.parse(text)[1]), [
    "stateset",
    "info",
    "gaugehistogram",
    "unknown",
  ]);
});

test("an exemplar whose labels are too long or come twice is left out, and counted", () => {
  const target = parser.openTarget();
  const page = `a 1 # {x="${"y".repeat(128)}"} 1
b 2 # {x="1",x="2"} 1
c 3 # {x="${"ü".repeat(127)}"} 1
# EOF
`;
  const rules = { ...RULES, protocol: "OpenMetricsText0.0.1" } as const;
  assert.equal(target.read(encoder.encode(page), rules, inOrder).badExemplars, 2);
  assert.deepEqual(formOf(target).sent.map(({ exemplars }) => exemplars.length), [0, 0, 1]);
  target.keep();
  target.read(encoder.encode(page), rules, inOrder);
  assert.deepEqual(formOf(target).sent.map(({ exemplars }) => exemplars.length), [0, 0, 0]);
  target.forget();
  target.read(encoder.encode(page), rules, inOrder);
  assert.deepEqual(formOf(target).sent.map(({ exemplars }) => exemplars.length), [0, 0, 1]);
  target.close();
});

test("classic histograms become ones with bounds of their own", () => {
  const page = `# TYPE h histogram
h_bucket{le="1",a="b"} 1 # {id="x"} 0.5 100
h_bucket{le="2",a="b"} 1
h_bucket{le="4",a="b"} 3 # {id="y"} 3 50
h_bucket{le="+Inf",a="b"} 4 # {id="z"} 9
h_count{a="b"} 4
h_sum{a="b"} 12.5
other 1
# EOF
`;
  const wanted = {
    isFloat: false,
    count: "4",
    sum: "4029000000000000",
    schema: -53,
    zeroThreshold: "0",
    zeroCount: "0",
    negativeSpans: [],
    negative: [],
    positiveSpans: [[0, 4]],
    positive: ["1", "-1", "2", "-1"],
    resetHint: 0,
    customValues: ["3ff0000000000000", "4000000000000000", "4010000000000000"],
  };
  const { sent } = read(page, { convertToCustomBuckets: true });
  assert.equal(sent.length, 2);
  assert.equal(sent[0]!.labels, '[["__name__","h"],["a","b"]]');
  assert.deepEqual(JSON.parse(sent[0]!.value), wanted);
  assert.deepEqual(sent[0]!.exemplars, [
    '[["id","y"]] 4008000000000000 50000',
    '[["id","x"]] 3fe0000000000000 100000',
  ]);
  const both = read(page, { convertToCustomBuckets: true, alwaysClassic: true }).sent;
  assert.equal(both.length, 8);
  assert.throws(() => read(page, { convertToCustomBuckets: true, bucketLimit: 3 }), /bucket_limit/);
});

test("buckets that contradict each other, or the count, make no histogram", () => {
  for (
    const lines of [
      'h_bucket{le="1"} 5\nh_bucket{le="2"} 1\nh_count 1\n',
      'h_bucket{le="2"} 5\nh_count 1\n',
      'h_bucket{le="2"} 5\nh_bucket{le="+Inf"} 1\nh_count 1\n',
    ]
  ) {
    const page = `# TYPE h histogram\n${lines}h_sum 1\n# EOF\n`;
    const { sent } = read(page, { convertToCustomBuckets: true });
    assert.deepEqual(sent.filter(({ value }) => value.includes("schema")), [], lines);
  }
});

test("a histogram has the time of its last series, whatever the line says that its start is in", () => {
  const page = `# TYPE h histogram
h_bucket{le="+Inf"} 1 7
h_count 1 7
h_sum 0.5 7
h_created 3
# EOF
`;
  const [histogram] = read(page, { convertToCustomBuckets: true, readsCreated: true }).sent;
  assert.deepEqual([histogram!.timestampMs, histogram!.startMs], ["7000", "3000"]);
});

test("what is no OpenMetrics is refused by the line and the reason", () => {
  const cases: readonly (readonly [page: string, line: number, wanted: RegExp])[] = [
    ["a 1\n", 2, /got the end of the page .* wanted "# EOF"/],
    ["a 1\n# EOF\nb 2\n", 3, /nothing behind/],
    ["a 1\n\n# EOF\n", 2, /metric name/],
    ["a  1\n# EOF\n", 1, /a number/],
    ["a 1 \n# EOF\n", 1, /a number/],
    ["a 1 NaN\n# EOF\n", 1, /timestamp/],
    ["a 1 1 1\n# EOF\n", 1, /end of the line/],
    ['a{b="c" ,d="e"} 1\n# EOF\n', 1, /"," or "}"/],
    ["# comment\n# EOF\n", 1, /metric name/],
    ["# TYPE a untyped\n# EOF\n", 1, /type/],
    ["# UNIT a seconds\n# EOF\n", 1, /unit/],
    ["# HELP a\n# EOF\n", 1, /a blank and a text/],
    ['a 1 # {b="c"\n# EOF\n', 1, /"," or "}"/],
    ['a 1 # {b="c"} \n# EOF\n', 1, /a number/],
    ["a 0x1p3\n# EOF\n", 1, /a number/],
    ["a 1_0\n# EOF\n", 1, /a number/],
    ["a 1e999\n# EOF\n", 1, /double/],
  ];
  for (const [page, line, wanted] of cases) {
    assert.throws(() => read(page), (error: unknown) => {
      assert.ok(error instanceof PageError, page);
      assert.equal(error.line, line, page);
      assert.match(error.message, wanted, page);
      return true;
    }, page);
  }
});

test("numbers are what JavaScript makes of the same digits", () => {
  const texts: string[] = [];
  let state = 12345;
  const next = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  const digits = (count: number): string => Array.from({ length: count }, () => next(10)).join("");
  for (let i = 0; i < 2000; i++) {
    const whole = digits(next(i % 10 === 0 ? 40 : 20));
    const rest = next(2) === 0 ? `.${digits(1 + next(i % 10 === 0 ? 40 : 18))}` : "";
    const power = next(3) === 0
      ? `e${next(i % 2 === 0 ? 60 : 640) - (i % 2 === 0 ? 30 : 330)}`
      : "";
    const text = `${["", "-", "+"][next(3)]}${whole}${rest}${power}`;
    if (whole + rest !== "" && Number.isFinite(Number(text))) texts.push(text);
  }
  texts.push(
    "5e-324",
    "2.4703282292062327e-324",
    "2.4703282292062328e-324",
    "1.7976931348623157e308",
  );
  texts.push(
    "9007199254740993",
    "9007199254740992.99999999999999999999",
    "2.2250738585072011e-308",
  );
  const page = texts.map((text, i) => `n{i="${i}"} ${text}\n`).join("");
  const got = read(`${page}# EOF\n`).sent.map(({ value }) => value);
  const view = new DataView(new ArrayBuffer(8));
  texts.forEach((text, i) => {
    view.setFloat64(0, Number(text));
    assert.equal(got[i], view.getBigUint64(0).toString(16), text);
  });
});
