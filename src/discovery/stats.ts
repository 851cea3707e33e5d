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
  /** Changes of target lists that came from a discovery: `prometheus_sd_received_updates_total`. */
  | "received_updates"
  /** Lists that were told on: `prometheus_sd_updates_total`. */
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
  readonly #targets: Map<string, number> = new Map();

  count(counter: DiscoveryCounter): void {
    this.#counters[counter]++;
  }

  refreshFailed(mechanism: RefreshedMechanism): void {
    this.#counters.refresh_failures++;
    this.#refreshFailures[mechanism]++;
  }

  /** How many targets a job has; undefined when it is gone. */
  setTargets(jobName: string, count: number | undefined): void {
    if (count === undefined) this.#targets.delete(jobName);
    else this.#targets.set(jobName, count);
  }

  snapshot(): DiscoverySnapshot {
    return {
      counters: { ...this.#counters },
      refreshFailures: { ...this.#refreshFailures },
      discoveredTargets: new Map(this.#targets),
    };
  }
}
