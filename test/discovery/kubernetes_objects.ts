/** Objects as a cluster has them, with more in them than is needed. */
import type { ApiObject } from "./kubernetes_api.ts";

export const PODS_PATH = "/api/v1/pods";
export const NODES_PATH = "/api/v1/nodes";
export const SERVICES_PATH = "/api/v1/services";
export const ENDPOINTS_PATH = "/api/v1/endpoints";
export const SLICES_PATH = "/apis/discovery.k8s.io/v1/endpointslices";
export const INGRESSES_PATH = "/apis/networking.k8s.io/v1/ingresses";
export const NAMESPACES_PATH = "/api/v1/namespaces";
export const REPLICA_SETS_PATH = "/apis/apps/v1/replicasets";
export const JOBS_PATH = "/apis/batch/v1/jobs";

const MANAGED = [{ manager: "kubectl", operation: "Update", fieldsV1: { "f:metadata": {} } }];

export const NODE: ApiObject = {
  metadata: {
    name: "node-1",
    uid: "u-node",
    labels: { "kubernetes.io/arch": "arm64", "a.b": "1" },
    annotations: { "node.alpha/ttl": "0" },
    managedFields: MANAGED,
  },
  spec: { providerID: "aws:///eu-west-1a/i-1" },
  status: {
    addresses: [
      { type: "Hostname", address: "node-1.internal" },
      { type: "InternalIP", address: "10.0.0.1" },
      { type: "InternalIP", address: "fd00::1" },
      { type: "ExternalIP", address: "1.2.3.4" },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    conditions: [{ type: "Ready", status: "True" }, { type: "DiskPressure", status: "Unknown" }],
  },
};

export const NAMESPACE: ApiObject = {
  metadata: { name: "shop", labels: { team: "blue" }, annotations: { "owner/mail": "x@y" } },
};

export const POD: ApiObject = {
  metadata: {
    name: "web-5f7-abc",
    namespace: "shop",
    uid: "u-pod",
    labels: { app: "web", "app.kubernetes.io/part-of": "shop" },
    annotations: { "prometheus.io/scrape": "true" },
    ownerReferences: [
      { kind: "Other", name: "other", controller: false },
      { kind: "ReplicaSet", name: "web-5f7", controller: true },
    ],
    managedFields: MANAGED,
  },
  spec: {
    nodeName: "node-1",
    containers: [
      {
        name: "web",
        image: "web:1",
        ports: [
          { name: "http", containerPort: 8080, protocol: "TCP" },
          { name: "metrics", containerPort: 9090, protocol: "TCP" },
        ],
      },
      { name: "helper", image: "helper:1" },
    ],
    initContainers: [
      {
        name: "proxy",
        image: "proxy:1",
        ports: [{ name: "admin", containerPort: 15000, protocol: "TCP" }],
      },
    ],
  },
  status: {
    phase: "Running",
    podIP: "10.1.0.7",
    hostIP: "10.0.0.1",
    conditions: [{ type: "Initialized", status: "True" }, { type: "Ready", status: "True" }],
    containerStatuses: [{ name: "web", containerID: "containerd://web1" }],
    initContainerStatuses: [{ name: "proxy", containerID: "containerd://proxy1" }],
  },
};

export const SERVICE: ApiObject = {
  metadata: {
    name: "web",
    namespace: "shop",
    labels: { app: "web" },
    annotations: { "example.com/probe": "yes" },
  },
  spec: {
    type: "ClusterIP",
    clusterIP: "10.9.0.1",
    ports: [{ name: "http", port: 80, protocol: "TCP", targetPort: 8080 }],
  },
};

export const ENDPOINTS: ApiObject = {
  metadata: { name: "web", namespace: "shop", labels: { own: "e" }, annotations: { note: "n" } },
  subsets: [{
    addresses: [{
      ip: "10.1.0.7",
      nodeName: "node-1",
      hostname: "web-0",
      targetRef: { kind: "Pod", namespace: "shop", name: "web-5f7-abc" },
    }],
    notReadyAddresses: [{ ip: "10.1.0.8" }],
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  }],
};

export const SLICE: ApiObject = {
  metadata: {
    name: "web-x1",
    namespace: "shop",
    labels: { "kubernetes.io/service-name": "web" },
    annotations: {},
  },
  addressType: "IPv4",
  endpoints: [
    {
      addresses: ["10.1.0.7"],
      conditions: { ready: true, serving: true, terminating: false },
      hostname: "web-0",
      nodeName: "node-1",
      zone: "eu-1a",
      deprecatedTopology: { "topology.kubernetes.io/region": "eu-1" },
      targetRef: { kind: "Pod", namespace: "shop", name: "web-5f7-abc" },
    },
    { addresses: ["10.1.0.8"], conditions: {} },
  ],
  ports: [{ name: "http", port: 8080, protocol: "TCP", appProtocol: "http" }],
};

export const INGRESS: ApiObject = {
  metadata: { name: "shop", namespace: "shop", labels: { a: "b" }, annotations: { c: "d" } },
  spec: {
    ingressClassName: "nginx",
    tls: [{ hosts: ["*.example.com"] }, { hosts: null }],
    rules: [
      { host: "shop.example.com", http: { paths: [{ path: "/a" }, { path: "" }] } },
      { host: "deep.shop.example.com", http: { paths: [{ path: "/b" }] } },
      { host: "plain.example.org" },
    ],
  },
};

export const REPLICA_SET: ApiObject = {
  metadata: {
    name: "web-5f7",
    namespace: "shop",
    ownerReferences: [{ kind: "Deployment", name: "web", controller: true }],
  },
};

/** The labels of POD that all of its targets have, wherever they come from. */
export const POD_LABELS = {
  __meta_kubernetes_pod_ip: "10.1.0.7",
  __meta_kubernetes_pod_ready: "true",
  __meta_kubernetes_pod_phase: "Running",
  __meta_kubernetes_pod_node_name: "node-1",
  __meta_kubernetes_pod_host_ip: "10.0.0.1",
  __meta_kubernetes_pod_uid: "u-pod",
  __meta_kubernetes_pod_name: "web-5f7-abc",
  __meta_kubernetes_pod_label_app: "web",
  __meta_kubernetes_pod_labelpresent_app: "true",
  __meta_kubernetes_pod_label_app_kubernetes_io_part_of: "shop",
  __meta_kubernetes_pod_labelpresent_app_kubernetes_io_part_of: "true",
  __meta_kubernetes_pod_annotation_prometheus_io_scrape: "true",
  __meta_kubernetes_pod_annotationpresent_prometheus_io_scrape: "true",
  __meta_kubernetes_pod_controller_kind: "ReplicaSet",
  __meta_kubernetes_pod_controller_name: "web-5f7",
};

export const NODE_LABELS = {
  __meta_kubernetes_node_name: "node-1",
  __meta_kubernetes_node_label_kubernetes_io_arch: "arm64",
  __meta_kubernetes_node_labelpresent_kubernetes_io_arch: "true",
  __meta_kubernetes_node_label_a_b: "1",
  __meta_kubernetes_node_labelpresent_a_b: "true",
  __meta_kubernetes_node_annotation_node_alpha_ttl: "0",
  __meta_kubernetes_node_annotationpresent_node_alpha_ttl: "true",
};

export const SERVICE_LABELS = {
  __meta_kubernetes_namespace: "shop",
  __meta_kubernetes_service_name: "web",
  __meta_kubernetes_service_label_app: "web",
  __meta_kubernetes_service_labelpresent_app: "true",
  __meta_kubernetes_service_annotation_example_com_probe: "yes",
  __meta_kubernetes_service_annotationpresent_example_com_probe: "true",
};

export const NAMESPACE_LABELS = {
  __meta_kubernetes_namespace_label_team: "blue",
  __meta_kubernetes_namespace_labelpresent_team: "true",
  __meta_kubernetes_namespace_annotation_owner_mail: "x@y",
  __meta_kubernetes_namespace_annotationpresent_owner_mail: "true",
};

/** Of the container of POD with the port 8080. */
export const WEB_PORT_LABELS = {
  __meta_kubernetes_pod_container_name: "web",
  __meta_kubernetes_pod_container_image: "web:1",
  __meta_kubernetes_pod_container_port_name: "http",
  __meta_kubernetes_pod_container_port_number: "8080",
  __meta_kubernetes_pod_container_port_protocol: "TCP",
  __meta_kubernetes_pod_container_init: "false",
};

/** Targets of the ports of POD that no endpoint has. */
export const OTHER_PORTS: readonly Readonly<Record<string, string>>[] = [
  {
    __address__: "10.1.0.7:9090",
    ...POD_LABELS,
    ...WEB_PORT_LABELS,
    __meta_kubernetes_pod_container_port_name: "metrics",
    __meta_kubernetes_pod_container_port_number: "9090",
  },
  {
    __address__: "10.1.0.7:15000",
    ...POD_LABELS,
    __meta_kubernetes_pod_container_name: "proxy",
    __meta_kubernetes_pod_container_image: "proxy:1",
    __meta_kubernetes_pod_container_port_name: "admin",
    __meta_kubernetes_pod_container_port_number: "15000",
    __meta_kubernetes_pod_container_port_protocol: "TCP",
    __meta_kubernetes_pod_container_init: "true",
  },
];
