/** docker_sd_configs: containers as Docker's API has them, written by hand from its documentation. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HttpRequest } from "../../src/contracts.ts";
import { dockerDiscoverer } from "../../src/discovery/docker.ts";
import type { DockerDiscovery } from "../../src/options/resolved_scrape.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { CLIENT, Harness, json } from "./support.ts";

const NETWORKS = [
  {
    Id: "n1",
    Name: "app_default",
    Scope: "local",
    Internal: false,
    Ingress: false,
    Labels: { "com.docker.compose.project": "app" },
  },
  { Id: "n2", Name: "back", Scope: "swarm", Internal: true, Ingress: true, Labels: null },
  { Id: "nh", Name: "host", Scope: "local" },
];

const WEB = {
  Id: "c1",
  Names: ["/web", "/alias"],
  Labels: { "com.docker.compose.service": "web", "ü": "x" },
  Ports: [
    { IP: "0.0.0.0", PrivatePort: 80, PublicPort: 8080, Type: "tcp" },
    { PrivatePort: 443, Type: "tcp" },
    { PrivatePort: 53, Type: "udp" },
  ],
  HostConfig: { NetworkMode: "app_default" },
  NetworkSettings: {
    Networks: {
      back: { NetworkID: "n2", IPAddress: "10.2.0.2" },
      app_default: { NetworkID: "n1", IPAddress: "10.1.0.2" },
    },
  },
};
const SIDECAR = {
  Id: "c2",
  Names: ["/sidecar"],
  Labels: null,
  Ports: null,
  HostConfig: { NetworkMode: "container:c1" },
  NetworkSettings: { Networks: {} },
};
const HOST = {
  Id: "c3",
  Names: ["/host"],
  Image: "host:1",
  ImageID: "sha256:1",
  Ports: [],
  HostConfig: { NetworkMode: "host" },
  NetworkSettings: { Networks: { host: { NetworkID: "nh", IPAddress: "" } } },
};
const NAMELESS = { ...HOST, Id: "c4", Names: [] };
const CIRCLE = [
  { ...SIDECAR, Id: "c5", Names: ["/a"], HostConfig: { NetworkMode: "container:c6" } },
  { ...SIDECAR, Id: "c6", Names: ["/b"], HostConfig: { NetworkMode: "container:c5" } },
];

const OPTIONS: DockerDiscovery = {
  kind: "docker",
  ...CLIENT,
  host: "unix:///var/run/docker.sock",
  port: 9000,
  hostNetworkingHost: "localhost",
  filters: [],
  matchFirstNetwork: true,
  refreshIntervalMs: 60_000,
};

interface Started {
  readonly harness: Harness;
  readonly asked: readonly HttpRequest[];
  containers: readonly unknown[];
}

async function started(more: Partial<DockerDiscovery> = {}): Promise<Started> {
  const asked: HttpRequest[] = [];
  const harness = new Harness((request) => {
    asked.push(request);
    const { pathname } = new URL(request.url);
    if (pathname === "/_ping") return makeAnswer(200, "OK", { "api-version": "1.47" });
    if (pathname === "/v1.47/containers/json") return json(started.containers);
    return pathname === "/v1.47/networks" ? json(NETWORKS) : makeAnswer(404, "page not found");
  });
  const containers: readonly unknown[] = [WEB, SIDECAR, HOST, NAMELESS, ...CIRCLE];
  const started: Started = { harness, asked, containers };
  await harness.start(dockerDiscoverer({ ...OPTIONS, ...more }, harness.dependencies));
  return started;
}

const WEB_LABELS = {
  __meta_docker_container_id: "c1",
  __meta_docker_container_name: "/web",
  __meta_docker_container_network_mode: "app_default",
  __meta_docker_container_label_com_docker_compose_service: "web",
  __meta_docker_container_label__: "x",
};
const APP_LABELS = {
  __meta_docker_network_id: "n1",
  __meta_docker_network_name: "app_default",
  __meta_docker_network_scope: "local",
  __meta_docker_network_internal: "false",
  __meta_docker_network_ingress: "false",
  __meta_docker_network_label_com_docker_compose_project: "app",
};

describe("Docker discovery", () => {
  it("makes targets of ports and networks, with all labels", async () => {
    const { harness, asked } = await started();
    assert.deepEqual([...harness.groups.keys()], ["Docker"]);
    assert.deepEqual(harness.targets, [
      {
        ...WEB_LABELS,
        ...APP_LABELS,
        __address__: "10.1.0.2:80",
        __meta_docker_network_ip: "10.1.0.2",
        __meta_docker_port_private: "80",
        __meta_docker_port_public: "8080",
        __meta_docker_port_public_ip: "0.0.0.0",
      },
      {
        ...WEB_LABELS,
        ...APP_LABELS,
        __address__: "10.1.0.2:443",
        __meta_docker_network_ip: "10.1.0.2",
        __meta_docker_port_private: "443",
      },
      {
        // In the network of the first one, of which it has no ports.
        ...APP_LABELS,
        __address__: "10.1.0.2:9000",
        __meta_docker_container_id: "c2",
        __meta_docker_container_name: "/sidecar",
        __meta_docker_container_network_mode: "container:c1",
        __meta_docker_network_ip: "10.1.0.2",
      },
      {
        __address__: "localhost",
        __meta_docker_container_id: "c3",
        __meta_docker_container_name: "/host",
        __meta_docker_container_image: "host:1",
        __meta_docker_container_image_id: "sha256:1",
        __meta_docker_container_network_mode: "host",
        __meta_docker_network_id: "nh",
        __meta_docker_network_name: "host",
        __meta_docker_network_scope: "local",
        __meta_docker_network_internal: "false",
        __meta_docker_network_ingress: "false",
        __meta_docker_network_ip: "",
      },
    ]);
    assert.ok(asked.every(({ unixSocket }) => unixSocket === "/var/run/docker.sock"));
    await harness.stop();
  });

  it("has a target in each network where not the first alone counts", async () => {
    const { harness } = await started({ matchFirstNetwork: false });
    assert.deepEqual(harness.addresses, [
      ...["10.1.0.2:80", "10.1.0.2:443", "10.2.0.2:80", "10.2.0.2:443"],
      ...["10.1.0.2:9000", "10.2.0.2:9000", "localhost"],
    ]);
    assert.equal(harness.targets[2]?.["__meta_docker_network_internal"], "true");
    await harness.stop();
  });

  it("has the address of IPv6 where there is no other one", async () => {
    const one = await started();
    const networks = { six: { NetworkID: "n1", IPAddress: "", GlobalIPv6Address: "fd00::2" } };
    one.containers = [{ ...WEB, NetworkSettings: { Networks: networks } }, {
      ...SIDECAR,
      NetworkSettings: { Networks: networks },
    }];
    await one.harness.pass(60_000);
    assert.deepEqual(one.harness.addresses, ["[fd00::2]:80", "[fd00::2]:443", "[fd00::2]:9000"]);
    assert.equal(one.harness.targets[0]?.["__meta_docker_network_ip"], "fd00::2");
    await one.harness.stop();
  });

  it("asks with filters, over TCP as over HTTP", async () => {
    const { harness, asked } = await started({
      host: "tcp://docker.example:2375",
      filters: [
        { name: "label", values: ["a=b", "c"] },
        { name: "status", values: ["running"] },
        { name: "label", values: ["d"] },
      ],
    });
    const url = new URL(asked.find((one) => one.url.includes("/containers"))!.url);
    assert.equal(url.origin, "http://docker.example:2375");
    assert.deepEqual(JSON.parse(url.searchParams.get("filters")!), {
      label: { "a=b": true, c: true, d: true },
      status: { running: true },
    });
    assert.equal(asked[0]?.unixSocket, undefined);
    await harness.stop();
  });

  it("keeps the last list while Docker is not there, and takes containers away that are gone", async () => {
    const one = await started();
    const { harness } = one;
    const { script } = harness.platform.http;
    harness.platform.http.script = () => {
      throw new Error("connection refused");
    };
    await harness.pass(60_000);
    assert.equal(harness.targets.length, 4);
    assert.equal(harness.stats.snapshot().refreshFailures.docker, 1);
    harness.platform.http.script = script;
    one.containers = [];
    await harness.pass(60_000);
    assert.deepEqual(harness.targets, []);
    await harness.stop();
  });
});
