/** A stream of NATS in the file: `queue.store`, and an endpoint that is one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse as parseYaml } from "yaml";
import { usedConfig } from "../../src/agent/api/used_config.ts";
import { parse, problemsOf } from "./parse_config.ts";

const HTTP = "remote_write: [{name: one, url: http://a.example/}]";

test("a store is a text or a block, also by --set", async () => {
  const text = `queue: {store: "nats://a,b/metrics"}\n${HTTP}`;
  assert.deepEqual((await parse(text)).resolved.store!.servers, ["a:4222", "b:4222"]);
  const block = `
queue:
  store:
    url: nats://a/metrics
    partitions: 4
    max_bytes: 1GiB
    duplicate_window: 5m
    credentials_file: nats.creds
    tls_config: {}
    timeout: 3s
${HTTP}`;
  const creds = "-----BEGIN NATS USER JWT-----\nx\n------END NATS USER JWT------\n" +
    `-----BEGIN USER NKEY SEED-----\nSU${"A".repeat(56)}\n------END USER NKEY SEED------\n`;
  const { resolved: { store } } = await parse(block, { files: { "nats.creds": creds } });
  assert.deepEqual([store!.partitions, store!.maxBytes, store!.timeoutMs], [4, 1024 ** 3, 3000]);
  assert.equal(store!.tls?.insecureSkipVerify, false);
  const { credentials } = store!;
  assert.equal(credentials.kind, "credentials");
  assert.deepEqual(credentials.kind === "credentials" && credentials.credentials, {
    path: "/etc/walq/nats.creds",
    holds: "credentials of NATS",
    option: ["credentialsFile"],
  });
  const { resolved } = await parse(HTTP, { sets: ["queue.store=nats://c/metrics"] });
  assert.equal(resolved.store!.stream, "metrics");
  assert.equal((await parse(`queue: {store: }\n${HTTP}`)).resolved.store, undefined);
});

test("what is wrong with it is told by line and key", async () => {
  assert.deepEqual(
    await problemsOf(`queue:
  store: nats://a
${HTTP}`),
    [
      'walq.yaml:2: queue.store.url: got "nats://a", expected a URL that ends with the name of ' +
      'a stream, such as "nats://host1:4222,host2:4222/stream": up to 64 letters, digits, "-" ' +
      'and "_"',
    ],
  );
  assert.deepEqual(
    await problemsOf(`queue:
  store:
    url: nats://a/b
    nkey_seed_file: gone
    replica: 3
${HTTP}`),
    [
      "walq.yaml:5: queue.store: unknown key at column 5, expected one of url, partitions, replicas, " +
      "max_bytes, duplicate_window, credentials_file, nkey_seed_file, sends, username, password, " +
      "password_file, token, token_file, timeout, tls_config",
      'walq.yaml:4: queue.store.nkey_seed_file: cannot read the file "/etc/walq/gone": not found'
        .replaceAll("/etc/walq/", ""),
    ],
  );
  assert.deepEqual(
    await problemsOf(`remote_write:
- url: nats://a/b
  sigv4: {}
  nats: {partitions: 0}`),
    [
      "walq.yaml:4: remote_write[0].nats.partitions: got 0, expected a whole number from 1 to 256",
    ],
  );
  assert.deepEqual(
    await problemsOf(`remote_write:
- url: nats://a/b
  proxy_url: http://p:1`),
    [
      "walq.yaml:3: remote_write[0].proxy_url: given with a URL of nats, where HTTP is not spoken",
    ],
  );
  const store = "queue: {store: {url: nats://a/b, sends: false}}";
  assert.deepEqual(await problemsOf(store), []);
  assert.deepEqual(await problemsOf("queue: {store: nats://a/b}"), [
    "walq.yaml: remote_write: got none, expected at least one endpoint",
  ]);
});

test("an endpoint that is a stream is named by its first server and the stream", async () => {
  const { resolved } = await parse("remote_write: [{url: 'nats://a:4222,b:4222/metrics'}]");
  assert.match(resolved.endpoints[0]!.name, /^a-4222-metrics-[0-9a-f]{8}$/);
});

test("a store and such an endpoint are shown without secrets, and say the same when they are read", async () => {
  const text = `
queue: {store: {url: "nats://a/b", username: me, password: hunter2, tls_config: {key: hunter2, cert: pem}}}
remote_write:
- {name: edge, url: "nats://c,d/e", bearer_token: hunter2, nats: {partitions: 2}}
- {name: files, url: "nats://c,d/f", nats: {credentials_file: creds}}
- {name: login, url: "nats://c,d/g", basic_auth: {username: me, password: hunter2}, tls_config: {}}
`;
  const { yaml } = usedConfig(
    await parse(text, {
      files: {
        creds: "-----BEGIN NATS USER JWT-----\nx\n------END NATS USER JWT------\n" +
          `-----BEGIN USER NKEY SEED-----\nSU${"A".repeat(56)}\n------END USER NKEY SEED------\n`,
      },
    }),
  );
  assert.doesNotMatch(yaml, /hunter2/);
  const shown = parseYaml(yaml) as {
    readonly queue: { readonly store: unknown };
    readonly remote_write: readonly Record<string, unknown>[];
  };
  assert.deepEqual(shown.queue.store, {
    url: "nats://a:4222/b",
    partitions: 8,
    replicas: 3,
    max_bytes: 10 * 1024 ** 3,
    duplicate_window: "2m",
    sends: true,
    username: "me",
    password: "<secret>",
    tls_config: { cert: "pem", key: "<secret>", insecure_skip_verify: false },
    timeout: "10s",
  });
  const [edge, files, login] = shown.remote_write;
  assert.equal(edge!["url"], "nats://c:4222,d:4222/e");
  assert.deepEqual(edge!["authorization"], { type: "Bearer", credentials: "<secret>" });
  assert.deepEqual(files!["nats"], {
    partitions: 8,
    replicas: 3,
    max_bytes: 10 * 1024 ** 3,
    duplicate_window: "2m",
    credentials_file: "/etc/walq/creds",
  });
  assert.deepEqual(login!["basic_auth"], { username: "me", password: "<secret>" });
  const plain = "queue: {store: 'nats://a/b'}\nremote_write: [{name: x, url: 'nats://c/d'}]";
  const first = usedConfig(await parse(plain)).yaml;
  assert.equal(usedConfig(await parse(first)).yaml, first);
});
