/** The keys of the file that say how an endpoint is connected to. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseConfig } from "../../src/agent/config/config.ts";
import type { ConnectionSource } from "../../src/connection/source.ts";
import { messageOf } from "../../src/errors.ts";
import { defaultPlatform } from "../../src/platform/default.ts";
import { MemoryFileSystem } from "../../src/testing/memory.ts";
import { sourceOf } from "./support.ts";

const platform = await defaultPlatform();
const TLS_DEFAULTS = {
  ca: undefined,
  caFile: undefined,
  cert: undefined,
  certFile: undefined,
  key: undefined,
  keyFile: undefined,
  serverName: undefined,
  insecureSkipVerify: false,
  minVersion: undefined,
  maxVersion: undefined,
};

function file(name: string): Uint8Array {
  return readFileSync(`test/fixtures/tls/${name}.pem`);
}

/** How the first endpoint is connected to, by what stands in its block. */
async function connectionOf(block: string): Promise<ConnectionSource | undefined> {
  const [endpoint] = (await parse(block)).resolved.endpoints;
  return endpoint!.connection;
}

function parse(block: string) {
  return parseText(`remote_write:\n  - url: https://host/\n${block}`);
}

async function parseText(text: string, variables: Readonly<Record<string, string>> = {}) {
  const files = new MemoryFileSystem();
  await files.makeDirectory("/etc/walq/tls");
  for (const name of ["ca", "client", "client_key", "key"]) {
    await files.writeAndSync(`/etc/walq/tls/${name}.pem`, [file(name)]);
  }
  await files.writeAndSync("/etc/walq/tls/half.pem", [file("client").subarray(0, 300)]);
  const source = sourceOf(files, "/etc/walq/walq.yaml");
  const env = (name: string): string | undefined => variables[name];
  // What is in the files is for the runtime to judge.
  return await parseConfig(text, {
    ...source,
    env,
    host: { ...source.host, openHttp: platform.openHttp },
  });
}

async function problemsOf(block: string): Promise<string> {
  try {
    await parse(block);
  } catch (error) {
    return messageOf(error).replaceAll("/etc/walq/walq.yaml:", "");
  }
  return "";
}

test("a file that says nothing of it changes nothing", async () => {
  for (
    const block of [
      "",
      "    tls_config: {}\n",
      "    tls_config:\n",
      "    tls_config: { insecure_skip_verify: false }\n",
      "    proxy_from_environment: false\n    round_robin_dns: false\n",
    ]
  ) assert.equal(await connectionOf(block), undefined, block);
});

test("all of tls_config, by files and in place", async () => {
  assert.deepEqual(
    await connectionOf(`    tls_config:
      ca_file: tls/ca.pem
      cert_file: /etc/walq/tls/client.pem
      key_file: tls/client_key.pem
      server_name: other.example
      insecure_skip_verify: true
      min_version: TLS13
      max_version: TLS13
`),
    {
      tls: {
        ...TLS_DEFAULTS,
        caFile: "/etc/walq/tls/ca.pem",
        certFile: "/etc/walq/tls/client.pem",
        keyFile: "/etc/walq/tls/client_key.pem",
        serverName: "other.example",
        insecureSkipVerify: true,
        minVersion: "TLS13",
        maxVersion: "TLS13",
      },
      proxy: undefined,
      roundRobinDns: false,
    },
  );
  const indented = (name: string): string => {
    return new TextDecoder().decode(file(name)).replace(/^/gm, "        ");
  };
  const block = ["ca", "cert", "key"].map((key, index) =>
    `      ${key}: |\n${indented(["ca", "client", "client_key"][index]!)}\n`
  );
  const inPlace = await connectionOf(`    tls_config:\n${block.join("")}`);
  assert.match(inPlace?.tls?.cert ?? "", /^-----BEGIN CERTIFICATE-----\n/);
});

test("what is wrong with tls_config is told by its line and key, and never what is in it", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["ca_file: gone.pem", '.ca_file: cannot read the file "/etc/walq/gone.pem": not found'],
    [
      "ca_file: tls/key.pem",
      '.ca_file: the file "/etc/walq/tls/key.pem" holds no certificate, expected PEM',
    ],
    [
      "cert_file: tls/half.pem, key_file: tls/client_key.pem",
      '.cert_file: the file "/etc/walq/tls/half.pem" holds no certificate, expected PEM',
    ],
    [
      "cert_file: tls/client.pem, key_file: tls/key.pem",
      '.key_file: the file "/etc/walq/tls/key.pem" is not the key of the certificate',
    ],
    ["ca: hunter2", ".ca: holds no certificate, expected PEM"],
    [
      "ca: a, ca_file: tls/ca.pem",
      ".ca_file: given together with remote_write[0].tls_config.ca (3)",
    ],
    ["cert_file: tls/client.pem", ".key: missing, expected it or key_file with the certificate"],
    ["key_file: tls/client_key.pem", ".cert: missing, expected it or cert_file with the key"],
    [
      "min_version: TLS1",
      '.min_version: got "TLS1", expected "TLS10" or "TLS11" or "TLS12" or "TLS13"',
    ],
    [
      "min_version: TLS13, max_version: TLS12",
      ".max_version: got TLS12, expected min_version (TLS13) or newer",
    ],
    [
      "server_name: 'a b'",
      '.server_name: got "a b", expected the name of a host such as "mimir.example"',
    ],
    [
      "key_ref: a",
      ".key_ref: not supported: walq has no secret providers; a key that ends in _file does it",
    ],
  ];
  for (const [block, problem] of cases) {
    assert.equal(
      await problemsOf(`    tls_config: { ${block} }\n`),
      `3: remote_write[0].tls_config${problem}`,
    );
  }
});

test("proxies, with what goes with them", async () => {
  const proxyOf = async (block: string) => (await connectionOf(block))?.proxy;
  assert.deepEqual(
    await proxyOf(`    proxy_url: socks5h://a:b@proxy:1080
    no_proxy: 10.0.0.0/8,.example
    proxy_connect_header: { X-One: [a, 1], X-Two: [b] }
`),
    {
      url: "socks5h://a:b@proxy:1080",
      noProxy: "10.0.0.0/8,.example",
      fromEnvironment: false,
      connectHeaders: { "X-One": ["a", "1"], "X-Two": ["b"] },
    },
  );
  assert.deepEqual(await proxyOf("    proxy_from_environment: true\n"), {
    url: undefined,
    noProxy: undefined,
    fromEnvironment: true,
    connectHeaders: {},
  });
});

test("what is wrong with a proxy is told without its secrets", async () => {
  const url = "    proxy_url: http://proxy\n";
  const environment = "    proxy_from_environment: true\n";
  const header = "    proxy_connect_header: { X-A: [b] }\n";
  const cases: readonly (readonly [string, string])[] = [
    [
      "    proxy_url: ftp://hunter2@proxy\n",
      '3: remote_write[0].proxy_url: got a value that is not shown, expected a URL of the scheme http, https, socks5 or socks5h, such as "http://proxy:3128"',
    ],
    [
      url + environment,
      "3: remote_write[0].proxy_url: given together with proxy_from_environment, expected one of them",
    ],
    ["    no_proxy: a\n", "3: remote_write[0].no_proxy: given without proxy_url"],
    [
      `    no_proxy: a\n${environment}`,
      "3: remote_write[0].no_proxy: given together with proxy_from_environment, which takes NO_PROXY",
    ],
    [
      header,
      "3: remote_write[0].proxy_connect_header: given without proxy_url or proxy_from_environment",
    ],
    [
      `${url}    proxy_connect_header: { X-A: hunter2 }\n`,
      "4: remote_write[0].proxy_connect_header.X-A: got a value that is not shown, expected a list of values",
    ],
    [
      `${url}    proxy_connect_header: { Host: [hunter2] }\n`,
      "4: remote_write[0].proxy_connect_header: the name at position 1: reserved: walq, remote write or HTTP sets this header",
    ],
    [
      "    follow_redirects: hunter2\n",
      '3: remote_write[0].follow_redirects: got "hunter2", expected true or false',
    ],
  ];
  for (const [block, problem] of cases) assert.equal(await problemsOf(block), problem);
});

test("redirects are followed unless the file says otherwise", async () => {
  for (const [block, expected] of [["", true], ["    follow_redirects: false\n", false]] as const) {
    const { resolved: { endpoints: [endpoint] } } = await parse(block);
    assert.equal(endpoint!.followRedirects, expected);
  }
});

test("the examples of docs/connections.md load", async () => {
  const page = readFileSync("docs/connections.md", "utf8");
  const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, example = ""]) => example);
  assert.ok(examples.length > 0);
  for (const example of examples) {
    const { remarks } = await parseText(example, { PROXY_PASSWORD: "hunter2" });
    assert.deepEqual(remarks, []);
  }
});
