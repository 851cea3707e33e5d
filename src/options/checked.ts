// Written by `npm run build:options`, from the rows in src/options/tables/.
import type {
  BatchFormat,
  OnFull,
  OnRefused,
  SendOrder,
  SyncLevel,
  TlsVersion,
} from "../contracts.ts";
import type { AzureCloud, OAuth2GrantType, OAuth2SignatureAlgorithm } from "../credentials.ts";
import type { Labels, ProtobufMessage, RequestCompression } from "../types.ts";
import type { NameValidationScheme, RelabelAction } from "./values.ts";

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

/** {@link JetStreamOptions}, checked: every option has its value, and a number its unit. */
export interface CheckedJetStreamOptions {
  readonly url: string;
  readonly partitions: number;
  readonly replicas: number;
  readonly maxBytes: number;
  readonly duplicateWindowMs: number;
  readonly credentialsFile: string | undefined;
  readonly nkeySeedFile: string | undefined;
  readonly sends: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly passwordFile: string | undefined;
  readonly token: string | undefined;
  readonly tokenFile: string | undefined;
  readonly tlsConfig: CheckedTlsOptions | undefined;
  readonly timeoutMs: number;
}

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

/** {@link HandOverOptions}, checked: every option has its value, and a number its unit. */
export interface CheckedHandOverOptions {
  readonly partitions: number;
  readonly replicas: number;
  readonly maxBytes: number;
  readonly duplicateWindowMs: number;
  readonly credentialsFile: string | undefined;
  readonly nkeySeedFile: string | undefined;
}

/** {@link BasicAuth}, checked: every option has its value, and a number its unit. */
export interface CheckedBasicAuth {
  readonly username: string | undefined;
  readonly usernameFile: string | undefined;
  readonly password: string | undefined;
  readonly passwordFile: string | undefined;
}

/** {@link OAuth2}, checked: every option has its value, and a number its unit. */
export interface CheckedOAuth2 {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly clientSecretFile: string | undefined;
  readonly grantType: OAuth2GrantType;
  readonly clientCertificateKey: string | undefined;
  readonly clientCertificateKeyFile: string | undefined;
  readonly clientCertificateKeyId: string | undefined;
  readonly signatureAlgorithm: OAuth2SignatureAlgorithm;
  readonly iss: string | undefined;
  readonly audience: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly scopes: readonly string[];
  readonly tokenUrl: string;
  readonly endpointParams: Readonly<Record<string, string>>;
  readonly tlsConfig: CheckedTlsOptions | undefined;
  readonly proxyUrl: string | undefined;
  readonly noProxy: string | undefined;
  readonly proxyFromEnvironment: boolean;
  readonly proxyConnectHeader: Readonly<Record<string, readonly string[]>> | undefined;
}

/** {@link HttpHeader}, checked: every option has its value, and a number its unit. */
export interface CheckedHttpHeader {
  readonly values: readonly string[] | undefined;
  readonly secrets: readonly string[] | undefined;
  readonly files: readonly string[] | undefined;
}

/** {@link SigV4}, checked: every option has its value, and a number its unit. */
export interface CheckedSigV4 {
  readonly region: string | undefined;
  readonly accessKey: string | undefined;
  readonly secretKey: string | undefined;
  readonly profile: string | undefined;
  readonly roleArn: string | undefined;
  readonly externalId: string | undefined;
  readonly useFipsStsEndpoint: boolean;
  readonly serviceName: string;
}

/** {@link AzureManagedIdentity}, checked: every option has its value, and a number its unit. */
export interface CheckedAzureManagedIdentity {
  readonly clientId: string | undefined;
}

/** {@link AzureWorkloadIdentity}, checked: every option has its value, and a number its unit. */
export interface CheckedAzureWorkloadIdentity {
  readonly clientId: string;
  readonly tenantId: string;
  readonly tokenFilePath: string;
}

/** {@link AzureClient}, checked: every option has its value, and a number its unit. */
export interface CheckedAzureClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tenantId: string;
}

/** {@link AzureAd}, checked: every option has its value, and a number its unit. */
export interface CheckedAzureAd {
  readonly cloud: AzureCloud;
  readonly scope: string | undefined;
  readonly managedIdentity: CheckedAzureManagedIdentity | undefined;
  readonly workloadIdentity: CheckedAzureWorkloadIdentity | undefined;
  readonly oauth: CheckedAzureClient | undefined;
}

/** {@link RelabelConfig}, checked: every option has its value, and a number its unit. */
export interface CheckedRelabelConfig {
  readonly sourceLabels: readonly string[] | undefined;
  readonly separator: string;
  readonly regex: string | undefined;
  readonly modulus: number | string;
  readonly targetLabel: string;
  readonly replacement: string;
  readonly action: RelabelAction;
}

/** {@link EndpointOptions}, checked: every option has its value, and a number its unit. */
export interface CheckedEndpointOptions {
  readonly name: string;
  readonly url: string;
  readonly nats: CheckedHandOverOptions | undefined;
  readonly writeTimeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly basicAuth: CheckedBasicAuth | undefined;
  readonly bearerToken: string | undefined;
  readonly bearerTokenFile: string | undefined;
  readonly authorizationType: string | undefined;
  readonly oauth2: CheckedOAuth2 | undefined;
  readonly httpHeaders: Readonly<Record<string, CheckedHttpHeader>> | undefined;
  readonly tlsConfig: CheckedTlsOptions | undefined;
  readonly proxyUrl: string | undefined;
  readonly noProxy: string | undefined;
  readonly proxyFromEnvironment: boolean;
  readonly proxyConnectHeader: Readonly<Record<string, readonly string[]>> | undefined;
  readonly followRedirects: boolean;
  readonly roundRobinDns: boolean;
  readonly sigv4: CheckedSigV4 | undefined;
  readonly azuread: CheckedAzureAd | undefined;
  readonly protobufMessage: ProtobufMessage | undefined;
  readonly metadataCacheEnabled: boolean;
  readonly metadataCacheSize: number;
  readonly sendExemplars: boolean;
  readonly sendNativeHistograms: boolean;
  readonly batchCount: number | undefined;
  readonly batchCountMax: number | undefined;
  readonly flushIntervalMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMsMax: number;
  readonly minShards: number | undefined;
  readonly maxShards: number | undefined;
  readonly parallelism: number | undefined;
  readonly driftScaleUpMs: number;
  readonly driftScaleDownMs: number;
  readonly desiredCheckIntervalMs: number;
  readonly desiredConnectionsLookbackMs: number;
  readonly networkFlushIntervalMs: number;
  readonly allowedNetworkErrorFraction: number;
  readonly maxRetryAttempts: number;
  readonly sampleAgeLimitMs: number;
  readonly compression: RequestCompression;
  readonly rateLimit: number;
  readonly maxDiskBytes: number;
  readonly onFull: OnFull;
  readonly rejectedBytesMax: number;
  readonly rejectedAgeMsMax: number;
  readonly keepDeliveredMs: number;
  readonly keepDeliveredBytesMax: number;
  readonly onRefused: OnRefused;
  readonly splitOnBadRequest: boolean;
  readonly sendOrder: SendOrder;
  readonly freshFirstAfterMs: number;
  readonly sendMetadata: boolean;
  readonly metadataSendIntervalMs: number;
  readonly externalLabels: Labels;
  readonly writeRelabelConfigs: readonly CheckedRelabelConfig[];
}

/** {@link QueueOptions}, checked: every option has its value, and a number its unit. */
export interface CheckedQueueOptions {
  readonly dataPath: string;
  readonly store: CheckedJetStreamOptions | undefined;
  readonly ttlMs: number;
  readonly nameValidationScheme: NameValidationScheme;
  readonly sequenceSeriesMs: number;
  readonly persistence: CheckedPersistenceOptions;
  readonly limits: CheckedLimitOptions;
  readonly endpoints: readonly CheckedEndpointOptions[];
  readonly drainOrphans: Readonly<Record<string, string>>;
  readonly forgetOrphans: readonly string[];
}
