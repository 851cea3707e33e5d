import * as v from "valibot";
import type { Credentials } from "../credentials.ts";
import type {
  CheckedEndpointOptions,
  CheckedLimitOptions,
  CheckedQueueOptions,
} from "./checked.ts";
import { stepsOf } from "./checks.ts";
import { resolveConnection } from "./resolve_connection.ts";
import { resolveCredentials } from "./resolve_credentials.ts";
import { resolveHandOver, resolveStream } from "./resolve_stream.ts";
import { type OptionIssue, OptionsError } from "./options_error.ts";
import type { ResolvedEndpoint, ResolvedOptions } from "./resolved.ts";
import { resolveBatchCounts } from "./tables/batch_count.ts";
import { resolveShards } from "./tables/parallelism.ts";
import { QUEUE } from "./tables/queue.ts";
import { HAND_OVER } from "./tables/stream.ts";
import { isStreamUrl } from "../stream_url.ts";
import type { ProtobufMessage } from "../types.ts";
import type { NameValidationScheme } from "./values.ts";

const REQUEST_BYTES_DEFAULT = 8_388_608;
/** 66,000 samples of ten labels in 1.0, far more in 2.0; and a host with 256 MiB can bear it, whatever the bytes are. */
const UNCOMPRESSED_BYTES_DEFAULT = 16_777_216;

const MESSAGE_V1: ProtobufMessage = "prometheus.WriteRequest";
/** Without it exemplars, start timestamps and histograms with custom buckets would be lost on the way. */
const MESSAGE_V2: ProtobufMessage = "io.prometheus.write.v2.Request";
/** Before a stream it is the stream's credentials that say who walq is. */
const NOBODY: Credentials = { identity: { kind: "none" }, secretHeaders: [] };

/**
 * Checks options and fills in what is not given.
 *
 * @throws {OptionsError} that names everything that is wrong, with its path.
 */
export function resolveOptions(input: unknown): ResolvedOptions {
  const result = v.safeParse(QUEUE.check, input);
  if (result.success) return resolveQueue(result.output);
  throw new OptionsError(result.issues.map(toIssue));
}

/** An issue of a check, as an error of the options has it. */
export function toIssue({ path, message }: v.BaseIssue<unknown>): OptionIssue {
  return { ...stepsOf(path), message };
}

function resolveQueue(queue: CheckedQueueOptions): ResolvedOptions {
  const { nameValidationScheme: names, persistence, limits, endpoints, store, ...own } = queue;
  const { format, sync, syncIntervalMs, ...batches } = persistence;
  const { labelLimit, labelNameLengthLimit, labelValueLengthLimit, ...sizes } = limits;
  return {
    ...own,
    ...batches,
    ...sizes,
    ...resolveSizes(limits),
    writerRules: { format, names, labelLimit, labelNameLengthLimit, labelValueLengthLimit },
    sync: { sync, syncIntervalMs },
    store: store && resolveStream(store),
    endpoints: endpoints.map((endpoint) => resolveEndpoint(endpoint, names)),
  };
}

/** What is not given follows what is: see the rule of the table. */
function resolveSizes(
  limits: CheckedLimitOptions,
): { readonly requestBytesMax: number; readonly uncompressedBytesMax: number } {
  const { uncompressedBytesMax = Infinity } = limits;
  const { requestBytesMax = Math.min(REQUEST_BYTES_DEFAULT, uncompressedBytesMax) } = limits;
  return {
    requestBytesMax,
    uncompressedBytesMax: limits.uncompressedBytesMax ??
      Math.max(UNCOMPRESSED_BYTES_DEFAULT, requestBytesMax),
  };
}

function resolveEndpoint(
  endpoint: CheckedEndpointOptions,
  labelNames: NameValidationScheme,
): ResolvedEndpoint {
  const {
    basicAuth: _basicAuth,
    bearerToken: _bearerToken,
    bearerTokenFile: _bearerTokenFile,
    authorizationType: _authorizationType,
    oauth2,
    sigv4: _sigv4,
    azuread: _azuread,
    httpHeaders: _httpHeaders,
    tlsConfig: _tls,
    proxyUrl: _proxy,
    noProxy: _noProxy,
    proxyFromEnvironment: _environment,
    proxyConnectHeader: _header,
    roundRobinDns,
    metadataCacheEnabled,
    sendExemplars: exemplars,
    sendNativeHistograms: histograms,
    sendMetadata: metadata,
    parallelism: _fixed,
    nats,
    protobufMessage,
    ...own
  } = endpoint;
  const stream = isStreamUrl(own.url)
    ? resolveHandOver(endpoint, nats ?? v.parse(HAND_OVER.check, {}))
    : undefined;
  return {
    ...own,
    stream,
    protobufMessage: protobufMessage ?? (stream ? MESSAGE_V2 : MESSAGE_V1),
    ...resolveShards(endpoint),
    ...resolveBatchCounts(endpoint),
    credentials: stream ? NOBODY : resolveCredentials(endpoint),
    labelNames,
    connection: stream ? undefined : resolveConnection(endpoint, roundRobinDns),
    tokenConnection: oauth2 && resolveConnection(oauth2, false),
    metadataCacheSize: metadataCacheEnabled ? own.metadataCacheSize : 0,
    sends: { histograms, exemplars, metadata },
  };
}
