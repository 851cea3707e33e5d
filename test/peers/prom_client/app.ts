/**
 * An application with prom-client, which ships into Prometheus. The counter of its rounds is
 * one higher in each: what is missing in Prometheus is seen there.
 */
import process from "node:process";
import promClient from "prom-client";
import { Queue } from "../../../mod.ts";
import { collect } from "../../../prom_client.ts";

const [url = "", dataPath = "", instance = ""] = process.argv.slice(2);
const EVERY_MS = 100;

const endpoint = { name: "peer", url, retryBackoff: "50ms", retryBackoffMax: "500ms" };
const queue = await Queue.open({ dataPath, endpoints: [endpoint] }, { logger: "silent" });
const register = new promClient.Registry();
const registers = [register];
const took = new promClient.Histogram({ name: "took_seconds", help: "Took", registers });
let round = 0;
new promClient.Counter({
  name: "rounds_total",
  help: "Rounds.",
  registers,
  collect(this: promClient.Counter): void {
    this.inc();
    took.observe(0.2);
    console.log(`round ${++round}`);
  },
});
const labels = { job: "app", instance };
const metrics = collect(register, queue, { everyMs: EVERY_MS, labels });
console.log("started");

process.once("SIGTERM", async () => {
  await metrics.stop();
  await queue.close({ graceMs: 60_000 });
  const { droppedTotal, pendingSignals } = queue.stats().endpoints[0]!;
  console.log(`rejected ${droppedTotal.rejected} pending ${pendingSignals}`);
});
