/** A stream of NATS in the options: a store, and an endpoint that is one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { jetStreamStore } from "../mod.ts";
import { checkAgainstHost, OptionsError, resolveOptions } from "../src/options.ts";
import { hostOf, shownUrl } from "../src/shown_url.ts";
import { MemoryPlatform } from "../src/testing/memory.ts";

const HTTP = { name: "one", url: "https://mimir.example/api/v1/push" };
const NATS = "nats://nats-1/metrics";

function withStore(store: unknown, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { dataPath: "data", store, endpoints: [HTTP], ...more };
}

function withEndpoint(endpoint: Record<string, unknown>): Record<string, unknown> {
  return { dataPath: "data", endpoints: [{ name: "one", url: NATS, ...endpoint }] };
}

function messageFor(input: unknown): string {
  try {
    resolveOptions(input);
  } catch (error) {
    assert.ok(error instanceof OptionsError);
    return error.message;
  }
  return "accepted";
}

test("a text alone is a store with defaults", () => {
  assert.deepEqual(resolveOptions(withStore("nats://Nats-1,nats-2:4223,[::1]/metrics")).store, {
    servers: ["nats-1:4222", "nats-2:4223", "[::1]:4222"],
    stream: "metrics",
    partitions: 8,
    replicas: 3,
    maxBytes: 10 * 1024 ** 3,
    duplicateWindowMs: 120_000,
    sends: true,
    credentials: { kind: "none" },
    tls: undefined,
    timeoutMs: 10_000,
  });
  assert.equal(resolveOptions({ dataPath: "data", endpoints: [HTTP] }).store, undefined);
});

test("a URL that names no stream is refused in words", () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    "": /expected a URL such as "nats:\/\/host1:4222,host2:4222\/stream"/,
    "http://a/b": /expected a URL such as "nats:/,
    "tls://a/b": /what asks for TLS is tlsConfig/,
    "nats://a": /ends with the name of a stream/,
    "nats://a/": /ends with the name of a stream/,
    "nats://a/b.c": /up to 64 letters, digits, "-" and "_"/,
    "nats://a/b/c": /ends with the name of a stream/,
    "nats://a/b_records": /does not end with "_records"/,
    "nats:///b": /hosts with ports or without/,
    "nats://a,,c/b": /hosts with ports or without/,
    "nats://a:0/b": /hosts with ports or without/,
    "nats://a:65536/b": /hosts with ports or without/,
    "nats://a b/c": /hosts with ports or without/,
    "nats://a/b?x=hunter2": /without a query and a fragment/,
    "nats://user:hunter2@a/b": /without user name and password: give them as username/,
  };
  for (const [url, expected] of Object.entries(wrong)) {
    const message = messageFor(withStore(url));
    assert.match(message, /^store\.url: got /, url);
    assert.match(message, expected, url);
    assert.doesNotMatch(message, /hunter2/);
  }
  const many = Array.from({ length: 33 }, (_, at) => `h${at}`).join();
  assert.match(messageFor(withStore(`nats://${many}/b`)), /at most 32 servers/);
});

test("who walq is before a stream is said in one way, and what is in a file stays there", () => {
  const of = (more: object) => resolveOptions(withStore({ url: NATS, ...more })).store!.credentials;
  assert.deepEqual(of({ username: "u", password: "p" }), {
    kind: "user",
    username: "u",
    password: "p",
  });
  assert.deepEqual(of({ username: "u", passwordFile: "/p" }), {
    kind: "user",
    username: "u",
    password: { path: "/p", holds: "password", option: ["passwordFile"] },
  });
  assert.deepEqual(of({ token: "t" }), { kind: "token", token: "t" });
  assert.deepEqual(of({ tokenFile: "/t" }), {
    kind: "token",
    token: { path: "/t", holds: "token", option: ["tokenFile"] },
  });
  assert.deepEqual(of({ credentialsFile: "/c" }), {
    kind: "credentials",
    credentials: { path: "/c", holds: "credentials of NATS", option: ["credentialsFile"] },
  });
  assert.deepEqual(of({ nkeySeedFile: "/n" }), {
    kind: "nkey",
    seed: { path: "/n", holds: "seed of an nkey", option: ["nkeySeedFile"] },
  });
  const contradictions: readonly (readonly [object, string])[] = [
    [{ token: "a", tokenFile: "/b" }, "tokenFile: given together with token, expected one of them"],
    [{ password: "x" }, "password: given without username"],
    [{ passwordFile: "/x" }, "passwordFile: given without username"],
    [
      { username: "u", password: "p", passwordFile: "/p" },
      "passwordFile: given together with password, expected one of them",
    ],
    [
      { username: "u", token: "t" },
      "token: given together with username, expected at most one of them",
    ],
    [
      { credentialsFile: "/c", tokenFile: "/t" },
      "tokenFile: given together with credentialsFile, expected at most one of them",
    ],
    [
      { nkeySeedFile: "/n", username: "u" },
      "username: given together with nkeySeedFile, expected at most one of them",
    ],
  ];
  for (const [more, message] of contradictions) {
    assert.equal(messageFor(withStore({ url: NATS, ...more })), `store.${message}`);
  }
});

test("what a stream cannot be, or makes meaningless, is refused", () => {
  const alloy = { persistence: { format: "alloy.metrics.queue.v1" } };
  assert.equal(
    messageFor(withStore(NATS, alloy)),
    'persistence.format: got "alloy.metrics.queue.v1", expected "walq.metrics.v1" for a store ' +
      "of 8 partitions: batches of Alloy's cannot be dealt to them",
  );
  assert.equal(messageFor(withStore({ url: NATS, partitions: 1 }, alloy)), "accepted");
  assert.match(
    messageFor(withStore(NATS, { persistence: { sync: "none" } })),
    /^persistence\.sync: got "none", expected "commit" with a store/,
  );
  assert.equal(
    messageFor(withStore(NATS, { drainOrphans: { gone: "one" } })),
    "drainOrphans: given with a store, in which all endpoints have the same batches: one that " +
      "is new is sent all that is there",
  );
  // For which the stream need not keep anything any more.
  assert.equal(messageFor(withStore(NATS, { forgetOrphans: ["gone"] })), "accepted");
  assert.match(
    messageFor(withStore("nats://a,b/metrics", {
      endpoints: [{ name: "one", url: "nats://b:4222/metrics" }],
    })),
    /^endpoints\[0\]\.url: got "nats:\/\/b:4222\/metrics", the stream of the store itself/,
  );
});

test("no endpoints are needed where others send, and nowhere else", () => {
  const none = { endpoints: [] };
  assert.equal(messageFor(withStore({ url: NATS, sends: false }, none)), "accepted");
  const message = "endpoints: got none, expected at least one endpoint";
  assert.equal(messageFor(withStore(NATS, none)), message);
  assert.equal(messageFor({ dataPath: "data", endpoints: [] }), message);
});

test("an endpoint that is a stream has its login in the keys of endpoints, and speaks 2.0", () => {
  const of = (more: Record<string, unknown>) => resolveOptions(withEndpoint(more)).endpoints[0]!;
  const plain = of({});
  assert.equal(plain.url, "nats://nats-1:4222/metrics");
  assert.equal(plain.protobufMessage, "io.prometheus.write.v2.Request");
  assert.deepEqual(plain.stream, {
    servers: ["nats-1:4222"],
    stream: "metrics",
    partitions: 8,
    replicas: 3,
    maxBytes: 10 * 1024 ** 3,
    duplicateWindowMs: 120_000,
    sends: false,
    credentials: { kind: "none" },
    tls: undefined,
    timeoutMs: 10_000,
  });
  assert.equal(of({ protobufMessage: "prometheus.WriteRequest" }).stream?.stream, "metrics");
  const login = of({ basicAuth: { username: "u", passwordFile: "/p" }, writeTimeout: "2s" });
  assert.deepEqual(login.stream!.credentials, {
    kind: "user",
    username: "u",
    password: { path: "/p", holds: "password", option: ["basicAuth", "passwordFile"] },
  });
  assert.equal(login.stream!.timeoutMs, 2_000);
  assert.deepEqual(login.credentials.identity, { kind: "none" });
  assert.deepEqual(of({ bearerToken: "t" }).stream!.credentials, { kind: "token", token: "t" });
  assert.deepEqual(of({ nats: { nkeySeedFile: "/n", partitions: 3 } }).stream!.credentials, {
    kind: "nkey",
    seed: { path: "/n", holds: "seed of an nkey", option: ["nats", "nkeySeedFile"] },
  });
  assert.equal(of({ tlsConfig: { caFile: "/ca" } }).connection, undefined);
  assert.equal(of({ tlsConfig: { caFile: "/ca" } }).stream!.tls?.caFile, "/ca");
  assert.equal(
    resolveOptions({ dataPath: "d", endpoints: [HTTP] }).endpoints[0]!.stream,
    undefined,
  );
});

test("what has no meaning for an endpoint that is a stream is refused, and the other way round", () => {
  const oauth2 = { clientId: "c", tokenUrl: "http://t/" };
  const meaningless: Readonly<Record<string, unknown>> = {
    headers: { "x-a": "b" },
    oauth2,
    httpHeaders: { "x-b": { values: ["c"] } },
    proxyUrl: "http://proxy:3128",
    proxyFromEnvironment: true,
    roundRobinDns: true,
    sigv4: { region: "eu" },
    azuread: { managedIdentity: {} },
  };
  for (const [name, value] of Object.entries(meaningless)) {
    const message = messageFor(withEndpoint({ [name]: value }));
    const expected = `endpoints[0].${name}: given with a URL of nats, where HTTP is not spoken`;
    assert.ok(message.split("\n").includes(expected), message);
  }
  assert.match(messageFor(withEndpoint({ compression: "zstd" })), /expected "snappy" with a URL/);
  assert.match(messageFor(withEndpoint({ sendOrder: "fresh_first" })), /has an order of its own/);
  assert.equal(
    messageFor(withEndpoint({ bearerToken: "t", nats: { credentialsFile: "/c" } })),
    "endpoints[0].nats.credentialsFile: given together with bearerToken, expected at most one " +
      "of them",
  );
  assert.equal(
    messageFor({ dataPath: "d", endpoints: [{ ...HTTP, nats: {} }] }),
    "endpoints[0].nats: given with a URL of http, expected one of nats",
  );
  assert.match(
    messageFor(withEndpoint({ url: "nats://u:hunter2@a/b" })),
    /endpoints\[0\]\.url: got "nats:\/\/\.\.\.@a\/b".*give them as basicAuth/,
  );
});

test("files that a stream names have to be there, and hold what they should", async () => {
  const { files, ...platform } = new MemoryPlatform();
  const put = (path: string, text: string) =>
    files.writeAndSync(path, [new TextEncoder().encode(text)]);
  await put("/seed", "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY\n");
  await put(
    "/creds",
    "-----BEGIN NATS USER JWT-----\neyJ0.eyJ.x\n------END NATS USER JWT------\n\n" +
      "-----BEGIN USER NKEY SEED-----\nSUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY\n" +
      "------END USER NKEY SEED------\n",
  );
  await put("/other", "hunter2");
  const host = { ...platform, files, openHttp: new MemoryPlatform().openHttp };
  const check = async (options: unknown): Promise<string> => {
    try {
      await checkAgainstHost(resolveOptions(options), host);
    } catch (error) {
      assert.ok(error instanceof OptionsError);
      return error.message;
    }
    return "fine";
  };
  assert.equal(await check(withStore({ url: NATS, nkeySeedFile: "/seed" })), "fine");
  assert.equal(await check(withStore({ url: NATS, credentialsFile: "/creds" })), "fine");
  assert.equal(
    await check(withStore({ url: NATS, credentialsFile: "/gone" })),
    'store.credentialsFile: cannot read the file "/gone": not found',
  );
  assert.equal(
    await check(withStore({ url: NATS, credentialsFile: "/other" })),
    'store.credentialsFile: the file "/other" holds no credentials of NATS: expected a JWT and ' +
      "a seed, each between lines of dashes, as nsc writes them",
  );
  assert.equal(
    await check(withEndpoint({ nats: { nkeySeedFile: "/other" } })),
    'endpoints[0].nats.nkeySeedFile: the file "/other" holds no seed of an nkey: expected that ' +
      'of a user: 58 letters and digits, of which the first are "SU"',
  );
  assert.equal(
    await check(withStore({ url: NATS, tlsConfig: { caFile: "/gone" } })),
    'store.tlsConfig.caFile: cannot read the file "/gone": not found',
  );
});

test("the library says at once what is wrong with a store", () => {
  const given = { url: NATS, sends: false };
  assert.equal(jetStreamStore(given), given);
  assert.throws(
    () => jetStreamStore({ url: "nats://a", replicas: 6 }),
    (error) =>
      error instanceof OptionsError &&
      error.issues.map(({ path }) => path.join(".")).join() === "store.url,store.replicas",
  );
});

test("the URL of a stream is shown as it is, but for a login", () => {
  assert.equal(shownUrl("nats://a:4222,b:4222/metrics"), "nats://a:4222,b:4222/metrics");
  assert.equal(shownUrl("nats://u:hunter2@a/metrics"), "nats://...@a/metrics");
  assert.equal(hostOf("nats://a:4222,b:4222/metrics"), "a:4222,b:4222");
  assert.equal(hostOf("https://mimir.example/api?x#y"), "mimir.example");
});
