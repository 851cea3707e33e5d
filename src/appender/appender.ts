import type {
  AppendOptions,
  Exemplar,
  Histogram,
  Labels,
  Metadata,
  SeriesRef,
  WriteResult,
} from "../types.ts";
import { WalqError } from "../errors.ts";
import { unitFault } from "../time_unit.ts";
import { checkHistogram } from "./check_histogram.ts";
import { exemplarTimes } from "./exemplar_times.ts";
import { checkTexts, isWellFormed } from "./labels.ts";
import { KeptSeries, type Series, type SeriesCache } from "./series.ts";
import { exemplarField, histogramField, sampleField, STALE_NAN_BITS } from "./signal_fields.ts";
import { encodeLabels, putRow, putSignal, ROW_OVERHEAD_BYTES_MAX } from "./wire.ts";

const FIRST_ROWS = 256;

/** The timestamp of a row that is neither a sample nor a histogram. */
const NO_TIME = NaN;

/** Stands for the series of what belongs to none. */
const NO_SERIES: Series = { ref: 0, labels: new Uint8Array() };

interface UntimedExemplar {
  readonly labels: Uint8Array;
  readonly value: number;
}

/** Takes a request as the kernel's writer has it from an appender, not compressed. */
type CommitRequest = (body: Uint8Array, durable: boolean) => Promise<WriteResult>;

/**
 * Gathers signals and commits them together: nothing of them is visible before
 * `commit`, and after a crash all of a durable commit is there. One appender is
 * one transaction at a time; make as many as are needed.
 *
 * @example
 * ```ts
 * const appender = queue.appender();
 * const ref = appender.append({ __name__: "temperature_celsius", room: "attic" }, Date.now(), 21.5);
 * appender.append(ref, Date.now() + 1000, 21.6);
 * await appender.commit({ durable: true });
 * ```
 */
export class Appender {
  readonly #cache: SeriesCache;
  readonly #commit: CommitRequest;
  #series: Series[] = [];
  #timestampsMs: Float64Array = new Float64Array(FIRST_ROWS);
  #values: Float64Array = new Float64Array(FIRST_ROWS);
  /** Of plain samples: when their series began; 0 is unknown. */
  #startsMs: Float64Array = new Float64Array(FIRST_ROWS);
  /** By row: the field of a signal that is no plain sample. */
  #fields = new Map<number, Uint8Array>();
  /** By row: exemplars that have the time of their sample, which may come behind them. */
  #untimed = new Map<number, UntimedExemplar>();
  #variableBytes = 0;

  /** For the queue alone: {@link PortableQueue.appender} makes them. */
  constructor(cache: SeriesCache, commit: CommitRequest) {
    this.#cache = cache;
    this.#commit = commit;
  }

  /** Signals that wait for `commit` or `rollback`. */
  get size(): number {
    return this.#series.length;
  }

  /** Bytes of them, nearly. */
  get bytes(): number {
    return this.#variableBytes + this.#series.length * ROW_OVERHEAD_BYTES_MAX;
  }

  /**
   * Adds a sample.
   *
   * @param labelsOrRef Labels, or what an append before returned, which is cheaper.
   * @param timestampMs Milliseconds since the epoch, a whole number.
   * @param value Any number; `NaN` and the infinities are values too.
   * @param options When the series began to count.
   * @returns The reference for further appends of the same series.
   * @throws {WalqError} `UNKNOWN_SERIES_REF` when the reference was evicted: append
   * with the labels again. `INVALID_LABELS` for labels that break a rule.
   * @throws {RangeError} for a timestamp that is not a whole number of milliseconds.
   * @throws {TypeError} for a value that is not a number.
   */
  append(
    labelsOrRef: Labels | SeriesRef,
    timestampMs: number,
    value: number,
    options?: AppendOptions,
  ): SeriesRef {
    checkTime("timestamp", timestampMs);
    checkNumber(value);
    const startMs = options === undefined ? 0 : startOf(options);
    const series = this.#seriesOf(labelsOrRef);
    const row = this.#series.length;
    if (row === this.#values.length) this.#grow();
    this.#series.push(series);
    this.#timestampsMs[row] = timestampMs;
    this.#values[row] = value;
    this.#startsMs[row] = startMs;
    this.#variableBytes += series.labels.length;
    return series.ref;
  }

  /**
   * Adds a stale marker: the series has ended, or could not be read this time. A
   * `NaN` of JavaScript does not say so: it is a value like others.
   *
   * @throws {WalqError} `UNKNOWN_SERIES_REF`, `INVALID_LABELS`.
   * @throws {RangeError} for a timestamp that is not a whole number of milliseconds.
   */
  appendStale(labelsOrRef: Labels | SeriesRef, timestampMs: number): SeriesRef {
    checkTime("timestamp", timestampMs);
    return this.#put(labelsOrRef, sampleField(STALE_NAN_BITS, timestampMs, 0), timestampMs);
  }

  /**
   * Adds a native histogram (Prometheus, "Native Histograms" specification).
   * Remote write 1.0 does not carry custom buckets (schema -53): an endpoint that
   * speaks it drops them as `nhcb_in_rw1_not_supported`.
   *
   * @example
   * ```ts
   * const latency = queue.appender();
   * latency.appendHistogram({ __name__: "latency_seconds", job: "api" }, Date.now(), {
   *   type: "integer",
   *   schema: 0,
   *   count: 6,
   *   sum: 9.5,
   *   // Two observations in (0.5, 1], four in (1, 2].
   *   positive: { spans: [{ offset: 0, length: 2 }], deltas: [2, 2] },
   * });
   * await latency.commit({ durable: true });
   * ```
   * @throws {WalqError} `UNKNOWN_SERIES_REF`, `INVALID_LABELS`.
   * @throws {RangeError} for a histogram that Prometheus would refuse, with the
   * reason, or a timestamp that is not a whole number of milliseconds.
   */
  appendHistogram(
    labelsOrRef: Labels | SeriesRef,
    timestampMs: number,
    histogram: Histogram,
    options?: AppendOptions,
  ): SeriesRef {
    checkTime("timestamp", timestampMs);
    checkHistogram(histogram);
    const field = histogramField(histogram, timestampMs, startOf(options));
    return this.#put(labelsOrRef, field, timestampMs);
  }

  /**
   * Adds an exemplar to a series. Append the sample or histogram that it belongs to
   * in the same transaction: remote write 2.0 carries exemplars with these alone. It
   * comes with the last one of its series before it, or else the first behind it; if
   * there is none, an exemplar without a time of its own has none: 0.
   *
   * @throws {WalqError} `UNKNOWN_SERIES_REF`, `INVALID_LABELS`, also for the
   * exemplar's own labels.
   * @throws {RangeError} for a timestamp that is not a whole number of milliseconds.
   * @throws {TypeError} for a value that is not a number.
   */
  appendExemplar(
    labelsOrRef: Labels | SeriesRef,
    exemplar: Exemplar,
  ): SeriesRef {
    const { value, timestampMs } = exemplar;
    checkTime("timestamp", timestampMs ?? 0);
    checkNumber(value);
    const labels = encodeLabels(checkTexts(exemplar.labels));
    const row = this.#series.length;
    const ref = this.#put(labelsOrRef, exemplarField(labels, value, timestampMs ?? 0), NO_TIME);
    if (timestampMs === undefined) this.#untimed.set(row, { labels, value });
    return ref;
  }

  /**
   * Says what a metric family is.
   *
   * @param family The family's name: of counters in Prometheus's text format with
   * `_total`, of histograms without `_bucket`.
   * @throws {WalqError} `INVALID_LABELS` for a name that is empty or not valid Unicode.
   * @throws {RangeError} for an unknown type.
   */
  updateMetadata(family: string, metadata: Metadata): void {
    const texts = [family, metadata.help ?? "", metadata.unit ?? ""];
    if (family === "" || !texts.every(isWellFormed)) {
      throw new WalqError(
        "INVALID_LABELS",
        `Cannot update metadata: got ${JSON.stringify(texts).slice(0, 200)}, ` +
          "expected a name, and valid Unicode",
      );
    }
    this.#putField(NO_SERIES, this.#cache.metadata.of(family, metadata), NO_TIME);
  }

  /**
   * Hands all signals over, in the order they were appended, and starts an empty
   * transaction, also when this rejects.
   *
   * @param options.durable Resolve only when every endpoint's copy is fsynced; a
   * commit that is not durable is on disk within `batchInterval`. Default false.
   * @returns What was kept, and what was refused for which reason: look at
   * `expired`, `invalid` and `unsupported`.
   * @throws {WalqError} `STORAGE` or `OVERLOADED`: retry later with the same
   * samples; `TOO_LARGE`: commit in smaller steps; `CLOSED`.
   */
  commit(options: { readonly durable?: boolean } = {}): Promise<WriteResult> {
    const body = this.#encode();
    this.rollback();
    return this.#commit(body, options.durable ?? false);
  }

  /** Forgets all signals since the last commit. */
  rollback(): void {
    this.#series = [];
    this.#fields = new Map();
    this.#untimed = new Map();
    this.#variableBytes = 0;
    // A large transaction does not keep its memory.
    if (this.#values.length > FIRST_ROWS * 64) {
      this.#timestampsMs = new Float64Array(FIRST_ROWS);
      this.#values = new Float64Array(FIRST_ROWS);
      this.#startsMs = new Float64Array(FIRST_ROWS);
    }
  }

  #seriesOf(labelsOrRef: Labels | SeriesRef): Series {
    if (typeof labelsOrRef === "number") return this.#known(labelsOrRef);
    return labelsOrRef instanceof KeptSeries ? labelsOrRef : this.#cache.byLabels(labelsOrRef);
  }

  #put(
    labelsOrRef: Labels | SeriesRef,
    field: Uint8Array,
    timestampMs: number,
  ): SeriesRef {
    const series = this.#seriesOf(labelsOrRef);
    this.#putField(series, field, timestampMs);
    return series.ref;
  }

  #putField(series: Series, field: Uint8Array, timestampMs: number): void {
    const row = this.#series.length;
    if (row === this.#values.length) this.#grow();
    this.#series.push(series);
    this.#timestampsMs[row] = timestampMs;
    this.#fields.set(row, field);
    this.#variableBytes += series.labels.length + field.length;
  }

  #known(ref: SeriesRef): Series {
    const series = this.#cache.byRef(ref);
    if (series) return series;
    throw new WalqError(
      "UNKNOWN_SERIES_REF",
      `Cannot append: reference ${ref} is not known; append with the labels again`,
    );
  }

  #grow(): void {
    this.#timestampsMs = twice(this.#timestampsMs);
    this.#values = twice(this.#values);
    this.#startsMs = twice(this.#startsMs);
  }

  #timeExemplars(): void {
    if (this.#untimed.size === 0) return;
    const rows = { series: this.#series, timestampsMs: this.#timestampsMs };
    for (const [row, timestampMs] of exemplarTimes(rows, this.#untimed)) {
      const { labels, value } = this.#untimed.get(row)!;
      const field = exemplarField(labels, value, timestampMs);
      this.#variableBytes += field.length - this.#fields.get(row)!.length;
      this.#fields.set(row, field);
    }
  }

  #encode(): Uint8Array {
    this.#timeExemplars();
    const out = new Uint8Array(this.bytes);
    const view = new DataView(out.buffer);
    let at = 0;
    for (let row = 0; row < this.#series.length; row++) {
      const field = this.#fields.size === 0 ? undefined : this.#fields.get(row);
      if (field !== undefined) {
        at = putOther(out, at, this.#series[row]!, field);
        continue;
      }
      at = putRow(out, view, at, {
        labels: this.#series[row]!.labels,
        timestampMs: this.#timestampsMs[row]!,
        value: this.#values[row]!,
        startMs: this.#startsMs[row]!,
      });
    }
    return out.subarray(0, at);
  }
}

function twice(column: Float64Array): Float64Array {
  const longer = new Float64Array(column.length * 2);
  longer.set(column);
  return longer;
}

function putOther(out: Uint8Array, at: number, series: Series, field: Uint8Array): number {
  if (series !== NO_SERIES) return putSignal(out, at, series.labels, field);
  out.set(field, at);
  return at + field.length;
}

function checkTime(what: string, timeMs: number): void {
  const fault = unitFault(timeMs);
  if (fault !== undefined) throw new RangeError(`Cannot append: ${what} ${fault}`);
  if (Number.isSafeInteger(timeMs)) return;
  const told = typeof timeMs === "number" ? `${timeMs}` : `a ${typeof timeMs}`;
  throw new RangeError(`Cannot append: got ${what} ${told}, expected whole milliseconds`);
}

function checkNumber(value: number): void {
  if (typeof value === "number") return;
  throw new TypeError(`Cannot append: got a ${typeof value} as value, expected a number`);
}

function startOf(options: AppendOptions | undefined): number {
  const startMs = options?.startTimestampMs ?? 0;
  checkTime("start timestamp", startMs);
  return startMs;
}
