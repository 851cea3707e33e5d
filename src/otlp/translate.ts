/**
 * OTLP metrics into series, as Prometheus 3 makes them
 * (storage/remote/otlptranslator/prometheusremotewrite).
 */
import { messageOf, WalqError } from "../errors.ts";
import type { Metadata } from "../types.ts";
import type { DeltaRound } from "./delta/delta_streams.ts";
import { attributesKey, metricKey } from "./delta/stream_key.ts";
import type { DeltaPoint } from "./delta/sum.ts";
import { exemplarsOf } from "./exemplars.ts";
import { fromExplicit, fromExponential } from "./histograms.ts";
import { metricName } from "./metric_name.ts";
import type { OtlpData, OtlpMetric, OtlpPoint, OtlpResource, OtlpScope } from "./model.ts";
import type { KnownScope, KnownSeries } from "./known_series.ts";
import { attributesIn } from "./raw_attributes.ts";
import { SeriesLabels, type TypeAndUnit } from "./series_labels.ts";
import type { OtlpSettings } from "./settings.ts";
import type { SeriesSink } from "./sink.ts";
import { PointRows } from "./point_rows.ts";
import { TargetTimes } from "./target_times.ts";
import { unitOfFamily } from "./units.ts";

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
  /** What came of requests before, of the same settings into the same queue. */
  readonly known?: KnownSeries | undefined;
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
  readonly #round: DeltaRound | undefined;
  readonly #isContinued: boolean;
  readonly #known: KnownSeries | undefined;
  readonly #labels: SeriesLabels;
  readonly #rows: PointRows;
  readonly #targets = new TargetTimes();
  readonly #warnings = new Set<string>();
  #points = 0;
  #refused = 0;
  #firstRefused: string | undefined;
  #isTargetDescribed = false;

  constructor(
    sink: SeriesSink,
    { settings, bytesMax, round, known, isContinued = false }: TranslateOptions,
  ) {
    this.#sink = sink;
    this.#settings = settings;
    this.#round = round;
    this.#isContinued = isContinued;
    this.#known = known;
    this.#labels = new SeriesLabels(settings);
    const warn = (text: string): void => this.#warn(text);
    this.#rows = new PointRows({ sink, labels: this.#labels, bytesMax, warn });
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
      const known = this.#known?.scope(resource, scope);
      for (const metric of scope.metrics) this.#addMetric(metric, { resource, scope, known });
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

  #addMetric(
    metric: OtlpMetric,
    of: { resource: OtlpResource; scope: OtlpScope; known: KnownScope | undefined },
  ): void {
    const { data } = metric;
    if (data.points.length === 0) {
      const lacks = data.kind === "none" ? "is of no known kind" : "has no data points";
      this.#warn(`metric ${shown(metric.name)} ${lacks}`);
      return;
    }
    const known = of.known?.metric(metric);
    let family: string;
    try {
      this.#checkData(metric);
      family = known?.family ?? metricName(metric, this.#settings);
      if (known !== undefined) known.family = family;
    } catch (error) {
      this.#refuse(data.points.length, error);
      return;
    }
    const isDelta = "temporality" in data && data.temporality === "delta";
    const streams = isDelta && this.#settings.deltas === "cumulative"
      ? metricKey(of.resource, of.scope, metric)
      : undefined;
    const make = (): Metadata => metadataOf(metric, isDelta && streams === undefined);
    const metadata = known?.metadata(metric.description, make) ?? make();
    this.#labels.enterMetric(this.#settings.labelsTypeAndUnit ? shownOf(metadata) : undefined);
    const named = { family, known };
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
    if (data.kind === "gauge") {
      each(data.points, (point) => this.#rows.number(named, point, []));
    } else if (data.kind === "sum") {
      eachSum(
        data.points,
        (point) => this.#rows.number(named, point, exemplarsOf(point.exemplars)),
      );
    } else if (data.kind === "summary") {
      each(data.points, (point) => this.#rows.summary(named, point));
    } else if (data.kind === "exponential") {
      const isGauge = isDelta && streams === undefined;
      eachSum(
        data.points,
        (point) => this.#rows.native(named, point, () => fromExponential(point, isGauge)),
      );
    } else if (data.kind === "histogram") {
      if (this.#settings.toCustomBuckets) {
        const isGauge = isDelta && streams === undefined;
        eachSum(
          data.points,
          (point) => this.#rows.native(named, point, () => fromExplicit(point, isGauge)),
        );
      } else eachSum(data.points, (point) => this.#rows.classic(named, point));
    }
    if (taken > 0) this.#describe(family, metadata);
  }

  /** As the sum of its stream, which moves when the sum was appended, and stays so if it is durable. */
  #addDelta<P extends DeltaPoint>(metric: string, point: P, add: (point: P) => void): void {
    // That nothing was recorded adds nothing.
    if (point.isStale) return add(point);
    const step = this.#round!.step(metric, attributesKey(attributesIn(point.attributes)), point);
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

  /** What is known of the resource, from its first point to its last. */
  #addTarget(resource: OtlpResource, metrics: readonly OtlpMetric[]): void {
    try {
      const labels = this.#labels.ofTarget(resource);
      if (labels === undefined) return;
      for (const timeMs of this.#targets.of(labels, metrics)) {
        this.#rows.charge(labels);
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
    this.#rows.chargeBytes(family.length + (metadata.help ?? "").length);
    this.#sink.updateMetadata(family, metadata);
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

function shownOf({ type, unit = "" }: Metadata): TypeAndUnit {
  return { type: type === "unknown" ? undefined : type, unit };
}

function typeOf(data: OtlpData): Metadata["type"] {
  if (data.kind === "sum") return data.isMonotonic ? "counter" : "gauge";
  if (data.kind === "none") return "unknown";
  return data.kind === "exponential" ? "histogram" : data.kind;
}

function pointsIn(metrics: readonly OtlpMetric[]): number {
  return metrics.reduce((sum, { data }) => sum + data.points.length, 0);
}

/** Not of a point alone: nothing of the request is taken. */
function isOfRequest(error: unknown): boolean {
  return error instanceof WalqError &&
    (error.code === "TOO_LARGE" || error.code === "OVERLOADED" ||
      // Attributes are read when they are needed.
      error.code === "INVALID_REQUEST");
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}
