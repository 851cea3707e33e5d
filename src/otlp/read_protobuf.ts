/** OTLP's protobuf form: `ExportMetricsServiceRequest` and what is in it. */
import { ModelBudget } from "./bounds.ts";
import type { Attribute, OtlpData, OtlpMetric, OtlpResource, OtlpScope } from "./model.ts";
import { PointReader } from "./read_points.ts";
import { temporalityOf } from "./temporality.ts";
import { WireReader } from "./wire_reader.ts";

const KINDS: ReadonlyMap<number, OtlpData["kind"]> = new Map([
  [5, "gauge"],
  [7, "sum"],
  [9, "histogram"],
  [10, "exponential"],
  [11, "summary"],
]);

/**
 * Reads a request. What is not known in it is passed over; of a field that is there twice,
 * the last one counts.
 *
 * @throws {WalqError} `INVALID_REQUEST`, `TOO_LARGE`
 */
export function readProtobuf(bytes: Uint8Array): OtlpResource[] {
  const reader = new WireReader(bytes);
  const points = new PointReader(new ModelBudget());
  const resources: OtlpResource[] = [];
  while (reader.next("request")) {
    if (reader.field !== 1) reader.skip("request");
    else resources.push(reader.message("resource_metrics", (inner) => resource(inner, points)));
  }
  return resources;
}

function resource(reader: WireReader, points: PointReader): OtlpResource {
  points.budget.message();
  const attributes: Attribute[] = [];
  const scopes: OtlpScope[] = [];
  while (reader.next("resource_metrics")) {
    if (reader.field === 1) {
      reader.message("resource", () => points.attributesIn(reader, "resource", 1, attributes));
    } else if (reader.field === 2) {
      scopes.push(reader.message("scope_metrics", () => scope(reader, points)));
    } else reader.skip("resource_metrics");
  }
  return { attributes, scopes };
}

function scope(reader: WireReader, points: PointReader): OtlpScope {
  points.budget.message();
  const named = { name: "", version: "", schemaUrl: "" };
  const attributes: Attribute[] = [];
  const metrics: OtlpMetric[] = [];
  while (reader.next("scope_metrics")) {
    if (reader.field === 1) {
      reader.message("scope", () => {
        while (reader.next("scope")) {
          if (reader.field === 1) named.name = reader.text("scope.name");
          else if (reader.field === 2) named.version = reader.text("scope.version");
          else if (reader.field === 3) {
            attributes.push(points.attribute(reader, "scope.attributes"));
          } else reader.skip("scope");
        }
      });
    } else if (reader.field === 2) {
      metrics.push(reader.message("metrics", () => metric(reader, points)));
    } else if (reader.field === 3) named.schemaUrl = reader.text("scope_metrics.schema_url");
    else reader.skip("scope_metrics");
  }
  return { ...named, attributes, metrics };
}

function metric(reader: WireReader, points: PointReader): OtlpMetric {
  points.budget.message();
  const texts = { name: "", description: "", unit: "" };
  let data: OtlpData = { kind: "none", points: [] };
  while (reader.next("metric")) {
    const kind = KINDS.get(reader.field);
    if (reader.field === 1) texts.name = reader.text("metric.name");
    else if (reader.field === 2) texts.description = reader.text("metric.description");
    else if (reader.field === 3) texts.unit = reader.text("metric.unit");
    else if (kind === undefined) reader.skip("metric");
    else data = reader.message(kind, () => dataOf(kind, reader, points));
  }
  return { ...texts, data };
}

function dataOf(kind: OtlpData["kind"], reader: WireReader, points: PointReader): OtlpData {
  const numbers = [], histograms = [], exponentials = [], summaries = [];
  let temporality = 0;
  let isMonotonic = false;
  while (reader.next(kind)) {
    if (reader.field === 1) {
      if (kind === "histogram") histograms.push(points.histogram(reader));
      else if (kind === "exponential") exponentials.push(points.exponential(reader));
      else if (kind === "summary") summaries.push(points.summary(reader));
      else numbers.push(points.number(reader));
    } else if (reader.field === 2) temporality = reader.uint(`${kind}.aggregation_temporality`);
    else if (reader.field === 3) isMonotonic = reader.bool(`${kind}.is_monotonic`);
    else reader.skip(kind);
  }
  const since = temporalityOf(temporality);
  if (kind === "histogram") return { kind, temporality: since, points: histograms };
  if (kind === "exponential") return { kind, temporality: since, points: exponentials };
  if (kind === "summary") return { kind, points: summaries };
  if (kind === "sum") return { kind, temporality: since, isMonotonic, points: numbers };
  return { kind: "gauge", points: numbers };
}
