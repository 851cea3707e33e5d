import assert from "node:assert/strict";
import { test } from "node:test";
import { OptionsError, resolveOptions } from "../src/options.ts";

const URL = "https://mimir.example/api/v1/push";

/** The options with one endpoint that has these options besides a name and a URL. */
function withEndpoint(endpoint: Record<string, unknown>): Record<string, unknown> {
  return { dataPath: "data", endpoints: [{ name: "one", url: URL, ...endpoint }] };
}

function messageFor(input: unknown): string {
  try {
    resolveOptions(input);
  } catch (error) {
    assert.ok(error instanceof OptionsError);
    assert.equal(error.code, "INVALID_OPTIONS");
    return error.message;
  }
  return "accepted";
}

test("defaults are filled in, durations become milliseconds", () => {
  assert.deepEqual(resolveOptions({ dataPath: "data", endpoints: [{ name: "one", url: URL }] }), {
    dataPath: "data",
    ttlMs: 7_200_000,
    sequenceSeriesMs: 0,
    maxSignalsToBatch: 10_000,
    batchIntervalMs: 5_000,
    groupCommitIntervalMs: 20,
    sync: { sync: "commit", syncIntervalMs: 1000 },
    store: undefined,
    drainOrphans: {},
    forgetOrphans: [],
    requestBytesMax: 8_388_608,
    uncompressedBytesMax: 16_777_216,
    seriesCacheBytesMax: 16_777_216,
    writerRules: {
      format: "walq.metrics.v1",
      names: "utf8",
      labelLimit: 0,
      labelNameLengthLimit: 0,
      labelValueLengthLimit: 0,
    },
    endpoints: [{
      name: "one",
      url: URL,
      credentials: { identity: { kind: "none" }, secretHeaders: [] },
      connection: undefined,
      tokenConnection: undefined,
      stream: undefined,
      followRedirects: true,
      headers: {},
      writeTimeoutMs: 30_000,
      retryBackoffMs: 1_000,
      retryBackoffMsMax: 30_000,
      maxRetryAttempts: 0,
      onRefused: "hold",
      splitOnBadRequest: true,
      batchCount: 2_000,
      batchCountMax: 10_000,
      compression: "snappy",
      rateLimit: 0,
      sampleAgeLimitMs: 0,
      flushIntervalMs: 1_000,
      minShards: 2,
      maxShards: 50,
      driftScaleUpMs: 60_000,
      driftScaleDownMs: 30_000,
      desiredCheckIntervalMs: 5_000,
      desiredConnectionsLookbackMs: 300_000,
      networkFlushIntervalMs: 60_000,
      allowedNetworkErrorFraction: 0.5,
      externalLabels: {},
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
      keepDeliveredBytesMax: 1_073_741_824,
      onFull: "drop_oldest",
      sendOrder: "strict",
      freshFirstAfterMs: 30_000,
    }],
  });
});

test("each wrong option is named with what was got and what was expected", () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ parallelism: 0 }, "endpoints[0].parallelism: got 0, expected a whole number from 1 to 256"],
    [{ parallelism: 1.5 }, "endpoints[0].parallelism: got 1.5, expected a whole number"],
    [{ parallelism: "4" }, 'endpoints[0].parallelism: got "4", expected a whole number'],
    [{ minShards: 257 }, "endpoints[0].minShards: got 257, expected a whole number from 1 to 256"],
    [
      { minShards: 3, maxShards: 2 },
      "endpoints[0].maxShards: got 2, expected at least minShards (3)",
    ],
    [
      { parallelism: 2, minShards: 2 },
      "endpoints[0].minShards: given together with parallelism, which is both bounds",
    ],
    [
      { driftScaleUp: "20s" },
      "endpoints[0].driftScaleDown: got 30s, expected at most driftScaleUp (20s)",
    ],
    [
      { allowedNetworkErrorFraction: 1.5 },
      "endpoints[0].allowedNetworkErrorFraction: got 1.5, expected a number from 0 to 1, such as 0.5",
    ],
    [{ batchCount: 100_001 }, "endpoints[0].batchCount: got 100001, expected"],
    [{ batchCountMax: 0 }, "endpoints[0].batchCountMax: got 0, expected"],
    [
      { batchCount: 5, batchCountMax: 4 },
      "endpoints[0].batchCountMax: got 4, expected at least batchCount (5)",
    ],
    [
      { flushInterval: 5 },
      "endpoints[0].flushInterval: got 5, expected a duration from 10ms to 1h (the resolution is 10ms)",
    ],
    [
      { flushInterval: "1ms" },
      'endpoints[0].flushInterval: got "1ms", expected a duration from 10ms',
    ],
    [{ flushInterval: NaN }, "endpoints[0].flushInterval: got NaN, expected a duration"],
    [
      { writeTimeout: "5" },
      'endpoints[0].writeTimeout: got "5", expected a number with a unit such as "5s"',
    ],
    [{ retryBackoff: 0 }, "endpoints[0].retryBackoff: got 0, expected a duration from 1ms"],
    [
      { retryBackoff: "1m" },
      "endpoints[0].retryBackoff: got 1m, expected at most retryBackoffMax (30s)",
    ],
    [
      { splitOnBadRequest: "yes" },
      'endpoints[0].splitOnBadRequest: got "yes", expected true or false',
    ],
    [{ onRefused: "wait" }, 'endpoints[0].onRefused: got "wait", expected "hold" or "drop"'],
    [{ bearerTokenFile: "" }, 'endpoints[0].bearerTokenFile: got "", expected the path of a file'],
    [
      { bearerToken: "x", bearerTokenFile: "y" },
      "endpoints[0].bearerTokenFile: given together with bearerToken",
    ],
    [
      { bearerTokenFile: "x", basicAuth: { username: "a", password: "b" } },
      "endpoints[0].bearerTokenFile: given together with basicAuth",
    ],
    [
      { bearerTokenFile: "x", headers: { Authorization: "y" } },
      "endpoints[0].headers: have Authorization",
    ],
    [
      { basicAuth: { username: "a", password: "b", passwordFile: "c" } },
      "endpoints[0].basicAuth.passwordFile: given together with password",
    ],
    [{ maxRetryAttempts: -1 }, "endpoints[0].maxRetryAttempts: got -1, expected"],
    [
      { protobufMessage: "2.0" },
      'endpoints[0].protobufMessage: got "2.0", expected "prometheus.WriteRequest" or ' +
      '"io.prometheus.write.v2.Request"',
    ],
    [
      { metadataCacheSize: 0 },
      "endpoints[0].metadataCacheSize: got 0, expected a whole number from 1 to 100000",
    ],
    [
      { metadataCacheEnabled: "yes" },
      'endpoints[0].metadataCacheEnabled: got "yes", expected true or false',
    ],
    [{ sendExemplars: 1 }, "endpoints[0].sendExemplars: got 1, expected true or false"],
    [{ sendMetadata: null }, "endpoints[0].sendMetadata: got nothing, expected true or false"],
    [
      { bearerToken: null },
      "endpoints[0].bearerToken: got nothing, expected a text without control characters, and without",
    ],
    [{ paralelism: 4 }, "endpoints[0].paralelism: unknown key, expected one of name, url,"],
    [{ constructor: 4 }, "endpoints[0].constructor: unknown key"],
    [{ name: "../up" }, 'endpoints[0].name: got "../up", expected 1 to 64 letters'],
    [{ name: ".." }, 'endpoints[0].name: got "..", expected'],
    [{ url: "ftp://host/" }, 'endpoints[0].url: got "ftp://host/", expected an http or https URL'],
    [{ url: "mimir" }, 'endpoints[0].url: got "mimir", expected an http or https URL'],
    [{ url: `${URL}#part` }, "expected a URL without a fragment"],
    [{ url: null }, "endpoints[0].url: got nothing, expected an http or https URL"],
    [
      { bearerToken: "x", basicAuth: { username: "a", password: "b" } },
      "endpoints[0].bearerToken: given together with basicAuth",
    ],
    [{ authorizationType: "Token" }, "endpoints[0].authorizationType: given without bearerToken"],
    [{ basicAuth: {} }, "endpoints[0].basicAuth.username: missing, expected it or usernameFile"],
    [
      { basicAuth: { username: "a", usernameFile: "b" } },
      "endpoints[0].basicAuth.usernameFile: given together with username, expected one of them",
    ],
    [
      { authorizationType: "basic", bearerToken: "x" },
      'endpoints[0].authorizationType: got a value that is not shown, expected another type: with "Basic" goes basicAuth',
    ],
    [{ httpHeaders: { "X-A": {} } }, "endpoints[0].httpHeaders.X-A: has no value"],
    [
      { httpHeaders: { "X-A": { values: "b" } } },
      "httpHeaders.X-A.values: got a value that is not shown, expected a list of values",
    ],
    [
      { httpHeaders: { "X-A": { values: [1] } } },
      "httpHeaders.X-A.values[0]: got a number, expected a text without control characters",
    ],
    [
      { httpHeaders: { "X-A": { valves: [] } } },
      "httpHeaders.X-A: unknown key, the one at position 1, expected one of values, secrets, files",
    ],
    [
      { httpHeaders: { "User-Agent": { values: ["b"] } } },
      "httpHeaders: the name at position 1: reserved",
    ],
    [
      { httpHeaders: { Authorization: { values: ["b"] } } },
      "httpHeaders: the name at position 1: reserved: give the credentials as such",
    ],
    [
      { httpHeaders: { "X-Amz-Date": { values: ["b"] } } },
      "httpHeaders: the name at position 1: reserved",
    ],
    [
      { httpHeaders: { "a b": { values: ["b"] } } },
      "httpHeaders: the name at position 1: not a header name",
    ],
    [
      { httpHeaders: { "X-A": { values: ["b"] }, "x-a": { values: ["c"] } } },
      'httpHeaders: the name at position 1: the same header as "x-a"',
    ],
    [
      { headers: { "x-a": "b" }, httpHeaders: { "X-A": { values: ["b"] } } },
      'httpHeaders.X-A: the same header as "x-a" in headers',
    ],
    [{ httpHeaders: [] }, "endpoints[0].httpHeaders: got a list, expected an object"],
    [
      { bearerToken: "x", headers: { Authorization: "y" } },
      "endpoints[0].headers: have Authorization",
    ],
    [{ headers: { "Content-Type": "a" } }, "endpoints[0].headers.Content-Type: reserved"],
    [{ headers: { "retry-attempt": "1" } }, "reserved"],
    [
      { headers: { "a b": "1" } },
      "endpoints[0].headers: the key at position 1: not a header name",
    ],
    [{ maxDiskBytes: "1 MB" }, 'maxDiskBytes: got "1 MB", expected 0 or bytes from 1KiB to 1PiB'],
    [{ headers: { "X-A": "1", "x-a": "2" } }, 'the same header as "x-a"'],
    [{ externalLabels: { "": "a" } }, "expected a label name that is not empty"],
    [{ externalLabels: { "\ud800": "a" } }, "valid Unicode"],
    [{ externalLabels: { a: 1 } }, "endpoints[0].externalLabels.a: got 1, expected a text"],
    [
      { externalLabels: [] },
      "endpoints[0].externalLabels: got a list, expected an object of texts",
    ],
  ];
  for (const [endpoint, expected] of cases) {
    const message = messageFor(withEndpoint(endpoint));
    assert.ok(message.includes(expected), `${JSON.stringify(endpoint)}: ${message}`);
  }
});

test("a name that walq itself uses in the data path is refused for that reason", () => {
  const own = ["lock", "lock.after.9", "ballast", "ballast.tmp", "1x.door", "1x.owner"].map((end) =>
    `walq.${end}`
  );
  for (const name of [...own, "Walq.Lock"]) {
    const reason = `got "${name}", expected another name: walq uses this one itself`;
    assert.ok(messageFor(withEndpoint({ name })).includes(reason), name);
  }
  for (const name of ["walq.lockers", "walq.door", "walq.owner", "walq", "my.walq.lock"]) {
    assert.equal(messageFor(withEndpoint({ name })), "accepted", name);
  }
});

test("a request that may come has room when it is unpacked: given limits hold that, others follow", () => {
  const options = (limits: Record<string, unknown>) => ({ ...withEndpoint({}), limits });
  const of = (limits: Record<string, unknown>): number[] => {
    const { requestBytesMax, uncompressedBytesMax } = resolveOptions(options(limits));
    return [requestBytesMax, uncompressedBytesMax];
  };
  assert.deepEqual(of({ requestBytesMax: 2000, uncompressedBytesMax: 2000 }), [2000, 2000]);
  assert.deepEqual(of({ requestBytesMax: 200_000_000 }), [200_000_000, 200_000_000]);
  assert.deepEqual(of({ uncompressedBytesMax: 2000 }), [2000, 2000]);
  assert.equal(
    messageFor(options({ requestBytesMax: 2001, uncompressedBytesMax: 2000 })),
    "limits.uncompressedBytesMax: got 2000, expected at least requestBytesMax (2001): " +
      "a request only grows when it is unpacked",
  );
});

test("a URL is shown without what can be a secret in it, also where it is none", () => {
  const cases: [string, string][] = [
    ["user:hunter2@host/push", "...@host/push"],
    ["http:/user:hunter2@host/push?token=hunter2", "..."],
    ["https://user:hun@ter2@host/", "https://...@host/"],
    ["https://user:hunter2@host/\n", "https://...@host/..."],
    ["ftp://user:\nhunter2@host/", "ftp://...@host/"],
    ["https://user:hun?ter2@host/", "https://..."],
    ["ftp://host/x?mail=a@b&token=hunter2", "ftp://..."],
    ["ftp://host/push#hunter2", "ftp://host/push#..."],
    ["ftp://host/api/v1/push/hunter2/", "ftp://host/api/v1/push/.../"],
  ];
  for (const [url, shown] of cases) {
    const message = messageFor(withEndpoint({ url }));
    assert.ok(message.startsWith(`endpoints[0].url: got ${JSON.stringify(shown)}, `), message);
  }
});

test("the options as a whole and the list of endpoints are checked", () => {
  const one = { name: "one", url: URL };
  assert.equal(messageFor(undefined), "options: got nothing, expected an object");
  assert.match(messageFor([]), /options: got a list, expected an object/);
  assert.match(messageFor({ endpoints: [one] }), /^dataPath: missing/);
  assert.match(messageFor({ dataPath: "", endpoints: [one] }), /^dataPath: got ""/);
  assert.match(messageFor({ dataPath: "d" }), /^endpoints: missing/);
  assert.match(messageFor({ dataPath: "d", endpoints: [] }), /at least one endpoint/);
  assert.match(messageFor({ dataPath: "d", endpoints: {} }), /expected a list of endpoints/);
  assert.match(messageFor({ dataPath: "d", endpoints: [one], ttl: 0 }), /^ttl: got 0/);
});

test("two endpoints of one name are told with both indexes, whatever their case", () => {
  const endpoints = [{ name: "a", url: URL }, { name: "b", url: URL }, { name: "A", url: URL }];
  const message = messageFor({ dataPath: "d", endpoints });
  assert.match(message, /^endpoints\[2\]\.name: got "A", the name of endpoints\[0\]/);
});

test("what is sent, as what, and which metadata is remembered", () => {
  const [endpoint] = resolveOptions(withEndpoint({
    protobufMessage: "io.prometheus.write.v2.Request",
    metadataCacheEnabled: true,
    sendExemplars: false,
    sendNativeHistograms: false,
    sendMetadata: false,
  })).endpoints;
  assert.equal(endpoint!.protobufMessage, "io.prometheus.write.v2.Request");
  assert.equal(endpoint!.metadataCacheSize, 1_000);
  assert.deepEqual(endpoint!.sends, { histograms: false, exemplars: false, metadata: false });
  const sized = { metadataCacheEnabled: true, metadataCacheSize: 7 };
  assert.equal(resolveOptions(withEndpoint(sized)).endpoints[0]!.metadataCacheSize, 7);
  // A size alone does not turn it on.
  const off = { metadataCacheSize: 7 };
  assert.equal(resolveOptions(withEndpoint(off)).endpoints[0]!.metadataCacheSize, 0);
});

test("several errors are told at once", () => {
  const message = messageFor({
    ...withEndpoint({ parallelism: 0, batchCount: 0, x: 1 }),
    ttl: "x",
    y: 1,
  });
  assert.deepEqual(message.split("\n").map((line) => line.split(":")[0]).sort(), [
    "endpoints[0].batchCount",
    "endpoints[0].parallelism",
    "endpoints[0].x",
    "ttl",
    "y",
  ]);
});

test("credentials are one identity, and headers with their values in order", () => {
  const of = (endpoint: Record<string, unknown>) =>
    resolveOptions(withEndpoint(endpoint)).endpoints[0]!.credentials;
  const token = { kind: "token", type: "Bearer", token: "abc" };
  assert.deepEqual(of({ bearerToken: "abc" }).identity, token);
  assert.deepEqual(of({ bearerToken: "abc", authorizationType: "Token" }).identity, {
    ...token,
    type: "Token",
  });
  assert.deepEqual(of({ basicAuth: { username: "u" } }).identity, {
    kind: "basic",
    username: "u",
    password: "",
  });
  const option = ["basicAuth", "usernameFile"];
  assert.deepEqual(of({ basicAuth: { usernameFile: "/u", password: "p" } }).identity, {
    kind: "basic",
    username: { path: "/u", holds: "user name", option },
    password: "p",
  });
  const httpHeaders = { "X-A": { files: ["/f"], secrets: ["s"], values: ["v", "w"] } };
  const file = { path: "/f", holds: "header value", option: ["httpHeaders", "X-A", "files"] };
  assert.deepEqual(of({ httpHeaders }).secretHeaders, [
    { name: "x-a", values: ["v", "w", "s", file] },
  ]);
});

test("labels whose value is empty are absent, any other name is kept", () => {
  const externalLabels = { env: "", constructor: "x", "größe.m": "y" };
  const { endpoints } = resolveOptions(withEndpoint({ externalLabels }));
  assert.deepEqual(Object.entries(endpoints[0]!.externalLabels), [["constructor", "x"], [
    "größe.m",
    "y",
  ]]);
});

test("no secret is in a message", () => {
  const wrong: Record<string, unknown>[] = [
    { bearerToken: "hunter2\n" },
    { "password:hunter2": undefined },
    { hunter2: 1 },
    { basicAuth: { username: "a", password: "b", hunter: 2, hunter2: 2 } },
    { headers: { "Authorization:hunter2": "x" } },
    { headers: { "hunter2 x": "" } },
    { bearerToken: 42_42_42 },
    { basicAuth: { username: "hunter2:", password: "hunter2" } },
    { basicAuth: { username: "a", password: ["hunter2"] } },
    { basicAuth: "hunter2" },
    { bearerToken: "hunter2", basicAuth: { username: "hunter2", password: "hunter2" } },
    { headers: { "x-key": "hunter2\r\nInjected: yes" } },
    { headers: "hunter2" },
    { url: "https://user:hunter2@host/" },
    { url: "https://user:hunter2@host:99999999/?token=hunter2" },
    { url: "http//x?token=hunter2" },
  ];
  for (const endpoint of wrong) {
    const message = messageFor(withEndpoint(endpoint));
    assert.notEqual(message, "accepted", JSON.stringify(endpoint));
    assert.doesNotMatch(message, /hunter2|424242/);
  }
});

test("whoever says how many signals a request has gets no larger ones, unless that is said too", () => {
  const of = (endpoint: Record<string, unknown>) => {
    const { batchCount, batchCountMax } = resolveOptions(withEndpoint(endpoint)).endpoints[0]!;
    return [batchCount, batchCountMax];
  };
  assert.deepEqual(of({ batchCount: 500 }), [500, 500]);
  assert.deepEqual(of({ batchCount: 50_000 }), [50_000, 50_000]);
  assert.deepEqual(of({ batchCount: 500, batchCountMax: 700 }), [500, 700]);
  assert.deepEqual(of({ batchCountMax: 700 }), [700, 700]);
  assert.deepEqual(of({ batchCountMax: 20_000 }), [2_000, 20_000]);
});
