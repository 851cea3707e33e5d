import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { AGENT_METRICS } from "../../src/agent/metrics/agent_metrics.ts";
import { SEQUENCE_METRIC } from "../../src/sequence/sequence_series.ts";
import { NOTHING_DROPPED } from "../../src/types.ts";

const PAGE = readFileSync("docs/metrics.md", "utf8");

/** A row of a table: the name, maybe with alternatives in braces, and what the next cell says. */
const ROW = /^\| `([a-z0-9_{},]+)` +\| ([^|]*?) +\|/gm;

/** A name anywhere, in a table or in an expression; `alloy_queue_metadata_*` is none. */
const MENTION =
  /\b(?:walq|alloy_queue|prometheus_remote_storage|prometheus_config|prometheus_target|prometheus_sd|process)_(?:\w|\{\w+,[\w,]+\})*[a-z0-9]\b/g;

/** `a_{b,c}_d` is `a_b_d` and `a_c_d`. */
function expand(name: string): string[] {
  const match = /^(.*)\{([a-z,]+)\}(.*)$/.exec(name);
  if (match === null) return [name];
  return match[2]!.split(",").map((one) => `${match[1]}${one}${match[3]}`);
}

function rows(): Map<string, string> {
  const all = [...PAGE.matchAll(ROW)].flatMap(([, name = "", next = ""]) =>
    expand(name).map((one) => [one, next] as const)
  );
  assert.equal(new Set(all.map(([name]) => name)).size, all.length, "a name has two rows");
  return new Map(all);
}

test("docs/metrics.md has a row for every metric, with its type, and for no other", () => {
  const exported = AGENT_METRICS.map(({ name, type }) => `${name} ${type}`);
  const reasons = new Set(Object.keys(NOTHING_DROPPED));
  const documented = [...rows()].filter(([name]) => !reasons.has(name))
    .map(([name, type]) => `${name} ${type}`);
  assert.deepEqual(documented.sort(), exported.sort());
});

test("docs/metrics.md has a row for every reason of a drop", () => {
  const documented = rows();
  for (const reason of Object.keys(NOTHING_DROPPED)) assert.ok(documented.has(reason), reason);
});

const DOCUMENTS: readonly string[] = [
  "README.md",
  "ARCHITECTURE.md",
  // The format has names of its own that look so.
  ...readdirSync("docs").filter((name) => name.endsWith(".md") && name !== "format.md")
    .map((name) => `docs/${name}`),
];

test("every metric that the documents mention is exported", () => {
  // The queue's own series are in what it sends, and not on the page.
  const own = [SEQUENCE_METRIC, "walq_order_probe"];
  const exported = new Set([...AGENT_METRICS.map(({ name }) => name), ...own]);
  for (const path of DOCUMENTS) {
    const mentions = readFileSync(path, "utf8").match(MENTION) ?? [];
    for (const name of mentions.flatMap(expand)) {
      assert.ok(exported.has(name), `${path} mentions ${name}`);
    }
  }
});
