/** What tells one stream of points from another: all that identifies it, whatever the order of attributes. */
import type { AnyValue, Attribute, OtlpMetric, OtlpResource, OtlpScope } from "../model.ts";
import { byCodeUnits } from "../value_text.ts";

/** Of all streams of a metric. */
export function metricKey(resource: OtlpResource, scope: OtlpScope, metric: OtlpMetric): string {
  const { name, unit, data } = metric;
  const isMonotonic = data.kind === "sum" && data.isMonotonic;
  return JSON.stringify([
    attributesKey(resource.attributes),
    scope.name,
    scope.version,
    attributesKey(scope.attributes),
    name,
    unit,
    data.kind,
    isMonotonic,
  ]);
}

/** Of the streams of one metric. */
export function attributesKey(attributes: readonly Attribute[]): string {
  if (attributes.length === 0) return "";
  return JSON.stringify(pairs(attributes));
}

/** An integer, a double and a text that look alike are different. */
function pairs(attributes: readonly Attribute[]): unknown[] {
  return [...attributes]
    .sort((a, b) => byCodeUnits(a.key, b.key))
    .map(({ key, value }) => [key, plain(value)]);
}

function plain(value: AnyValue): unknown {
  if (typeof value === "bigint") return { i: String(value) };
  if (typeof value === "number") return { d: Object.is(value, -0) ? "-0" : String(value) };
  if (value === undefined) return null;
  if (typeof value !== "object") return value;
  if (value instanceof Uint8Array) return { b: [...value] };
  return "list" in value ? value.list.map(plain) : { m: pairs(value.map) };
}
