// Written by `npm run build:options`, from the rows in src/options/tables/.
import type { ScrapeProtocol } from "../contracts.ts";
import type { Labels } from "../types.ts";
import type { DnsRecordType, EscapingScheme, KubernetesRole } from "./resolved_scrape.ts";
import type { NameValidationScheme } from "./values.ts";
import type {
  CheckedBasicAuth,
  CheckedHttpHeader,
  CheckedOAuth2,
  CheckedRelabelConfig,
  CheckedTlsOptions,
} from "./checked.ts";

/** {@link ScrapeDefaults}, checked: every option has its value, and a number its unit. */
export interface CheckedScrapeDefaults {
  readonly scrapeIntervalMs: number | undefined;
  readonly scrapeTimeoutMs: number | undefined;
  readonly scrapeProtocols: readonly ScrapeProtocol[] | undefined;
  readonly metricNameEscapingScheme: EscapingScheme | undefined;
  readonly scrapeNativeHistograms: boolean | undefined;
  readonly alwaysScrapeClassicHistograms: boolean | undefined;
  readonly convertClassicHistogramsToNhcb: boolean | undefined;
  readonly scrapeStartTimestamps: boolean | undefined;
  readonly extraScrapeMetrics: boolean | undefined;
  readonly scrapeFailureLogFile: string | undefined;
  readonly bodySizeLimit: number;
  readonly sampleLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  readonly targetLimit: number;
  readonly keepDroppedTargets: number;
}

/** {@link StaticConfig}, checked: every option has its value, and a number its unit. */
export interface CheckedStaticConfig {
  readonly targets: readonly string[];
  readonly labels: Labels;
}

/** {@link FileDiscovery}, checked: every option has its value, and a number its unit. */
export interface CheckedFileDiscovery {
  readonly files: readonly string[];
  readonly refreshIntervalMs: number;
}

/** {@link HttpDiscovery}, checked: every option has its value, and a number its unit. */
export interface CheckedHttpDiscovery {
  readonly url: string;
  readonly refreshIntervalMs: number;
  readonly basicAuth: CheckedBasicAuth | undefined;
  readonly bearerToken: string | undefined;
  readonly bearerTokenFile: string | undefined;
  readonly authorizationType: string | undefined;
  readonly oauth2: CheckedOAuth2 | undefined;
  readonly httpHeaders: Readonly<Record<string, CheckedHttpHeader>> | undefined;
  readonly tlsConfig: CheckedTlsOptions | undefined;
  readonly proxyUrl: string | undefined;
  readonly noProxy: string | undefined;
  readonly proxyFromEnvironment: boolean;
  readonly proxyConnectHeader: Readonly<Record<string, readonly string[]>> | undefined;
  readonly followRedirects: boolean;
}

/** {@link DnsDiscovery}, checked: every option has its value, and a number its unit. */
export interface CheckedDnsDiscovery {
  readonly names: readonly string[];
  readonly type: DnsRecordType;
  readonly port: number;
  readonly refreshIntervalMs: number;
}

/** {@link DockerFilter}, checked: every option has its value, and a number its unit. */
export interface CheckedDockerFilter {
  readonly name: string;
  readonly values: readonly string[];
}

/** {@link DockerDiscovery}, checked: every option has its value, and a number its unit. */
export interface CheckedDockerDiscovery {
  readonly host: string;
  readonly port: number;
  readonly hostNetworkingHost: string;
  readonly filters: readonly CheckedDockerFilter[];
  readonly matchFirstNetwork: boolean;
  readonly refreshIntervalMs: number;
  readonly basicAuth: CheckedBasicAuth | undefined;
  readonly bearerToken: string | undefined;
  readonly bearerTokenFile: string | undefined;
  readonly authorizationType: string | undefined;
  readonly oauth2: CheckedOAuth2 | undefined;
  readonly httpHeaders: Readonly<Record<string, CheckedHttpHeader>> | undefined;
  readonly tlsConfig: CheckedTlsOptions | undefined;
  readonly proxyUrl: string | undefined;
  readonly noProxy: string | undefined;
  readonly proxyFromEnvironment: boolean;
  readonly proxyConnectHeader: Readonly<Record<string, readonly string[]>> | undefined;
  readonly followRedirects: boolean;
}

/** {@link ConsulDiscovery}, checked: every option has its value, and a number its unit. */
export interface CheckedConsulDiscovery {
  readonly server: string;
  readonly scheme: "http" | "https";
  readonly pathPrefix: string;
  readonly token: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly datacenter: string;
  readonly namespace: string;
  readonly partition: string;
  readonly tagSeparator: string;
  readonly allowStale: boolean;
  readonly services: readonly string[];
  readonly tags: readonly string[];
  readonly nodeMeta: Readonly<Record<string, string>>;
  readonly filter: string;
  readonly healthFilter: string;
  readonly refreshIntervalMs: number;
  readonly basicAuth: CheckedBasicAuth | undefined;
  readonly bearerToken: string | undefined;
  readonly bearerTokenFile: string | undefined;
  readonly authorizationType: string | undefined;
  readonly oauth2: CheckedOAuth2 | undefined;
  readonly httpHeaders: Readonly<Record<string, CheckedHttpHeader>> | undefined;
  readonly tlsConfig: CheckedTlsOptions | undefined;
  readonly proxyUrl: string | undefined;
  readonly noProxy: string | undefined;
  readonly proxyFromEnvironment: boolean;
  readonly proxyConnectHeader: Readonly<Record<string, readonly string[]>> | undefined;
  readonly followRedirects: boolean;
}

/** {@link KubernetesNamespaces}, checked: every option has its value, and a number its unit. */
export interface CheckedKubernetesNamespaces {
  readonly ownNamespace: boolean;
  readonly names: readonly string[];
}

/** {@link KubernetesSelector}, checked: every option has its value, and a number its unit. */
export interface CheckedKubernetesSelector {
  readonly role: KubernetesRole;
  readonly label: string;
  readonly field: string;
}

/** {@link KubernetesMetadata}, checked: every option has its value, and a number its unit. */
export interface CheckedKubernetesMetadata {
  readonly node: boolean;
  readonly namespace: boolean;
  readonly deployment: boolean;
  readonly job: boolean;
  readonly cronjob: boolean;
}

/** {@link KubernetesDiscovery}, checked: every option has its value, and a number its unit. */
export interface CheckedKubernetesDiscovery {
  readonly role: KubernetesRole;
  readonly apiServer: string | undefined;
  readonly kubeconfigFile: string | undefined;
  readonly namespaces: CheckedKubernetesNamespaces;
  readonly selectors: readonly CheckedKubernetesSelector[];
  readonly attachMetadata: CheckedKubernetesMetadata;
  readonly basicAuth: CheckedBasicAuth | undefined;
  readonly bearerToken: string | undefined;
  readonly bearerTokenFile: string | undefined;
  readonly authorizationType: string | undefined;
  readonly oauth2: CheckedOAuth2 | undefined;
  readonly httpHeaders: Readonly<Record<string, CheckedHttpHeader>> | undefined;
  readonly tlsConfig: CheckedTlsOptions | undefined;
  readonly proxyUrl: string | undefined;
  readonly noProxy: string | undefined;
  readonly proxyFromEnvironment: boolean;
  readonly proxyConnectHeader: Readonly<Record<string, readonly string[]>> | undefined;
  readonly followRedirects: boolean;
}

/** {@link ScrapeJob}, checked: every option has its value, and a number its unit. */
export interface CheckedScrapeJob {
  readonly jobName: string;
  readonly scrapeIntervalMs: number | undefined;
  readonly scrapeTimeoutMs: number | undefined;
  readonly scrapeProtocols: readonly ScrapeProtocol[] | undefined;
  readonly metricNameEscapingScheme: EscapingScheme | undefined;
  readonly scrapeNativeHistograms: boolean | undefined;
  readonly alwaysScrapeClassicHistograms: boolean | undefined;
  readonly convertClassicHistogramsToNhcb: boolean | undefined;
  readonly scrapeStartTimestamps: boolean | undefined;
  readonly extraScrapeMetrics: boolean | undefined;
  readonly scrapeFailureLogFile: string | undefined;
  readonly bodySizeLimit: number;
  readonly sampleLimit: number;
  readonly labelLimit: number;
  readonly labelNameLengthLimit: number;
  readonly labelValueLengthLimit: number;
  readonly targetLimit: number;
  readonly keepDroppedTargets: number;
  readonly fallbackScrapeProtocol: ScrapeProtocol | undefined;
  readonly metricNameValidationScheme: NameValidationScheme | undefined;
  readonly metricsPath: string;
  readonly scheme: string;
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  readonly enableCompression: boolean;
  readonly nativeHistogramBucketLimit: number;
  readonly nativeHistogramMinBucketFactor: number;
  readonly relabelConfigs: readonly CheckedRelabelConfig[];
  readonly metricRelabelConfigs: readonly CheckedRelabelConfig[];
  readonly basicAuth: CheckedBasicAuth | undefined;
  readonly bearerToken: string | undefined;
  readonly bearerTokenFile: string | undefined;
  readonly authorizationType: string | undefined;
  readonly oauth2: CheckedOAuth2 | undefined;
  readonly httpHeaders: Readonly<Record<string, CheckedHttpHeader>> | undefined;
  readonly tlsConfig: CheckedTlsOptions | undefined;
  readonly proxyUrl: string | undefined;
  readonly noProxy: string | undefined;
  readonly proxyFromEnvironment: boolean;
  readonly proxyConnectHeader: Readonly<Record<string, readonly string[]>> | undefined;
  readonly followRedirects: boolean;
  readonly staticConfigs: readonly CheckedStaticConfig[];
  readonly fileSdConfigs: readonly CheckedFileDiscovery[];
  readonly httpSdConfigs: readonly CheckedHttpDiscovery[];
  readonly dnsSdConfigs: readonly CheckedDnsDiscovery[];
  readonly dockerSdConfigs: readonly CheckedDockerDiscovery[];
  readonly consulSdConfigs: readonly CheckedConsulDiscovery[];
  readonly kubernetesSdConfigs: readonly CheckedKubernetesDiscovery[];
}

/** {@link ScrapeOptions}, checked: every option has its value, and a number its unit. */
export interface CheckedScrapeOptions {
  readonly global: CheckedScrapeDefaults;
  readonly scrapeConfigs: readonly CheckedScrapeJob[];
  readonly scrapeConfigFiles: readonly string[];
}
