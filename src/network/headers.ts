import type { ProtobufMessage, RequestCompression } from "../types.ts";
import { VERSION } from "../version.ts";

/** Who asks, and in which version. */
export interface RequestIdentity {
  readonly protobufMessage: ProtobufMessage;
  /** Users' own; none that remote write defines, which the options see to. */
  readonly headers: Readonly<Record<string, string>>;
}

const VERSIONS: Readonly<Record<ProtobufMessage, { type: string; version: string }>> = {
  "prometheus.WriteRequest": { type: "application/x-protobuf", version: "0.1.0" },
  "io.prometheus.write.v2.Request": {
    type: "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    version: "2.0.0",
  },
};

/**
 * The headers of every request but those of its credential, which can change, by the remote write specifications (1.0,
 * "Protocol"; 2.0, "Required Request Headers"). Those of the protocol come last: nobody overrides them.
 */
export function requestHeaders(
  identity: RequestIdentity,
  encoding: RequestCompression,
): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(identity.headers)) own[name.toLowerCase()] = value;
  const { type, version } = VERSIONS[identity.protobufMessage];
  return {
    ...own,
    "content-encoding": encoding,
    "content-type": type,
    "user-agent": `walq/${VERSION}`,
    "x-prometheus-remote-write-version": version,
  };
}
