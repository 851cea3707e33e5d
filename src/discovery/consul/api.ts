import type { ConsulDiscovery } from "../../options/resolved_scrape.ts";
import { DiscoveryClient, DiscoveryError } from "../client.ts";
import type { DiscoveryDependencies } from "../dependencies.ts";

/** How long Consul waits for a change, as Prometheus asks for it. */
const WAIT_MS = 120_000;
/** Consul adds a little of its own, so that not all of its clients come back at once. */
const TIMEOUT_MS = WAIT_MS + 15_000;

/** One instance of a service: GET /v1/health/service/:name, as far as it is needed. */
export interface ServiceInstance {
  readonly Node: {
    readonly Node?: string;
    readonly Address?: string;
    readonly Datacenter?: string;
    readonly Meta?: Texts | null;
    readonly TaggedAddresses?: Texts | null;
  };
  readonly Service: {
    readonly ID?: string;
    readonly Address?: string;
    readonly Port?: number;
    readonly Tags?: readonly string[] | null;
    readonly Meta?: Texts | null;
    readonly Namespace?: string;
    readonly Partition?: string;
  };
  readonly Checks?: readonly HealthCheck[] | null;
}

export interface HealthCheck {
  readonly CheckID?: string;
  readonly Status?: string;
}

type Texts = Readonly<Record<string, string>>;

/** An answer to a blocking query. */
export interface Indexed<Value> {
  readonly value: Value;
  /** Of the state that this is; the next question is answered when there is another. */
  readonly index: number;
}

/** The questions to a Consul. */
export class ConsulApi {
  readonly #options: ConsulDiscovery;
  readonly #client: DiscoveryClient;
  readonly #origin: string;
  readonly #unixSocket: string | undefined;

  constructor(options: ConsulDiscovery, dependencies: DiscoveryDependencies) {
    const { server, scheme, pathPrefix } = options;
    this.#options = options;
    this.#client = new DiscoveryClient(options, dependencies);
    this.#unixSocket = /^unix:\/\/(.+)$/.exec(server)?.[1];
    const host = this.#unixSocket === undefined ? server : "localhost";
    const origin = /^https?:\/\//.test(host) ? host : `${scheme}://${host}`;
    const prefix = pathPrefix.replace(/^\/*|\/*$/g, "");
    this.#origin = origin.replace(/\/+$/, "") + (prefix === "" ? "" : `/${prefix}`);
  }

  /** The one of the agent that is asked. */
  async datacenter(signal: AbortSignal): Promise<string> {
    const { value } = await this.#get("/v1/agent/self", new URLSearchParams(), signal);
    const { Config } = value as { readonly Config?: { readonly Datacenter?: unknown } };
    const datacenter = Config?.Datacenter;
    if (typeof datacenter === "string") return datacenter;
    throw new DiscoveryError("the agent of Consul does not say in which datacenter it is");
  }

  /** Tags by the names of services. */
  async services(
    index: number,
    signal: AbortSignal,
  ): Promise<Indexed<Readonly<Record<string, readonly string[]>>>> {
    const query = this.#query(index, this.#options.filter);
    const answer = await this.#get("/v1/catalog/services", query, signal);
    if (typeof answer.value !== "object" || answer.value === null) {
      throw new DiscoveryError("the catalog of Consul is no object");
    }
    return answer as Indexed<Record<string, string[]>>;
  }

  async instances(
    service: string,
    index: number,
    signal: AbortSignal,
  ): Promise<Indexed<readonly ServiceInstance[]>> {
    const query = this.#query(index, this.#options.healthFilter);
    for (const tag of this.#options.tags) query.append("tag", tag);
    const path = `/v1/health/service/${encodeURIComponent(service)}`;
    const answer = await this.#get(path, query, signal);
    if (!Array.isArray(answer.value)) {
      throw new DiscoveryError(`the health of ${JSON.stringify(service)} is no list`);
    }
    return answer as Indexed<ServiceInstance[]>;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #query(index: number, filter: string): URLSearchParams {
    const { allowStale, nodeMeta } = this.#options;
    const query = new URLSearchParams({ wait: `${WAIT_MS}ms` });
    if (index > 0) query.set("index", String(index));
    if (allowStale) query.set("stale", "");
    if (filter !== "") query.set("filter", filter);
    for (const [name, value] of Object.entries(nodeMeta)) {
      query.append("node-meta", `${name}:${value}`);
    }
    return query;
  }

  async #get(
    path: string,
    query: URLSearchParams,
    signal: AbortSignal,
  ): Promise<Indexed<unknown>> {
    const { token, datacenter, namespace, partition } = this.#options;
    if (datacenter !== "") query.set("dc", datacenter);
    if (namespace !== "") query.set("ns", namespace);
    if (partition !== "") query.set("partition", partition);
    const text = query.toString();
    const { value, header } = await this.#client.getJson({
      url: `${this.#origin}${path}${text === "" ? "" : `?${text}`}`,
      ...(token === "" ? {} : { headers: { "x-consul-token": token } }),
      unixSocket: this.#unixSocket,
      timeoutMs: TIMEOUT_MS,
    }, signal);
    const index = Number(header("x-consul-index"));
    return { value, index: Number.isSafeInteger(index) && index > 0 ? index : 0 };
  }
}
