/**
 * `npm run bench`: walq beside vmagent. Also, after `--`:
 *
 *     memory    RSS with a million series pending on disk, and with none
 *     backlog   RSS and the time to the first request, with gigabytes pending on disk
 *     profile   which functions the time of walq under node goes to; `profile scrape`
 *               while it scrapes
 *     disk      bytes a sample in files of each format
 *     pages     CPU nanoseconds a line of pages of targets, a first and a next one
 *     otlp      CPU microseconds a data point of OTLP, read, and to the durable commit
 *     kernel    nanoseconds a sample of every stage of the kernel
 *     scrape    CPU and memory of scraping, beside prometheus --agent and vmagent
 *     dense     CPU of requests that are made to cost as much as they can
 *     app       what walq adds to an idle application with prom-client: RSS, CPU, import time,
 *               delay of the event loop; --runtime may be node-26, too
 *     relabel   CPU a sample without rules for labels and with five
 *
 * --runtime node|deno|bun (again for more), --series, --rows, --scrapes,
 * --interval-ms; --all for a run of vmagent with requests of 1,000.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { type Runtime, RUNTIMES } from "../test/peers/support/walq.ts";
import { compareApps, isAppRuntime } from "./app.ts";
import { compareBacklogs } from "./backlog.ts";
import { compare } from "./compare.ts";
import { compareDense } from "./dense.ts";
import { compareDisk } from "./disk.ts";
import { KERNEL_BENCHES, type KernelBench, runKernelBench } from "./kernel_program.ts";
import { compareMemory } from "./memory.ts";
import { profile } from "./profile.ts";
import { compareScrapes, profileScrapes } from "./scrape.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runtime: { type: "string", multiple: true, default: ["node"] },
    series: { type: "string", default: "20000" },
    rows: { type: "string", default: "2000" },
    scrapes: { type: "string", default: "100" },
    "interval-ms": { type: "string", default: "500" },
    all: { type: "boolean", default: false },
  },
});
const load = {
  series: Number(values.series),
  rows: Number(values.rows),
  scrapes: Number(values.scrapes),
  intervalMs: Number(values["interval-ms"]),
};
const [command = "compare", part] = positionals;
// An application runs on more of them than the program is measured on.
const runtimes = command === "app" ? [] : values.runtime.map(checkRuntime);
if (command === "compare") process.exitCode = await compare(runtimes, load, values.all) ? 0 : 1;
else if (command === "memory") await compareMemory(runtimes);
else if (command === "backlog") await compareBacklogs(runtimes);
else if (command === "profile" && part === "scrape") await profileScrapes();
else if (command === "profile") await profile(load);
else if (command === "app") {
  const known = values.runtime.filter(isAppRuntime);
  if (known.length < values.runtime.length) throw new Error(`--runtime: got ${values.runtime}`);
  process.exitCode = await compareApps(known) ? 0 : 1;
} else if (command === "disk") await compareDisk();
else if (command === "scrape") await compareScrapes(runtimes);
else if (command === "dense") await compareDense();
else if (KERNEL_BENCHES.includes(command as KernelBench)) {
  runKernelBench(command as KernelBench, runtimes);
} else {
  throw new Error(
    `got "${command}", expected app, memory, backlog, profile, disk, scrape, dense, kernel, relabel, pages or otlp`,
  );
}

function checkRuntime(name: string): Runtime {
  const runtime = RUNTIMES.find((known) => known === name);
  if (runtime) return runtime;
  throw new Error(`--runtime: got "${name}", expected node, deno or bun`);
}
