/** OTLP's JSON form: `ExportMetricsServiceRequest` and what is in it. */
import { WalqError } from "../errors.ts";
import { badOtlp, ModelBudget, VALUE_DEPTH_MAX } from "./bounds.ts";
import { checkHex } from "./hex.ts";
import { doubleOf, JsonObject, nameOf, type OtlpTime, wholeOf } from "./json_fields.ts";
import {
  type AnyValue,
  type Attribute,
  type ExponentialBuckets,
  type HistogramPoint,
  NO_BUCKETS,
  type NumberPoint,
  type OtlpData,
  type OtlpExemplar,
  type OtlpMetric,
  type OtlpPoint,
  type OtlpResource,
  type OtlpScope,
} from "./model.ts";
import { temporalityOf } from "./temporality.ts";

/** Objects and lists, which take more memory than bytes. */
const NESTED_MAX = 2_000_000;
const OPENING = new Set([..."{["].map((one) => one.charCodeAt(0)));

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a request. What is not known in it is passed over.
 *
 * @throws {WalqError} `INVALID_REQUEST`, `TOO_LARGE`
 */
export function readJson(bytes: Uint8Array): OtlpResource[] {
  const request = new JsonObject(parse(bytes), "");
  const reader = new JsonReader();
  return request.objects("resourceMetrics", (resource) => reader.resource(resource));
}

function parse(bytes: Uint8Array): unknown {
  let nested = 0;
  for (const byte of bytes) if (OPENING.has(byte)) nested++;
  if (nested > NESTED_MAX) {
    const message = `Cannot read OTLP: got ${nested} objects and lists, ` +
      `expected at most ${NESTED_MAX}: send smaller batches`;
    throw new WalqError("TOO_LARGE", message);
  }
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw badOtlp("request", "bytes that are not UTF-8", "JSON");
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    // Runtimes say different things, and some of them show what was read.
    const cause = { cause: error };
    throw new WalqError("INVALID_REQUEST", "Cannot read OTLP: the body is no JSON", cause);
  }
}

class JsonReader {
  readonly #budget = new ModelBudget();

  resource(object: JsonObject): OtlpResource {
    const resource = object.object("resource");
    return {
      attributes: resource === undefined ? [] : this.#attributes(resource, "attributes"),
      scopes: object.objects("scopeMetrics", (scope) => this.#scope(scope)),
    };
  }

  #scope(object: JsonObject): OtlpScope {
    const scope = object.object("scope");
    return {
      name: scope?.text("name") ?? "",
      version: scope?.text("version") ?? "",
      schemaUrl: object.text("schemaUrl"),
      attributes: scope === undefined ? [] : this.#attributes(scope, "attributes"),
      metrics: object.objects("metrics", (metric) => this.#metric(metric)),
    };
  }

  #metric(object: JsonObject): OtlpMetric {
    this.#budget.message();
    return {
      name: object.text("name"),
      description: object.text("description"),
      unit: object.text("unit"),
      data: this.#data(object),
    };
  }

  #data(metric: JsonObject): OtlpData {
    const gauge = metric.object("gauge");
    if (gauge) {
      return {
        kind: "gauge",
        points: gauge.objects("dataPoints", (p) => this.#number(p)),
      };
    }
    const sum = metric.object("sum");
    if (sum) {
      const points = sum.objects("dataPoints", (point) => this.#number(point));
      const isMonotonic = sum.bool("isMonotonic");
      return { kind: "sum", temporality: sinceOf(sum), isMonotonic, points };
    }
    const histogram = metric.object("histogram");
    if (histogram) {
      const points = histogram.objects("dataPoints", (point) => this.#histogram(point));
      return { kind: "histogram", temporality: sinceOf(histogram), points };
    }
    const exponential = metric.object("exponentialHistogram");
    if (exponential) {
      const points = exponential.objects("dataPoints", (point) => ({
        ...this.#counted(point),
        scale: signed32(point, "scale"),
        zeroCount: point.whole("zeroCount") ?? 0,
        zeroThreshold: point.double("zeroThreshold") ?? 0,
        positive: this.#buckets(point, "positive"),
        negative: this.#buckets(point, "negative"),
      }));
      return { kind: "exponential", temporality: sinceOf(exponential), points };
    }
    const summary = metric.object("summary");
    if (!summary) return { kind: "none", points: [] };
    const points = summary.objects("dataPoints", (point) => ({
      ...this.#point(point),
      count: point.whole("count") ?? 0,
      sum: point.double("sum") ?? 0,
      quantiles: point.objects("quantileValues", (pair) => {
        this.#budget.message();
        return { quantile: pair.double("quantile") ?? 0, value: pair.double("value") ?? 0 };
      }),
    }));
    return { kind: "summary", points };
  }

  #number(point: JsonObject): NumberPoint {
    return {
      ...this.#point(point),
      value: point.double("asDouble") ?? point.whole("asInt") ?? 0,
      exemplars: this.#exemplars(point),
    };
  }

  #histogram(point: JsonObject): HistogramPoint {
    return {
      ...this.#counted(point),
      bucketCounts: this.#numbers(point, "bucketCounts", wholeOf),
      bounds: this.#numbers(point, "explicitBounds", doubleOf),
    };
  }

  #counted(
    point: JsonObject,
  ): OtlpPoint & Pick<HistogramPoint, "count" | "sum" | "exemplars"> {
    return {
      ...this.#point(point),
      count: point.whole("count") ?? 0,
      sum: point.double("sum"),
      exemplars: this.#exemplars(point),
    };
  }

  #point(point: JsonObject): OtlpPoint {
    this.#budget.message();
    return {
      attributes: this.#attributes(point, "attributes"),
      ...startOf(point.time("startTimeUnixNano")),
      ...point.time("timeUnixNano"),
      isStale: (point.whole("flags") ?? 0) % 2 === 1,
    };
  }

  #buckets(point: JsonObject, name: string): ExponentialBuckets {
    const buckets = point.object(name);
    if (buckets === undefined) return NO_BUCKETS;
    const counts = this.#numbers(buckets, "bucketCounts", wholeOf);
    return { offset: signed32(buckets, "offset"), counts };
  }

  #numbers(
    object: JsonObject,
    name: string,
    read: (value: unknown, where: string) => number,
  ): number[] {
    const numbers = object.list(name, read);
    this.#budget.elements(numbers.length);
    return numbers;
  }

  #exemplars(point: JsonObject): OtlpExemplar[] {
    return point.objects("exemplars", (exemplar) => {
      this.#budget.message();
      const { where } = exemplar;
      return {
        attributes: this.#attributes(exemplar, "filteredAttributes"),
        timeMs: exemplar.time("timeUnixNano").timeMs,
        value: exemplar.double("asDouble") ?? exemplar.whole("asInt"),
        traceId: checkHex(exemplar.text("traceId"), 16, `${where}.traceId`),
        spanId: checkHex(exemplar.text("spanId"), 8, `${where}.spanId`),
      };
    });
  }

  #attributes(object: JsonObject, name: string, depth = 0): Attribute[] {
    return object.objects(name, (pair) => {
      this.#budget.message();
      return { key: pair.text("key"), value: this.#value(pair.object("value"), depth) };
    });
  }

  #value(value: JsonObject | undefined, depth: number): AnyValue {
    if (value === undefined) return undefined;
    if (depth > VALUE_DEPTH_MAX) {
      throw badOtlp(value.where, `values in values, ${depth} deep`, `at most ${VALUE_DEPTH_MAX}`);
    }
    if (value.get("stringValue") !== undefined) return value.text("stringValue");
    if (value.get("boolValue") !== undefined) return value.bool("boolValue");
    if (value.get("intValue") !== undefined) return value.big("intValue");
    if (value.get("doubleValue") !== undefined) return value.double("doubleValue");
    const array = value.object("arrayValue");
    if (array) {
      const list = array.objects("values", (one) => {
        this.#budget.message();
        return this.#value(one, depth + 1);
      });
      return { list };
    }
    const map = value.object("kvlistValue");
    if (map) return { map: this.#attributes(map, "values", depth + 1) };
    return value.get("bytesValue") === undefined
      ? undefined
      : bytesOf(value.text("bytesValue"), value.where);
  }
}

/** Enums are numbers in OTLP's JSON. */
function sinceOf(object: JsonObject): ReturnType<typeof temporalityOf> {
  return temporalityOf(object.whole("aggregationTemporality") ?? 0);
}

function startOf({ timeMs, timeNs }: OtlpTime): Pick<OtlpPoint, "startMs" | "startNs"> {
  return { startMs: timeMs, startNs: timeNs };
}

function signed32(object: JsonObject, name: string): number {
  const value = object.whole(name) ?? 0;
  if ((value | 0) === value) return value;
  throw badOtlp(`${object.where}.${name}`, nameOf(value), "a whole number of 32 bits");
}

function bytesOf(text: string, where: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  } catch {
    throw badOtlp(`${where}.bytesValue`, nameOf(text), "base64");
  }
}
