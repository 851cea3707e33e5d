import type { CancelTimer, Logger, PageParser, Platform } from "../contracts.ts";
import type { ResolvedJob, ResolvedScrape } from "../options.ts";
import { BodyBuffers } from "../whole_body.ts";
import { CommitRefusals } from "./commit_refusals.ts";
import type { CommitScrape, ScrapeContext, TakeScrape } from "./context.ts";
import { DisputedFamilies } from "./disputed_families.ts";
import { type AppendText, FailureLog } from "./failure_log.ts";
import { JobDiscoveries, type OpenDiscovery } from "./job_discoveries.ts";
import { RequestRoom } from "./request_room.ts";
import { ScrapePool } from "./scrape_pool.ts";
import { Slots } from "./slots.ts";
import { ScrapeStats } from "./stats.ts";
import type { Tolerance } from "./ticks.ts";

/** Scrapes at once, over all targets: each has a connection, and its page in memory. */
const SCRAPES_MAX = 512;
/** Pages are read one by one: those that come at the same moment are few. */
const BODY_BUFFERS_MAX = 4;

/** What scraping works with. */
export interface ScraperDependencies {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly parser: PageParser;
  readonly takeNow: TakeScrape;
  /** Whose handles of label sets may be in what `takeNow` takes next; 0 is none's. */
  readonly handlesOf: () => number;
  readonly commit: CommitScrape;
  readonly openDiscovery: OpenDiscovery;
  readonly appendText: AppendText;
  /** Tells this walq from others that scrape the same targets. */
  readonly seed: string;
}

/** How it scrapes, for all jobs. */
export interface ScraperOptions {
  /** Timestamps are moved to where they should be if they are that close to it. @default 2 ms */
  readonly timestampToleranceMs?: Tolerance;
  /** Changes of targets come into force at most once in this time; 0 is the default. @default 5 s */
  readonly discoveryReloadMs?: number;
  /** @default 512 */
  readonly scrapesMax?: number;
}

const DISCOVERY_RELOAD_MS = 5_000;
const TIMESTAMP_TOLERANCE_MS = 2;

/** A job at work. */
interface Job {
  readonly pool: ScrapePool;
  readonly discoveries: JobDiscoveries;
  cancelSync: CancelTimer | undefined;
  /** By the monotonic clock. */
  syncedMs: number;
}

/** Scrapes the targets of all jobs into a queue. */
export class Scraper {
  readonly stats: ScrapeStats = new ScrapeStats();
  readonly #of: ScraperDependencies;
  readonly #context: ScrapeContext;
  /** All metadata of a target is said again after this time. @default 1 minute */
  metadataIntervalMs = 60_000;
  /** Metadata goes with each series: those of the report have it, too, and each has that of its target. @default false */
  describesSeries = false;
  readonly #discoveryReloadMs: number;
  readonly #jobs = new Map<string, Job>();
  /** Jobs that are gone, and have not quite ended. */
  readonly #ending = new Set<Promise<unknown>>();
  #isStopped = false;

  constructor(dependencies: ScraperDependencies, options: ScraperOptions = {}) {
    const { platform, logger, takeNow, handlesOf, commit, seed, appendText } = dependencies;
    const { clock, decompressGzip } = platform;
    this.#of = dependencies;
    this.#discoveryReloadMs = options.discoveryReloadMs || DISCOVERY_RELOAD_MS;
    this.#context = {
      clock,
      logger,
      decompressGzip,
      slots: new Slots(options.scrapesMax ?? SCRAPES_MAX),
      bodyBuffers: new BodyBuffers(BODY_BUFFERS_MAX),
      stats: this.stats,
      takeNow,
      handlesOf,
      commit,
      room: new RequestRoom(),
      refusals: new CommitRefusals(clock, logger, this.stats),
      failures: new FailureLog(appendText, clock, logger),
      seed,
      timestampToleranceMs: options.timestampToleranceMs ?? TIMESTAMP_TOLERANCE_MS,
      metadataIntervalMs: () => this.metadataIntervalMs,
      describesSeries: () => this.describesSeries,
      disputes: new DisputedFamilies(),
    };
  }

  /** One for each job, by name. */
  get pools(): readonly ScrapePool[] {
    return Array.from(this.#jobs.values(), ({ pool }) => pool)
      .sort((a, b) => a.job.jobName < b.job.jobName ? -1 : 1);
  }

  /** Scrapes under way, and those that wait for others to end. */
  get load(): { readonly running: number; readonly waiting: number } {
    const { used, waiting } = this.#context.slots;
    return { running: used, waiting };
  }

  /** These are the jobs from now on: what has not changed is not touched. */
  apply({ jobs }: ResolvedScrape): void {
    if (this.#isStopped) return;
    const names = new Set(jobs.map(({ jobName }) => jobName));
    for (const [name, job] of this.#jobs) if (!names.has(name)) this.#end(name, job);
    for (const job of jobs) this.#applyJob(job);
  }

  /** Nothing is scraped or written any more when it resolves: nothing is said of series that were scraped. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const [name, job] of this.#jobs) this.#end(name, job);
    await Promise.all(this.#ending);
  }

  #applyJob(options: ResolvedJob): void {
    const known = this.#jobs.get(options.jobName);
    if (known === undefined) {
      this.#jobs.set(options.jobName, this.#start(options));
      return;
    }
    if (JSON.stringify(known.pool.job) === JSON.stringify(options)) return;
    this.stats.counts.poolReloads++;
    known.pool.reload(options);
    known.discoveries.apply(options.discoveries);
  }

  #start(options: ResolvedJob): Job {
    this.stats.counts.pools++;
    const { logger, openDiscovery: open, platform: { clock } } = this.#of;
    const pool = new ScrapePool(options, { ...this.#of, context: this.#context });
    const discoveries = new JobDiscoveries(options.jobName, {
      open,
      logger,
      clock,
      pastMs: this.#discoveryReloadMs,
      onChange: (isUrgent) => this.#syncSoon(job, isUrgent),
    });
    const job: Job = { pool, discoveries, cancelSync: undefined, syncedMs: -Infinity };
    discoveries.apply(options.discoveries);
    return job;
  }

  /** What is urgent at once, and else not too often: discoveries may tell changes all the time. */
  #syncSoon(job: Job, isUrgent: boolean): void {
    if (isUrgent) {
      job.cancelSync?.();
      job.cancelSync = undefined;
      job.syncedMs = -Infinity;
    }
    if (job.cancelSync !== undefined) return;
    const { clock } = this.#context;
    const delayMs = Math.max(0, job.syncedMs + this.#discoveryReloadMs - clock.monotonicMs());
    job.cancelSync = clock.after(delayMs, () => {
      job.cancelSync = undefined;
      job.syncedMs = clock.monotonicMs();
      job.pool.sync(job.discoveries.groups);
    });
  }

  #end(name: string, job: Job): void {
    this.#jobs.delete(name);
    job.cancelSync?.();
    const ending = Promise.all([job.discoveries.stop(), job.pool.stop()])
      .finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
