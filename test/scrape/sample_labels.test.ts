import assert from "node:assert/strict";
import { test } from "node:test";
import type { LabelPair } from "../../src/contracts.ts";
import { PageError } from "../../src/errors.ts";
import { Relabeler } from "../../src/relabel/relabel.ts";
import { reportLabels } from "../../src/scrape/report.ts";
import { sampleRelabel, type SampleRules } from "../../src/scrape/sample_labels.ts";
import type { Labels } from "../../src/types.ts";
import { jobOf } from "./support.ts";

function relabeled(
  exposed: Labels,
  ofTarget: Labels,
  rules: Partial<SampleRules> = {},
  onLabelLimit: () => void = () => {},
): Labels | "dropped" {
  const all = jobOf(rules);
  const metricRules = new Relabeler(all.metricRelabelConfigs, all.nameValidationScheme);
  const relabel = sampleRelabel(all, metricRules, ofTarget, onLabelLimit);
  const result = relabel([["__name__", "m"], ...Object.entries(exposed)]);
  if (result === "dropped") return result;
  assert.deepEqual(result, [...result].sort(([a], [b]) => a < b ? -1 : 1));
  const { __name__: _name, ...others } = Object.fromEntries(result as LabelPair[]);
  return others;
}

test("labels of the target count, and those that a page has of the same name get another", () => {
  const cases: [exposed: Labels, target: Labels, expected: Labels][] = [
    [{ a: "1" }, { b: "2" }, { a: "1", b: "2" }],
    [{ a: "1" }, { a: "2" }, { a: "2", exported_a: "1" }],
    // An empty label is none.
    [{ a: "" }, { a: "2" }, { a: "2" }],
    [{ a: "1", exported_a: "x" }, { a: "2" }, {
      a: "2",
      exported_a: "x",
      exported_exported_a: "1",
    }],
    // The shorter name first.
    [
      { a: "1", exported_a: "3" },
      { a: "2", exported_a: "4" },
      { a: "2", exported_a: "4", exported_exported_a: "1", exported_exported_exported_a: "3" },
    ],
    [{ exported_a: "3" }, { a: "2" }, { a: "2", exported_a: "3" }],
  ];
  for (const [exposed, target, expected] of cases) {
    assert.deepEqual(relabeled(exposed, target), expected, JSON.stringify(exposed));
  }
});

test("with honor_labels those of the page count, an empty one too", () => {
  const honorLabels = true;
  assert.deepEqual(relabeled({ a: "1" }, { a: "2", b: "3" }, { honorLabels }), { a: "1", b: "3" });
  assert.deepEqual(relabeled({ a: "" }, { a: "2", b: "3" }, { honorLabels }), { b: "3" });
});

test("an empty label is none, and takes another of its name away", () => {
  const rules = jobOf({});
  const relabel = sampleRelabel(rules, new Relabeler([], "utf8"), { b: "3" }, () => {});
  const honoring = sampleRelabel({ ...rules, honorLabels: true }, new Relabeler([], "utf8"), {
    b: "3",
  }, () => {});
  const name = ["__name__", "m"] as const;
  for (const exposed of [[name, ["a", ""], ["a", "1"]], [name, ["a", "1"], ["a", ""]]] as const) {
    assert.deepEqual(relabel(exposed), [name, ["b", "3"]]);
    assert.deepEqual(honoring(exposed), [name, ["b", "3"]]);
  }
  assert.throws(() => relabel([name, ["a", "1"], ["a", "1"]]), /"a" is not unique/);
  // In their place is the target's label, and the first one stands beside it.
  const twice = [name, ["b", "1"], ["b", "2"]] as const;
  assert.deepEqual(relabel(twice), [name, ["b", "3"], ["exported_b", "1"]]);
  assert.throws(() => honoring(twice), /"b" is not unique/);
});

test("rules for series come last, and what has no name any more refuses the page", () => {
  const rule = {
    sourceLabels: ["a"],
    separator: ";",
    regex: "1",
    modulus: 0,
    targetLabel: "",
    replacement: "$1",
    action: "drop",
  } as const;
  const dropsOne: Partial<SampleRules> = { metricRelabelConfigs: [rule] };
  assert.equal(relabeled({ a: "1" }, {}, dropsOne), "dropped");
  assert.deepEqual(relabeled({ a: "2" }, {}, dropsOne), { a: "2" });
  const noName: Partial<SampleRules> = {
    metricRelabelConfigs: [{
      ...rule,
      sourceLabels: undefined,
      regex: "__name__",
      action: "labeldrop",
    }],
  };
  assert.throws(() => relabeled({ a: "1" }, {}, noName), /missing metric name/);
});

test("names are those of the scheme", () => {
  const legacy = { nameValidationScheme: "legacy" } as const;
  assert.throws(() => relabeled({ "a.b": "1" }, {}, legacy), PageError);
  assert.deepEqual(relabeled({ "a.b": "1" }, {}), { "a.b": "1" });
});

test("limits on labels count all that a series has in the end, in bytes", () => {
  let told = 0;
  const refuses = (rules: Partial<SampleRules>, exposed: Labels, pattern: RegExp): void => {
    const before = told;
    assert.throws(() => relabeled(exposed, { t: "1" }, rules, () => told++), pattern);
    assert.equal(told, before + 1);
  };
  // The name is one of them.
  refuses(
    { labelLimit: 2 },
    { a: "1" },
    /^PageError: label_limit exceeded \(metric: m, number of labels: 3, limit: 2\)/,
  );
  refuses(
    { labelNameLengthLimit: 8 },
    { "üüüüü": "1" },
    /label_name_length_limit exceeded .*length: 10, limit: 8/,
  );
  refuses(
    { labelValueLengthLimit: 3 },
    { a: "üü" },
    /label_value_length_limit exceeded .*length: 4, limit: 3/,
  );
  const just = { labelLimit: 3, labelNameLengthLimit: 8, labelValueLengthLimit: 4 };
  assert.deepEqual(relabeled({ a: "üü" }, { t: "1" }, just), { a: "üü", t: "1" });
});

test("report series have the target's labels, and lose some as in Prometheus", () => {
  assert.deepEqual(reportLabels("up", { job: "j", exported_job: "e", exported_instance: "x" }), [
    ["__name__", "up"],
    ["exported_instance", "x"],
    ["job", "j"],
  ]);
  assert.deepEqual(reportLabels("up", { a: "1", exported_a: "2" }), [
    ["__name__", "up"],
    ["a", "1"],
    ["exported_a", "2"],
  ]);
});

test("a label that a series has twice refuses the page", () => {
  const relabel = (pairs: readonly LabelPair[], rules: Partial<SampleRules> = {}): unknown => {
    const all = jobOf(rules);
    const metricRules = new Relabeler(all.metricRelabelConfigs, all.nameValidationScheme);
    return sampleRelabel(all, metricRules, {}, () => {})(pairs);
  };
  const twice: LabelPair[] = [["__name__", "m"], ["b", "1"], ["b", "2"]];
  assert.throws(
    () => relabel(twice),
    (error) => error instanceof PageError && error.message.includes('label name "b" is not unique'),
  );
  assert.throws(() => relabel(twice, { honorLabels: true }), /label name "b" is not unique/);
  assert.throws(() => relabel([["__name__", "m"], ["__name__", "n"]]), /"__name__" is not unique/);
  // An empty one is none.
  assert.deepEqual(relabel([["__name__", "m"], ["b", ""], ["b", ""]]), [["__name__", "m"]]);
});
