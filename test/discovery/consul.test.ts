/** consul_sd_configs: a Consul that is played by hand, from the documentation of its API. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HttpRequest } from "../../src/contracts.ts";
import { ConsulDiscoverer } from "../../src/discovery/consul/consul.ts";
import type { ConsulDiscovery } from "../../src/options/resolved_scrape.ts";
import { makeAnswer, type ScriptedAnswer } from "../../src/testing/memory.ts";
import { CLIENT, Harness, json } from "./support.ts";

const OPTIONS: ConsulDiscovery = {
  kind: "consul",
  ...CLIENT,
  server: "localhost:8500",
  scheme: "http",
  pathPrefix: "",
  token: "",
  datacenter: "",
  namespace: "",
  partition: "",
  tagSeparator: ",",
  allowStale: true,
  services: [],
  tags: [],
  nodeMeta: {},
  filter: "",
  healthFilter: "",
  refreshIntervalMs: 30_000,
};

function instance(address: string, more: Record<string, unknown> = {}): unknown {
  return {
    Node: { Node: "node1", Address: "10.0.0.1", Datacenter: "dc1", Meta: null },
    Service: { ID: "web-1", Address: address, Port: 8080, Tags: null, Meta: null },
    Checks: [],
    ...more,
  };
}

/** A Consul whose blocking queries wait until something has another index. */
class Consul {
  readonly asked: HttpRequest[] = [];
  index = 10;
  services: Record<string, string[]> = {};
  instances: Record<string, unknown[]> = {};
  isDown = false;
  #waiting: (() => void)[] = [];

  change(how: () => void): void {
    how();
    this.index++;
    for (const go of this.#waiting.splice(0)) go();
  }

  readonly script = async (request: HttpRequest): Promise<ScriptedAnswer> => {
    this.asked.push(request);
    if (this.isDown) return makeAnswer(500, "No cluster leader");
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.endsWith("/v1/agent/self")) return json({ Config: { Datacenter: "dc1" } });
    if (Number(searchParams.get("index")) >= this.index) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const service = /\/v1\/health\/service\/(.*)$/.exec(pathname)?.[1];
    const value = service === undefined
      ? this.services
      : this.instances[decodeURIComponent(service)] ?? [];
    return json(value, { "x-consul-index": String(this.index) });
  };
}

async function started(
  consul: Consul,
  more: Partial<ConsulDiscovery> = {},
): Promise<Harness> {
  const harness = new Harness(consul.script);
  await harness.start(new ConsulDiscoverer({ ...OPTIONS, ...more }, harness.dependencies));
  await harness.pass(0);
  return harness;
}

describe("Consul discovery", () => {
  it("makes targets of the instances of all services, with all labels", async () => {
    const consul = new Consul();
    consul.services = { web: ["a", "b"], "db one": [] };
    consul.instances = {
      web: [{
        Node: {
          Node: "node1",
          Address: "10.0.0.1",
          Meta: { "rack-id": "7" },
          TaggedAddresses: { lan: "10.0.0.1", "wan_ipv4": "1.2.3.4" },
        },
        Service: {
          ID: "web-1",
          Address: "fd00::1",
          Port: 8080,
          Tags: ["a", "b"],
          Meta: { "v.1": "x" },
          Namespace: "team",
          Partition: "east",
        },
        Checks: [{ CheckID: "serfHealth", Status: "passing" }, { CheckID: "c", Status: "warning" }],
      }],
      "db one": [instance("")],
    };
    const harness = await started(consul);
    assert.equal(harness.told.length, 1);
    assert.deepEqual(harness.targets, [
      {
        __address__: "[fd00::1]:8080",
        __meta_consul_service: "web",
        __meta_consul_dc: "dc1",
        __meta_consul_address: "10.0.0.1",
        __meta_consul_node: "node1",
        __meta_consul_tags: ",a,b,",
        __meta_consul_namespace: "team",
        __meta_consul_partition: "east",
        __meta_consul_service_address: "fd00::1",
        __meta_consul_service_port: "8080",
        __meta_consul_service_id: "web-1",
        __meta_consul_health: "warning",
        __meta_consul_metadata_rack_id: "7",
        __meta_consul_service_metadata_v_1: "x",
        __meta_consul_tagged_address_lan: "10.0.0.1",
        __meta_consul_tagged_address_wan_ipv4: "1.2.3.4",
      },
      {
        __address__: "10.0.0.1:8080",
        __meta_consul_service: "db one",
        __meta_consul_dc: "dc1",
        __meta_consul_address: "10.0.0.1",
        __meta_consul_node: "node1",
        __meta_consul_tags: ",,",
        __meta_consul_namespace: "",
        __meta_consul_partition: "",
        __meta_consul_service_address: "",
        __meta_consul_service_port: "8080",
        __meta_consul_service_id: "web-1",
        __meta_consul_health: "passing",
      },
    ]);
    await harness.stop();
  });

  it("sums health up as Consul does", async () => {
    const cases: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
      ["critical", [["a", "passing"], ["b", "critical"], ["c", "warning"]]],
      ["maintenance", [["a", "critical"], ["_service_maintenance:web", "critical"]]],
      ["maintenance", [["_node_maintenance", "critical"]]],
      ["passing", []],
    ];
    for (const [health, checks] of cases) {
      const consul = new Consul();
      consul.services = { web: [] };
      const Checks = checks.map(([CheckID, Status]) => ({ CheckID, Status }));
      consul.instances = { web: [instance("a", { Checks })] };
      const harness = await started(consul);
      assert.equal(harness.targets[0]?.["__meta_consul_health"], health);
      await harness.stop();
    }
  });

  it("asks with all that its options say, and with its token in a header", async () => {
    const consul = new Consul();
    consul.services = { web: ["x", "y"] };
    const harness = await started(consul, {
      server: "consul.example",
      scheme: "https",
      pathPrefix: "/consul/",
      token: "s3cret-token",
      datacenter: "dc9",
      namespace: "n",
      partition: "p",
      tags: ["x", "y"],
      nodeMeta: { rack: "1" },
      filter: 'ServiceName != "old"',
      healthFilter: 'Service.Port == "1"',
      allowStale: false,
    });
    const [catalog, health] = consul.asked.map(({ url }) => new URL(url));
    assert.equal(
      catalog!.origin + catalog!.pathname,
      "https://consul.example/consul/v1/catalog/services",
    );
    assert.deepEqual([...catalog!.searchParams], [
      ["wait", "120000ms"],
      ["filter", 'ServiceName != "old"'],
      ["node-meta", "rack:1"],
      ["dc", "dc9"],
      ["ns", "n"],
      ["partition", "p"],
    ]);
    assert.equal(health!.pathname, "/consul/v1/health/service/web");
    assert.deepEqual(health!.searchParams.getAll("tag"), ["x", "y"]);
    assert.equal(health!.searchParams.get("filter"), 'Service.Port == "1"');
    assert.ok(consul.asked.every(({ headers }) => headers["x-consul-token"] === "s3cret-token"));
    await harness.stop();
  });

  it("tells a change when its blocking query is answered, at most once in the interval", async () => {
    const consul = new Consul();
    consul.services = { web: [] };
    consul.instances = { web: [instance("a")] };
    const harness = await started(consul);
    await harness.pass(30_000);
    consul.change(() => consul.instances = { web: [instance("b")] });
    await harness.pass(0);
    assert.deepEqual(harness.addresses, ["b:8080"]);
    const { length } = consul.asked;
    consul.change(() => consul.instances = { web: [instance("c")] });
    await harness.pass(29_000);
    assert.equal(consul.asked.length, length);
    await harness.pass(1_000);
    assert.deepEqual(harness.addresses, ["c:8080"]);
    await harness.stop();
  });

  it("follows services that come and go, and those that have lost a tag", async () => {
    const consul = new Consul();
    consul.services = { web: ["x"], other: [] };
    consul.instances = { web: [instance("w")], db: [instance("d")], other: [instance("o")] };
    const harness = await started(consul, { tags: ["x"] });
    assert.deepEqual(harness.addresses, ["w:8080"]);
    await harness.pass(30_000);
    consul.change(() => consul.services = { web: ["x"], db: ["x"] });
    await harness.pass(30_000);
    assert.deepEqual(harness.addresses, ["w:8080", "d:8080"]);
    consul.change(() => consul.services = { web: [], db: ["x"] });
    await harness.pass(30_000);
    assert.deepEqual(harness.addresses, ["d:8080"]);
    await harness.stop();
  });

  it("asks for no catalog where all services are named, over a socket too", async () => {
    const consul = new Consul();
    consul.instances = { web: [instance("w")], db: [instance("d")] };
    const harness = await started(consul, {
      server: "unix:///run/consul.sock",
      services: ["web", "db"],
      datacenter: "dc1",
    });
    assert.deepEqual(harness.addresses, ["w:8080", "d:8080"]);
    assert.ok(consul.asked.every(({ url }) => url.includes("/v1/health/")));
    assert.ok(consul.asked.every(({ unixSocket }) => unixSocket === "/run/consul.sock"));
    await harness.stop();
  });

  it("tells that there are no services", async () => {
    const harness = await started(new Consul());
    assert.deepEqual(harness.told, [[]]);
    await harness.stop();
  });

  it("keeps its targets while Consul is down, counts that, and finds it again", async () => {
    const consul = new Consul();
    consul.services = { web: [] };
    consul.instances = { web: [instance("a")] };
    const harness = await started(consul, { token: "s3cret-token" });
    await harness.pass(30_000);
    consul.change(() => consul.isDown = true);
    await harness.pass(120_000);
    assert.deepEqual(harness.addresses, ["a:8080"]);
    assert.ok(harness.stats.snapshot().counters.consul_rpc_failures >= 8);
    // A new one, which counts from the beginning.
    Object.assign(consul, { isDown: false, index: 2, instances: { web: [instance("b")] } });
    await harness.pass(60_000);
    assert.deepEqual(harness.addresses, ["b:8080"]);
    await harness.stop();
  });
});
