/** The formats of pages, as servers name them. */

export const TEXT: string = "text/plain; version=0.0.4";
export const TEXT_1: string = "text/plain; version=1.0.0";
export const OPEN: string = "application/openmetrics-text; version=1.0.0";
export const OPEN_0: string = "application/openmetrics-text; version=0.0.1";
export const PROTOBUF: string =
  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
