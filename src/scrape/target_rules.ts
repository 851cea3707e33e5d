import type { PageRules, SeriesRelabel } from "../contracts.ts";
import type { ResolvedJob } from "../options.ts";
import type { Relabeler } from "../relabel/relabel.ts";
import { scrapeHeaders } from "./accept.ts";
import type { PageQuestion } from "./fetch_page.ts";
import { sampleRelabel, sampleRulesKey } from "./sample_labels.ts";
import type { ScrapeStats } from "./stats.ts";
import { histogramsOf } from "./target_labels.ts";
import type { Target } from "./target.ts";

/** Where the options set no limit, a page may have so many bytes, unpacked: one target does not take all memory. */
export const PAGE_BYTES_MAX: number = 256 * 1024 * 1024;

/** How one target is scraped. */
export interface TargetRules {
  readonly jobName: string;
  readonly question: PageQuestion;
  readonly series: { readonly key: string; readonly relabel: SeriesRelabel };
  readonly page: Omit<PageRules, "protocol" | "scrapedMs" | "latestMs" | "handlesOf">;
  readonly withExtra: boolean;
  readonly failureLogFile: string | undefined;
}

/** By the options of its job, and by labels of its own. */
export function rulesOf(
  target: Target,
  job: ResolvedJob,
  metricRules: Relabeler,
  stats: ScrapeStats,
): TargetRules {
  const { publicLabels, timeoutMs } = target;
  const histograms = histogramsOf(target.labels, job);
  return {
    jobName: job.jobName,
    question: {
      url: target.url,
      headers: scrapeHeaders(job, timeoutMs),
      timeoutMs,
      // As in Prometheus, a page that has as many bytes as the limit exceeds it.
      bytesMax: job.bodyBytesMax === 0 ? PAGE_BYTES_MAX : job.bodyBytesMax - 1,
      fallback: job.fallbackScrapeProtocol,
      unixSocket: target.labels["__unix_socket__"],
    },
    series: {
      key: sampleRulesKey(job, publicLabels),
      relabel: sampleRelabel(job, metricRules, publicLabels, () => {
        stats.counts.exceededLabelLimits++;
      }),
    },
    page: {
      honorTimestamps: job.honorTimestamps,
      trackTimestampsStaleness: job.trackTimestampsStaleness,
      nativeHistograms: histograms.nativeHistograms,
      alwaysClassic: histograms.alwaysClassicHistograms,
      convertToCustomBuckets: histograms.convertClassicHistograms,
      readsCreated: job.readsStartTimestamps,
      bucketLimit: job.nativeHistogramBucketLimit,
      minBucketFactor: job.nativeHistogramMinBucketFactor,
      sampleLimit: job.sampleLimit,
    },
    withExtra: job.extraScrapeMetrics,
    failureLogFile: job.scrapeFailureLogFile,
  };
}
