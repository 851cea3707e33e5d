import { sleep } from "../actor/sleep.ts";
import { formatDuration } from "../duration.ts";
import type { ScrapeContext } from "./context.ts";
import { offsetMs } from "./offset.ts";
import { type ScrapeOptions, TargetScraper } from "./scrape_target.ts";
import type { Target } from "./target.ts";
import type { TargetSeries } from "./target_series.ts";
import { Ticks } from "./ticks.ts";

/** Said when a loop ends. */
const OVER = new Error("the target is not scraped any more");

/**
 * Scrapes a target again and again, never twice at once. When the target has gone its
 * series are stale after two more intervals and a tenth, unless somebody has taken them
 * over until then.
 */
export class ScrapeLoop {
  readonly target: Target;
  readonly #context: ScrapeContext;
  readonly #options: () => ScrapeOptions;
  readonly #scraper: TargetScraper;
  /** No scrape begins after this. */
  readonly #left = new AbortController();
  /** The series are somebody else's, or are left as they are: nothing is written any more. */
  readonly #givenUp = new AbortController();
  /** What is under way ends, too. */
  readonly #stopped = new AbortController();
  #series: TargetSeries | undefined;
  #isHandedOver = false;
  #done: Promise<void> | undefined;

  /** @param options asked at each scrape: what a reload has changed counts from then on */
  constructor(target: Target, context: ScrapeContext, options: () => ScrapeOptions) {
    this.target = target;
    this.#context = context;
    this.#options = options;
    this.#scraper = new TargetScraper(target, context);
  }

  /** @param series what is known of its series, when whoever had it before has let go of it */
  start(series: Promise<TargetSeries>): void {
    this.#done = this.#run(series);
  }

  /** What is known of its series; undefined before it has begun. */
  get series(): TargetSeries | undefined {
    return this.#series;
  }

  /** Resolves when all that is to be written is: to whether its series are another's now. Never rejects. */
  get ended(): Promise<boolean> {
    return this.#done!.then(() => this.#isHandedOver);
  }

  /** The target has gone. */
  leave(): void {
    this.#left.abort(OVER);
  }

  /** The same, and its series are another target's from now on; resolves to them when a scrape under way is over. */
  async handOver(): Promise<TargetSeries> {
    this.#isHandedOver = true;
    this.#givenUp.abort(OVER);
    this.leave();
    await this.#done;
    return this.#series!;
  }

  /** Ends at once, with what is under way, and writes nothing. */
  async stop(): Promise<void> {
    this.#givenUp.abort(OVER);
    this.#stopped.abort(OVER);
    this.leave();
    await this.#done;
  }

  async #run(before: Promise<TargetSeries>): Promise<void> {
    const { clock, seed, timestampToleranceMs } = this.#context;
    const { intervalMs, key } = this.target;
    const series = this.#series = await before;
    const delayMs = offsetMs(key, seed, intervalMs, clock.nowMs());
    if (!await sleep(clock, delayMs, this.#left.signal)) {
      // What others have begun has to come to an end all the same.
      return await this.#end(series, undefined);
    }
    const ticks = new Ticks(intervalMs, timestampToleranceMs, clock.nowMs(), clock.monotonicMs());
    let lastMs: number | undefined;
    for (;;) {
      const nowMs = clock.monotonicMs();
      this.#count(lastMs, nowMs);
      lastMs = nowMs;
      const timestampMs = ticks.timestampMs(clock.nowMs());
      const moment = { timestampMs, nextMs: nowMs + ticks.delayMs(nowMs, nowMs) };
      await this.#scraper.scrape(series, this.#options(), moment, this.#stopped.signal);
      const pauseMs = ticks.delayMs(lastMs, clock.monotonicMs());
      if (this.#left.signal.aborted || !await sleep(clock, pauseMs, this.#left.signal)) break;
    }
    await this.#end(series, { ticks, lastMs });
  }

  #count(lastMs: number | undefined, nowMs: number): void {
    if (lastMs === undefined) return;
    const interval = formatDuration(this.target.intervalMs);
    this.#context.stats.intervalPassed(interval, nowMs - lastMs);
  }

  /** The target may come back: so long its series are not stale. */
  async #end(
    series: TargetSeries,
    ran: { readonly ticks: Ticks; readonly lastMs: number } | undefined,
  ): Promise<void> {
    if (!series.isReported) return;
    const { signal } = this.#givenUp;
    const { clock } = this.#context;
    const { intervalMs } = this.target;
    const toTickMs = ran?.ticks.delayMs(ran.lastMs, clock.monotonicMs()) ?? intervalMs;
    if (!await sleep(clock, toTickMs, signal)) return;
    const timestampMs = Math.round(clock.nowMs());
    if (!await sleep(clock, intervalMs, signal)) return;
    if (!await sleep(clock, intervalMs / 10, signal)) return;
    await this.#scraper.end(series, timestampMs, this.#stopped.signal);
  }
}
