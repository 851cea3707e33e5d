import { WalqError } from "./errors.ts";
import type { ProtobufMessage } from "./types.ts";

/** The headers that say what the bytes of a request are. */
export interface ContentHeaders {
  /** As in the HTTP header; without it the bytes are taken for remote write 1.0. */
  readonly contentType?: string;
  /** As in the HTTP header; "snappy" in remote write, and taken for that without it. */
  readonly contentEncoding?: string;
}

const PROTOBUF = "application/x-protobuf";
const V1 = "prometheus.WriteRequest";
const V2 = "io.prometheus.write.v2.Request";

/**
 * Which remote write message the headers announce (specification 1.0,
 * "Protocol"; 2.0, "Required Request Headers": without `proto` it is 1.0). A header
 * that is missing or empty says what nearly all senders mean: so Prometheus reads
 * it, on purpose, and senders rely on it.
 *
 * @throws {WalqError} `UNSUPPORTED_CONTENT` for anything else.
 */
export function messageOfContent(content: ContentHeaders): ProtobufMessage {
  const { contentType = "", contentEncoding = "" } = content;
  // As nearly all senders of 1.0 write it.
  if (contentType === PROTOBUF && contentEncoding === "snappy") return V1;
  const message = contentType.trim() === "" ? V1 : protoOf(contentType);
  const encoding = contentEncoding.trim();
  if (encoding === "" || encoding.toLowerCase() === "snappy") return message;
  throw unsupported(`Content-Encoding "${contentEncoding}"`, '"snappy"');
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
