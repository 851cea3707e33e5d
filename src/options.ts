/** The options: what may be given, and what the rooms work with. */
export type { AzureCloud, OAuth2GrantType, OAuth2SignatureAlgorithm } from "./credentials.ts";
export { formatPath, OptionsError } from "./options/options_error.ts";
export type { OptionIssue } from "./options/options_error.ts";
export { resolveOptions } from "./options/resolve.ts";
export type { ResolvedEndpoint, ResolvedOptions, ResolvedStream } from "./options/resolved.ts";
export { jetStreamStore, resolveStore } from "./options/jet_stream_store.ts";
export type {
  ConsulDiscovery,
  DnsDiscovery,
  DnsRecordType,
  DockerDiscovery,
  EscapingScheme,
  FileDiscovery,
  HttpDiscovery,
  KubernetesDiscovery,
  KubernetesRole,
  KubernetesSelector,
  ResolvedClient,
  ResolvedDiscovery,
  ResolvedJob,
  ResolvedScrape,
  StaticDiscovery,
} from "./options/resolved_scrape.ts";
export {
  checkAgainstHost,
  type ClientIssue,
  clientIssues,
  type NamedFiles,
  type OptionsHost,
} from "./options/host_checks.ts";
// What checks them is `options/resolve_scrape.ts`: a library has no use for it, and does not load it.
export type { PlacedClient, ScrapeOptions } from "./options/resolve_scrape.ts";
export type {
  AzureAd,
  AzureClient,
  AzureManagedIdentity,
  AzureWorkloadIdentity,
  BasicAuth,
  EndpointOptions,
  HandOverOptions,
  HttpHeader,
  JetStreamOptions,
  LimitOptions,
  OAuth2,
  PersistenceOptions,
  QueueOptions,
  RelabelConfig,
  SigV4,
  TlsOptions,
} from "./options/types.ts";
export type { Duration, NameValidationScheme, RelabelAction, Size } from "./options/values.ts";
