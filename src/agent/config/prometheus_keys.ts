/**
 * The keys of Prometheus's file that are no options of walq, by the block that they are
 * in: what becomes of each, and what to say of it.
 */
import { age, flag, sizeOrZero } from "../../options/kinds.ts";
import { emptyOnly, flagged, missed, noted, notedBlock, warned } from "./accepted.ts";
import type { PrometheusKeys } from "./file_block.ts";
import {
  anyInteger,
  anyText,
  count,
  ESCAPING,
  OTLP,
  otlpRule,
  SCRAPE_PROTOCOLS,
  STORAGE,
  TRACING,
  tracingRule,
} from "./prometheus_shapes.ts";

const NO_SCRAPE =
  "walq does not scrape yet; let something else scrape and send here by remote write";
const NO_RULES = "walq is an agent and evaluates no rules";
const NO_PROVIDERS = "walq has no secret providers; a key that ends in _file does it";
const NO_READ = "walq is an agent and stores nothing to be read";
const ANY_AGE = age("0s", "3650d");

/** From the top of the file, whose path is empty. */
export const PROMETHEUS_KEYS: Readonly<Record<string, PrometheusKeys>> = {
  "": {
    accepted: {
      storage: notedBlock("where walq keeps its data is queue.data_path", STORAGE),
      tracing: notedBlock("walq writes no traces", TRACING, tracingRule),
      otlp: notedBlock("walq takes no OTLP yet", OTLP, otlpRule),
      runtime: notedBlock("walq does not run on Go", { gogc: anyInteger() }),
      rule_files: emptyOnly(NO_RULES),
      alerting: emptyOnly(NO_RULES),
      remote_read: emptyOnly(NO_READ),
      scrape_configs: missed("not collected", NO_SCRAPE),
      scrape_config_files: missed("not read", NO_SCRAPE),
    },
  },
  global: {
    accepted: {
      scrape_interval: noted(NO_SCRAPE, ANY_AGE),
      scrape_timeout: noted(NO_SCRAPE, ANY_AGE),
      scrape_protocols: noted(NO_SCRAPE, SCRAPE_PROTOCOLS),
      evaluation_interval: noted(NO_RULES, ANY_AGE),
      rule_query_offset: noted(NO_RULES, ANY_AGE),
      query_log_file: noted(NO_READ, anyText()),
      scrape_failure_log_file: noted(NO_SCRAPE, anyText()),
      body_size_limit: noted(NO_SCRAPE, sizeOrZero("1B", "1PiB")),
      sample_limit: noted(NO_SCRAPE, count()),
      label_limit: noted(NO_SCRAPE, count()),
      label_name_length_limit: noted(NO_SCRAPE, count()),
      label_value_length_limit: noted(NO_SCRAPE, count()),
      target_limit: noted(NO_SCRAPE, count()),
      keep_dropped_targets: noted(NO_SCRAPE, count()),
      metric_name_escaping_scheme: noted(NO_SCRAPE, ESCAPING),
      scrape_native_histograms: noted(NO_SCRAPE, flag()),
      always_scrape_classic_histograms: noted(NO_SCRAPE, flag()),
      convert_classic_histograms_to_nhcb: noted(NO_SCRAPE, flag()),
      extra_scrape_metrics: noted(NO_SCRAPE, flag()),
    },
  },
  remote_write: {
    accepted: {
      enable_http2: noted(
        "walq speaks HTTP/1.1, with each endpoint over connections of its own",
        flag(),
      ),
      failed_request_logging: noted("what an endpoint refuses is in the log anyway", flag()),
    },
    unsupported: {
      google_iam: "Google Cloud takes no remote write by it, Prometheus's documents say",
    },
    atMostOne: [
      ["basic_auth"],
      ["authorization"],
      ["bearer_token", "bearer_token_file"],
      ["oauth2"],
      ["sigv4"],
      ["azuread"],
    ],
  },
  "remote_write.basic_auth": {
    unsupported: { username_ref: NO_PROVIDERS, password_ref: NO_PROVIDERS },
  },
  "remote_write.authorization": {
    unsupported: { credentials_ref: NO_PROVIDERS },
    needs: "credentials",
  },
  "remote_write.tls_config": {
    unsupported: { ca_ref: NO_PROVIDERS, cert_ref: NO_PROVIDERS, key_ref: NO_PROVIDERS },
  },
  "remote_write.oauth2": {
    unsupported: {
      client_secret_ref: NO_PROVIDERS,
      client_certificate_key_ref: NO_PROVIDERS,
    },
  },
  "remote_write.oauth2.tls_config": {
    unsupported: { ca_ref: NO_PROVIDERS, cert_ref: NO_PROVIDERS, key_ref: NO_PROVIDERS },
  },
  "remote_write.azuread": {
    unsupported: {
      certificate: "walq signs no certificates' assertions; use workload_identity or oauth",
      sdk: "walq has not the chain of Azure's SDK; say which: managed_identity, " +
        "workload_identity or oauth",
    },
  },
  "remote_write.queue_config": {
    accepted: {
      capacity: noted("what waits is on disk, not in memory", anyInteger()),
      retry_on_http_429: flagged({
        false: warned("walq tries again after a 429, as it drops nothing that may be taken later"),
      }),
    },
  },
  "remote_write.metadata_config": {
    accepted: {
      send_interval: noted("metadata is sent when it comes in", ANY_AGE),
      max_samples_per_send: noted(
        "metadata goes with the samples: queue_config.max_samples_per_send",
        anyInteger(),
      ),
    },
  },
};
