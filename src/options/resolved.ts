import type { OnFull, OnRefused, StoreRules, WriterRules } from "../contracts.ts";
import type { SecretFile } from "../credentials.ts";
import type { Labels, ProtobufMessage } from "../types.ts";

/** {@link EndpointOptions} with every default filled in and every duration in milliseconds. */
export interface ResolvedEndpoint {
  readonly name: string;
  readonly url: string;
  /** Complete value of the Authorization header, where no file has a part of it; a secret. */
  readonly authorization: string | undefined;
  readonly secretFile: SecretFile | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly writeTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly maxRetryAttempts: number;
  readonly onRefused: OnRefused;
  readonly splitOnBadRequest: boolean;
  readonly batchCount: number;
  readonly flushIntervalMs: number;
  readonly parallelism: number;
  readonly externalLabels: Labels;
  readonly protobufMessage: ProtobufMessage;
  /** 0 without a cache. */
  readonly metadataCacheSize: number;
  readonly sends: {
    readonly histograms: boolean;
    readonly exemplars: boolean;
    readonly metadata: boolean;
  };
  readonly maxDiskBytes: number;
  readonly onFull: OnFull;
}

/** {@link QueueOptions} with every default filled in and every duration in milliseconds. */
export interface ResolvedOptions {
  readonly dataPath: string;
  readonly ttlMs: number;
  readonly maxSignalsToBatch: number;
  readonly batchIntervalMs: number;
  readonly groupCommitIntervalMs: number;
  readonly requestBytesMax: number;
  readonly uncompressedBytesMax: number;
  readonly seriesCacheBytesMax: number;
  readonly writerRules: WriterRules;
  readonly sync: Pick<StoreRules, "sync" | "syncIntervalMs">;
  readonly endpoints: readonly ResolvedEndpoint[];
  /** Each with the endpoint that gets it. */
  readonly drainOrphans: Readonly<Record<string, string>>;
  readonly forgetOrphans: readonly string[];
}
