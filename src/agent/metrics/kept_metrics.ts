import type { EndpointSnapshot } from "../../stats/endpoint_snapshot.ts";
import { type Row, type ShownEndpoint, toMetric } from "./endpoint_row.ts";
import type { Metric } from "./metric.ts";

/** What is kept of what endpoints refused for good, and of what they took. */

const ROWS: readonly Row[] = [
  [
    "walq_rejected_files",
    "gauge",
    "Refused requests in rejected/, which can be sent again.",
    (e) => e.rejectedFiles,
  ],
  ["walq_rejected_bytes", "gauge", "Bytes of these files.", (e) => e.rejectedBytes],
  [
    "walq_rejected_kept_signals_total",
    "counter",
    "Signals that were refused and kept in rejected/.",
    (e) => e.rejectedKeptTotal,
  ],
  [
    "walq_rejected_sent_again_signals_total",
    "counter",
    "Signals of rejected/ that were sent again.",
    (e) => e.rejectedSentAgainTotal,
  ],
  [
    "walq_kept_delivered_files",
    "gauge",
    "Batches in delivered/, which can be sent again.",
    (e) => e.keptDeliveredFiles,
  ],
  [
    "walq_kept_delivered_bytes",
    "gauge",
    "Bytes of these files, at least 4096 of each.",
    (e) => e.keptDeliveredBytes,
  ],
  [
    "walq_replayed_signals_total",
    "counter",
    "Signals of delivered/ that were sent again.",
    (e) => e.replayedTotal,
  ],
];

const labelsOf = ({ name }: EndpointSnapshot): Record<string, string> => ({ endpoint: name });

export const KEPT_METRICS: readonly Metric<ShownEndpoint>[] = [
  ...ROWS.map((row) => toMetric(row, labelsOf)),
  {
    name: "walq_rejected_lost_signals_total",
    type: "counter",
    help: "Signals that were refused and are not kept, or not any more, by reason.",
    read: ({ name, rejectedLostTotal }) =>
      Object.entries(rejectedLostTotal).map(([reason, value]) => ({
        labels: { endpoint: name, reason },
        value,
      })),
  },
];
