import * as v from "valibot";
import { type OptionIssue, OptionsError } from "./options_error.ts";
import { OPTIONS } from "./options/schema.ts";
import type { BatchFormat, OnFull, StoreRules, SyncLevel, WriterRules } from "./contracts.ts";
import type { Labels, ProtobufMessage } from "./types.ts";

/** Milliseconds as a number, or a string with units as Prometheus writes them: "500ms", "5s", "1h30m". */
export type Duration = number | string;

/** User name and password for HTTP basic authentication. */
export interface BasicAuth {
  readonly username: string;
  readonly password: string;
}

/** The kinds of label names that are valid: any UTF-8, or the classic patterns alone. */
export type NameValidationScheme = "utf8" | "legacy";

/** One place that the signals go to. */
export interface EndpointOptions {
  /** Names the endpoint's directory: 1 to 64 letters, digits, `.`, `_`, `-`; unique, and not a name that walq uses there (`walq.lock`). */
  readonly name: string;
  /** http or https. */
  readonly url: string;
  readonly basicAuth?: BasicAuth;
  readonly bearerToken?: string;
  /** Value of the Authorization header after its type, with the type: "Bearer" unless told. */
  readonly authorizationType?: string;
  /** Added to every request; none that remote write itself defines. */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default "30s" */
  readonly writeTimeout?: Duration;
  /** First wait between attempts; doubles up to `retryBackoffMax`. @default "1s" */
  readonly retryBackoff?: Duration;
  /** @default "30s" */
  readonly retryBackoffMax?: Duration;
  /** 0 is without limit. @default 0 */
  readonly maxRetryAttempts?: number;
  /**
   * A request that is answered with 400 is sent again in halves, and those in
   * halves, until what is refused stands alone: only that is dropped as `rejected`.
   * Costs at most 64 attempts beyond those of the request; what is refused after
   * that is dropped as it is. @default false
   */
  readonly splitOnBadRequest?: boolean;
  /** Signals a request at most. @default 1000 */
  readonly batchCount?: number;
  /** How long a request waits to be filled. @default "1s" */
  readonly flushInterval?: Duration;
  /** Requests under way at once; a series always goes by the same one. @default 4 */
  readonly parallelism?: number;
  /** Added to series that have no such label. */
  readonly externalLabels?: Labels;
  /**
   * Remote write 1.0 or 2.0. An endpoint that answers as one that does not know 2.0
   * gets 1.0 from then on. @default "prometheus.WriteRequest"
   */
  readonly protobufMessage?: ProtobufMessage;
  /** Leave out metadata entries that are the same as one that the endpoint has taken. @default false */
  readonly metadataCacheEnabled?: boolean;
  /** Entries that are remembered for that. @default 1000 */
  readonly metadataCacheSize?: number;
  /** What is not sent counts as dropped for the reason `filtered`. @default true */
  readonly sendExemplars?: boolean;
  /** @default true */
  readonly sendNativeHistograms?: boolean;
  /** @default true */
  readonly sendMetadata?: boolean;
  /** Bytes that the endpoint's files take at most; 0 is without limit. @default 0 */
  readonly maxDiskBytes?: number;
  /**
   * What happens when they would be more: the oldest files are dropped, counted as
   * `disk_limit`, or commits are refused with `STORAGE`. @default "drop_oldest"
   */
  readonly onFull?: OnFull;
}

/** How signals become files. */
export interface PersistenceOptions {
  /**
   * walq's own format, or that of Alloy, which cannot hold exemplars, histograms
   * with custom buckets and start timestamps. Files of both are read, whatever is
   * set. @default "walq.metrics.v1"
   */
  readonly format?: BatchFormat;
  /** Signals a file holds at most, a commit that is larger aside. @default 10000 */
  readonly maxSignalsToBatch?: number;
  /** How long signals of commits that are not durable wait for a file. @default "5s" */
  readonly batchInterval?: Duration;
  /** How long a durable commit waits for others to share its flush. @default "20ms" */
  readonly groupCommitInterval?: Duration;
  /**
   * When a commit counts as durable. `commit`: when it would survive a power cut.
   * `interval`: when it would survive the process; a power cut loses at most what
   * came in the last `syncInterval`. `none`: the same, and a power cut loses what
   * the system has not written by itself (half a minute on Linux by default).
   * @default "commit"
   */
  readonly sync?: SyncLevel;
  /** For `sync: "interval"`. @default "1s" */
  readonly syncInterval?: Duration;
}

/** Bounds on what one call may bring. */
export interface LimitOptions {
  /** A request's bytes as they came. @default 33554432, or `uncompressedBytesMax` where that is less */
  readonly requestBytesMax?: number;
  /**
   * A request's bytes after decompression; at least `requestBytesMax`, as a request
   * only grows when it is unpacked. @default 134217728, or `requestBytesMax` where that is more
   */
  readonly uncompressedBytesMax?: number;
  /** Bytes of label sets kept for appends by reference. @default 16777216 */
  readonly seriesCacheBytesMax?: number;
  /** Labels a series may have; one with more is rejected by name of the rule. 0 is without limit. @default 0 */
  readonly labelLimit?: number;
  /** Bytes of a label's name; 0 is without limit. @default 0 */
  readonly labelNameLengthLimit?: number;
  /** Bytes of a label's value; 0 is without limit. @default 0 */
  readonly labelValueLengthLimit?: number;
}

/** What `Queue.open` takes. */
export interface QueueOptions {
  /** A directory that this queue alone owns; made when it is missing. */
  readonly dataPath: string;
  /** Samples older than this are refused on write, and dropped before each attempt. @default "2h" */
  readonly ttl?: Duration;
  /** Which label and metric names are valid on the way in. @default "utf8" */
  readonly nameValidationScheme?: NameValidationScheme;
  readonly persistence?: PersistenceOptions;
  readonly limits?: LimitOptions;
  readonly endpoints: readonly EndpointOptions[];
  /**
   * What becomes of directories that endpoints of earlier options have left, by
   * their names: they are sent to the endpoint that is named here, with its options.
   * What is not named here or in `forgetOrphans` stays and is reported.
   */
  readonly drainOrphans?: Readonly<Record<string, string>>;
  /** Names of such directories whose files are deleted. */
  readonly forgetOrphans?: readonly string[];
}

/** {@link EndpointOptions} with every default filled in and every duration in milliseconds. */
export interface ResolvedEndpoint {
  readonly name: string;
  readonly url: string;
  /** Complete value of the Authorization header; a secret. */
  readonly authorization: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly writeTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly maxRetryAttempts: number;
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
  readonly diskBytesMax: number;
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

/**
 * Checks options and fills in what is not given.
 *
 * @throws {OptionsError} that names everything that is wrong, with its path.
 */
export function resolveOptions(input: unknown): ResolvedOptions {
  const result = v.safeParse(OPTIONS, input);
  if (result.success) return result.output;
  throw new OptionsError(result.issues.map(toIssue));
}

function toIssue({ path, message }: v.BaseIssue<unknown>): OptionIssue {
  const steps = (path ?? []).map(({ key }) => typeof key === "number" ? key : String(key));
  return { path: steps, message };
}
