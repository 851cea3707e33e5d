/** Names of endpoints, which are the directories of their queues. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { endpointName } from "../../src/agent/config/endpoint_name.ts";
import { parse, problemsOf } from "./parse_config.ts";

const URL_LINE = "  - url: http://mimir/api/v1/push\n";
const FIRST = endpointName("http://mimir/api/v1/push");

/** The names of endpoints on one URL, each with these lines. */
async function namesOf(...endpoints: readonly string[]): Promise<string[]> {
  const lines = endpoints.map((more) => `${URL_LINE}    ${more}\n`).join("");
  const { resolved } = await parse(`remote_write:\n${lines}`, { env: { T: "a", U: "b" } });
  return resolved.endpoints.map(({ name }) => name);
}

test("endpoints on one URL have names by what tells them apart, and the first keeps its own", async () => {
  const apart: readonly (readonly [string, string])[] = [
    ["headers: { X-Scope-OrgID: a }", "headers: { X-Scope-OrgID: b }"],
    ["http_headers: { X-Scope-OrgID: { values: [a] } }", "http_headers: { X-Y: { values: [a] } }"],
    ["basic_auth: { username: a, password: x }", "basic_auth: { username: b, password: x }"],
    ["bearer_token: x", "authorization: { type: X, credentials: x }"],
    ["send_exemplars: true", "send_exemplars: false"],
    ["queue_config: { max_shards: 1 }", "queue_config: { max_shards: 2 }"],
    ["headers: { X-Scope-OrgID: '%{T}' }", "headers: { X-Scope-OrgID: '%{U}' }"],
    [
      "write_relabel_configs: [{ source_labels: [a], regex: x, action: keep }]",
      "write_relabel_configs: [{ source_labels: [a], regex: x, action: drop }]",
    ],
  ];
  for (const [one, other] of apart) {
    const [first, second = "", ...rest] = await namesOf(one, other);
    assert.equal(first, FIRST, one);
    assert.match(second, new RegExp(`^${FIRST}-[0-9a-f]{8}$`), one);
    assert.deepEqual(rest, []);
  }
});

test("the name of one more is the same whatever is tuned, and whatever is beside it", async () => {
  const [one, other] = ["headers: { X-Scope-OrgID: a }", "headers: { X-Scope-OrgID: b }"];
  const [, name] = await namesOf(one, other);
  const changes: readonly (readonly string[])[] = [
    [one, `${other}\n    queue_config: { max_shards: 3 }\n    remote_timeout: 9s`],
    [one, `${other}\n    tls_config: { insecure_skip_verify: true }\n    enable_http2: false`],
    [`${one}\n    bearer_token: hunter2`, other],
    [one, other, "headers: { X-Scope-OrgID: c }"],
    ["name: mimir", one, other],
  ];
  for (const endpoints of changes) assert.ok((await namesOf(...endpoints)).includes(name!));
  // Keys in another order say the same, and a secret says nothing.
  const login = (password: string) => `basic_auth: { username: b, password: ${password} }`;
  const [, before] = await namesOf(one, `${login("x")}\n    send_exemplars: true`);
  const [, after] = await namesOf(one, `send_exemplars: true\n    ${login("y")}`);
  assert.equal(after, before);
});

test("the users in two URLs tell them apart", async () => {
  const { resolved } = await parse(
    "remote_write:\n  - url: http://a:x@mimir/\n  - url: http://b:x@mimir/\n",
  );
  const names = resolved.endpoints.map(({ name }) => name);
  assert.equal(names[0], endpointName("http://mimir/"));
  assert.match(names[1]!, new RegExp(`^${names[0]}-[0-9a-f]{8}$`));
});

test("endpoints that differ in secrets alone are refused, as in Prometheus", async () => {
  const [problem = "", ...rest] = await problemsOf(
    `remote_write:\n${URL_LINE}    bearer_token: hunter2\n${URL_LINE}    bearer_token: hunter3\n`,
  );
  assert.match(problem, /^walq\.yaml:4: remote_write\[1\]\.name \(from its url\): got "mimir-/);
  assert.doesNotMatch(problem, /hunter/);
  assert.deepEqual(rest, []);
});

test("the name that one more gets is told", async () => {
  const { resolved, remarks } = await parse(
    `remote_write:\n${URL_LINE}${URL_LINE}    send_exemplars: false\n`,
  );
  const [remark] = remarks.filter(({ key }) => key === "remote_write[1].name");
  assert.ok(remark?.message.includes(`"${resolved.endpoints[1]!.name}"`));
});

test("the first of two on a URL is told that it is the first, and one alone nothing", async () => {
  const warnings = async (...endpoints: readonly string[]): Promise<string[]> => {
    const lines = endpoints.map((more) => `${URL_LINE}    ${more}\n`).join("");
    const { remarks } = await parse(`remote_write:\n${lines}`);
    const ofNames = remarks.filter(({ key, level }) => level === "warn" && key.endsWith(".name"));
    return ofNames.map(({ key, place, message }) => `${place.split(":")[1]} ${key}: ${message}`);
  };
  const [one, other] = ["headers: { X-Scope-OrgID: a }", "headers: { X-Scope-OrgID: b }"];
  for (const endpoints of [[one, other], [other, one]]) {
    const [warning = "", ...rest] = await warnings(...endpoints);
    assert.ok(
      warning.startsWith(`2 remote_write[0].name: using "${FIRST}", as the first`),
      warning,
    );
    assert.deepEqual(rest, []);
    // Which of the two has it depends on their order alone.
    assert.equal((await namesOf(...endpoints))[0], FIRST);
  }
  assert.deepEqual(await warnings(one), []);
  assert.deepEqual(await warnings(`${one}\n    name: a`, other), []);
  assert.deepEqual(await warnings(`${one}\n    name: a`, `${other}\n    name: b`), []);
});

test("names that differ in case alone are two directories", async () => {
  const names = await namesOf("name: Mimir", "name: mimir", "name: MIMIR");
  assert.match(names.join(" "), /^Mimir mimir-[0-9a-f]{8} MIMIR-[0-9a-f]{8}$/);
  assert.equal(new Set(names.map((name) => name.toLowerCase())).size, 3);
  const lines = `${URL_LINE}    name: a\n${URL_LINE}    name: a\n`;
  assert.match((await problemsOf(`remote_write:\n${lines}`)).join(), /got "a", the name of/);
});

test("names as they were given are kept for what shows them", async () => {
  const { resolved, remoteNames } = await parse(
    `remote_write:\n${URL_LINE}    name: Grafana Cloud\n${URL_LINE}    name: mimir\n`,
  );
  assert.deepEqual([...remoteNames], [[resolved.endpoints[0]!.name, "Grafana Cloud"]]);
});
