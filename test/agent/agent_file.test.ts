/** Files that were written for `prometheus --agent`: all that it takes loads, and what it refuses is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Config, parseConfig } from "../../src/agent/config/config.ts";
import { messageOf } from "../../src/errors.ts";
import { MemoryFileSystem } from "../../src/testing/memory_files.ts";
import { sourceOf } from "./support.ts";

const ONE = "remote_write: [{ url: http://a/ }]\n";
const ENV: Readonly<Record<string, string>> = {
  TOKEN: "s3cr:et #1",
  SIZE: "500",
  EMPTY: "",
  NESTED: "%{TOKEN}",
  OFF: "no",
};

function parse(text: string): Promise<Config> {
  const source = sourceOf(new MemoryFileSystem(), "prometheus.yml");
  return parseConfig(text, { ...source, env: (name) => ENV[name] });
}

/** The lines of what is wrong; none when it loads. */
async function problemsOf(text: string): Promise<string[]> {
  return await parse(text).then(() => [], (error) => messageOf(error).split("\n"));
}

test("every block and key of an agent's file that sets nothing here loads, each with a line", async () => {
  const { remarks, resolved, scrape } = await parse(`
global:
  scrape_interval: 15s
  scrape_timeout: 10s
  scrape_protocols: [PrometheusProto, OpenMetricsText1.0.0]
  evaluation_interval: 30s
  rule_query_offset: 5s
  query_log_file: queries.log
  scrape_failure_log_file: failed.log
  body_size_limit: 15MB
  sample_limit: 1500
  target_limit: 30
  label_limit: 30
  label_name_length_limit: 200
  label_value_length_limit: 200
  keep_dropped_targets: 0
  metric_name_escaping_scheme: allow-utf-8
  metric_name_validation_scheme: utf8
  scrape_native_histograms: yes
  always_scrape_classic_histograms: off
  convert_classic_histograms_to_nhcb: true
  extra_scrape_metrics: false
  external_labels: { monitor: codelab, on: yes }
runtime: { gogc: 75 }
rule_files: []
alerting: { alertmanagers: [] }
remote_read:
storage:
  tsdb: { out_of_order_time_window: 30m, retention: { time: 1d, size: 10GB } }
  exemplars: { max_exemplars: -1 }
tracing: { endpoint: "localhost:4317", client_type: grpc, insecure: true, timeout: 5s }
otlp: { promote_resource_attributes: [k8s.pod.name], translation_strategy: NoTranslation }
scrape_configs: [{ job_name: prometheus, static_configs: [{ targets: ["localhost:9090"] }] }]
scrape_config_files: []
remote_write:
  - url: http://host/api/v1/push
    enable_http2: true
    failed_request_logging: true
    queue_config: { capacity: 10000, retry_on_http_429: false }
    metadata_config: { send: true, send_interval: 1m, max_samples_per_send: 100 }
`);
  assert.deepEqual(resolved.endpoints[0]!.externalLabels, { monitor: "codelab", on: "yes" });
  const told = remarks.map(({ level, place, key }) => `${level} ${place.split(":")[1]} ${key}`);
  assert.deepEqual(told.filter((line) => !line.startsWith("info")), [
    "warn 39 remote_write[0].queue_config.retry_on_http_429",
  ]);
  assert.deepEqual(told.filter((line) => /^info \d+ [a-z]+$/.test(line)), [
    "info 24 runtime",
    "info 28 storage",
    "info 31 tracing",
  ]);
  assert.deepEqual(told.filter((line) => line.includes(" global.")), [
    "info 6 global.evaluation_interval",
    "info 7 global.rule_query_offset",
    "info 8 global.query_log_file",
  ]);
  assert.deepEqual(scrape.jobs.map(({ jobName }) => jobName), ["prometheus"]);
});

test("what Prometheus refuses in such a block is refused, by key and line", async () => {
  const cases: [text: string, problem: string | RegExp][] = [
    ["storage: { tsdb: { retention: { time: 1 } } }", "1: storage.tsdb.retention.time: got"],
    [
      "storage: { tsdb: { path: x } }",
      "1: storage.tsdb.path: unknown key, expected one of out_of_order",
    ],
    ["storage: [a]", "1: storage: got a list, expected a map"],
    ["runtime: { gogc: high }", '1: runtime.gogc: got "high", expected a whole number'],
    ["tracing: { insecure: true }", "1: tracing: expected an endpoint in it"],
    ["tracing: { endpoint: a, compression: zstd }", '1: tracing.compression: got "zstd"'],
    [
      "tracing: { endpoint: a, headers: { authorization: hunter2 } }",
      "1: tracing.headers.authorization: expected a header, without Authorization",
    ],
    ["tracing: { endpoint: a, tls_config: { min_version: TLS9 } }", "1: tracing.tls_config.min_v"],
    ["otlp: { translation_strategy: Best }", '1: otlp.translation_strategy: got "Best"'],
    [
      "otlp: { promote_all_resource_attributes: true, promote_resource_attributes: [a] }",
      "1: otlp: has promote_all_resource_attributes and promote_resource_attributes",
    ],
    ["otlp: { ignore_resource_attributes: [a] }", "1: otlp: has ignore_resource_attributes"],
    ["otlp: { promote_resource_attributes: [a, a] }", "1: otlp: names a resource attribute twice"],
    ["otlp: { promote_resource_attributes: [' '] }", "1: otlp: names a resource attribute that is"],
    ["rule_files: [a.yml]", "1: rule_files: not supported: walq is an agent"],
    ["alerting: { alertmanagers: [{ a: b }] }", "1: alerting: not supported: walq is an agent"],
    ["remote_read: [{ url: http://a/ }]", "1: remote_read: not supported: walq is an agent"],
    ["scrape_configs: { job_name: a }", "1: scrape_configs: got a map, expected a list"],
    ["global: { scrape_interval: 15 }", '1: global.scrape_interval: got "15"'],
    ["global: { scrape_protocols: [PrometheusProto, PrometheusProto] }", "1: global.scrape_protoc"],
    ["global: { scrape_protocols: [OpenMetrics] }", "1: global.scrape_protocols: got a list"],
    ["global: { body_size_limit: 15 MB }", '1: global.body_size_limit: got "15 MB"'],
    ["global: { sample_limit: -1 }", "1: global.sample_limit: got -1"],
    ["global: { metric_name_escaping_scheme: utf8 }", "1: global.metric_name_escaping_scheme: got"],
    ["global: { scrape_native_histograms: maybe }", "1: global.scrape_native_histograms: got"],
  ];
  for (const [text, problem] of cases) {
    const [first = "accepted", ...rest] = await problemsOf(`${text}\n${ONE}`);
    assert.ok(first.startsWith(`prometheus.yml:${problem}`), `${text}\n${first}`);
    assert.deepEqual(rest, [], text);
    assert.ok(!first.includes("hunter2"), first);
  }
});

test("a variable of the environment stands in any value, also in that of a secret", async () => {
  const { resolved } = await parse(`
remote_write:
  - url: http://%{TOKEN}.example/
    name: "a%{EMPTY}b"
    bearer_token: "%{TOKEN}"
    queue_config: { max_samples_per_send: "%{SIZE}", batch_send_deadline: "%{SIZE}ms" }
    headers: { X-Scope-OrgID: "%%{TOKEN}", X-A: "%{NESTED}", X-B: "100%" }
    external_labels: { size: "%{SIZE}" }
    send_exemplars: "%{OFF}"
`.replace("http://%{TOKEN}", "http://n%{SIZE}"));
  const [{ url, name, credentials, batchCount, flushIntervalMs, headers, externalLabels }] =
    resolved.endpoints as [(typeof resolved.endpoints)[0]];
  assert.deepEqual(
    { url, name, credentials, batchCount, flushIntervalMs, headers, externalLabels },
    {
      url: "http://n500.example/",
      name: "ab",
      credentials: {
        identity: { kind: "token", type: "Bearer", token: "s3cr:et #1" },
        secretHeaders: [],
      },
      batchCount: 500,
      flushIntervalMs: 500,
      headers: { "X-Scope-OrgID": "%{TOKEN}", "X-A": "%{TOKEN}", "X-B": "100%" },
      externalLabels: { size: "500" },
    },
  );
  assert.equal(resolved.endpoints[0]!.sends.exemplars, false);
  const none = `remote_write:\n  - url: http://a/\n    bearer_token: "%{NO_TOKEN}"\n`;
  assert.deepEqual(await problemsOf(none), [
    "prometheus.yml:3: %{NO_TOKEN}: the environment variable NO_TOKEN is not set",
  ]);
});

test("an endpoint's own external labels are beside those of all, and before them", async () => {
  const { resolved } = await parse(`
global: { external_labels: { cluster: a, region: eu } }
remote_write:
  - { url: "http://a/" }
  - { url: "http://b/", external_labels: { cluster: b, tenant: "$SIZE" } }
`);
  assert.deepEqual(resolved.endpoints.map(({ externalLabels }) => externalLabels), [
    { cluster: "a", region: "eu" },
    { cluster: "b", region: "eu", tenant: "500" },
  ]);
});

test("any text is the name of an endpoint, and a login in a URL is one", async () => {
  const { resolved } = await parse(`
remote_write:
  - { name: "EU / drop expensive", url: "http://bob:p%40ss@a/push" }
  - { name: "EU - drop expensive", url: "http://bob@a/push" , basic_auth: { username: c, password: d } }
`.replace("http://bob@a", "http://a"));
  const [first, second] = resolved.endpoints;
  assert.match(first!.name, /^EU-drop-expensive-[0-9a-f]{8}$/);
  assert.match(second!.name, /^EU---drop-expensive-[0-9a-f]{8}$/);
  assert.equal(first!.url, "http://a/push");
  const identity = { kind: "basic", username: "bob", password: "p@ss" };
  assert.deepEqual(first!.credentials.identity, identity);
  // The name of one that was given none does not depend on its password.
  const nameOf = async (url: string): Promise<string> =>
    (await parse(`remote_write: [{ url: "${url}" }]`)).resolved.endpoints[0]!.name;
  assert.equal(await nameOf("http://bob:1@a/push"), await nameOf("http://bob:2@a/push"));
  for (const url of ["http://bob:%zz@a/", "http://bob:%E0%A4@a/"]) {
    const [problem = "accepted"] = await problemsOf(`remote_write: [{ url: "${url}" }]`);
    assert.match(problem, /^prometheus\.yml:1: remote_write\[0\]\.url: got "http:\/\/\.\.\.@a\/"/);
  }
});
