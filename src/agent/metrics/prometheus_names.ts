/**
 * Metrics of every endpoint by the names of Prometheus's remote write, with its labels
 * `remote_name` and `url`, so that the alerts and the dashboard of its mixin go on
 * working. `endpoint` is beside them: what Prometheus has once for all endpoints is here
 * once for each, and an expression that ignores the other two finds its partner by it.
 */
import { shownUrl } from "../../shown_url.ts";
import type { DropReason, SignalCounts } from "../../types.ts";
import {
  durationMetric,
  prefixed,
  type Row,
  seconds,
  type ShownEndpoint,
  toMetric,
} from "./endpoint_row.ts";
import type { Metric } from "./metric.ts";

const PREFIX = "prometheus_remote_storage_";

const REQUESTS_IN_SHARD_MAX = 3;

/** Given up after an attempt: Prometheus counts these as failed, and all other drops as dropped. */
const AFTER_AN_ATTEMPT: ReadonlySet<DropReason> = new Set(["rejected", "max_retries"]);

const ROWS: readonly Row[] = [
  ...byKind("samples", "Samples"),
  ...byKind("histograms", "Histograms"),
  ...byKind("exemplars", "Exemplars"),
  ...byKind("metadata", "Metadata entries"),
  [
    "sent_bytes_total",
    "counter",
    "Compressed bytes that the endpoint took.",
    (e) => e.sentBytesTotal,
  ],
  [
    "bytes_total",
    "counter",
    "Compressed bytes that the endpoint took: those of metadata are among them.",
    (e) => e.sentBytesTotal,
  ],
  [
    "metadata_bytes_total",
    "counter",
    "Always 0: metadata goes with the samples, and its bytes are in bytes_total.",
    () => 0,
  ],
  [
    "queue_highest_sent_timestamp_seconds",
    "gauge",
    "Newest timestamp that the endpoint took.",
    (e) => seconds(e.sentNewestMs),
  ],
  [
    "highest_timestamp_in_seconds",
    "gauge",
    "Newest timestamp that came in.",
    (e) => seconds(e.incomingNewestMs),
  ],
  ["shards", "gauge", "Shards that send.", (e) => e.shards],
  ["shards_min", "gauge", "Shards at least.", (e) => e.shardsMin],
  ["shards_max", "gauge", "Shards at most.", (e) => e.shardsMax],
  ["shards_desired", "gauge", "Shards that the load asks for.", (e) => e.shardsDesired],
  [
    "queue_highest_timestamp_seconds",
    "gauge",
    "Newest timestamp that came in for this endpoint.",
    (e) => seconds(e.incomingNewestMs),
  ],
  ["samples_in_total", "counter", "Samples that became durable.", (e) => e.incomingByKind.samples],
  [
    "histograms_in_total",
    "counter",
    "Histograms that became durable.",
    (e) => e.incomingByKind.histograms,
  ],
  [
    "exemplars_in_total",
    "counter",
    "Exemplars that became durable.",
    (e) => e.incomingByKind.exemplars,
  ],
  [
    "samples_pending",
    "gauge",
    "Signals of all kinds on disk that have no outcome yet.",
    (e) => e.pendingSignals,
  ],
  ["max_samples_per_send", "gauge", "Signals in a request at most.", (e) => e.batchCountMax],
  [
    "shard_capacity",
    "gauge",
    "Signals that a shard holds at most: a request that fills, one that waits and one under way.",
    (e) => REQUESTS_IN_SHARD_MAX * e.batchCountMax,
  ],
  [
    "enqueue_retries_total",
    "counter",
    "Always 0: what finds no room in a shard waits on disk, and is not tried again and again.",
    () => 0,
  ],
];

/** In this process: what a restart found on disk is counted by kind when it is sent. */
function byKind(kind: keyof SignalCounts, what: string): Row[] {
  return [
    [
      `${kind}_total`,
      "counter",
      `${what} that the endpoint took, since the start.`,
      (e) => e.sentByKind[kind],
    ],
    [
      `${kind}_failed_total`,
      "counter",
      `${what} that were given up: rejected, or too many attempts.`,
      (e) => e.failedByKind[kind],
    ],
    [
      `${kind}_retried_total`,
      "counter",
      `${what} in requests that were retried.`,
      (e) => e.retriedByKind[kind],
    ],
  ];
}

function labelsOf({ name, remoteName, url }: ShownEndpoint): Record<string, string> {
  return { endpoint: name, remote_name: remoteName, url: shownUrl(url) };
}

/** All of them. */
export const PROMETHEUS_METRICS: readonly Metric<ShownEndpoint>[] = [
  ...prefixed(PREFIX, ROWS).map((row) => toMetric(row, labelsOf)),
  durationMetric(`${PREFIX}sent_batch_duration_seconds`, labelsOf, (e) => e.requestDuration),
  {
    name: `${PREFIX}samples_dropped_total`,
    type: "counter",
    help: "Signals of all kinds that were given up before an attempt to send them, by reason.",
    read: (endpoint) =>
      (Object.keys(endpoint.droppedTotal) as DropReason[])
        .filter((reason) => !AFTER_AN_ATTEMPT.has(reason))
        .map((reason) => ({
          labels: { ...labelsOf(endpoint), reason },
          value: endpoint.droppedTotal[reason],
        })),
  },
];
