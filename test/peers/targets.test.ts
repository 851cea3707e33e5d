/**
 * Targets of many jobs, made by a real Prometheus agent and by walq from the same file: their
 * labels before and after the rules, and their URLs, are the same.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { missing } from "./support/installed.ts";
import { startAgent } from "./support/prometheus_agent.ts";
import { freePort, scratchDirectory } from "./support/scratch.ts";
import { until } from "./support/until.ts";
import { WalqProgram } from "./support/walq.ts";

/** Nobody listens there: what is asked does not matter. */
const NOBODY = "127.0.0.1:9";
const LONG = { scrape_interval: "1h", scrape_timeout: "1s" };

type Rule = Readonly<Record<string, unknown>>;

function job(targets: readonly string[], more: object = {}, labels: object = {}): object {
  return { ...LONG, static_configs: [{ targets, labels }], ...more };
}

function ruled(...relabel_configs: readonly Rule[]): object {
  return { relabel_configs };
}

const set = (target_label: string, replacement: string): Rule => ({ target_label, replacement });

/**
 * 60 jobs, each for one thing; of what is the same in 2.42 and in Prometheus 3, where a
 * port 80 stays, a label wins over the same parameter, and any scheme is taken.
 */
const JOBS: readonly object[] = [
  job([NOBODY]),
  job([]),
  job(["a", "b:8080", "c:443", "[::1]:9090", "[::1]", "a.example:8080"]),
  job([NOBODY], { scheme: "https" }),
  job([NOBODY], { metrics_path: "/federate" }),
  job([NOBODY], { metrics_path: "metrics" }),
  job([NOBODY], { metrics_path: "/a b/ü?c=d&e#f%20*(!)'~$,;:@=+" }),
  job([NOBODY], { metrics_path: "//double//" }),
  job([NOBODY], { metrics_path: "" }),
  job([NOBODY], { params: { module: ["http_2xx"], target: ["a b", "c&d"] } }),
  job([NOBODY], { params: { "match[]": ['{job="x"}', "ü"], empty: [], blank: [""] } }),
  job([NOBODY], {}, { env: "prod", empty: "" }),
  job([NOBODY], {}, { job: "of the target", instance: "of the target" }),
  job([NOBODY], {}, { __metrics_path__: "/own", __scheme__: "https", __param_x: "own" }),
  job([NOBODY], { params: { x: ["of the job", "second"] } }, { __param_y: "own" }),
  job([NOBODY], {}, { __scrape_interval__: "2h", __scrape_timeout__: "1m30s" }),
  job([NOBODY], {}, { __meta_a: "1", __tmp: "2", __address__: "x" }),
  job(["a:1", "a:1", "a:2"]),
  job(["a:1", "b:1"], ruled(set("instance", "one"))),
  job([NOBODY], ruled(set("__address__", "10.0.0.1:9115"))),
  job(["https://x.example/path"], {
    metrics_path: "/probe",
    ...ruled(
      { source_labels: ["__address__"], target_label: "__param_target" },
      { source_labels: ["__param_target"], target_label: "instance" },
      set("__address__", NOBODY),
    ),
  }),
  job([NOBODY], ruled(set("__address__", ""))),
  job([NOBODY], ruled(set("__scheme__", "https"))),
  job([NOBODY], ruled(set("__scheme__", ""))),
  job([NOBODY], ruled(set("__metrics_path__", ""))),
  job([NOBODY], ruled(set("__scrape_interval__", "30m"))),
  job([NOBODY], ruled(set("__scrape_interval__", "1x"))),
  job([NOBODY], ruled(set("__scrape_interval__", "0s"))),
  job([NOBODY], ruled(set("__scrape_timeout__", "2h"))),
  job([NOBODY], ruled(set("__scrape_timeout__", ""))),
  job([NOBODY], ruled(set("job", ""))),
  job([NOBODY], ruled(set("instance", ""))),
  job([NOBODY], ruled({ action: "labeldrop", regex: "__.*" })),
  job([NOBODY], ruled({ action: "labelkeep", regex: "__.*|job" })),
  job([NOBODY], ruled({ action: "labeldrop", regex: "__param_.*" }), {}),
  job([NOBODY], { params: { x: ["1"] }, ...ruled({ action: "labeldrop", regex: "__param_x" }) }),
  job(
    ["a:1", "b:1", "c:1"],
    ruled({ source_labels: ["__address__"], regex: "b:.*", action: "keep" }),
  ),
  job(
    ["a:1", "b:1", "c:1"],
    ruled({ source_labels: ["__address__"], regex: "b:.*", action: "drop" }),
  ),
  job(["a:1"], ruled({ source_labels: ["__address__"], regex: ".*", action: "drop" })),
  job([NOBODY], ruled({ action: "labelmap", regex: "__meta_(.+)" }), { __meta_zone: "z" }),
  job(
    [NOBODY],
    ruled({ action: "labelmap", regex: "__(scheme|address)__", replacement: "seen_$1" }),
  ),
  job(
    ["a:1", "b:2"],
    ruled({
      source_labels: ["__address__"],
      regex: "(.+):(\\d+)",
      replacement: "${1}-$2",
      target_label: "host",
    }),
  ),
  job(
    ["a:1", "b:2"],
    ruled({
      source_labels: ["__address__", "job"],
      separator: "/",
      target_label: "both",
    }),
  ),
  job(
    ["a:1", "b:2", "c:3"],
    ruled({
      source_labels: ["__address__"],
      modulus: 7,
      target_label: "shard",
      action: "hashmod",
    }),
  ),
  job(
    ["Host.Example:1"],
    ruled({
      source_labels: ["__address__"],
      target_label: "low",
      action: "lowercase",
    }),
  ),
  job(
    ["host:1"],
    ruled({
      source_labels: ["__address__"],
      target_label: "high",
      action: "uppercase",
    }),
  ),
  job(
    ["a:1", "b:1"],
    ruled({
      source_labels: ["__address__"],
      target_label: "x",
      action: "keepequal",
    }),
    { x: "a:1" },
  ),
  job(
    ["a:1", "b:1"],
    ruled({
      source_labels: ["__address__"],
      target_label: "x",
      action: "dropequal",
    }),
    { x: "a:1" },
  ),
  job([NOBODY], ruled(set("__param_a_b", "c d"), set("x", "$notset"))),
  job([NOBODY], ruled(set("__param_added", "by a rule"))),
  job([NOBODY], ruled(set("__address__", "a/b"))),
  job(["one:1"], {
    static_configs: [
      { targets: ["one:1"], labels: { group: "1" } },
      { targets: ["two:2", "one:1"], labels: { group: "2" } },
      { targets: [] },
    ],
  }),
  job([NOBODY], { scrape_interval: "90m", scrape_timeout: "1m30s" }),
  job([NOBODY], { scrape_interval: "1d", scrape_timeout: "100ms" }),
  job([NOBODY], {}, { size: "größe" }),
  job([NOBODY], {}, { text: 'line\nfeed "quoted" \\ ü' }),
  job([NOBODY], { honor_labels: true, sample_limit: 5, target_limit: 1 }),
  job(["a:1", "b:1"], { target_limit: 1 }),
  job([NOBODY], ruled(set("__tmp_only", "for the rules"))),
  job([NOBODY], ruled(set("__scheme__", "https"), set("__metrics_path__", "/x?y"))),
];

/** Labels of Prometheus 3.13, which 2.42 has not. */
const NEW_LABELS =
  /^__(?:convert_classic_histograms_to_nhcb|always_scrape_classic_histograms|scrape_native_histograms)__$/;

interface TargetsAnswer {
  readonly activeTargets: readonly {
    readonly discoveredLabels: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
    readonly scrapePool: string;
    readonly scrapeUrl: string;
    readonly scrapeInterval: string;
    readonly scrapeTimeout: string;
  }[];
  readonly droppedTargets: readonly {
    readonly discoveredLabels: Readonly<Record<string, string>>;
    /** Prometheus does not show targets that cannot be scraped. */
    readonly reason?: string;
  }[];
}

describe("targets", () => {
  it(
    "of many jobs are those of Debian's Prometheus 2.42",
    { skip: missing("prometheus") },
    async () => {
      const directory = scratchDirectory("targets");
      const file = fileOf();
      const peerConfig = join(directory, "peer.yml");
      writeFileSync(peerConfig, file);
      const walqConfig = join(directory, "walq.yaml");
      writeFileSync(
        walqConfig,
        `server: { listen: 127.0.0.1:${await freePort()} }\n` +
          `queue: { data_path: ${join(directory, "data")} }\n${file}`,
      );
      const peer = await startAgent(directory, peerConfig);
      const walq = await WalqProgram.start("node", walqConfig);
      const got = await targetsOf(walq.origin);
      // Discoveries of Prometheus tell every five seconds, each when it is ready: until all
      // have told, its list is a part. One that never becomes as long is compared as it is.
      let wanted = await targetsOf(peer.origin);
      await until("Prometheus knows as many targets", async () => {
        wanted = await targetsOf(peer.origin);
        return countsOf(wanted) === countsOf(got);
      }).catch(() => {});
      assert.deepEqual(activeOf(got), activeOf(wanted));
      assert.deepEqual(droppedOf(got), droppedOf(wanted));
      await walq.program.stop();
      await peer.program.stop();
    },
  );
});

function fileOf(): string {
  const jobs = JOBS.map((options, index) =>
    `  - ${JSON.stringify({ job_name: `job-${String(index).padStart(2, "0")}`, ...options })}\n`
  );
  return `scrape_configs:\n${
    jobs.join("")
  }remote_write:\n  - { name: none, url: "http://${NOBODY}" }\n`;
}

async function targetsOf(origin: string): Promise<TargetsAnswer> {
  const answer = await fetch(`${origin}/api/v1/targets`);
  return (await answer.json() as { data: TargetsAnswer }).data;
}

function countsOf(answer: TargetsAnswer): string {
  return `${answer.activeTargets.length} active, ${droppedOf(answer).length} dropped`;
}

function activeOf({ activeTargets }: TargetsAnswer): string[] {
  return activeTargets.map(({ discoveredLabels, labels, ...target }) =>
    JSON.stringify([
      target.scrapePool,
      target.scrapeUrl,
      target.scrapeInterval,
      target.scrapeTimeout,
      sorted(labels),
      // Rules of 2.42 change these, too.
      hasRules(target.scrapePool) ? "" : sorted(discoveredLabels),
    ])
  ).sort();
}

function droppedOf({ droppedTargets }: TargetsAnswer): string[] {
  return droppedTargets.filter(({ reason }) => reason === undefined)
    .map(({ discoveredLabels }) => JSON.stringify(sorted(discoveredLabels)))
    .sort();
}

function hasRules(scrapePool: string): boolean {
  return "relabel_configs" in JOBS[Number(scrapePool.slice(-2))]!;
}

function sorted(labels: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(labels).filter(([name]) => !NEW_LABELS.test(name))
    .sort(([a], [b]) => a < b ? -1 : 1);
}
