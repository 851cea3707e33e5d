import { VERSION } from "../version.ts";

/** Who is asked for, and as whom. */
export interface RequestIdentity {
  /** Complete value of the Authorization header; a secret. */
  readonly authorization: string | undefined;
  /** Users' own; none that remote write defines, which the options see to. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The headers of every request, by the remote write 1.0 specification
 * ("Protocol"). Those of the protocol come last: nobody overrides them.
 */
export function requestHeaders(identity: RequestIdentity): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(identity.headers)) own[name.toLowerCase()] = value;
  if (identity.authorization !== undefined) own["authorization"] = identity.authorization;
  return {
    ...own,
    "content-encoding": "snappy",
    "content-type": "application/x-protobuf",
    "user-agent": `walq/${VERSION}`,
    "x-prometheus-remote-write-version": "0.1.0",
  };
}
