import { KubernetesDiscoverer } from "../../src/discovery/kubernetes/kubernetes.ts";
import type { KubernetesDiscovery } from "../../src/options/resolved_scrape.ts";
import { KubernetesApi } from "./kubernetes_api.ts";
import { CLIENT, Harness } from "./support.ts";

export const NOTHING_ATTACHED = {
  node: false,
  namespace: false,
  deployment: false,
  job: false,
  cronjob: false,
};

export const OPTIONS: KubernetesDiscovery = {
  kind: "kubernetes",
  ...CLIENT,
  role: "pod",
  apiServer: "https://api.example:6443/",
  kubeconfigFile: undefined,
  namespaces: [],
  ownNamespace: false,
  selectors: [],
  attachMetadata: NOTHING_ATTACHED,
};

/** A discovery of an API that is played. */
export interface Scene {
  readonly api: KubernetesApi;
  readonly harness: Harness;
}

/** `prepare` is called before it starts. */
export async function started(
  more: Partial<KubernetesDiscovery>,
  prepare: (api: KubernetesApi, harness: Harness) => void | Promise<void>,
): Promise<Scene> {
  const api = new KubernetesApi();
  const harness = new Harness(api.script);
  await prepare(api, harness);
  await harness.start(new KubernetesDiscoverer({ ...OPTIONS, ...more }, harness.dependencies));
  await harness.pass(0);
  return { api, harness };
}
