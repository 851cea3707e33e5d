/**
 * OTLP metrics into series, as Prometheus 3 makes them
 * (storage/remote/otlptranslator/prometheusremotewrite).
 */
import { messageOf, WalqError } from "../errors.ts";
import type { Exemplar, Histogram, Metadata } from "../types.ts";
import type { DeltaRound } from "./delta/delta_streams.ts";
import { attributesKey, metricKey } from "./delta/stream_key.ts";
import type { DeltaPoint } from "./delta/sum.ts";
import { byTime, exemplarsOf } from "./exemplars.ts";
import { fromExplicit, fromExponential } from "./histograms.ts";
import { metricName } from "./metric_name.ts";
import type {
  HistogramPoint,
  NumberPoint,
  OtlpData,
  OtlpMetric,
  OtlpPoint,
  OtlpResource,
  OtlpScope,
  SummaryPoint,
} from "./model.ts";
import { type LabelMap, SeriesLabels } from "./series_labels.ts";
import type { OtlpSettings } from "./settings.ts";
import type { SeriesSink } from "./sink.ts";
import { TargetTimes } from "./target_times.ts";
import { unitOfFamily } from "./units.ts";
import { plainNumber } from "./value_text.ts";

/** What a row takes beside its labels. */
const ROW_BYTES = 64;
const WARNINGS_MAX = 8;

/** What came of a request before it was committed. */
export interface Translated {
  /** Data points in it. */
  readonly points: number;
  /** Those of them that no series can be made of. */
  readonly refused: number;
  /** What is wrong with the first of them. */
  readonly firstRefused: string | undefined;
  /** What was taken, and is not as it looks. */
  readonly warnings: readonly string[];
}

/** How a request is translated. */
export interface TranslateOptions {
  readonly settings: OtlpSettings;
  /** What may come of it: few bytes can name a large label for many series. */
  readonly bytesMax: number;
  /** What makes delta temporality cumulative; without it none is. */
  readonly round?: DeltaRound | undefined;
  /** Whether the first part of the same has told who the targets are. @default false */
  readonly isContinued?: boolean;
}

/**
 * Appends all that a request holds. A point that cannot be translated is counted, and the
 * others go on.
 *
 * @throws {WalqError} `TOO_LARGE`, and `OVERLOADED` of a round: what was appended is to be
 * forgotten.
 */
export function translate(
  resources: readonly OtlpResource[],
  sink: SeriesSink,
  how: TranslateOptions,
): Translated {
  const translation = new Translation(sink, how);
  for (const resource of resources) translation.addResource(resource);
  return translation.result();
}

class Translation {
  readonly #sink: SeriesSink;
  readonly #settings: OtlpSettings;
  readonly #bytesMax: number;
  readonly #round: DeltaRound | undefined;
  readonly #isContinued: boolean;
  readonly #labels: SeriesLabels;
  readonly #targets = new TargetTimes();
  readonly #warnings = new Set<string>();
  #bytes = 0;
  #points = 0;
  #refused = 0;
  #firstRefused: string | undefined;
  #isTargetDescribed = false;

  constructor(
    sink: SeriesSink,
    { settings, bytesMax, round, isContinued = false }: TranslateOptions,
  ) {
    this.#sink = sink;
    this.#settings = settings;
    this.#bytesMax = bytesMax;
    this.#round = round;
    this.#isContinued = isContinued;
    this.#labels = new SeriesLabels(settings);
  }

  result(): Translated {
    for (const collision of this.#labels.collisions) this.#warn(collision);
    return {
      points: this.#points,
      refused: this.#refused,
      firstRefused: this.#firstRefused,
      warnings: [...this.#warnings],
    };
  }

  addResource(resource: OtlpResource): void {
    const metrics = resource.scopes.flatMap((scope) => scope.metrics);
    this.#points += pointsIn(metrics);
    if (!this.#enter(metrics, () => this.#labels.enterResource(resource))) return;
    for (const scope of resource.scopes) {
      if (!this.#enter(scope.metrics, () => this.#labels.enterScope(scope))) continue;
      for (const metric of scope.metrics) this.#addMetric(metric, { resource, scope });
    }
    if (!this.#isContinued) this.#addTarget(resource, metrics);
  }

  /** False where all points are refused, as their resource or scope cannot be taken. */
  #enter(metrics: readonly OtlpMetric[], enter: () => void): boolean {
    try {
      enter();
      return true;
    } catch (error) {
      this.#refuse(pointsIn(metrics), error);
      return false;
    }
  }

  #addMetric(metric: OtlpMetric, of: { resource: OtlpResource; scope: OtlpScope }): void {
    const { data } = metric;
    if (data.points.length === 0) {
      const lacks = data.kind === "none" ? "is of no known kind" : "has no data points";
      this.#warn(`metric ${shown(metric.name)} ${lacks}`);
      return;
    }
    let family: string;
    try {
      this.#checkData(metric);
      family = metricName(metric, this.#settings);
    } catch (error) {
      this.#refuse(data.points.length, error);
      return;
    }
    const isDelta = "temporality" in data && data.temporality === "delta";
    const streams = isDelta && this.#settings.deltas === "cumulative"
      ? metricKey(of.resource, of.scope, metric)
      : undefined;
    let taken = 0;
    const each = <P extends OtlpPoint>(points: readonly P[], add: (point: P) => void): void => {
      for (const point of points) {
        try {
          add(point);
          taken++;
        } catch (error) {
          this.#refuse(1, error, family);
        }
      }
    };
    const eachSum = <P extends DeltaPoint>(points: readonly P[], add: (point: P) => void): void =>
      each(points, streams === undefined ? add : (point) => this.#addDelta(streams, point, add));
    if (data.kind === "gauge") each(data.points, (point) => this.#addNumber(family, point, []));
    else if (data.kind === "sum") {
      eachSum(data.points, (point) => this.#addNumber(family, point, exemplarsOf(point.exemplars)));
    } else if (data.kind === "summary") {
      each(data.points, (point) => this.#addSummary(family, point));
    } else if (data.kind === "exponential") {
      const isGauge = isDelta && streams === undefined;
      eachSum(
        data.points,
        (point) => this.#addNative(family, point, () => fromExponential(point, isGauge)),
      );
    } else if (data.kind === "histogram") {
      if (this.#settings.toCustomBuckets) {
        const isGauge = isDelta && streams === undefined;
        eachSum(
          data.points,
          (point) => this.#addNative(family, point, () => fromExplicit(point, isGauge)),
        );
      } else eachSum(data.points, (point) => this.#addClassic(family, point));
    }
    if (taken > 0) this.#describe(family, metadataOf(metric, isDelta && streams === undefined));
  }

  /** As the sum of its stream, which moves when the sum was appended, and stays so if it is durable. */
  #addDelta<P extends DeltaPoint>(metric: string, point: P, add: (point: P) => void): void {
    // That nothing was recorded adds nothing.
    if (point.isStale) return add(point);
    const step = this.#round!.step(metric, attributesKey(point.attributes), point);
    // It is counted already.
    if (step === undefined) return;
    add(step.point);
    step.keep();
  }

  /** @throws {RangeError} for what cannot be series. */
  #checkData({ name, data }: OtlpMetric): void {
    if (!("temporality" in data) || data.temporality === "cumulative") return;
    if (data.temporality === "delta") {
      if (this.#settings.deltas === "native") return;
      if (this.#settings.deltas === "cumulative" && this.#round !== undefined) return;
    }
    throw new RangeError(
      `metric ${shown(name)} has ${data.temporality} temporality, expected cumulative`,
    );
  }

  #addNumber(family: string, point: NumberPoint, exemplars: readonly Exemplar[]): void {
    const labels = this.#named(this.#labels.ofPoint(point.attributes), family);
    this.#append(labels, point, point.value, byTime(exemplars));
  }

  #addSummary(family: string, point: SummaryPoint): void {
    const labels = this.#labels.ofPoint(point.attributes);
    this.#append(this.#named(labels, `${family}_sum`), point, point.sum);
    this.#append(this.#named(labels, `${family}_count`), point, point.count);
    for (const { quantile, value } of point.quantiles) {
      this.#append(this.#named(labels, family, "quantile", plainNumber(quantile)), point, value);
    }
  }

  #addClassic(family: string, point: HistogramPoint): void {
    const labels = this.#labels.ofPoint(point.attributes);
    const { count, sum, bounds, bucketCounts } = point;
    if (sum !== undefined) this.#append(this.#named(labels, `${family}_sum`), point, sum);
    this.#append(this.#named(labels, `${family}_count`), point, count);
    const exemplars = exemplarsOf(point.exemplars);
    const bucket = (bound: number, value: number, end: number): void => {
      const name = `${family}_bucket`;
      const own = exemplars.slice(next, end);
      next = end;
      this.#append(this.#named(labels, name, "le", plainNumber(bound)), point, value, byTime(own));
    };
    let next = 0;
    let below = 0;
    for (const [index, bound] of bounds.slice(0, bucketCounts.length).entries()) {
      below += bucketCounts[index]!;
      if (bound === Infinity) {
        this.#warn(`histogram ${family} has a bound +Inf: le="+Inf" is the count`);
        continue;
      }
      let end = next;
      while (end < exemplars.length && !(exemplars[end]!.value > bound)) end++;
      bucket(bound, below, end);
    }
    bucket(Infinity, count, exemplars.length);
  }

  #addNative(
    family: string,
    point: OtlpPoint & Pick<HistogramPoint, "count" | "sum" | "exemplars">,
    make: () => Histogram,
  ): void {
    const labels = this.#named(this.#labels.ofPoint(point.attributes), family);
    if (point.isStale) return this.#append(labels, point, 0);
    const histogram = make();
    if (histogram.count === 0 && histogram.sum !== 0) {
      this.#warn(`histogram ${family} has the count 0 and the sum ${histogram.sum}`);
    }
    this.#charge(labels, bucketsIn(histogram));
    const options = { startTimestampMs: point.startMs };
    const ref = this.#sink.appendHistogram(labels, point.timeMs, histogram, options);
    this.#addExemplars(ref, byTime(exemplarsOf(point.exemplars)));
  }

  #append(
    labels: LabelMap,
    { startMs, timeMs, isStale }: OtlpPoint,
    value: number,
    exemplars: readonly Exemplar[] = [],
  ): void {
    this.#charge(labels);
    const ref = isStale
      ? this.#sink.appendStale(labels, timeMs)
      : this.#sink.append(labels, timeMs, value, { startTimestampMs: startMs });
    this.#addExemplars(ref, exemplars);
  }

  #addExemplars(ref: number, exemplars: readonly Exemplar[]): void {
    for (const exemplar of exemplars) {
      this.#charge(exemplar.labels);
      try {
        this.#sink.appendExemplar(ref, exemplar);
      } catch (error) {
        // Its sample is there, and counts.
        this.#warn(`an exemplar: ${messageOf(error)}`);
      }
    }
  }

  /** What is known of the resource, from its first point to its last. */
  #addTarget(resource: OtlpResource, metrics: readonly OtlpMetric[]): void {
    try {
      const labels = this.#labels.ofTarget(resource);
      if (labels === undefined) return;
      for (const timeMs of this.#targets.of(labels, metrics)) {
        this.#charge(labels);
        this.#sink.append(labels, timeMs, 1);
        if (this.#isTargetDescribed) continue;
        this.#isTargetDescribed = true;
        this.#describe("target_info", { type: "gauge", help: "Target metadata" });
      }
    } catch (error) {
      if (isOfRequest(error)) throw error;
      // Its points are taken all the same.
      this.#warn(`target_info: ${messageOf(error)}`);
    }
  }

  #describe(family: string, metadata: Metadata): void {
    this.#bytes += family.length + (metadata.help ?? "").length;
    this.#sink.updateMetadata(family, metadata);
  }

  #named(labels: LabelMap, name: string, extra?: string, value?: string): LabelMap {
    const named = Object.assign(Object.create(null) as LabelMap, labels);
    if (extra !== undefined && value !== undefined) named[extra] = value;
    named["__name__"] = name;
    return named;
  }

  /** Attributes of a resource may be large, and stand in each series. */
  #charge(labels: Readonly<LabelMap>, more: number = 0): void {
    let bytes = ROW_BYTES + more;
    for (const name in labels) bytes += name.length + labels[name]!.length + 6;
    this.#bytes += bytes;
    if (this.#bytes <= this.#bytesMax) return;
    throw new WalqError(
      "TOO_LARGE",
      `Cannot take OTLP: its series come to more than ${this.#bytesMax} bytes, ` +
        "expected at most that: send smaller batches",
    );
  }

  #refuse(points: number, error: unknown, family?: string): void {
    if (isOfRequest(error)) throw error;
    if (points === 0) return;
    this.#refused += points;
    const where = family === undefined ? "" : `${shown(family)}: `;
    this.#firstRefused ??= where + messageOf(error);
  }

  #warn(text: string): void {
    if (this.#warnings.size < WARNINGS_MAX) this.#warnings.add(text);
  }
}

/** Deltas as they are have no type that Prometheus knows. */
function metadataOf({ description, unit, data }: OtlpMetric, isUnknown: boolean): Metadata {
  const type = isUnknown ? "unknown" : typeOf(data);
  return { type, help: description, unit: unitOfFamily(unit) };
}

function typeOf(data: OtlpData): Metadata["type"] {
  if (data.kind === "sum") return data.isMonotonic ? "counter" : "gauge";
  if (data.kind === "none") return "unknown";
  return data.kind === "exponential" ? "histogram" : data.kind;
}

function pointsIn(metrics: readonly OtlpMetric[]): number {
  return metrics.reduce((sum, { data }) => sum + data.points.length, 0);
}

function bucketsIn({ positive, negative, customValues = [] }: Histogram): number {
  const spans = (positive?.spans.length ?? 0) + (negative?.spans.length ?? 0);
  const lengths = [...positive?.spans ?? [], ...negative?.spans ?? []];
  const buckets = lengths.reduce((sum, { length }) => sum + length, 0);
  return 16 * spans + 8 * customValues.length + 2 * buckets;
}

/** Not of a point alone: nothing of the request is taken. */
function isOfRequest(error: unknown): boolean {
  return error instanceof WalqError &&
    (error.code === "TOO_LARGE" || error.code === "OVERLOADED");
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}
