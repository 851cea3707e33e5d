/**
 * The keys of the configuration file: which of walq's options each is, and which
 * of Prometheus's keys walq does not have.
 */
import { PARALLELISM } from "../../limits.ts";
import { type Accept, blockOf, flagged, noted, only, refused, warned } from "./accepted.ts";

/** What a key holds. */
export type KeyKind =
  /** A number or a truth value, as YAML reads it. */
  | "value"
  /** A text, as it is written: `1` is "1". */
  | "text"
  /** A duration with a unit; a bare number is refused, as Prometheus refuses it. */
  | "duration"
  /** A map or a list of texts. */
  | "texts";

/** A supported key: what it holds, and walq's name for it where Prometheus has another. */
export interface Key {
  readonly kind: KeyKind;
  readonly name?: string;
  /** A whole number above this is taken as this, with a line in the log. */
  readonly most?: number;
  /** The value can be a secret. */
  readonly secret?: true;
  /** `$NAME` and `${NAME}` stand for environment variables. */
  readonly expands?: true;
}

/** One block of the file. */
export interface Block {
  readonly keys: Readonly<Record<string, Key>>;
  /** Blocks within it. */
  readonly blocks: readonly string[];
  /** Keys that Prometheus has and that set nothing here, where they say what walq does anyway or what has no meaning here. */
  readonly accepted?: Readonly<Record<string, Accept>>;
  /** Keys that Prometheus has and walq has not, and what to say of them. */
  readonly unsupported: Readonly<Record<string, string>>;
}

const NOT_YET = "walq does not support it yet";
const NO_SCRAPE =
  "walq does not scrape yet; let something else scrape and send here by remote write";
const NO_RULES = "walq is an agent and evaluates no rules";
const NO_READ = "walq is an agent and stores nothing to be read";

export const ROOT: Block = {
  keys: {},
  blocks: ["global", "remote_write", "queue", "server"],
  unsupported: {
    scrape_configs: NO_SCRAPE,
    scrape_config_files: NO_SCRAPE,
    rule_files: NO_RULES,
    alerting: NO_RULES,
    remote_read: NO_READ,
    storage: "where walq keeps its data is queue.data_path",
    tracing: NOT_YET,
    otlp: NOT_YET,
    runtime: "walq does not run on Go",
  },
};

export const GLOBAL: Block = {
  keys: {
    external_labels: { kind: "texts", expands: true },
    metric_name_validation_scheme: { kind: "text", name: "name_validation_scheme" },
  },
  blocks: [],
  accepted: {
    scrape_interval: noted(NO_SCRAPE),
    scrape_timeout: noted(NO_SCRAPE),
    evaluation_interval: noted(NO_RULES),
    rule_query_offset: noted(NO_RULES),
    query_log_file: noted(NO_READ),
  },
  unsupported: {
    scrape_protocols: NO_SCRAPE,
    scrape_failure_log_file: NO_SCRAPE,
    body_size_limit: NO_SCRAPE,
    sample_limit: NO_SCRAPE,
    label_limit: NO_SCRAPE,
    label_name_length_limit: NO_SCRAPE,
    label_value_length_limit: NO_SCRAPE,
    target_limit: NO_SCRAPE,
    keep_dropped_targets: NO_SCRAPE,
  },
};

export const REMOTE_WRITE: Block = {
  keys: {
    name: { kind: "text" },
    url: { kind: "text" },
    remote_timeout: { kind: "duration", name: "write_timeout" },
    headers: { kind: "texts", secret: true },
    bearer_token: { kind: "text", secret: true },
    bearer_token_file: { kind: "text" },
    protobuf_message: { kind: "text" },
    metadata_cache_enabled: { kind: "value" },
    metadata_cache_size: { kind: "value" },
    send_exemplars: { kind: "value" },
    send_native_histograms: { kind: "value" },
  },
  blocks: ["basic_auth", "authorization", "queue_config", "metadata_config"],
  accepted: {
    tls_config: blockOf({ insecure_skip_verify: flagged({ true: refused(NOT_YET) }) }, NOT_YET),
    follow_redirects: flagged({
      true: warned("walq follows no redirects, which could carry credentials elsewhere"),
    }),
    enable_http2: noted("walq speaks HTTP/1.1, with each endpoint over connections of its own"),
    proxy_from_environment: flagged({ true: refused(NOT_YET) }),
    round_robin_dns: flagged({ true: refused(NOT_YET) }),
  },
  unsupported: {
    write_relabel_configs: NOT_YET,
    sigv4: NOT_YET,
    oauth2: NOT_YET,
    azuread: NOT_YET,
    google_iam: NOT_YET,
    proxy_url: NOT_YET,
    proxy_connect_header: NOT_YET,
    no_proxy: NOT_YET,
    http_headers: "use headers",
  },
};

export const BASIC_AUTH: Block = {
  keys: {
    username: { kind: "text", secret: true },
    password: { kind: "text", secret: true },
    password_file: { kind: "text" },
  },
  blocks: [],
  unsupported: { username_file: NOT_YET },
};

export const AUTHORIZATION: Block = {
  keys: {
    type: { kind: "text" },
    credentials: { kind: "text", secret: true },
    credentials_file: { kind: "text" },
  },
  blocks: [],
  unsupported: {},
};

export const METADATA_CONFIG: Block = {
  keys: { send: { kind: "value", name: "send_metadata" } },
  blocks: [],
  accepted: {
    send_interval: noted("metadata is sent when it comes in"),
    max_samples_per_send: noted(
      "metadata goes with the samples: queue_config.max_samples_per_send",
    ),
  },
  unsupported: {},
};

export const QUEUE_CONFIG: Block = {
  keys: {
    max_samples_per_send: { kind: "value", name: "batch_count" },
    batch_send_deadline: { kind: "duration", name: "flush_interval" },
    min_backoff: { kind: "duration", name: "retry_backoff" },
    max_backoff: { kind: "duration", name: "retry_backoff_max" },
    max_shards: { kind: "value", name: "parallelism", most: PARALLELISM.max },
    batch_count: { kind: "value" },
    flush_interval: { kind: "duration" },
    retry_backoff: { kind: "duration" },
    retry_backoff_max: { kind: "duration" },
    max_retry_attempts: { kind: "value" },
    max_disk_bytes: { kind: "value" },
    on_full: { kind: "text" },
    on_refused: { kind: "text" },
    split_on_bad_request: { kind: "value" },
    parallelism: { kind: "value" },
  },
  blocks: [],
  accepted: {
    capacity: noted("what waits is on disk, not in memory"),
    min_shards: noted("the number of shards is fixed: max_shards"),
    retry_on_http_429: flagged({ false: refused("walq always retries a 429") }),
    sample_age_limit: only("0s", "use queue.ttl"),
  },
  unsupported: {},
};

export const QUEUE: Block = {
  keys: {
    data_path: { kind: "text" },
    ttl: { kind: "duration" },
    drain_orphans: { kind: "texts" },
    forget_orphans: { kind: "texts" },
  },
  blocks: ["persistence", "limits"],
  unsupported: {},
};

export const PERSISTENCE: Block = {
  keys: {
    format: { kind: "text" },
    max_signals_to_batch: { kind: "value" },
    batch_interval: { kind: "duration" },
    group_commit_interval: { kind: "duration" },
    sync: { kind: "text" },
    sync_interval: { kind: "duration" },
  },
  blocks: [],
  unsupported: {},
};

export const LIMITS: Block = {
  keys: {
    request_bytes_max: { kind: "value" },
    uncompressed_bytes_max: { kind: "value" },
    series_cache_bytes_max: { kind: "value" },
    label_limit: { kind: "value" },
    label_name_length_limit: { kind: "value" },
    label_value_length_limit: { kind: "value" },
  },
  blocks: [],
  unsupported: {},
};

export const SERVER: Block = {
  keys: {
    listen: { kind: "text" },
    allowed_hosts: { kind: "texts" },
    reading_bytes_max: { kind: "value" },
  },
  blocks: [],
  unsupported: {},
};

/** snake_case, as in the file, to camelCase, as in the options. */
export function toCamelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Every block of the file. */
export const BLOCKS: readonly Block[] = [
  ROOT,
  GLOBAL,
  REMOTE_WRITE,
  BASIC_AUTH,
  AUTHORIZATION,
  METADATA_CONFIG,
  QUEUE_CONFIG,
  QUEUE,
  PERSISTENCE,
  LIMITS,
  SERVER,
];
