import type { Appender } from "../appender/appender.ts";
import { Parts } from "../appender/parts.ts";
import { messageOf } from "../errors.ts";
import type { Labels, MetricType } from "../types.ts";
import { type KnownSeries, SeriesTable } from "./known_series.ts";
import type { ReadFailure } from "./metric_reader.ts";
import { histogramOf } from "./native_histogram.ts";
import { addTexts, seriesLabels } from "./series_labels.ts";
import type { GivenExemplar, GivenLabels, GivenMetric, GivenValue } from "./shapes.ts";

/** Metadata is told again after this time: receivers keep it in memory (Prometheus, `send_interval`). */
const METADATA_INTERVAL_MS = 60_000;

const NO_LABELS: GivenLabels = {};
/** Stands for `up` in the table of series: no metric has this name. */
const UP = "";

/** What is known from round to round. */
export class RoundState {
  readonly series: SeriesTable = new SeriesTable();
  /** By family: what was told of it last, and when by the monotonic clock. */
  readonly metadata: Map<string, { readonly text: string; readonly toldMs: number }> = new Map();
  round = 0;
}

/** What is the same for all series of a round. */
export interface RoundMoment {
  readonly timestampMs: number;
  readonly monotonicMs: number;
  readonly common: Labels;
  readonly defaults: GivenLabels;
  readonly isOpenMetrics: boolean;
}

/** What a registry has at one moment, on its way into the queue. */
export class Round {
  readonly #state: RoundState;
  readonly #appender: Appender;
  readonly #moment: RoundMoment;
  readonly #round: number;
  readonly #metrics = new Set<string>([UP]);
  readonly #parts: Parts;

  constructor(state: RoundState, appender: Appender, moment: RoundMoment) {
    this.#state = state;
    this.#appender = appender;
    this.#parts = new Parts(appender);
    this.#moment = moment;
    this.#round = ++state.round;
  }

  /** Adds all that can be added; tells of each metric that has a series that cannot. */
  async add(metrics: readonly GivenMetric[]): Promise<ReadFailure[]> {
    const failures: ReadFailure[] = [];
    for (const metric of metrics) {
      try {
        this.#addMetadata(metric);
        await this.#addValues(metric);
      } catch (error) {
        failures.push({ metric: metric.name, error: messageOf(error) });
      }
    }
    return failures;
  }

  /** Whether all metrics could be read. */
  addUp(isUp: boolean): void {
    const { common, timestampMs } = this.#moment;
    const make = (): Labels => ({ ...common, __name__: "up" });
    const series = this.#state.series.find(UP, 0, "up", NO_LABELS, make);
    // The application may have one of its own.
    if (series.round === this.#round) return;
    series.round = this.#round;
    const value = isUp ? 1 : 0;
    this.#appender.append(series.kept, timestampMs, value);
  }

  /** Says of series that were there and are not any more that they have ended. */
  async endGone(): Promise<void> {
    await this.#end(this.#state.series.goneIn(this.#round), this.#moment.timestampMs);
  }

  /** Says the same of those that are there. */
  async endAll(timestampMs: number): Promise<void> {
    await this.#end(this.#state.series.thereIn(this.#round), timestampMs);
  }

  /**
   * Resolves when all of it is durable. If this rejects, what is told once is told again the
   * next time: which series have ended, exemplars, what the metrics are.
   */
  async commit(): Promise<void> {
    const { series, metadata } = this.#state;
    try {
      await this.#parts.end();
    } catch (error) {
      metadata.clear();
      for (const one of series.thereIn(this.#round)) one.exemplar = "";
      throw error;
    }
    series.forgetGone(this.#round, this.#metrics);
    for (const family of metadata.keys()) if (!this.#metrics.has(family)) metadata.delete(family);
  }

  #addMetadata(metric: GivenMetric): void {
    const family = this.#nameOf(metric, metric.name);
    this.#metrics.add(metric.name).add(family);
    const { help = "", type = "" } = metric;
    const text = `${type} ${help}`;
    const told = this.#state.metadata.get(family);
    const { monotonicMs } = this.#moment;
    const isFresh = told !== undefined && monotonicMs - told.toldMs < METADATA_INTERVAL_MS;
    if (isFresh && told.text === text) return;
    this.#appender.updateMetadata(family, { type: typeOf(type), help });
    this.#state.metadata.set(family, { text, toldMs: monotonicMs });
  }

  async #addValues(metric: GivenMetric): Promise<void> {
    const { values = [] } = metric;
    let fault: unknown;
    for (const [place, value] of values.entries()) {
      try {
        this.#addValue(metric, place, value);
      } catch (error) {
        fault ??= error;
      }
      // Behind an exemplar, which is in one transaction with its sample.
      if (this.#parts.sendIfLarge()) await this.#parts.room();
    }
    this.#state.series.trim(metric.name, values.length);
    if (fault !== undefined) throw fault;
  }

  #addValue(metric: GivenMetric, place: number, value: GivenValue): void {
    const { labels: given = NO_LABELS, metricName = metric.name } = value;
    const histogram = histogramOf(value);
    if (histogram === undefined && typeof value.value !== "number") {
      throw new TypeError(`got a ${typeof value.value} as value, expected a number`);
    }
    const name = this.#nameOf(metric, metricName);
    const make = (): Labels => seriesLabels(name, metric.type, { ...this.#moment, given });
    const series = this.#state.series.find(metric.name, place, name, given, make);
    if (series.round === this.#round) {
      throw new Error(`the series ${JSON.stringify(make())} comes twice`);
    }
    const { timestampMs } = this.#moment;
    if (histogram === undefined) this.#appender.append(series.kept, timestampMs, value.value!);
    else this.#appender.appendHistogram(series.kept, timestampMs, histogram);
    series.round = this.#round;
    if (value.exemplar) this.#addExemplar(series, value.exemplar);
  }

  /** Each one once: a registry keeps the last one until there is another. */
  #addExemplar(series: KnownSeries, given: GivenExemplar): void {
    const { value, timestamp, labelSet = NO_LABELS } = given;
    if (typeof value !== "number") return;
    const labels: Record<string, string> = {};
    addTexts(labels, labelSet);
    const text = JSON.stringify([value, timestamp, labels]);
    if (text === series.exemplar) return;
    const timestampMs = timestamp === undefined
      ? {}
      : { timestampMs: Math.round(timestamp * 1000) };
    const exemplar = { labels, value, ...timestampMs };
    this.#appender.appendExemplar(series.kept, exemplar);
    series.exemplar = text;
  }

  async #end(all: Iterable<KnownSeries>, timestampMs: number): Promise<void> {
    for (const series of all) {
      // Of one that could never be appended there is nothing to end.
      if (series.round < 0) continue;
      this.#appender.appendStale(series.kept, timestampMs);
      if (this.#parts.sendIfLarge()) await this.#parts.room();
    }
  }

  /** In OpenMetrics a counter's metric may be named without what its series end in. */
  #nameOf({ type }: GivenMetric, name: string): string {
    const isBare = this.#moment.isOpenMetrics && type === "counter" && !name.endsWith("_total");
    return isBare ? `${name}_total` : name;
  }
}

function typeOf(type: string): MetricType {
  const known: readonly string[] = ["counter", "gauge", "histogram", "summary"];
  return known.includes(type) ? type as MetricType : "unknown";
}
