import { WalqError } from "../errors.ts";
import { type OtlpOptions, type OtlpSettings, resolveOtlp } from "../otlp/settings.ts";
import type { OtlpSink } from "../otlp/sink.ts";
import { translate } from "../otlp/translate.ts";
import { CUMULATIVE, fromSdk } from "./from_sdk.ts";
import type { GivenResourceMetrics } from "./shapes.ts";

/** What is made of one collection before it is handed over. */
const SERIES_BYTES_MAX = 32 * 1024 * 1024;

// ExportResultCode of the SDK.
const SUCCESS = 0;
const FAILED = 1;

/** `ExportResult` of the SDK. */
export interface ExportOutcome {
  /** 0 when all is durable, 1 otherwise. */
  code: 0 | 1;
  /** With 1: why. */
  error?: Error;
}

/** A queue, as far as the exporter needs one. */
interface ExportQueue {
  appender(): OtlpSink;
}

/**
 * A push exporter for the metrics of OpenTelemetry's SDK (`@opentelemetry/sdk-metrics` 2 and
 * 3): what it exports becomes the series that Prometheus makes of OTLP, in a queue that is
 * open. `service.name` and `service.instance.id` of the resource become `job` and `instance`:
 * two processes that send to one place must differ in them.
 *
 * An export has succeeded when all of it is durable; it has failed when the disk or the queue
 * refuses it, or if points of it cannot be taken, with the error that says why. As metrics are
 * cumulative, the next export has what counters missed.
 *
 * @example
 * ```ts
 * import { WalqMetricExporter } from "walq/opentelemetry";
 * import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
 *
 * const exporter = new WalqMetricExporter(queue);
 * const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 15_000 });
 * const provider = new MeterProvider({ readers: [reader] });
 * provider.getMeter("shop").createCounter("orders").add(1);
 * // At the end, before queue.close(): the last values.
 * await provider.shutdown();
 * ```
 */
export class WalqMetricExporter {
  readonly #queue: ExportQueue;
  readonly #settings: OtlpSettings;
  readonly #running = new Set<Promise<void>>();
  #isShut = false;

  /**
   * For a queue.
   *
   * @param queue A queue that is open; it stays so when the exporter is shut down.
   * @param options As Prometheus's block `otlp` has them.
   * @throws {RangeError} for options that Prometheus refuses.
   */
  constructor(queue: ExportQueue, options: OtlpOptions = {}) {
    this.#queue = queue;
    this.#settings = resolveOtlp(options);
  }

  /** Takes what the SDK has collected. `done` is called once, and never before this returns. */
  export(metrics: GivenResourceMetrics, done: (outcome: ExportOutcome) => void): void {
    const running = this.#take(metrics)
      .then((): ExportOutcome => ({ code: SUCCESS }), (error): ExportOutcome => ({
        code: FAILED,
        error: error instanceof Error ? error : new Error(String(error)),
      }))
      .then((outcome) => {
        this.#running.delete(running);
        done(outcome);
      });
    this.#running.add(running);
  }

  /** Resolves when all that was exported is durable or has failed. */
  async forceFlush(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** The same, and nothing more is taken. The queue stays open. */
  async shutdown(): Promise<void> {
    this.#isShut = true;
    await this.forceFlush();
  }

  /** Cumulative: what Prometheus knows. */
  selectAggregationTemporality(): 1 {
    return CUMULATIVE;
  }

  async #take(metrics: GivenResourceMetrics): Promise<void> {
    if (this.#isShut) throw new WalqError("CLOSED", "Cannot export: the exporter is shut down");
    const appender = this.#queue.appender();
    const how = { settings: this.#settings, bytesMax: SERIES_BYTES_MAX };
    const { points, refused, firstRefused } = translate([fromSdk(metrics)], appender, how);
    const result = await appender.commit({ durable: true });
    if (refused > 0) {
      throw new RangeError(`${refused} of ${points} data points cannot be taken: ${firstRefused}`);
    }
    const { firstExpired, firstInvalid, firstUnsupported, accepted, ...counts } = result;
    const signals = counts.expired + counts.invalid + counts.unsupported;
    if (signals === 0) return;
    const first = firstExpired ?? firstInvalid ?? firstUnsupported;
    throw new RangeError(`${signals} signals were refused and ${accepted} accepted: ${first}`);
  }
}
