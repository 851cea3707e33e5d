import { WalqError } from "../errors.ts";

/** The headers that say what the bytes of a request are. */
export interface ContentHeaders {
  /** As in the HTTP header. */
  readonly contentType: string;
  /** As in the HTTP header; "snappy" in remote write. */
  readonly contentEncoding?: string;
}

const V1_PROTO = "prometheus.WriteRequest";

/**
 * Checks that the bytes are a remote write 1.0 request (specification 1.0,
 * "Protocol"; the `proto` parameter is of 2.0, "Required Request Headers").
 *
 * @throws {WalqError} `UNSUPPORTED_CONTENT` for anything else.
 */
export function checkContent(content: ContentHeaders): void {
  const [type = "", ...parameters] = content.contentType.split(";").map((part) => part.trim());
  if (type.toLowerCase() !== "application/x-protobuf") {
    throw unsupported(`content type "${content.contentType}"`, '"application/x-protobuf"');
  }
  for (const parameter of parameters) {
    const [key = "", value = ""] = parameter.split("=", 2);
    if (key.trim().toLowerCase() !== "proto") continue;
    if (unquote(value) !== V1_PROTO) {
      throw unsupported(`proto "${unquote(value)}"`, `"${V1_PROTO}"`);
    }
  }
  const encoding = content.contentEncoding ?? "";
  if (encoding.trim().toLowerCase() !== "snappy") {
    throw unsupported(`content encoding "${encoding}"`, '"snappy"');
  }
}

function unquote(text: string): string {
  return text.trim().replace(/^"(.*)"$/, "$1");
}

function unsupported(got: string, wanted: string): WalqError {
  return new WalqError(
    "UNSUPPORTED_CONTENT",
    `Cannot read request: got ${got}, expected ${wanted}`,
  );
}
