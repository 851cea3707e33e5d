import type { EndpointSnapshot } from "../../stats/endpoint_snapshot.ts";
import type { SignalCounts } from "../../types.ts";
import type { HistogramSnapshot } from "../../stats/histogram.ts";
import {
  durationMetric,
  prefixed,
  type Row,
  seconds,
  type ShownEndpoint,
  toMetric,
} from "./endpoint_row.ts";
import type { Metric } from "./metric.ts";
import { PROMETHEUS_METRICS } from "./prometheus_names.ts";
import { KEPT_METRICS } from "./kept_metrics.ts";
import { ORDER_METRICS } from "./order_metrics.ts";

/**
 * The metrics of every endpoint, with the label `endpoint`: the names of Alloy's
 * `prometheus.write.queue` and of Prometheus, so that dashboards and alerts go on
 * working, and walq's own.
 */

/** What Alloy counts as series: all but metadata. */
const seriesIn = ({ samples, histograms, exemplars }: SignalCounts): number =>
  samples + histograms + exemplars;
const metadataIn = ({ metadata }: SignalCounts): number => metadata;

/** What `alloy_queue_series_` and `alloy_queue_metadata_` both have. */
function alloyRows(kind: "series" | "metadata"): Row[] {
  const count = kind === "series" ? seriesIn : metadataIn;
  const rows: Row[] = [
    [
      "network_sent_total",
      "counter",
      "Signals that the endpoint took, since the start.",
      (e) => count(e.sentByKind),
    ],
    [
      "network_failed_total",
      "counter",
      "Signals that were given up: rejected, or too many attempts.",
      (e) => count(e.failedByKind),
    ],
    [
      "network_retried_total",
      "counter",
      "Signals in requests that were retried.",
      (e) => count(e.retriedByKind),
    ],
    [
      "network_retried_429_total",
      "counter",
      "Signals retried after status 429.",
      (e) => count(e.retried429ByKind),
    ],
    [
      "network_retried_5xx_total",
      "counter",
      "Signals retried after a status 5xx.",
      (e) => count(e.retried5xxByKind),
    ],
    [
      "serializer_incoming_signals_total",
      "counter",
      "Signals that became durable, since the start.",
      (e) => count(e.incomingByKind),
    ],
  ];
  return prefixed(`alloy_queue_${kind}_`, [
    ...rows,
    ...SHARED_ROWS.map((row) => ofKind(row, kind)),
  ]);
}

/** Alloy keeps metadata apart; walq has one file and one request for both, counted with the series. */
function ofKind([name, type, help, read]: Row, kind: "series" | "metadata"): Row {
  if (kind === "series") return [name, type, help, read];
  return [name, type, `Always 0: alloy_queue_series_${name} counts what both share.`, () => 0];
}

const SHARED_ROWS: readonly Row[] = [
  [
    "serializer_incoming_exemplars_total",
    "counter",
    "Exemplars that became durable, since the start.",
    (e) => e.incomingByKind.exemplars,
  ],
  ["network_errors_total", "counter", "Attempts that had no answer.", (e) => e.networkErrorsTotal],
  [
    "network_timestamp_seconds",
    "gauge",
    "Newest timestamp that the endpoint took.",
    (e) => seconds(e.sentNewestMs),
  ],
  [
    "serializer_incoming_timestamp_seconds",
    "gauge",
    "Newest timestamp that came in.",
    (e) => seconds(e.incomingNewestMs),
  ],
  [
    "serializer_errors_total",
    "counter",
    "Batches that could not be stored.",
    (e) => e.storeErrorsTotal,
  ],
  [
    "disk_compressed_bytes_written_total",
    "counter",
    "Compressed bytes of batches written, without the files' heads.",
    (e) => e.compressedWrittenBytesTotal,
  ],
  [
    "disk_compressed_bytes_read_total",
    "counter",
    "Compressed bytes of batches taken up to be sent, read back or still in memory.",
    (e) => e.compressedReadBytesTotal,
  ],
  [
    "disk_uncompressed_bytes_written_total",
    "counter",
    "Bytes of batches written, before compression.",
    (e) => e.uncompressedWrittenBytesTotal,
  ],
  [
    "disk_uncompressed_bytes_read_total",
    "counter",
    "Bytes of batches taken up to be sent, after decompression.",
    (e) => e.uncompressedReadBytesTotal,
  ],
  ["file_id_written", "gauge", "Id of the newest file written.", (e) => e.batchIdWritten],
  ["file_id_read", "gauge", "Id of the newest file read.", (e) => e.batchIdRead],
];

const WALQ_ROWS: readonly Row[] = [
  [
    "walq_relabel_merged_sets_total",
    "counter",
    "Label sets that write_relabel_configs made the same as another one's.",
    (e) => e.mergedSetsTotal,
  ],
  [
    "walq_protocol_fallbacks_total",
    "counter",
    "How often the endpoint did not understand remote write 2.0 and got 1.0 from then on.",
    (e) => e.fallbacksTotal,
  ],
  [
    "walq_start_timestamps_omitted_total",
    "counter",
    "Start timestamps that remote write 1.0 could not carry: their samples were sent without.",
    (e) => e.startsOmittedTotal,
  ],
  [
    "walq_accepted_signals_total",
    "counter",
    "Signals that became durable, or were found so at start: always delivered + dropped + handed over + pending.",
    (e) => e.acceptedTotal,
  ],
  [
    "walq_handed_over_signals_total",
    "counter",
    "Signals that were pending when another process took over the partition of the stream that they are in.",
    (e) => e.handedOverTotal,
  ],
  [
    "walq_delivered_signals_total",
    "counter",
    "Signals that the endpoint took.",
    (e) => e.deliveredTotal,
  ],
  [
    "walq_pending_signals",
    "gauge",
    "Signals on disk that have no outcome yet.",
    (e) => e.pendingSignals,
  ],
  [
    "walq_pending_batches",
    "gauge",
    "Files on disk that wait or are being sent.",
    (e) => e.pendingBatches,
  ],
  [
    "walq_uncounted_batches",
    "gauge",
    "Files found at start whose signals are not counted as pending yet: 0 soon after.",
    (e) => e.uncountedBatches,
  ],
  [
    "walq_disk_bytes",
    "gauge",
    "Bytes of the files that wait or are being sent.",
    (e) => e.pendingBytes,
  ],
  [
    "walq_disk_bytes_max",
    "gauge",
    "How many bytes of such files there may be: max_disk_bytes; 0 when nothing bounds them.",
    (e) => e.diskBytesMax,
  ],
  [
    "walq_ttl_seconds",
    "gauge",
    "What waits longer is dropped: ttl, or sample_age_limit if that is shorter.",
    (e) => seconds(e.ttlMs),
  ],
  [
    "walq_quarantined_files_total",
    "counter",
    "Files set aside as damaged or foreign.",
    (e) => e.quarantinedTotal,
  ],
  [
    "walq_store_errors_total",
    "counter",
    "Batches that could not be stored.",
    (e) => e.storeErrorsTotal,
  ],
  [
    "walq_endpoint_refused_seconds",
    "gauge",
    "For how long the endpoint has refused who asks or says that nothing is here; 0 while it does not.",
    (e) => seconds(e.refusedMs),
  ],
  ["walq_requests_total", "counter", "Attempts to send a request.", (e) => e.requestsTotal],
  [
    "walq_clock_ahead_seconds",
    "gauge",
    "How far the clock is ahead of what the endpoint said last, or of itself at the start; below 0 behind.",
    (e) => seconds(e.clockAheadMs),
  ],
  [
    "walq_clock_confirmed",
    "gauge",
    "1 when the endpoint has said what time it is, since the start.",
    (e) => Number(e.clockConfirmed),
  ],
];

export const ENDPOINT_METRICS: readonly Metric<ShownEndpoint>[] = [
  ...[...alloyRows("series"), ...alloyRows("metadata")].map(ownMetric),
  attemptDuration("alloy_queue_series_network_duration_seconds", (e) => e.requestDuration),
  attemptDuration("alloy_queue_metadata_network_duration_seconds", emptyDuration),
  ...PROMETHEUS_METRICS,
  ...WALQ_ROWS.map(ownMetric),
  ...KEPT_METRICS,
  ...ORDER_METRICS,
  {
    name: "walq_dropped_signals_total",
    type: "counter",
    help: "Signals that were dropped, by reason.",
    read: ({ name, droppedTotal }) =>
      Object.entries(droppedTotal).map(([reason, value]) => ({
        labels: { endpoint: name, reason },
        value,
      })),
  },
];

function labelsOf({ name }: EndpointSnapshot): Record<string, string> {
  return { endpoint: name };
}

function ownMetric(row: Row): Metric<ShownEndpoint> {
  return toMetric(row, labelsOf);
}

function attemptDuration(
  name: string,
  read: (endpoint: EndpointSnapshot) => HistogramSnapshot,
): Metric<ShownEndpoint> {
  return durationMetric(name, labelsOf, read);
}

function emptyDuration({ requestDuration }: EndpointSnapshot): HistogramSnapshot {
  const { boundsSeconds } = requestDuration;
  return { boundsSeconds, counts: boundsSeconds.map(() => 0), count: 0, sumSeconds: 0 };
}
