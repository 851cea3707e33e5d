/**
 * The keys of Prometheus's file that are no options of walq, by the block that they are
 * in: what becomes of each, and what to say of it.
 */
import { age, anyInteger, anyText, count, flag, positive } from "../../options/kinds.ts";
import { checkedBlock, emptyOnly, flagged, noted, notedBlock, warned } from "./accepted.ts";
import type { PrometheusKeys } from "./file_block.ts";
import { OTLP, otlpRule, STORAGE, TRACING, tracingRule } from "./prometheus_shapes.ts";

const NO_RULES = "walq is an agent and evaluates no rules";
const NO_PROVIDERS = "walq has no secret providers; a key that ends in _file does it";
const NO_READ = "walq is an agent and stores nothing to be read";
const NO_HTTP2 = "walq speaks HTTP/1.1, with each endpoint over connections of its own";
const NO_DISCOVERY =
  "walq finds no targets there by itself; something that answers http_sd_configs can tell it";
const ANY_AGE = age("0s", "3650d");

/** Those of Prometheus's discoveries that walq has not. */
const FOREIGN_DISCOVERIES = [
  "aws",
  "azure",
  "digitalocean",
  "dockerswarm",
  "ec2",
  "ecs",
  "elasticache",
  "eureka",
  "gce",
  "hetzner",
  "ionos",
  "kuma",
  "lightsail",
  "linode",
  "marathon",
  "msk",
  "nerve",
  "nomad",
  "oci",
  "openstack",
  "outscale",
  "ovhcloud",
  "puppetdb",
  "rds",
  "scaleway",
  "serverset",
  "stackit",
  "triton",
  "uyuni",
  "vultr",
] as const;

/** From the top of the file, whose path is empty. */
export const PROMETHEUS_KEYS: Readonly<Record<string, PrometheusKeys>> = {
  "": {
    accepted: {
      storage: notedBlock("where walq keeps its data is queue.data_path", STORAGE),
      tracing: notedBlock("walq writes no traces", TRACING, tracingRule),
      otlp: checkedBlock("as in Prometheus: [OpenTelemetry](otlp.md)", OTLP, otlpRule),
      runtime: notedBlock("walq does not run on Go", { gogc: anyInteger() }),
      rule_files: emptyOnly(NO_RULES),
      alerting: emptyOnly(NO_RULES),
      remote_read: emptyOnly(NO_READ),
    },
  },
  global: {
    accepted: {
      evaluation_interval: noted(NO_RULES, ANY_AGE),
      rule_query_offset: noted(NO_RULES, ANY_AGE),
      query_log_file: noted(NO_READ, anyText()),
      query_max_series: noted(NO_READ, count()),
      query_max_samples_read: noted(NO_READ, count()),
      query_max_duration: noted(NO_READ, ANY_AGE),
    },
  },
  ...clientKeys("remote_write", {
    accepted: {
      failed_request_logging: noted("what an endpoint refuses is in the log anyway", flag()),
      convert_nhcb_to_classic: flagged({
        true: warned("walq sends histograms with custom buckets as they are"),
      }),
    },
    unsupported: {
      google_iam: "Google Cloud takes no remote write by it, Prometheus's documents say",
    },
    atMostOne: [["sigv4"], ["azuread"]],
  }),
  "remote_write.azuread": {
    unsupported: {
      certificate: "walq signs no certificates' assertions; use workload_identity or oauth",
      sdk: "walq has not the chain of Azure's SDK; say which: managed_identity, " +
        "workload_identity or oauth",
    },
  },
  "remote_write.queue_config": {
    accepted: {
      capacity: noted("what waits is on disk, not in memory", positive()),
      retry_on_http_429: flagged({
        false: warned("walq tries again after a 429, as it drops nothing that may be taken later"),
      }),
    },
  },
  "remote_write.metadata_config": {
    accepted: {
      max_samples_per_send: noted(
        "metadata goes with the samples: queue_config.max_samples_per_send",
        anyInteger(),
      ),
    },
  },
  ...clientKeys("scrape_configs", {
    accepted: Object.fromEntries(
      FOREIGN_DISCOVERIES.map((name) => [`${name}_sd_configs`, emptyOnly(NO_DISCOVERY)]),
    ),
  }),
  ...clientKeys("scrape_configs.http_sd_configs"),
  ...clientKeys("scrape_configs.docker_sd_configs"),
  ...clientKeys("scrape_configs.consul_sd_configs"),
  ...clientKeys("scrape_configs.kubernetes_sd_configs"),
};

/** What Prometheus has in each block that says how an HTTP server is asked. */
function clientKeys(path: string, more: PrometheusKeys = {}): Record<string, PrometheusKeys> {
  const refs = (...names: readonly string[]): PrometheusKeys => ({
    unsupported: Object.fromEntries(names.map((name) => [`${name}_ref`, NO_PROVIDERS])),
  });
  return {
    [path]: {
      ...more,
      accepted: { enable_http2: noted(NO_HTTP2, flag()), ...more.accepted },
      atMostOne: [
        ["basic_auth"],
        ["authorization"],
        ["bearer_token", "bearer_token_file"],
        ["oauth2"],
        ...more.atMostOne ?? [],
      ],
    },
    [`${path}.basic_auth`]: { ...refs("username", "password"), fills: "username" },
    [`${path}.authorization`]: { ...refs("credentials"), fills: "credentials" },
    [`${path}.tls_config`]: refs("ca", "cert", "key"),
    [`${path}.oauth2`]: refs("client_secret", "client_certificate_key"),
    [`${path}.oauth2.tls_config`]: refs("ca", "cert", "key"),
  };
}
