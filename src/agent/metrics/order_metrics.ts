import type { EndpointSnapshot, LaneSnapshot } from "../../stats/endpoint_snapshot.ts";
import type { ShownEndpoint } from "./endpoint_row.ts";
import type { Metric, MetricLine } from "./metric.ts";

/** In which order endpoints are sent what they get. */
export const ORDER_METRICS: readonly Metric<ShownEndpoint>[] = [
  {
    name: "walq_order_refused",
    type: "gauge",
    help: "1 while the strict order is kept because the endpoint refuses samples out of order.",
    read: ({ name, orderRefusal }) => [
      { labels: { endpoint: name }, value: Number(orderRefusal !== undefined) },
    ],
  },
  {
    name: "walq_lane_batches",
    type: "gauge",
    help: "Files on disk that wait or are being sent, by lane, while there are two.",
    read: (endpoint) => ofLanes(endpoint, (lane) => lane.pendingBatches),
  },
  {
    name: "walq_lane_age_seconds",
    type: "gauge",
    help: "For how long the oldest of them has been there.",
    read: (endpoint) => ofLanes(endpoint, (lane) => lane.oldestAgeMs / 1000),
  },
];

function ofLanes(
  { name, lanes }: EndpointSnapshot,
  valueOf: (lane: LaneSnapshot) => number,
): MetricLine[] {
  if (lanes === undefined) return [];
  const { fresh, backlog } = lanes;
  return Object.entries({ fresh, backlog }).map(([lane, of]) => ({
    labels: { endpoint: name, lane },
    value: valueOf(of),
  }));
}
