/** What can be watched: where it is in the API, and what is kept of it. */
import type { KubernetesRole } from "../../options/resolved_scrape.ts";
import type {
  EndpointSliceObject,
  EndpointsObject,
  IngressObject,
  MetaObject,
  NodeObject,
  OwnedObject,
  PodObject,
  ServiceObject,
} from "./objects.ts";
import {
  parseEndpoints,
  parseEndpointSlice,
  parseIngress,
  parseMetaObject,
  parseNode,
  parseOwned,
  parsePod,
  parseService,
} from "./parse.ts";

/** A kind of object. */
export interface Resource<Kind extends MetaObject = MetaObject> {
  /** The group and version of the API. */
  readonly api: string;
  readonly plural: string;
  /** Objects are in namespaces. */
  readonly isNamespaced: boolean;
  readonly parse: (json: unknown) => Kind;
}

function resource<Kind extends MetaObject>(
  api: string,
  plural: string,
  parse: (json: unknown) => Kind,
  isNamespaced: boolean = true,
): Resource<Kind> {
  return { api, plural, isNamespaced, parse };
}

export const NODES: Resource<NodeObject> = resource("api/v1", "nodes", parseNode, false);
export const NAMESPACES: Resource<MetaObject> = resource(
  "api/v1",
  "namespaces",
  parseMetaObject,
  false,
);
export const SERVICES: Resource<ServiceObject> = resource("api/v1", "services", parseService);
export const PODS: Resource<PodObject> = resource("api/v1", "pods", parsePod);
export const ENDPOINTS: Resource<EndpointsObject> = resource("api/v1", "endpoints", parseEndpoints);
export const ENDPOINT_SLICES: Resource<EndpointSliceObject> = resource(
  "apis/discovery.k8s.io/v1",
  "endpointslices",
  parseEndpointSlice,
);
export const INGRESSES: Resource<IngressObject> = resource(
  "apis/networking.k8s.io/v1",
  "ingresses",
  parseIngress,
);
export const REPLICA_SETS: Resource<OwnedObject> = resource(
  "apis/apps/v1",
  "replicasets",
  parseOwned,
);
export const JOBS: Resource<OwnedObject> = resource("apis/batch/v1", "jobs", parseOwned);

/** The objects whose targets a role has, and what Prometheus puts in front of their names in a source. */
export const ROLES: Readonly<Record<KubernetesRole, readonly [Resource, source: string]>> = {
  node: [NODES, "node"],
  service: [SERVICES, "svc"],
  pod: [PODS, "pod"],
  endpoints: [ENDPOINTS, "endpoints"],
  endpointslice: [ENDPOINT_SLICES, "endpointslice"],
  ingress: [INGRESSES, "ingress"],
};
