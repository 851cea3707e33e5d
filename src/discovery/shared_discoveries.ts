import type { Discovery, TargetGroup } from "../contracts.ts";
import type { ResolvedDiscovery } from "../options/resolved_scrape.ts";
import type { DiscoveryDependencies } from "./dependencies.ts";
import { type MakeDiscovery, makeDiscovery } from "./make_discovery.ts";
import { Provider } from "./provider.ts";
import { untilAborted } from "./until_aborted.ts";

/**
 * The discoveries of all jobs. Those whose options are the same share one, as in Prometheus:
 * a server is asked once, and not once for each job. Who runs one is told only what is news;
 * a discovery that fails by a bug of its own is started again.
 */
export class SharedDiscoveries {
  readonly #dependencies: DiscoveryDependencies;
  readonly #make: MakeDiscovery;
  /** By their options as JSON. */
  readonly #providers: Map<string, Provider> = new Map();

  constructor(dependencies: DiscoveryDependencies, make: MakeDiscovery = makeDiscovery) {
    this.#dependencies = dependencies;
    this.#make = make;
  }

  /** The discovery of a job. It works as long as somebody runs it. */
  open(options: ResolvedDiscovery, jobName: string): Discovery {
    return { run: (tell, signal) => this.#run(options, jobName, tell, signal) };
  }

  async #run(
    options: ResolvedDiscovery,
    jobName: string,
    tell: (groups: readonly TargetGroup[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { stats } = this.#dependencies;
    const key = JSON.stringify(options);
    const known = this.#providers.get(key);
    const provider = known ?? this.#providerOf(options, key);
    const leave = provider.listen((groups) => {
      stats.count("updates");
      stats.setTargets(jobName, key, provider.targets);
      tell(groups);
    });
    if (known === undefined) provider.start();
    await untilAborted(signal);
    leave();
    stats.setTargets(jobName, key, undefined);
    if (!provider.isIdle) return;
    this.#providers.delete(key);
    await provider.stop();
  }

  #providerOf(options: ResolvedDiscovery, key: string): Provider {
    const make = (): Discovery => this.#make(options, this.#dependencies);
    const provider = new Provider(options, make, this.#dependencies);
    this.#providers.set(key, provider);
    return provider;
  }
}
