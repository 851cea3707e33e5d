/** The rows of points: by their labels, or by what is known of them from a request before. */
import { messageOf, WalqError } from "../errors.ts";
import type { Exemplar, Histogram, SeriesRef } from "../types.ts";
import { byTime, exemplarsOf } from "./exemplars.ts";
import type { KnownMetric, KnownPoint, NewPoint } from "./known_series.ts";
import type { HistogramPoint, NumberPoint, OtlpPoint, SummaryPoint } from "./model.ts";
import type { LabelMap, SeriesLabels } from "./series_labels.ts";
import type { SeriesSink } from "./sink.ts";
import { plainNumber } from "./value_text.ts";

/** What a row takes beside its labels. */
const ROW_BYTES = 64;

/** The name that points get, and what is known of them. */
export interface Named {
  readonly family: string;
  readonly known: KnownMetric | undefined;
}

const NO_BOUNDS: readonly number[] = [];

/** What rows are made with. */
interface RowDependencies {
  readonly sink: SeriesSink;
  /** Of the scope that points are of. */
  readonly labels: SeriesLabels;
  /** What may come of a request. */
  readonly bytesMax: number;
  readonly warn: (text: string) => void;
}

/** Appends the rows of the points of one request. */
export class PointRows {
  readonly #sink: SeriesSink;
  readonly #labels: SeriesLabels;
  readonly #bytesMax: number;
  readonly #warn: (text: string) => void;
  #bytes = 0;

  constructor({ sink, labels, bytesMax, warn }: RowDependencies) {
    this.#sink = sink;
    this.#labels = labels;
    this.#bytesMax = bytesMax;
    this.#warn = warn;
  }

  number(of: Named, point: NumberPoint, exemplars: readonly Exemplar[]): void {
    const { attributes, value } = point;
    const known = of.known?.find(attributes);
    if (known !== undefined) {
      this.chargeBytes(known.rowBytes);
      const ref = this.#appendKnown(known.refs[0]!, point, value);
      if (ref !== undefined) return this.#addExemplars(ref, byTime(exemplars));
    }
    const labels = this.#named(this.#labels.ofPoint(attributes), of.family);
    const rowBytes = this.charge(labels);
    const ref = this.#append(labels, point, value);
    this.#remember(of, point, known, { refs: [ref], rowBytes, bounds: NO_BOUNDS, hasSum: false });
    this.#addExemplars(ref, byTime(exemplars));
  }

  summary({ family }: Named, point: SummaryPoint): void {
    const labels = this.#labels.ofPoint(point.attributes);
    this.#appendOne(this.#named(labels, `${family}_sum`), point, point.sum);
    this.#appendOne(this.#named(labels, `${family}_count`), point, point.count);
    for (const { quantile, value } of point.quantiles) {
      this.#appendOne(this.#named(labels, family, "quantile", plainNumber(quantile)), point, value);
    }
  }

  classic(of: Named, point: HistogramPoint): void {
    const { attributes, count, sum, bounds, bucketCounts } = point;
    const hasSum = sum !== undefined;
    const found = of.known?.find(attributes);
    const isAlike = found !== undefined && found.hasSum === hasSum && isSame(found.bounds, bounds);
    const known = isAlike ? found : undefined;
    if (known !== undefined) this.chargeBytes(known.rowBytes);
    let labels: LabelMap | undefined;
    let rowBytes = 0;
    const refs: SeriesRef[] = [];
    const { family } = of;
    const put = (suffix: string, value: number, bound?: number): SeriesRef => {
      const ref = known?.refs[refs.length];
      const appended = ref === undefined ? undefined : this.#appendKnown(ref, point, value);
      if (appended !== undefined) {
        refs.push(appended);
        return appended;
      }
      labels ??= this.#labels.ofPoint(attributes);
      const name = `${family}${suffix}`;
      const row = bound === undefined
        ? this.#named(labels, name)
        : this.#named(labels, name, "le", plainNumber(bound));
      rowBytes += this.charge(row);
      refs.push(this.#append(row, point, value));
      return refs.at(-1)!;
    };
    if (hasSum) put("_sum", sum);
    put("_count", count);
    const exemplars = exemplarsOf(point.exemplars);
    let next = 0;
    const bucket = (bound: number, value: number, end: number): void => {
      const own = exemplars.slice(next, end);
      next = end;
      this.#addExemplars(put("_bucket", value, bound), byTime(own));
    };
    let below = 0;
    let isOdd = false;
    for (let index = 0; index < bounds.length && index < bucketCounts.length; index++) {
      const bound = bounds[index]!;
      below += bucketCounts[index]!;
      if (bound === Infinity) {
        isOdd = true;
        this.#warn(`histogram ${family} has a bound +Inf: le="+Inf" is the count`);
        continue;
      }
      let end = next;
      while (end < exemplars.length && !(exemplars[end]!.value > bound)) end++;
      bucket(bound, below, end);
    }
    bucket(Infinity, count, exemplars.length);
    // All of it went by what was known, or it is not what it looks like.
    if (labels === undefined || isOdd || bounds.length > bucketCounts.length) return;
    if (known !== undefined) rowBytes = known.rowBytes;
    this.#remember(of, point, found, { refs, rowBytes, bounds, hasSum });
  }

  native(
    of: Named,
    point: OtlpPoint & Pick<HistogramPoint, "count" | "sum" | "exemplars">,
    make: () => Histogram,
  ): void {
    const { attributes, timeMs, startMs } = point;
    const known = of.known?.find(attributes);
    if (point.isStale) {
      return this.#appendOne(this.#named(this.#labels.ofPoint(attributes), of.family), point, 0);
    }
    const histogram = make();
    if (histogram.count === 0 && histogram.sum !== 0) {
      this.#warn(`histogram ${of.family} has the count 0 and the sum ${histogram.sum}`);
    }
    const options = { startTimestampMs: startMs };
    const exemplars = byTime(exemplarsOf(point.exemplars));
    const append = (labelsOrRef: LabelMap | SeriesRef): SeriesRef =>
      this.#sink.appendHistogram(labelsOrRef, timeMs, histogram, options);
    if (known !== undefined) {
      this.chargeBytes(known.rowBytes + bucketsIn(histogram));
      try {
        return this.#addExemplars(append(known.refs[0]!), exemplars);
      } catch (error) {
        undefinedIfUnknown(error);
      }
    }
    const labels = this.#named(this.#labels.ofPoint(attributes), of.family);
    this.chargeBytes(bucketsIn(histogram));
    const rowBytes = this.charge(labels);
    const ref = append(labels);
    this.#remember(of, point, known, { refs: [ref], rowBytes, bounds: NO_BOUNDS, hasSum: false });
    this.#addExemplars(ref, exemplars);
  }

  #appendOne(labels: LabelMap, point: OtlpPoint, value: number): void {
    this.charge(labels);
    this.#append(labels, point, value);
  }

  #append(
    labelsOrRef: LabelMap | SeriesRef,
    { startMs, timeMs, isStale }: OtlpPoint,
    value: number,
  ): SeriesRef {
    return isStale
      ? this.#sink.appendStale(labelsOrRef, timeMs)
      : this.#sink.append(labelsOrRef, timeMs, value, { startTimestampMs: startMs });
  }

  /** Undefined where the queue has forgotten the reference. */
  #appendKnown(ref: SeriesRef, point: OtlpPoint, value: number): SeriesRef | undefined {
    try {
      return this.#append(ref, point, value);
    } catch (error) {
      return undefinedIfUnknown(error);
    }
  }

  /** What is told of each request is translated in each. */
  #remember(
    { known: metric }: Named,
    { attributes }: OtlpPoint,
    found: KnownPoint | undefined,
    became: NewPoint,
  ): void {
    if (!this.#labels.hasCollided) metric?.remember(attributes, found, became);
  }

  #addExemplars(ref: number, exemplars: readonly Exemplar[]): void {
    for (const exemplar of exemplars) {
      this.charge(exemplar.labels);
      try {
        this.#sink.appendExemplar(ref, exemplar);
      } catch (error) {
        // Its sample is there, and counts.
        this.#warn(`an exemplar: ${messageOf(error)}`);
      }
    }
  }

  /** Attributes of a resource may be large, and stand in each series. Returns their bytes. */
  charge(labels: Readonly<LabelMap>): number {
    let bytes = ROW_BYTES;
    for (const name in labels) bytes += name.length + labels[name]!.length + 6;
    this.chargeBytes(bytes);
    return bytes;
  }

  chargeBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= this.#bytesMax) return;
    throw new WalqError(
      "TOO_LARGE",
      `Cannot take OTLP: its series come to more than ${this.#bytesMax} bytes, ` +
        "expected at most that: send smaller batches",
    );
  }

  #named(labels: LabelMap, name: string, extra?: string, value?: string): LabelMap {
    const named = Object.assign(Object.create(null) as LabelMap, labels);
    if (extra !== undefined && value !== undefined) named[extra] = value;
    named["__name__"] = name;
    return named;
  }
}

/** The queue has forgotten a reference; anything else is thrown on. */
function undefinedIfUnknown(error: unknown): undefined {
  if (error instanceof WalqError && error.code === "UNKNOWN_SERIES_REF") return undefined;
  throw error;
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let place = 0; place < a.length; place++) if (!Object.is(a[place], b[place])) return false;
  return true;
}

function bucketsIn({ positive, negative, customValues = [] }: Histogram): number {
  const spans = (positive?.spans.length ?? 0) + (negative?.spans.length ?? 0);
  const lengths = [...positive?.spans ?? [], ...negative?.spans ?? []];
  const buckets = lengths.reduce((sum, { length }) => sum + length, 0);
  return 16 * spans + 8 * customValues.length + 2 * buckets;
}
