/**
 * Bun.serve, with no registry of metrics at all: a few numbers, pushed now and then.
 *
 *     WALQ_URL=http://localhost:9090/api/v1/write bun bun_serve.js
 */
import { hostname } from "node:os";
import process from "node:process";
import { Queue } from "walq";

const { WALQ_URL, WALQ_DATA = "./walq-data", EVERY_MS = "15000", PORT = "3000" } = process.env;

const queue = await Queue.open({
  dataPath: WALQ_DATA,
  ttl: "24h",
  endpoints: [{ name: "prometheus", url: WALQ_URL }],
});
const labels = { job: "greeter", instance: hostname() };
let greetings = 0;

const server = Bun.serve({
  port: Number(PORT),
  fetch: () => {
    greetings++;
    return new Response("hello\n");
  },
});
console.log(`listening on port ${server.port}`);

async function push() {
  try {
    await queue.push({
      greetings_total: greetings,
      process_resident_memory_bytes: process.memoryUsage().rss,
    }, labels);
  } catch (error) {
    console.error(`These numbers were not taken: ${error.message}`); // a full disk
  }
}
const timer = setInterval(push, Number(EVERY_MS));

process.once("SIGTERM", async () => {
  clearInterval(timer);
  await server.stop();
  await push();
  await queue.close({ graceMs: 5_000 });
});
