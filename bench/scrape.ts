/**
 * Scraping: walq beside `prometheus --agent` and vmagent, by turns, each with the same jobs. CPU of the whole process a sample that arrives.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { isInstalled } from "../test/peers/support/installed.ts";
import { Program } from "../test/peers/support/program.ts";
import { startAgent } from "../test/peers/support/prometheus_agent.ts";
import { freePort, scratchDirectory } from "../test/peers/support/scratch.ts";
import { Vmagent } from "../test/peers/support/victoria.ts";
import { type AnyRuntime, WalqProgram } from "../test/peers/support/walq.ts";
import { ids } from "../test/peers/support/workload.ts";
import type { Figure } from "./comparison.ts";
import { processCost } from "./process_cost.ts";
import { printProfile } from "./profile.ts";
import { report, type Reporting } from "./report.ts";
import { byTurns } from "./rounds.ts";
import { SinkProgram } from "./sink_program.ts";

const TARGETS = 200;
const SERIES = 500;
const INTERVAL_MS = 5_000;
/** First pages are dear; and where a page comes each 25 ms, compilers take minutes to be through. */
const WARM_UP_MS = 120_000;
const MEASURED_MS = 60_000;
const MIB = 1024 * 1024;

/** Starts a program that scrapes into a sink. */
interface Contestant {
  readonly name: string;
  readonly start: (jobs: string, sinkUrl: string) => Promise<Program>;
}

/** What the time that is measured cost. */
interface ScrapeCost {
  readonly cpuUs: number;
  readonly peakRssBytes: number;
  readonly scrapes: number;
  readonly samples: number;
}

const FIGURES: readonly Figure<ScrapeCost>[] = [
  { name: "CPU, µs a sample", of: cpuOf, digits: 3 },
  { name: "peak RSS, MiB", of: ({ peakRssBytes }) => peakRssBytes / MIB, digits: 0 },
  {
    name: `scrapes of ${TARGETS * MEASURED_MS / INTERVAL_MS}`,
    of: (one) => one.scrapes,
    digits: 0,
  },
  { name: "samples at the sink", of: ({ samples }) => samples, digits: 0 },
];

export async function compareScrapes(
  runtimes: readonly AnyRuntime[],
  reporting: Reporting,
): Promise<void> {
  const contestants: Contestant[] = runtimes.map((runtime) => ({
    name: `walq, ${runtime}`,
    start: (jobs, sinkUrl) => startWalq(runtime, jobs, sinkUrl),
  }));
  if (isInstalled("prometheus")) contestants.push({ name: "prometheus", start: startPrometheus });
  if (isInstalled("vmagent")) contestants.push({ name: "vmagent", start: startVmagent });
  console.log(
    `${TARGETS} targets of ${SERIES} series each ${INTERVAL_MS / 1000} s, ` +
      `${MEASURED_MS / 1000} s after ${WARM_UP_MS / 1000} s to warm up`,
  );
  const rows = await byTurns(
    reporting.rounds,
    contestants.map((one) => ({ name: one.name, measure: () => measure(one) })),
  );
  const peers = ["prometheus", "vmagent"];
  report<ScrapeCost>(reporting, {
    command: "scrape",
    setup: { targets: TARGETS, series: SERIES, intervalMs: INTERVAL_MS },
    rows,
    tables: [{
      figures: FIGURES,
      ratios: peers.map((peer) => ({
        name: `CPU of ${peer}'s`,
        of: cpuOf,
        peerOf: (name) => peers.includes(name) ? undefined : peer,
      })),
    }],
  });
}

function cpuOf({ cpuUs, samples }: ScrapeCost): number {
  return cpuUs / samples;
}

/** Which functions the time of walq under node goes to while it scrapes. */
export async function profileScrapes(): Promise<void> {
  const port = await freePort();
  const pages = await startPages(port);
  const sink = await SinkProgram.start();
  const directory = scratchDirectory("profile");
  const profiling = ["--cpu-prof", `--cpu-prof-dir=${directory}`];
  const program = await startWalq("node", jobsOf(port), sink.url, profiling);
  await pause(WARM_UP_MS);
  const before = await sink.counts();
  await pause(MEASURED_MS);
  const { samples } = await sink.counts();
  await program.stop("SIGTERM");
  for (const one of [pages, sink.program]) await one.stop();
  printProfile(directory, samples - before.samples, WARM_UP_MS);
}

async function startPages(port: number): Promise<Program> {
  const pages = new Program([
    process.execPath,
    "build/bench/pages_program.js",
    String(port),
    String(SERIES),
  ]);
  await pages.ready(`http://127.0.0.1:${port}/counts`);
  return pages;
}

async function measure({ start }: Contestant): Promise<ScrapeCost> {
  const port = await freePort();
  const pages = await startPages(port);
  const counts = async (): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${port}/counts`);
    return (await answer.json() as { scrapes: number }).scrapes;
  };
  const sink = await SinkProgram.start();
  const program = await start(jobsOf(port), sink.url);
  await pause(WARM_UP_MS);
  const before = { ...processCost(program.pid), scrapes: await counts(), ...await sink.counts() };
  await pause(MEASURED_MS);
  const after = { ...processCost(program.pid), scrapes: await counts(), ...await sink.counts() };
  for (const one of [program, pages, sink.program]) await one.stop();
  return {
    cpuUs: after.cpuUs - before.cpuUs,
    peakRssBytes: after.peakRssBytes,
    scrapes: after.scrapes - before.scrapes,
    samples: after.samples - before.samples,
  };
}

/** Each target is a page of one server. */
function jobsOf(port: number): string {
  const groups = ids(0, TARGETS).map((page) =>
    `      - { targets: ["127.0.0.1:${port}"], labels: { __param_page: "${page}" } }`
  );
  return [
    "global:",
    `  scrape_interval: ${INTERVAL_MS}ms`,
    "  scrape_timeout: 4s",
    "  external_labels: { cluster: edge }",
    "scrape_configs:",
    "  - job_name: pages",
    "    relabel_configs:",
    "      - { source_labels: [__param_page], target_label: instance, replacement: 'page-$1' }",
    "    static_configs:",
    ...groups,
    "",
  ].join("\n");
}

async function startWalq(
  runtime: AnyRuntime,
  jobs: string,
  sinkUrl: string,
  runtimeArgs: readonly string[] = [],
): Promise<Program> {
  const directory = scratchDirectory("bench-scrape");
  const config = join(directory, "walq.yaml");
  const own = [
    "server:",
    `  listen: 127.0.0.1:${await freePort()}`,
    `queue: { data_path: ${join(directory, "data")} }`,
    `remote_write: [{ name: sink, url: "${sinkUrl}" }]`,
    "",
  ];
  writeFileSync(config, own.join("\n") + jobs);
  return (await WalqProgram.start(runtime, config, { runtimeArgs })).program;
}

async function startPrometheus(jobs: string, sinkUrl: string): Promise<Program> {
  const directory = scratchDirectory("bench-scrape");
  const config = join(directory, "prometheus.yml");
  writeFileSync(config, `${jobs}remote_write: [{ url: "${sinkUrl}" }]\n`);
  return (await startAgent(directory, config)).program;
}

async function startVmagent(jobs: string, sinkUrl: string): Promise<Program> {
  const config = join(scratchDirectory("bench-scrape"), "scrape.yml");
  writeFileSync(config, jobs);
  return (await Vmagent.start(sinkUrl, [`-promscrape.config=${config}`])).program;
}
