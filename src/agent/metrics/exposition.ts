import type { Metric as PromMetric, Registry } from "prom-client";
import { AGENT_METRICS, type AgentSnapshot } from "./agent_metrics.ts";
import type { MetricLine } from "./metric.ts";

/** One sample as it is exposed. */
interface ExposedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Shows snapshots in Prometheus's text format, through prom-client's registry. */
export class Exposition {
  readonly #snapshot: () => AgentSnapshot;
  /** Undefined until somebody scrapes: prom-client takes its time to be loaded. */
  #registry: Registry | undefined;
  /** The snapshot for the scrape under way: all of its lines show one moment. */
  #current: AgentSnapshot | undefined;

  constructor(snapshot: () => AgentSnapshot) {
    this.#snapshot = snapshot;
  }

  /** One scrape. */
  async page(): Promise<{ readonly text: string; readonly contentType: string }> {
    // Where it could not be loaded the next scrape tries again.
    const registry = this.#registry ??= await this.#register();
    this.#current = this.#snapshot();
    return { text: await registry.metrics(), contentType: registry.contentType };
  }

  /** The same, as samples. */
  samples(): ExposedSample[] {
    const snapshot = this.#snapshot();
    return AGENT_METRICS.flatMap(({ name, read }) =>
      read(snapshot).map(({ metricName = name, labels, value }) => ({
        name: metricName,
        labels: Object.fromEntries(Object.entries(labels).map(([key, label]) => [key, `${label}`])),
        value,
      }))
    );
  }

  async #register(): Promise<Registry> {
    const { default: promClient } = await import("prom-client");
    const registry = new promClient.Registry();
    for (const { name, help, type, read } of AGENT_METRICS) {
      // prom-client's own classes hold state; a registry asks no more of a metric than this.
      const metric = {
        name,
        help,
        type,
        get: () => Promise.resolve({ name, help, type, values: this.#lines(read) }),
      };
      registry.registerMetric(metric as unknown as PromMetric);
    }
    return registry;
  }

  #lines(read: (snapshot: AgentSnapshot) => MetricLine[]): MetricLine[] {
    return read(this.#current ?? this.#snapshot());
  }
}
