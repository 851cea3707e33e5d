/**
 * What a backlog on disk costs: memory must not depend on it (promise P4), and
 * the first request should leave soon after the start, however much waits.
 */
import { rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { scratchDirectory } from "../test/peers/support/scratch.ts";
import { untilReached } from "../test/peers/support/until.ts";
import { type AnyRuntime, WalqProgram, writeConfig } from "../test/peers/support/walq.ts";
import { fillQueue, forgetFiles, writeFiles } from "./backlog_files.ts";
import { type Reading, settled } from "./memory.ts";
import { processCost } from "./process_cost.ts";
import { runLoad } from "./run_load.ts";
import { SinkProgram } from "./sink_program.ts";
import { medianOf } from "./statistics.ts";
import { formatTable } from "./table.ts";

const MIB = 1024 * 1024;
const LARGE_SAMPLES = 10_000;
const SMALL_SAMPLES = 100;
/**
 * What comes in meanwhile, with any backlog. A process that has never worked is small,
 * and V8's young generation grows with what was done, up to a bound: under Deno 25
 * scrapes were too few, and a start that had counted a backlog was 20 MiB ahead.
 */
const AT_WORK = { series: 20_000, rows: 2_000, scrapes: 150, intervalMs: 100 };
const READ_EVERY_MS = 100;

/** What waits on disk when walq starts. */
interface Backlog {
  readonly name: string;
  readonly files: readonly Uint8Array[];
  readonly count: number;
}

interface Measured {
  readonly backlog: Backlog;
  /** The files were not in the page cache at the first start, which is the one that is timed. */
  readonly isCold: boolean;
  /** From the start of the process. */
  readonly readySeconds: number;
  readonly firstRequestSeconds: number;
  readonly afterStart: Reading;
  readonly down: Reading;
  readonly slow: Reading;
}

export async function compareBacklogs(runtimes: readonly AnyRuntime[]): Promise<void> {
  const large = await writeFiles(LARGE_SAMPLES);
  const small = await writeFiles(SMALL_SAMPLES);
  const ofSize = (name: string, bytes: number): Backlog => {
    const fileBytes = large.reduce((sum, { length }) => sum + length, 0) / large.length;
    return { name, files: large, count: Math.ceil(bytes / fileBytes) };
  };
  const backlogs = [
    { name: "none", files: large, count: 0 },
    ofSize("100 MB", 100e6),
    ofSize("2 GB", 2e9),
    { name: "10,000 small files", files: small, count: 10_000 },
  ];
  for (const runtime of runtimes) {
    const measured: Measured[] = [];
    for (const backlog of backlogs) measured.push(await measure(runtime, backlog));
    console.log(`walq under ${runtime}, memory in MiB, beside "none"`);
    console.log(table(measured));
  }
}

async function measure(runtime: AnyRuntime, backlog: Backlog): Promise<Measured> {
  const directory = scratchDirectory("backlog");
  fillQueue(directory, backlog.files, backlog.count);
  const isCold = backlog.count > 0 && forgetFiles(directory);
  const whileDown = await measureDown(runtime, directory);
  const slow = await measureSlow(runtime, directory);
  rmSync(directory, { recursive: true });
  return { backlog, isCold, ...whileDown, slow };
}

/** The endpoint refuses everything: the backlog stays as it is, and grows by what comes in. */
async function measureDown(
  runtime: AnyRuntime,
  directory: string,
): Promise<Omit<Measured, "backlog" | "isCold" | "slow">> {
  const sink = await SinkProgram.start();
  await sink.goDown();
  const config = await writeConfig({ directory, url: sink.url });
  const beganMs = Date.now();
  const walq = await WalqProgram.start(runtime, config);
  const readySeconds = (Date.now() - beganMs) / 1000;
  const afterStart = await settled(walq);
  const { firstRequestMs } = await sink.counts();
  await runLoad(walq.writeUrl, AT_WORK);
  const down = await settled(walq);
  // What it would still send now is not of interest.
  await walq.program.stop("SIGKILL");
  await sink.program.stop();
  const firstRequestSeconds = firstRequestMs === 0 ? NaN : (firstRequestMs - beganMs) / 1000;
  return { readySeconds, firstRequestSeconds, afterStart, down };
}

/** The endpoint takes what comes, slowly: the backlog is on its way all the time. */
async function measureSlow(runtime: AnyRuntime, directory: string): Promise<Reading> {
  const sink = await SinkProgram.start();
  await sink.slowDown();
  const config = await writeConfig({ directory, url: sink.url });
  const walq = await WalqProgram.start(runtime, config);
  const rssBytes: number[] = [];
  let isOver = false;
  const load = runLoad(walq.writeUrl, AT_WORK).finally(() => isOver = true);
  while (!isOver) {
    rssBytes.push(processCost(walq.program.pid).rssBytes);
    await delay(READ_EVERY_MS);
  }
  const { samples } = await load;
  const { peakRssBytes } = processCost(walq.program.pid);
  await untilReached("the sink takes", samples, async () => (await sink.counts()).samples);
  await walq.program.stop("SIGKILL");
  await sink.program.stop();
  return { rssBytes: medianOf(rssBytes), peakRssBytes };
}

function table(measured: readonly Measured[]): string {
  const row = (name: string, cell: (one: Measured) => string): string[] => [
    name,
    ...measured.map(cell),
  ];
  const memory = (name: string, pick: (one: Measured) => number): string[] =>
    row(name, (one) => besides(pick(one), pick(measured[0]!)));
  return formatTable([
    row("", ({ backlog }) => backlog.name),
    row("files", ({ backlog }) => String(backlog.count)),
    row(
      "in the page cache",
      ({ backlog, isCold }) => backlog.count === 0 ? "-" : isCold ? "no" : "yes",
    ),
    row("start to ready, seconds", ({ readySeconds }) => readySeconds.toFixed(2)),
    row(
      "start to first request, seconds",
      (one) => Number.isNaN(one.firstRequestSeconds) ? "-" : one.firstRequestSeconds.toFixed(2),
    ),
    memory("endpoint down, after start, RSS", (one) => one.afterStart.rssBytes),
    memory("endpoint down, at work, RSS", (one) => one.down.rssBytes),
    memory("endpoint down, at work, peak", (one) => one.down.peakRssBytes),
    memory("endpoint slow, at work, RSS", (one) => one.slow.rssBytes),
    memory("endpoint slow, at work, peak", (one) => one.slow.peakRssBytes),
  ]);
}

function besides(bytes: number, noneBytes: number): string {
  const percent = (bytes / noneBytes - 1) * 100;
  const sign = percent > 0 ? "+" : "";
  return `${(bytes / MIB).toFixed(1)} (${sign}${percent.toFixed(1)}%)`;
}
