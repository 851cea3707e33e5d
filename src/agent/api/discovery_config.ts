/** Discoveries in the keys of a file of Prometheus, as they stand in a job. */
import { formatDuration } from "../../duration.ts";
import type { ResolvedDiscovery } from "../../options.ts";
import { shownLabels, shownTarget, shownValue } from "../../shown_params.ts";
import { shownUrl } from "../../shown_url.ts";
import { clientKeys, given, type Keys } from "./client_config.ts";

/** All of a job, those of a kind in one list. */
export function discoveryKeys(discoveries: readonly ResolvedDiscovery[]): Keys {
  const lists: Record<string, Keys[]> = {};
  for (const discovery of discoveries) {
    const [key, items] = discovery.kind === "static"
      ? ["static_configs", discovery.groups.map(groupKeys)] as const
      : [`${discovery.kind}_sd_configs`, [keysOf(discovery)]] as const;
    lists[key] = [...lists[key] ?? [], ...items];
  }
  return lists;
}

function groupKeys(
  { targets, labels }: Extract<ResolvedDiscovery, { kind: "static" }>["groups"][number],
): Keys {
  return {
    targets: targets.map(({ __address__ = "" }) => shownValue(__address__)),
    ...given({ labels: shownLabels(labels) }),
  };
}

function keysOf(discovery: Exclude<ResolvedDiscovery, { kind: "static" }>): Keys {
  switch (discovery.kind) {
    case "file":
      return { files: discovery.files, ...refreshKey(discovery) };
    case "http":
      return { ...clientKeys(discovery), ...refreshKey(discovery), url: shownUrl(discovery.url) };
    case "dns": {
      const { names, type, port } = discovery;
      return { names, ...refreshKey(discovery), type, port };
    }
    case "docker":
      return {
        ...clientKeys(discovery),
        host: shownTarget(discovery.host),
        port: discovery.port,
        filters: discovery.filters,
        host_networking_host: discovery.hostNetworkingHost,
        ...refreshKey(discovery),
        match_first_network: discovery.matchFirstNetwork,
      };
    case "consul":
      return {
        server: shownTarget(discovery.server),
        ...given({
          path_prefix: discovery.pathPrefix,
          token: discovery.token === "" ? "" : "<secret>",
          datacenter: discovery.datacenter,
          namespace: discovery.namespace,
          partition: discovery.partition,
          tag_separator: discovery.tagSeparator,
          scheme: discovery.scheme,
        }),
        allow_stale: discovery.allowStale,
        ...refreshKey(discovery),
        ...given({
          services: discovery.services,
          tags: discovery.tags,
          node_meta: discovery.nodeMeta,
          filter: discovery.filter,
          health_filter: discovery.healthFilter,
        }),
        ...clientKeys(discovery),
      };
    case "kubernetes":
      return {
        ...given({ api_server: shownTarget(discovery.apiServer ?? "").replace(/\/$/, "") }),
        role: discovery.role,
        kubeconfig_file: discovery.kubeconfigFile ?? "",
        ...clientKeys(discovery),
        ...unlessPlain({
          namespaces: { own_namespace: discovery.ownNamespace, names: discovery.namespaces },
        }),
        ...given({
          selectors: discovery.selectors.map(({ role, ...own }) => ({ role, ...given(own) })),
        }),
        ...unlessPlain({ attach_metadata: discovery.attachMetadata }),
      };
  }
}

/** Keys whose own keys say something, with all of these. */
function unlessPlain(keys: Readonly<Record<string, Keys>>): Keys {
  return Object.fromEntries(
    Object.entries(keys).filter(([, own]) => Object.keys(given(own)).length > 0),
  );
}

function refreshKey({ refreshIntervalMs }: { readonly refreshIntervalMs: number }): Keys {
  return { refresh_interval: formatDuration(refreshIntervalMs) };
}
