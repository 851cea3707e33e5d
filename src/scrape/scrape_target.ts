import { Deadline } from "../actor/deadline.ts";
import type { PageCounts } from "../contracts.ts";
import { messageOf, PageError } from "../errors.ts";
import { unlessAborted } from "../unless_aborted.ts";
import type { ScrapeContext } from "./context.ts";
import { type Fetched, fetchPage } from "./fetch_page.ts";
import type { JobAccess } from "./job_access.ts";
import { ReportWriter } from "./report.ts";
import { reportMetadata } from "./report_metadata.ts";
import type { Target } from "./target.ts";
import type { TargetRules } from "./target_rules.ts";
import type { TargetSeries } from "./target_series.ts";
import { shownTarget } from "../shown_params.ts";

/** A page that has come is worth so much of a delay of the next scrape. */
const COMMIT_MS_MIN = 1_000;
/** A sample may be so far ahead (Prometheus, `maxAheadTime`). */
const AHEAD_MS_MAX: number = 10 * 60_000;
const NOTHING: PageCounts = {
  scraped: 0,
  kept: 0,
  added: 0,
  duplicates: 0,
  tooFarAhead: 0,
  badExemplars: 0,
};

/** How a target is scraped now. */
export interface ScrapeOptions {
  readonly rules: TargetRules;
  readonly access: JobAccess;
  /** Why it is not scraped although it should be: there are too many targets. */
  readonly forcedError: string | undefined;
}

/** One scrape. */
export interface ScrapeMoment {
  /** Of all its samples that have no own one. */
  readonly timestampMs: number;
  /** By the monotonic clock: when the next scrape is due, and this one has to be over. */
  readonly nextMs: number;
}

/** How long a commit may wait for room. */
interface CommitWait {
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/** What is to be committed: what was read of the page, and what goes with it. */
interface ScrapedRequest {
  /** Of which families. */
  readonly metadata: "changed" | "all";
  readonly before: readonly Uint8Array[];
  readonly behind: readonly Uint8Array[];
}

/** What came of reading a page. */
interface ReadPage {
  readonly counts: PageCounts;
  readonly error: string | undefined;
  readonly bodyBytes: number;
}

/** Scrapes one target, and commits what comes of it: the page, its stale markers and the report at once. */
export class TargetScraper {
  readonly #target: Target;
  readonly #context: ScrapeContext;
  readonly #report: ReportWriter;
  #hasTimedOut = false;

  constructor(target: Target, context: ScrapeContext) {
    this.#target = target;
    this.#context = context;
    this.#report = new ReportWriter(target.publicLabels);
  }

  /** Nothing comes of it when the signal aborts. Never rejects. */
  async scrape(
    series: TargetSeries,
    options: ScrapeOptions,
    moment: ScrapeMoment,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, stats, logger } = this.#context;
    const startedMs = clock.monotonicMs();
    stats.counts.scrapes++;
    try {
      const fetched = await this.#fetch(options, signal);
      const read = this.#read(series, options, moment, fetched);
      if (fetched.kind === "page") fetched.release();
      const durationMs = clock.monotonicMs() - startedMs;
      this.#tell(read, durationMs, moment.timestampMs);
      const request = this.#request(series, options, moment, read, durationMs);
      await this.#commit(series, request, {
        withinMs: moment.nextMs - clock.monotonicMs(),
        signal,
      });
      series.isReported = true;
    } catch (error) {
      if (signal.aborted) return;
      logger.error("a scrape failed inside of walq", {
        target: shownTarget(this.#target.url),
        error: messageOf(error),
      });
    }
  }

  /** The target is gone for good: all its series are stale. Never rejects. */
  async end(series: TargetSeries, timestampMs: number, signal: AbortSignal): Promise<void> {
    try {
      series.pages.readNothing(timestampMs, this.#context.handlesOf());
      const which = series.hasExtra ? "all" : "always";
      const behind = [this.#report.writeStale(timestampMs, which)];
      await this.#commit(series, { metadata: "changed", before: [], behind }, {
        withinMs: this.#target.intervalMs,
        signal,
      });
    } catch (error) {
      this.#context.logger.error("stale markers could not be written", {
        target: shownTarget(this.#target.url),
        error: messageOf(error),
      });
    }
  }

  async #fetch(
    { rules, access, forcedError }: ScrapeOptions,
    signal: AbortSignal,
  ): Promise<Fetched> {
    if (forcedError !== undefined) {
      return { kind: "failed", error: forcedError, isTooLarge: false, hasTimedOut: false };
    }
    const { stats, failures } = this.#context;
    const isSuspect = this.#hasTimedOut;
    const fetched = await fetchPage(
      rules.question,
      access,
      this.#context,
      isSuspect,
      signal,
    );
    this.#hasTimedOut = fetched.kind === "failed" && fetched.hasTimedOut;
    if (fetched.kind === "page") return fetched;
    if (fetched.isTooLarge) stats.counts.exceededBodySize++;
    if (rules.failureLogFile !== undefined) {
      const { jobName, question: { url } } = rules;
      const shown = { jobName, url: shownTarget(url), error: fetched.error };
      failures.add(rules.failureLogFile, shown);
    }
    return fetched;
  }

  #read(
    series: TargetSeries,
    { rules }: ScrapeOptions,
    { timestampMs }: ScrapeMoment,
    fetched: Fetched,
  ): ReadPage {
    series.goBy(rules.series);
    const { pages } = series;
    const handlesOf = this.#context.handlesOf();
    if (fetched.kind === "failed") {
      pages.readNothing(timestampMs, handlesOf);
      const { error, isTooLarge } = fetched;
      return { counts: NOTHING, error, bodyBytes: isTooLarge ? -1 : 0 };
    }
    const bodyBytes = fetched.body.length;
    const read = (sampleLimit: number): PageCounts =>
      pages.read(fetched.body, {
        ...rules.page,
        sampleLimit,
        protocol: fetched.protocol(),
        scrapedMs: timestampMs,
        latestMs: this.#context.clock.nowMs() + AHEAD_MS_MAX,
        handlesOf,
      }, rules.series.relabel);
    let counts = NOTHING;
    try {
      // A page that is empty is fine, whatever it says that it is.
      if (bodyBytes === 0) pages.readNothing(timestampMs, handlesOf);
      else counts = read(rules.page.sampleLimit);
      return { counts, error: undefined, bodyBytes };
    } catch (error) {
      if (this.#countRefusal(error) === "sample_limit") {
        // By how much is what somebody has to know who sets it.
        counts = { ...read(0), added: 0 };
        pages.forget();
      }
      pages.readNothing(timestampMs, handlesOf);
      return { counts, error: messageOf(error), bodyBytes };
    }
  }

  /** The option whose limit a page exceeds, if that is what is wrong with it. */
  #countRefusal(error: unknown): string | undefined {
    if (!(error instanceof PageError)) return undefined;
    const [, option] = /\((\w+_limit)\)$/.exec(error.message) ?? [];
    const { counts } = this.#context.stats;
    if (option === "sample_limit") counts.exceededSampleLimit++;
    if (option === "native_histogram_bucket_limit") counts.exceededBucketLimit++;
    return option;
  }

  #tell({ error, counts }: ReadPage, durationMs: number, timestampMs: number): void {
    const { stats } = this.#context;
    stats.counts.duplicates += counts.duplicates;
    stats.counts.outOfBounds += counts.tooFarAhead;
    stats.counts.badExemplars += counts.badExemplars;
    const target = this.#target;
    target.health = error === undefined ? "up" : "down";
    target.lastError = error ?? "";
    target.lastScrapeMs = timestampMs;
    target.lastDurationMs = durationMs;
  }

  #request(
    series: TargetSeries,
    { rules: { withExtra, page, question } }: ScrapeOptions,
    { timestampMs }: ScrapeMoment,
    { counts: { scraped, kept, added }, error, bodyBytes }: ReadPage,
    durationMs: number,
  ): ScrapedRequest {
    const nowMs = this.#context.clock.monotonicMs();
    const isAllDue = nowMs - series.allMetadataMs >= this.#context.metadataIntervalMs();
    if (isAllDue) series.allMetadataMs = nowMs;
    const report = this.#report.write(
      {
        isUp: error === undefined,
        durationMs,
        scraped,
        kept,
        added,
        timeoutMs: question.timeoutMs,
        sampleLimit: page.sampleLimit,
        bodyBytes,
      },
      timestampMs,
      withExtra,
    );
    const behind = [report];
    const describes = this.#context.describesSeries();
    if (isAllDue && describes) behind.push(reportMetadata(withExtra));
    if (series.hasExtra && !withExtra) behind.push(this.#report.writeStale(timestampMs, "extra"));
    series.hasExtra = withExtra;
    // What the page says anew comes behind what is disputed, and so counts.
    const before = describes ? [series.disputed] : [];
    return { metadata: isAllDue ? "all" : "changed", before, behind };
  }

  async #commit(
    series: TargetSeries,
    { metadata, before, behind }: ScrapedRequest,
    wait: CommitWait,
  ): Promise<void> {
    const { takeNow, room, refusals, disputes, describesSeries } = this.#context;
    const { pages } = series;
    try {
      const taken = takeNow(room.join([...before, pages.write(metadata), ...behind]));
      if (taken === undefined) {
        // When there is room again another writer may be the one that takes it.
        const body = room.join([...before, pages.writeWhole(), ...behind]).slice();
        await this.#commitLater(body, wait);
      }
      pages.keep(taken?.handles);
      if (describesSeries()) series.compareFamilies(disputes);
    } catch (error) {
      pages.forget();
      if (!wait.signal.aborted) refusals.add(shownTarget(this.#target.url), error);
    }
  }

  /** Waits no longer than until the next scrape, or a moment where that is due: one that finds no room is a gap. */
  async #commitLater(body: Uint8Array, { withinMs, signal }: CommitWait): Promise<void> {
    const { clock, commit } = this.#context;
    const leastMs = Math.min(COMMIT_MS_MIN, this.#target.intervalMs);
    const deadline = new Deadline(signal, Math.max(leastMs, withinMs), clock);
    try {
      await unlessAborted(commit(body, deadline.signal), deadline.signal);
    } finally {
      deadline.end();
    }
  }
}
