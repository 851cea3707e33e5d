/** `/api/v1/status/config`: the configuration as it is in use, which is a configuration itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse as parseYaml } from "yaml";
import { rulesYaml, usedConfig } from "../../src/agent/api/used_config.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { parse } from "./parse_config.ts";
import { ask, makeApp } from "./support.ts";

const MARK = "hunter2";

/** Every kind of secret that a file can have. */
const SECRETS = `
global:
  external_labels: {cluster: eu}
  scrape_interval: 20s
queue: {data_path: /data, ttl: 5h, persistence: {sync: interval}, limits: {label_limit: 7}}
server: {listen: ["127.0.0.1:0", "unix:/run/walq.sock"], external_url: "https://walq.example/w", read_timeout: 5s}
remote_write:
- name: basic
  url: "http://a.example/${MARK}aaaaaaaaaaaaaaaaaaaaaaaaaaaaa/push?key=${MARK}"
  basic_auth: {username: me, password: ${MARK}}
  headers: {X-Key: ${MARK}}
  proxy_url: "http://u:${MARK}@proxy:1"
  proxy_connect_header: {X-A: ["${MARK}"]}
  queue_config: {max_shards: 3, max_disk_bytes: 1GiB, min_backoff: 50ms}
  write_relabel_configs: [{source_labels: [a, b], regex: x, action: drop}]
- name: bearer
  url: http://b.example/
  authorization: {credentials: ${MARK}}
  http_headers: {X-B: {secrets: ["${MARK}"]}}
  metadata_config: {send: false}
- name: oauth
  url: http://c.example/
  oauth2: {client_id: c, client_secret: ${MARK}, token_url: "http://t.example/x?key=${MARK}", endpoint_params: {p: ${MARK}}}
- name: aws
  url: http://d.example/
  sigv4: {region: eu-1, access_key: "${MARK}A", secret_key: ${MARK}, role_arn: r, external_id: ${MARK}}
- name: azure
  url: http://e.example/
  azuread: {oauth: {client_id: 00000000-1111-2222-3333-444444444444, client_secret: ${MARK}, tenant_id: 00000000-1111-2222-3333-444444444444}}
scrape_configs:
- job_name: zoo
  basic_auth: {username: me, password: ${MARK}}
  params: {module: [http_2xx], token: ["${MARK}"], api_key: ["${MARK}", "${MARK}"]}
  static_configs: [{targets: ["h:1"], labels: {__param_auth: "${MARK}"}}]
  relabel_configs: [{target_label: __param_password, replacement: "${MARK}"}]
  consul_sd_configs: [{server: "u:${MARK}@consul:8500"}]
`;

type Shown = {
  queue: Record<string, unknown>;
  server: Record<string, unknown>;
  remote_write: Record<string, Record<string, unknown>>[];
  scrape_configs: Record<string, Record<string, unknown>>[];
};

test("no secret of any kind is shown, and that there is one is", async () => {
  const { yaml } = usedConfig(await parse(SECRETS));
  assert.ok(!yaml.includes(MARK), yaml.split("\n").find((line) => line.includes(MARK)) ?? "");
  const shown = parseYaml(yaml) as Shown;
  const [basic, bearer, oauth, aws, azure] = shown.remote_write;
  const [zoo] = shown.scrape_configs;
  assert.deepEqual(basic!["basic_auth"], { username: "me", password: "<secret>" });
  assert.deepEqual(basic!["headers"], { "X-Key": "<secret>" });
  assert.equal(zoo!["basic_auth"]!["username"], "me", "as Prometheus shows it");
  assert.deepEqual(zoo!["params"], {
    module: ["http_2xx"],
    token: ["<secret>"],
    api_key: ["<secret>", "<secret>"],
  });
  assert.equal(bearer!["authorization"]!["credentials"], "<secret>");
  assert.equal(oauth!["oauth2"]!["client_secret"], "<secret>");
  assert.deepEqual(aws!["sigv4"], {
    region: "eu-1",
    access_key: "<secret>",
    secret_key: "<secret>",
    role_arn: "r",
    external_id: "<secret>",
    service_name: "aps",
  });
  assert.deepEqual(azure!["azuread"]!["oauth"], {
    client_id: "00000000-1111-2222-3333-444444444444",
    tenant_id: "00000000-1111-2222-3333-444444444444",
    client_secret: "<secret>",
  });
});

test("all is shown under the keys of the file, with what the file leaves to defaults", async () => {
  const shown = parseYaml(usedConfig(await parse(SECRETS)).yaml) as Shown;
  assert.equal(shown.queue["ttl"], "5h");
  const persistence = shown.queue["persistence"] as Record<string, unknown>;
  assert.deepEqual([persistence["sync"], persistence["sync_interval"]], ["interval", "1s"]);
  assert.equal((shown.queue["limits"] as Record<string, unknown>)["label_limit"], 7);
  assert.deepEqual(shown.server["listen"], ["127.0.0.1:0", "unix:/run/walq.sock"]);
  assert.deepEqual([shown.server["read_timeout"], shown.server["page"]], ["5s", true]);
  const [basic, bearer] = shown.remote_write;
  const { queue_config: queue } = basic!;
  assert.deepEqual([queue!["max_shards"], queue!["max_disk_bytes"]], [3, 1024 ** 3]);
  assert.deepEqual([basic!["remote_timeout"], queue!["min_backoff"]], ["30s", "50ms"]);
  assert.deepEqual(basic!["external_labels"], { cluster: "eu" });
  assert.deepEqual(bearer!["metadata_config"], { send: false, send_interval: "1m" });
  assert.equal(shown.scrape_configs[0]!["scrape_interval"], "20s");
});

test("what is shown of a configuration without secrets says the same when it is read", async () => {
  const text = `
queue: {data_path: /data, ttl: 5h, limits: {label_limit: 7}}
server: {listen: "unix:/run/walq.sock", external_url: "https://walq.example/w", page: false}
remote_write:
- url: http://a.example/api/v1/push
  name: a b
  external_labels: {x: y}
  queue_config: {max_shards: 3, max_disk_bytes: 1GiB}
  write_relabel_configs: [{source_labels: [a, b], regex: x, action: drop}, {regex: z, action: labeldrop}]
scrape_configs:
- {job_name: zoo, static_configs: [{targets: ["h:1"], labels: {l: m}}], metric_relabel_configs: [{regex: q, action: labelkeep}]}
`;
  const first = usedConfig(await parse(text)).yaml;
  assert.equal(usedConfig(await parse(first)).yaml, first);
});

test("rules are shown as the file has them", async () => {
  const { resolved: { endpoints } } = await parse(SECRETS);
  const shown: unknown = parseYaml(rulesYaml(endpoints[0]!.writeRelabelConfigs));
  assert.deepEqual(shown, [
    { source_labels: ["a", "b"], separator: ";", regex: "x", replacement: "$1", action: "drop" },
  ]);
  assert.equal(rulesYaml(endpoints[1]!.writeRelabelConfigs), "");
});

test("the API answers with it, once there is one", async () => {
  const app = makeApp({ logger: new MemoryLogger() });
  const get = (): Promise<Response> =>
    ask(app.handler, new Request("http://127.0.0.1:9099/api/v1/status/config"));
  assert.equal((await get()).status, 503);
  app.config = await parse(SECRETS);
  const { status, data } = await (await get()).json() as { status: string; data: { yaml: string } };
  assert.equal(status, "success");
  assert.match(data.yaml, /^queue:\n {2}data_path: \/data\n/);
});
