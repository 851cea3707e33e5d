/**
 * A Hono application on Deno, with metrics of its own, that also takes remote write from
 * others who show a token, and passes all of it on.
 *
 *     WALQ_URL=http://localhost:9090/api/v1/write TOKEN=secret deno run -A hono_on_deno.js
 */
import process from "node:process";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import promClient from "prom-client";
import { Queue } from "walq";
import { collect } from "walq/prom-client";
import { receiver } from "walq/receiver";

const { WALQ_URL, WALQ_DATA = "./walq-data", EVERY_MS = "15000", PORT = "3000", TOKEN } =
  process.env;

const queue = await Queue.open({
  dataPath: WALQ_DATA,
  ttl: "24h",
  endpoints: [{ name: "prometheus", url: WALQ_URL }],
});
const register = new promClient.Registry();
const greetings = new promClient.Counter({
  name: "greetings_total",
  help: "Visitors who were greeted.",
  registers: [register],
});
const labels = { job: "greeter", instance: Deno.hostname() };
const metrics = collect(register, queue, { everyMs: Number(EVERY_MS), labels });

const app = new Hono();
app.get("/", (c) => {
  greetings.inc();
  return c.text("hello\n");
});
app.use("/in/*", bearerAuth({ token: TOKEN }));
app.route("/in", receiver(queue)); // POST /in/api/v1/write

const server = Deno.serve({
  port: Number(PORT),
  onListen: ({ port }) => console.log(`listening on port ${port}`),
}, app.fetch);

process.once("SIGTERM", async () => {
  await server.shutdown();
  try {
    await metrics.stop(); // the last values, durable
  } catch (error) {
    console.error(`The last values were not taken: ${error.message}`); // a full disk
  }
  await queue.close({ graceMs: 5_000 });
});
