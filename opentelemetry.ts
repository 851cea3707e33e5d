/**
 * Puts the metrics of OpenTelemetry's SDK into a queue: an exporter for
 * `@opentelemetry/sdk-metrics` 2 and 3, of which nothing is loaded.
 *
 * @module
 */
export { WalqMetricExporter } from "./src/exporter/exporter.ts";
export type { ExportOutcome } from "./src/exporter/exporter.ts";
export type { DeltaHandling, OtlpOptions, TranslationStrategy } from "./src/otlp/settings.ts";
export type {
  GivenMetric,
  GivenPoint,
  GivenResourceMetrics,
  GivenScopeMetrics,
  GivenTime,
} from "./src/exporter/shapes.ts";
