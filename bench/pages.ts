/**
 * CPU nanoseconds a line of reading a page and writing its request, on the runtime it is run
 * by: the first page of a target, whose series relabeling is asked about, and one like the
 * page before; of 500 and of 100,000 series. Medians.
 */
import process from "node:process";
import type { PageRules, SeriesRelabel, TargetPages } from "../src/contracts.ts";
import { loadKernel } from "../src/kernel/kernel.ts";
import { formatTable } from "./table.ts";

const RULES: PageRules = {
  protocol: "PrometheusText0.0.4",
  scrapedMs: 1_700_000_000_000,
  honorTimestamps: true,
  trackTimestampsStaleness: false,
  latestMs: Infinity,
  nativeHistograms: false,
  alwaysClassic: false,
  convertToCustomBuckets: false,
  readsCreated: false,
  bucketLimit: 0,
  minBucketFactor: 0,
  sampleLimit: 0,
  handlesOf: 0,
};

/** Series of a family. */
const FAMILY = 10;
/** Lines that each measurement reads in all, so that the clock is fine enough. */
const LINES = 400_000;

/** Adds what a target's labels are, in order. */
const relabel: SeriesRelabel = (labels) =>
  [...labels, ["instance", "10.0.0.7:9100"] as const, ["job", "node"] as const]
    .sort(([a], [b]) => a < b ? -1 : 1);

const parser = (await loadKernel()).createPageParser();
const encoder = new TextEncoder();

/** A page like a node exporter's: some lines of metadata, numbers of all lengths. */
function pageOf(series: number, round: number): Uint8Array {
  const lines: string[] = [];
  for (let number = 0; number < series; number++) {
    const family = `node_subsystem_${Math.floor(number / FAMILY)}_total`;
    if (number % FAMILY === 0) {
      lines.push(`# HELP ${family} Statistic number ${number} of the subsystem.`);
      lines.push(`# TYPE ${family} counter`);
    }
    const value = number % 3 === 0 ? number * round : (number + round) * 1.000123;
    lines.push(`${family}{device="eth${number % FAMILY}",mode="receive"} ${value}`);
  }
  return encoder.encode(`${lines.join("\n")}\n`);
}

function take(target: TargetPages, page: Uint8Array): void {
  target.read(page, RULES, relabel);
  target.write("changed");
  target.keep();
}

function cpuNs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}

function median(numbers: readonly number[]): string {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!.toFixed(0);
}

function measure(series: number): string[][] {
  const pages = [1, 2].map((round) => pageOf(series, round));
  const lines = series + 2 * Math.ceil(series / FAMILY);
  const repeats = Math.ceil(LINES / 10 / lines);
  const first: number[] = [];
  const next: number[] = [];
  for (let round = 0; round < 12; round++) {
    const targets = Array.from({ length: repeats }, () => parser.openTarget());
    first.push(cpuNs(() => targets.forEach((target) => take(target, pages[0]!))));
    next.push(cpuNs(() => targets.forEach((target) => take(target, pages[1]!))));
    for (const target of targets) target.close();
  }
  return [[`first page of ${series} series`, first], [`next page of ${series} series`, next]].map((
    [name, times],
  ) => [
    name as string,
    median((times as number[]).slice(2).map((ns) => ns / repeats / lines)),
  ]);
}

console.log(formatTable([["ns of CPU a line, median", ""], ...measure(500), ...measure(100_000)]));
