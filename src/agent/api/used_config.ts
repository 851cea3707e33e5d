/**
 * The configuration as it is in use, as `/api/v1/status/config` shows it: in the keys of the
 * file, with all that the file leaves to defaults, and without secrets.
 */
import { stringify } from "yaml";
import { ENDPOINT } from "../../options/tables/endpoint.ts";
import { LIMITS } from "../../options/tables/limits.ts";
import { PERSISTENCE } from "../../options/tables/persistence.ts";
import { QUEUE } from "../../options/tables/queue.ts";
import type { ResolvedEndpoint, ResolvedOptions, ResolvedScrape } from "../../options.ts";
import { SERVER } from "../config/server_options.ts";
import { shownAddress } from "../listen_address.ts";
import type { ListenAddress } from "../listen_address.ts";
import { clientKeys, given, type Keys } from "./client_config.ts";
import { jobKeys, ruleKeys } from "./job_config.ts";
import { rowKeys } from "./row_keys.ts";
import { handOverKeys, storeKeys } from "./stream_keys.ts";

/** What of a configuration is shown. */
export interface ShownConfig {
  readonly resolved: ResolvedOptions;
  readonly scrape: ResolvedScrape;
  /** The block `server`, checked. */
  readonly serverValues: Readonly<Record<string, unknown>>;
  /** What the file calls endpoints, where that is not their own name. */
  readonly remoteNames: ReadonlyMap<string, string>;
}

/** All of it, as YAML. */
export function usedConfig(config: ShownConfig): { readonly yaml: string } {
  const { resolved, scrape } = config;
  const keys = {
    queue: queueKeys(resolved),
    server: serverKeys(config.serverValues),
    remote_write: resolved.endpoints.map((endpoint) => endpointKeys(endpoint, config)),
    ...given({ scrape_configs: scrape.jobs.map(jobKeys) }),
  };
  return { yaml: stringify(keys, { lineWidth: 0 }) };
}

/** Rules for the labels of series, as the file has them. */
export function rulesYaml(rules: ResolvedEndpoint["writeRelabelConfigs"]): string {
  return rules.length === 0 ? "" : stringify(rules.map(ruleKeys), { lineWidth: 0 });
}

function queueKeys(resolved: ResolvedOptions): Keys {
  const { writerRules, sync, store, ...own } = resolved;
  const flat = { ...own, ...writerRules, ...sync, nameValidationScheme: writerRules.names };
  return {
    ...rowKeys(QUEUE.rows, flat),
    ...store && { store: storeKeys(store) },
    persistence: rowKeys(PERSISTENCE.rows, flat),
    limits: rowKeys(LIMITS.rows, flat),
  };
}

function serverKeys(values: Readonly<Record<string, unknown>>): Keys {
  const listen = (values["listen"] as readonly ListenAddress[]).map(shownAddress);
  return rowKeys(SERVER.rows, { ...values, listen });
}

function endpointKeys(endpoint: ResolvedEndpoint, { remoteNames }: ShownConfig): Keys {
  const { sends, metadataCacheSize, writeRelabelConfigs, ...own } = endpoint;
  const flat = {
    ...own,
    name: remoteNames.get(endpoint.name) ?? endpoint.name,
    sendExemplars: sends.exemplars,
    sendNativeHistograms: sends.histograms,
    sendMetadata: sends.metadata,
    metadataCacheEnabled: metadataCacheSize > 0,
    ...metadataCacheSize > 0 && { metadataCacheSize },
  };
  return {
    ...rowKeys(ENDPOINT.rows, flat),
    ...endpoint.stream ? handOverKeys(endpoint.stream) : clientKeys(endpoint),
    ...signingKeys(endpoint),
    ...given({ write_relabel_configs: writeRelabelConfigs.map(ruleKeys) }),
  };
}

/** Who walq is by ways that only endpoints have. */
function signingKeys({ credentials: { identity } }: ResolvedEndpoint): Keys {
  if (identity.kind === "sigv4") {
    return {
      sigv4: given({
        region: identity.region,
        access_key: identity.accessKey && "<secret>",
        secret_key: identity.secretKey && "<secret>",
        profile: identity.profile,
        role_arn: identity.roleArn,
        external_id: identity.externalId && "<secret>",
        use_fips_sts_endpoint: identity.useFipsStsEndpoint,
        service_name: identity.serviceName,
      }),
    };
  }
  if (identity.kind !== "azuread") return {};
  const { cloud, scope, way } = identity;
  return { azuread: given({ cloud, scope, [way.kind]: azureKeys(way) }) };
}

type AzureWay = Extract<
  ResolvedEndpoint["credentials"]["identity"],
  { readonly kind: "azuread" }
>["way"];

function azureKeys(way: AzureWay): Keys {
  if (way.kind === "managed_identity") return given({ client_id: way.clientId });
  const who = { client_id: way.clientId, tenant_id: way.tenantId };
  if (way.kind === "oauth") return { ...who, client_secret: "<secret>" };
  return { ...who, token_file_path: way.token.path };
}
