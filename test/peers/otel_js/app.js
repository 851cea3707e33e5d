/**
 * The SDK of OpenTelemetry for JavaScript: collects twice, and exports each collection by its
 * own OTLP exporters to all of the given targets, and by walq's exporter into a queue.
 */
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

// They are where this is copied to, and nowhere else: a name that is computed is not looked up before.
const names = ["exporter-metrics-otlp-http", "exporter-metrics-otlp-proto", "resources"];
const [json, proto, { resourceFromAttributes }, sdk] = await Promise.all(
  [...names, "sdk-metrics"].map((name) => import(`@opentelemetry/${name}`)),
);
const { AggregationType, MeterProvider, MetricReader } = sdk;

const { targets, queue: into } = JSON.parse(process.argv[2]);

/** Collects when it is told to. */
class Reader extends MetricReader {
  onForceFlush() {
    return Promise.resolve();
  }
  onShutdown() {
    return Promise.resolve();
  }
}

const reader = new Reader();
const provider = new MeterProvider({
  readers: [reader],
  resource: resourceFromAttributes({
    "service.name": "shop",
    "service.namespace": "js",
    "service.instance.id": "one",
    "host.cpus": 8,
    "of.it": ["a", "b"],
  }),
  views: [{
    instrumentName: "wait",
    aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 40 } },
  }],
});
const meter = provider.getMeter("scope", "1.2.3");
const orders = meter.createCounter("orders", { description: "Orders.", unit: "{order}" });
const queue = meter.createUpDownCounter("queue.length");
const duration = meter.createHistogram("http.server.request.duration", { unit: "s" });
const wait = meter.createHistogram("wait", { unit: "ms", description: "Waits." });
const warmth = meter.createGauge("temperature", { unit: "Cel" });
const memory = meter.createObservableGauge("process.memory", { unit: "By" });
memory.addCallback((result) => result.observe(123456789, { kind: "heap" }));

function happen(round) {
  orders.add(3 * round, { "payment.kind": "card", größe: "L" });
  orders.add(1, { "payment.kind": 'a "b"\n\\' });
  queue.add(-round);
  warmth.record(21.5 - round, { room: "attic" });
  for (let at = 0; at < 50; at++) {
    duration.record((at * round) / 97, { "http.response.status_code": 200 + (at % 2) });
    wait.record((at - 10) ** 3 * round, { way: "in" });
  }
}

const exporters = targets.map(({ form, url, compression }) =>
  new (form === "json" ? json : proto).OTLPMetricExporter({ url, compression })
);
let opened;
if (into !== undefined) {
  const { Queue } = await import(`${into.walq}/mod.js`);
  const { WalqMetricExporter } = await import(`${into.walq}/opentelemetry.js`);
  const endpoint = { name: "peer", url: into.url, externalLabels: into.labels };
  opened = await Queue.open({ dataPath: into.dataPath, endpoints: [endpoint] });
  exporters.push(new WalqMetricExporter(opened));
}
for (let round = 1; round <= 2; round++) {
  happen(round);
  const { resourceMetrics, errors } = await reader.collect();
  if (errors.length > 0) throw errors[0];
  for (const exporter of exporters) {
    const { code, error } = await new Promise((done) => exporter.export(resourceMetrics, done));
    if (code !== 0) throw error;
  }
  await delay(10);
}
for (const exporter of exporters) await exporter.shutdown();
await opened?.close({ graceMs: 60_000 });
const pending = opened?.stats().endpoints[0].pendingSignals ?? 0;
if (pending !== 0) throw new Error(`${pending} signals are pending`);
process.exit(0);
