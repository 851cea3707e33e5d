/** Forms in which a page is hard to read right. The wanted values are what Prometheus 3.16 makes of them (test/peers/textparse). */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageRules } from "../../src/contracts.ts";
import { normalFloat } from "../../src/kernel/float_label.ts";
import { loadKernel } from "../../src/kernel/kernel.ts";
import { encodePage, pairsOf } from "../support/metric_family.ts";
import { bitsOf, formOf, inOrder, RULES, type SentForm } from "./page_forms.ts";
import { writeFloat } from "./twin/page_number.ts";

const parser = (await loadKernel()).createPageParser();
const encoder = new TextEncoder();

function read(page: string | Uint8Array, rules: Partial<PageRules> = {}): readonly SentForm[] {
  const target = parser.openTarget();
  try {
    const bytes = typeof page === "string" ? encoder.encode(page) : page;
    target.read(bytes, { ...RULES, ...rules }, inOrder);
    return formOf(target).sent;
  } finally {
    target.close();
  }
}

const OPEN = { protocol: "OpenMetricsText1.0.0" } as const;
const PROTOBUF = { protocol: "PrometheusProto" } as const;
const CUSTOM = { convertToCustomBuckets: true } as const;

function customValues({ value }: SentForm): unknown {
  return JSON.parse(value).customValues;
}

/** Bounds in forms that Go reads, with the label that Prometheus makes of them and the number. */
const BOUNDS: readonly (readonly [text: string, label: string, bound: number])[] = [
  ["1", "1.0", 1],
  ["-0", "0.0", 0],
  ["-1e-400", "0.0", 0],
  ["0x1p-1", "0.5", 0.5],
  ["-0X1.8P4", "-24.0", -24],
  ["0x.8p0", "0.5", 0.5],
  ["0x_1p1_0", "1024.0", 1024],
  ["0x1.fffffffffffff7p0", "1.9999999999999998", 1.9999999999999998],
  ["0x1.fffffffffffff8p0", "2.0", 2],
  ["0x1.00000000000008000000000000000001p0", "1.0000000000000002", 1 + Number.EPSILON],
  ["0x1p-1074", "5e-324", 5e-324],
  ["1_000", "1000.0", 1000],
  ["1_0.2_5e1_0", "1.025e+11", 102_500_000_000],
];
const NO_BOUNDS = "0x1 0x1p 0xp1 0x1p+ 0x_.8p0 0x1p2000 1__0 _1 1_ 1_.5 1e_5 0_x1p1 0b1 Inf_".split(
  " ",
);

test("bounds are numbers in all of Go's forms, and then written in one", () => {
  for (const [text, label, bound] of BOUNDS) {
    const page = `# TYPE h histogram\nh_bucket{le="${text}"} 1\nh_count 1\n`;
    const [bucket] = read(page);
    assert.equal(bucket!.labels, `[["__name__","h_bucket"],["le","${label}"]]`, text);
    assert.equal(writeFloat(text), label);
    const [custom, ...others] = read(page, CUSTOM);
    assert.equal(others.length, 0, text);
    assert.deepEqual(customValues(custom!), [bitsOf(bound).toString(16)], text);
  }
});

test("what is no number to Go stays as it came, and is no bucket", () => {
  for (const text of NO_BOUNDS) {
    assert.equal(normalFloat(text), text);
    assert.equal(writeFloat(text), text);
    const [bucket] = read(`# TYPE h histogram\nh_bucket{le="${text}"} 1\nh_count 1\n`, CUSTOM);
    assert.equal(bucket!.labels, `[["__name__","h_bucket"],["le","${text}"]]`, text);
  }
});

test("a histogram that begins with a series without labels has none, whatever follows", () => {
  const sent = read('# TYPE h histogram\nh_sum 3\nh_count 2\nother{a="b"} 1\n', CUSTOM);
  assert.deepEqual(sent.map(({ labels }) => labels), [
    '[["__name__","h"]]',
    '[["__name__","other"],["a","b"]]',
  ]);
});

test("labels of exemplars are in their order; one without a name spoils its exemplar", () => {
  const exemplarsOf = (labels: string): readonly string[] =>
    read(`a 1 # {${labels}} 1\n# EOF\n`, OPEN)[0]!.exemplars;
  assert.deepEqual(exemplarsOf('z="1",a="2",m="3"'), [
    `[["a","2"],["m","3"],["z","1"]] 3ff0000000000000 ${RULES.scrapedMs}`,
  ]);
  assert.deepEqual(exemplarsOf('""="1"'), []);
  assert.deepEqual(exemplarsOf('z="1",a="2",z="3"'), []);
});

test("in protobuf an exemplar that is no UTF-8 is left out, and an empty label is none", () => {
  const family = {
    name: "a_total",
    type: "COUNTER",
    metric: [{
      label: [{}, { name: "b", value: "c" }],
      counter: { value: 1, exemplar: { label: pairsOf({ id: "~~~~" }), value: 2 } },
    }],
  };
  const page = encodePage(family);
  const [good] = read(page, PROTOBUF);
  assert.equal(good!.labels, '[["",""],["__name__","a_total"],["b","c"]]');
  assert.equal(good!.exemplars.length, 1);
  page[page.indexOf(0x7e)] = 0xff;
  const [sample] = read(page, PROTOBUF);
  assert.deepEqual([sample!.value, sample!.exemplars], [bitsOf(1).toString(16), []]);
});

test("in protobuf a bound of -0 keeps its sign", () => {
  const bucket = [{ cumulative_count: 1, upper_bound: -0 }];
  const page = encodePage({
    name: "h",
    type: "HISTOGRAM",
    metric: [{ histogram: { sample_count: 2, bucket } }],
  });
  const [histogram] = read(page, { ...PROTOBUF, ...CUSTOM });
  assert.deepEqual(customValues(histogram!), ["8000000000000000"]);
});

test("no line tells the start of a series whose name is shorter than its family's", () => {
  const page = (family: string): string =>
    `# TYPE ${family} counter\nm{a="b"} 1\nm_created{a="b"} 5\n# EOF\n`;
  const startOf = (family: string): string =>
    read(page(family), { ...OPEN, readsCreated: true })[0]!.startMs;
  assert.deepEqual(["m", "mm"].map(startOf), ["5000", "0"]);
});
