/**
 * A Fastify application with OpenTelemetry's SDK, whose metrics are kept on disk until
 * Prometheus has them: through restarts and outages of both.
 *
 *     npm install walq fastify @opentelemetry/sdk-metrics @opentelemetry/resources
 *     WALQ_URL=http://localhost:9090/api/v1/write node fastify_opentelemetry.js
 */
import { hostname } from "node:os";
import process from "node:process";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import Fastify from "fastify";
import { Queue } from "walq";
import { WalqMetricExporter } from "walq/opentelemetry";

const { WALQ_URL, WALQ_DATA = "./walq-data", EVERY_MS = "15000", PORT = "3000" } = process.env;

const queue = await Queue.open({
  dataPath: WALQ_DATA,
  ttl: "24h", // above the longest outage to bridge
  endpoints: [{ name: "prometheus", url: WALQ_URL }],
});
const reader = new PeriodicExportingMetricReader({
  exporter: new WalqMetricExporter(queue),
  exportIntervalMillis: Number(EVERY_MS),
  exportTimeoutMillis: Number(EVERY_MS),
});
const metrics = new MeterProvider({
  readers: [reader],
  // job and instance in Prometheus
  resource: resourceFromAttributes({ "service.name": "shop", "service.instance.id": hostname() }),
});
const meter = metrics.getMeter("shop");
const duration = meter.createHistogram("http.server.request.duration", { unit: "s" });

const app = Fastify();
app.addHook("onResponse", (request, reply, done) => {
  duration.record(reply.elapsedTime / 1_000, {
    "http.request.method": request.method,
    "http.response.status_code": reply.statusCode,
  });
  done();
});
app.get("/", () => "hello\n");
await app.listen({ port: Number(PORT) });
console.log(`listening on port ${app.server.address().port}`);

process.once("SIGTERM", async () => {
  await app.close();
  await metrics.shutdown(); // the last values, durable
  await queue.close({ graceMs: 5_000 }); // what is not sent by then goes with the next start
});
