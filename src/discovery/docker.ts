import type { Discovery, TargetGroup } from "../contracts.ts";
import type { DockerDiscovery } from "../options/resolved_scrape.ts";
import type { Labels } from "../types.ts";
import { DiscoveryClient, DiscoveryError } from "./client.ts";
import type { DiscoveryDependencies } from "./dependencies.ts";
import { hostPort, labelsOf } from "./label_text.ts";
import { RefreshedDiscovery } from "./refresh.ts";
import { NO_CLIENT } from "./no_client.ts";

/** GET /containers/json (Docker Engine API), as far as it is needed. */
interface Container {
  readonly Id: string;
  readonly Names?: readonly string[] | null;
  readonly Image?: string;
  readonly ImageID?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Ports?: readonly ContainerPort[] | null;
  readonly HostConfig?: { readonly NetworkMode?: string } | null;
  readonly NetworkSettings?: { readonly Networks?: Networks | null } | null;
}

type Networks = Readonly<Record<string, ContainerNetwork | null>>;

interface ContainerPort {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
}

interface ContainerNetwork {
  readonly NetworkID?: string;
  readonly IPAddress?: string;
  readonly GlobalIPv6Address?: string;
}

/** GET /networks. */
interface Network {
  readonly Id: string;
  readonly Name?: string;
  readonly Scope?: string;
  readonly Internal?: boolean;
  readonly Ingress?: boolean;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

/** Where a Docker listens. */
interface DockerAddress {
  readonly origin: string;
  readonly unixSocket: string | undefined;
}

/** Newer ones speak it, too; older than it are those that are out of support since 2017. */
const API_VERSION = "v1.24";

/** Containers of a Docker. */
export function dockerDiscoverer(
  options: DockerDiscovery,
  dependencies: DiscoveryDependencies,
): Discovery {
  const { host, filters, refreshIntervalMs } = options;
  const address = addressOf(host);
  // As in Prometheus, whose client of Docker does not know of the others.
  const isHttp = /^https?:/.test(host);
  const client = new DiscoveryClient(isHttp ? options : NO_CLIENT, dependencies);
  const get = async (path: string, signal: AbortSignal): Promise<readonly unknown[]> => {
    const { origin, unixSocket } = address;
    const request = { url: `${origin}${path}`, unixSocket, timeoutMs: refreshIntervalMs };
    const { value } = await client.getJson(request, signal);
    if (!Array.isArray(value)) throw new DiscoveryError(`${host}: ${path} is no list`);
    return value;
  };
  const query = filterQuery(filters);
  return new RefreshedDiscovery({
    mechanism: "docker",
    shown: host,
    intervalMs: refreshIntervalMs,
    list: async (signal) => {
      const version = await versionOf(client, address, refreshIntervalMs, signal);
      const containers = await get(`/${version}/containers/json${query}`, signal) as Container[];
      const networks = await get(`/${version}/networks`, signal) as Network[];
      return [dockerGroup(containers, networks, options)];
    },
    close: () => client.close(),
  }, dependencies);
}

/** The version that the Docker speaks, which newer ones insist on (GET /_ping). */
async function versionOf(
  client: DiscoveryClient,
  { origin, unixSocket }: DockerAddress,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string> {
  const { header } = await client.get({ url: `${origin}/_ping`, unixSocket, timeoutMs }, signal);
  const version = header("api-version");
  return version !== undefined && /^\d+\.\d+$/.test(version) ? `v${version}` : API_VERSION;
}

function addressOf(host: string): DockerAddress {
  const unixSocket = /^unix:\/\/(.+)$/.exec(host)?.[1];
  if (unixSocket !== undefined) return { origin: "http://localhost", unixSocket };
  return { origin: host.replace(/^tcp:/, "http:").replace(/\/+$/, ""), unixSocket };
}

function filterQuery(filters: DockerDiscovery["filters"]): string {
  if (filters.length === 0) return "";
  const asked = new Map<string, Record<string, boolean>>();
  for (const { name, values } of filters) {
    const all = asked.get(name) ?? {};
    for (const value of values) all[value] = true;
    asked.set(name, all);
  }
  return `?filters=${encodeURIComponent(JSON.stringify(Object.fromEntries(asked)))}`;
}

/** The targets that containers are (discovery/moby). */
export function dockerGroup(
  containers: readonly Container[],
  networks: readonly Network[],
  options: Pick<DockerDiscovery, "port" | "hostNetworkingHost" | "matchFirstNetwork">,
): TargetGroup {
  const byId = new Map(containers.map((container) => [container.Id, container]));
  const networkLabels = new Map(networks.map((network) => [network.Id, labelsOfNetwork(network)]));
  const targets = containers.flatMap((container) => {
    const common = labelsOfContainer(container);
    if (common === undefined) return [];
    return networksOf(container, byId, options.matchFirstNetwork).flatMap((network) => {
      const labels = { ...common, ...networkLabels.get(network.NetworkID ?? "") };
      return targetsOf(container, network, labels, options);
    });
  });
  return { source: "Docker", targets, labels: {} };
}

function labelsOfNetwork(
  { Id, Name = "", Scope = "", Internal, Ingress, Labels }: Network,
): Labels {
  return {
    __meta_docker_network_id: Id,
    __meta_docker_network_name: Name,
    __meta_docker_network_scope: Scope,
    __meta_docker_network_internal: String(Internal ?? false),
    __meta_docker_network_ingress: String(Ingress ?? false),
    ...labelsOf("__meta_docker_network_label_", Labels),
  };
}

/** Undefined for one without a name. */
function labelsOfContainer(
  { Id, Names, HostConfig, Image, ImageID, Labels }: Container,
): Labels | undefined {
  const [name] = Names ?? [];
  if (name === undefined) return undefined;
  return {
    __meta_docker_container_id: Id,
    __meta_docker_container_name: name,
    __meta_docker_container_network_mode: HostConfig?.NetworkMode ?? "",
    ...(Image ? { __meta_docker_container_image: Image } : {}),
    ...(ImageID ? { __meta_docker_container_image_id: ImageID } : {}),
    ...labelsOf("__meta_docker_container_label_", Labels),
  };
}

/** One that is in the network of another container has those of that one, which may be in another's, too. */
function networksOf(
  container: Container,
  byId: ReadonlyMap<string, Container>,
  matchFirst: boolean,
): readonly ContainerNetwork[] {
  const seen = new Set<Container>();
  let owner: Container | undefined = container;
  let found: Networks = {};
  while (owner !== undefined && !seen.has(owner)) {
    seen.add(owner);
    found = owner.NetworkSettings?.Networks ?? {};
    if (Object.keys(found).length > 0) break;
    const mode: string = owner.HostConfig?.NetworkMode ?? "";
    owner = mode.startsWith("container:") ? byId.get(mode.slice("container:".length)) : undefined;
  }
  const named = Object.entries(found).flatMap(([name, network]) =>
    network ? [{ name, network }] : []
  );
  named.sort((a, b) => a.name < b.name ? -1 : 1);
  return (matchFirst ? named.slice(0, 1) : named).map(({ network }) => network);
}

/** One for each port of TCP, and one by the fallback port if there is none. */
function targetsOf(
  { Ports, HostConfig }: Container,
  { IPAddress, GlobalIPv6Address }: ContainerNetwork,
  labels: Labels,
  { port, hostNetworkingHost }: Pick<DockerDiscovery, "port" | "hostNetworkingHost">,
): readonly Labels[] {
  const ports = (Ports ?? []).filter(({ Type }) => Type === "tcp");
  const ip = IPAddress || GlobalIPv6Address || "";
  const common = { ...labels, __meta_docker_network_ip: ip };
  if (ports.length === 0) {
    const isHost = HostConfig?.NetworkMode === "host";
    return [{ ...common, __address__: isHost ? hostNetworkingHost : hostPort(ip, port) }];
  }
  return ports.map(({ PrivatePort, PublicPort = 0, IP = "" }) => ({
    ...common,
    __address__: hostPort(ip, PrivatePort),
    __meta_docker_port_private: String(PrivatePort),
    ...(PublicPort > 0 && {
      __meta_docker_port_public: String(PublicPort),
      __meta_docker_port_public_ip: IP,
    }),
  }));
}
