import type { Logger } from "../contracts.ts";
import { SharedDiscoveries } from "../discovery/shared_discoveries.ts";
import { DiscoveryStats } from "../discovery/stats.ts";
import type { ResolvedEndpoint, ResolvedScrape } from "../options.ts";
import { lazyPageParser } from "../scrape/lazy_parser.ts";
import { Scraper, type ScraperOptions } from "../scrape/scraper.ts";
import type { AgentHost } from "./host.ts";
import type { QueueLike } from "./queue_like.ts";

/** What scraping works with. */
interface ScrapingDependencies {
  readonly host: AgentHost;
  readonly queue: QueueLike;
  readonly logger: Logger;
  /** What tells this walq from others that have the same jobs. */
  readonly seed: string;
  readonly options?: ScraperOptions;
}

/** Finds the targets of jobs and scrapes them into the queue. */
export class Scraping {
  readonly scraper: Scraper;
  readonly discoveries: DiscoveryStats;

  /** For `open` alone. */
  private constructor(scraper: Scraper, discoveries: DiscoveryStats) {
    this.scraper = scraper;
    this.discoveries = discoveries;
  }

  /** Nothing is scraped before `apply` has said what. */
  static async open(dependencies: ScrapingDependencies): Promise<Scraping> {
    const { host, queue, logger, seed, options } = dependencies;
    const { platform, appendText, scrapesMax } = host;
    const stats = new DiscoveryStats();
    const discoveries = new SharedDiscoveries({ platform, logger, stats });
    const scraper = new Scraper({
      platform,
      logger,
      parser: await lazyPageParser(),
      takeNow: (body) => queue.takeScraped(body),
      handlesOf: () => queue.handlesOf,
      commit: (body, signal) => queue.commitAppended(body, signal),
      openDiscovery: (of, jobName) => discoveries.open(of, jobName),
      appendText,
      seed,
    }, { scrapesMax, ...options });
    return new Scraping(scraper, stats);
  }

  /** These are the jobs from now on, and those that get what is scraped. */
  apply(scrape: ResolvedScrape, endpoints: readonly ResolvedEndpoint[] = []): void {
    this.scraper.metadataIntervalMs = metadataIntervalMs(endpoints);
    this.scraper.describesSeries = describesSeries(endpoints);
    this.scraper.apply(scrape);
  }

  /** Nothing is found, scraped or committed any more when it resolves. */
  async stop(): Promise<void> {
    await this.scraper.stop();
  }
}

/** All endpoints get the same: what one wants every 10 s, all get every 10 s. Infinity where none wants any. */
export function metadataIntervalMs(endpoints: readonly ResolvedEndpoint[]): number {
  const intervals = endpoints.filter(({ sends }) => sends.metadata)
    .map(({ metadataSendIntervalMs }) => metadataSendIntervalMs);
  return Math.min(...intervals);
}

/** As Prometheus, which sends this metadata by 2.0 alone. */
export function describesSeries(endpoints: readonly ResolvedEndpoint[]): boolean {
  return endpoints.some(({ sends, protobufMessage }) =>
    sends.metadata && protobufMessage === "io.prometheus.write.v2.Request"
  );
}

/** Hosts with the same file do not scrape at the same moment, and a restart scrapes when its predecessor did. */
export function scrapeSeed(hostname: string, endpoints: readonly ResolvedEndpoint[]): string {
  return JSON.stringify([hostname, endpoints.map(({ externalLabels }) => externalLabels)]);
}
