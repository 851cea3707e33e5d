/** Requests of OTLP metrics: written in its JSON form, and by protobufjs in the other one. */
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import protobuf from "protobufjs";

const ROOT = protobuf.parse(readFileSync("test/support/proto/otlp_metrics.proto", "utf8")).root;
const REQUEST = ROOT.lookupType("otlp.ExportMetricsServiceRequest");
const RESPONSE = ROOT.lookupType("otlp.ExportMetricsServiceResponse");
const STATUS = ROOT.lookupType("otlp.Status");

/** ExportMetricsServiceRequest in OTLP's JSON: ids in hexadecimal, 64 bits as texts. */
export type OtlpJson = { readonly resourceMetrics: readonly object[] };

/** In protobuf. */
export function encodeOtlp(request: OtlpJson): Uint8Array {
  const object = REQUEST.fromObject(withBytes(request) as Record<string, unknown>);
  // No Buffer, of which a slice would be a view.
  return new Uint8Array(REQUEST.encode(object).finish());
}

/** In JSON, as bytes. */
export function jsonOtlp(request: OtlpJson): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(request));
}

/** An answer to a request that was taken. */
export function decodeResponse(bytes: Uint8Array): Record<string, unknown> {
  return RESPONSE.toObject(RESPONSE.decode(bytes), { longs: Number });
}

/** An answer to one that was not. */
export function decodeStatus(bytes: Uint8Array): Record<string, unknown> {
  return STATUS.toObject(STATUS.decode(bytes));
}

/** One resource with one scope. */
export function requestOf(
  metrics: readonly object[],
  resource: Readonly<Record<string, unknown>> = {},
  scope: object = {},
): OtlpJson {
  const attributes = attributesOf(resource);
  return { resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ scope, metrics }] }] };
}

/** Attributes of texts, numbers (doubles), bigints (int64) and truth values; others as OTLP has them. */
export function attributesOf(values: Readonly<Record<string, unknown>>): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: unknown): unknown {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "bigint") return { intValue: String(value) };
  if (typeof value === "number") return { doubleValue: value };
  return value;
}

/** Nanoseconds as OTLP's JSON has them. */
export function nano(timeMs: number): string {
  return `${timeMs}000000`;
}

/** Protobufjs takes bytes in base64, and numbers as numbers. */
function withBytes(value: unknown, key = ""): unknown {
  if (key === "traceId" || key === "spanId") return Buffer.from(String(value), "hex");
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") {
    return key === "stringValue" ? value : Number(value);
  }
  if (Array.isArray(value)) return value.map((one) => withBytes(one, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withBytes(inner, name)]),
  );
}

/** What protobufjs reads. */
export function decodeOtlp(bytes: Uint8Array): unknown {
  return REQUEST.decode(bytes);
}
