import * as v from "valibot";
import type {
  CheckedScrapeDefaults,
  CheckedScrapeJob,
  CheckedScrapeOptions,
} from "./checked_scrape.ts";
import { type OptionIssue, OptionsError } from "./options_error.ts";
import { toIssue } from "./resolve.ts";
import { resolveClient } from "./resolve_client.ts";
import { clientOf, resolveDiscoveries } from "./resolve_discovery.ts";
import type { ResolvedClient, ResolvedJob, ResolvedScrape } from "./resolved_scrape.ts";
import { escapingOf } from "./tables/scrape/escaping.ts";
import { PROTO_FIRST, TEXT_ONLY } from "./tables/scrape/protocols.ts";
import { scrapeContradictions } from "./tables/scrape/contradictions.ts";
import { SCRAPE } from "./tables/scrape/scrape.ts";
import { timesOf } from "./tables/scrape/times.ts";
import type { NameValidationScheme } from "./values.ts";

/** What is said of scraping, as it is worked with. */
export interface ScrapeOptions {
  readonly resolved: ResolvedScrape;
  /** Everybody who is asked over HTTP, and where the options say so. */
  readonly clients: readonly PlacedClient[];
}

/** Somebody who is asked over HTTP. */
export interface PlacedClient {
  readonly path: OptionIssue["path"];
  readonly client: ResolvedClient;
}

/**
 * Checks what a file says of scraping, and fills in what is not given. `names` are those
 * that are valid where a job says nothing of it.
 *
 * @throws {OptionsError} that names everything that is wrong, with its path.
 */
export function resolveScrape(input: unknown, names: NameValidationScheme): ScrapeOptions {
  const result = v.safeParse(SCRAPE.check, input);
  if (!result.success) throw new OptionsError(result.issues.map(toIssue));
  const broken = [...scrapeContradictions(result.output, names)];
  if (broken.length > 0) throw new OptionsError(broken);
  return resolveJobs(result.output, names);
}

function resolveJobs(
  { global, scrapeConfigs }: CheckedScrapeOptions,
  names: NameValidationScheme,
): ScrapeOptions {
  const jobs: ResolvedJob[] = [];
  const clients: PlacedClient[] = [];
  for (const [index, job] of scrapeConfigs.entries()) {
    const found = resolveDiscoveries(job);
    const resolved = {
      ...resolveJob(job, global, names),
      discoveries: found.map(({ discovery }) => discovery),
    };
    jobs.push(resolved);
    const path = ["scrapeConfigs", index];
    clients.push({ path, client: resolved });
    for (const one of found) {
      const client = clientOf(one.discovery);
      if (client !== undefined) clients.push({ path: [...path, ...one.path], client });
    }
  }
  return { resolved: { jobs }, clients };
}

function resolveJob(
  job: CheckedScrapeJob,
  global: CheckedScrapeDefaults,
  names: NameValidationScheme,
): Omit<ResolvedJob, "discoveries"> {
  const { intervalMs, timeoutMs } = timesOf(job, global);
  const nativeHistograms = job.scrapeNativeHistograms ?? global.scrapeNativeHistograms ?? false;
  return {
    jobName: job.jobName,
    scrapeIntervalMs: intervalMs,
    scrapeTimeoutMs: timeoutMs,
    scrapeProtocols: job.scrapeProtocols ?? global.scrapeProtocols ??
      (nativeHistograms ? PROTO_FIRST : TEXT_ONLY),
    fallbackScrapeProtocol: job.fallbackScrapeProtocol,
    metricsPath: job.metricsPath,
    scheme: job.scheme,
    params: job.params,
    honorLabels: job.honorLabels,
    honorTimestamps: job.honorTimestamps,
    trackTimestampsStaleness: job.trackTimestampsStaleness,
    enableCompression: job.enableCompression,
    relabelConfigs: job.relabelConfigs,
    metricRelabelConfigs: job.metricRelabelConfigs,
    nameValidationScheme: job.metricNameValidationScheme ?? names,
    nameEscapingScheme: escapingOf(job, global, names),
    nativeHistograms,
    alwaysClassicHistograms: job.alwaysScrapeClassicHistograms ??
      global.alwaysScrapeClassicHistograms ?? false,
    convertClassicHistograms: job.convertClassicHistogramsToNhcb ??
      global.convertClassicHistogramsToNhcb ?? false,
    nativeHistogramBucketLimit: job.nativeHistogramBucketLimit,
    nativeHistogramMinBucketFactor: job.nativeHistogramMinBucketFactor,
    bodyBytesMax: job.bodySizeLimit || global.bodySizeLimit,
    sampleLimit: job.sampleLimit || global.sampleLimit,
    labelLimit: job.labelLimit || global.labelLimit,
    labelNameLengthLimit: job.labelNameLengthLimit || global.labelNameLengthLimit,
    labelValueLengthLimit: job.labelValueLengthLimit || global.labelValueLengthLimit,
    targetLimit: job.targetLimit || global.targetLimit,
    keepDroppedTargets: job.keepDroppedTargets || global.keepDroppedTargets,
    readsStartTimestamps: job.scrapeStartTimestamps ?? global.scrapeStartTimestamps ?? false,
    scrapeFailureLogFile: job.scrapeFailureLogFile ?? global.scrapeFailureLogFile,
    extraScrapeMetrics: job.extraScrapeMetrics ?? global.extraScrapeMetrics ?? false,
    ...resolveClient(job),
  };
}
