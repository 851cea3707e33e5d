import type {
  CheckedConsulDiscovery,
  CheckedDnsDiscovery,
  CheckedDockerDiscovery,
  CheckedHttpDiscovery,
  CheckedKubernetesDiscovery,
  CheckedScrapeJob,
} from "./checked_scrape.ts";
import { resolveClient } from "./resolve_client.ts";
import type {
  ConsulDiscovery,
  DnsDiscovery,
  DockerDiscovery,
  HttpDiscovery,
  KubernetesDiscovery,
  ResolvedClient,
  ResolvedDiscovery,
  StaticDiscovery,
} from "./resolved_scrape.ts";

/** A discovery, and where the options of its job have it. */
export interface PlacedDiscovery {
  readonly path: readonly [option: string, index: number];
  readonly discovery: ResolvedDiscovery;
}

/** Where the targets of a job come from. Those that the file names are one discovery, as in Prometheus. */
export function resolveDiscoveries(job: CheckedScrapeJob): PlacedDiscovery[] {
  const each = <T>(
    option: string,
    given: readonly T[],
    resolve: (one: T) => ResolvedDiscovery,
  ): PlacedDiscovery[] =>
    given.map((one, index) => ({ path: [option, index], discovery: resolve(one) }));
  return [
    ...each("consulSdConfigs", job.consulSdConfigs, resolveConsul),
    ...each("dnsSdConfigs", job.dnsSdConfigs, resolveDns),
    ...each("dockerSdConfigs", job.dockerSdConfigs, resolveDocker),
    ...each("fileSdConfigs", job.fileSdConfigs, (one) => ({ kind: "file", ...one })),
    ...each("httpSdConfigs", job.httpSdConfigs, resolveHttp),
    ...each("kubernetesSdConfigs", job.kubernetesSdConfigs, resolveKubernetes),
    ...each("staticConfigs", job.staticConfigs.slice(0, 1), () => resolveStatic(job)),
  ];
}

/** How that is asked who tells the targets, if anybody is. */
export function clientOf(discovery: ResolvedDiscovery): ResolvedClient | undefined {
  return "credentials" in discovery ? discovery : undefined;
}

function resolveStatic({ staticConfigs }: CheckedScrapeJob): StaticDiscovery {
  const groups = staticConfigs.map(({ targets, labels }, index) => ({
    source: String(index),
    targets: targets.map((address) => ({ __address__: address })),
    labels,
  }));
  return { kind: "static", groups };
}

function resolveHttp(given: CheckedHttpDiscovery): HttpDiscovery {
  const { url, refreshIntervalMs } = given;
  return { kind: "http", url, refreshIntervalMs, ...resolveClient(given) };
}

function resolveDns({ port, ...given }: CheckedDnsDiscovery): DnsDiscovery {
  return { kind: "dns", ...given, port: given.type === "SRV" ? 0 : port };
}

function resolveDocker(given: CheckedDockerDiscovery): DockerDiscovery {
  const { host, port, hostNetworkingHost, filters, matchFirstNetwork, refreshIntervalMs } = given;
  return {
    kind: "docker",
    host,
    port,
    hostNetworkingHost,
    filters,
    matchFirstNetwork,
    refreshIntervalMs,
    ...resolveClient(given),
  };
}

function resolveConsul(given: CheckedConsulDiscovery): ConsulDiscovery {
  const { server, scheme, pathPrefix, datacenter, namespace, partition } = given;
  const { tagSeparator, allowStale, services, tags, nodeMeta, filter, healthFilter } = given;
  const { refreshIntervalMs, token = "", username, password } = given;
  const hasLogin = (username ?? password) !== undefined;
  const basicAuth = { username, password, usernameFile: undefined, passwordFile: undefined };
  return {
    kind: "consul",
    server,
    scheme,
    pathPrefix,
    token,
    datacenter,
    namespace,
    partition,
    tagSeparator,
    allowStale,
    services,
    tags,
    nodeMeta,
    filter,
    healthFilter,
    refreshIntervalMs,
    ...resolveClient(hasLogin ? { ...given, basicAuth } : given),
  };
}

function resolveKubernetes(given: CheckedKubernetesDiscovery): KubernetesDiscovery {
  const { role, apiServer, kubeconfigFile, namespaces, selectors, attachMetadata } = given;
  return {
    kind: "kubernetes",
    role,
    apiServer,
    kubeconfigFile,
    namespaces: namespaces.names,
    ownNamespace: namespaces.ownNamespace,
    selectors,
    attachMetadata,
    ...resolveClient(given),
  };
}
