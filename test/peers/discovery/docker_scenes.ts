/** Containers in many forms, as Docker's API has them, written by hand from its documentation. */
import { NOT_FOUND, type Scene } from "./scene.ts";

const NETWORKS = [
  {
    Id: "n1",
    Name: "app",
    Scope: "local",
    Internal: false,
    Ingress: false,
    Labels: { "a.b": "c" },
  },
  { Id: "n2", Name: "back", Scope: "swarm", Internal: true, Ingress: true, Labels: null },
  { Id: "n3", Name: "Zed", Scope: "global", Labels: { "": "empty", "ä/ö": "x", e: "" } },
  { Id: "nh", Name: "host", Scope: "local" },
  { Id: "nn", Name: "none", Scope: "local" },
];

const tcp = (PrivatePort: number, more: object = {}): object => ({
  PrivatePort,
  Type: "tcp",
  ...more,
});

function container(Id: string, more: object = {}, networks: object = {}): object {
  return {
    Id,
    Names: [`/${Id}`],
    Image: "image:1",
    ImageID: "sha256:0",
    Labels: { "com.docker.compose.service": Id },
    Ports: [tcp(80)],
    HostConfig: { NetworkMode: "app" },
    NetworkSettings: { Networks: networks },
    State: "running",
    ...more,
  };
}

const app = { NetworkID: "n1", IPAddress: "10.1.0.2", GlobalIPv6Address: "" };
const back = { NetworkID: "n2", IPAddress: "10.2.0.2", GlobalIPv6Address: "" };
const zed = { NetworkID: "n3", IPAddress: "10.3.0.2", GlobalIPv6Address: "fd00::3" };
const six = { NetworkID: "n2", IPAddress: "", GlobalIPv6Address: "fd00::2" };
const nowhere = { NetworkID: "", IPAddress: "", GlobalIPv6Address: "" };
const of = (other: string): object => ({ HostConfig: { NetworkMode: `container:${other}` } });

const CONTAINERS = [
  container("one", {}, { app }),
  container("many", {
    Names: ["/many", "/one/many"],
    Ports: [
      tcp(80, { IP: "0.0.0.0", PublicPort: 8080 }),
      tcp(80, { IP: "::", PublicPort: 8080 }),
      tcp(443, { PublicPort: 0 }),
      tcp(9000, { IP: "", PublicPort: 1 }),
      { PrivatePort: 53, Type: "udp", PublicPort: 53, IP: "0.0.0.0" },
      { PrivatePort: 5000, Type: "sctp" },
    ],
  }, { back, app, Zed: zed }),
  container("udp", { Ports: [{ PrivatePort: 53, Type: "udp" }] }, { back }),
  container("no-ports", { Ports: [] }, { app, back }),
  container("null-ports", { Ports: null }, { Zed: zed }),
  container("six", {}, { six }),
  container("six-no-ports", { Ports: null }, { six }),
  container("no-address", {}, { app: nowhere }),
  container("null-network", {}, { app: null, back }),
  container("only-null", {}, { app: null }),
  container("unknown-network", {}, { other: { NetworkID: "gone", IPAddress: "10.9.0.1" } }),
  container("no-networks"),
  container("nameless", { Names: [] }, { app }),
  container("null-names", { Names: null }, { app }),
  container("no-image", { Image: "", ImageID: "", Labels: null }, { app }),
  container(
    "labels",
    { Labels: { "": "empty", "a-b": "1", "1x": "2", ü: "3", e: "" } },
    { app },
  ),
  container("host", { HostConfig: { NetworkMode: "host" } }, { host: { NetworkID: "nh" } }),
  container("host-no-ports", { HostConfig: { NetworkMode: "host" }, Ports: [] }, {
    host: { NetworkID: "nh", IPAddress: "" },
  }),
  container("none", { HostConfig: { NetworkMode: "none" } }, { none: { NetworkID: "nn" } }),
  container("none-no-ports", { HostConfig: { NetworkMode: "none" }, Ports: [] }, {
    none: { NetworkID: "nn" },
  }),
  container("default", { HostConfig: { NetworkMode: "default" } }, { bridge: app }),
  container("beside-one", of("one")),
  container("beside-many", { ...of("many"), Ports: null }),
  container("beside-beside", of("beside-one")),
  container("beside-host", { ...of("host"), Ports: [] }),
  container("beside-nobody", of("nobody")),
  container("beside-name", of("/one")),
  container("circle-a", of("circle-c")),
  container("exited", { State: "exited" }, { app: { ...app, IPAddress: "" } }),
];

function dockerScene(more: object): Scene {
  return {
    answer: ({ path }) => {
      if (path === "/_ping") return { headers: { "api-version": "1.47" }, body: "OK" };
      if (path.endsWith("/containers/json")) return { body: CONTAINERS };
      return path.endsWith("/networks") ? { body: NETWORKS } : NOT_FOUND;
    },
    options: (address) => ({ docker_sd_configs: [{ host: `http://${address}`, ...more }] }),
  };
}

export const DOCKER_SCENES: Readonly<Record<string, Scene>> = {
  docker: dockerScene({}),
  "docker, all networks": dockerScene({ match_first_network: false, port: 9100 }),
  "docker, some": dockerScene({
    filters: [{ name: "label", values: ["a=b", "c"] }, { name: "status", values: ["running"] }],
  }),
  "docker, host": dockerScene({ host_networking_host: "host.example", port: 0 }),
};
