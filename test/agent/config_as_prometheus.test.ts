/** Values that Prometheus takes, and walq would not have by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeCredential } from "../../src/auth/make_credential.ts";
import { MemoryPlatform } from "../../src/testing/memory.ts";
import { parse, problemsOf } from "./parse_config.ts";

const LEGACY = "global: { metric_name_validation_scheme: legacy }";

/** What is said of an endpoint with these lines, and what becomes of it. */
async function endpointOf(lines: string) {
  const { resolved, remarks } = await parse(`remote_write:\n  - url: http://a/\n    ${lines}\n`);
  const told = remarks.map(({ level, place, key, message }) => {
    const line = place.replace("/etc/walq/walq.yaml:", "");
    return `${level} ${line} ${key.replace("remote_write[0].", "")}: ${message}`;
  });
  return { endpoint: resolved.endpoints[0]!, told };
}

test("what is beyond walq's bounds is bounded, with a line that says so", async () => {
  const cases = [
    ["remote_timeout: 2h", "writeTimeoutMs", 3_600_000, "got 2h, using 1h: walq has no more"],
    ["remote_timeout: 1ms", "writeTimeoutMs", 10, "got 1ms, using 10ms: walq has no less"],
    [
      "remote_timeout: 0s",
      "writeTimeoutMs",
      30_000,
      "got 0s, using 30s: with 0 nothing would work, and this is the default",
    ],
    [
      "queue_config: { max_samples_per_send: 200000 }",
      "batchCount",
      100_000,
      "got 200000, using 100000: walq has no more",
    ],
    [
      "queue_config: { batch_send_deadline: 0s }",
      "flushIntervalMs",
      10,
      "got 0s, using 10ms: walq has no less",
    ],
    [
      "queue_config: { min_backoff: 0s }",
      "retryBackoffMs",
      1,
      "got 0s, using 1ms: walq has no less",
    ],
    [
      "queue_config: { max_backoff: 0s }",
      "retryBackoffMsMax",
      30_000,
      "got 0s, using 30s: with 0 nothing would work, and this is the default",
    ],
    [
      "queue_config: { max_backoff: 1w }",
      "retryBackoffMsMax",
      86_400_000,
      "got 1w, using 1d: walq has no more",
    ],
    [
      "queue_config: { max_backoff: 2s, min_backoff: 5s }",
      "retryBackoffMs",
      2_000,
      "got 5s, using 2s: it is over max_backoff",
    ],
    [
      "queue_config: { max_backoff: 500ms }",
      "retryBackoffMs",
      500,
      "using it as the first wait too, which is 1s by default",
    ],
    [
      "queue_config: { min_backoff: 40s }",
      "retryBackoffMs",
      30_000,
      "got 40s, using 30s: it is over max_backoff",
    ],
  ] as const;
  for (const [lines, option, value, message] of cases) {
    const { endpoint, told } = await endpointOf(lines);
    assert.equal(endpoint[option], value, lines);
    const keys = [...lines.matchAll(/([a-z_]+):/g)].map(([, name]) => name);
    const key = keys[0] === "queue_config" ? `queue_config.${keys.at(-1)}` : keys[0];
    assert.deepEqual(told, [`warn 3 ${key}: ${message}`], lines);
  }
});

test("what Prometheus refuses stays refused, and so does what only walq has", async () => {
  const cases: readonly [lines: string, problem: RegExp][] = [
    ["remote_timeout: -1s", /remote_timeout: got "-1s"/],
    ["remote_timeout: 30", /remote_timeout: got "30"/],
    ["queue_config: { max_samples_per_send: 0 }", /max_samples_per_send: got 0/],
    ["queue_config: { max_samples_per_send: x }", /max_samples_per_send: got "x"/],
    ["queue_config: { batch_count: 200000 }", /batch_count: got 200000/],
    ["queue_config: { retry_backoff: 0s }", /retry_backoff: got "0s"/],
    ["queue_config: { retry_backoff: 1m }", /retry_backoff: got 1m, expected at most max_backoff/],
  ];
  for (const [lines, problem] of cases) {
    const problems = await problemsOf(`remote_write:\n  - url: http://a/\n    ${lines}\n`);
    assert.equal(problems.length, 1, lines);
    assert.match(problems[0]!, problem);
    assert.match(problems[0]!, /^walq\.yaml:3: remote_write\[0\]\./);
  }
});

test("an interval of a job or a discovery is bounded too", async () => {
  const { scrape, remarks } = await parse(`remote_write: [{ url: http://a/ }]
scrape_configs:
  - job_name: a
    scrape_interval: 1y
    dns_sd_configs:
      - { names: [a], refresh_interval: 0s }
      - { names: [a], refresh_interval: 1ms }
`);
  const [job] = scrape.jobs;
  assert.equal(job!.scrapeIntervalMs, 24 * 86_400_000);
  assert.deepEqual(
    job!.discoveries.map((one) => "refreshIntervalMs" in one && one.refreshIntervalMs),
    [30_000, 100],
  );
  const told = remarks.map(({ place, message }) => `${place.split(":")[1]} ${message}`);
  assert.deepEqual(told.slice(0, 3), [
    "4 got 1y, using 24d: walq has no more",
    "6 got 0s, using 30s: with 0 nothing would work, and this is the default",
    "7 got 1ms, using 100ms: walq has no less",
  ]);
});

test("an empty login is one with nothing in it, as Prometheus sends it", async () => {
  const headerOf = async (lines: string): Promise<string | undefined> => {
    const { endpoint: { credentials } } = await endpointOf(lines);
    const credential = makeCredential(credentials, { clock: new MemoryPlatform().clock } as never);
    const request = {
      url: "http://a/",
      method: "POST",
      headers: {},
      body: new Uint8Array(),
    } as const;
    const signed = await credential.sign(request, new AbortController().signal);
    return signed.headers["authorization"];
  };
  assert.equal(await headerOf("authorization: {}"), "Bearer");
  assert.equal(await headerOf("authorization: { type: Token }"), "Token");
  assert.equal(await headerOf('authorization: { credentials: "" }'), "Bearer");
  assert.equal(await headerOf("basic_auth: {}"), `Basic ${btoa(":")}`);
  assert.equal(await headerOf("basic_auth: { password: x }"), `Basic ${btoa(":x")}`);
  assert.equal(await headerOf('basic_auth: { username: a, password: "" }'), `Basic ${btoa("a:")}`);
});

test("an empty text is the default where Prometheus takes it for that", async () => {
  const oauth2 = (more: string): string =>
    `oauth2: { client_id: a, client_secret: b, token_url: "http://t/", ${more} }`;
  const cases = [
    ["sigv4: { region: x, service_name: '' }", "sigv4: { region: x }"],
    [oauth2("grant_type: ''"), oauth2("")],
    [oauth2("signature_algorithm: ''"), oauth2("")],
  ] as const;
  for (const [line, same] of cases) {
    const { endpoint, told } = await endpointOf(line);
    assert.deepEqual(endpoint, (await endpointOf(same)).endpoint, line);
    assert.deepEqual(told, []);
  }
});

test("a header without a value is none, and a list without one is told", async () => {
  for (const line of ["values: []", "values: ", "secrets: []", "files: [], values: []"]) {
    const { endpoint, told } = await endpointOf(`http_headers: { X-A: { ${line} } }`);
    assert.deepEqual(endpoint, (await endpointOf("send_exemplars: true")).endpoint, line);
    assert.deepEqual(told, ["warn 3 http_headers.X-A: has no value, and nothing is sent for it"]);
  }
});

test("other blocks with nothing in them say nothing", async () => {
  const lines = [
    "name:",
    "queue_config: {}",
    "metadata_config: {}",
    "tls_config: {}",
    "http_headers: {}",
    "http_headers: { X-A: {}, X-B: }",
    "proxy_connect_header: {}",
    "headers: {}",
    "write_relabel_configs: []",
  ];
  for (const line of lines) {
    const { endpoint, told } = await endpointOf(line);
    assert.deepEqual(endpoint, (await endpointOf("send_exemplars: true")).endpoint, line);
    assert.deepEqual(told, [], line);
  }
});

test("and those that Prometheus refuses are refused", async () => {
  for (const line of ["oauth2: {}", "azuread: {}"]) {
    const problems = await problemsOf(`remote_write:\n  - url: http://a/\n    ${line}\n`);
    assert.ok(problems.length > 0, line);
  }
  const both = "remote_write:\n  - url: http://a/\n    authorization: {}\n    basic_auth: {}\n";
  assert.match((await problemsOf(both))[0]!, /has basic_auth and authorization, expected at most/);
});

test("external labels are held to the names that are valid", async () => {
  const problems = await problemsOf(`global:
  metric_name_validation_scheme: legacy
  external_labels:
    site: a
    a.b: c
    __replica__: d
remote_write:
  - url: http://a/
  - url: http://b/
    external_labels: { "1x": y }
`);
  assert.deepEqual(problems, [
    'walq.yaml:5: global.external_labels["a.b"]: is no classic label name ("[a-zA-Z_][a-zA-Z0-9_]*"), and names are held to "legacy"',
    'walq.yaml:10: remote_write[1].external_labels["1x"]: is no classic label name ("[a-zA-Z_][a-zA-Z0-9_]*"), and names are held to "legacy"',
  ]);
});

test("legacy names are asked for under legacy escaping", async () => {
  const problems = (global: string, job: string): Promise<string[]> =>
    problemsOf(`global: { ${global} }
remote_write: [{ url: http://a/ }]
scrape_configs:
  - job_name: a
    ${job}
`);
  const legacy = "metric_name_validation_scheme: legacy";
  const allow = "metric_name_escaping_scheme: allow-utf-8";
  const refused = /metric_name_escaping_scheme: is "allow-utf-8", expected another: names are held/;
  assert.match((await problems(`${legacy}, ${allow}`, "sample_limit: 0"))[0]!, refused);
  assert.match((await problems(legacy, allow))[0]!, refused);
  assert.match((await problems("", `${legacy}\n    ${allow}`))[0]!, refused);
  assert.deepEqual(await problems(allow, legacy), []);
  assert.deepEqual(await problems(legacy, "metric_name_validation_scheme: utf8"), []);
  assert.deepEqual(await problems(legacy, "metric_name_escaping_scheme: dots"), []);
  const otlp = `${LEGACY}\notlp: { translation_strategy: NoTranslation }\n`;
  assert.match(
    (await problemsOf(`${otlp}remote_write: [{ url: http://a/ }]\n`))[0]!,
    /^walq\.yaml:2: otlp\.translation_strategy: got "NoTranslation", expected another/,
  );
});

test("a duration or a number that is none says what is wrong with it", async () => {
  const cases: readonly [lines: string, message: string][] = [
    [
      "remote_timeout: 1.5h",
      'got "1.5h", expected whole numbers with units, such as "1h30m" for one hour and a half',
    ],
    [
      "remote_timeout: 30m1h",
      'got "30m1h", expected units from the largest to the smallest, each once, such as "1h30m"',
    ],
    [
      "remote_timeout: 1s1s",
      'got "1s1s", expected units from the largest to the smallest, each once, such as "1h30m"',
    ],
    ["remote_timeout: 5 s", 'got "5 s", expected a number with a unit such as "5s"'],
    ["queue_config: { capacity: 2.5 }", "got 2.5, expected a whole number from 1"],
    ["queue_config: { capacity: 0 }", "got 0, expected a whole number from 1"],
  ];
  for (const [lines, message] of cases) {
    const [problem = ""] = await problemsOf(`remote_write:\n  - url: http://a/\n    ${lines}\n`);
    assert.equal(problem.replace(/^walq\.yaml:3: [^:]+: /, ""), message);
  }
});

test("a !!binary is the text that it holds", async () => {
  const text = (label: string): string =>
    `global: { external_labels: { a: !!binary "${label}" } }\nremote_write: [{ url: http://a/ }]\n`;
  const { resolved } = await parse(text("YmM="));
  assert.deepEqual(resolved.endpoints[0]!.externalLabels, { a: "bc" });
  assert.deepEqual(await problemsOf(text("/w==")), [
    "walq.yaml:1: a !!binary that holds no text in UTF-8",
  ]);
});

test("what nobody reaches is bounded too: an age of decades, a page of petabytes", async () => {
  const { resolved, scrape, remarks } = await parse(
    "global: { body_size_limit: 2PB }\nscrape_configs: [{ job_name: a, body_size_limit: 8EB }]\n" +
      "remote_write:\n  - url: http://a/\n    queue_config: { sample_age_limit: 20y }\n",
  );
  assert.equal(resolved.endpoints[0]!.sampleAgeLimitMs, 3650 * 86_400_000);
  assert.equal(scrape.jobs[0]!.bodyBytesMax, 2 ** 50);
  assert.deepEqual(remarks.map(({ message }) => message).sort(), [
    "got 20y, using 10y: walq has no more",
    "got 2PB, using 1PiB: walq has no more",
    "got 8EB, using 1PiB: walq has no more",
  ]);
  const [problem = ""] = await problemsOf(
    "global: { body_size_limit: 1048576 }\nremote_write: [{ url: http://a/ }]\n",
  );
  assert.match(problem, /got "1048576", expected 0 or bytes from .*, with a unit, such as "1MiB"$/);
});

test("an unknown key in a block that means nothing here is told as one in any other", async () => {
  const told = async (text: string) =>
    (await problemsOf(`${text}\nremote_write: [{ url: http://a/ }]\n`)).map((line) =>
      line.replace(/, expected one of.*/, "")
    );
  assert.deepEqual(await told("storage: { tsdb: { hunter2: 1 } }"), [
    "walq.yaml:1: storage.tsdb: unknown key at column 20",
  ]);
  assert.deepEqual(await told("storage: { tsdb: { max_size: 1 } }"), [
    "walq.yaml:1: storage.tsdb.max_size: unknown key",
  ]);
  assert.deepEqual(await told("queue: { hunter2: 1 }"), [
    "walq.yaml:1: queue: unknown key at column 10",
  ]);
});

test("what is wrong in a list of addresses or a map of headers is told as one of them", async () => {
  const problems = await problemsOf(
    "server:\n  listen:\n    - :9099\n    - nowhere\ntracing:\n  endpoint: a\n  headers:\n" +
      "    x-a: b\n    Authorization: hunter2\nremote_write: [{ url: http://a/ }]\n",
  );
  assert.equal(problems.length, 2);
  assert.match(problems.join("\n"), /walq\.yaml:4: server\.listen\[1\]: got "nowhere", expected/);
  assert.match(problems.join("\n"), /walq\.yaml:9: tracing\.headers\.Authorization: expected/);
  assert.doesNotMatch(problems.join("\n"), /hunter2/);
});

test("a tag of YAML 1.1 makes a truth value of its words", async () => {
  for (const [text, value] of [["yes", true], ["off", false], ["true", true]] as const) {
    const { endpoint } = await endpointOf(`follow_redirects: !!bool ${text}`);
    assert.equal(endpoint.followRedirects, value);
  }
  const wrong = "remote_write:\n  - url: http://a/\n    send_exemplars: !!bool maybe\n";
  assert.match((await problemsOf(wrong)).join(), /^walq\.yaml:3: /);
});

test("a header may have an empty value", async () => {
  const { endpoint } = await endpointOf(
    'headers: { X-A: "", X-B: }\n    http_headers: { X-C: { values: [""] } }',
  );
  assert.deepEqual(endpoint.headers, { "X-A": "", "X-B": "" });
});

test("a header's value is any text that Go's client sends, without blanks at its ends", async () => {
  const { endpoint } = await endpointOf(
    'headers: { X-A: "ü€😀", X-B: " a\\tb ", X-C: "\\t" }\n' +
      '    http_headers: { X-D: { values: [é, " 1 "], secrets: ["\\u0085"] } }\n' +
      "    proxy_url: http://p:1\n    proxy_connect_header: { X-E: [é ] }\n" +
      '    authorization: { credentials: "tökén " }',
  );
  assert.deepEqual(endpoint.headers, { "X-A": "ü€😀", "X-B": "a\tb", "X-C": "" });
  assert.deepEqual(endpoint.connection?.proxy?.connectHeaders, { "X-E": ["é"] });
  const { clock } = new MemoryPlatform();
  const credential = makeCredential(endpoint.credentials, { clock } as never);
  const request = {
    method: "POST",
    url: "http://a/",
    headers: {},
    body: new Uint8Array(),
  } as const;
  const { headers } = await credential.sign(request, new AbortController().signal);
  assert.deepEqual(headers, { "x-d": "é, 1, \u0085", "authorization": "Bearer tökén" });
});

test("a header's value with a control character is refused by its line, and not shown", async () => {
  for (const control of ["\\n", "\\r", "\\0", "\\x7f", "\\e", "\\ud800"]) {
    const value = `"hush${control}"`;
    for (
      const [lines, key] of [
        [`headers: { X-A: ${value} }`, "headers.X-A"],
        [`http_headers: { X-A: { values: [a, ${value}] } }`, "http_headers.X-A.values[1]"],
        [`http_headers: { X-A: { secrets: [${value}] } }`, "http_headers.X-A.secrets[0]"],
        [`authorization: { credentials: ${value} }`, "authorization.credentials"],
      ] as const
    ) {
      const problems = await problemsOf(`remote_write:\n  - url: http://a/\n    ${lines}\n`);
      assert.equal(problems.length, 1, problems.join("\n"));
      const [problem] = problems;
      assert.ok(problem!.startsWith(`walq.yaml:3: remote_write[0].${key}: got a value`), problem!);
      assert.match(problem!, /expected a text without control characters/);
      assert.doesNotMatch(problem!, /hush/);
    }
  }
});
