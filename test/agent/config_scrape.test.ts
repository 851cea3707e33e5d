/** What a file says of scraping, as the rooms work with it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { describesSeries, metadataIntervalMs } from "../../src/agent/scraping.ts";
import { loadConfig, parseConfig, readConfigText } from "../../src/agent/config/config.ts";
import type { Purpose } from "../../src/agent/config/source.ts";
import { messageOf } from "../../src/errors.ts";
import type { ResolvedJob } from "../../src/options.ts";
import { MemoryFileSystem } from "../../src/testing/memory_files.ts";
import { parse, problemsOf } from "./parse_config.ts";
import { sourceOf } from "./support.ts";

const ONE = "remote_write: [{ url: http://a/ }]\n";

async function jobsOf(text: string, given = {}): Promise<readonly ResolvedJob[]> {
  return (await parse(`${ONE}${text}`, given)).scrape.jobs;
}

async function jobOf(text: string, given = {}): Promise<ResolvedJob> {
  const [job] = await jobsOf(text, given);
  return job!;
}

test("a job of which only the name is given has the defaults of Prometheus", async () => {
  assert.deepEqual(await jobOf("scrape_configs: [{ job_name: a }]"), {
    jobName: "a",
    scrapeIntervalMs: 60_000,
    scrapeTimeoutMs: 10_000,
    scrapeProtocols: [
      "OpenMetricsText1.0.0",
      "OpenMetricsText0.0.1",
      "PrometheusText1.0.0",
      "PrometheusText0.0.4",
    ],
    fallbackScrapeProtocol: undefined,
    metricsPath: "/metrics",
    scheme: "http",
    params: {},
    honorLabels: false,
    honorTimestamps: true,
    trackTimestampsStaleness: false,
    enableCompression: true,
    relabelConfigs: [],
    metricRelabelConfigs: [],
    nameValidationScheme: "utf8",
    nameEscapingScheme: "allow-utf-8",
    nativeHistograms: false,
    alwaysClassicHistograms: false,
    convertClassicHistograms: false,
    nativeHistogramBucketLimit: 0,
    nativeHistogramMinBucketFactor: 0,
    bodyBytesMax: 0,
    sampleLimit: 0,
    labelLimit: 0,
    labelNameLengthLimit: 0,
    labelValueLengthLimit: 0,
    targetLimit: 0,
    keepDroppedTargets: 0,
    readsStartTimestamps: false,
    scrapeFailureLogFile: undefined,
    extraScrapeMetrics: false,
    credentials: { identity: { kind: "none" }, secretHeaders: [] },
    connection: undefined,
    tokenConnection: undefined,
    followRedirects: true,
    discoveries: [],
  });
});

test("a job has what it says, and else what global says", async () => {
  const [own, other] = await jobsOf(`
global:
  scrape_interval: 15s
  scrape_timeout: 12s
  scrape_protocols: [PrometheusText0.0.4]
  body_size_limit: 1MB
  sample_limit: 1
  label_limit: 2
  label_name_length_limit: 3
  label_value_length_limit: 4
  target_limit: 5
  keep_dropped_targets: 6
  scrape_native_histograms: true
  always_scrape_classic_histograms: true
  convert_classic_histograms_to_nhcb: true
  extra_scrape_metrics: true
  scrape_start_timestamps: true
  scrape_failure_log_file: failed.log
  metric_name_validation_scheme: legacy
  metric_name_escaping_scheme: values
scrape_configs:
  - job_name: own
    scrape_interval: 30s
    scrape_timeout: 5s
    scrape_protocols: [PrometheusProto]
    body_size_limit: 2MB
    sample_limit: 10
    label_limit: 20
    label_name_length_limit: 30
    label_value_length_limit: 40
    target_limit: 50
    keep_dropped_targets: 60
    scrape_native_histograms: false
    always_scrape_classic_histograms: false
    convert_classic_histograms_to_nhcb: false
    extra_scrape_metrics: false
    scrape_start_timestamps: false
    scrape_failure_log_file: /var/log/own.log
    metric_name_validation_scheme: utf8
    fallback_scrape_protocol: PrometheusText1.0.0
    params: { module: [http_2xx], empty: }
    native_histogram_bucket_limit: 160
    native_histogram_min_bucket_factor: 1.1
  - job_name: other
    sample_limit: 0
    scrape_interval: 0s
`);
  const differing = (job: ResolvedJob): unknown[] => [
    [job.scrapeIntervalMs, job.scrapeTimeoutMs, job.scrapeProtocols, job.bodyBytesMax],
    [job.sampleLimit, job.labelLimit, job.labelNameLengthLimit, job.labelValueLengthLimit],
    [job.targetLimit, job.keepDroppedTargets, job.scrapeFailureLogFile],
    [job.nativeHistograms, job.alwaysClassicHistograms, job.convertClassicHistograms],
    job.readsStartTimestamps,
    [job.extraScrapeMetrics, job.nameValidationScheme, job.nameEscapingScheme],
    [job.fallbackScrapeProtocol, job.params],
    [job.nativeHistogramBucketLimit, job.nativeHistogramMinBucketFactor],
  ];
  assert.deepEqual(differing(own!), [
    [30_000, 5_000, ["PrometheusProto"], 2 * 1024 * 1024],
    [10, 20, 30, 40],
    [50, 60, "/var/log/own.log"],
    [false, false, false],
    false,
    // It says which names are valid, and so how they are asked for.
    [false, "utf8", "allow-utf-8"],
    ["PrometheusText1.0.0", { module: ["http_2xx"], empty: [] }],
    [160, 1.1],
  ]);
  assert.deepEqual(differing(other!), [
    [15_000, 12_000, ["PrometheusText0.0.4"], 1024 * 1024],
    [1, 2, 3, 4],
    [5, 6, "/etc/walq/failed.log"],
    [true, true, true],
    true,
    [true, "legacy", "values"],
    [undefined, {}],
    [0, 0],
  ]);
});

test("the time that a scrape may take is no longer than the interval", async () => {
  const times = async (global: string, job: string): Promise<number[]> => {
    const text = `global: { ${global} }\nscrape_configs: [{ job_name: a, ${job} }]`;
    const { scrapeIntervalMs, scrapeTimeoutMs } = await jobOf(text);
    return [scrapeIntervalMs / 1000, scrapeTimeoutMs / 1000];
  };
  assert.deepEqual(await times("scrape_interval: 5s", ""), [5, 5]);
  assert.deepEqual(await times("", "scrape_interval: 5s"), [5, 5]);
  assert.deepEqual(await times("scrape_timeout: 20s", "scrape_interval: 15s"), [15, 15]);
  assert.deepEqual(await times("scrape_interval: 1h, scrape_timeout: 1h", ""), [3600, 3600]);
  assert.deepEqual(await times("scrape_timeout: 0s", "scrape_timeout: 0s"), [60, 10]);
});

test("with native histograms protobuf comes first, unless other formats are named", async () => {
  const first = async (global: string, job: string): Promise<string> => {
    const text = `global: { ${global} }\nscrape_configs: [{ job_name: a, ${job} }]`;
    return (await jobOf(text)).scrapeProtocols[0]!;
  };
  assert.equal(await first("", ""), "OpenMetricsText1.0.0");
  assert.equal(await first("scrape_native_histograms: true", ""), "PrometheusProto");
  assert.equal(await first("", "scrape_native_histograms: true"), "PrometheusProto");
  const named = "scrape_native_histograms: true, scrape_protocols: [PrometheusText0.0.4]";
  assert.equal(await first(named, ""), "PrometheusText0.0.4");
  assert.equal(
    await first("scrape_native_histograms: true", "scrape_native_histograms: false"),
    "OpenMetricsText1.0.0",
  );
});

test("each discovery is resolved with its defaults, paths and credentials", async () => {
  const job = await jobOf(
    `scrape_configs:
  - job_name: a
    static_configs:
      - targets: ["a:1", b]
        labels: { team: x, zone: 1, empty: "" }
      - { targets: ["c:1"] }
    file_sd_configs: [{ files: [targets/*.yml, /etc/a.json] }]
    http_sd_configs: [{ url: "http://bob:s3cret@sd/targets" }]
    dns_sd_configs:
      - { names: [_metrics._tcp.example], port: 9 }
      - { names: [a.example], type: aaaa, port: 80, refresh_interval: 5s }
    docker_sd_configs:
      - host: unix:///var/run/docker.sock
        filters: [{ name: label, values: [a, b] }]
    consul_sd_configs:
      - { token: hunter2, username: bob, password: s3cret, tags: [x], node_meta: { rack: 1 } }
    kubernetes_sd_configs:
      - role: pod
        namespaces: { own_namespace: true, names: [web] }
        selectors: [{ role: pod, label: "app in (a, b),!x", field: spec.nodeName=n }]
        attach_metadata: { node: true }
      - { role: node, api_server: "https://k8s:6443", bearer_token_file: token }
`,
    { files: { token: "t" } },
  );
  const none = {
    credentials: { identity: { kind: "none" }, secretHeaders: [] },
    connection: undefined,
    tokenConnection: undefined,
    followRedirects: true,
  };
  const basic = {
    ...none,
    credentials: {
      identity: { kind: "basic", username: "bob", password: "s3cret" },
      secretHeaders: [],
    },
  };
  assert.deepEqual(job.discoveries, [
    {
      kind: "consul",
      server: "localhost:8500",
      scheme: "http",
      pathPrefix: "",
      token: "hunter2",
      datacenter: "",
      namespace: "",
      partition: "",
      tagSeparator: ",",
      allowStale: true,
      services: [],
      tags: ["x"],
      nodeMeta: { rack: "1" },
      filter: "",
      healthFilter: "",
      refreshIntervalMs: 30_000,
      ...basic,
    },
    {
      kind: "dns",
      names: ["_metrics._tcp.example"],
      type: "SRV",
      port: 0,
      refreshIntervalMs: 30_000,
    },
    { kind: "dns", names: ["a.example"], type: "AAAA", port: 80, refreshIntervalMs: 5_000 },
    {
      kind: "docker",
      host: "unix:///var/run/docker.sock",
      port: 80,
      hostNetworkingHost: "localhost",
      filters: [{ name: "label", values: ["a", "b"] }],
      matchFirstNetwork: true,
      refreshIntervalMs: 60_000,
      ...none,
    },
    {
      kind: "file",
      files: ["/etc/walq/targets/*.yml", "/etc/a.json"],
      refreshIntervalMs: 300_000,
    },
    { kind: "http", url: "http://sd/targets", refreshIntervalMs: 60_000, ...basic },
    {
      kind: "kubernetes",
      role: "pod",
      apiServer: undefined,
      kubeconfigFile: undefined,
      namespaces: ["web"],
      ownNamespace: true,
      selectors: [{ role: "pod", label: "app in (a, b),!x", field: "spec.nodeName=n" }],
      attachMetadata: {
        node: true,
        namespace: false,
        deployment: false,
        job: false,
        cronjob: false,
      },
      ...none,
    },
    {
      kind: "kubernetes",
      role: "node",
      apiServer: "https://k8s:6443/",
      kubeconfigFile: undefined,
      namespaces: [],
      ownNamespace: false,
      selectors: [],
      attachMetadata: {
        node: false,
        namespace: false,
        deployment: false,
        job: false,
        cronjob: false,
      },
      ...none,
      credentials: {
        identity: {
          kind: "token",
          type: "Bearer",
          token: { path: "/etc/walq/token", holds: "token", option: ["bearerTokenFile"] },
        },
        secretHeaders: [],
      },
    },
    {
      kind: "static",
      groups: [
        {
          source: "0",
          targets: [{ __address__: "a:1" }, { __address__: "b" }],
          labels: { team: "x", zone: "1" },
        },
        { source: "1", targets: [{ __address__: "c:1" }], labels: {} },
      ],
    },
  ]);
});

test("a job is asked as an endpoint is", async () => {
  const job = await jobOf(
    `scrape_configs:
  - job_name: a
    authorization: { type: Token, credentials_file: token }
    http_headers: { X-A: { values: [b] } }
    tls_config: { insecure_skip_verify: true }
    proxy_url: http://proxy:3128
    follow_redirects: false
    enable_http2: true
`,
    { files: { token: "t" } },
  );
  assert.equal(job.followRedirects, false);
  assert.deepEqual(job.credentials.secretHeaders, [{ name: "x-a", values: ["b"] }]);
  assert.equal(job.credentials.identity.kind, "token");
  assert.equal(job.connection?.tls?.insecureSkipVerify, true);
  assert.equal(job.connection?.proxy?.url, "http://proxy:3128");
});

const MAIN = "/etc/prometheus.yml";

/** Files in /etc, and how they are read. */
async function sourceWith(
  texts: Readonly<Record<string, string>>,
  purpose?: Purpose,
): Promise<ReturnType<typeof sourceOf>> {
  const files = new MemoryFileSystem();
  await files.makeDirectory("/etc/jobs");
  for (const [name, text] of Object.entries(texts)) await put(files, name, text);
  return { ...sourceOf(files, MAIN), ...(purpose && { purpose }) };
}

async function put(files: MemoryFileSystem, name: string, text: string): Promise<void> {
  await files.remove(`/etc/${name}`).catch(() => {});
  await files.writeAndSync(`/etc/${name}`, [new TextEncoder().encode(text)]);
}

const job = (name: string, more = ""): string =>
  `scrape_configs:\n  - job_name: ${name}\n    scrape_interval: 20s\n${more}`;

test("jobs come from other files too, with paths from the directory of each", async () => {
  const source = await sourceWith({
    "prometheus.yml":
      `global: { sample_limit: 7 }\nscrape_config_files: [jobs/*.yml, one.yml]\n${ONE}${
        job("main")
      }`,
    "jobs/b.yml": job("b", "    file_sd_configs: [{ files: [b/*.json] }]\n"),
    "jobs/a.yml": job("a", "    bearer_token_file: token\n"),
    "jobs/token": "t",
    "jobs/empty.yml": "# nothing\n",
    "one.yml": job("one", "    bearer_token_file: token\n"),
    "token": "t",
  });
  const { scrape } = await loadConfig(source);
  assert.deepEqual(scrape.jobs.map(({ jobName, sampleLimit }) => [jobName, sampleLimit]), [
    ["main", 7],
    ["a", 7],
    ["b", 7],
    ["one", 7],
  ]);
  assert.deepEqual(scrape.jobs[2]!.discoveries, [
    { kind: "file", files: ["/etc/jobs/b/*.json"], refreshIntervalMs: 300_000 },
  ]);
  const tokens = [scrape.jobs[1]!, scrape.jobs[3]!].map(({ credentials: { identity } }) =>
    identity.kind === "token" && typeof identity.token === "object" && identity.token.path
  );
  assert.deepEqual(tokens, ["/etc/jobs/token", "/etc/token"]);
});

test("what is wrong in such a file is told with its name and line", async () => {
  const problems = async (texts: Readonly<Record<string, string>>): Promise<string[]> => {
    const main = `scrape_config_files: [jobs/*.yml]\n${ONE}${job("main")}`;
    const source = await sourceWith({ "prometheus.yml": main, ...texts });
    return await loadConfig(source).then(() => [], (error) => messageOf(error).split("\n"));
  };
  assert.deepEqual(await problems({ "jobs/a.yml": job("a"), "jobs/b.yml": job("a") }), [
    '/etc/jobs/b.yml:2: scrape_configs[0].job_name: got "a", the name of scrape_configs[0] (/etc/jobs/a.yml:2): expected another',
  ]);
  assert.deepEqual(await problems({ "jobs/a.yml": job("main") }), [
    `/etc/jobs/a.yml:2: scrape_configs[0].job_name: got "main", the name of scrape_configs[0] (${MAIN}:4): expected another`,
  ]);
  assert.deepEqual(await problems({ "jobs/a.yml": job("a", "    scrape_timeout: 30s\n") }), [
    "/etc/jobs/a.yml:4: scrape_configs[0].scrape_timeout: got 30s, expected at most scrape_interval (20s)",
  ]);
  const [unknown = ""] = await problems({ "jobs/a.yml": "global: {}\n" });
  assert.match(unknown, /^\/etc\/jobs\/a\.yml:1: global: unknown key, expected one of scrape_conf/);
  const [yaml = ""] = await problems({ "jobs/a.yml": "\nscrape_configs: [\n" });
  assert.match(yaml, /^\/etc\/jobs\/a\.yml:\d: /);
  const [text = ""] = await problems({ "jobs/a.yml": "scrape_configs\n" });
  assert.equal(text, "/etc/jobs/a.yml:1: the file: got a single value, expected a map");
  assert.deepEqual(await problems({ "jobs/a.yml": "scrape_configs: { job_name: a }\n" }), [
    "/etc/jobs/a.yml:1: scrape_configs: got a map, expected a list",
  ]);
  const two = `${job("a", "    sample_limit: -1\n")}  - job_name: b\n    scheme: [x]\n`;
  assert.deepEqual(await problems({ "jobs/a.yml": two }), [
    "/etc/jobs/a.yml:4: scrape_configs[0].sample_limit: got -1, expected a whole number that is not negative",
    "/etc/jobs/a.yml:6: scrape_configs[1].scheme: got a list, expected a text",
  ]);
});

test("a path that names no file is told, and a pattern is not", async () => {
  const main = `scrape_config_files: [no.yml, jobs/*.yaml]\n${ONE}`;
  const { remarks, scrape } = await loadConfig(await sourceWith({ "prometheus.yml": main }));
  assert.deepEqual(scrape.jobs, []);
  assert.deepEqual(remarks, [{
    level: "warn",
    place: `${MAIN}:1`,
    key: "scrape_config_files[0]",
    message: 'there is no file "/etc/no.yml"',
  }]);
});

test("a directory among the files is an error, at the line that names it", async () => {
  const main = `${ONE}scrape_config_files:\n  - one.yml\n  - job*\n`;
  const source = await sourceWith({ "prometheus.yml": main, "one.yml": job("a") });
  await assert.rejects(
    loadConfig(source),
    /^WalqError: \/etc\/prometheus\.yml:4: scrape_config_files\[1\]: cannot read the file "\/etc\/jobs"/,
  );
});

test("a change in such a file is one of the configuration", async () => {
  const main = `scrape_config_files: [jobs/*.yml]\n${ONE}`;
  const source = await sourceWith({ "prometheus.yml": main, "jobs/a.yml": job("a") });
  const files = source.host.files as MemoryFileSystem;
  const { text } = await loadConfig(source);
  assert.equal(await readConfigText(source), text);
  await put(files, "jobs/a.yml", job("b"));
  const changed = await readConfigText(source);
  assert.notEqual(changed, text);
  await put(files, "jobs/b.yml", "");
  assert.notEqual(await readConfigText(source), changed);
  await put(files, "jobs/a.yml", job("a"));
  await files.remove("/etc/jobs/b.yml");
  assert.equal(await readConfigText(source), text);
});

test("a file that a job needs is waited for, and is missed by a check", async () => {
  const text = `${ONE}${
    job("a", "    bearer_token_file: token\n    tls_config: { ca_file: ca }\n")
  }`;
  const load = async (purpose?: Purpose): Promise<string[]> => {
    const source = await sourceWith({}, purpose);
    return await parseConfig(text, source).then(
      ({ remarks }) => {
        const told = remarks.filter(({ key }) => key !== "scrape_configs");
        return told.map(({ level, place, key }) => `${level} ${place} ${key}`);
      },
      (error) => messageOf(error).split("\n"),
    );
  };
  assert.deepEqual(await load(), [
    `warn ${MAIN}:5 scrape_configs[0].bearer_token_file`,
    `warn ${MAIN}:6 scrape_configs[0].tls_config.ca_file`,
  ]);
  assert.deepEqual(await load("check"), [
    `${MAIN}:5: scrape_configs[0].bearer_token_file: cannot read the file "/etc/token": not found`,
    `${MAIN}:6: scrape_configs[0].tls_config.ca_file: cannot read the file "/etc/ca": not found`,
  ]);
  assert.deepEqual(await load("check syntax"), []);
});

test("for its syntax alone no other file is read", async () => {
  const texts = {
    "prometheus.yml": `scrape_config_files: [jobs/*.yml]
remote_write:
  - { url: http://a/, bearer_token_file: no, tls_config: { ca_file: no } }
`,
    "jobs/a.yml": "scrape_configs: 1",
  };
  const { scrape } = await loadConfig(await sourceWith(texts, "check syntax"));
  assert.deepEqual(scrape.jobs, []);
  await assert.rejects(loadConfig(await sourceWith(texts, "check")));
});

test("nothing that is secret is shown in a message", async () => {
  const cases = [
    "consul_sd_configs: [{ token: [hunter2] }]",
    "consul_sd_configs: [{ password: { hunter2: a } }]",
    "consul_sd_configs: [{ tokn: hunter2 }]",
    "http_sd_configs: [{ url: 'ftp://bob:hunter2@sd/' }]",
    "http_sd_configs: [{ url: http://sd/, bearer_token: [hunter2] }]",
    "docker_sd_configs: [{ host: 'ssh://bob:hunter2@docker' }]",
    "proxy_url: 'hunter2'",
    "basic_auth: { username: a, password: [hunter2] }",
    "hunter2: a",
  ];
  for (const line of cases) {
    const problems = await problemsOf(`${ONE}scrape_configs:\n  - job_name: a\n    ${line}\n`);
    assert.equal(problems.length > 0, true, line);
    assert.ok(!problems.join("\n").includes("hunter2"), problems.join("\n"));
  }
});

test("the series of the report have metadata where an endpoint gets it by 2.0", async () => {
  const isSo = async (...endpoints: readonly string[]): Promise<boolean> => {
    const text = endpoints.map((config, index) => `  - { url: "http://${index}/", ${config} }\n`);
    const { resolved } = await parse(`remote_write:\n${text.join("")}`);
    return describesSeries(resolved.endpoints);
  };
  const second = "protobuf_message: io.prometheus.write.v2.Request";
  assert.equal(await isSo("name: one"), false);
  assert.equal(await isSo("name: one", second), true);
  assert.equal(await isSo(`metadata_config: { send: false }, ${second}`), false);
});

test("metadata that is scraped goes as often as the endpoint wants that wants it most often", async () => {
  const intervalOf = async (...endpoints: readonly string[]): Promise<number> => {
    const text = endpoints.map((config, index) =>
      `  - { url: "http://${index}/", metadata_config: { ${config} } }\n`
    );
    const { resolved } = await parse(`remote_write:\n${text.join("")}`);
    return metadataIntervalMs(resolved.endpoints);
  };
  assert.equal(await intervalOf(""), 60_000);
  assert.equal(await intervalOf("send_interval: 5m", "send_interval: 2m"), 120_000);
  assert.equal(await intervalOf("send: false, send_interval: 10s", "send_interval: 2m"), 120_000);
  assert.equal(await intervalOf("send: false"), Infinity);
});
