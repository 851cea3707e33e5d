/** What OpenTelemetry's SDK collects, as OTLP has it. */
import type {
  AnyValue,
  Attribute,
  OtlpData,
  OtlpMetric,
  OtlpPoint,
  OtlpResource,
  Temporality,
} from "../otlp/model.ts";
import type {
  GivenExponential,
  GivenHistogram,
  GivenMetric,
  GivenPoint,
  GivenResourceMetrics,
  GivenTime,
} from "./shapes.ts";

// DataPointType of the SDK.
const HISTOGRAM = 0;
const EXPONENTIAL = 1;
const GAUGE = 2;
const SUM = 3;

/** AggregationTemporality of the SDK that is cumulative. */
export const CUMULATIVE = 1;
const DELTA = 0;

/** One resource with all that it tells. */
export function fromSdk({ resource, scopeMetrics }: GivenResourceMetrics): OtlpResource {
  return {
    attributes: attributesOf(resource.attributes),
    scopes: scopeMetrics.map(({ scope: { name, version = "", schemaUrl = "" }, metrics }) => ({
      name,
      version,
      schemaUrl,
      attributes: [],
      metrics: metrics.map(metricOf),
    })),
  };
}

function metricOf(metric: GivenMetric): OtlpMetric {
  const { descriptor: { name, description, unit } } = metric;
  return { name, description, unit, data: dataOf(metric) };
}

function dataOf({ dataPointType, isMonotonic = false, ...metric }: GivenMetric): OtlpData {
  const { dataPoints } = metric;
  const temporality = temporalityOf(metric.aggregationTemporality);
  if (dataPointType === GAUGE) return { kind: "gauge", points: dataPoints.map(numberOf) };
  if (dataPointType === SUM) {
    return { kind: "sum", temporality, isMonotonic, points: dataPoints.map(numberOf) };
  }
  if (dataPointType === HISTOGRAM) {
    const points = dataPoints.map((point) => {
      const { count, sum, buckets } = point.value as GivenHistogram;
      const { counts: bucketCounts, boundaries: bounds } = buckets;
      return { ...pointOf(point), count, sum, bucketCounts, bounds, exemplars: [] };
    });
    return { kind: "histogram", temporality, points };
  }
  if (dataPointType !== EXPONENTIAL) return { kind: "none", points: [] };
  const points = dataPoints.map((point) => {
    const { count, sum, scale, zeroCount, ...sides } = point.value as GivenExponential;
    const positive = { offset: sides.positive.offset, counts: sides.positive.bucketCounts };
    const negative = { offset: sides.negative.offset, counts: sides.negative.bucketCounts };
    const zeroThreshold = 0;
    return {
      ...pointOf(point),
      count,
      sum,
      scale,
      zeroCount,
      zeroThreshold,
      positive,
      negative,
      exemplars: [],
    };
  });
  return { kind: "exponential", temporality, points };
}

function numberOf(point: GivenPoint) {
  return { ...pointOf(point), value: point.value as number, exemplars: [] };
}

function pointOf({ attributes, startTime, endTime }: GivenPoint): OtlpPoint {
  return {
    attributes: attributesOf(attributes),
    startMs: msOf(startTime),
    timeMs: msOf(endTime),
    startNs: nsOf(startTime),
    timeNs: nsOf(endTime),
    isStale: false,
  };
}

function temporalityOf(number: number): Temporality {
  if (number === CUMULATIVE) return "cumulative";
  return number === DELTA ? "delta" : "unspecified";
}

function msOf([seconds, nanoseconds]: GivenTime): number {
  return seconds * 1_000 + Math.floor(nanoseconds / 1_000_000);
}

function nsOf([seconds, nanoseconds]: GivenTime): number {
  return seconds * 1e9 + nanoseconds;
}

function attributesOf(given: Readonly<Record<string, unknown>>): Attribute[] {
  return Object.entries(given).map(([key, value]) => ({ key, value: valueOf(value) }));
}

/** As the SDK's own exporters send them: whole numbers are integers. */
function valueOf(value: unknown): AnyValue {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "bigint") {
    return value;
  }
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return { list: value.map(valueOf) };
  if (typeof value === "object" && value !== null) {
    return { map: attributesOf(value as Record<string, unknown>) };
  }
  return undefined;
}
