/** Metrics of scraping: by Prometheus's names where it has the same. */
import type { DiscoveryCounter, DiscoveryStats } from "../../discovery/stats.ts";
import type { ScrapePool } from "../../scrape/scrape_pool.ts";
import type { Scraper } from "../../scrape/scraper.ts";
import type { ScrapeCounts, Summary } from "../../scrape/stats.ts";
import type { Metric, MetricLine } from "./metric.ts";

/** What is read: scraping, as it is now. */
export interface ScrapeView {
  readonly scraper: Pick<Scraper, "pools" | "stats" | "load">;
  readonly discoveries: Pick<DiscoveryStats, "snapshot">;
}

/** Counters of all jobs together. */
const COUNTERS: readonly (readonly [name: string, count: keyof ScrapeCounts, help: string])[] = [
  ["walq_scrapes_total", "scrapes", "Scrapes that were begun."],
  [
    "walq_scrapes_uncommitted_total",
    "uncommitted",
    "Scrapes that are missing, as the disk refused them or had no room in time.",
  ],
  [
    "walq_scrapes_bad_exemplars_total",
    "badExemplars",
    "Exemplars of scraped pages that were left out, as they break a rule.",
  ],
  ["prometheus_target_scrape_pools_total", "pools", "Jobs that were begun."],
  [
    "prometheus_target_scrape_pool_reloads_total",
    "poolReloads",
    "Jobs that were given other options.",
  ],
  [
    "prometheus_target_scrape_pool_exceeded_target_limit_total",
    "exceededTargetLimit",
    "Times that a job had more targets than its target_limit.",
  ],
  [
    "prometheus_target_scrape_pool_exceeded_label_limits_total",
    "exceededLabelLimits",
    "Scrapes that failed as a series exceeded a limit on labels.",
  ],
  [
    "prometheus_target_scrapes_exceeded_body_size_limit_total",
    "exceededBodySize",
    "Scrapes that failed as the page was larger than body_size_limit.",
  ],
  [
    "prometheus_target_scrapes_exceeded_sample_limit_total",
    "exceededSampleLimit",
    "Scrapes that failed as the page had more samples than sample_limit.",
  ],
  [
    "prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total",
    "exceededBucketLimit",
    "Scrapes that failed as a histogram had more buckets than native_histogram_bucket_limit.",
  ],
  [
    "prometheus_target_scrapes_sample_duplicate_timestamp_total",
    "duplicates",
    "Samples that were left out: their series had one of the same time in the page.",
  ],
  [
    "prometheus_target_scrapes_sample_out_of_bounds_total",
    "outOfBounds",
    "Samples that were left out: their timestamp is more than ten minutes ahead.",
  ],
];

type PoolRow = readonly [
  name: string,
  type: "counter" | "gauge",
  help: string,
  read: (pool: ScrapePool) => number,
];

/** Of each job. */
const POOLS: readonly PoolRow[] = [
  [
    "prometheus_target_scrape_pool_targets",
    "gauge",
    "Targets that are scraped.",
    ({ active }) => active.length,
  ],
  [
    "prometheus_target_scrape_pool_target_limit",
    "gauge",
    "The target_limit of the job; 0 is none.",
    ({ job }) => job.targetLimit,
  ],
  [
    "prometheus_target_scrape_pool_sync_total",
    "counter",
    "Times that the targets of the job were told.",
    ({ counts }) => counts.syncs,
  ],
  [
    "prometheus_target_sync_failed_total",
    "counter",
    "Targets that cannot be scraped, as their labels are at fault.",
    ({ counts }) => counts.failedTargets,
  ],
  [
    "walq_scrape_pool_series",
    "gauge",
    "Series in the last pages of the targets of the job.",
    ({ active }) => active.reduce((sum, { series }) => sum + (series?.pages.series ?? 0), 0),
  ],
  [
    "walq_scrape_pool_held_bytes",
    "gauge",
    "Bytes of memory that are kept for the series of the job.",
    ({ active }) => active.reduce((sum, { series }) => sum + (series?.pages.heldBytes ?? 0), 0),
  ],
];

/** Of all discoveries together. */
const DISCOVERIES: readonly (readonly [count: DiscoveryCounter, help: string])[] = [
  ["received_updates", "Times that a discovery told targets."],
  ["updates", "Times that jobs were told of them."],
  ["file_read_errors", "Files of targets that could not be read."],
  ["http_failures", "Lists of targets that could not be had by HTTP."],
  ["dns_lookups", "Questions about targets by DNS."],
  ["dns_lookup_failures", "Such questions that had no answer."],
  ["consul_rpc_failures", "Questions to a Consul that had no answer."],
  ["kubernetes_failures", "Lists and watches of a Kubernetes that failed."],
];

function poolLabels({ job }: ScrapePool): { readonly scrape_job: string } {
  return { scrape_job: job.jobName };
}

function summaryLines(
  name: string,
  labels: Readonly<Record<string, string>>,
  { count, sumSeconds }: Summary,
): MetricLine[] {
  return [
    { metricName: `${name}_sum`, labels, value: sumSeconds },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

const SYNC_LENGTH = "prometheus_target_sync_length_seconds";
const INTERVAL_LENGTH = "prometheus_target_interval_length_seconds";

/** All of them. */
export const SCRAPE_METRICS: readonly Metric<ScrapeView>[] = [
  ...COUNTERS.map(([name, count, help]): Metric<ScrapeView> => ({
    name,
    type: "counter",
    help,
    read: ({ scraper }) => [{ labels: {}, value: scraper.stats.counts[count] }],
  })),
  {
    name: "walq_scrapes_in_flight",
    type: "gauge",
    help: "Scrapes under way.",
    read: ({ scraper }) => [{ labels: {}, value: scraper.load.running }],
  },
  {
    name: "walq_scrapes_waiting",
    type: "gauge",
    help: "Scrapes that wait for others to end: there are too many at once.",
    read: ({ scraper }) => [{ labels: {}, value: scraper.load.waiting }],
  },
  ...POOLS.map(([name, type, help, read]): Metric<ScrapeView> => ({
    name,
    type,
    help,
    read: ({ scraper }) =>
      scraper.pools.map((pool) => ({ labels: poolLabels(pool), value: read(pool) })),
  })),
  {
    name: SYNC_LENGTH,
    type: "summary",
    help: "Time that it took to go over to other targets.",
    read: ({ scraper }) =>
      scraper.pools.flatMap((pool) =>
        summaryLines(SYNC_LENGTH, poolLabels(pool), pool.counts.syncLength)
      ),
  },
  {
    name: INTERVAL_LENGTH,
    type: "summary",
    help: "Time from scrape to scrape of a target, by the interval that its job has.",
    read: ({ scraper }) =>
      [...scraper.stats.intervals].flatMap(([interval, summary]) =>
        summaryLines(INTERVAL_LENGTH, { interval }, summary)
      ),
  },
  ...DISCOVERIES.map(([count, help]): Metric<ScrapeView> => ({
    name: `prometheus_sd_${count}_total`,
    type: "counter",
    help,
    read: ({ discoveries }) => [{ labels: {}, value: discoveries.snapshot().counters[count] }],
  })),
  {
    name: "prometheus_sd_refresh_failures_total",
    type: "counter",
    help: "Lists of targets that could not be had, by the mechanism of the discovery.",
    read: ({ discoveries }) =>
      Object.entries(discoveries.snapshot().refreshFailures).map(([mechanism, value]) => ({
        labels: { mechanism },
        value,
      })),
  },
  {
    name: "prometheus_sd_discovered_targets",
    type: "gauge",
    help: "Targets that the discoveries of a job have found, before its rules.",
    read: ({ discoveries }) =>
      Array.from(discoveries.snapshot().discoveredTargets, ([config, value]) => ({
        labels: { name: "scrape", config },
        value,
      })),
  },
];
