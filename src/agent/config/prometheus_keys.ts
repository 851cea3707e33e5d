/**
 * The keys of Prometheus's file that are no options of walq, by the block that they are
 * in: what becomes of each, and what to say of it.
 */
import { blockOf, flagged, noted, only, refused, warned } from "./accepted.ts";
import type { PrometheusKeys } from "./file_block.ts";

const NOT_YET = "walq does not support it yet";
const NO_SCRAPE =
  "walq does not scrape yet; let something else scrape and send here by remote write";
const NO_RULES = "walq is an agent and evaluates no rules";
const NO_READ = "walq is an agent and stores nothing to be read";

/** From the top of the file, whose path is empty. */
export const PROMETHEUS_KEYS: Readonly<Record<string, PrometheusKeys>> = {
  "": {
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
  },
  global: {
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
  },
  remote_write: {
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
    atMostOne: [["basic_auth"], ["authorization"], ["bearer_token", "bearer_token_file"]],
  },
  "remote_write.basic_auth": {
    unsupported: { username_file: NOT_YET },
  },
  "remote_write.authorization": {
    needs: "credentials",
  },
  "remote_write.queue_config": {
    accepted: {
      capacity: noted("what waits is on disk, not in memory"),
      min_shards: noted("the number of shards is fixed: max_shards"),
      retry_on_http_429: flagged({ false: refused("walq always retries a 429") }),
      sample_age_limit: only("0s", "use queue.ttl"),
    },
  },
  "remote_write.metadata_config": {
    accepted: {
      send_interval: noted("metadata is sent when it comes in"),
      max_samples_per_send: noted(
        "metadata goes with the samples: queue_config.max_samples_per_send",
      ),
    },
  },
};
