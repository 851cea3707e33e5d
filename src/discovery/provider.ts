import { Actor } from "../actor/actor.ts";
import { sleep } from "../actor/sleep.ts";
import type { Discovery, TargetGroup } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import type { ResolvedDiscovery } from "../options/resolved_scrape.ts";
import type { Labels } from "../types.ts";
import type { DiscoveryDependencies } from "./dependencies.ts";

/** What a discovery waits that has met a bug. */
const AGAIN_MS = 30_000;

/** A discovery at work, for all jobs that have the same options, and what it has told. */
export class Provider {
  readonly #actor: Actor;
  readonly #groups: Map<string, TargetGroup> = new Map();
  readonly #onChange: () => void;
  #hasTold = false;

  /** `onChange` is called when there is something new, and when it has told something for the first time. */
  constructor(
    options: ResolvedDiscovery,
    make: () => Discovery,
    dependencies: DiscoveryDependencies,
    onChange: () => void,
  ) {
    const { logger, platform } = dependencies;
    this.#onChange = onChange;
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

  /** All groups that have targets. */
  get groups(): Iterable<TargetGroup> {
    return this.#groups.values();
  }

  /** It is known what there is, be it nothing. */
  get hasTold(): boolean {
    return this.#hasTold;
  }

  start(): void {
    this.#actor.start();
  }

  async stop(): Promise<void> {
    await this.#actor.stop();
  }

  #take(groups: readonly TargetGroup[], signal: AbortSignal): void {
    if (signal.aborted) return;
    let isNews = !this.#hasTold;
    this.#hasTold = true;
    for (const group of groups) {
      const last = this.#groups.get(group.source);
      if (group.targets.length === 0) isNews = this.#groups.delete(group.source) || isNews;
      else if (last === undefined || !isSame(group, last)) {
        this.#groups.set(group.source, group);
        isNews = true;
      }
    }
    if (isNews) this.#onChange();
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
