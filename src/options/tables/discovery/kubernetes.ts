import { block, defaulted, optional, required } from "../../block.ts";
import type {
  CheckedKubernetesDiscovery,
  CheckedKubernetesMetadata,
  CheckedKubernetesNamespaces,
  CheckedKubernetesSelector,
} from "../../checked_scrape.ts";
import { type Broken, shown } from "../../checks.ts";
import { choice, filled, flag, list, nested, path, text } from "../../kinds.ts";
import type { KubernetesRole } from "../../resolved_scrape.ts";
import type { ProgramBlock } from "../../table.ts";
import { clientContradictions } from "../http_client.ts";
import { httpUrl } from "../url.ts";
import { CLIENT } from "./client.ts";
import { isFieldSelector, isLabelSelector } from "./selectors.ts";

const ROLE = choice<KubernetesRole>("KubernetesRole", [
  "node",
  "service",
  "pod",
  "endpoints",
  "endpointslice",
  "ingress",
]);

/** Objects of which roles go into the targets of a role. */
const SELECTABLE: Readonly<Record<KubernetesRole, readonly KubernetesRole[]>> = {
  node: ["node"],
  service: ["service"],
  pod: ["pod", "node"],
  endpoints: ["pod", "service", "endpoints"],
  endpointslice: ["pod", "service", "endpointslice"],
  ingress: ["ingress"],
};

const NAMESPACES: ProgramBlock<CheckedKubernetesNamespaces> = block(
  "KubernetesNamespaces",
  "Which namespaces are looked at.",
  {
    ownNamespace: defaulted(flag(), false, { doc: "The one that walq runs in." }),
    names: defaulted(list(filled(), "name", { min: 0, max: 10_000 }), [], {
      doc: "These; without any, and without its own, all.",
    }),
  },
);

const SELECTOR: ProgramBlock<CheckedKubernetesSelector> = block(
  "KubernetesSelector",
  "Which objects of a role are asked for.",
  {
    role: required(ROLE, { doc: "Of which role." }),
    label: defaulted(
      text(
        'a selector such as "app=web,tier!=test"',
        (input) => isLabelSelector(input) ? input : undefined,
      ),
      "",
      { doc: "By their labels.", defaultDoc: "all" },
    ),
    field: defaulted(
      text(
        'a selector such as "status.phase=Running"',
        (input) => isFieldSelector(input) ? input : undefined,
      ),
      "",
      { doc: "By their fields.", defaultDoc: "all" },
    ),
  },
);

const METADATA: ProgramBlock<CheckedKubernetesMetadata> = block(
  "KubernetesMetadata",
  "What else targets are told about.",
  {
    node: defaulted(flag(), false, { doc: "The labels of their node." }),
    namespace: defaulted(flag(), false, { doc: "Those of their namespace." }),
    deployment: defaulted(flag(), false, { doc: "The Deployment of their pod." }),
    job: defaulted(flag(), false, { doc: "The Job of their pod." }),
    cronjob: defaulted(flag(), false, { doc: "The CronJob of their pod." }),
  },
);

/** One of `kubernetes_sd_configs`. */
export const KUBERNETES: ProgramBlock<CheckedKubernetesDiscovery> = block(
  "KubernetesDiscovery",
  "Objects of a Kubernetes.",
  {
    role: required(ROLE, { doc: "Which objects." }),
    apiServer: optional(httpUrl("basicAuth"), {
      doc: "Its API. Without it and `kubeconfigFile` walq runs in the cluster, and asks as its " +
        "own service account.",
    }),
    kubeconfigFile: optional(path("file"), { doc: "A file that says how it is asked." }),
    namespaces: defaulted(nested(NAMESPACES), {}, { doc: "Which namespaces are looked at." }),
    selectors: defaulted(list(nested(SELECTOR), "selector", { min: 0, max: 100 }), [], {
      doc: "Which objects are asked for, at most one for a role.",
    }),
    attachMetadata: defaulted(nested(METADATA), {}, { doc: "What else targets are told about." }),
    ...CLIENT,
  },
  { rule: contradictions, hides: true },
);

function* contradictions(given: CheckedKubernetesDiscovery): Generator<Broken> {
  const { apiServer, kubeconfigFile, namespaces, role, selectors } = given;
  yield* clientContradictions(given);
  if (apiServer !== undefined && kubeconfigFile !== undefined) {
    yield ["kubeconfigFile", "given together with apiServer, expected one of them"];
  }
  if (kubeconfigFile !== undefined && isCustom(given)) {
    yield ["kubeconfigFile", "given together with how to connect or log in, which the file says"];
  } else if (apiServer === undefined && isCustom(given)) {
    yield ["apiServer", "missing, expected it with how to connect or log in"];
  }
  if (namespaces.ownNamespace && (apiServer ?? kubeconfigFile) !== undefined) {
    const what = apiServer === undefined ? "kubeconfigFile" : "apiServer";
    yield [["namespaces", "ownNamespace"], `given together with ${what}, which knows of none`];
  }
  const seen = new Set<KubernetesRole>();
  for (const [index, selector] of selectors.entries()) {
    const known = SELECTABLE[role];
    if (seen.has(selector.role)) {
      const message = `got ${shown(selector.role)} for the second time, expected each role once`;
      yield [["selectors", index, "role"], message];
    } else if (!known.includes(selector.role)) {
      const message = `got ${shown(selector.role)}, expected one of ${known.join(", ")}: ` +
        `the role is ${role}`;
      yield [["selectors", index, "role"], message];
    }
    seen.add(selector.role);
  }
}

/** Something is said of how to connect, or of who walq is. */
function isCustom(given: CheckedKubernetesDiscovery): boolean {
  const ways = [
    given.basicAuth,
    given.bearerToken,
    given.bearerTokenFile,
    given.authorizationType,
    given.oauth2,
    given.httpHeaders,
    given.proxyUrl,
    given.noProxy,
  ];
  const tls = Object.values(given.tlsConfig ?? {}).some((one) =>
    one !== undefined && one !== false
  );
  return ways.some((way) => way !== undefined) || tls || given.proxyFromEnvironment ||
    !given.followRedirects || Object.keys(given.proxyConnectHeader ?? {}).length > 0;
}
