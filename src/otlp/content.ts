/** What the headers of a request of OTLP/HTTP say, and the messages that answer it. */
import { WalqError } from "../errors.ts";
import { MessageWriter } from "../protobuf.ts";
import type { OtlpResource } from "./model.ts";
import { readJson } from "./read_json.ts";
import { readProtobuf } from "./read_protobuf.ts";

/** The form of a request, and of its answer. */
export type OtlpForm = "protobuf" | "json";

/** What a request is under. */
export type OtlpEncoding = "identity" | "gzip" | "zstd";

/** Their content types. */
export const OTLP_TYPES: Readonly<Record<OtlpForm, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** Numbers of google.rpc.Code. */
export const RPC_CODES = {
  invalidArgument: 3,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** The form that a content type says; undefined where it is none of OTLP's. */
export function formOf(contentType: string | null): OtlpForm | undefined {
  const type = (contentType ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (type === OTLP_TYPES.protobuf || type === "application/protobuf") return "protobuf";
  return type === OTLP_TYPES.json ? "json" : undefined;
}

/** @throws {WalqError} `UNSUPPORTED_CONTENT` */
export function encodingOf(contentEncoding: string | null): OtlpEncoding {
  const encoding = (contentEncoding ?? "").trim().toLowerCase();
  if (encoding === "" || encoding === "identity") return "identity";
  if (encoding === "gzip" || encoding === "zstd") return encoding;
  const got = JSON.stringify((contentEncoding ?? "").slice(0, 40));
  const wanted = '"gzip", "zstd" or "identity"';
  throw new WalqError("UNSUPPORTED_CONTENT", `Got Content-Encoding ${got}, expected ${wanted}`);
}

/**
 * Reads a request that is unpacked.
 *
 * @throws {WalqError} `INVALID_REQUEST`, `TOO_LARGE`
 */
export function readOtlp(bytes: Uint8Array, form: OtlpForm): OtlpResource[] {
  return form === "json" ? readJson(bytes) : readProtobuf(bytes);
}

/** What an answer says of data that was not taken, or not as it looks. */
export interface PartialSuccess {
  readonly rejectedDataPoints: number;
  readonly errorMessage: string;
}

/** ExportMetricsServiceResponse; without `partial` all was taken. */
export function responseBody(
  form: OtlpForm,
  partial: PartialSuccess | undefined,
): Uint8Array<ArrayBuffer> | string {
  if (form === "json") {
    if (partial === undefined) return "{}";
    // An int64 is a text in protobuf's JSON.
    const { rejectedDataPoints, errorMessage } = partial;
    return JSON.stringify({
      partialSuccess: { rejectedDataPoints: String(rejectedDataPoints), errorMessage },
    });
  }
  if (partial === undefined) return new Uint8Array();
  const message = new MessageWriter();
  if (partial.rejectedDataPoints > 0) message.number(1, partial.rejectedDataPoints);
  message.text(2, partial.errorMessage);
  return new MessageWriter().message(1, message).finish();
}

/** google.rpc.Status. */
export function statusBody(
  form: OtlpForm,
  code: number,
  message: string,
): Uint8Array<ArrayBuffer> | string {
  if (form === "json") return JSON.stringify({ code, message });
  return new MessageWriter().number(1, code).text(2, message).finish();
}
