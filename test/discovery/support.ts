import type { Discovery, TargetGroup } from "../../src/contracts.ts";
import type { DiscoveryDependencies } from "../../src/discovery/dependencies.ts";
import { DiscoveryStats } from "../../src/discovery/stats.ts";
import type { ResolvedClient } from "../../src/options/resolved_scrape.ts";
import {
  type EndpointScript,
  makeAnswer,
  MemoryPlatform,
  type ScriptedAnswer,
} from "../../src/testing/memory.ts";
import type { Labels } from "../../src/types.ts";
import { MemoryLogger } from "../support/memory_logger.ts";

export const CLIENT: ResolvedClient = {
  credentials: { identity: { kind: "none" }, secretHeaders: [] },
  connection: undefined,
  tokenConnection: undefined,
  followRedirects: true,
};

/** A discovery at work on a host in memory. */
export class Harness {
  readonly platform: MemoryPlatform;
  readonly stats: DiscoveryStats = new DiscoveryStats();
  readonly logger: MemoryLogger = new MemoryLogger();
  /** What was told, call by call. */
  readonly told: (readonly TargetGroup[])[] = [];
  readonly #stopping = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(script?: EndpointScript) {
    this.platform = new MemoryPlatform(script && { script });
  }

  get dependencies(): DiscoveryDependencies {
    return { platform: this.platform, stats: this.stats, logger: this.logger };
  }

  async start(discovery: Discovery): Promise<void> {
    this.#done = discovery.run((groups) => this.told.push(groups), this.#stopping.signal);
    await this.pass(0);
  }

  /** Lets time pass, and all that follows. */
  async pass(ms: number): Promise<void> {
    await this.platform.time.advance(ms);
    await this.platform.time.settle();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  /** All groups as they are after all that was told, by source. */
  get groups(): ReadonlyMap<string, TargetGroup> {
    const groups = new Map<string, TargetGroup>();
    for (const group of this.told.flat()) {
      if (group.targets.length === 0) groups.delete(group.source);
      else groups.set(group.source, group);
    }
    return groups;
  }

  /** All targets with the labels of their groups, in their order. */
  get targets(): readonly Labels[] {
    return [...this.groups.values()].flatMap(({ targets, labels }) =>
      targets.map((target) => ({ ...labels, ...target }))
    );
  }

  get addresses(): readonly (string | undefined)[] {
    return this.targets.map(({ __address__ }) => __address__);
  }

  /** Replaces a file, or removes it. */
  async put(path: string, text: string | undefined): Promise<void> {
    const { files } = this.platform;
    await files.remove(path).catch(() => {});
    if (text !== undefined) {
      await files.makeDirectory(path.slice(0, path.lastIndexOf("/")) || "/");
      await files.write(path, [new TextEncoder().encode(text)]);
    }
  }
}

export function json(value: unknown, headers: Record<string, string> = {}): ScriptedAnswer {
  return makeAnswer(200, JSON.stringify(value), { "content-type": "application/json", ...headers });
}
