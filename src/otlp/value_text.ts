/** Values of attributes as texts, as the OpenTelemetry collector writes them. */
import type { AnyValue, Attribute } from "./model.ts";

/** The value of a label. */
export function valueText(value: AnyValue): string {
  switch (typeof value) {
    case "undefined":
      return "";
    case "string":
      return value;
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      return numberText(value);
  }
  return value instanceof Uint8Array ? base64(value) : jsonText(value);
}

/** JavaScript's form is the collector's, but for zero. */
function numberText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function jsonText(value: AnyValue): string {
  if (value === undefined) return "null";
  if (typeof value === "string") return quoted(value);
  if (value instanceof Uint8Array) return quoted(base64(value));
  if (typeof value !== "object") return valueText(value);
  if ("list" in value) return `[${value.list.map(jsonText).join(",")}]`;
  return `{${entries(value.map).join(",")}}`;
}

/** Sorted, and of two of one name the later one. */
function entries(map: readonly Attribute[]): string[] {
  const byKey = new Map(map.map(({ key, value }) => [key, value]));
  return [...byKey.keys()].sort(byCodeUnits).map((key) =>
    `${quoted(key)}:${jsonText(byKey.get(key))}`
  );
}

/** Go's JSON escapes two line ends more than JavaScript's. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\u2028/g, "\\u2028").replace(/\u2029/g, "\\u2029");
}

/** By code units, which is by bytes for all that is not outside of the basic plane. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** A bound or a quantile in full, without an exponent, as Prometheus writes it. */
export function plainNumber(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  const text = numberText(value);
  const [, sign = "", whole = "", part = "", exponent] =
    /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const shift = Number(exponent);
  if (shift < 0) return `${sign}0.${"0".repeat(-shift - 1)}${whole}${part}`;
  return `${sign}${whole}${part.padEnd(shift, "0")}`;
}
