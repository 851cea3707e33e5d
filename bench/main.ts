/**
 * `npm run bench`: walq beside vmagent. Also, after `--`:
 *
 *     matrix    the same in each version of remote write, of series that stay and of new ones, to
 *               1, 2 and 4 endpoints; `matrix "1.0 -> 2.0, churn"` only the rows with that in
 *               their names
 *     intake    what taking in costs while 1, 2 and 4 endpoints are down
 *     stream    the queue in a stream of NATS (Debian's nats-server) beside the one in files:
 *               takes in and sends in one process and in two, and an edge that hands over;
 *               `stream "apart"` only the ways with that in their names; --replicas 3
 *     start     from the start of a process to its first answer, CPU and RSS when idle (--seconds)
 *     drain     a backlog on disk (--samples) goes out, beside vmagent draining its own
 *     memory    RSS with a million series pending on disk, and with none
 *     backlog   RSS and the time to the first request, with gigabytes pending on disk
 *     profile   which functions the time of walq under node goes to; `profile scrape`
 *               while it scrapes
 *     disk      bytes a sample in files of each format
 *     pages     CPU nanoseconds a line of pages of targets, a first and a next one
 *     otlp      CPU microseconds a data point of OTLP, read, and to the durable commit
 *     kernel    CPU nanoseconds a sample of every stage of the kernel, with warm and cold caches
 *     appender  CPU nanoseconds a sample by reference, by an object that is kept, by a fresh one
 *     scrape    CPU and memory of scraping, beside prometheus --agent and vmagent
 *     dense     CPU of requests that are made to cost as much as they can
 *     app       what walq adds to an idle application with prom-client: RSS, CPU, import time,
 *               delay of the event loop
 *     tools     seconds, CPU and memory of the commands on files, on a queue of --gigabytes (2)
 *     page      milliseconds of a browser's main thread a second, with 100 endpoints and 2,000 targets
 *     relabel   CPU a sample without rules for labels and with five
 *
 * --runtime node|node-26|deno|bun (again for more), --series, --rows, --scrapes,
 * --interval-ms, --warm-up (scrapes). Where contestants take turns as fresh processes:
 * --rounds, and --json for the file with what each round was.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { ANY_RUNTIMES, type AnyRuntime } from "../test/peers/support/walq.ts";
import { compareApps } from "./app.ts";
import { compareBacklogs } from "./backlog.ts";
import { compare } from "./compare.ts";
import { compareDense } from "./dense.ts";
import { compareDisk } from "./disk.ts";
import { compareDrains } from "./drain.ts";
import { compareIntakes } from "./intake.ts";
import { runKernelBench } from "./kernel_program.ts";
import { compareMatrix } from "./matrix.ts";
import { compareMemory } from "./memory.ts";
import { measurePage } from "./page.ts";
import { profile } from "./profile.ts";
import type { RelayLoad } from "./relay.ts";
import type { Reporting } from "./report.ts";
import { compareScrapes, profileScrapes } from "./scrape.ts";
import { compareStarts } from "./start.ts";
import { compareStreams } from "./stream.ts";
import { measureTools } from "./tools.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runtime: { type: "string", multiple: true, default: ["node"] },
    series: { type: "string", default: "20000" },
    rows: { type: "string", default: "2000" },
    scrapes: { type: "string", default: "100" },
    "interval-ms": { type: "string", default: "500" },
    "warm-up": { type: "string", default: "200" },
    seconds: { type: "string", default: "60" },
    samples: { type: "string", default: "2000000" },
    rounds: { type: "string", default: "3" },
    json: { type: "string", default: "build/bench/bench.json" },
    gigabytes: { type: "string", default: "2" },
    replicas: { type: "string", default: "1" },
  },
});
const runtimes = values.runtime.map(checkRuntime);
const load: RelayLoad = {
  series: Number(values.series),
  rows: Number(values.rows),
  scrapes: Number(values.scrapes),
  intervalMs: Number(values["interval-ms"]),
  warmUpScrapes: Number(values["warm-up"]),
};
const reporting: Reporting = { rounds: Number(values.rounds), path: values.json };
const [command = "relay", part] = positionals;

/** Each resolves to false where a bar is not met or something is lost. */
const COMMANDS: Readonly<Record<string, () => unknown>> = {
  relay: () => compare(runtimes, load, reporting),
  matrix: () => compareMatrix(runtimes, load, reporting, part),
  intake: () => compareIntakes(runtimes, load, reporting),
  stream: () =>
    compareStreams(runtimes, load, reporting, {
      replicas: values.replicas === "3" ? 3 : 1,
      filter: part,
    }),
  start: () => compareStarts(runtimes, Number(values.seconds), reporting),
  drain: () => compareDrains(runtimes, { ...load, samples: Number(values.samples) }, reporting),
  memory: () => compareMemory(runtimes),
  backlog: () => compareBacklogs(runtimes),
  profile: () => part === "scrape" ? profileScrapes() : profile(load),
  app: () => compareApps(runtimes),
  disk: () => compareDisk(),
  scrape: () => compareScrapes(runtimes, reporting),
  dense: () => compareDense(),
  tools: () => measureTools(Number(values.gigabytes)),
  page: () => measurePage(),
  kernel: () => runKernelBench("kernel", runtimes),
  appender: () => runKernelBench("appender", runtimes),
  relabel: () => runKernelBench("relabel", runtimes),
  pages: () => runKernelBench("pages", runtimes),
  otlp: () => runKernelBench("otlp", runtimes),
};

const run = COMMANDS[command];
if (run === undefined) {
  throw new Error(`got "${command}", expected one of ${Object.keys(COMMANDS).join(", ")}`);
}
if (await run() === false) process.exitCode = 1;

function checkRuntime(name: string): AnyRuntime {
  const runtime = ANY_RUNTIMES.find((known) => known === name || known.replace("-", "") === name);
  if (runtime) return runtime;
  throw new Error(`--runtime: got "${name}", expected one of ${ANY_RUNTIMES.join(", ")}`);
}
