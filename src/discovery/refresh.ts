import { sleep } from "../actor/sleep.ts";
import type { Discovery, TargetGroup } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import type { DiscoveryDependencies } from "./dependencies.ts";
import { FailureLog } from "./failure_log.ts";
import type { RefreshedMechanism } from "./stats.ts";

/** How a {@link RefreshedDiscovery} finds targets. */
export interface Refresh {
  readonly mechanism: RefreshedMechanism;
  /** Shown in the log: what is asked, without a secret. */
  readonly shown: string;
  readonly intervalMs: number;
  /** All groups as they are now, and none that is not. What it throws shows no secret. */
  list(signal: AbortSignal): Promise<readonly TargetGroup[]>;
  /** Nothing will be asked any more. */
  close?(): Promise<void>;
}

/**
 * Asks for the whole list at an interval: first at once. A list that cannot be had leaves
 * the last one as it is.
 */
export class RefreshedDiscovery implements Discovery {
  readonly #refresh: Refresh;
  readonly #dependencies: DiscoveryDependencies;
  readonly #failures: FailureLog;
  readonly #sources: SourceList = new SourceList();

  constructor(refresh: Refresh, dependencies: DiscoveryDependencies) {
    this.#refresh = refresh;
    this.#dependencies = dependencies;
    this.#failures = new FailureLog(dependencies.logger, dependencies.platform.clock);
  }

  async run(tell: (groups: readonly TargetGroup[]) => void, signal: AbortSignal): Promise<void> {
    const { clock } = this.#dependencies.platform;
    try {
      do await this.#once(tell, signal); while (
        await sleep(clock, this.#refresh.intervalMs, signal)
      );
    } finally {
      await this.#refresh.close?.();
    }
  }

  async #once(
    tell: (groups: readonly TargetGroup[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { mechanism, shown } = this.#refresh;
    let groups: readonly TargetGroup[];
    try {
      groups = await this.#refresh.list(signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#dependencies.stats.refreshFailed(mechanism);
      const message = "cannot get the list of targets; the last one stays in force";
      this.#failures.tell(message, messageOf(error), { discovery: mechanism, from: shown });
      return;
    }
    if (!signal.aborted) tell(this.#sources.withVanished(groups));
  }
}

/** Which sources there were the last time: those that are gone have to be told, too. */
export class SourceList {
  #last: ReadonlySet<string> = new Set();

  /** The groups, and one without targets for each source that is no more among them. */
  withVanished(groups: readonly TargetGroup[]): readonly TargetGroup[] {
    const sources = new Set(groups.map(({ source }) => source));
    const vanished = [...this.#last].filter((source) => !sources.has(source));
    this.#last = sources;
    return [...groups, ...vanished.map(emptyGroup)];
  }
}

/** Says that a source has no targets any more. */
export function emptyGroup(source: string): TargetGroup {
  return { source, targets: [], labels: {} };
}
