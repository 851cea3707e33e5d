/** Targets of an object of each role, as Prometheus makes them (discovery/kubernetes). */
import type { TargetGroup } from "../../contracts.ts";
import type { Labels } from "../../types.ts";
import { hostPort, labelsOf, sanitized } from "../label_text.ts";
import {
  containerPortLabels,
  metaLabels,
  namespaceLabel,
  nodeLabels,
  present,
  serviceLabels,
} from "./labels.ts";
import type {
  Container,
  EndpointAddress,
  EndpointSliceObject,
  EndpointsObject,
  IngressObject,
  NodeObject,
  PodObject,
  Port,
  ServiceObject,
  SliceEndpoint,
  SlicePort,
} from "./objects.ts";
import type { Surroundings } from "./surroundings.ts";

/** What a group is made of; its source is known by who makes it. */
type Made = Pick<TargetGroup, "targets" | "labels">;

const NONE: Made = { targets: [], labels: {} };

/** The first kind of these that a node has is how it is reached. */
const ADDRESS_TYPES = [
  ...["InternalIP", "InternalDNS", "ExternalIP", "ExternalDNS", "LegacyHostIP", "Hostname"],
];

export function nodeTargets(node: NodeObject): Made {
  const firsts = new Map<string, string>();
  for (const { type, address } of node.addresses) {
    if (!firsts.has(type)) firsts.set(type, address);
  }
  const first = ADDRESS_TYPES.find((one) => firsts.has(one));
  if (first === undefined) return NONE;
  const target: Record<string, string> = {
    __address__: hostPort(firsts.get(first)!, node.kubeletPort),
    instance: node.meta.name,
  };
  for (const [kind, address] of firsts) {
    target[`__meta_kubernetes_node_address_${sanitized(kind)}`] = address;
  }
  const conditions = node.conditions.map(({ type, status }) => [
    `__meta_kubernetes_node_condition_${sanitized(type.toLowerCase())}`,
    status.toLowerCase(),
  ]);
  const labels = {
    __meta_kubernetes_node_provider_id: node.providerId,
    ...Object.fromEntries(conditions),
    ...nodeLabels(node),
  };
  return { targets: [target], labels };
}

export function serviceTargets(service: ServiceObject, around: Surroundings): Made {
  const { meta, type, ports, externalName, clusterIp, loadBalancerIp } = service;
  const targets = ports.map(({ name, port, protocol }): Labels => ({
    __address__: hostPort(`${meta.name}.${meta.namespace}.svc`, port),
    __meta_kubernetes_service_port_name: name,
    __meta_kubernetes_service_port_number: String(port),
    __meta_kubernetes_service_port_protocol: protocol,
    __meta_kubernetes_service_type: type,
    ...(type === "ExternalName"
      ? { __meta_kubernetes_service_external_name: externalName }
      : { __meta_kubernetes_service_cluster_ip: clusterIp }),
    ...(type === "LoadBalancer"
      ? { __meta_kubernetes_service_loadbalancer_ip: loadBalancerIp }
      : {}),
  }));
  const labels = { ...serviceLabels(service), ...around.namespace(meta.namespace) };
  return { targets, labels };
}

export function podTargets(pod: PodObject, around: Surroundings): Made {
  const { meta, ip, nodeName, containers } = pod;
  // It is about to start, or was thrown out.
  if (ip === "" || around.isNodeMissing(nodeName)) return NONE;
  const targets = containers.flatMap((container): Labels[] => {
    const id = { __meta_kubernetes_pod_container_id: container.id };
    if (container.ports.length > 0) {
      return container.ports.map((port) => ({
        __address__: hostPort(ip, port.port),
        ...id,
        ...containerPortLabels(container, port, port.protocol),
      }));
    }
    // Whoever wants to scrape it adds a port by a rule.
    return [{
      __address__: ip,
      ...id,
      __meta_kubernetes_pod_container_name: container.name,
      __meta_kubernetes_pod_container_image: container.image,
      __meta_kubernetes_pod_container_init: String(container.isInit),
    }];
  });
  const labels = {
    ...around.podLabels(pod),
    ...namespaceLabel(meta),
    ...around.node(nodeName),
    ...around.namespace(meta.namespace),
  };
  return { targets, labels };
}

export function endpointsTargets({ meta, subsets }: EndpointsObject, around: Surroundings): Made {
  const pods = new PodsBehind(around);
  const targets: Labels[] = [];
  const add = (address: EndpointAddress, port: Port, isReady: boolean): void => {
    const { target, nodeName } = address;
    const own = {
      __address__: hostPort(address.ip, port.port),
      __meta_kubernetes_endpoint_port_name: port.name,
      __meta_kubernetes_endpoint_port_protocol: port.protocol,
      __meta_kubernetes_endpoint_ready: String(isReady),
      ...(target && {
        __meta_kubernetes_endpoint_address_target_kind: target.kind,
        __meta_kubernetes_endpoint_address_target_name: target.name,
      }),
      ...(nodeName !== undefined && { __meta_kubernetes_endpoint_node_name: nodeName }),
      ...(address.hostname !== "" && { __meta_kubernetes_endpoint_hostname: address.hostname }),
      ...around.node(nodeName ?? (target?.kind === "Node" ? target.name : undefined)),
    };
    targets.push({ ...own, ...pods.labels(around.pod(target), port.port, port.protocol) });
  };
  for (const { ready, notReady, ports } of subsets) {
    for (const port of ports) {
      for (const address of ready) add(address, port, true);
      for (const address of notReady) add(address, port, false);
    }
  }
  targets.push(...pods.others());
  const labels = {
    ...namespaceLabel(meta),
    ...around.service(meta.namespace, meta.name),
    ...metaLabels(meta, "endpoints"),
    ...around.namespace(meta.namespace),
  };
  return { targets, labels };
}

/** The label of a slice that names its service. */
const SERVICE_NAME = "kubernetes.io/service-name";

export function endpointSliceTargets(slice: EndpointSliceObject, around: Surroundings): Made {
  const { meta, addressType, endpoints, ports } = slice;
  const service = meta.labels[SERVICE_NAME] ?? "";
  // Its endpoints are in the slice of the other kind of addresses, too.
  const family = around.primaryFamily(meta.namespace, service);
  if (family !== undefined && family !== addressType) return NONE;
  const pods = new PodsBehind(around);
  const targets: Labels[] = [];
  for (const endpoint of endpoints) {
    const { target } = endpoint;
    const isNode = target?.kind === "Node";
    const own = {
      ...endpointLabels(endpoint),
      ...around.node(isNode ? target.name : endpoint.nodeName),
    };
    for (const port of ports) {
      const pod = around.pod(target);
      const ofPort = slicePortLabels(port);
      for (const address of endpoint.addresses) {
        targets.push({
          __address__: port.port === undefined ? address : hostPort(address, port.port),
          ...ofPort,
          ...own,
          ...pods.labels(pod, port.port),
        });
      }
    }
  }
  targets.push(...pods.others());
  const labels = {
    ...namespaceLabel(meta),
    __meta_kubernetes_endpointslice_address_type: addressType,
    ...metaLabels(meta, "endpointslice"),
    ...around.service(meta.namespace, service),
    ...around.namespace(meta.namespace),
  };
  return { targets, labels };
}

function slicePortLabels({ name, port, protocol, appProtocol }: SlicePort): Labels {
  return {
    ...(name !== undefined && { __meta_kubernetes_endpointslice_port_name: name }),
    ...(protocol !== undefined && { __meta_kubernetes_endpointslice_port_protocol: protocol }),
    ...(port !== undefined && { __meta_kubernetes_endpointslice_port: String(port) }),
    ...(appProtocol !== undefined && {
      __meta_kubernetes_endpointslice_port_app_protocol: appProtocol,
    }),
  };
}

function endpointLabels(endpoint: SliceEndpoint): Labels {
  const { ready, serving, terminating, hostname, nodeName, zone, topology, target } = endpoint;
  const said: Readonly<Record<string, string | boolean | undefined>> = {
    endpoint_conditions_ready: ready,
    endpoint_conditions_serving: serving,
    endpoint_conditions_terminating: terminating,
    endpoint_hostname: hostname,
    address_target_kind: target?.kind,
    address_target_name: target?.name,
    endpoint_node_name: nodeName,
    endpoint_zone: zone,
  };
  const prefix = "__meta_kubernetes_endpointslice_";
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(said)) {
    if (value !== undefined) labels[prefix + name] = String(value);
  }
  return {
    ...labels,
    ...labelsOf(`${prefix}endpoint_topology_`, topology),
    ...present(`${prefix}endpoint_topology_present_`, topology),
  };
}

/** The pods behind endpoints: their ports that no endpoint has are targets, too. */
class PodsBehind {
  readonly #around: Surroundings;
  readonly #ports: Map<PodObject, Set<number>> = new Map();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Of the pod of an endpoint and, if there is one, of the container that has its port. */
  labels(pod: PodObject | undefined, port: number | undefined, protocol?: string): Labels {
    if (pod === undefined) return {};
    const ports = this.#ports.get(pod) ?? new Set<number>();
    this.#ports.set(pod, ports);
    if (port !== undefined) ports.add(port);
    let ofPort: Labels = {};
    for (const container of pod.containers) {
      const own = container.ports.find((one) => one.port === port);
      if (own !== undefined) ofPort = containerPortLabels(container, own, protocol ?? own.protocol);
    }
    return { ...this.#around.podLabels(pod), ...ofPort };
  }

  others(): readonly Labels[] {
    return [...this.#ports].flatMap(([pod, seen]) => {
      if (pod.ip === "") return [];
      const labels = this.#around.podLabels(pod);
      return containerPorts(pod).filter(({ port }) => !seen.has(port.port)).map((
        { container, port },
      ) => ({
        __address__: hostPort(pod.ip, port.port),
        ...containerPortLabels(container, port, port.protocol),
        ...labels,
      }));
    });
  }
}

function containerPorts({ containers }: PodObject): { container: Container; port: Port }[] {
  return containers.flatMap((container) => container.ports.map((port) => ({ container, port })));
}

export function ingressTargets(ingress: IngressObject, around: Surroundings): Made {
  const { meta, className, tlsHosts, rules } = ingress;
  const targets = rules.flatMap(({ host, paths }) => {
    const isSecure = tlsHosts.some((pattern) => isHostOf(pattern, host));
    return (paths ?? ["/"]).map((path): Labels => ({
      __address__: host,
      __meta_kubernetes_ingress_scheme: isSecure ? "https" : "http",
      __meta_kubernetes_ingress_host: host,
      __meta_kubernetes_ingress_path: path === "" ? "/" : path,
    }));
  });
  const labels = {
    ...namespaceLabel(meta),
    ...metaLabels(meta, "ingress"),
    ...(className !== undefined && { __meta_kubernetes_ingress_class_name: className }),
    ...around.namespace(meta.namespace),
  };
  return { targets, labels };
}

/** A star stands for one part of a name, the first. */
function isHostOf(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  const [first, ...rest] = pattern.split(".");
  return first === "*" && rest.join(".") === host.split(".").slice(1).join(".") &&
    host.split(".").length === rest.length + 1;
}
