import { WalqError } from "./errors.ts";
import type { ProtobufMessage } from "./types.ts";

/** The headers that say what the bytes of a request are. */
export interface ContentHeaders {
  /** As in the HTTP header; without it the bytes are taken for remote write 1.0. */
  readonly contentType?: string;
  /**
   * As in the HTTP header: "snappy" in remote write, and taken for that without it;
   * also "zstd", "gzip" and "identity", which is nothing.
   */
  readonly contentEncoding?: string;
}

/** What the bytes of a request are under. */
export type ContentEncoding = "snappy" | "zstd" | "gzip" | "identity";

/** What the bytes of a request are. */
export interface Content {
  readonly message: ProtobufMessage;
  readonly encoding: ContentEncoding;
}

const PROTOBUF = "application/x-protobuf";
const V1 = "prometheus.WriteRequest";
const V2 = "io.prometheus.write.v2.Request";
const SNAPPY_V1: Content = { message: V1, encoding: "snappy" };

const ENCODINGS: readonly string[] = ["snappy", "zstd", "gzip", "identity"];

/**
 * Which remote write message the headers announce (specification 1.0,
 * "Protocol"; 2.0, "Required Request Headers": without `proto` it is 1.0), and what it
 * is under. A header that is missing or empty says what nearly all senders mean: so
 * Prometheus reads it, on purpose, and senders rely on it. zstd is what vmagent sends.
 *
 * @throws {WalqError} `UNSUPPORTED_CONTENT` for anything else.
 */
export function contentOf(headers: ContentHeaders): Content {
  const { contentType = "", contentEncoding = "" } = headers;
  // As nearly all senders of 1.0 write it.
  if (contentType === PROTOBUF && contentEncoding === "snappy") return SNAPPY_V1;
  const message = contentType.trim() === "" ? V1 : protoOf(contentType);
  const encoding = contentEncoding.trim().toLowerCase();
  if (encoding === "") return { message, encoding: "snappy" };
  if (ENCODINGS.includes(encoding)) return { message, encoding: encoding as ContentEncoding };
  const wanted = ENCODINGS.map((one) => `"${one}"`).join(", ");
  throw unsupported(`Content-Encoding "${contentEncoding}"`, `one of ${wanted}`);
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
