/**
 * Files as users of `prometheus --agent` have them: each good one loads, and each bad one
 * is refused at its line. They are of no one's but made up, after the documents of
 * Prometheus and of those who sell or host receivers.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseConfig } from "../../src/agent/config/config.ts";
import { messageOf } from "../../src/errors.ts";
import { MemoryFileSystem } from "../../src/testing/memory_files.ts";
import { sourceOf } from "./support.ts";

const PEM = (name: string): string => readFileSync(`test/fixtures/tls/${name}.pem`, "utf8");
const FILES: Readonly<Record<string, string>> = {
  "token": "t0ken",
  "password": "s3cret",
  "ca.pem": PEM("ca"),
  "client.pem": PEM("client"),
  "client_key.pem": PEM("client_key"),
};

/** What is wrong, line by line; nothing if it loads. */
async function problemsOf(text: string): Promise<string[]> {
  const files = new MemoryFileSystem();
  await files.makeDirectory("/etc");
  for (const [name, content] of Object.entries(FILES)) {
    await files.writeAndSync(`/etc/${name}`, [new TextEncoder().encode(content)]);
  }
  const source = sourceOf(files, "/etc/prometheus.yml");
  return await parseConfig(text, source).then(() => [], (error) => messageOf(error).split("\n"));
}

const GOOD: Readonly<Record<string, string>> = {
  "the example of an agent": `
global:
  scrape_interval: 15s # Set the scrape interval to every 15 seconds. Default is every 1 minute.
scrape_configs:
  - job_name: "prometheus"
    static_configs:
      - targets: ["localhost:9090"]
remote_write:
  - url: "http://localhost:9090/api/v1/write"
`,
  "a hosted Mimir, with a replica label by rules": `
global:
  external_labels:
    cluster: \${CLUSTER}
    __replica__: $HOSTNAME
remote_write:
- url: https://prometheus-us-central1.grafana.net/api/prom/push
  name: cloud
  basic_auth:
    username: 12345
    password_file: password
  queue_config:
    capacity: 10000
    max_samples_per_send: 2000
    max_shards: 200
    min_shards: 1
    batch_send_deadline: 5s
    min_backoff: 30ms
    max_backoff: 5s
    retry_on_http_429: true
  write_relabel_configs:
  - source_labels: [__name__]
    regex: go_.*|process_.*
    action: drop
  - target_label: __tenant__
    replacement: edge
  - { regex: pod_template_hash, action: labeldrop }
  send_exemplars: true
  metadata_config: { send: true, send_interval: 1m }
`,
  "a Thanos with mutual TLS and a tenant": `
remote_write:
  - url: https://thanos-receive.example/api/v1/receive
    remote_timeout: 10s
    headers:
      THANOS-TENANT: edge
    tls_config:
      ca_file: ca.pem
      cert_file: client.pem
      key_file: client_key.pem
      server_name: thanos
      min_version: TLS12
      insecure_skip_verify: false
    follow_redirects: true
    enable_http2: false
`,
  "a VictoriaMetrics behind a proxy": `
remote_write:
  - url: http://victoria:8428/api/v1/write
    proxy_url: http://bob:s3cret@proxy.example:3128
    no_proxy: 10.0.0.0/8,.local
    proxy_connect_header: { X-Team: [edge] }
    round_robin_dns: true
`,
  "Amazon's, with a role": `
remote_write:
  - url: https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write
    sigv4: { region: us-east-1, role_arn: "arn:aws:iam::1:role/edge" }
    queue_config: { max_samples_per_send: 1000, max_shards: 1000, capacity: 2500 }
`,
  "Azure's, by a managed identity": `
remote_write:
  - url: https://edge.ingest.monitor.azure.com/dataCollectionRules/dcr-1/streams/s/api/v1/write
    azuread:
      cloud: AzurePublic
      managed_identity: { client_id: 00000000-0000-0000-0000-000000000001 }
`,
  "OAuth 2.0": `
remote_write:
  - url: https://receiver.example/write
    oauth2:
      client_id: edge
      client_secret_file: password
      token_url: https://login.example/token
      scopes: [metrics.write]
      endpoint_params: { audience: metrics }
      tls_config: { ca_file: ca.pem }
`,
  "2.0 for two endpoints, one with a token of another scheme": `
remote_write:
  - { url: "http://a/api/v1/write", protobuf_message: io.prometheus.write.v2.Request }
  - url: http://b/api/v1/write
    authorization: { type: Token, credentials_file: token }
    http_headers: { X-Scope-OrgID: { values: [a], secrets: [b], files: [token] } }
`,
  "what a server has and an agent ignores": `
global: { evaluation_interval: 15s, query_log_file: q.log, rule_query_offset: 1m }
runtime: { gogc: 75 }
storage: { tsdb: { out_of_order_time_window: 30m }, exemplars: { max_exemplars: 100000 } }
tracing: { endpoint: "localhost:4317", sampling_fraction: 1.0 }
otlp: { promote_resource_attributes: [service.name] }
remote_write: [{ url: "http://a/" }]
`,
  "anchors and merge keys": `
remote_write:
  - &one
    url: http://a/
    name: a
    queue_config: &queue { max_shards: 10 }
  - <<: *one
    name: b
    queue_config:
      <<: *queue
      min_shards: 2
`,
};

const BAD: Readonly<Record<string, readonly [line: number, key: string, text: string]>> = {
  "no url": [2, "remote_write[0].url", "remote_write:\n  - name: a\n"],
  "an empty endpoint": [2, "remote_write[0]", "remote_write:\n  -\n"],
  "two logins": [
    2,
    "remote_write[0]",
    "remote_write:\n  - url: http://a/\n    basic_auth: { username: a }\n    bearer_token: b\n",
  ],
  "a login and sigv4": [
    2,
    "remote_write[0]",
    "remote_write:\n  - url: http://a/\n    basic_auth: { username: a }\n    sigv4: {}\n",
  ],
  "a header that is reserved": [
    3,
    "remote_write[0].headers",
    "remote_write:\n  - url: http://a/\n    headers: { Content-Encoding: x }\n",
  ],
  "a login among the headers": [
    3,
    "remote_write[0].headers: has Authorization",
    "remote_write:\n  - url: http://a/\n    headers: { authorization: x }\n",
  ],
  "a URL without a host": [2, "remote_write[0].url", "remote_write:\n  - url: http:///write\n"],
  "a pattern that is none": [
    4,
    "remote_write[0].write_relabel_configs[0].regex",
    "remote_write:\n  - url: http://a/\n    write_relabel_configs:\n      - { regex: '(', source_labels: [a], target_label: b }\n",
  ],
  "a rule that is empty": [
    4,
    "remote_write[0].write_relabel_configs[0]",
    "remote_write:\n  - url: http://a/\n    write_relabel_configs:\n      -\n",
  ],
  "hashmod without a modulus": [
    4,
    "remote_write[0].write_relabel_configs[0]",
    "remote_write:\n  - url: http://a/\n    write_relabel_configs:\n      - { action: hashmod, source_labels: [a], target_label: b }\n",
  ],
  "a certificate without its key": [
    3,
    "remote_write[0].tls_config",
    "remote_write:\n  - url: http://a/\n    tls_config: { cert_file: client.pem }\n",
  ],
  "no_proxy without a proxy": [
    3,
    "remote_write[0].no_proxy",
    "remote_write:\n  - url: http://a/\n    no_proxy: 127.0.0.1\n",
  ],
  "a message that nobody knows": [
    3,
    "remote_write[0].protobuf_message",
    "remote_write:\n  - url: http://a/\n    protobuf_message: io.x.Request\n",
  ],
  "the same name twice": [
    3,
    "remote_write[1].name",
    "remote_write:\n  - { url: http://a/, name: a }\n  - { url: http://b/, name: a }\n",
  ],
  "fewer shards at most than at least": [
    3,
    "remote_write[0].queue_config",
    "remote_write:\n  - url: http://a/\n    queue_config: { min_shards: 5, max_shards: 2 }\n",
  ],
  "Google's login": [
    3,
    "remote_write[0].google_iam",
    "remote_write:\n  - url: http://a/\n    google_iam: {}\n",
  ],
  "a rule file": [1, "rule_files", "rule_files: [a.yml]\nremote_write: [{ url: http://a/ }]\n"],
  "an alertmanager": [
    1,
    "alerting",
    "alerting: { alertmanagers: [{ static_configs: [] }] }\nremote_write: [{ url: http://a/ }]\n",
  ],
  "nowhere to send to": [1, "", "global: { scrape_interval: 1m }\n"],
};

for (const [name, text] of Object.entries(GOOD)) {
  test(`it loads: ${name}`, async () => assert.deepEqual(await problemsOf(text.trimStart()), []));
}

for (const [name, [line, key, text]] of Object.entries(BAD)) {
  test(`it is refused: ${name}`, async () => {
    const [first = "accepted"] = await problemsOf(text);
    const place = key === "" ? "/etc/prometheus.yml" : `/etc/prometheus.yml:${line}: ${key}`;
    assert.ok(first.startsWith(place), first);
  });
}

test("what a template leaves empty is not given", async () => {
  const text = (lines: string): string => `remote_write:\n  - url: http://a/\n${lines}`;
  const cases: readonly string[] = [
    '    name: ""\n',
    "    queue_config: { max_shards: , min_shards: ~ }\n",
    '    proxy_url: ""\n    no_proxy: ""\n',
    '    tls_config: { ca_file: "", cert_file: "", key_file: "", server_name: "" }\n',
    '    basic_auth: { username: a, password: b, password_file: "" }\n',
    '    basic_auth: { username: a }\n    bearer_token: ""\n',
    "    basic_auth:\n",
    "    authorization:\n",
    "    bearer_token_file:\n",
    "    remote_timeout:\n",
  ];
  for (const lines of cases) assert.deepEqual(await problemsOf(text(lines)), [], lines);
  // A secret that begins with "&" is an anchor, and is not lost without a word.
  const [problem = "accepted"] = await problemsOf(text("    bearer_token: &hunter2\n"));
  assert.match(problem, /:3: remote_write\[0\]\.bearer_token: got nothing/);
});

test("numbers and truth values are those of YAML 1.1", async () => {
  const files = new MemoryFileSystem();
  await files.makeDirectory("/etc");
  const batchOf = async (value: string): Promise<number> => {
    const text =
      `remote_write: [{ url: http://a/, queue_config: { max_samples_per_send: ${value} } }]`;
    const { resolved } = await parseConfig(text, sourceOf(files, "/etc/prometheus.yml"));
    return resolved.endpoints[0]!.batchCount;
  };
  assert.equal(await batchOf("0400"), 256);
  assert.equal(await batchOf("1_000"), 1_000);
  assert.equal(await batchOf("0x10"), 16);
  for (const quoted of ['"true"', "'yes'"]) {
    const text = `remote_write: [{ url: http://a/, send_exemplars: ${quoted} }]`;
    const [problem = "accepted"] = await problemsOf(text);
    assert.match(problem, /send_exemplars: got "(?:true|yes)", expected true or false/);
  }
});
