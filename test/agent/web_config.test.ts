/** Prometheus's web configuration file: what is read, what is refused with its line, and what becomes of a change. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { checkServerTls } from "../../src/agent/hosts/tls_door.ts";
import { readWebConfig, type WebConfig } from "../../src/agent/web/load_web_config.ts";
import { WebConfigFile } from "../../src/agent/web/web_config_file.ts";
import { VirtualClock } from "../../src/testing/memory.ts";
import { MemoryFileSystem } from "../../src/testing/memory_files.ts";
import { MemoryLogger } from "../support/memory_logger.ts";

const HASH = "$2b$04$1LMHrSG0OP7YKrHJUAGGNOXlvnoIndTiaRZWcPK8So.3N7sTQtAKS";
const PATH = "/etc/web.yml";

/** A file of test/fixtures/tls. */
function fixture(name: string): Promise<string> {
  const url = new URL(`../fixtures/tls/${name}`, import.meta.url);
  return readFile(fileURLToPath(url).replace("/build/test/", "/test/"), "utf8");
}

/** A file system with the web configuration file and certificates beside it. */
class Place {
  readonly files = new MemoryFileSystem();
  readonly clock = new VirtualClock();
  readonly logger = new MemoryLogger();
  readonly checkTls = checkServerTls;

  static async with(text: string): Promise<Place> {
    const place = new Place();
    await place.files.makeDirectory("/etc");
    await place.put("web.yml", text);
    for (const name of ["valid.pem", "key.pem", "client_ca.pem", "client.pem"]) {
      await place.put(name, await fixture(name));
    }
    return place;
  }

  async put(name: string, text: string): Promise<void> {
    await this.remove(name);
    await this.files.writeAndSync(`/etc/${name}`, [new TextEncoder().encode(text)]);
  }

  async remove(name: string): Promise<void> {
    await this.files.remove(`/etc/${name}`).catch(() => {});
  }
}

async function parse(text: string): Promise<WebConfig> {
  const { config, error } = await readWebConfig(PATH, await Place.with(text));
  if (config === undefined) throw error;
  return config;
}

async function problemsOf(text: string): Promise<string[]> {
  const { error } = await readWebConfig(PATH, await Place.with(text));
  return error?.message.replaceAll("/etc/", "").split("\n") ?? [];
}

const PAIR = "cert_file: valid.pem, key_file: key.pem";

test("a file with all that Prometheus's has is read, paths from its own directory", async () => {
  const isDeno = "Deno" in globalThis;
  const { tls, headers, users, rateLimit, remarks } = await parse(`
tls_server_config:
  cert_file: valid.pem
  key_file: key.pem
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: client_ca.pem
  client_allowed_sans: [edge-7.example]
  min_version: TLS13
  max_version: TLS13
  prefer_server_cipher_suites: false
${
    isDeno
      ? ""
      : `  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
  curve_preferences: [X25519, CurveP256]
`
  }http_server_config:
  http2: true
  headers:
    X-Frame-Options: deny
    Strict-Transport-Security: max-age=1
    Content-Security-Policy: ""
basic_auth_users:
  alice: ${HASH}
  "1": "${HASH}"
rate_limit: { interval: 1s, burst: 20 }
`);
  assert.equal(tls!.cert.trim(), (await fixture("valid.pem")).trim());
  assert.equal(tls!.clientCa!.trim(), (await fixture("client_ca.pem")).trim());
  assert.equal(tls!.clientAuth, "RequireAndVerifyClientCert");
  assert.deepEqual(tls!.allowedSans, ["edge-7.example"]);
  assert.deepEqual([tls!.minVersion, tls!.maxVersion], ["TLSv1.3", "TLSv1.3"]);
  assert.deepEqual(tls!.ciphers, isDeno ? undefined : ["ECDHE-ECDSA-AES128-GCM-SHA256"]);
  assert.deepEqual(tls!.curves, isDeno ? undefined : ["X25519", "P-256"]);
  assert.equal(tls!.prefersOwnSuites, false);
  assert.deepEqual(headers, {
    "X-Frame-Options": "deny",
    "Strict-Transport-Security": "max-age=1",
  });
  assert.deepEqual([...users], [["1", HASH], ["alice", HASH]]);
  assert.deepEqual(rateLimit, { intervalMs: 1_000, burst: 20 });
  assert.deepEqual(remarks.map(({ key }) => key), ["http_server_config.http2"]);
});

test("the example of the documents loads", async () => {
  const url = new URL("../../docs/program.md", import.meta.url);
  const page = await readFile(fileURLToPath(url).replace("/build/docs/", "/docs/"), "utf8");
  const [, example] = /```yaml\n(# web\.yml\n[^`]*)```/.exec(page)!;
  const files = [["walq.crt", "valid.pem"], ["walq.key", "key.pem"], [
    "clients.crt",
    "client_ca.pem",
  ]];
  const text = files.reduce((all, [name, fixed]) => all.replace(name!, fixed!), example!);
  const { tls, users, rateLimit } = await parse(text);
  assert.equal(tls!.clientAuth, "RequireAndVerifyClientCert");
  assert.deepEqual([...users.keys()], ["alice"]);
  assert.deepEqual(rateLimit, { intervalMs: 10, burst: 100 });
});

test("an empty file asks for nothing, and the defaults are Prometheus's", async () => {
  for (const text of ["", "{}", "# nothing\n", "basic_auth_users:\nrate_limit:\n"]) {
    const { tls, headers, users, rateLimit } = await parse(text);
    assert.deepEqual([tls, headers, users.size, rateLimit], [undefined, {}, 0, undefined]);
  }
  const { tls } = await parse(`tls_server_config: { ${PAIR} }`);
  assert.equal(tls!.clientAuth, "NoClientCert");
  assert.deepEqual([tls!.minVersion, tls!.maxVersion], ["TLSv1.2", "TLSv1.3"]);
  assert.equal(tls!.prefersOwnSuites, true);
});

test("certificates can be in the file itself", async () => {
  const indent = async (name: string): Promise<string> =>
    (await fixture(name)).trimEnd().replaceAll("\n", "\n    ");
  const { tls } = await parse(
    `tls_server_config:\n  cert: |\n    ${await indent("valid.pem")}\n  key: |\n    ${await indent(
      "key.pem",
    )}\n  client_ca: |\n    ${await indent(
      "client_ca.pem",
    )}\n  client_auth_type: RequestClientCert\n`,
  );
  assert.equal(tls!.key.trim(), (await fixture("key.pem")).trim());
  assert.match(tls!.clientCa!, /BEGIN CERTIFICATE/);
});

test("what is wrong is refused with its line and its key, and no secret is shown", async () => {
  const cases: [string, RegExp][] = [
    [
      "tls_server_config: { cert_file: valid.pem }",
      /web\.yml:1: tls_server_config\.key_file: missing, expected key or key_file/,
    ],
    [
      `tls_server_config:\n  cert_file: none.pem\n  key_file: key.pem`,
      /web\.yml:2: tls_server_config\.cert_file: cannot be read: /,
    ],
    [
      `tls_server_config:\n  cert_file: client.pem\n  key_file: key.pem`,
      /web\.yml:3: tls_server_config\.key_file: is not the key of the certificate/,
    ],
    [
      `tls_server_config:\n  cert_file: key.pem\n  key_file: key.pem`,
      /web\.yml:2: tls_server_config\.cert_file: holds no certificate/,
    ],
    [
      `tls_server_config:\n  key: hunter2\n  cert_file: valid.pem`,
      /web\.yml:2: tls_server_config\.key: got a value that is not shown, expected PEM/,
    ],
    [
      `tls_server_config: { ${PAIR}, key: "-----BEGIN hunter2" }`,
      /key_file: given together with key, expected one of them/,
    ],
    [
      `tls_server_config: { ${PAIR}, client_ca_file: client_ca.pem }`,
      /client_ca_file: given without a client_auth_type/,
    ],
    [
      `tls_server_config: { ${PAIR}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: key.pem }`,
      /client_ca_file: holds no certificate/,
    ],
    [
      `tls_server_config: { ${PAIR}, client_auth_type: Maybe }`,
      /client_auth_type: got "Maybe", expected "NoClientCert" or /,
    ],
    [
      `tls_server_config: { ${PAIR}, client_auth_type: VerifyClientCertIfGiven, client_allowed_sans: [a] }`,
      /client_allowed_sans: given with the client_auth_type "VerifyClientCertIfGiven"/,
    ],
    [
      `tls_server_config: { ${PAIR}, min_version: TLS13, max_version: TLS12 }`,
      /min_version: got TLS13, newer than max_version \(TLS12\)/,
    ],
    [
      `tls_server_config: { ${PAIR}, max_version: TLS11 }`,
      /max_version: got "TLS11", expected "TLS12" or "TLS13"/,
    ],
    [
      `tls_server_config: { ${PAIR}, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA] }`,
      /cipher_suites\[0\]: got "TLS_RSA_WITH_RC4_128_SHA"/,
    ],
    [
      `tls_server_config: { ${PAIR}, curve_preferences: [CurveP257] }`,
      /curve_preferences\[0\]: got "CurveP257"/,
    ],
    ["tls_config: {}", /web\.yml:1: .*unknown key.*expected one of .*tls_server_config/],
    [
      "http_server_config: { headers: { X-Frame-Options: maybe } }",
      /web\.yml:1: http_server_config\.headers\.X-Frame-Options: got a value that is not shown/,
    ],
    [
      "http_server_config: { headers: { X-Powered-By: hunter2 } }",
      /http_server_config\.headers\.X-Powered-By: got a value that is not shown/,
    ],
    [
      "\n\nbasic_auth_users: { alice: hunter2 }",
      /web\.yml:3: basic_auth_users\.alice: got a value that is not shown, expected a password as bcrypt/,
    ],
    [
      `basic_auth_users: { alice: ${HASH.replace("$04$", "$99$")} }`,
      /basic_auth_users\.alice: got a value that is not shown/,
    ],
    [
      `basic_auth_users: { alice: ${HASH.replace("$04$", "$31$")} }`,
      /web\.yml:1: basic_auth_users\.alice: got .*, expected a password whose cost, .* at most 17/,
    ],
    ["rate_limit: { interval: 1s }", /rate_limit\.burst: got none, expected at least 1/],
    ["rate_limit: { interval: fast, burst: 1 }", /rate_limit\.interval: got "fast"/],
    ["- a", /web\.yml:1: the file: got a list, expected a map/],
    ["a: [", /web\.yml:\d+: /],
  ];
  for (const [text, message] of cases) {
    const problems = (await problemsOf(text)).join("\n");
    assert.match(problems, message, text);
    assert.doesNotMatch(problems, /hunter2/);
  }
  if ("Deno" in globalThis) {
    for (
      const [key, value] of [["cipher_suites", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"], [
        "curve_preferences",
        "X25519",
      ]]
    ) {
      const [problem] = await problemsOf(`tls_server_config: { ${PAIR}, ${key}: [${value}] }`);
      assert.equal(
        problem,
        `web.yml:1: tls_server_config.${key}: not supported on Deno, which lets nobody choose`,
      );
    }
  }
});

test("an older TLS than there is loads, and that is told", async () => {
  const { tls, remarks } = await parse(`tls_server_config: { ${PAIR}, min_version: TLS10 }`);
  assert.equal(tls!.minVersion, "TLSv1.2");
  assert.match(remarks[0]!.message, /got TLS10, using TLS12/);
});

test("a change is found at the next look, and one look a second is enough", async () => {
  const place = await Place.with(`basic_auth_users: { alice: ${HASH} }`);
  const file = await WebConfigFile.open(PATH, place);
  await place.put("web.yml", `basic_auth_users: { bob: ${HASH} }`);
  await file.look();
  assert.ok(file.current.users.has("alice"));
  await place.clock.advance(1_000);
  await Promise.all([file.look(), file.look()]);
  assert.deepEqual([...file.current.users.keys()], ["bob"]);
  assert.deepEqual(place.logger.lines, [`info web configuration reloaded {"file":"/etc/web.yml"}`]);
  await place.clock.advance(5_000);
  await file.look();
  assert.equal(place.logger.lines.length, 1);
});

test("a certificate that is renewed in two steps is taken when the pair fits", async () => {
  const place = await Place.with(`tls_server_config: { ${PAIR} }`);
  const file = await WebConfigFile.open(PATH, place);
  const before = file.current.tls!;
  await place.put("valid.pem", await fixture("client.pem"));
  await place.clock.advance(1_000);
  await file.look();
  assert.equal(file.tls!.tls, before);
  await place.clock.advance(1_000);
  await file.look();
  assert.equal(place.logger.lines.length, 1, "one line a change");
  assert.match(place.logger.lines[0]!, /error web configuration not reloaded.*is not the key/);
  await place.put("key.pem", await fixture("client_key.pem"));
  await place.clock.advance(1_000);
  await file.look();
  assert.equal(file.tls!.tls.cert.trim(), (await fixture("client.pem")).trim());
  assert.equal(file.tls!.tls.key.trim(), (await fixture("client_key.pem")).trim());
});

test("a file that is gone, broken or half written opens nothing", async () => {
  const text = `tls_server_config: { ${PAIR} }\nbasic_auth_users: { alice: ${HASH} }\n`;
  const place = await Place.with(text);
  const file = await WebConfigFile.open(PATH, place);
  const before = file.current;
  const steps: [() => Promise<void>, RegExp][] = [
    [() => place.put("web.yml", ""), /tls_server_config is gone: that needs a restart/],
    [() => place.put("web.yml", text.slice(0, text.indexOf("basic"))), /basic_auth_users are gone/],
    [() => place.put("web.yml", text.slice(0, -30)), /not reloaded/],
    [() => place.remove("web.yml"), /Cannot read web configuration/],
    [() => place.put("web.yml", text.replace("users", "loosers")), /unknown key/],
  ];
  for (const [change, message] of steps) {
    await change();
    await place.clock.advance(1_000);
    await file.look();
    assert.equal(file.current, before);
    assert.match(place.logger.lines.at(-1)!, message);
    assert.equal(file.reloads.successful, false);
    assert.ok(file.reloads.successMs < place.clock.nowMs());
  }
  await place.put("web.yml", text);
  await place.clock.advance(1_000);
  await file.look();
  assert.equal(file.reloads.successful, true);
  assert.equal(file.reloads.successMs, place.clock.nowMs());
  assert.match(place.logger.lines.at(-1)!, /web configuration reloaded/);
  await assert.rejects(WebConfigFile.open("/etc/none.yml", place), /Cannot read web configuration/);
});

test("a wrong entry of a map is told by its line and its key", async () => {
  const problems = await problemsOf(
    `basic_auth_users:\n  a: ${HASH}\n  b: ${HASH}\n  c: hunter2\n` +
      "http_server_config:\n  headers:\n    X-Frame-Options: deny\n    X-Foo: deny\n",
  );
  assert.equal(problems.length, 2);
  assert.match(problems.join("\n"), /web\.yml:4: basic_auth_users\.c: got a value that is not/);
  assert.match(problems.join("\n"), /web\.yml:8: http_server_config\.headers\.X-Foo: got/);
  // What stands where a name is expected, with nothing behind it, can be the password.
  const [problem = ""] = await problemsOf("basic_auth_users:\n  hunter2:\n");
  assert.match(problem, /basic_auth_users: the key at position 1: /);
});

test("an entry whose name is not shown is told by its own line", async () => {
  const cases = [
    ["basic_auth_users", `  a: ${HASH}\n  hunter2:\n  b: ${HASH}\n`, "3: basic_auth_users", 2],
    ["basic_auth_users", `  a: ${HASH}\n  hunter2 pass: x\n`, "3: basic_auth_users", 2],
    // Numbers come first, wherever they are written.
    ["basic_auth_users", `  hunter2:\n  7: ${HASH}\n`, "2: basic_auth_users", 2],
    [
      "http_server_config",
      "  headers:\n    X-Frame-Options: deny\n    hunter2 x: y\n",
      "4: http_server_config.headers",
      2,
    ],
  ] as const;
  for (const [block, lines, place, position] of cases) {
    const [problem = "", ...rest] = await problemsOf(`${block}:\n${lines}`);
    assert.ok(problem.startsWith(`web.yml:${place}: the key at position ${position}: `), problem);
    assert.doesNotMatch(problem, /hunter2/);
    assert.deepEqual(rest, []);
  }
});

test("a block of TLS with nothing in it is no TLS, and that is told", async () => {
  const { tls, remarks } = await parse("tls_server_config: {}");
  assert.equal(tls, undefined);
  assert.deepEqual(remarks.map(({ level, key }) => [level, key]), [["warn", "tls_server_config"]]);
});
