/** Objects of Kubernetes in many forms, written by hand from the reference of its API. */
import type { ApiObject } from "../../discovery/kubernetes_api.ts";

const NAMES = ["shop", "other", "third"];
let made = 0;

function named(
  kind: string,
  namespace: string | undefined,
  more: object = {},
): ApiObject["metadata"] {
  const name = `${kind}-${made++}`;
  return { name, uid: `u-${name}`, ...namespace !== undefined && { namespace }, ...more };
}

const ODD = { "a.b/c-d": "1", "ä": "2", e: "", "1x": "3" };

// Pods.
const running = { phase: "Running", podIP: "10.5.0.1", hostIP: "10.0.0.1" };
const container = (name: string, ports?: readonly object[] | null, more: object = {}): object => ({
  name,
  image: `${name}:1`,
  ...ports !== undefined && { ports },
  ...more,
});
const port = (containerPort: number, more: object = {}): object => ({
  containerPort,
  protocol: "TCP",
  ...more,
});

function pod(spec: object, status: object, metadata: object = {}, namespace = "shop"): ApiObject {
  return {
    metadata: named("pod", namespace, metadata),
    spec: { nodeName: "node-1", containers: [container("c", [port(80)])], ...spec },
    status: { ...running, ...status },
  };
}

const owner = (kind: string, name: string, controller?: boolean | null): object => ({
  apiVersion: "v1",
  kind,
  name,
  uid: "u",
  ...controller !== undefined && { controller },
});
const condition = (status: string): object => ({ conditions: [{ type: "Ready", status }] });

export const POD_FORMS: readonly ApiObject[] = [
  ...["Pending", "Running", "Succeeded", "Failed", "Unknown", ""].map((phase) =>
    pod({}, { phase })
  ),
  pod({}, { podIP: "" }),
  pod({}, { podIP: undefined, phase: "Pending" }),
  pod({}, { podIP: "fd00::5", podIPs: [{ ip: "fd00::5" }, { ip: "10.5.0.9" }] }),
  pod({}, {}, { deletionTimestamp: "2026-01-01T00:00:00Z", deletionGracePeriodSeconds: 30 }),
  ...["True", "False", "Unknown", "", "true"].map((status) => pod({}, condition(status))),
  pod({}, { conditions: null }),
  pod({}, { hostIP: "" }),
  pod({ nodeName: "" }, {}),
  pod({ nodeName: "node-nobody" }, {}),
  pod({ hostNetwork: true }, { podIP: "10.0.0.1" }),
  pod({ containers: [container("none"), container("empty", []), container("null", null)] }, {}),
  pod({ containers: [] }, {}),
  pod({
    containers: [
      container("many", [
        port(80, { name: "http" }),
        port(81),
        port(53, { protocol: "UDP", name: "dns" }),
        port(54, { protocol: "SCTP" }),
        port(55, { protocol: undefined }),
        port(8080, { hostPort: 80, hostIP: "1.2.3.4" }),
        port(0),
      ]),
      container("other", [port(80, { name: "http" })], { image: "" }),
    ],
  }, {
    containerStatuses: [
      { name: "many", containerID: "containerd://1", ready: true, state: { running: {} } },
      { name: "other", containerID: "" },
      { name: "gone", containerID: "containerd://2" },
    ],
  }),
  pod({
    initContainers: [
      container("init"),
      container("side", [port(90, { name: "m" })], { restartPolicy: "Always" }),
    ],
    ephemeralContainers: [container("debug", [port(91)])],
  }, {
    initContainerStatuses: [{ name: "init", containerID: "cri-o://i" }, {
      name: "side",
      containerID: "cri-o://s",
    }],
  }),
  pod({ initContainers: [container("c", [port(70)])] }, {
    containerStatuses: [{ name: "c", containerID: "docker://main" }],
    initContainerStatuses: [{ name: "c", containerID: "docker://init" }],
  }),
  pod({}, {}, { labels: ODD, annotations: ODD }),
  pod({}, {}, { labels: null, annotations: null, ownerReferences: null }),
  pod({}, {}, { ownerReferences: [owner("ReplicaSet", "web-5f7", true)] }),
  pod({}, {}, { ownerReferences: [owner("ReplicaSet", "rs-alone", true)] }),
  pod({}, {}, { ownerReferences: [owner("ReplicaSet", "rs-nobody", true)] }),
  pod({}, {}, { ownerReferences: [owner("ReplicaSet", "web-5f7", false)] }),
  pod({}, {}, { ownerReferences: [owner("ReplicaSet", "web-5f7"), owner("Node", "n", null)] }),
  pod({}, {}, { ownerReferences: [owner("Job", "job-cron", true)] }),
  pod({}, {}, { ownerReferences: [owner("Job", "job-alone", true)] }),
  pod({}, {}, { ownerReferences: [owner("Job", "job-nobody", true)] }),
  pod({}, {}, { ownerReferences: [owner("DaemonSet", "ds", true)] }),
  pod({}, {}, { ownerReferences: [owner("StatefulSet", "a", false), owner("X", "b", true)] }),
  pod({}, {}, {}, "other"),
  pod({}, {}, {}, "third"),
  pod({}, {}, {}, "no-such-namespace"),
  pod({}, {}, { ownerReferences: [owner("ReplicaSet", "web-5f7", true)] }, "other"),
];

export const REPLICA_SET_FORMS: readonly ApiObject[] = [
  { metadata: { name: "rs-alone", namespace: "shop" } },
  {
    metadata: {
      name: "rs-rollout",
      namespace: "shop",
      ownerReferences: [owner("Rollout", "r", true)],
    },
  },
];

export const JOB_FORMS: readonly ApiObject[] = [
  {
    metadata: {
      name: "job-cron",
      namespace: "shop",
      ownerReferences: [owner("CronJob", "nightly", true)],
    },
  },
  { metadata: { name: "job-alone", namespace: "shop" } },
];

export const NAMESPACE_FORMS: readonly ApiObject[] = [
  { metadata: { name: "other", labels: ODD, annotations: null } },
  { metadata: { name: "third" } },
];

// Nodes.
const address = (type: string, own: string): object => ({ type, address: own });
function node(
  addresses: readonly object[] | null,
  more: object = {},
  metadata: object = {},
): ApiObject {
  return {
    metadata: named("node", undefined, metadata),
    spec: {},
    status: { addresses, daemonEndpoints: { kubeletEndpoint: { Port: 10250 } }, ...more },
  };
}

export const NODE_FORMS: readonly ApiObject[] = [
  node([
    address("InternalIP", "10.0.1.1"),
    address("ExternalIP", "1.2.3.4"),
    address("InternalDNS", "in.example"),
    address("ExternalDNS", "out.example"),
    address("Hostname", "host"),
  ]),
  ...["InternalIP", "ExternalIP", "InternalDNS", "ExternalDNS", "Hostname", "LegacyHostIP", "Other"]
    .map((type) => node([address(type, type === "Other" ? "x" : `${type}.example`)])),
  node([address("Hostname", "h"), address("ExternalIP", "1.1.1.1"), address("InternalDNS", "i")]),
  node([address("InternalIP", "fd00::1"), address("InternalIP", "10.0.0.9")]),
  node([address("ExternalIP", "a"), address("ExternalIP", "b")]),
  node([]),
  node(null),
  node([address("InternalIP", "10.0.1.2")], { daemonEndpoints: { kubeletEndpoint: { Port: 0 } } }),
  node([address("InternalIP", "10.0.1.3")], { daemonEndpoints: undefined }),
  node([address("InternalIP", "10.0.1.4")], {
    conditions: [{ type: "Ready", status: "False" }, { type: "MemoryPressure", status: "True" }],
  }, { labels: ODD, annotations: ODD }),
];

// Services.
function service(spec: object, metadata: object = {}, namespace = "shop"): ApiObject {
  return {
    metadata: named("service", namespace, metadata),
    spec: {
      type: "ClusterIP",
      clusterIP: "10.9.0.2",
      ports: [{ port: 80, protocol: "TCP" }],
      ...spec,
    },
  };
}

export const SERVICE_FORMS: readonly ApiObject[] = [
  service({}),
  service({ clusterIP: "None" }),
  service({ clusterIP: "" }),
  service({ type: undefined }),
  service({ type: "NodePort", ports: [{ name: "n", port: 81, nodePort: 30000, protocol: "TCP" }] }),
  service({ type: "LoadBalancer", loadBalancerIP: "9.9.9.9" }),
  service({ type: "ExternalName", externalName: "db.example", clusterIP: "", ports: null }),
  service({
    type: "ExternalName",
    externalName: "db.example",
    ports: [{ port: 5432, name: "pg" }],
  }),
  service({ ports: [] }),
  service({
    ports: [
      { port: 53, protocol: "UDP", name: "dns" },
      { port: 53, protocol: "TCP", name: "dns-tcp", targetPort: "named", appProtocol: "h2c" },
      { port: 54, protocol: "SCTP" },
      { port: 55 },
    ],
  }),
  service({}, { labels: ODD, annotations: ODD }),
  service({}, {}, "other"),
  service({}, {}, "third"),
  {
    metadata: { name: "db", namespace: "shop", labels: { of: "db" } },
    spec: { type: "ClusterIP", clusterIP: "None", ports: [{ port: 1 }] },
  },
];

// Endpoints and their slices.
const toPod = (name: string, namespace = "shop"): object => ({ kind: "Pod", namespace, name });
const epPort = { name: "http", port: 80, protocol: "TCP" };

function endpoints(
  name: string,
  subsets: readonly object[] | null,
  metadata: object = {},
  namespace = "shop",
): ApiObject {
  return { metadata: { name, namespace, ...metadata }, subsets };
}

export const ENDPOINTS_FORMS: readonly ApiObject[] = [
  endpoints("db", [{
    addresses: [
      { ip: "10.5.0.1", targetRef: toPod(POD_FORMS[1]!.metadata.name) },
      { ip: "10.5.0.1", targetRef: toPod(POD_FORMS[2]!.metadata.name) },
      { ip: "10.5.0.1", targetRef: toPod(POD_FORMS[3]!.metadata.name) },
      { ip: "10.5.0.2", targetRef: toPod("nobody") },
      { ip: "10.0.0.1", targetRef: { kind: "Node", name: "node-1" } },
      { ip: "10.0.0.2", nodeName: "node-1", targetRef: { kind: "VirtualMachine", name: "v" } },
      { ip: "fd00::9", hostname: "h", nodeName: "node-nobody" },
    ],
    notReadyAddresses: [{ ip: "10.5.0.7", targetRef: toPod(POD_FORMS[7]!.metadata.name) }],
    ports: [epPort, { port: 53, protocol: "UDP" }, { port: 9, protocol: "TCP", appProtocol: "x" }],
  }]),
  endpoints("no-service", [{ addresses: [{ ip: "1.1.1.1" }], ports: [epPort] }], { labels: ODD }),
  endpoints("no-ports", [{ addresses: [{ ip: "1.1.1.2" }] }, {
    addresses: [{ ip: "1.1.1.3" }],
    ports: null,
  }]),
  endpoints("no-addresses", [{ addresses: null, ports: [epPort] }, {
    notReadyAddresses: [{ ip: "1.1.1.4" }],
    ports: [epPort],
  }]),
  endpoints("no-subsets", null),
  endpoints("empty", []),
  endpoints("over", [{ addresses: [{ ip: "1.1.1.5" }], ports: [epPort] }], {
    annotations: { "endpoints.kubernetes.io/over-capacity": "truncated" },
  }),
  // Pods whose ports are, and are not, those of the endpoints.
  ...POD_FORMS.map(({ metadata, status }, index) =>
    endpoints(
      `of-pod-${index}`,
      [{
        addresses: [{
          ip: (status as { podIP?: string }).podIP || "10.5.1.1",
          nodeName: "node-1",
          targetRef: toPod(metadata.name, metadata.namespace),
        }],
        ports: [{ ...epPort, port: index % 2 === 0 ? 80 : 8081 }],
      }],
      {},
      metadata.namespace,
    )
  ),
  endpoints(
    SERVICE_FORMS[11]!.metadata.name,
    [{ addresses: [{ ip: "2.2.2.2" }], ports: [epPort] }],
    {},
    "other",
  ),
];

function slice(more: object, metadata: object = {}, namespace = "shop"): ApiObject {
  return {
    metadata: named("slice", namespace, {
      labels: { "kubernetes.io/service-name": "db" },
      ...metadata,
    }),
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.6.0.1"], conditions: { ready: true } }],
    ports: [epPort],
    ...more,
  };
}

const FLAGS = [true, false, null, undefined];

export const SLICE_FORMS: readonly ApiObject[] = [
  ...FLAGS.map((ready) =>
    slice({ endpoints: [{ addresses: ["10.6.0.1"], conditions: { ready } }] })
  ),
  ...FLAGS.map((serving) =>
    slice({ endpoints: [{ addresses: ["10.6.0.1"], conditions: { serving } }] })
  ),
  ...FLAGS.map((terminating) =>
    slice({ endpoints: [{ addresses: ["10.6.0.1"], conditions: { terminating } }] })
  ),
  slice({ addressType: "IPv6", endpoints: [{ addresses: ["fd00::6", "fd00::7"] }] }),
  slice({ addressType: "FQDN", endpoints: [{ addresses: ["a.example"] }] }),
  slice({ endpoints: null }),
  slice({ endpoints: [{ addresses: [] }, { addresses: ["10.6.0.2"] }] }),
  slice({ ports: null }),
  slice({ ports: [] }),
  slice({
    ports: [{ port: 81 }, { name: "", port: 82 }, { name: null, port: 83, protocol: null }],
  }),
  slice({ ports: [{ name: "none" }, { name: "null", port: null }, { port: 0, name: "zero" }] }),
  slice({ ports: [{ port: 53, protocol: "UDP", name: "dns", appProtocol: "dns" }] }),
  slice({
    endpoints: [
      { addresses: ["10.6.0.3"], hostname: "h", nodeName: "node-1", zone: "z1" },
      { addresses: ["10.6.0.4"], nodeName: "node-nobody", hints: { forZones: [{ name: "z1" }] } },
      { addresses: ["10.6.0.5"], deprecatedTopology: ODD },
      { addresses: ["10.6.0.6"], targetRef: { kind: "Node", name: "node-1" } },
      { addresses: ["10.6.0.7"], targetRef: { kind: "Other", name: "o" } },
      { addresses: ["10.6.0.8"], targetRef: toPod("nobody") },
    ],
  }),
  slice({}, { labels: { "kubernetes.io/service-name": "nobody" } }),
  slice({}, { labels: null }),
  slice({}, { labels: { ...ODD, "kubernetes.io/service-name": "web" }, annotations: ODD }),
  slice({}, {}, "other"),
  ...POD_FORMS.map(({ metadata, status }, index) =>
    slice(
      {
        endpoints: [{
          addresses: [(status as { podIP?: string }).podIP || "10.5.1.1"],
          targetRef: toPod(metadata.name, metadata.namespace),
          nodeName: "node-1",
        }],
        ports: [{ ...epPort, port: index % 2 === 0 ? 80 : 8081 }],
      },
      {},
      metadata.namespace,
    )
  ),
];

// Ingresses.
function ingress(spec: object, metadata: object = {}, namespace = "shop"): ApiObject {
  return { metadata: named("ingress", namespace, metadata), spec };
}

const backend = { service: { name: "web", port: { number: 80 } } };
const path = (own: string | undefined): object => ({ path: own, pathType: "Prefix", backend });
const rule = (host: string | undefined, ...paths: (string | undefined)[]): object => ({
  ...host !== undefined && { host },
  http: { paths: paths.map(path) },
});

export const INGRESS_FORMS: readonly ApiObject[] = [
  ingress({ rules: [rule("a.example", "/")] }),
  ingress({ rules: [rule("a.example", "/", "/b", undefined, "")] }),
  ingress({ rules: [rule(undefined, "/x")] }),
  ingress({ rules: [rule("", "/x")] }),
  ingress({ rules: [{ host: "nohttp.example" }, { host: "null.example", http: null }] }),
  ingress({ rules: [{ host: "nopaths.example", http: { paths: [] } }] }),
  ingress({ rules: [rule("a.example", "/")], tls: [{ hosts: ["a.example"], secretName: "s" }] }),
  ingress({
    rules: [rule("a.example", "/"), rule("b.example", "/")],
    tls: [{ hosts: ["b.example"] }],
  }),
  ingress({
    rules: [rule("a.b.example", "/"), rule("b.example", "/"), rule("x.a.b.example", "/")],
    tls: [{ hosts: ["*.b.example"] }],
  }),
  ingress({
    rules: [rule("*.b.example", "/"), rule("B.example", "/")],
    tls: [{ hosts: ["*.b.example", "b.example"] }],
  }),
  ingress({ rules: [rule("a.example", "/")], tls: [{ secretName: "s" }] }),
  ingress({
    rules: [rule("a.example", "/"), rule(undefined, "/")],
    tls: [{ hosts: [] }, { hosts: [""] }],
  }),
  ingress({ rules: [rule("a.example", "/")], tls: [{ hosts: ["*"] }, { hosts: ["*.example"] }] }),
  ingress({ defaultBackend: backend }),
  ingress({ rules: null, tls: [{ hosts: ["a.example"] }] }),
  ingress({ ingressClassName: "traefik", rules: [rule("c.example", "/")] }),
  ingress({ ingressClassName: "", rules: [rule("c.example", "/")] }, {
    annotations: { "kubernetes.io/ingress.class": "nginx", ...ODD },
    labels: ODD,
  }),
  ...NAMES.map((namespace) => ingress({ rules: [rule("n.example", "/n")] }, {}, namespace)),
];
