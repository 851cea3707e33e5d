import type { Clock } from "../contracts.ts";
import { messageOf } from "../errors.ts";
import type { GivenLabels, GivenMetric, MetricRegistry } from "./shapes.ts";

/** A metric that could not be read. */
export interface ReadFailure {
  /** Undefined when it is the registry itself. */
  readonly metric: string | undefined;
  readonly error: string;
}

/** What a registry said. */
export interface ReadMetrics {
  readonly metrics: readonly GivenMetric[];
  readonly failures: readonly ReadFailure[];
}

/** A registry as it may be. */
interface LooseRegistry {
  getMetricsAsArray?(): readonly object[];
  getMetricsAsJSON?(): Promise<readonly object[]>;
  readonly contentType?: unknown;
  readonly _defaultLabels?: unknown;
}

/** A metric of a registry: its collector runs when it is asked. */
interface LooseMetric {
  readonly name?: unknown;
  get?(): unknown;
}

/** Asks the metrics of a registry for their values, each by itself. */
export class MetricReader {
  readonly #registry: LooseRegistry;
  readonly #clock: Clock;
  /** Those that were asked and have not answered: they are not asked again. */
  readonly #hanging = new Set<object>();

  constructor(registry: MetricRegistry, clock: Clock) {
    this.#registry = registry as LooseRegistry;
    this.#clock = clock;
  }

  /** Waits at most so long for those that take their time. Never rejects. */
  async read(timeoutMs: number): Promise<ReadMetrics> {
    let cancel = (): void => {};
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`no answer within ${timeoutMs / 1000} s`);
      cancel = this.#clock.after(timeoutMs, () => reject(error), true);
    });
    late.catch(() => {});
    try {
      return await this.#readAll(late);
    } catch (error) {
      return { metrics: [], failures: [{ metric: undefined, error: messageOf(error) }] };
    } finally {
      cancel();
    }
  }

  async #readAll(late: Promise<never>): Promise<ReadMetrics> {
    const registry = this.#registry;
    const listed: readonly LooseMetric[] | undefined = registry.getMetricsAsArray?.();
    if (listed === undefined || !listed.every((metric) => typeof metric.get === "function")) {
      const whole = await this.#ask(registry, () => registry.getMetricsAsJSON?.(), late);
      return { metrics: metricsIn(whole), failures: [] };
    }
    const failures: ReadFailure[] = [];
    const read = await Promise.all(listed.map(async (metric) => {
      try {
        return metricIn(await this.#ask(metric, () => metric.get!(), late));
      } catch (error) {
        failures.push({ metric: String(metric.name), error: messageOf(error) });
        return undefined;
      }
    }));
    return { metrics: read.filter((metric) => metric !== undefined), failures };
  }

  async #ask(whom: object, ask: () => unknown, late: Promise<never>): Promise<unknown> {
    if (this.#hanging.has(whom)) throw new Error("it has not answered since the last time");
    this.#hanging.add(whom);
    const answer = (async () => await ask())().finally(() => this.#hanging.delete(whom));
    answer.catch(() => {});
    return await Promise.race([answer, late]);
  }

  /** Labels that the registry gives to all its series; its own list of metrics does not have them. */
  get defaultLabels(): GivenLabels {
    const { _defaultLabels: labels } = this.#registry;
    return typeof labels === "object" && labels !== null ? labels as GivenLabels : {};
  }

  /** Whether counters have a suffix that is not in their metric's name. */
  get isOpenMetrics(): boolean {
    const { contentType } = this.#registry;
    return typeof contentType === "string" && contentType.startsWith("application/openmetrics");
  }
}

function metricsIn(answer: unknown): GivenMetric[] {
  if (!Array.isArray(answer)) throw new Error("the registry has no list of metrics");
  return answer.map(metricIn);
}

function metricIn(answer: unknown): GivenMetric {
  const metric = answer as GivenMetric | null | undefined;
  if (typeof metric?.name !== "string") throw new Error("what it answers has no name");
  if (metric.values !== undefined && !Array.isArray(metric.values)) {
    throw new Error("what it answers has no list of values");
  }
  return metric;
}
