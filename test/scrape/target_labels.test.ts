import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResolvedJob } from "../../src/options.ts";
import { Relabeler } from "../../src/relabel/relabel.ts";
import type { RelabelRule } from "../../src/relabel/rule.ts";
import { histogramsOf, populate } from "../../src/scrape/target_labels.ts";
import { Target } from "../../src/scrape/target.ts";
import type { Labels } from "../../src/types.ts";
import { jobOf } from "./support.ts";

function replace(targetLabel: string, replacement: string): RelabelRule {
  return {
    sourceLabels: undefined,
    separator: ";",
    regex: undefined,
    modulus: 0,
    targetLabel,
    replacement,
    action: "replace",
  };
}

function targetOf(
  own: Labels,
  job: Partial<ResolvedJob> = {},
  group: Labels = {},
): Target | string {
  const options = jobOf(job);
  const rules = new Relabeler(options.relabelConfigs, "utf8");
  const { labels, discovered, fault } = populate(options, rules, own, group);
  return labels === undefined ? fault ?? "dropped" : new Target(labels, discovered, options.params);
}

function labelsOf(...args: Parameters<typeof targetOf>): Labels {
  const target = targetOf(...args);
  assert.ok(target instanceof Target, String(target));
  return target.labels;
}

test("what a target has before all rules", () => {
  const target = targetOf(
    { __address__: "a:1", job: "own", empty: "" },
    { params: { module: ["x", "y"], none: [] } },
    { zone: "z", job: "of the group", empty: "of the group" },
  );
  assert.ok(target instanceof Target);
  assert.deepEqual(target.discovered, {
    __address__: "a:1",
    __always_scrape_classic_histograms__: "false",
    __convert_classic_histograms_to_nhcb__: "false",
    __metrics_path__: "/metrics",
    __param_module: "x",
    __scheme__: "http",
    __scrape_interval__: "10s",
    __scrape_native_histograms__: "false",
    __scrape_timeout__: "5s",
    job: "own",
    zone: "z",
  });
  assert.deepEqual(target.publicLabels, { instance: "a:1", job: "own", zone: "z" });
});

test("meta labels go, other labels that begin with __ tell targets apart, and no port is added", () => {
  assert.deepEqual(labelsOf({ __address__: "a", __meta_x: "1", __tmp: "2", instance: "i" }), {
    __address__: "a",
    __always_scrape_classic_histograms__: "false",
    __convert_classic_histograms_to_nhcb__: "false",
    __metrics_path__: "/metrics",
    __scheme__: "http",
    __scrape_interval__: "10s",
    __scrape_native_histograms__: "false",
    __scrape_timeout__: "5s",
    __tmp: "2",
    instance: "i",
    job: "job",
  });
});

test("rules have the last word of interval, timeout, address and histograms", () => {
  const relabelConfigs = [
    replace("__scrape_interval__", "1m30s"),
    replace("__scrape_timeout__", "500ms"),
    replace("__scrape_native_histograms__", "true"),
    replace("__always_scrape_classic_histograms__", ""),
  ];
  const job = { relabelConfigs, alwaysClassicHistograms: true };
  const target = targetOf({ __address__: "a" }, job);
  assert.ok(target instanceof Target);
  assert.deepEqual([target.intervalMs, target.timeoutMs], [90_000, 500]);
  assert.deepEqual(histogramsOf(target.labels, jobOf(job)), {
    nativeHistograms: true,
    // The label is gone, so it is as the job says.
    alwaysClassicHistograms: true,
    convertClassicHistograms: false,
  });
});

test("labels that are those of no target", () => {
  const cases: [Labels, string][] = [
    [{}, "no address"],
    [{ __address__: "http://a" }, '"http://a" is not a valid hostname'],
    [{ __address__: "a/b" }, '"a/b" is not a valid hostname'],
    [
      { __address__: "a", __scrape_interval__: "10" },
      'error parsing scrape interval: not a valid duration string: "10"',
    ],
    [{ __address__: "a", __scrape_interval__: "0s" }, "scrape interval cannot be 0"],
    [{ __address__: "a", __scrape_timeout__: "0" }, "scrape timeout cannot be 0"],
    [
      { __address__: "a", __scrape_timeout__: "11s" },
      'scrape timeout cannot be greater than scrape interval ("11s" > "10s")',
    ],
    [
      { __address__: "a", __scrape_native_histograms__: "yes" },
      'error parsing __scrape_native_histograms__: got "yes", expected true or false',
    ],
    [{ __address__: "a", l: "\ud800" }, 'invalid label value for "l": "\\ud800"'],
  ];
  for (const [own, fault] of cases) assert.equal(targetOf(own), fault);
  const noInterval = { relabelConfigs: [replace("__scrape_interval__", "")] };
  assert.equal(
    targetOf({ __address__: "a" }, noInterval),
    "error parsing scrape interval: empty duration string",
  );
  const drops = { ...replace("", "$1"), action: "drop" as const };
  assert.equal(targetOf({ __address__: "a" }, { relabelConfigs: [drops] }), "dropped");
});

test("the URL of a target, as Go writes it", () => {
  const cases: [Labels, Partial<ResolvedJob>, string][] = [
    [{}, {}, "http://a:1/metrics"],
    [{ __scheme__: "https", __metrics_path__: "probe" }, {}, "https://a:1/probe"],
    [
      { __metrics_path__: "/a b/ü?x=1&y#z*(!)'~$,;:@=+" },
      {},
      "http://a:1/a%20b/%C3%BC%3Fx=1&y%23z%2A%28%21%29%27~$,;:@=+",
    ],
    [
      { __param_b: "2 3", __param_module: "own" },
      { params: { module: ["x", "y"], a: ["ü&"], c: [""], none: [] } },
      "http://a:1/metrics?a=%C3%BC%26&b=2+3&c=&module=own&module=y",
    ],
    [{ __address__: "[::1]:9090" }, {}, "http://[::1]:9090/metrics"],
  ];
  for (const [own, job, url] of cases) {
    const target = targetOf({ __address__: "a:1", ...own }, job);
    assert.ok(target instanceof Target, String(target));
    assert.equal(target.url, url);
  }
});

test("a parameter that a rule takes away is still sent as the job has it", () => {
  const job = { params: { a: ["1"] }, relabelConfigs: [replace("__param_a", "")] };
  const target = targetOf({ __address__: "a" }, job);
  assert.ok(target instanceof Target);
  assert.equal(target.url, "http://a/metrics?a=1");
});
