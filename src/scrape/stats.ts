/** What is counted of scraping, by Prometheus's names for it where there is one. */

/** How many and how long, all together. */
export interface Summary {
  readonly count: number;
  readonly sumSeconds: number;
}

/** Counts, since the start. */
export interface ScrapeCounts {
  /** Scrapes that began. */
  scrapes: number;
  /** Scrapes that could not be committed: the disk refused, or had no room in time. */
  uncommitted: number;
  exceededBodySize: number;
  exceededSampleLimit: number;
  exceededBucketLimit: number;
  exceededLabelLimits: number;
  exceededTargetLimit: number;
  duplicates: number;
  outOfBounds: number;
  badExemplars: number;
  pools: number;
  poolReloads: number;
}

/** The same of one pool. */
export interface PoolCounts {
  syncs: number;
  /** Targets that were none: their labels are at fault. */
  failedTargets: number;
  readonly syncLength: Summary;
}

/** Adds up durations. */
export class DurationSum {
  #count = 0;
  #sumSeconds = 0;

  observe(ms: number): void {
    this.#count++;
    this.#sumSeconds += ms / 1000;
  }

  get summary(): Summary {
    return { count: this.#count, sumSeconds: this.#sumSeconds };
  }
}

/** Gathers all of it. */
export class ScrapeStats {
  readonly counts: ScrapeCounts = {
    scrapes: 0,
    uncommitted: 0,
    exceededBodySize: 0,
    exceededSampleLimit: 0,
    exceededBucketLimit: 0,
    exceededLabelLimits: 0,
    exceededTargetLimit: 0,
    duplicates: 0,
    outOfBounds: 0,
    badExemplars: 0,
    pools: 0,
    poolReloads: 0,
  };
  /** From scrape to scrape, by the interval that was asked for. */
  readonly #intervals = new Map<string, DurationSum>();

  /** A target was scraped so long after the time before. `interval` is in Prometheus's form. */
  intervalPassed(interval: string, ms: number): void {
    let sum = this.#intervals.get(interval);
    if (sum === undefined) this.#intervals.set(interval, sum = new DurationSum());
    sum.observe(ms);
  }

  get intervals(): ReadonlyMap<string, Summary> {
    return new Map(Array.from(this.#intervals, ([interval, sum]) => [interval, sum.summary]));
  }
}
