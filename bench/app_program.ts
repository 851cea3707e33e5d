/**
 * An application that does nothing but have metrics: 500 series of prom-client and an HTTP
 * server. Started as `app_program alone` it has nothing else; as `walq URL DIRECTORY` it
 * puts them into a queue. After its time it prints what it has cost.
 */
import { createServer } from "node:http";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import promClient from "prom-client";
import type { Collection } from "../prom_client.ts";
import { LoopDelay } from "./loop_delay.ts";

/** What it has cost, as one line of JSON. */
export interface AppCost {
  /** Of the runtime. */
  readonly version: string;
  /** Loading walq and opening the queue. */
  readonly importMs: number;
  readonly openMs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  /** In the time that was measured. */
  readonly cpuMs: number;
  readonly measuredMs: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
  /** CPU of a round, when there have been many right before. */
  readonly warmRoundMs: number;
  /** Signals that were delivered. */
  readonly delivered: number;
}

const [kind, url = "", dataPath = ""] = process.argv.slice(2);
const everyMs = Number(process.env["EVERY_MS"]);
const restMs = Number(process.env["REST_MS"]);
const measuredMs = Number(process.env["MEASURED_MS"]);

const WARM_ROUNDS = 100;

/** 100 counters, 100 gauges, and 300 series of 20 histograms and a summary of 20. */
function makeMetrics(register: promClient.Registry): void {
  const registers = [register];
  const labelNames = ["route", "method"];
  for (let metric = 0; metric < 5; metric++) {
    const of = (what: string) => ({
      name: `app_${what}_${metric}`,
      help: `The ${what}.`,
      registers,
    });
    const counter = new promClient.Counter({ ...of("requests_total"), labelNames });
    const gauge = new promClient.Gauge({ ...of("in_flight"), labelNames });
    const histogram = new promClient.Histogram({ ...of("duration_seconds"), labelNames });
    for (let id = 0; id < 20; id++) {
      const labels = { route: `/api/v1/things/${id}`, method: "GET" };
      counter.inc(labels, id);
      gauge.set(labels, id);
      if (id < 4) histogram.observe(labels, id / 10);
    }
  }
  const rest = { name: "app_pool_size", help: "Pools.", registers, labelNames: ["pool"] };
  const pools = new promClient.Gauge(rest);
  for (let id = 0; id < 20; id++) pools.set({ pool: `pool-${id}` }, id);
}

async function warmRound(): Promise<number> {
  for (let round = 0; round < WARM_ROUNDS; round++) await flush();
  const start = process.cpuUsage();
  for (let round = 0; round < WARM_ROUNDS; round++) await flush();
  const used = process.cpuUsage(start);
  return (used.user + used.system) / 1000 / WARM_ROUNDS;
}

const register = new promClient.Registry();
makeMetrics(register);
const server = createServer((_, response) => void response.end("hello\n"));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

let importMs = 0;
let openMs = 0;
let delivered = (): number => 0;
let flush = (): Promise<void> => Promise.resolve();
let stop = (): Promise<void> => Promise.resolve();
if (kind === "walq") {
  const startedMs = performance.now();
  const { Queue } = await import("../mod.ts");
  const { collect } = await import("../prom_client.ts");
  importMs = performance.now() - startedMs;
  const queue = await Queue.open({ dataPath, endpoints: [{ name: "sink", url }] });
  openMs = performance.now() - startedMs - importMs;
  const labels = { job: "app", instance: "app-1" };
  const metrics: Collection = collect(register, queue, { everyMs, labels });
  delivered = () => queue.stats().endpoints[0]!.deliveredTotal;
  flush = () => metrics.flush();
  stop = async () => {
    await metrics.stop();
    await queue.close({ graceMs: 5_000 });
  };
}
await delay(restMs);
const loop = new LoopDelay();
const before = process.cpuUsage();
const beforeMs = performance.now();
await delay(measuredMs);
const { user, system } = process.cpuUsage(before);
const tookMs = performance.now() - beforeMs;
const { rss, heapTotal, external } = process.memoryUsage();
loop.stop();
const signals = delivered();
const { bun, deno, node } = process.versions as Readonly<Record<string, string | undefined>>;
const cost: AppCost = {
  version: bun ?? deno ?? node ?? "",
  importMs,
  openMs,
  rssBytes: rss,
  heapBytes: heapTotal,
  externalBytes: external,
  cpuMs: (user + system) / 1000,
  measuredMs: tookMs,
  delayP99Ms: loop.ms(0.99),
  delayMaxMs: loop.ms(1),
  warmRoundMs: kind === "walq" ? await warmRound() : 0,
  delivered: signals,
};
console.log(JSON.stringify(cost));
await stop();
server.close();
