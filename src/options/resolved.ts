import type { ParallelismRules, StoreRules, StreamWishes, WriterRules } from "../contracts.ts";
import type { ConnectionSource, TlsSource } from "../connection/source.ts";
import type { Credentials, StreamCredentials } from "../credentials.ts";
import type {
  CheckedEndpointOptions,
  CheckedLimitOptions,
  CheckedPersistenceOptions,
  CheckedQueueOptions,
} from "./checked.ts";
import type { ProtobufMessage } from "../types.ts";
import type { NameValidationScheme } from "./values.ts";

/** A stream of NATS JetStream: where it is, how it is made, and who walq is before its servers. */
export interface ResolvedStream extends StreamWishes {
  /** `host:port`, of one or more that belong together. */
  readonly servers: readonly string[];
  /** How many there have to be in it. */
  readonly partitions: number;
  /** Whether this process sends what is in it. */
  readonly sends: boolean;
  /** May be full of secrets. */
  readonly credentials: StreamCredentials;
  /** Undefined is TLS where the servers ask for it, by those whom the runtime trusts. */
  readonly tls: TlsSource | undefined;
  /** How long a server may take to answer. */
  readonly timeoutMs: number;
}

/** What an endpoint works with: its options, and what is made of those that belong together. */
export interface ResolvedEndpoint extends
  Omit<
    CheckedEndpointOptions,
    CredentialOptions | ConnectionOptions | Sends | Shards | BatchCounts | "nats"
  >,
  ParallelismRules {
  readonly protobufMessage: ProtobufMessage;
  /** Where it is a stream of NATS, that; then what is said of HTTP says nothing. */
  readonly stream: ResolvedStream | undefined;
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
export interface ResolvedOptions extends
  Omit<
    CheckedQueueOptions,
    "nameValidationScheme" | "persistence" | "limits" | "endpoints" | "store"
  >,
  Omit<CheckedPersistenceOptions, "format" | "sync" | "syncIntervalMs">,
  Omit<CheckedLimitOptions, LabelLimits> {
  readonly requestBytesMax: number;
  readonly uncompressedBytesMax: number;
  readonly writerRules: WriterRules;
  readonly sync: Pick<StoreRules, "sync" | "syncIntervalMs">;
  /** Undefined is files. */
  readonly store: ResolvedStream | undefined;
  readonly endpoints: readonly ResolvedEndpoint[];
}

type LabelLimits = "labelLimit" | "labelNameLengthLimit" | "labelValueLengthLimit";
