import { sleep } from "../../actor/sleep.ts";
import type { Discovery, TargetGroup } from "../../contracts.ts";
import { messageOf } from "../../errors.ts";
import type { ConsulDiscovery } from "../../options/resolved_scrape.ts";
import type { DiscoveryDependencies } from "../dependencies.ts";
import { FailureLog } from "../failure_log.ts";
import { emptyGroup } from "../refresh.ts";
import { untilAborted } from "../until_aborted.ts";
import { ConsulApi, type Indexed } from "./api.ts";
import { serviceGroup } from "./service_group.ts";

/** What is waited after a question that failed, as with Prometheus. */
const AGAIN_MS = 15_000;

type Tell = (groups: readonly TargetGroup[]) => void;

/** A service that is watched. */
interface Watch {
  readonly stopping: AbortController;
  readonly done: Promise<void>;
}

/**
 * Services of a Consul, by blocking queries: one for the catalog, unless all services are
 * named, and one for each service.
 */
export class ConsulDiscoverer implements Discovery {
  readonly #options: ConsulDiscovery;
  readonly #dependencies: DiscoveryDependencies;
  readonly #failures: FailureLog;

  constructor(options: ConsulDiscovery, dependencies: DiscoveryDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#failures = new FailureLog(dependencies.logger, dependencies.platform.clock);
  }

  async run(tell: Tell, signal: AbortSignal): Promise<void> {
    const api = new ConsulApi(this.#options, this.#dependencies);
    const watches = new ServiceWatches(
      (service, stop, onGroup) => this.#watchService(api, service, datacenter, onGroup, stop),
      tell,
    );
    let { datacenter } = this.#options;
    try {
      while (datacenter === "" && !signal.aborted) {
        datacenter = await this.#try(() => api.datacenter(signal), signal) ?? "";
      }
      const { services, tags, filter } = this.#options;
      if (services.length > 0 && tags.length === 0 && filter === "") {
        watches.set(signal.aborted ? [] : services);
        await untilAborted(signal);
      } else {
        await this.#repeat((index) => api.services(index, signal), ({ value }) => {
          watches.set(Object.keys(value).filter((name) => this.#isWatched(name, value[name])));
        }, signal);
      }
    } finally {
      await watches.stop();
      await api.close();
    }
  }

  #isWatched(name: string, has: readonly string[] | null | undefined): boolean {
    const { services, tags } = this.#options;
    return (services.length === 0 || services.includes(name)) &&
      tags.every((tag) => has?.includes(tag));
  }

  async #watchService(
    api: ConsulApi,
    service: string,
    datacenter: string,
    onGroup: (group: TargetGroup) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#repeat((index) => api.instances(service, index, signal), ({ value }) => {
      onGroup(serviceGroup(service, value, datacenter, this.#options));
    }, signal);
  }

  /** Asks again and again, at most once in the refresh interval; `use` gets what is new. */
  async #repeat<Value>(
    ask: (index: number) => Promise<Indexed<Value>>,
    use: (answer: Indexed<Value>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#dependencies.platform;
    let index = 0;
    while (!signal.aborted) {
      const beganMs = clock.monotonicMs();
      const answer = await this.#try(() => ask(index), signal);
      if (answer === undefined) {
        // What comes back may be another one, which counts anew: a wait for its next change could be long.
        index = 0;
        continue;
      }
      if (answer.index !== index || index === 0) use(answer);
      // One that goes back is another Consul's, or that of one that was restored: all of it is new.
      index = answer.index < index ? 0 : answer.index;
      const waitMs = beganMs + this.#options.refreshIntervalMs - clock.monotonicMs();
      if (waitMs > 0) await sleep(clock, waitMs, signal);
    }
  }

  /** Undefined when it failed, after a while. */
  async #try<Value>(ask: () => Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
    try {
      const value = await ask();
      return signal.aborted ? undefined : value;
    } catch (error) {
      if (signal.aborted) return undefined;
      this.#dependencies.stats.count("consul_rpc_failures");
      const message = "cannot ask Consul; the targets that are known stay in force";
      this.#failures.tell(message, messageOf(error));
      await sleep(this.#dependencies.platform.clock, AGAIN_MS, signal);
      return undefined;
    }
  }
}

type WatchService = (
  service: string,
  signal: AbortSignal,
  onGroup: (group: TargetGroup) => void,
) => Promise<void>;

/** The services that are watched at the moment. */
class ServiceWatches {
  readonly #watch: WatchService;
  readonly #tell: Tell;
  readonly #watches: Map<string, Watch> = new Map();
  /** Found in the first list, and not known yet: nothing is told until all are, as part of a list is none. */
  #unknown: Set<string> | undefined;
  #held: TargetGroup[] = [];

  constructor(watch: WatchService, tell: Tell) {
    this.#watch = watch;
    this.#tell = tell;
  }

  /** These are watched from now on, and no others. */
  set(services: readonly string[]): void {
    this.#unknown ??= new Set(services);
    const wanted = new Set(services);
    for (const [service, { stopping }] of this.#watches) {
      if (wanted.has(service)) continue;
      stopping.abort();
      this.#watches.delete(service);
      this.#take(emptyGroup(service));
    }
    for (const service of wanted) if (!this.#watches.has(service)) this.#begin(service);
    if (wanted.size === 0) this.#tellHeld();
  }

  async stop(): Promise<void> {
    const all = [...this.#watches.values()];
    for (const { stopping } of all) stopping.abort();
    await Promise.all(all.map(({ done }) => done));
  }

  #begin(service: string): void {
    const stopping = new AbortController();
    const { signal } = stopping;
    const done = this.#watch(service, signal, (group) => {
      if (!signal.aborted) this.#take(group);
    });
    this.#watches.set(service, { stopping, done });
  }

  #take(group: TargetGroup): void {
    this.#held.push(group);
    this.#unknown?.delete(group.source);
    if (this.#unknown?.size === 0) this.#tellHeld();
  }

  #tellHeld(): void {
    const held = this.#held;
    this.#held = [];
    this.#tell(held);
  }
}
