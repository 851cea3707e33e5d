/** Objects as the API of Kubernetes has them in JSON, into those of objects.ts. */
import type {
  Container,
  EndpointAddress,
  EndpointSliceObject,
  EndpointsObject,
  IngressObject,
  MetaObject,
  NodeObject,
  ObjectMeta,
  ObjectRef,
  OwnedObject,
  Owner,
  PodObject,
  Port,
  ServiceObject,
  SliceEndpoint,
  SlicePort,
  Texts,
} from "./objects.ts";

/** Any value of JSON; a field that is missing, or of another type than it should be, is as if it were not there. */
type Json = Readonly<Record<string, unknown>>;

export function parseMetaObject(json: unknown): MetaObject {
  return { meta: metaOf(json) };
}

export function parseOwned(json: unknown): OwnedObject {
  return { meta: metaOf(json), owner: ownerOf(object(object(json)["metadata"])) };
}

export function parseNode(json: unknown): NodeObject {
  const { spec, status } = partsOf(json);
  const endpoint = object(object(status["daemonEndpoints"])["kubeletEndpoint"]);
  return {
    meta: metaOf(json),
    providerId: text(spec["providerID"]),
    kubeletPort: number(endpoint["Port"]) ?? 0,
    addresses: objects(status["addresses"]).map(({ type, address }) => ({
      type: text(type),
      address: text(address),
    })),
    conditions: objects(status["conditions"]).map(({ type, status: is }) => ({
      type: text(type),
      status: text(is),
    })),
  };
}

export function parseService(json: unknown): ServiceObject {
  const { spec, status } = partsOf(json);
  const balancers = objects(object(status["loadBalancer"])["ingress"]).map(({ ip }) => text(ip));
  const isDual = /^(Prefer|Require)DualStack$/.test(text(spec["ipFamilyPolicy"]));
  return {
    meta: metaOf(json),
    type: text(spec["type"]),
    clusterIp: text(spec["clusterIP"]),
    externalName: text(spec["externalName"]),
    loadBalancerIp: balancers.filter((ip) => ip !== "").join(",") || text(spec["loadBalancerIP"]),
    primaryFamily: isDual ? given(list(spec["ipFamilies"])[0]) : undefined,
    ports: objects(spec["ports"]).map((port) => portOf(port, "port")),
  };
}

export function parsePod(json: unknown): PodObject {
  const { metadata, spec, status } = partsOf(json);
  const containers = (name: string, statuses: string, isInit: boolean): Container[] =>
    objects(spec[name]).map((one) => containerOf(one, objects(status[statuses]), isInit));
  const ready = objects(status["conditions"]).find(({ type }) => type === "Ready");
  return {
    meta: metaOf(json),
    owner: ownerOf(metadata),
    uid: text(metadata["uid"]),
    ip: text(status["podIP"]),
    hostIp: text(status["hostIP"]),
    nodeName: text(spec["nodeName"]),
    phase: text(status["phase"]),
    ready: ready === undefined ? "Unknown" : text(ready["status"]),
    containers: [
      ...containers("containers", "containerStatuses", false),
      ...containers("initContainers", "initContainerStatuses", true),
    ],
  };
}

export function parseEndpoints(json: unknown): EndpointsObject {
  const subsets = objects(object(json)["subsets"]).map((subset) => ({
    ready: objects(subset["addresses"]).map(addressOf),
    notReady: objects(subset["notReadyAddresses"]).map(addressOf),
    ports: objects(subset["ports"]).map((port) => portOf(port, "port")),
  }));
  return { meta: metaOf(json), subsets };
}

export function parseEndpointSlice(json: unknown): EndpointSliceObject {
  const { addressType, endpoints, ports } = object(json);
  return {
    meta: metaOf(json),
    addressType: text(addressType),
    endpoints: objects(endpoints).map(sliceEndpointOf),
    ports: objects(ports).map(({ name, port, protocol, appProtocol }): SlicePort => ({
      name: given(name),
      port: number(port),
      protocol: given(protocol),
      appProtocol: given(appProtocol),
    })),
  };
}

export function parseIngress(json: unknown): IngressObject {
  const { spec } = partsOf(json);
  const rules = objects(spec["rules"]).map(({ host, http }) => {
    const isSaid = typeof http === "object" && http !== null;
    const paths = objects(object(http)["paths"]).map(({ path }) => text(path));
    return { host: text(host), paths: isSaid ? paths : undefined };
  });
  const tlsHosts = objects(spec["tls"]).flatMap(({ hosts }) => list(hosts).map(text));
  return { meta: metaOf(json), className: given(spec["ingressClassName"]), tlsHosts, rules };
}

function partsOf(json: unknown): { metadata: Json; spec: Json; status: Json } {
  const { metadata, spec, status } = object(json);
  return { metadata: object(metadata), spec: object(spec), status: object(status) };
}

/** @throws {TypeError} for an object without a name. */
export function metaOf(json: unknown): ObjectMeta {
  const { name, namespace, labels, annotations } = object(object(json)["metadata"]);
  if (text(name) === "") throw new TypeError("an object has no name");
  return {
    name: text(name),
    namespace: text(namespace),
    labels: texts(labels),
    annotations: texts(annotations),
  };
}

function ownerOf(metadata: Json): Owner | undefined {
  const owner = objects(metadata["ownerReferences"]).find(({ controller }) => controller === true);
  return owner && { kind: text(owner["kind"]), name: text(owner["name"]) };
}

function containerOf(json: Json, statuses: readonly Json[], isInit: boolean): Container {
  const name = text(json["name"]);
  const status = statuses.find((one) => one["name"] === name);
  return {
    name,
    id: text(status?.["containerID"]),
    image: text(json["image"]),
    isInit,
    ports: objects(json["ports"]).map((port) => portOf(port, "containerPort")),
  };
}

function portOf(json: Json, key: "port" | "containerPort"): Port {
  const { name, protocol } = json;
  return { name: text(name), port: number(json[key]) ?? 0, protocol: text(protocol) };
}

function addressOf({ ip, hostname, nodeName, targetRef }: Json): EndpointAddress {
  return {
    ip: text(ip),
    hostname: text(hostname),
    nodeName: given(nodeName),
    target: refOf(targetRef),
  };
}

function sliceEndpointOf(json: Json): SliceEndpoint {
  const { addresses, conditions, hostname, nodeName, zone, deprecatedTopology, targetRef } = json;
  const { ready, serving, terminating } = object(conditions);
  return {
    addresses: list(addresses).map(text),
    ready: flag(ready),
    serving: flag(serving),
    terminating: flag(terminating),
    hostname: given(hostname),
    nodeName: given(nodeName),
    zone: given(zone),
    topology: texts(deprecatedTopology),
    target: refOf(targetRef),
  };
}

function refOf(json: unknown): ObjectRef | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const { kind, namespace, name } = object(json);
  return { kind: text(kind), namespace: text(namespace), name: text(name) };
}

export function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function objects(value: unknown): readonly Json[] {
  return list(value).map(object);
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function given(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function flag(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function texts(value: unknown): Texts {
  return Object.fromEntries(
    Object.entries(object(value)).filter((one): one is [string, string] =>
      typeof one[1] === "string"
    ),
  );
}
