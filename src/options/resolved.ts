import type { ParallelismRules, StoreRules, WriterRules } from "../contracts.ts";
import type { ConnectionSource } from "../connection/source.ts";
import type { Credentials } from "../credentials.ts";
import type {
  CheckedEndpointOptions,
  CheckedLimitOptions,
  CheckedPersistenceOptions,
  CheckedQueueOptions,
} from "./checked.ts";
import type { NameValidationScheme } from "./values.ts";

/** What an endpoint works with: its options, and what is made of those that belong together. */
export interface ResolvedEndpoint extends
  Omit<
    CheckedEndpointOptions,
    CredentialOptions | ConnectionOptions | Sends | Shards | BatchCounts
  >,
  ParallelismRules {
  /** Who walq is before it; full of secrets. */
  readonly credentials: Credentials;
  /** Which names of labels `writeRelabelConfigs` may make. */
  readonly labelNames: NameValidationScheme;
  /** How connections to it are made, where the URL alone does not say it; may have secrets. */
  readonly connection: ConnectionSource | undefined;
  /** The same for who gives out its tokens. */
  readonly tokenConnection: ConnectionSource | undefined;
  /** Signals at which a request leaves at once, where its shard has nothing to do. */
  readonly batchCount: number;
  /** Signals in a request at most. */
  readonly batchCountMax: number;
  /** 0 without a cache. */
  readonly metadataCacheSize: number;
  readonly sends: {
    readonly histograms: boolean;
    readonly exemplars: boolean;
    readonly metadata: boolean;
  };
}

/** The options that say who walq is. */
export type CredentialOptions =
  | "basicAuth"
  | "bearerToken"
  | "bearerTokenFile"
  | "authorizationType"
  | "oauth2"
  | "sigv4"
  | "azuread"
  | "httpHeaders";
/** The options that say how it connects. */
export type ConnectionOptions =
  | "tlsConfig"
  | "proxyUrl"
  | "noProxy"
  | "proxyFromEnvironment"
  | "proxyConnectHeader"
  | "roundRobinDns";
type Sends = "metadataCacheEnabled" | "sendExemplars" | "sendNativeHistograms" | "sendMetadata";

type BatchCounts = "batchCount" | "batchCountMax";

type Shards = "minShards" | "maxShards" | "parallelism";

/** What a queue works with. */
export interface ResolvedOptions
  extends
    Omit<CheckedQueueOptions, "nameValidationScheme" | "persistence" | "limits" | "endpoints">,
    Omit<CheckedPersistenceOptions, "format" | "sync" | "syncIntervalMs">,
    Omit<CheckedLimitOptions, LabelLimits> {
  readonly requestBytesMax: number;
  readonly uncompressedBytesMax: number;
  readonly writerRules: WriterRules;
  readonly sync: Pick<StoreRules, "sync" | "syncIntervalMs">;
  readonly endpoints: readonly ResolvedEndpoint[];
}

type LabelLimits = "labelLimit" | "labelNameLengthLimit" | "labelValueLengthLimit";
