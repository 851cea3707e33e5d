/** Labels that targets of several roles have: discovery/kubernetes of Prometheus. */
import { labelsOf, sanitized } from "../label_text.ts";
import type { Labels } from "../../types.ts";
import type {
  Container,
  NodeObject,
  ObjectMeta,
  PodObject,
  Port,
  ServiceObject,
} from "./objects.ts";

export const PREFIX = "__meta_kubernetes_";

/** Its name, and each of its labels and annotations: the value, and that it is there. */
export function metaLabels(meta: ObjectMeta, what: string): Labels {
  return { [`${PREFIX}${what}_name`]: meta.name, ...describedLabels(meta, what) };
}

/** The same without the name. */
export function describedLabels({ labels, annotations }: ObjectMeta, what: string): Labels {
  return {
    ...labelsOf(`${PREFIX}${what}_label_`, labels),
    ...present(`${PREFIX}${what}_labelpresent_`, labels),
    ...labelsOf(`${PREFIX}${what}_annotation_`, annotations),
    ...present(`${PREFIX}${what}_annotationpresent_`, annotations),
  };
}

/** That there is something by each of these names. */
export function present(prefix: string, values: Labels): Labels {
  return Object.fromEntries(Object.keys(values).map((name) => [prefix + sanitized(name), "true"]));
}

export function namespaceLabel({ namespace }: ObjectMeta): Labels {
  return { [`${PREFIX}namespace`]: namespace };
}

export function serviceLabels({ meta }: ServiceObject): Labels {
  return { ...namespaceLabel(meta), ...metaLabels(meta, "service") };
}

export function nodeLabels({ meta }: NodeObject): Labels {
  return metaLabels(meta, "node");
}

/** `controllers` are the names of those that take care of who takes care of it. */
export function podLabels(pod: PodObject, controllers: Labels): Labels {
  const { meta, ip, ready, phase, nodeName, hostIp, uid, owner } = pod;
  return {
    __meta_kubernetes_pod_ip: ip,
    __meta_kubernetes_pod_ready: ready.toLowerCase(),
    __meta_kubernetes_pod_phase: phase,
    __meta_kubernetes_pod_node_name: nodeName,
    __meta_kubernetes_pod_host_ip: hostIp,
    __meta_kubernetes_pod_uid: uid,
    ...metaLabels(meta, "pod"),
    ...(owner?.kind ? { __meta_kubernetes_pod_controller_kind: owner.kind } : {}),
    ...(owner?.name ? { __meta_kubernetes_pod_controller_name: owner.name } : {}),
    ...controllers,
  };
}

/** Of a container and one of its ports, without its id, which only pods have. */
export function containerPortLabels(container: Container, port: Port, protocol: string): Labels {
  return {
    __meta_kubernetes_pod_container_name: container.name,
    __meta_kubernetes_pod_container_image: container.image,
    __meta_kubernetes_pod_container_port_name: port.name,
    __meta_kubernetes_pod_container_port_number: String(port.port),
    __meta_kubernetes_pod_container_port_protocol: protocol,
    __meta_kubernetes_pod_container_init: String(container.isInit),
  };
}
