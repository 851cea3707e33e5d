// Written by `npm run build:options`, from the rows in src/options/tables/.
import type { BatchFormat, OnFull, OnRefused, SyncLevel, TlsVersion } from "../contracts.ts";
import type { Labels, ProtobufMessage } from "../types.ts";
import type { NameValidationScheme, RelabelAction } from "./values.ts";

/** {@link PersistenceOptions}, checked: every option has its value, and a number its unit. */
export interface CheckedPersistenceOptions {
  readonly format: BatchFormat;
  readonly maxSignalsToBatch: number;
  readonly batchIntervalMs: number;
  readonly groupCommitIntervalMs: number;
  readonly sync: SyncLevel;
  readonly syncIntervalMs: number;
}

/** {@link LimitOptions}, checked: every option has its value, and a number its unit. */
export interface CheckedLimitOptions {
  readonly requestBytesMax: number | undefined;
  readonly uncompressedBytesMax: number | undefined;
  readonly seriesCacheBytesMax: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
}

/** {@link BasicAuth}, checked: every option has its value, and a number its unit. */
export interface CheckedBasicAuth {
  readonly username: string | undefined;
  readonly usernameFile: string | undefined;
  readonly password: string | undefined;
  readonly passwordFile: string | undefined;
}

/** {@link HttpHeader}, checked: every option has its value, and a number its unit. */
export interface CheckedHttpHeader {
  readonly values: readonly string[] | undefined;
  readonly secrets: readonly string[] | undefined;
  readonly files: readonly string[] | undefined;
}

/** {@link TlsOptions}, checked: every option has its value, and a number its unit. */
export interface CheckedTlsOptions {
  readonly ca: string | undefined;
  readonly caFile: string | undefined;
  readonly cert: string | undefined;
  readonly certFile: string | undefined;
  readonly key: string | undefined;
  readonly keyFile: string | undefined;
  readonly serverName: string | undefined;
  readonly insecureSkipVerify: boolean;
  readonly minVersion: TlsVersion | undefined;
  readonly maxVersion: TlsVersion | undefined;
}

/** {@link RelabelConfig}, checked: every option has its value, and a number its unit. */
export interface CheckedRelabelConfig {
  readonly sourceLabels: readonly string[] | undefined;
  readonly separator: string;
  readonly regex: string | undefined;
  readonly modulus: number;
  readonly targetLabel: string;
  readonly replacement: string;
  readonly action: RelabelAction;
}

/** {@link EndpointOptions}, checked: every option has its value, and a number its unit. */
export interface CheckedEndpointOptions {
  readonly name: string;
  readonly url: string;
  readonly writeTimeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly basicAuth: CheckedBasicAuth | undefined;
  readonly bearerToken: string | undefined;
  readonly bearerTokenFile: string | undefined;
  readonly authorizationType: string | undefined;
  readonly httpHeaders: Readonly<Record<string, CheckedHttpHeader>> | undefined;
  readonly tlsConfig: CheckedTlsOptions | undefined;
  readonly proxyUrl: string | undefined;
  readonly noProxy: string | undefined;
  readonly proxyFromEnvironment: boolean;
  readonly proxyConnectHeader: Readonly<Record<string, readonly string[]>> | undefined;
  readonly followRedirects: boolean;
  readonly roundRobinDns: boolean;
  readonly protobufMessage: ProtobufMessage;
  readonly metadataCacheEnabled: boolean;
  readonly metadataCacheSize: number;
  readonly sendExemplars: boolean;
  readonly sendNativeHistograms: boolean;
  readonly batchCount: number;
  readonly flushIntervalMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMsMax: number;
  readonly parallelism: number;
  readonly maxRetryAttempts: number;
  readonly maxDiskBytes: number;
  readonly onFull: OnFull;
  readonly onRefused: OnRefused;
  readonly splitOnBadRequest: boolean;
  readonly sendMetadata: boolean;
  readonly externalLabels: Labels;
  readonly writeRelabelConfigs: readonly CheckedRelabelConfig[];
}

/** {@link QueueOptions}, checked: every option has its value, and a number its unit. */
export interface CheckedQueueOptions {
  readonly dataPath: string;
  readonly ttlMs: number;
  readonly nameValidationScheme: NameValidationScheme;
  readonly persistence: CheckedPersistenceOptions;
  readonly limits: CheckedLimitOptions;
  readonly endpoints: readonly CheckedEndpointOptions[];
  readonly drainOrphans: Readonly<Record<string, string>>;
  readonly forgetOrphans: readonly string[];
}
