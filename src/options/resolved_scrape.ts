/**
 * What scraping and discovery work with: checked, filled in from `global`, and plain data:
 * two that are equal as JSON are the same.
 */
import type { ConnectionSource } from "../connection/source.ts";
import type { ScrapeProtocol, TargetGroup } from "../contracts.ts";
import type { Credentials } from "../credentials.ts";
import type { CheckedRelabelConfig } from "./checked.ts";
import type { NameValidationScheme } from "./values.ts";

/** What is scraped. */
export interface ResolvedScrape {
  /** In the order of the file, then those of `scrape_config_files`; their names are unique. */
  readonly jobs: readonly ResolvedJob[];
}

/** How an HTTP server is asked: as a `ResolvedEndpoint` has it, for `auth` and `connection`. */
export interface ResolvedClient {
  /** Who walq is before it; full of secrets. */
  readonly credentials: Credentials;
  /** How connections to it are made, where its URL alone does not say it; may have secrets. */
  readonly connection: ConnectionSource | undefined;
  /** The same for who gives out the tokens of OAuth 2.0. */
  readonly tokenConnection: ConnectionSource | undefined;
  readonly followRedirects: boolean;
}

/** How names that are not of the classic pattern are asked for. */
export type EscapingScheme = "allow-utf-8" | "underscores" | "dots" | "values";

/** One of `scrape_configs`. A limit of 0 is none. */
export interface ResolvedJob extends ResolvedClient {
  readonly jobName: string;
  /** At least 1. */
  readonly scrapeIntervalMs: number;
  /** At least 1, and at most the interval. */
  readonly scrapeTimeoutMs: number;
  /** At least one, each once, the most wanted first. */
  readonly scrapeProtocols: readonly ScrapeProtocol[];
  /** What a page is taken for that does not say what it is; if undefined, such a scrape fails. */
  readonly fallbackScrapeProtocol: ScrapeProtocol | undefined;
  readonly metricsPath: string;
  /** Any text: a rule may give targets another. */
  readonly scheme: string;
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  readonly enableCompression: boolean;
  readonly relabelConfigs: readonly CheckedRelabelConfig[];
  readonly metricRelabelConfigs: readonly CheckedRelabelConfig[];
  readonly nameValidationScheme: NameValidationScheme;
  /** Never "allow-utf-8" with "legacy" names. */
  readonly nameEscapingScheme: EscapingScheme;
  readonly nativeHistograms: boolean;
  readonly alwaysClassicHistograms: boolean;
  readonly convertClassicHistograms: boolean;
  readonly nativeHistogramBucketLimit: number;
  readonly nativeHistogramMinBucketFactor: number;
  /** Of a page when it is unpacked. */
  readonly bodyBytesMax: number;
  readonly sampleLimit: number;
  readonly labelLimit: number;
  /** In bytes. */
  readonly labelNameLengthLimit: number;
  /** In bytes. */
  readonly labelValueLengthLimit: number;
  readonly targetLimit: number;
  readonly keepDroppedTargets: number;
  readonly readsStartTimestamps: boolean;
  /** The path of a file. */
  readonly scrapeFailureLogFile: string | undefined;
  readonly extraScrapeMetrics: boolean;
  /** Where its targets come from; with none it has no targets. */
  readonly discoveries: readonly ResolvedDiscovery[];
}

/** Where targets come from: one item of a `*_sd_configs`, or all `static_configs` of a job. */
export type ResolvedDiscovery =
  | StaticDiscovery
  | FileDiscovery
  | HttpDiscovery
  | DnsDiscovery
  | DockerDiscovery
  | ConsulDiscovery
  | KubernetesDiscovery;

/** Targets that the file names. */
export interface StaticDiscovery {
  readonly kind: "static";
  /** Their sources are "0", "1", ...; at least one. */
  readonly groups: readonly TargetGroup[];
}

/** Targets in files. */
export interface FileDiscovery {
  readonly kind: "file";
  /** Paths that can be opened as they are, in whose last part `*` may be; at least one. */
  readonly files: readonly string[];
  readonly refreshIntervalMs: number;
}

/** Targets that an HTTP server tells. */
export interface HttpDiscovery extends ResolvedClient {
  readonly kind: "http";
  /** Without user name and password, which are among the credentials. */
  readonly url: string;
  readonly refreshIntervalMs: number;
}

export type DnsRecordType = "SRV" | "A" | "AAAA" | "MX" | "NS";

/** Targets in the domain name system. */
export interface DnsDiscovery {
  readonly kind: "dns";
  /** At least one. */
  readonly names: readonly string[];
  readonly type: DnsRecordType;
  /** Of the targets; 0 with SRV, whose records have their own. */
  readonly port: number;
  readonly refreshIntervalMs: number;
}

/** Containers of a Docker. */
export interface DockerDiscovery extends ResolvedClient {
  readonly kind: "docker";
  /** A URL: "unix:///var/run/docker.sock", "tcp://...", "http://..." or "https://...". Only by the last two are the credentials and connection used. */
  readonly host: string;
  /** Of containers that publish none. */
  readonly port: number;
  /** The address of containers that are in the network of their host. */
  readonly hostNetworkingHost: string;
  /** As Docker's API has them. */
  readonly filters: readonly { readonly name: string; readonly values: readonly string[] }[];
  /** Of a container in more than one network only the first by name counts. */
  readonly matchFirstNetwork: boolean;
  readonly refreshIntervalMs: number;
}

/** Services of a Consul. Texts that are not given are empty. */
export interface ConsulDiscovery extends ResolvedClient {
  readonly kind: "consul";
  /** `host:port`, or "unix:///..." */
  readonly server: string;
  readonly scheme: "http" | "https";
  readonly pathPrefix: string;
  /** A secret: the header X-Consul-Token. */
  readonly token: string;
  readonly datacenter: string;
  readonly namespace: string;
  readonly partition: string;
  readonly tagSeparator: string;
  readonly allowStale: boolean;
  /** All services, if it is empty. */
  readonly services: readonly string[];
  /** A service has to have all of them. */
  readonly tags: readonly string[];
  readonly nodeMeta: Readonly<Record<string, string>>;
  /** For the catalog. */
  readonly filter: string;
  /** For the health of a service. */
  readonly healthFilter: string;
  readonly refreshIntervalMs: number;
}

export type KubernetesRole =
  | "node"
  | "service"
  | "pod"
  | "endpoints"
  | "endpointslice"
  | "ingress";

/** Objects of a Kubernetes. */
export interface KubernetesDiscovery extends ResolvedClient {
  readonly kind: "kubernetes";
  readonly role: KubernetesRole;
  /** Without it and without `kubeconfigFile` walq runs in the cluster, and asks as its own service account. */
  readonly apiServer: string | undefined;
  /** The path of a file; then there is no `apiServer`. */
  readonly kubeconfigFile: string | undefined;
  /** All namespaces, if these are empty and `ownNamespace` is not set. */
  readonly namespaces: readonly string[];
  /** The one that walq runs in. */
  readonly ownNamespace: boolean;
  /** At most one for a role; an empty text selects all. */
  readonly selectors: readonly KubernetesSelector[];
  readonly attachMetadata: {
    readonly node: boolean;
    readonly namespace: boolean;
    readonly deployment: boolean;
    readonly job: boolean;
    readonly cronjob: boolean;
  };
}

/** Which objects of a role are asked for, in the words of Kubernetes. */
export interface KubernetesSelector {
  readonly role: KubernetesRole;
  readonly label: string;
  readonly field: string;
}
