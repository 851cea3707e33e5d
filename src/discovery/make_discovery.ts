import type { Discovery } from "../contracts.ts";
import type { ResolvedDiscovery } from "../options/resolved_scrape.ts";
import { ConsulDiscoverer } from "./consul/consul.ts";
import type { DiscoveryDependencies } from "./dependencies.ts";
import { dnsDiscoverer } from "./dns/dns.ts";
import { dockerDiscoverer } from "./docker.ts";
import { FileDiscoverer } from "./file.ts";
import { httpDiscoverer } from "./http.ts";
import { KubernetesDiscoverer } from "./kubernetes/kubernetes.ts";
import { StaticDiscoverer } from "./static.ts";

/** Makes a discovery by its options. What it needs is opened when it runs, or before, and closed when it ends. */
export type MakeDiscovery = (
  options: ResolvedDiscovery,
  dependencies: DiscoveryDependencies,
) => Discovery;

/** Every kind. */
export const makeDiscovery: MakeDiscovery = (options, dependencies) => {
  switch (options.kind) {
    case "static":
      return new StaticDiscoverer(options.groups);
    case "file":
      return new FileDiscoverer(options, dependencies);
    case "http":
      return httpDiscoverer(options, dependencies);
    case "dns":
      return dnsDiscoverer(options, dependencies);
    case "docker":
      return dockerDiscoverer(options, dependencies);
    case "consul":
      return new ConsulDiscoverer(options, dependencies);
    case "kubernetes":
      return new KubernetesDiscoverer(options, dependencies);
  }
};
