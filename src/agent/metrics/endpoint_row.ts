import type { EndpointSnapshot } from "../../stats/endpoint_snapshot.ts";
import type { HistogramSnapshot } from "../../stats/histogram.ts";
import { histogramLines, type Metric } from "./metric.ts";

/** A metric of an endpoint that is one number. */
export type Row = readonly [
  name: string,
  type: "counter" | "gauge",
  help: string,
  read: (endpoint: EndpointSnapshot) => number,
];

/** An endpoint as metrics show it. */
export interface ShownEndpoint extends EndpointSnapshot {
  /** As the file names it; `name` is that of its directory. */
  readonly remoteName: string;
}

/** The labels of an endpoint. */
type LabelsOf = (endpoint: ShownEndpoint) => Record<string, string>;

export function seconds(ms: number): number {
  return ms / 1000;
}

/** The same rows, under names that begin with this. */
export function prefixed(prefix: string, rows: readonly Row[]): Row[] {
  return rows.map(([name, type, help, read]) => [prefix + name, type, help, read]);
}

export function toMetric(
  [name, type, help, read]: Row,
  labelsOf: LabelsOf,
): Metric<ShownEndpoint> {
  const lines = (endpoint: ShownEndpoint) => [
    { labels: labelsOf(endpoint), value: read(endpoint) },
  ];
  return { name, type, help, read: lines };
}

/** How long attempts took. */
export function durationMetric(
  name: string,
  labelsOf: LabelsOf,
  read: (endpoint: EndpointSnapshot) => HistogramSnapshot,
): Metric<ShownEndpoint> {
  const help = "Duration of the attempts to send a request.";
  const lines = (endpoint: ShownEndpoint) =>
    histogramLines(name, labelsOf(endpoint), read(endpoint));
  return { name, type: "histogram", help, read: lines };
}
