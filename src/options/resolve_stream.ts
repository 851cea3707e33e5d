import { assert } from "../assert.ts";
import type { Secret, StreamCredentials } from "../credentials.ts";
import { readStreamUrl } from "../stream_url.ts";
import type {
  CheckedEndpointOptions,
  CheckedHandOverOptions,
  CheckedJetStreamOptions,
} from "./checked.ts";
import { resolveIdentity } from "./resolve_credentials.ts";
import type { ResolvedStream } from "./resolved.ts";

/** An endpoint's attempt waits no longer for a server than this, however long it may take. */
const HAND_OVER_TIMEOUT_MS_MAX = 10_000;

/** A stream that keeps a queue, by its options. */
export function resolveStream(given: CheckedJetStreamOptions): ResolvedStream {
  const { url, tlsConfig: tls, timeoutMs, sends } = given;
  const credentials = resolveCredentials(given);
  return { ...placeOf(url), ...sizesOf(given), sends, credentials, tls, timeoutMs };
}

/** A stream that an endpoint hands over to; undefined for one that is reached by HTTP. */
export function resolveHandOver(
  endpoint: CheckedEndpointOptions,
  nats: CheckedHandOverOptions,
): ResolvedStream {
  const { url, tlsConfig: tls, writeTimeoutMs } = endpoint;
  return {
    ...placeOf(url),
    ...sizesOf(nats),
    // Whoever sends from it is another process.
    sends: false,
    credentials: ofFiles(nats, ["nats"]) ?? ofHttp(endpoint),
    tls,
    timeoutMs: Math.min(writeTimeoutMs, HAND_OVER_TIMEOUT_MS_MAX),
  };
}

function placeOf(url: string): Pick<ResolvedStream, "servers" | "stream"> {
  const place = readStreamUrl(url, "");
  assert(typeof place !== "string", "the URL of a stream was not checked");
  return place;
}

function sizesOf({ partitions, replicas, maxBytes, duplicateWindowMs }: CheckedHandOverOptions) {
  return { partitions, replicas, maxBytes, duplicateWindowMs };
}

function resolveCredentials(given: CheckedJetStreamOptions): StreamCredentials {
  const { username, password, passwordFile, token, tokenFile } = given;
  const files = ofFiles(given, []);
  if (files !== undefined) return files;
  if (username !== undefined) {
    const secret: Secret = passwordFile === undefined
      ? password ?? ""
      : { path: passwordFile, holds: "password", option: ["passwordFile"] };
    return { kind: "user", username, password: secret };
  }
  if (tokenFile !== undefined) {
    return { kind: "token", token: { path: tokenFile, holds: "token", option: ["tokenFile"] } };
  }
  return token === undefined ? { kind: "none" } : { kind: "token", token };
}

/** @param at where these options are */
function ofFiles(
  { credentialsFile, nkeySeedFile }: CheckedHandOverOptions,
  at: readonly string[],
): StreamCredentials | undefined {
  if (credentialsFile !== undefined) {
    const option = [...at, "credentialsFile"];
    const credentials = { path: credentialsFile, holds: "credentials of NATS", option } as const;
    return { kind: "credentials", credentials };
  }
  if (nkeySeedFile === undefined) return undefined;
  const option = [...at, "nkeySeedFile"];
  return { kind: "nkey", seed: { path: nkeySeedFile, holds: "seed of an nkey", option } };
}

/** What an endpoint has for HTTP: a user name and its password, or a token. */
function ofHttp(endpoint: CheckedEndpointOptions): StreamCredentials {
  const identity = resolveIdentity(endpoint);
  switch (identity.kind) {
    case "basic":
      return { kind: "user", username: identity.username, password: identity.password };
    case "token":
      return { kind: "token", token: identity.token };
    default:
      return { kind: "none" };
  }
}
