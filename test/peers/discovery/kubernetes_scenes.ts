/** A cluster with objects in many forms, and the jobs that look at it. */
import {
  ENDPOINTS,
  ENDPOINTS_PATH,
  INGRESS,
  INGRESSES_PATH,
  JOBS_PATH,
  NAMESPACE,
  NAMESPACES_PATH,
  NODE,
  NODES_PATH,
  POD,
  PODS_PATH,
  REPLICA_SET,
  REPLICA_SETS_PATH,
  SERVICE,
  SERVICES_PATH,
  SLICE,
  SLICES_PATH,
} from "../../discovery/kubernetes_objects.ts";
import {
  ENDPOINTS_FORMS,
  INGRESS_FORMS,
  JOB_FORMS,
  NAMESPACE_FORMS,
  NODE_FORMS,
  POD_FORMS,
  REPLICA_SET_FORMS,
  SERVICE_FORMS,
  SLICE_FORMS,
} from "./kubernetes_forms.ts";
import type { ApiObject } from "../../discovery/kubernetes_api.ts";
import { NOT_FOUND, type Scene } from "./scene.ts";

const OBJECTS: Readonly<Record<string, readonly [kind: string, objects: readonly ApiObject[]]>> = {
  [PODS_PATH]: ["Pod", [POD, ...POD_FORMS]],
  [NODES_PATH]: ["Node", [NODE, ...NODE_FORMS]],
  [SERVICES_PATH]: ["Service", [SERVICE, ...SERVICE_FORMS]],
  [ENDPOINTS_PATH]: ["Endpoints", [ENDPOINTS, ...ENDPOINTS_FORMS]],
  [SLICES_PATH]: ["EndpointSlice", [SLICE, ...SLICE_FORMS]],
  [INGRESSES_PATH]: ["Ingress", [INGRESS, ...INGRESS_FORMS]],
  [NAMESPACES_PATH]: ["Namespace", [NAMESPACE, ...NAMESPACE_FORMS]],
  [REPLICA_SETS_PATH]: ["ReplicaSet", [REPLICA_SET, ...REPLICA_SET_FORMS]],
  [JOBS_PATH]: ["Job", JOB_FORMS],
};

function kubernetesScene(more: object): Scene {
  return {
    answer: ({ path, query }) => {
      const [, before, namespace, plural] =
        /^\/(.*?)\/(?:namespaces\/([^/]+)\/)?([^/]+)$/.exec(path) ?? [];
      const [kind, objects] = OBJECTS[`/${before}/${plural}`] ?? [];
      if (kind === undefined || objects === undefined) return NOT_FOUND;
      // As an API that does not tell lists as a stream.
      if (query.get("sendInitialEvents") === "true") {
        return {
          status: 422,
          body: {
            kind: "Status",
            apiVersion: "v1",
            status: "Failure",
            reason: "Invalid",
            message: "sendInitialEvents is forbidden",
            code: 422,
          },
        };
      }
      if (query.get("watch") === "true" || query.get("watch") === "1") return "open";
      const items = objects.filter(({ metadata }) =>
        namespace === undefined || metadata.namespace === namespace
      );
      const apiVersion = before!.replace(/^apis?\//, "");
      return {
        body: { kind: `${kind}List`, apiVersion, metadata: { resourceVersion: "100" }, items },
      };
    },
    options: (address) => ({
      kubernetes_sd_configs: [{ api_server: `http://${address}`, ...more }],
    }),
  };
}

const ALL = { node: true, namespace: true, deployment: true, job: true, cronjob: true };
const ROLES = ["node", "service", "pod", "endpoints", "endpointslice", "ingress"];
/** Roles that have no pods have no more to attach. */
const OWN: Readonly<Record<string, object>> = {
  node: {},
  service: { namespace: true },
  ingress: { namespace: true },
};

/** Of a selector only what is asked can be told: who plays the cluster does not select. */
const SELECTED: Readonly<Record<string, readonly object[]>> = {
  node: [{ role: "node", label: "a in (b, c),!d" }],
  pod: [{ role: "pod", field: "status.phase=Running" }, { role: "node", label: "zone=a" }],
  endpoints: [{ role: "endpoints", label: "e=f" }, { role: "pod", label: "g" }, {
    role: "service",
    field: "metadata.name!=x",
  }],
  endpointslice: [{ role: "endpointslice", label: "e=f" }, { role: "service", label: "g==h" }],
};

export const KUBERNETES_SCENES: Readonly<Record<string, Scene>> = Object.fromEntries(
  ROLES.flatMap((role) => [
    [`kubernetes, ${role}, some`, kubernetesScene({ role, selectors: SELECTED[role] ?? [] })],
    [`kubernetes, ${role}`, kubernetesScene({ role })],
    [
      `kubernetes, ${role}, two namespaces`,
      kubernetesScene({ role, namespaces: { names: ["shop", "other"] } }),
    ],
    [
      `kubernetes, ${role}, all attached`,
      kubernetesScene({ role, attach_metadata: OWN[role] ?? ALL }),
    ],
  ]),
);
