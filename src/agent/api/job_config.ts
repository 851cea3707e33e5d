/**
 * A job as `/api/v1/scrape_pools/config` shows it: in the keys of a file of Prometheus, with all
 * that the file leaves to defaults, and without secrets.
 */
import { stringify } from "yaml";
import { formatDuration } from "../../duration.ts";
import type { ResolvedJob } from "../../options.ts";
import { shownParams, shownReplacement } from "../../shown_params.ts";
import { formatSize } from "../../size.ts";
import { ApiError } from "./answers.ts";
import { clientKeys, given, type Keys } from "./client_config.ts";
import { discoveryKeys } from "./discovery_config.ts";

/** The configuration of one job, as YAML. */
export function scrapePoolConfig(
  pools: readonly { readonly job: ResolvedJob }[],
  params: URLSearchParams,
): { readonly yaml: string } {
  const name = params.get("scrapePool") ?? "";
  if (name === "") throw new ApiError("bad_data", "no scrapePool parameter provided");
  const pool = pools.find(({ job }) => job.jobName === name);
  if (pool === undefined) {
    const shown = JSON.stringify(name);
    throw new ApiError(
      "bad_data",
      `error retrieving scrape config: scrape pool ${shown} not found`,
    );
  }
  return { yaml: stringify(jobKeys(pool.job), { lineWidth: 0 }) };
}

/** One job, in the keys of the file. */
export function jobKeys(job: ResolvedJob): Keys {
  return {
    job_name: job.jobName,
    ...given({ honor_labels: job.honorLabels }),
    honor_timestamps: job.honorTimestamps,
    track_timestamps_staleness: job.trackTimestampsStaleness,
    ...given({ params: shownParams(job.params) }),
    scrape_interval: formatDuration(job.scrapeIntervalMs),
    scrape_timeout: formatDuration(job.scrapeTimeoutMs),
    scrape_protocols: job.scrapeProtocols,
    ...given({ fallback_scrape_protocol: job.fallbackScrapeProtocol }),
    scrape_native_histograms: job.nativeHistograms,
    always_scrape_classic_histograms: job.alwaysClassicHistograms,
    convert_classic_histograms_to_nhcb: job.convertClassicHistograms,
    ...given({
      scrape_failure_log_file: job.scrapeFailureLogFile,
      metrics_path: job.metricsPath,
      scheme: job.scheme,
    }),
    enable_compression: job.enableCompression,
    ...given({
      body_size_limit: job.bodyBytesMax === 0 ? 0 : formatSize(job.bodyBytesMax),
      sample_limit: job.sampleLimit,
      target_limit: job.targetLimit,
      label_limit: job.labelLimit,
      label_name_length_limit: job.labelNameLengthLimit,
      label_value_length_limit: job.labelValueLengthLimit,
      native_histogram_bucket_limit: job.nativeHistogramBucketLimit,
      native_histogram_min_bucket_factor: job.nativeHistogramMinBucketFactor,
      keep_dropped_targets: job.keepDroppedTargets,
    }),
    metric_name_validation_scheme: job.nameValidationScheme,
    metric_name_escaping_scheme: job.nameEscapingScheme,
    extra_scrape_metrics: job.extraScrapeMetrics,
    ...clientKeys(job),
    ...given({
      relabel_configs: job.relabelConfigs.map(ruleKeys),
      metric_relabel_configs: job.metricRelabelConfigs.map(ruleKeys),
    }),
    ...discoveryKeys(job.discoveries),
  };
}

/** One rule for labels, in the keys of the file. */
export function ruleKeys(rule: ResolvedJob["relabelConfigs"][number]): Keys {
  return {
    ...given({ source_labels: rule.sourceLabels }),
    separator: rule.separator,
    ...rule.regex !== undefined && { regex: rule.regex },
    ...given({ modulus: rule.modulus, target_label: rule.targetLabel }),
    replacement: shownReplacement(rule.targetLabel, rule.replacement),
    action: rule.action,
  };
}
