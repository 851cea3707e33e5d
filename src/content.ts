import { WalqError } from "./errors.ts";
import type { ProtobufMessage } from "./types.ts";

/** The headers that say what the bytes of a request are. */
export interface ContentHeaders {
  /** As in the HTTP header. */
  readonly contentType: string;
  /** As in the HTTP header; "snappy" in remote write. */
  readonly contentEncoding?: string;
}

const PROTOBUF = "application/x-protobuf";
const V1 = "prometheus.WriteRequest";
const V2 = "io.prometheus.write.v2.Request";

/**
 * Which remote write message the headers announce (specification 1.0,
 * "Protocol"; 2.0, "Required Request Headers": without `proto` it is 1.0).
 *
 * @throws {WalqError} `UNSUPPORTED_CONTENT` for anything else.
 */
export function messageOfContent(content: Partial<ContentHeaders>): ProtobufMessage {
  const { contentType, contentEncoding } = content;
  // As nearly all senders of 1.0 write it.
  if (contentType === PROTOBUF && contentEncoding === "snappy") return V1;
  if (contentType === undefined) throw unsupported("no Content-Type", `"${PROTOBUF}"`);
  const message = protoOf(contentType);
  if (contentEncoding?.trim().toLowerCase() === "snappy") return message;
  const got = contentEncoding === undefined
    ? "no Content-Encoding"
    : `Content-Encoding "${contentEncoding}"`;
  throw unsupported(got, '"snappy"');
}

function protoOf(contentType: string): ProtobufMessage {
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim());
  if (type.toLowerCase() !== PROTOBUF) throw unsupported(`Content-Type "${type}"`, `"${PROTOBUF}"`);
  for (const parameter of parameters) {
    const [key = "", value = ""] = parameter.split("=", 2);
    if (key.trim().toLowerCase() !== "proto") continue;
    const proto = value.trim().replace(/^"(.*)"$/, "$1");
    if (proto === V1 || proto === V2) return proto;
    throw unsupported(`proto "${proto}"`, `"${V1}" or "${V2}"`);
  }
  return V1;
}

function unsupported(got: string, wanted: string): WalqError {
  return new WalqError("UNSUPPORTED_CONTENT", `Got ${got}, expected ${wanted}`);
}
