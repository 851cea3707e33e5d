import type { PageParser, TargetGroup } from "../contracts.ts";
import type { ResolvedJob } from "../options.ts";
import { Relabeler } from "../relabel/relabel.ts";
import type { Labels } from "../types.ts";
import type { ScrapeContext } from "./context.ts";
import { type AccessDependencies, asksAlike, type JobAccess, openAccess } from "./job_access.ts";
import { ScrapeLoop } from "./scrape_loop.ts";
import type { ScrapeOptions } from "./scrape_target.ts";
import { DurationSum, type PoolCounts } from "./stats.ts";
import { Target } from "./target.ts";
import { populate } from "./target_labels.ts";
import { rulesOf, type TargetRules } from "./target_rules.ts";
import { TargetSeries } from "./target_series.ts";

/** A target that was discovered and is none. */
export interface DroppedTarget {
  readonly discovered: Labels;
  /** Why; undefined when the rules dropped it. */
  readonly fault: string | undefined;
}

/** What pools work with. */
export interface PoolDependencies extends AccessDependencies {
  readonly context: ScrapeContext;
  readonly parser: PageParser;
}

/** A target that is scraped. */
interface Active {
  readonly loop: ScrapeLoop;
  rules: TargetRules;
}

/** The targets of one job. */
export class ScrapePool {
  readonly #of: PoolDependencies;
  #job: ResolvedJob;
  #access: JobAccess;
  #targetRules: Relabeler;
  #metricRules: Relabeler;
  readonly #active = new Map<string, Active>();
  /** Targets that have gone, whose series are not stale yet: by the labels of those. */
  readonly #leaving = new Map<string, ScrapeLoop>();
  /** All loops that have not ended. */
  readonly #loops = new Set<ScrapeLoop>();
  #dropped: readonly DroppedTarget[] = [];
  #droppedCount = 0;
  #limitError: string | undefined;
  readonly #counts = { syncs: 0, failedTargets: 0 };
  readonly #syncLength = new DurationSum();
  #groups: readonly TargetGroup[] = [];

  constructor(job: ResolvedJob, dependencies: PoolDependencies) {
    this.#of = dependencies;
    this.#job = job;
    this.#access = openAccess(job, dependencies);
    this.#targetRules = new Relabeler(job.relabelConfigs, job.nameValidationScheme);
    this.#metricRules = new Relabeler(job.metricRelabelConfigs, job.nameValidationScheme);
  }

  get job(): ResolvedJob {
    return this.#job;
  }

  get counts(): PoolCounts {
    return { ...this.#counts, syncLength: this.#syncLength.summary };
  }

  /** Those that are scraped, in the order in which they came. */
  get active(): readonly ScrapeLoop[] {
    return Array.from(this.#active.values(), ({ loop }) => loop);
  }

  /** As many as `keepDroppedTargets` says. */
  get dropped(): readonly DroppedTarget[] {
    return this.#dropped;
  }

  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** These are all targets from now on: loops of those that were there before go on. */
  sync(groups: readonly TargetGroup[]): void {
    const { clock } = this.#of.context;
    const startMs = clock.monotonicMs();
    this.#groups = groups;
    const targets = this.#populate(groups);
    for (const [key, { loop }] of this.#active) if (!targets.has(key)) this.#remove(key, loop);
    for (const [key, target] of targets) {
      const known = this.#active.get(key);
      if (known === undefined) this.#add(target);
      else known.loop.target.discovered = target.discovered;
    }
    this.#endQuietly();
    this.#checkLimit();
    this.#counts.syncs++;
    this.#syncLength.observe(clock.monotonicMs() - startMs);
  }

  /** Goes by other options. What is known of series that go on is kept. */
  reload(job: ResolvedJob): void {
    const before = this.#access;
    const isSameAccess = asksAlike(job, this.#job);
    this.#job = job;
    this.#targetRules = new Relabeler(job.relabelConfigs, job.nameValidationScheme);
    this.#metricRules = new Relabeler(job.metricRelabelConfigs, job.nameValidationScheme);
    if (!isSameAccess) {
      this.#access = openAccess(job, this.#of);
      void before.close();
    }
    this.sync(this.#groups);
    for (const one of this.#active.values()) one.rules = this.#rulesOf(one.loop.target);
  }

  /** Ends all at once: nothing is said of the series. */
  async stop(): Promise<void> {
    this.#active.clear();
    await Promise.all(Array.from(this.#loops, (loop) => loop.stop()));
    await this.#access.close();
  }

  #populate(groups: readonly TargetGroup[]): Map<string, Target> {
    const { logger } = this.#of;
    const { keepDroppedTargets, jobName, params } = this.#job;
    const targets = new Map<string, Target>();
    const dropped: DroppedTarget[] = [];
    let droppedCount = 0;
    for (const { source, targets: ofGroup, labels: shared } of groups) {
      for (const own of ofGroup) {
        const populated = populate(this.#job, this.#targetRules, own, shared);
        if (populated.labels === undefined) {
          const { discovered, fault } = populated;
          droppedCount++;
          if (keepDroppedTargets === 0 || dropped.length < keepDroppedTargets) {
            dropped.push({ discovered, fault });
          }
          if (fault === undefined) continue;
          this.#counts.failedTargets++;
          logger.error("a target cannot be scraped", { job: jobName, group: source, error: fault });
          continue;
        }
        const target = new Target(populated.labels, populated.discovered, params);
        targets.set(target.key, target);
      }
    }
    this.#dropped = dropped;
    this.#droppedCount = droppedCount;
    return targets;
  }

  #remove(key: string, loop: ScrapeLoop): void {
    this.#active.delete(key);
    const { publicKey } = loop.target;
    this.#leaving.set(publicKey, loop);
    loop.leave();
    void loop.ended.then(() => {
      if (this.#leaving.get(publicKey) === loop) this.#leaving.delete(publicKey);
    });
  }

  #add(target: Target): void {
    const rules = this.#rulesOf(target);
    const active: Active = {
      rules,
      loop: new ScrapeLoop(target, this.#of.context, () => this.#optionsOf(active)),
    };
    const { loop } = active;
    this.#active.set(target.key, active);
    this.#loops.add(loop);
    const before = this.#leaving.get(target.publicKey);
    this.#leaving.delete(target.publicKey);
    loop.start(
      before?.handOver() ?? Promise.resolve(new TargetSeries(this.#of.parser.openTarget())),
    );
    void loop.ended.then((isHandedOver) => {
      this.#loops.delete(loop);
      if (!isHandedOver) loop.series?.close();
    });
  }

  /** Series that another target goes on with are not stale. */
  #endQuietly(): void {
    if (this.#leaving.size === 0) return;
    for (const { loop: { target } } of this.#active.values()) {
      const leaving = this.#leaving.get(target.publicKey);
      this.#leaving.delete(target.publicKey);
      if (leaving !== undefined) void leaving.stop();
    }
  }

  #checkLimit(): void {
    const { targetLimit } = this.#job;
    const targets = this.#active.size;
    this.#limitError = undefined;
    if (targetLimit === 0 || targets <= targetLimit) return;
    this.#of.context.stats.counts.exceededTargetLimit++;
    this.#limitError =
      `target_limit exceeded (number of targets: ${targets}, limit: ${targetLimit})`;
  }

  #rulesOf(target: Target): TargetRules {
    return rulesOf(target, this.#job, this.#metricRules, this.#of.context.stats);
  }

  #optionsOf({ rules }: Active): ScrapeOptions {
    return { rules, access: this.#access, forcedError: this.#limitError };
  }
}
