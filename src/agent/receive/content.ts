import { WalqError } from "../../errors.ts";

/** Of remote write 1.0, as all senders but a few write it. */
const PROTOBUF = "application/x-protobuf";
const V1 = "prometheus.WriteRequest";
const V2 = "io.prometheus.write.v2.Request";

/**
 * Refuses what is no remote write 1.0 before its body is read (specification 2.0,
 * "Required Request Headers"; the message tells a 2.0 sender to fall back).
 *
 * @throws {WalqError} `UNSUPPORTED_CONTENT`
 */
export function checkHeaders(contentType: string | null, contentEncoding: string | null): void {
  if (contentType === PROTOBUF && contentEncoding === "snappy") return;
  if (contentType === null) throw unsupported("no Content-Type", `"${PROTOBUF}"`);
  const [type = "", ...parameters] = contentType.split(";").map((part) => part.trim());
  if (type.toLowerCase() !== PROTOBUF) throw unsupported(`Content-Type "${type}"`, `"${PROTOBUF}"`);
  for (const parameter of parameters) {
    const [key = "", value = ""] = parameter.split("=", 2);
    if (key.trim().toLowerCase() !== "proto") continue;
    const proto = value.trim().replace(/^"(.*)"$/, "$1");
    if (proto === V2) {
      throw unsupported("remote write 2.0", `1.0 ("${V1}"), which is all walq reads yet`);
    }
    if (proto !== V1) throw unsupported(`proto "${proto}"`, `"${V1}"`);
  }
  if (contentEncoding?.trim().toLowerCase() === "snappy") return;
  const got = contentEncoding === null
    ? "no Content-Encoding"
    : `Content-Encoding "${contentEncoding}"`;
  throw unsupported(got, '"snappy"');
}

function unsupported(got: string, wanted: string): WalqError {
  return new WalqError("UNSUPPORTED_CONTENT", `Got ${got}, expected ${wanted}`);
}
