import { sleep } from "../../actor/sleep.ts";
import type { Discovery, TargetGroup } from "../../contracts.ts";
import { messageOf } from "../../errors.ts";
import type { KubernetesDiscovery } from "../../options/resolved_scrape.ts";
import { DiscoveryClient } from "../client.ts";
import type { DiscoveryDependencies } from "../dependencies.ts";
import { FailureLog } from "../failure_log.ts";
import { type Cluster, findCluster } from "./cluster.ts";
import { ROLES } from "./resources.ts";
import { TargetMaker } from "./target_maker.ts";

/** What is waited where it is not known how the API is reached. */
const AGAIN_MS = 10_000;

/** Objects of a Kubernetes, by its API. */
export class KubernetesDiscoverer implements Discovery {
  readonly #options: KubernetesDiscovery;
  readonly #dependencies: DiscoveryDependencies;
  readonly #failures: FailureLog;

  constructor(options: KubernetesDiscovery, dependencies: DiscoveryDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#failures = new FailureLog(dependencies.logger, dependencies.platform.clock);
  }

  async run(tell: (groups: readonly TargetGroup[]) => void, signal: AbortSignal): Promise<void> {
    const cluster = await this.#findCluster(signal);
    if (cluster === undefined) return;
    const client = new DiscoveryClient(cluster.client, this.#dependencies);
    const context = { client, dependencies: this.#dependencies, failures: this.#failures };
    const place = { server: cluster.server, namespaces: this.#namespaces(cluster) };
    try {
      await new TargetMaker(this.#options, place, context, tell).run(signal);
    } finally {
      await client.close();
    }
  }

  /** Undefined for all of them. */
  #namespaces({ ownNamespace }: Cluster): readonly (string | undefined)[] {
    const { namespaces, role } = this.#options;
    if (!ROLES[role][0].isNamespaced) return [undefined];
    const all = ownNamespace === undefined ? namespaces : [...namespaces, ownNamespace];
    return all.length === 0 ? [undefined] : [...new Set(all)];
  }

  /** Undefined when the signal aborts before it is found. */
  async #findCluster(signal: AbortSignal): Promise<Cluster | undefined> {
    const { platform, stats } = this.#dependencies;
    while (!signal.aborted) {
      try {
        return await findCluster(this.#options, platform);
      } catch (error) {
        stats.count("kubernetes_failures");
        this.#failures.tell("cannot find the API of Kubernetes", messageOf(error));
        await sleep(platform.clock, AGAIN_MS, signal);
      }
    }
    return undefined;
  }
}
