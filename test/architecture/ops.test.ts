/** What is made for Prometheus and Grafana is what scripts/ops/ gives, and asks for what there is. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it, test } from "node:test";
import { ALERTS } from "../../scripts/ops/alerts.ts";
import { ROWS } from "../../scripts/ops/dashboard.ts";
import { INTENDED_REASONS, REJECTED_REASON } from "../../scripts/ops/expressions.ts";
import { outputs } from "../../scripts/ops/outputs.ts";
import { ENDPOINT } from "../../scripts/ops/panel.ts";
import { RECORDING_RULES } from "../../scripts/ops/recording.ts";
import { COMMANDS } from "../../src/agent/commands/table.ts";
import { NOTHING_DROPPED } from "../../src/types.ts";
import { documentedMetrics } from "./documented_metrics.ts";
import { askedFor } from "./promql_words.ts";

/** What a Prometheus adds. */
const TARGET: ReadonlySet<string> = new Set(["job", "instance"]);

for (const { path, render } of outputs()) {
  test(`${path} is what scripts/ops/ gives: npm run build:ops`, () => {
    const present = readFileSync(path, "utf8");
    assert.equal(present, render(present));
  });
}

describe("what dashboard and rules ask for", () => {
  const documented = documentedMetrics(readFileSync("docs/metrics.md", "utf8"));
  const panels = ROWS.flatMap((row) => row.panels);
  const queries = panels.flatMap(({ title, queries }) =>
    queries.map(({ expr, legend }) => ({ from: `panel "${title}"`, expr, legend }))
  );
  const rules = [...RECORDING_RULES, ...ALERTS].map((rule) => ({
    from: "record" in rule ? rule.record : rule.name,
    expr: rule.expr,
    legend: "record" in rule ? "" : rule.summary.replaceAll("$labels.", ""),
  }));
  /** What Prometheus has of each target, and what the rules record. */
  const known = new Map<string, ReadonlySet<string>>([
    ...documented,
    ["up", new Set()],
    ...RECORDING_RULES.map(({ record }) => [record, new Set(["endpoint"])] as const),
  ]);

  const labelsOf = (series: readonly { metric: string }[]): ReadonlySet<string> =>
    new Set([...TARGET, ...series.flatMap(({ metric }) => [...known.get(metric) ?? []])]);

  it("docs/metrics.md has every metric and every label", () => {
    assert.ok(queries.length > 60, `${queries.length} queries`);
    for (const { from, expr } of [...queries, ...rules]) {
      const { series, grouping } = askedFor(expr);
      for (const { metric, labels } of series) {
        const has = known.get(metric);
        assert.ok(has, `${from} asks for ${metric}`);
        for (const label of labels) {
          assert.ok(TARGET.has(label) || has.has(label), `${from}: ${metric} has no ${label}`);
        }
      }
      const all = labelsOf(series);
      for (const label of grouping) assert.ok(all.has(label), `${from}: no series has ${label}`);
    }
  });

  it("legends and summaries name labels of a metric in their query", () => {
    for (const { from, expr, legend } of [...queries, ...rules]) {
      const all = labelsOf(askedFor(expr).series);
      for (const [, label = ""] of legend.matchAll(/\{\{ ?(\w+) ?\}\}/g)) {
        assert.ok(all.has(label), `${from}: ${label}`);
      }
    }
  });

  it("the reasons that are no loss exist", () => {
    for (const reason of [...INTENDED_REASONS, REJECTED_REASON]) {
      assert.ok(Object.hasOwn(NOTHING_DROPPED, reason), reason);
    }
  });

  it("no two panels or alerts have one name", () => {
    const names = [...panels.map(({ title }) => title), ...ALERTS.map(({ name }) => name)];
    assert.equal(new Set(names).size, names.length);
  });

  it("each panel can be told to show one endpoint, or is of the program", () => {
    for (const { from, expr } of queries) {
      assert.match(expr, /job=~"\$job", instance=~"\$instance"/, from);
    }
    assert.match(ENDPOINT, /endpoint=~"\$endpoint"/);
  });
});

describe("the runbook", () => {
  it("says of each alert what to look at and what to do, in sentences", () => {
    for (const { name, meaning, look, act } of ALERTS) {
      assert.ok(look.length > 0 && act.length > 0, name);
      for (const text of [meaning, ...look, ...act]) {
        assert.match(text, /^[\S].*[.?]$/, `${name}: ${text}`);
      }
    }
  });

  it("names commands that there are", () => {
    const page = readFileSync("docs/runbook.md", "utf8");
    const named = new Set([...page.matchAll(/`walq ([a-z-]+)/g)].map(([, name = ""]) => name));
    assert.ok(named.size > 5, [...named].join());
    const all = COMMANDS.map(({ name }) => name);
    for (const name of named) assert.ok(all.includes(name), name);
  });

  it("its links lead to alerts that there are", () => {
    const anchors = new Set(ALERTS.map(({ name }) => name.toLowerCase()));
    const page = readFileSync("docs/runbook.md", "utf8");
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)];
    assert.ok(links.length > ALERTS.length);
    for (const [, anchor = ""] of links) assert.ok(anchors.has(anchor), anchor);
  });
});
