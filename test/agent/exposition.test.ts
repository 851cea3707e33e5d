import { samplesOnly } from "../support/counts.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Exposition } from "../../src/agent/metrics/exposition.ts";
import { ReceiveStats } from "../../src/receive/receive_stats.ts";
import { NOTHING_DROPPED } from "../../src/types.ts";
import { fakeBatch } from "../support/fake_batch.ts";
import { FakeQueue } from "./support.ts";
import { parseText, type TextFamily } from "./text_format.ts";

/** The names of Alloy and Prometheus that dashboards use. */
const ALLOY = [
  "network_sent_total",
  "network_failed_total",
  "network_retried_total",
  "network_retried_429_total",
  "network_retried_5xx_total",
  "network_errors_total",
  "network_duration_seconds",
  "network_timestamp_seconds",
  "serializer_incoming_signals_total",
  "serializer_incoming_exemplars_total",
  "serializer_incoming_timestamp_seconds",
  "serializer_errors_total",
  "disk_compressed_bytes_written_total",
  "disk_compressed_bytes_read_total",
  "disk_uncompressed_bytes_written_total",
  "disk_uncompressed_bytes_read_total",
  "file_id_written",
  "file_id_read",
];
const PROMETHEUS = [
  "samples_total",
  "samples_failed_total",
  "samples_retried_total",
  "histograms_total",
  "histograms_failed_total",
  "histograms_retried_total",
  "metadata_total",
  "metadata_failed_total",
  "metadata_retried_total",
  "exemplars_total",
  "exemplars_failed_total",
  "exemplars_retried_total",
  "sent_bytes_total",
  "bytes_total",
  "metadata_bytes_total",
  "sent_batch_duration_seconds",
  "queue_highest_sent_timestamp_seconds",
  "highest_timestamp_in_seconds",
  "shards",
  "shards_min",
  "shards_max",
  "shards_desired",
  "queue_highest_timestamp_seconds",
  "samples_in_total",
  "histograms_in_total",
  "exemplars_in_total",
  "samples_pending",
  "samples_dropped_total",
  "max_samples_per_send",
  "shard_capacity",
  "enqueue_retries_total",
];
const NAMES = [
  ...ALLOY.map((name) => `alloy_queue_series_${name}`),
  ...ALLOY.map((name) => `alloy_queue_metadata_${name}`),
  ...PROMETHEUS.map((name) => `prometheus_remote_storage_${name}`),
];

const SHOWN = "https://mimir.example/api/v1/push";

function busyQueue(): FakeQueue {
  const queue = new FakeQueue();
  const { endpoint } = queue;
  const batch = {
    format: "alloy.metrics.queue.v1",
    compression: "snappy",
    data: new Uint8Array(250),
    uncompressedBytes: 900,
    series: 100,
    metadata: 0,
    kinds: samplesOnly(100),
    strings: 5,
    oldestMs: 1_000,
    newestMs: 1_700_000_000_500,
    checksum: "",
  } as const;
  endpoint.stored({ id: 12, batch });
  endpoint.loaded({ id: 11, compressedBytes: 200, uncompressedBytes: 800 });
  endpoint.attempted({
    durationMs: 30,
    bytes: 50,
    signals: 60,
    kinds: samplesOnly(60),
    written: samplesOnly(60),
    status: 200,
    outcome: "delivered",
    oldestMs: 1,
    newestMs: 1_700_000_000_250,
  });
  endpoint.attempted({
    durationMs: 900,
    bytes: 50,
    signals: 6,
    kinds: samplesOnly(6),
    written: samplesOnly(0),
    status: 429,
    outcome: "retried",
    oldestMs: 1,
    newestMs: 1,
  });
  endpoint.attempted({
    durationMs: 900_000,
    bytes: 50,
    signals: 7,
    kinds: samplesOnly(7),
    written: samplesOnly(0),
    status: 503,
    outcome: "retried",
    oldestMs: 1,
    newestMs: 1,
  });
  endpoint.attempted({
    durationMs: 1,
    bytes: 50,
    signals: 8,
    kinds: samplesOnly(8),
    written: samplesOnly(0),
    status: undefined,
    outcome: "retried",
    oldestMs: 1,
    newestMs: 1,
  });
  endpoint.settled({ outcome: "delivered", signals: 55 });
  endpoint.settled({ outcome: "rejected", signals: 3 });
  endpoint.settled({ outcome: "max_retries", signals: 2 });
  endpoint.quarantined({ signals: 0 });
  return queue;
}

async function scrape(
  queue: FakeQueue | undefined,
  remoteNames?: ReadonlyMap<string, string>,
): Promise<Map<string, TextFamily>> {
  const receive = new ReceiveStats();
  receive.started();
  receive.started();
  receive.read(1_234);
  receive.answered(204);
  const exposition = new Exposition(() => ({
    queue: queue?.stats(),
    ...(remoteNames && { remoteNames }),
    receive,
    readingBytes: 10,
    listener: { connections: 3, refusedTotal: 4, slowTotal: 5, reopenedTotal: 6 },
    usage: { cpuSeconds: 1.5, residentBytes: 2_000_000 },
    startedMs: 1_700_000_000_000,
    runtime: "memory",
    reloads: { successful: false, successMs: 1_700_000_001_000 },
    webReloads: { successful: false, successMs: 1_700_000_002_000 },
    logLinesLost: 7,
  }));
  const { text, contentType } = await exposition.page();
  assert.match(contentType, /^text\/plain; version=0\.0\.4/);
  assert.equal(
    exposition.samples().length,
    [...parseText(text).values()].flatMap(({ samples }) => samples).length,
  );
  return parseText(text);
}

function valueOf(
  families: Map<string, TextFamily>,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const samples = [...families.values()].flatMap((family) => family.samples);
  const wanted = Object.entries(labels);
  return samples.find((sample) =>
    sample.name === name && wanted.every(([key, value]) => sample.labels[key] === value)
  )?.value;
}

test("every name of Alloy and Prometheus is there, with the label endpoint and the right type", async () => {
  const families = await scrape(busyQueue());
  for (const name of NAMES) {
    const family = families.get(name);
    assert.ok(family, name);
    const histogram = name.endsWith("_duration_seconds");
    const type = histogram ? "histogram" : name.endsWith("_total") ? "counter" : "gauge";
    assert.equal(family.type, type, name);
    assert.notEqual(family.help, "", name);
    assert.ok(family.samples.length > 0, name);
    const of = name.startsWith("prometheus_") ? { remote_name: "mimir", url: SHOWN } : {};
    for (const { labels: { le: _, reason: __, ...labels } } of family.samples) {
      assert.deepEqual(labels, { endpoint: "mimir", ...of }, name);
    }
  }
  for (const { name, type } of families.values()) {
    assert.equal(type === "counter", name.endsWith("_total"), `${name} is a ${type}`);
  }
});

test("values are those of the snapshot; timestamps are seconds", async () => {
  const families = await scrape(busyQueue());
  const expected: Record<string, number> = {
    alloy_queue_series_network_sent_total: 60,
    alloy_queue_series_network_failed_total: 0,
    alloy_queue_series_network_retried_total: 21,
    alloy_queue_series_network_retried_429_total: 6,
    alloy_queue_series_network_retried_5xx_total: 7,
    alloy_queue_series_network_errors_total: 1,
    alloy_queue_series_network_timestamp_seconds: 1_700_000_000.25,
    alloy_queue_series_serializer_incoming_timestamp_seconds: 1_700_000_000.5,
    alloy_queue_series_serializer_incoming_signals_total: 100,
    alloy_queue_series_disk_compressed_bytes_written_total: 250,
    alloy_queue_series_disk_uncompressed_bytes_written_total: 900,
    alloy_queue_series_disk_compressed_bytes_read_total: 200,
    alloy_queue_series_disk_uncompressed_bytes_read_total: 800,
    alloy_queue_series_file_id_written: 12,
    alloy_queue_series_file_id_read: 11,
    alloy_queue_series_network_duration_seconds_count: 4,
    alloy_queue_metadata_network_sent_total: 0,
    prometheus_remote_storage_samples_total: 60,
    prometheus_remote_storage_shards: 4,
    prometheus_remote_storage_samples_in_total: 100,
    prometheus_remote_storage_samples_pending: 40,
    prometheus_remote_storage_max_samples_per_send: 1_000,
    prometheus_remote_storage_shard_capacity: 3_000,
    prometheus_remote_storage_queue_highest_timestamp_seconds: 1_700_000_000.5,
    prometheus_remote_storage_highest_timestamp_in_seconds: 1_700_000_000.5,
    walq_pending_signals: 40,
    walq_disk_bytes: 300,
    walq_uncounted_batches: 5,
    walq_forgotten_signals_total: 3,
    walq_quarantined_files_total: 1,
    walq_buffered_signals: 7,
    walq_receive_bytes_total: 1_234,
    walq_receive_requests_in_flight: 1,
    process_cpu_seconds_total: 1.5,
    process_start_time_seconds: 1_700_000_000,
  };
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(valueOf(families, name), value, name);
  }
  assert.equal(valueOf(families, "walq_dropped_signals_total", { reason: "rejected" }), 3);
  // What was tried is failed, and not dropped.
  const dropped = families.get("prometheus_remote_storage_samples_dropped_total")!.samples;
  const reasons = dropped.map(({ labels }) => labels["reason"]);
  assert.ok(reasons.includes("ttl") && !reasons.includes("rejected"), reasons.join());
  const orphans = families.get("walq_orphaned_batches")!.samples;
  assert.deepEqual(orphans.map(({ labels, value }) => [labels, value]), [
    [{ endpoint: "old", drains_to: "mimir" }, 9],
    [{ endpoint: "older", drains_to: "" }, 2],
  ]);
  assert.equal(valueOf(families, "walq_refused_signals_total", { reason: "invalid" }), 2);
  assert.equal(valueOf(families, "walq_receive_requests_total", { code: "204" }), 1);
  assert.equal(valueOf(families, "walq_build_info", { runtime: "memory" }), 1);
  const duration = "alloy_queue_series_network_duration_seconds_bucket";
  assert.equal(valueOf(families, duration, { le: "0.05" }), 2);
  assert.equal(valueOf(families, duration, { le: "1" }), 3);
  assert.equal(valueOf(families, duration, { le: "+Inf" }), 4);
});

test("before the queue is open there is something to scrape", async () => {
  const families = await scrape(undefined);
  assert.equal(valueOf(families, "walq_build_info"), 1);
  assert.equal(valueOf(families, "walq_log_lines_lost_total"), 7);
  for (const prefix of ["walq", "prometheus"]) {
    const reload = `${prefix}_config_last_reload_success`;
    assert.equal(valueOf(families, `${reload}ful`), 0);
    assert.equal(valueOf(families, `${reload}_timestamp_seconds`), 1_700_000_001);
  }
  assert.equal(valueOf(families, "walq_web_config_last_reload_successful"), 0);
  const web = "walq_web_config_last_reload_success_timestamp_seconds";
  assert.equal(valueOf(families, web), 1_700_000_002);
  assert.deepEqual(families.get("walq_pending_signals")!.samples, []);
});

test("each kind has its own counts: what was taken in part is both sent and failed", async () => {
  const queue = new FakeQueue();
  const kinds = { samples: 10, histograms: 20, exemplars: 30, metadata: 40 };
  const written = { samples: 1, histograms: 2, exemplars: 3, metadata: 0 };
  const attempt = { durationMs: 1, bytes: 9, signals: 100, kinds, oldestMs: 1, newestMs: 1 };
  const nothing = samplesOnly(0);
  queue.endpoint.attempted({ ...attempt, written: kinds, status: 200, outcome: "delivered" });
  queue.endpoint.attempted({ ...attempt, written, status: 200, outcome: "delivered" });
  queue.endpoint.attempted({ ...attempt, written, status: 400, outcome: "rejected" });
  queue.endpoint.attempted({ ...attempt, written: nothing, status: 500, outcome: "gave_up" });
  for (const status of [429, 503, 302, 415, 204]) {
    queue.endpoint.attempted({ ...attempt, written: nothing, status, outcome: "retried" });
  }
  queue.endpoint.fellBack();
  queue.endpoint.startsOmitted({ signals: 7 });
  const families = await scrape(queue);
  const expected: Record<string, number> = {
    prometheus_remote_storage_samples_total: 12,
    prometheus_remote_storage_histograms_total: 24,
    prometheus_remote_storage_exemplars_total: 36,
    prometheus_remote_storage_metadata_total: 40,
    prometheus_remote_storage_samples_failed_total: 28,
    prometheus_remote_storage_histograms_failed_total: 56,
    prometheus_remote_storage_exemplars_failed_total: 84,
    prometheus_remote_storage_metadata_failed_total: 120,
    prometheus_remote_storage_samples_retried_total: 50,
    prometheus_remote_storage_metadata_retried_total: 200,
    alloy_queue_series_network_sent_total: 72,
    alloy_queue_metadata_network_sent_total: 40,
    alloy_queue_series_network_failed_total: 168,
    alloy_queue_metadata_network_failed_total: 120,
    alloy_queue_series_network_retried_total: 300,
    alloy_queue_series_network_retried_429_total: 60,
    alloy_queue_metadata_network_retried_429_total: 40,
    // Not the redirect, and not the answers of a receiver that does not know 2.0.
    alloy_queue_series_network_retried_5xx_total: 60,
    alloy_queue_metadata_network_retried_5xx_total: 40,
    walq_protocol_fallbacks_total: 1,
    walq_start_timestamps_omitted_total: 7,
  };
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(valueOf(families, name), value, name);
  }
});

test("what came in is counted by kind, exemplars also on their own", async () => {
  const queue = new FakeQueue();
  const kinds = { samples: 4, histograms: 3, exemplars: 2, metadata: 1 };
  const batch = { ...fakeBatch(9), metadata: 1, kinds };
  queue.endpoint.stored({ id: 1, batch });
  const families = await scrape(queue);
  assert.equal(valueOf(families, "alloy_queue_series_serializer_incoming_signals_total"), 9);
  assert.equal(valueOf(families, "alloy_queue_series_serializer_incoming_exemplars_total"), 2);
  assert.equal(valueOf(families, "alloy_queue_metadata_serializer_incoming_signals_total"), 1);
  assert.equal(valueOf(families, "walq_accepted_signals_total"), 10);
});

test("every reason for a drop has its line from the start", async () => {
  const families = await scrape(new FakeQueue());
  const lines = families.get("walq_dropped_signals_total")!.samples;
  assert.deepEqual(
    lines.map(({ labels }) => labels["reason"]).sort(),
    Object.keys(NOTHING_DROPPED).sort(),
  );
});

test("remote_name is the name that the file gives, and endpoint that of the directory", async () => {
  const queue = busyQueue();
  const { name } = queue.stats().endpoints[0]!;
  const metric = "prometheus_remote_storage_samples_total";
  const labelsIn = (families: Map<string, TextFamily>) => families.get(metric)!.samples[0]!.labels;
  const given = await scrape(queue, new Map([[name, "Grafana Cloud"]]));
  assert.deepEqual(
    [labelsIn(given)["remote_name"], labelsIn(given)["endpoint"]],
    ["Grafana Cloud", name],
  );
  assert.equal(labelsIn(await scrape(queue))["remote_name"], name);
});
