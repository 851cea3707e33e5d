import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../src/agent/config/config.ts";
import { endpointName } from "../../src/agent/config/endpoint_name.ts";
import { MemoryFileSystem } from "../../src/testing/memory_files.ts";
import { parse, problemsOf } from "./parse_config.ts";
import { sourceOf } from "./support.ts";

const FULL = `
global:
  external_labels: { cluster: edge, replica: 1, env: "" }
remote_write:
  - url: https://mimir.example/api/v1/push
    name: mimir
    remote_timeout: 10s
    headers: { X-Scope-OrgID: 7 }
    basic_auth: { username: user, password_file: password }
    queue_config:
      max_samples_per_send: 2000
      batch_send_deadline: 5s
      min_backoff: 30ms
      max_backoff: 5s
      max_shards: 8
      split_on_bad_request: false
      on_refused: drop
  - url: http://localhost:9090/api/v1/write
    authorization: { type: Token, credentials: 123 }
    queue_config:
queue:
  data_path: /var/lib/walq
  ttl: 1d
  persistence: { max_signals_to_batch: 5000, batch_interval: 1s, group_commit_interval: 0 }
  limits: { request_bytes_max: 1048576 }
server:
  listen: "[::1]:9100"
`;

const ONE = "remote_write:\n  - url: http://host/\n";

test("Prometheus's keys become walq's options", async () => {
  const { resolved, server } = await parse(FULL, { files: { password: "pass word\n" } });
  assert.equal(resolved.dataPath, "/var/lib/walq");
  assert.equal(resolved.ttlMs, 86_400_000);
  assert.equal(resolved.maxSignalsToBatch, 5_000);
  assert.equal(resolved.groupCommitIntervalMs, 0);
  assert.equal(resolved.requestBytesMax, 1_048_576);
  assert.deepEqual(server, {
    addresses: [{ hostname: "::1", port: 9100 }],
    allowedHosts: [],
    readingBytesMax: 33_554_432,
    connectionsMax: undefined,
    readMsMax: undefined,
    routePrefix: "",
    receives: true,
    receivesOtlp: true,
    hasLifecycle: false,
    hasPage: true,
    hasAdminApi: false,
    externalUrl: undefined,
    webConfigFile: undefined,
    autoReloadMs: undefined,
  });
  const [mimir, local] = resolved.endpoints;
  assert.deepEqual(mimir, {
    name: "mimir",
    url: "https://mimir.example/api/v1/push",
    credentials: {
      identity: {
        kind: "basic",
        username: "user",
        password: {
          path: "/etc/walq/password",
          holds: "password",
          option: ["basicAuth", "passwordFile"],
        },
      },
      secretHeaders: [],
    },
    headers: { "X-Scope-OrgID": "7" },
    writeTimeoutMs: 10_000,
    connection: undefined,
    tokenConnection: undefined,
    stream: undefined,
    followRedirects: true,
    retryBackoffMs: 30,
    retryBackoffMsMax: 5_000,
    maxRetryAttempts: 0,
    onRefused: "drop",
    splitOnBadRequest: false,
    batchCount: 2_000,
    batchCountMax: 2_000,
    compression: "snappy",
    rateLimit: 0,
    sampleAgeLimitMs: 0,
    flushIntervalMs: 5_000,
    minShards: 2,
    maxShards: 8,
    driftScaleUpMs: 60_000,
    driftScaleDownMs: 30_000,
    desiredCheckIntervalMs: 5_000,
    desiredConnectionsLookbackMs: 300_000,
    networkFlushIntervalMs: 60_000,
    allowedNetworkErrorFraction: 0.5,
    externalLabels: { cluster: "edge", replica: "1" },
    writeRelabelConfigs: [],
    labelNames: "utf8",
    protobufMessage: "prometheus.WriteRequest",
    metadataCacheSize: 0,
    metadataSendIntervalMs: 60_000,
    sends: { histograms: true, exemplars: true, metadata: true },
    maxDiskBytes: 0,
    rejectedBytesMax: 268_435_456,
    rejectedAgeMsMax: 2_592_000_000,
    keepDeliveredMs: 0,
    sendOrder: "strict",
    freshFirstAfterMs: 30_000,
    keepDeliveredBytesMax: 1_073_741_824,
    onFull: "drop_oldest",
  });
  const identity = { kind: "token", type: "Token", token: "123" };
  assert.deepEqual(local!.credentials, { identity, secretHeaders: [] });
  assert.equal(local!.maxShards, 50);
  assert.deepEqual(local!.externalLabels, { cluster: "edge", replica: "1" });
});

test("how long data is kept, and when it is synced", async () => {
  const { resolved } = await parse(`
queue:
  persistence: { sync: interval, sync_interval: 250ms }
  drain_orphans: { old: a }
  forget_orphans: [older, "7"]
remote_write:
  - { name: a, url: "http://a/", queue_config: { max_disk_bytes: 1048576, on_full: reject } }
`);
  assert.deepEqual(resolved.sync, { sync: "interval", syncIntervalMs: 250 });
  assert.deepEqual(resolved.drainOrphans, { old: "a" });
  assert.deepEqual(resolved.forgetOrphans, ["older", "7"]);
  assert.deepEqual([resolved.endpoints[0]!.maxDiskBytes, resolved.endpoints[0]!.onFull], [
    1_048_576,
    "reject",
  ]);
  assert.deepEqual(
    await problemsOf(`
queue:
  persistence: { sync: always }
  drain_orphans: { a: b, c: nobody, ../d: a, e: a }
  forget_orphans: [a, e]
remote_write:
  - { name: a, url: "http://a/", queue_config: { max_disk_bytes: 7, on_full: block } }
  - { name: b, url: "http://b/" }
`),
    [
      'walq.yaml:3: queue.persistence.sync: got "always", expected "commit" or "interval" or "none"',
      'walq.yaml:7: remote_write[0].queue_config.max_disk_bytes: got 7, expected 0 or bytes from 1KiB to 1PiB, such as 1048576 or "1MiB"',
      'walq.yaml:7: remote_write[0].queue_config.on_full: got "block", expected "drop_oldest" or "reject"',
      'walq.yaml:4: queue.drain_orphans["../d"]: not the name of an endpoint\'s directory',
    ],
  );
  assert.deepEqual(
    await problemsOf(`
queue:
  drain_orphans: { a: b, c: nobody, e: a }
  forget_orphans: [a, e]
remote_write:
  - { name: a, url: "http://a/" }
  - { name: b, url: "http://b/" }
`),
    [
      "walq.yaml:3: queue.drain_orphans.a: an endpoint has this name: no orphan",
      "walq.yaml:3: queue.drain_orphans.a: also in forget_orphans, expected in one of them",
      'walq.yaml:3: queue.drain_orphans.c: got "nobody", expected the name of an endpoint',
      "walq.yaml:3: queue.drain_orphans.e: also in forget_orphans, expected in one of them",
      'walq.yaml:4: queue.forget_orphans[0]: an endpoint is called "a": no orphan',
    ],
  );
});

test("without a name an endpoint is named by its URL, the same at every start", async () => {
  const { resolved, server } = await parse(ONE);
  assert.equal(resolved.endpoints[0]!.name, endpointName("http://host/"));
  assert.match(endpointName("https://a.example:8080/x"), /^a\.example-8080-[0-9a-f]{8}$/);
  assert.notEqual(endpointName("http://host/a"), endpointName("http://host/b"));
  assert.equal(endpointName(`http://${"a".repeat(200)}/`).length, 64);
  assert.equal(endpointName("http://[::1]:80/"), endpointName("http://[::1]:80/"));
  assert.match(endpointName("http://[::1]/"), /^1-[0-9a-f]{8}$/);
  assert.deepEqual(server.addresses, [{ hostname: "127.0.0.1", port: 9099 }]);
});

test("errors say file, line and key, all at once", async () => {
  const text = `
remote_write:
  - url: ftp://host/
    queue_config:
      max_shards: 0
      batch_send_deadline: 5
      min_backoff: 1m
  - name: b
    queue_config: { max_samples_per_send: many }
queue: { ttl: 0s, persistence: { batch_interval: [1] } }
server: { listen: nowhere }
`;
  assert.deepEqual(await problemsOf(text), [
    'walq.yaml:11: server.listen: got "nowhere", expected host:port, such as "127.0.0.1:9099", "[::1]:9099" or ":9099" for all, or "unix:/run/walq.sock", or a list of them',
    'walq.yaml:10: queue.ttl: got "0s", expected a duration from 1s to 10y',
    'walq.yaml:10: queue.persistence.batch_interval: got a list, expected milliseconds or a string with a unit such as "5s"',
    'walq.yaml:3: remote_write[0].url: got "ftp://host/", expected an http or https URL',
    'walq.yaml:6: remote_write[0].queue_config.batch_send_deadline: got "5", expected a number with a unit such as "5s"',
    "walq.yaml:5: remote_write[0].queue_config.max_shards: got 0, expected a whole number from 1 to 256",
    "walq.yaml:8: remote_write[1].url: missing, and there is no default",
    'walq.yaml:9: remote_write[1].queue_config.max_samples_per_send: got "many", expected a whole number from 1 to 100000',
  ]);
});

test("relations between options are told in the words of the file", async () => {
  const backoff = `${ONE}    queue_config: { retry_backoff: 1m, max_backoff: 50s }\n`;
  assert.deepEqual(await problemsOf(backoff), [
    "walq.yaml:3: remote_write[0].queue_config.retry_backoff: got 1m, expected at most max_backoff (50s)",
  ]);
  const both = `${ONE}    queue_config:\n      max_shards: 2\n      parallelism: 3\n`;
  assert.deepEqual(await problemsOf(both), [
    "walq.yaml:4: remote_write[0].queue_config.max_shards: given together with parallelism, which is both bounds",
  ]);
  const same = `${ONE}    queue_config:\n      max_shards: 2\n      max_connections: 3\n`;
  assert.deepEqual(await problemsOf(same), [
    "walq.yaml:5: remote_write[0].queue_config.max_connections: the same as remote_write[0].queue_config.max_shards (walq.yaml:4), expected one of them",
  ]);
  const upsideDown = `${ONE}    queue_config:\n      min_shards: 5\n      max_shards: 2\n`;
  assert.deepEqual(await problemsOf(upsideDown), [
    "walq.yaml:5: remote_write[0].queue_config.max_shards: got 2, expected at least min_shards (5)",
  ]);
  const drift = `${ONE}    queue_config: { drift_scale_down: 2m }\n`;
  assert.deepEqual(await problemsOf(drift), [
    "walq.yaml:3: remote_write[0].queue_config.drift_scale_down: got 2m, expected at most drift_scale_up (1m)",
  ]);
  const auth = `${ONE}    bearer_token: x\n    basic_auth: { username: a, password: b }\n`;
  assert.deepEqual(await problemsOf(auth), [
    "walq.yaml:2: remote_write[0]: has basic_auth and bearer_token, expected at most one of them",
  ]);
});

test("bodies that are read at once have room for the largest one", async () => {
  const large = `${ONE}queue: { limits: { request_bytes_max: 100000000 } }\n`;
  assert.equal((await parse(large)).server.readingBytesMax, 200_000_000);
  assert.deepEqual(await problemsOf(`${large}server: { reading_bytes_max: 150000000 }\n`), [
    "walq.yaml:4: server.reading_bytes_max: got 150000000, expected at least twice request_bytes_max (100000000)",
  ]);
});

test("two endpoints of one name are told with both lines", async () => {
  const named = "remote_write:\n  - url: http://a/\n    name: x\n  - name: x\n    url: http://b/\n";
  assert.deepEqual(await problemsOf(named), [
    `walq.yaml:4: remote_write[1].name: got "x", the name of remote_write[0] (walq.yaml:2): expected another, as the name is the endpoint's directory`,
  ]);
  const same = "remote_write:\n  - url: http://a/\n  - url: http://a/\n";
  const [problem = ""] = await problemsOf(same);
  assert.match(problem, /^walq\.yaml:3: remote_write\[1\]\.name \(from its url\): got "a-/);
});

test("a key that walq does not have is refused by name and line", async () => {
  const text =
    `global:\n  scrape_protocols: [a]\nrule_files: [a]\n${ONE}    google_iam: {}\n    nam: x\n`;
  const problems = await problemsOf(text);
  const beginnings = [
    "walq.yaml:3: rule_files: not supported: ",
    "walq.yaml:6: remote_write[0].google_iam: not supported: ",
    "walq.yaml:7: remote_write[0]: unknown key at column 5, expected one of name, url, ",
    "walq.yaml:2: global.scrape_protocols: got a list, expected a list of each of PrometheusProto, ",
  ];
  assert.deepEqual(
    problems.map((line, index) => line.slice(0, beginnings[index]?.length)),
    beginnings,
  );
  const root = "expected one of global, remote_write, scrape_configs, queue, server, " +
    "scrape_config_files, storage, tracing, otlp, runtime, rule_files, alerting, remote_read";
  assert.deepEqual(await problemsOf(`${ONE}constructor: 1\n__proto__: {}\nmax_backoff: 1s\n`), [
    `walq.yaml:3: the file: unknown key at column 1, ${root}`,
    `walq.yaml:4: the file: unknown key at column 1, ${root}`,
    `walq.yaml:5: max_backoff: unknown key, ${root}`,
  ]);
});

test("keys of Prometheus that say what walq does anyway load, and those without a meaning here are told", async () => {
  const text = `global:
  scrape_interval: 15s
  evaluation_interval: 1m
remote_write:
  - url: http://host/
    remote_timeout: 30s
    follow_redirects: false
    enable_http2: true
    proxy_from_environment: false
    round_robin_dns: false
    metadata_config: { send: true, send_interval: 1m, max_samples_per_send: 500 }
    queue_config:
      { capacity: 2500, min_shards: 1, max_shards: 1000, retry_on_http_429: true }
  - { url: "http://b/", follow_redirects: true, tls_config: {} }
  - { url: "http://c/", tls_config: , queue_config: { parallelism: 256 } }
`;
  const { resolved, remarks } = await parse(text);
  assert.deepEqual(resolved.endpoints.map(({ maxShards }) => maxShards), [256, 50, 256]);
  assert.deepEqual(
    remarks.map(({ level, place, key, message }) =>
      `${level} ${place.replace("/etc/walq/", "")} ${key}: ${message}`
    ),
    [
      "info walq.yaml:3 global.evaluation_interval: walq is an agent and evaluates no rules",
      "info walq.yaml:8 remote_write[0].enable_http2: walq speaks HTTP/1.1, with each endpoint over connections of its own",
      "info walq.yaml:13 remote_write[0].queue_config.capacity: what waits is on disk, not in memory",
      "warn walq.yaml:13 remote_write[0].queue_config.max_shards: got 1000, using 256: walq has no more",
      "info walq.yaml:11 remote_write[0].metadata_config.max_samples_per_send: metadata goes with the samples: queue_config.max_samples_per_send",
    ],
  );
});

test("more shards than there can be are refused where the key is not Prometheus's", async () => {
  const cases: [string, string][] = [
    [
      "queue_config: { parallelism: 1000 }",
      "queue_config.parallelism: got 1000, expected a whole number from 1 to 256",
    ],
    [
      "queue_config: { max_shards: 1000.5 }",
      "queue_config.max_shards: got 1000.5, expected a whole number from 1 to 256",
    ],
  ];
  for (const [ending, problem] of cases) {
    assert.deepEqual(await problemsOf(`${ONE}    ${ending}\n`), [
      `walq.yaml:3: remote_write[0].${problem}`,
    ]);
  }
});

test("sizes have units", async () => {
  const { resolved, server } = await parse(`${ONE}    queue_config: { max_disk_bytes: 10GB }
queue: { limits: { request_bytes_max: 1.5MiB, uncompressed_bytes_max: "2097152B", series_cache_bytes_max: 64KiB } }
server: { reading_bytes_max: 1GB512MB }
`);
  assert.equal(resolved.endpoints[0]!.maxDiskBytes, 10 * 1024 ** 3);
  assert.equal(resolved.requestBytesMax, 1_572_864);
  assert.equal(resolved.uncompressedBytesMax, 2_097_152);
  assert.equal(resolved.seriesCacheBytesMax, 65_536);
  assert.equal(server.readingBytesMax, 1_610_612_736);
  assert.deepEqual(await problemsOf(`${ONE}    queue_config: { max_disk_bytes: 10gb }\n`), [
    'walq.yaml:3: remote_write[0].queue_config.max_disk_bytes: got "10gb", expected 0 or bytes from 1KiB to 1PiB, such as 1048576 or "1MiB"',
  ]);
});

test("variables in external labels are expanded as in Prometheus, and what is not set is told", async () => {
  const text = `global:
  external_labels: { host: "\${HOSTNAME}", price: "a$$b", both: "$REGION-\${ZONE}", none: "x\${NONE}", gone: $NONE }
${ONE}`;
  const env = { HOSTNAME: "edge-7", REGION: "eu", ZONE: "b" };
  const { resolved, remarks } = await parse(text, { env });
  const labels = { host: "edge-7", price: "a$b", both: "eu-b", none: "x" };
  assert.deepEqual(resolved.endpoints[0]!.externalLabels, labels);
  const told = {
    level: "warn",
    place: "/etc/walq/walq.yaml:2",
    message: "the environment variable NONE is empty or not set",
  };
  const keys = ["none", "gone"].map((label) => `global.external_labels.${label}`);
  assert.deepEqual(remarks, keys.map((key) => ({ ...told, key })));
  const sets = ["global.external_labels.host=$HOSTNAME"];
  const set = await parse(ONE, { env, sets });
  assert.deepEqual(set.resolved.endpoints[0]!.externalLabels, { host: "edge-7" });
});

test("what is left out of an external label is told with the label, as is what is no reference", async () => {
  const labels = "{ a: 'x${', b: '${}', c: '${NO-NAME}', d: '%{', e: ok }";
  const { remarks } = await parse(`global:\n  external_labels: ${labels}\n${ONE}`);
  const leftOut = "has ${ without a name and a } behind it, which is left out";
  assert.deepEqual(
    remarks.map(({ key, message }) => `${key.replace("global.external_labels.", "")} ${message}`),
    [
      "d has %{ without the name of an environment variable and a } behind it, and is taken as it is there",
      `a ${leftOut}`,
      `b ${leftOut}`,
      "c the environment variable whose name is more than letters and digits is empty or not set",
    ],
  );
});

test("a number is told as it is written, with all its digits", async () => {
  const hashmod = (modulus: string): string =>
    `write_relabel_configs: [{ source_labels: [a], target_label: b, action: hashmod, modulus: ${modulus} }]`;
  const cases = [
    ["queue_config: { capacity: 99999999999999999999 }", "99999999999999999999"],
    ["queue_config: { max_shards: -99999999999999999999 }", "-99999999999999999999"],
    [hashmod("18446744073709551616"), "18446744073709551616"],
    [hashmod("1.8446744073709551617e19"), "1.8446744073709551617e19"],
    [hashmod("5e300"), "5e300"],
  ] as const;
  for (const [line, got] of cases) {
    const [problem = ""] = await problemsOf(`${ONE}    ${line}\n`);
    assert.ok(problem.includes(`got ${got}, expected`), problem);
  }
});

test("a URL that would be read as another one is refused, as in Prometheus", async () => {
  const cases: readonly (readonly [string, RegExp | undefined])[] = [
    ["http://a/%zz", /each "%" begins an escape/],
    ["http://a/b%", /each "%" begins an escape/],
    ["http://a/b%2", /each "%" begins an escape/],
    ["http://u%zz:p@a/", /each "%" begins an escape/],
    ["http://a\\b/", /without backslashes/],
    ["http://a/b\\c", /without backslashes/],
    ["http://a/%20%2F%e4?q=%zz&r=%", undefined],
    [" http://a/b ", undefined],
    ["http://a/b c", undefined],
  ];
  for (const [url, message] of cases) {
    const problems = await problemsOf(`remote_write:\n  - url: '${url}'\n`);
    assert.equal(problems.length, message === undefined ? 0 : 1, problems.join());
    if (message !== undefined) assert.match(problems[0]!, message);
  }
  const lines = await problemsOf('remote_write:\n  - url: "http://a/b\\nc"\n');
  assert.match(lines.join(), /without backslashes and breaks of lines/);
  const token = "oauth2: { client_id: a, client_secret: b, token_url: 'http://t/%zz' }";
  assert.match((await problemsOf(`${ONE}    ${token}\n`)).join(), /token_url: .*each "%" begins/);
});

test("elsewhere what looks like a variable is taken as it is, and told without its value", async () => {
  const remarksOf = async (ending: string): Promise<string[]> => {
    const { remarks } = await parse(`${ONE}    ${ending}\n`, { env: { HOME: "/root" } });
    return remarks.map(({ level, key, message }) => `${level} ${key}: ${message}`);
  };
  const message =
    "has what looks like an environment variable, and is taken as it is: %{NAME} stands for one, and ${NAME} in external_labels alone";
  const cases: [string, string[]][] = [
    ["headers: { X-A: 'x\${HOME}' }", []],
    ["headers: { X-A: '\${HOME}' }", ["headers.X-A"]],
    ["headers: { X-A: a, 'hunter2': '\${HOME}' }", ["headers.hunter2"]],
    ["bearer_token: $HOME", ["bearer_token"]],
    ["bearer_token: pa$word\${x", []],
    ["basic_auth: { username: a, password: pa$$HOME }", []],
    ["basic_auth: { username: a, password: '\${PASSWORD}' }", ["basic_auth.password"]],
    ["basic_auth: { username: a, password: $ecret }", []],
  ];
  for (const [ending, keys] of cases) {
    const expected = keys.map((key) => `warn remote_write[0].${key}: ${message}`);
    assert.deepEqual(await remarksOf(ending), expected, ending);
  }
  const { remarks } = await parse(`${ONE}queue: { data_path: "/var/\${NAME}" }\n`);
  assert.deepEqual(remarks.map(({ key }) => key), ["queue.data_path"]);
});

test("what is sent, and as what, in the words of Prometheus and Alloy", async () => {
  const { resolved } = await parse(`
remote_write:
  - url: http://host/
    protobuf_message: io.prometheus.write.v2.Request
    metadata_cache_enabled: true
    metadata_cache_size: 20
    send_exemplars: false
    send_native_histograms: false
    metadata_config: { send: false }
`);
  const [endpoint] = resolved.endpoints;
  assert.equal(endpoint!.protobufMessage, "io.prometheus.write.v2.Request");
  assert.equal(endpoint!.metadataCacheSize, 20);
  assert.deepEqual(endpoint!.sends, { histograms: false, exemplars: false, metadata: false });
});

test("what is wrong in a block is told with what is wrong beside it", async () => {
  const text = `
remote_write:
  - url: http://host/
    send_exemplars: perhaps
    metadata_config:
      send: 1
      often: {}
`;
  assert.deepEqual((await problemsOf(text)).map((line) => line.split(", expected one of")[0]), [
    "walq.yaml:7: remote_write[0].metadata_config: unknown key at column 7",
    'walq.yaml:4: remote_write[0].send_exemplars: got "perhaps", expected true or false',
    "walq.yaml:6: remote_write[0].metadata_config.send: got 1, expected true or false",
  ]);
});

test("a file with nothing to send to is refused", async () => {
  for (const text of ["", "remote_write:", "remote_write: []", "# nothing"]) {
    const [problem = ""] = await problemsOf(text);
    assert.match(problem, /remote_write: got none, expected at least one endpoint$/, text);
  }
  assert.deepEqual(await problemsOf("- 1"), [
    "walq.yaml:1: expected a map of global, remote_write, queue and server",
  ]);
  assert.deepEqual(await problemsOf("remote_write: {}"), [
    "walq.yaml:1: remote_write: got a map, expected a list",
    "walq.yaml:1: remote_write: got none, expected at least one endpoint",
  ]);
});

test("and it can be checked: Prometheus's agent takes it", async () => {
  for (const text of ["", "remote_write: []", "scrape_configs: [{ job_name: a }]"]) {
    for (const purpose of ["check", "check syntax"] as const) {
      const source = sourceOf(new MemoryFileSystem(), "walq.yaml");
      const { remarks, resolved } = await parseConfig(text, { ...source, purpose });
      assert.deepEqual(resolved.endpoints, []);
      const told = remarks.filter(({ key }) => key === "remote_write");
      assert.deepEqual(told.map(({ level, message }) => `${level}: ${message}`), [
        "warn: got none, and without an endpoint walq does not start",
      ]);
    }
  }
});

test("external labels that break a rule are told once, where they are", async () => {
  const text = `global:\n  external_labels:\n    __x: [a]\n${ONE}  - url: http://b/\n`;
  assert.deepEqual(await problemsOf(text), [
    "walq.yaml:3: global.external_labels.__x: got a list, expected a text",
  ]);
});

test("external labels may start with __, as those that Mimir tells replicas apart by", async () => {
  const text = `global: { external_labels: { cluster: c1, __replica__: a } }\n${ONE}`;
  const { resolved } = await parse(text);
  assert.deepEqual(resolved.endpoints[0]!.externalLabels, { cluster: "c1", __replica__: "a" });
});

test("secret files are read beside the configuration; what is wrong with them is told", async () => {
  const text = `${ONE}    bearer_token_file: token\n`;
  const { resolved } = await parse(text, { files: { token: " abc \n" } });
  // The queue reads it, whenever it may have changed.
  assert.deepEqual(resolved.endpoints[0]!.credentials.identity, {
    kind: "token",
    type: "Bearer",
    token: { path: "/etc/walq/token", holds: "token", option: ["bearerTokenFile"] },
  });
  assert.match(
    (await problemsOf(text))[0]!,
    /^walq\.yaml:3: remote_write\[0\]\.bearer_token_file: cannot read the file "token": not found/,
  );
  assert.match(
    (await problemsOf(text, { files: { token: "\n" } }))[0]!,
    /the file "token" is empty/,
  );
  assert.match(
    (await problemsOf(text, { files: { token: "two\nlines" } }))[0]!,
    /bearer_token_file: the file "token" holds no token: expected a text without control characters, and without blanks at its ends$/,
  );
  assert.match(
    (await problemsOf(text, { files: { token: "x".repeat(65_537) } }))[0]!,
    /bearer_token_file: cannot read the file "token": larger than 65536 bytes/,
  );
});

test("http_headers come from the file and from files beside it", async () => {
  const headers =
    "{ X-A: { values: [v], secrets: [1], files: [one, /etc/walq/two] }, x-b: { files: [one] } }";
  const files = { one: "1st", two: "2nd" };
  const { resolved } = await parse(`${ONE}    http_headers: ${headers}\n`, { files });
  const file = (path: string, name: string) => ({
    path,
    holds: "header value",
    option: ["httpHeaders", name, "files"],
  });
  assert.deepEqual(resolved.endpoints[0]!.credentials.secretHeaders, [
    { name: "x-a", values: ["v", "1", file("/etc/walq/one", "X-A"), file("/etc/walq/two", "X-A")] },
    { name: "x-b", values: [file("/etc/walq/one", "x-b")] },
  ]);
});

test("what is wrong with http_headers has its line", async () => {
  const text = `${ONE}    http_headers:
      X-A:
        files: [no]
      X-B:
        vales: [x]
      X-C: {}
      X-D:
        values: x
`;
  assert.deepEqual(await problemsOf(text), [
    "walq.yaml:7: remote_write[0].http_headers.X-B: unknown key at column 9, expected one of values, secrets, files",
    "walq.yaml:6: remote_write[0].http_headers.X-B: has no value, expected one in values, secrets or files",
    "walq.yaml:10: remote_write[0].http_headers.X-D.values: got a value that is not shown, expected a list of values",
  ]);
  assert.deepEqual(await problemsOf(`${ONE}    http_headers: { X-A: { files: [no] } }\n`), [
    'walq.yaml:3: remote_write[0].http_headers.X-A.files: cannot read the file "no": not found',
  ]);
  assert.deepEqual(await problemsOf(`${ONE}    http_headers: { Host: { values: [x] } }\n`), [
    "walq.yaml:3: remote_write[0].http_headers: the name at position 1: reserved: walq, remote write or HTTP sets this header",
  ]);
  assert.deepEqual(await problemsOf(`${ONE}    http_headers: [x]\n`), [
    "walq.yaml:3: remote_write[0].http_headers: got a list, expected a map",
  ]);
});

test("a header whose name is not shown is told by its own line", async () => {
  const cases = [
    ["headers:\n      X-A: b\n      hunter2 x: y", "6: ", "headers: the key at position 2"],
    [
      "http_headers:\n      X-A: { values: [b] }\n      hunter2 x: { values: [c] }",
      "6: ",
      "http_headers: the name at position 2",
    ],
    [
      "proxy_url: http://p:1\n    proxy_connect_header:\n      X-A: [b]\n      hunter2 x: [c]",
      "7: ",
      "proxy_connect_header: the name at position 2",
    ],
  ] as const;
  for (const [lines, line, key] of cases) {
    const text = `remote_write:\n  - url: http://a/\n    name: a\n    ${lines}\n`;
    const problems = await problemsOf(text);
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.ok(
      problems[0]!.startsWith(`walq.yaml:${line}remote_write[0].${key}: not`),
      problems[0]!,
    );
    assert.doesNotMatch(problems.join(), /hunter2/);
  }
});

test("secrets of providers are refused by name, in favour of files", async () => {
  for (
    const [block, key] of [
      ["basic_auth: { username: a, password_ref: b }", "basic_auth.password_ref"],
      ["basic_auth: { username_ref: a }", "basic_auth.username_ref"],
      ["authorization: { credentials_ref: a }", "authorization.credentials_ref"],
    ]
  ) {
    const [problem = ""] = await problemsOf(`${ONE}    ${block}\n`);
    assert.ok(
      problem.startsWith(`walq.yaml:3: remote_write[0].${key}: not supported: walq has no secret`),
      problem,
    );
  }
});

test("a secret that cannot be read is told once, and as what it is", async () => {
  const missing = "basic_auth: { username: a, password_file: no }";
  const cases: [string, string][] = [
    [missing, 'basic_auth.password_file: cannot read the file "no": not found'],
    [
      "authorization: { credentials_file: no }",
      'authorization.credentials_file: cannot read the file "no": not found',
    ],
    ["bearer_token_file: .", 'bearer_token_file: cannot read the file ".": not a plain file'],
    [
      "bearer_token: &x",
      "bearer_token: got nothing, expected a text without control characters, and without blanks at its ends",
    ],
  ];
  for (const [ending, problem] of cases) {
    assert.deepEqual(await problemsOf(`${ONE}    ${ending}\n`), [
      `walq.yaml:3: remote_write[0].${problem}`,
    ]);
  }
});

test("an entry of remote_write that is no endpoint is told once, and the others are checked", async () => {
  const text = "remote_write:\n  - hello\n  - ~\n  - [1]\n  - { url: http://a/, name: a, x: 1 }\n" +
    "  - { url: http://b/, name: a }\n";
  assert.deepEqual(
    (await problemsOf(text)).map((line) => line.replace(/, expected one of.*/, "")),
    [
      "walq.yaml:2: remote_write[0]: got a single value, expected a map",
      "walq.yaml:3: remote_write[1]: got nothing, expected a map",
      "walq.yaml:4: remote_write[2]: got a list, expected a map",
      "walq.yaml:5: remote_write[3]: unknown key at column 32",
      `walq.yaml:6: remote_write[4].name: got "a", the name of remote_write[3] (walq.yaml:5): expected another, as the name is the endpoint's directory`,
    ],
  );
});

test("limits of a request that contradict each other are told in the words of the file", async () => {
  const text =
    `${ONE}queue:\n  limits:\n    request_bytes_max: 4096\n    uncompressed_bytes_max: 2048\n`;
  assert.deepEqual(await problemsOf(text), [
    "walq.yaml:6: queue.limits.uncompressed_bytes_max: got 2048, expected at least request_bytes_max (4096): a request only grows when it is unpacked",
  ]);
});

test("no secret is in a problem", async () => {
  const endings = [
    "bearer_token: hunter2\n    bearer_token: hunter2",
    "bearer_token: !hunter2",
    "bearer_token: *hunter2",
    'bearer_token: "\\hunter2"',
    "bearer_token: [hunter2]",
    "bearer_token: 'hunter2",
    "bearer_token: @hunter2",
    "bearer_token: %hunter2\n%hunter2",
    'bearer_token: "hunter2" hunter2',
    'bearer_token: "hunter2\\n"',
    "basic_auth: hunter2",
    "basic_auth: [hunter2]",
    "basic_auth: { password: hunter2, password_file: x }",
    "basic_auth: { username: a, username_file: b, password: hunter2 }",
    "authorization: { type: basic, credentials: hunter2 }",
    "basic_auth: { username: a, password: hunter2, password_file: x }",
    "basic_auth: { username: a, password:hunter2 }",
    "basic_auth: { username: a, hunter2 }",
    "basic_auth: { username: a, hunter2: }",
    "basic_auth: { username: a, password:hunter2: x }",
    "basic_auth: { username: a, hunter2: x, hunter2: y }",
    "basic_auth:\n      username: a\n      password:hunter2",
    "basic_auth:\n      username: a\n      password:hunter2\n      x: y",
    "basic_auth:\n      ? password:hunter2",
    "bearer_token:hunter2: x",
    "bearer_token | hunter2\n",
    "bearer_token: |hunter2\n",
    "bearer_token: &hunter2",
    "bearer_token: &hunter2 *hunter2",
    "bearer_token: !!map hunter2",
    "hunter2_: x",
    "headers: { a: [hunter2] }",
    'headers: { a: "hunter2\\u0001" }',
    "headers: { hunter2 x: }",
    "headers: { Authorization:hunter2 }",
    "headers: { Authorization:hunter2: x }",
    "headers:\n      - hunter2: x",
    "authorization: { credentials: { hunter2: 1 } }",
    "authorization: { credentials:hunter2: 1 }",
    "queue_config: { hunter2: 1 }",
    "http_headers: hunter2",
    "http_headers: { hunter2 }",
    "http_headers: { X-A:hunter2: { values: [x] } }",
    "http_headers: { X-A: hunter2 }",
    "http_headers: { X-A: [hunter2] }",
    "http_headers: { X-A: { secrets: hunter2 } }",
    "http_headers: { X-A: { secrets: { hunter2: x } } }",
    'http_headers: { X-A: { secrets: ["hunter2\\n"] } }',
    "http_headers: { X-A: { secrets: [[hunter2]] } }",
    "http_headers: { X-A: { hunter2: [x] } }",
    "http_headers: { Authorization: { values: [hunter2] } }",
  ];
  for (const ending of endings) {
    const problems = await problemsOf(`${ONE}    ${ending}\n`);
    assert.notDeepEqual(problems, [], ending);
    assert.doesNotMatch(problems.join("\n"), /unter2/, ending);
  }
  const sets = [
    "remote_write[0].bearer_token=[hunter2]",
    "remote_write[0].parallelism.x=hunter2",
    "remote_write[0].bearer_token:hunter2",
    "remote_write[0].bearer_token:hunter2=",
    "remote_write[0].hunter2=1",
    "remote_write[0].url.hunter2=1",
    "hunter2=",
    "hunter2",
  ];
  for (const setting of sets) {
    const problems = await problemsOf(ONE, { sets: [setting] });
    assert.notDeepEqual(problems, [], setting);
    assert.doesNotMatch(problems.join("\n"), /hunter2/, setting);
  }
});

test("what stands where a key is expected is told by its place, with a word on the colon", async () => {
  const auth = (text: string): Promise<string[]> => problemsOf(`${ONE}    basic_auth: ${text}\n`);
  assert.deepEqual(await auth("{ username: u, password:hunter2 }"), [
    "walq.yaml:3: a key without a value at column 32; is a space missing after the colon?",
  ]);
  assert.deepEqual(await auth("{ username: u, password:hunter2: 1 }"), [
    "walq.yaml:3: remote_write[0].basic_auth: unknown key at column 32; is a space missing after the colon?, expected one of username, username_file, password, password_file",
  ]);
  assert.deepEqual(await problemsOf(`${ONE}    headers: { "a b": c }\n`), [
    "walq.yaml:3: remote_write[0].headers: the key at position 1: not a header name",
  ]);
});

test("the number of shards: by Prometheus's names, by Alloy's, or fixed", async () => {
  const shardsOf = async (queueConfig: string): Promise<[number, number]> => {
    const { resolved } = await parse(`
remote_write:
  - { name: a, url: "http://a/", queue_config: ${queueConfig} }
`);
    const { minShards, maxShards } = resolved.endpoints[0]!;
    return [minShards, maxShards];
  };
  assert.deepEqual(await shardsOf("{}"), [2, 50]);
  assert.deepEqual(await shardsOf("{ min_shards: 1, max_shards: 200 }"), [1, 200]);
  assert.deepEqual(await shardsOf("{ min_connections: 3, max_connections: 4 }"), [3, 4]);
  assert.deepEqual(await shardsOf("{ max_shards: 1 }"), [1, 1]);
  assert.deepEqual(await shardsOf("{ min_shards: 60 }"), [60, 60]);
  assert.deepEqual(await shardsOf("{ min_shards: 1000, max_shards: 1000 }"), [256, 256]);
  assert.deepEqual(await shardsOf("{ parallelism: 7 }"), [7, 7]);
});

test("how the number of shards moves, by Alloy's names", async () => {
  const { resolved } = await parse(`
remote_write:
  - url: "http://a/"
    queue_config:
      drift_scale_up: 2m
      drift_scale_down: 10s
      desired_check_interval: 1s
      desired_connections_lookback: 10m
      network_flush_interval: 30s
      allowed_network_error_fraction: 0.25
`);
  const [one] = resolved.endpoints;
  assert.equal(one!.driftScaleUpMs, 120_000);
  assert.equal(one!.driftScaleDownMs, 10_000);
  assert.equal(one!.desiredCheckIntervalMs, 1_000);
  assert.equal(one!.desiredConnectionsLookbackMs, 600_000);
  assert.equal(one!.networkFlushIntervalMs, 30_000);
  assert.equal(one!.allowedNetworkErrorFraction, 0.25);
});
