/**
 * An Express application whose metrics are kept on disk until Prometheus has them: through
 * restarts and outages of both.
 *
 *     npm install walq express prom-client
 *     WALQ_URL=http://localhost:9090/api/v1/write node express.js
 */
import { hostname } from "node:os";
import process from "node:process";
import express from "express";
import promClient from "prom-client";
import { Queue } from "walq";
import { collect } from "walq/prom-client";

const { WALQ_URL, WALQ_DATA = "./walq-data", EVERY_MS = "15000", PORT = "3000" } = process.env;

const queue = await Queue.open({
  dataPath: WALQ_DATA,
  ttl: "24h", // above the longest outage to bridge
  endpoints: [{ name: "prometheus", url: WALQ_URL }],
});
const metrics = collect(promClient.register, queue, {
  everyMs: Number(EVERY_MS),
  labels: { job: "shop", instance: hostname() },
});
const requests = new promClient.Counter({
  name: "http_requests_total",
  help: "Requests that were answered.",
  labelNames: ["method", "code"],
});
promClient.collectDefaultMetrics();

const app = express();
app.use((request, response, next) => {
  response.on("finish", () => requests.inc({ method: request.method, code: response.statusCode }));
  next();
});
app.get("/", (_request, response) => {
  response.send("hello\n");
});
const server = app.listen(Number(PORT), () => {
  console.log(`listening on port ${server.address().port}`);
});

process.once("SIGTERM", async () => {
  server.close();
  server.closeAllConnections();
  try {
    await metrics.stop(); // the last values, durable
  } catch (error) {
    console.error(`The last values were not taken: ${error.message}`); // a full disk
  }
  await queue.close({ graceMs: 5_000 }); // what is not sent by then goes with the next start
});
