import { LogLimiter } from "../actor/log_limiter.ts";
import { SerialExecutor } from "../actor/serial_executor.ts";
import { Parts, type PartsResult } from "../appender/parts.ts";
import type { Clock, Logger } from "../contracts.ts";
import { WalqError } from "../errors.ts";
import { type OtlpOptions, type OtlpSettings, resolveOtlp } from "../otlp/settings.ts";
import { translate } from "../otlp/translate.ts";
import { CUMULATIVE, fromSdk } from "./from_sdk.ts";
import { type ExportAppender, PartedSink } from "./parted_sink.ts";
import type { GivenResourceMetrics } from "./shapes.ts";
import { slicesOf } from "./slices.ts";

/** The SDK gives up waiting and goes on; each export that the disk has not taken holds memory. */
const RUNNING_MAX = 4;

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

/** An export that is on its way to the disk. */
interface Appended {
  readonly points: number;
  readonly refused: number;
  readonly firstRefused: string | undefined;
  /** Resolves when all is durable. */
  readonly ended: () => Promise<PartsResult>;
}

/** A queue, as far as the exporter needs one. */
interface ExportQueue {
  appender(): ExportAppender;
  readonly surroundings: { readonly clock: Clock; readonly logger: Logger };
}

/**
 * A push exporter for the metrics of OpenTelemetry's SDK (`@opentelemetry/sdk-metrics` 2 and
 * 3): what it exports becomes the series that Prometheus makes of OTLP, in a queue that is
 * open. `service.name` and `service.instance.id` of the resource become `job` and `instance`:
 * two processes that send to one place must differ in them.
 *
 * An export has succeeded when all of it is durable; it has failed when the disk or the queue
 * refuses it, or if points of it cannot be taken, with the error that says why, which is in the
 * log of the queue, too: the SDK tells it to nobody who has not set a logger of its own. As
 * metrics are cumulative, the next export has what counters missed. A collection of any size
 * is taken, in transactions of a thousand signals.
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
  readonly #failures: LogLimiter;
  /** Exports are appended one behind the other, so that samples of a series stay in order. */
  readonly #turns = new SerialExecutor();
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
    this.#failures = new LogLimiter(queue.surroundings.clock);
  }

  /** Takes what the SDK has collected. `done` is called once, and never before this returns. */
  export(metrics: GivenResourceMetrics, done: (outcome: ExportOutcome) => void): void {
    const running = this.#outcome(metrics).then((outcome) => {
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

  async #outcome(metrics: GivenResourceMetrics): Promise<ExportOutcome> {
    try {
      await this.#take(metrics);
      return { code: SUCCESS };
    } catch (reason) {
      const error = reason instanceof Error ? reason : new Error(String(reason));
      this.#tell(error);
      return { code: FAILED, error };
    }
  }

  async #take(metrics: GivenResourceMetrics): Promise<void> {
    if (this.#isShut) throw new WalqError("CLOSED", "Cannot export: the exporter is shut down");
    if (this.#running.size >= RUNNING_MAX) {
      const message = `Cannot export: ${RUNNING_MAX} exports before it are not durable yet`;
      throw new WalqError("OVERLOADED", message);
    }
    const { points, refused, firstRefused, ended } = await this.#turns.run(() =>
      this.#append(metrics)
    );
    const signals = await ended();
    if (refused > 0) {
      throw new RangeError(`${refused} of ${points} data points cannot be taken: ${firstRefused}`);
    }
    if (signals.refused === 0) return;
    throw new RangeError(
      `${signals.refused} signals were refused and ${signals.accepted} accepted: ` +
        signals.firstRefused,
    );
  }

  async #append(metrics: GivenResourceMetrics): Promise<Appended> {
    const appender = this.#queue.appender();
    const parts = new Parts(appender);
    const sink = new PartedSink(appender, parts);
    let [points, refused, isContinued] = [0, 0, false];
    let firstRefused: string | undefined;
    for (const slice of slicesOf(metrics)) {
      if (isContinued) await parts.room();
      const how = { settings: this.#settings, bytesMax: Infinity, isContinued };
      const translated = translate([fromSdk(slice)], sink, how);
      points += translated.points;
      refused += translated.refused;
      firstRefused ??= translated.firstRefused;
      isContinued = true;
    }
    const end = parts.end();
    return { points, refused, firstRefused, ended: () => end };
  }

  #tell(error: Error): void {
    const hidden = this.#failures.admit();
    if (hidden === undefined) return;
    const fields = { error: error.message, more_like_it: hidden || undefined };
    this.#queue.surroundings.logger.error("exported metrics were not taken", fields);
  }
}
