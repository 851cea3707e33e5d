/** Endpoints without a name keep their queues, whatever comes before them or goes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { main } from "../../src/agent/cli.ts";
import { type Config, parseConfig } from "../../src/agent/config/config.ts";
import { endpointName } from "../../src/agent/config/endpoint_name.ts";
import { OwnersKeeper } from "../../src/agent/owners_keeper.ts";
import { makeAnswer } from "../../src/testing/memory.ts";
import { EndpointDouble } from "../support/endpoint_double.ts";
import { dated } from "../support/dated.ts";
import { Rig } from "../queue/support.ts";
import { FakeHost, putFile, sourceOf } from "./support.ts";

const LINE = "  - url: http://mimir/push\n";
const FIRST = endpointName("http://mimir/push");
const TENANTS = ["a", "b", "c"] as const;
type Tenant = typeof TENANTS[number];

function endpointOf(tenant: string, more: readonly string[] = []): string {
  const lines = [`headers: { X-Scope-OrgID: ${tenant} }`, ...more];
  return LINE + lines.map((line) => `    ${line}\n`).join("");
}

/** Endpoints of one URL that differ in the tenant. */
function fileOf(...endpoints: readonly string[]): string {
  return `queue: { data_path: /data }\nremote_write:\n${endpoints.join("")}`;
}

/** A queue in memory under configurations, one after the other. */
class Host extends Rig {
  readonly tenants: Record<Tenant, EndpointDouble>;
  keeper!: OwnersKeeper;
  names: string[] = [];
  remarks: string[] = [];

  constructor() {
    super();
    this.tenants = { a: new EndpointDouble(), b: new EndpointDouble(), c: new EndpointDouble() };
    this.serve();
  }

  serve(): void {
    this.platform.http.script = async (request) => {
      const answer = await this.tenants[request.headers["x-scope-orgid"] as Tenant].script(request);
      return dated(answer, this.platform.time.trueMs());
    };
  }

  /** An endpoint that takes nothing, or everything. */
  heal(tenant: Tenant, isWell: boolean): void {
    this.tenants[tenant].answer = () => makeAnswer(isWell ? 204 : 503);
  }

  async start(...endpoints: readonly string[]): Promise<void> {
    const config = await this.#load(fileOf(...endpoints));
    await this.open(config.queue);
    this.keeper = new OwnersKeeper(this.platform.files, this.logger);
    await this.keeper.keep(config);
  }

  async reload(...endpoints: readonly string[]): Promise<void> {
    const config = await this.#load(fileOf(...endpoints), this.keeper);
    await this.wait(this.queue.update(config.queue));
    await this.keeper.keep(config);
  }

  async restart(...endpoints: readonly string[]): Promise<void> {
    await this.wait(this.queue.close());
    await this.start(...endpoints);
  }

  async #load(text: string, keeper?: OwnersKeeper): Promise<Config> {
    const source = sourceOf(this.platform.files, "/etc/walq.yaml");
    const config = await parseConfig(text, {
      ...source,
      ...(keeper === undefined ? {} : { knownQueues: keeper.known }),
    });
    this.names = config.resolved.endpoints.map(({ name }) => name);
    this.remarks = config.remarks
      .filter(({ key }) => key.endsWith(".name"))
      .map(({ level, message }) => `${level} ${message}`);
    return config;
  }
}

const [A, B, C] = TENANTS.map((tenant) => endpointOf(tenant)) as [string, string, string];

for (const how of ["reload", "restart"] as const) {
  test(`the second of two endpoints keeps its backlog when the first is gone, at a ${how}`, async () => {
    const host = new Host();
    host.heal("b", false);
    await host.start(A, B);
    const [first, second] = host.names;
    assert.equal(first, FIRST);
    await host.put("up", 1);
    await host.platform.time.advanceUntil(() => host.tenants.a.arrivals.length === 1, 60_000);
    await host[how](B);
    assert.deepEqual(host.names, [second]);
    host.heal("b", true);
    await host.put("up", 2);
    await host.drain();
    assert.deepEqual(host.tenants.b.valuesOf("__name__=up"), [1, 2]);
    assert.deepEqual(host.queue.stats().orphans, []);
    await host.wait(host.queue.close());
  });

  test(`nobody gets what was for another, at a ${how}`, async () => {
    const host = new Host();
    for (const tenant of TENANTS) host.heal(tenant, false);
    await host.start(A, B);
    const [, second = ""] = host.names;
    await host.put("up", 1);
    await host[how](B);
    assert.deepEqual(host.queue.stats().orphans.map(({ name }) => name), [FIRST]);
    // It comes where the first was, and is somebody else.
    await host[how](C, B);
    assert.equal(host.names[1], second);
    assert.match(host.names[0]!, new RegExp(`^${FIRST}-[0-9a-f]{8}$`));
    await host.put("up", 2);
    await host[how](C, B, A);
    assert.deepEqual(host.names.slice(1), [second, FIRST]);
    for (const tenant of TENANTS) host.heal(tenant, true);
    await host.drain();
    assert.deepEqual(host.tenants.a.valuesOf("__name__=up"), [1]);
    assert.deepEqual(host.tenants.b.valuesOf("__name__=up"), [1, 2]);
    assert.deepEqual(host.tenants.c.valuesOf("__name__=up"), [2]);
    await host.wait(host.queue.close());
  });

  test(`the order of endpoints says nothing, at a ${how}`, async () => {
    const host = new Host();
    await host.start(A, B);
    const names = [...host.names];
    await host[how](B, A);
    assert.deepEqual(host.names, names.toReversed());
    await host[how](C, A, B);
    assert.deepEqual(host.names.slice(1), names);
    await host.wait(host.queue.close());
  });

  test(`an endpoint that is edited keeps its queue, and that is told, at a ${how}`, async () => {
    const host = new Host();
    await host.start(A);
    await host[how](B);
    assert.deepEqual(host.names, [FIRST]);
    assert.match(
      host.remarks.join(),
      new RegExp(`^warn using "${FIRST}", whose endpoint had other`),
    );
    await host[how](B, C);
    const [, third] = host.names;
    // As the same to the same, with other rules.
    await host[how](
      endpointOf("c", ["send_exemplars: false"]),
      endpointOf("b", ["remote_timeout: 9s"]),
    );
    assert.deepEqual(host.names, [third, FIRST]);
    // One of several that is no longer who it was, or somebody else: both are named.
    await host[how](A, endpointOf("b", ["remote_timeout: 9s"]));
    const [fresh = ""] = host.names;
    assert.match(host.remarks[0]!, new RegExp(`^warn using "${fresh}", .*"${third}" stays behind`));
    await host.wait(host.queue.close());
  });
}

test("endpoints that differ in secrets and tuning alone are not taken for each other", async () => {
  const host = new Host();
  const by = (token: string, timeout: string): string =>
    endpointOf("a", [`bearer_token: ${token}`, `remote_timeout: ${timeout}`]);
  await host.start(by("x", "5s"), by("y", "6s"));
  const [first, second] = host.names;
  await host.reload(by("x", "7s"), by("y", "6s"));
  assert.equal(host.names[1], second);
  assert.notEqual(host.names[0], first);
  await host.wait(host.queue.close());
});

test("a queue of before its owner was written down is found by its name", async () => {
  const host = new Host();
  await host.start(A, B);
  const [, second] = host.names;
  await host.wait(host.queue.close());
  await host.platform.files.remove("/data/walq.names");
  await host.start(B);
  assert.deepEqual(host.names, [second]);
  await host.wait(host.queue.close());
});

test("what cannot be read is told, and gives nobody's queue away unsaid", async () => {
  for (
    const text of ["", "{", '{"owners":[{"name":1}]}', '{"owners":{}}', "\0".repeat(100), "[]"]
  ) {
    const host = new Host();
    await host.start(A, B);
    const names = [...host.names];
    await host.wait(host.queue.close());
    const { files } = host.platform;
    await files.remove("/data/walq.names");
    await files.writeAndSync("/data/walq.names", [new TextEncoder().encode(text)]);
    await host.start(C, B);
    assert.deepEqual(host.names, names);
    assert.match(
      host.remarks.join("\n"),
      /^warn using .* since whose the queues are cannot be read/,
    );
    await host.restart(B, C);
    assert.deepEqual(host.names, names.toReversed());
    await host.wait(host.queue.close());
  }
});

test("what cannot be written down holds for this process, and is told", async () => {
  const host = new Host();
  await host.start(A, B);
  const names = [...host.names];
  const { files } = host.platform;
  await files.makeDirectory("/data/walq.names.tmp/in the way");
  await host.reload(C, B, A);
  assert.match(host.logger.lines.join("\n"), /cannot write down whose the queues/);
  await host.reload(B, A);
  assert.deepEqual(host.names, names.toReversed());
  await host.wait(host.queue.close());
});

test("what is written down already is not written again: the disk may be full", async () => {
  const host = new Host();
  await host.start(A, B);
  await host.platform.files.makeDirectory("/data/walq.names.tmp/in the way");
  await host.restart(B, A);
  await host.reload(A, B);
  assert.doesNotMatch(host.logger.lines.join("\n"), /cannot write down/);
  await host.wait(host.queue.close());
});

test("the program writes down whose the queues are, and goes by it when it reads its file again", async () => {
  const host = new FakeHost(["run", "--config", "/etc/walq.yaml"]);
  await host.platform.files.makeDirectory("/data");
  await putFile(host, "/etc/walq.yaml", fileOf(A, B));
  const ended = main(host);
  await host.ready;
  await putFile(host, "/etc/walq.yaml", fileOf(B));
  host.signal("SIGHUP");
  await host.platform.time.settle();
  host.signal("SIGTERM");
  assert.equal(await ended, 0);
  const names = host.queue.updates.flatMap(({ endpoints }) => endpoints.map(({ name }) => name));
  assert.match(names.join(), new RegExp(`^${FIRST}-[0-9a-f]{8}$`));
  const bytes = await host.platform.files.read("/data/walq.names");
  const { owners } = JSON.parse(new TextDecoder().decode(bytes)) as {
    owners: { name: string; isInUse: boolean }[];
  };
  assert.deepEqual(owners.map(({ name, isInUse }) => [name, isInUse]), [
    [FIRST, false],
    [names[0], true],
  ]);
});
