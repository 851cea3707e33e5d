import { Actor } from "../actor/actor.ts";
import { sleep } from "../actor/sleep.ts";
import type { Discovery, TargetGroup } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import type { ResolvedDiscovery } from "../options/resolved_scrape.ts";
import type { Labels } from "../types.ts";
import type { DiscoveryDependencies } from "./dependencies.ts";

/** What a discovery waits that has met a bug. */
const AGAIN_MS = 30_000;

/** Told groups that are new or have changed; one without targets is gone. */
type Tell = (groups: readonly TargetGroup[]) => void;

/** A discovery at work, for all who listen, and what it has told. */
export class Provider {
  readonly #actor: Actor;
  readonly #dependencies: DiscoveryDependencies;
  readonly #groups: Map<string, TargetGroup> = new Map();
  readonly #listeners: Set<Tell> = new Set();
  #hasTold = false;

  constructor(
    options: ResolvedDiscovery,
    make: () => Discovery,
    dependencies: DiscoveryDependencies,
  ) {
    const { logger, platform } = dependencies;
    this.#dependencies = dependencies;
    const complain = (error: unknown): void =>
      logger.error("BUG: a discovery has failed", {
        discovery: options.kind,
        error: messageOf(error),
      });
    this.#actor = new Actor(async (signal) => {
      do {
        try {
          await make().run((groups) => this.#take(groups, signal), signal);
        } catch (error) {
          complain(error);
        }
      } while (await sleep(platform.clock, AGAIN_MS, signal));
    }, complain);
  }

  /** How many targets there are. */
  get targets(): number {
    let count = 0;
    for (const { targets } of this.#groups.values()) count += targets.length;
    return count;
  }

  /** Nobody listens. */
  get isIdle(): boolean {
    return this.#listeners.size === 0;
  }

  start(): void {
    this.#actor.start();
  }

  /** Resolves when nothing is asked any more. */
  async stop(): Promise<void> {
    await this.#actor.stop();
  }

  /** Tells what is known, if anything is, and then what is new. Returns what ends it. */
  listen(tell: Tell): () => void {
    this.#listeners.add(tell);
    if (this.#hasTold) tell([...this.#groups.values()]);
    return () => this.#listeners.delete(tell);
  }

  /** That there is nothing is news, too, the first time. */
  #take(groups: readonly TargetGroup[], signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#dependencies.stats.count("received_updates");
    const news = groups.filter((group) => this.#isNews(group));
    if (news.length === 0 && this.#hasTold) return;
    this.#hasTold = true;
    for (const tell of [...this.#listeners]) tell(news);
  }

  #isNews(group: TargetGroup): boolean {
    const last = this.#groups.get(group.source);
    if (group.targets.length === 0) return this.#groups.delete(group.source);
    if (last !== undefined && isSame(group, last)) return false;
    this.#groups.set(group.source, group);
    return true;
  }
}

function isSame(a: TargetGroup, b: TargetGroup): boolean {
  return a.targets.length === b.targets.length && areSame(a.labels, b.labels) &&
    a.targets.every((target, index) => areSame(target, b.targets[index]!));
}

function areSame(a: Labels, b: Labels): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length &&
    names.every((name) => a[name] === b[name] && Object.hasOwn(b, name));
}
