/** Services of a Consul in many forms, written by hand from the documentation of its API. */
import { NOT_FOUND, type Scene } from "./scene.ts";

function instance(node: object, service: object, checks: readonly string[] | null = []): object {
  return {
    Node: {
      ID: "id",
      Node: "node1",
      Address: "10.0.0.1",
      Datacenter: "dc1",
      TaggedAddresses: null,
      Meta: null,
      ...node,
    },
    Service: {
      ID: "web-1",
      Service: "web",
      Tags: null,
      Address: "",
      Port: 8080,
      Meta: null,
      Weights: { Passing: 1, Warning: 1 },
      ...service,
    },
    Checks: checks?.map((Status, index) => ({ CheckID: `c${index}`, Status })) ?? null,
  };
}

const MAINTENANCE = [
  { CheckID: "serfHealth", Status: "passing" },
  { CheckID: "_node_maintenance", Status: "critical" },
];

const INSTANCES: Readonly<Record<string, readonly object[]>> = {
  web: [
    instance({}, {}),
    instance({}, { Address: "10.0.0.9", Tags: ["a"] }),
    instance({}, { Address: "fd00::1", Port: 0, Tags: [] }),
    instance({}, { Address: "web.example", Port: 65535, Tags: ["a", "b=c", "d,e", ""] }),
    instance({ Address: "" }, { Address: "" }),
    instance({ Address: "fd00::2" }, { Address: "", Port: 1 }),
    instance({ Node: "" }, { ID: "" }),
  ],
  "with meta": [
    instance(
      { Meta: { "consul-network-segment": "", "a.b": "1", "ü": "2", "1x": "3", "": "4" } },
      {},
    ),
    instance({}, { Meta: { "prometheus.io/port": "9100", version: "", "a b": "c" } }),
    instance({
      TaggedAddresses: { lan: "10.0.0.1", lan_ipv4: "10.0.0.1", wan: "1.2.3.4", "x-y": "" },
    }, { TaggedAddresses: { wan: { Address: "5.6.7.8", Port: 80 } } }),
  ],
  health: [
    instance({}, {}, null),
    instance({}, {}, []),
    instance({}, {}, ["passing", "passing"]),
    instance({}, {}, ["passing", "warning"]),
    instance({}, {}, ["warning", "critical"]),
    instance({}, {}, ["critical"]),
    instance({}, {}, ["maintenance"]),
    instance({}, {}, [""]),
    instance({}, {}, ["unknown"]),
    { ...instance({}, {}), Checks: MAINTENANCE },
    { ...instance({}, {}), Checks: [{ CheckID: "_service_maintenance:web", Status: "critical" }] },
  ],
  "mesh-gateway": [
    instance({}, {
      Kind: "mesh-gateway",
      Service: "mesh-gateway",
      Proxy: { Mode: "", MeshGateway: {} },
      TaggedAddresses: { lan: { Address: "10.0.0.3", Port: 8443 } },
    }),
  ],
  "web-sidecar-proxy": [
    instance({}, {
      Kind: "connect-proxy",
      Service: "web-sidecar-proxy",
      Proxy: { DestinationServiceName: "web", Upstreams: [{ DestinationName: "db" }] },
    }),
  ],
  enterprise: [
    instance({ Partition: "east" }, { Namespace: "team", Partition: "east", Tags: ["x"] }),
    instance({ Datacenter: "dc2" }, { Namespace: "", Partition: "" }),
  ],
  "a b ü": [instance({}, { Service: "a b ü" })],
  empty: [],
  consul: [instance({}, { ID: "consul", Service: "consul", Port: 8300 })],
};

const TAGS: Readonly<Record<string, readonly string[]>> = {
  web: ["a", "b=c", "d,e", ""],
  enterprise: ["x"],
};

function consulScene(more: object): Scene {
  return {
    answer: ({ path, query }) => {
      if (path.endsWith("/v1/agent/self")) return { body: { Config: { Datacenter: "dc1" } } };
      if (Number(query.get("index")) >= 7) return "open";
      const headers = { "x-consul-index": "7" };
      if (path.endsWith("/v1/catalog/services")) {
        const names = Object.keys(INSTANCES);
        return { headers, body: Object.fromEntries(names.map((name) => [name, TAGS[name] ?? []])) };
      }
      const name = /\/v1\/health\/service\/(.*)$/.exec(path)?.[1];
      if (name === undefined) return NOT_FOUND;
      return { headers, body: INSTANCES[decodeURIComponent(name)] ?? [] };
    },
    options: (address) => ({ consul_sd_configs: [{ server: address, ...more }] }),
  };
}

export const CONSUL_SCENES: Readonly<Record<string, Scene>> = {
  consul: consulScene({}),
  "consul, a datacenter": consulScene({ datacenter: "dc9", tag_separator: ";" }),
  "consul, some services": consulScene({ services: ["web", "health", "nobody"] }),
  "consul, a tag": consulScene({ tags: ["x"] }),
  "consul, two tags": consulScene({ tags: ["a", "b=c"], tag_separator: "" }),
  "consul, of nodes": consulScene({ node_meta: { rack: "a b", x: "" } }),
  "consul, healthy ones": consulScene({
    health_filter: "Checks.Status == passing",
    services: ["web"],
  }),
  "consul, a filter": consulScene({ filter: 'Node == "node1"', allow_stale: false }),
  "consul, a prefix": consulScene({
    path_prefix: "/some/path",
    namespace: "team",
    partition: "east",
  }),
};
