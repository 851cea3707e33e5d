/** What is counted of discoveries, by the last part of Prometheus's names for it. */
export type DiscoveryCounter =
  /** Lists that could not be had: `prometheus_sd_refresh_failures_total`, by mechanism. */
  | "refresh_failures"
  | "file_read_errors"
  | "http_failures"
  | "dns_lookups"
  | "dns_lookup_failures"
  | "consul_rpc_failures"
  /** Lists and watches that failed: `prometheus_sd_kubernetes_failures_total`. */
  | "kubernetes_failures"
  /** What discoveries have told, be it news or not: `prometheus_sd_received_updates_total`. */
  | "received_updates"
  /** What was told to jobs: `prometheus_sd_updates_total`. */
  | "updates";

/** How targets are found. */
export type Mechanism = "static" | "file" | "http" | "dns" | "docker" | "consul" | "kubernetes";

/** Mechanisms that ask for the whole list again and again. */
export type RefreshedMechanism = "http" | "dns" | "docker";

/** What a {@link DiscoveryStats} has counted. */
export interface DiscoverySnapshot {
  readonly counters: Readonly<Record<DiscoveryCounter, number>>;
  /** Of `refresh_failures`, by mechanism: those that were never asked for are 0. */
  readonly refreshFailures: Readonly<Record<RefreshedMechanism, number>>;
  /** Targets as they were told last, by the name of their job. */
  readonly discoveredTargets: ReadonlyMap<string, number>;
}

/** Counters of all discoveries of a process. */
export class DiscoveryStats {
  readonly #counters: Record<DiscoveryCounter, number> = {
    refresh_failures: 0,
    file_read_errors: 0,
    http_failures: 0,
    dns_lookups: 0,
    dns_lookup_failures: 0,
    consul_rpc_failures: 0,
    kubernetes_failures: 0,
    received_updates: 0,
    updates: 0,
  };
  readonly #refreshFailures: Record<RefreshedMechanism, number> = { http: 0, dns: 0, docker: 0 };
  /** By job and discovery. */
  readonly #targets: Map<string, Map<string, number>> = new Map();

  count(counter: DiscoveryCounter): void {
    this.#counters[counter]++;
  }

  refreshFailed(mechanism: RefreshedMechanism): void {
    this.#counters.refresh_failures++;
    this.#refreshFailures[mechanism]++;
  }

  /** How many targets a job has by one of its discoveries; undefined when it has that no more. */
  setTargets(jobName: string, discovery: string, count: number | undefined): void {
    const counts = this.#targets.get(jobName) ?? new Map<string, number>();
    if (count === undefined) counts.delete(discovery);
    else counts.set(discovery, count);
    if (counts.size === 0) this.#targets.delete(jobName);
    else this.#targets.set(jobName, counts);
  }

  snapshot(): DiscoverySnapshot {
    return {
      counters: { ...this.#counters },
      refreshFailures: { ...this.#refreshFailures },
      discoveredTargets: new Map(
        Array.from(this.#targets, ([jobName, counts]) => [jobName, sumOf(counts.values())]),
      ),
    };
  }
}

function sumOf(counts: Iterable<number>): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
