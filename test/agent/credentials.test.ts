/** Who walq is, in the file: what loads, and what is refused by key and line. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../src/agent/config/config.ts";
import { messageOf } from "../../src/errors.ts";
import { MemoryFileSystem } from "../../src/testing/memory_files.ts";
import { makeKey } from "../auth/keys.ts";
import { sourceOf } from "./support.ts";

const ID = "00000000-1111-2222-3333-444444444444";

/** An endpoint that has these lines. */
async function endpointOf(lines: string, files: Readonly<Record<string, string>> = {}) {
  const memory = new MemoryFileSystem();
  for (const [name, text] of Object.entries(files)) {
    memory.plant(`/etc/${name}`, new TextEncoder().encode(text));
  }
  const text = `remote_write:\n- url: http://a/\n  ${lines.trim().replaceAll("\n", "\n  ")}\n`;
  const { resolved } = await parseConfig(text, sourceOf(memory, "/etc/prometheus.yml"));
  return resolved.endpoints[0]!;
}

const identityOf = async (lines: string, files?: Readonly<Record<string, string>>) =>
  (await endpointOf(lines, files)).credentials.identity;

/** The lines of what is wrong, without the file's name; none when it loads. */
async function problemsOf(lines: string): Promise<string[]> {
  const wrong = await endpointOf(lines).then(() => "", messageOf);
  return wrong.split("\n").map((line) => line.replace("/etc/prometheus.yml:", ""));
}

test("oauth2 with all keys of Prometheus", async () => {
  const shared = {
    kind: "oauth2",
    clientId: "walq",
    tokenUrl: "https://login.example/token",
    scopes: ["a", "1"],
    endpointParams: { resource: "r", n: "1" },
  };
  const lines = `
oauth2:
  client_id: walq
  client_secret_file: secret
  scopes: [a, 1]
  token_url: https://login.example/token
  endpoint_params: { resource: r, n: 1 }
  tls_config: {}
`;
  const option = ["oauth2", "clientSecretFile"];
  assert.deepEqual(await identityOf(lines, { secret: "x" }), {
    ...shared,
    secret: { path: "/etc/secret", holds: "password", option },
    assertion: undefined,
  });
  const { pkcs8 } = await makeKey();
  const jwt = `${
    lines.replace("client_secret_file: secret", "client_certificate_key_file: key")
  }  grant_type: urn:ietf:params:oauth:grant-type:jwt-bearer
  client_certificate_key_id: kid
  signature_algorithm: RS512
  iss: me
  audience: you
  claims: { number: 1, list: [true], map: { a: b } }
`;
  assert.deepEqual(await identityOf(jwt, { key: pkcs8 }), {
    ...shared,
    secret: {
      path: "/etc/key",
      holds: "private key",
      option: ["oauth2", "clientCertificateKeyFile"],
    },
    assertion: {
      keyId: "kid",
      algorithm: "RS512",
      issuer: "me",
      audience: "you",
      claims: { number: 1, list: [true], map: { a: "b" } },
    },
  });
});

test("whoever gives out tokens is connected to by settings of its own", async () => {
  const { tokenConnection, connection } = await endpointOf(`
oauth2:
  client_id: walq
  token_url: https://login.example/token
  proxy_url: http://user:password@proxy:3128
  tls_config: { insecure_skip_verify: true, server_name: login }
`);
  assert.equal(connection, undefined);
  assert.equal(tokenConnection?.proxy?.url, "http://user:password@proxy:3128");
  assert.equal(tokenConnection?.tls?.serverName, "login");
});

test("what is wrong with oauth2 has its key and its line", async () => {
  const needed = "client_id: a, client_secret: b, token_url: 'http://b/'";
  const jwt = "grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer'";
  const cases: [string, string][] = [
    ["{}", "oauth2.client_id: missing, and there is no default"],
    ["{ client_id: a }", "oauth2.token_url: missing, and there is no default"],
    [`{ ${needed}, client_secret_file: c }`, "oauth2.client_secret_file: given together with"],
    [`{ ${needed}, client_secret_ref: c }`, "oauth2.client_secret_ref: not supported: walq has no"],
    [
      `{ ${needed}, client_certificate_key_ref: c }`,
      "oauth2.client_certificate_key_ref: not supported: walq has no secret providers",
    ],
    [`{ ${needed}, grant_type: password }`, 'oauth2.grant_type: got "password", expected'],
    [`{ ${needed}, signature_algorithm: ES256 }`, 'oauth2.signature_algorithm: got "ES256"'],
    [`{ ${needed}, ${jwt} }`, "oauth2.client_certificate_key: missing, expected it or client_"],
    [
      `{ ${needed}, ${jwt}, client_certificate_key: hunter2 }`,
      "oauth2.client_certificate_key: got a value that is not shown, expected a private key",
    ],
    [`{ ${needed}, proxy_url: "hunter2" }`, "oauth2.proxy_url: got a value that is not shown"],
    [`{ ${needed}, no_proxy: a }`, "oauth2.no_proxy: given without proxy_url"],
    [`{ ${needed}, tls_config: { ca_ref: a } }`, "oauth2.tls_config.ca_ref: not supported: walq"],
    [`{ ${needed}, tls_config: { cert: a } }`, "oauth2.tls_config.key: "],
    [`{ ${needed}, scopes: a }`, 'oauth2.scopes: got "a", expected a list of scopes'],
    [`{ ${needed}, claims: hunter2 }`, "oauth2.claims: got a value that is not shown, expected an"],
    [`{ ${needed}, endpoint_params: hunter2 }`, "oauth2.endpoint_params: got a value that is not"],
    [
      "{ client_id: a, token_url: 'http://u:hunter2@b/' }",
      'oauth2.token_url: got "http://...@b/", expected a URL without user name and password',
    ],
    ["{ client_id: a, token_url: 'ftp://b/' }", 'oauth2.token_url: got "ftp://b/", expected an'],
    [`{ ${needed}, user: c }`, "oauth2: unknown key at column"],
  ];
  for (const [block, expected] of cases) {
    const problems = await problemsOf(`oauth2: ${block}`);
    const start = `3: remote_write[0].${expected}`;
    assert.ok(problems.some((line) => line.startsWith(start)), `${block}: ${problems.join("\n")}`);
    assert.doesNotMatch(problems.join("\n"), /hunter2/);
  }
  assert.deepEqual(
    await problemsOf("oauth2: { client_id: a, client_secret_file: no, token_url: 'http://b/' }"),
    ['3: remote_write[0].oauth2.client_secret_file: cannot read the file "/etc/no": not found'],
  );
});

test("azuread in each way, and in each cloud", async () => {
  const azure = { kind: "azuread", cloud: "AzurePublic", scope: undefined };
  assert.deepEqual(await identityOf("azuread: { managed_identity: {} }"), {
    ...azure,
    way: { kind: "managed_identity", clientId: undefined },
  });
  assert.deepEqual(
    await identityOf(
      `azuread: { cloud: AzureChina, scope: s, managed_identity: { client_id: ${ID} } }`,
    ),
    {
      ...azure,
      cloud: "AzureChina",
      scope: "s",
      way: { kind: "managed_identity", clientId: ID },
    },
  );
  const client = `client_id: ${ID}, tenant_id: t.example`;
  assert.deepEqual(await identityOf(`azuread: { oauth: { ${client}, client_secret: s } }`), {
    ...azure,
    way: { kind: "oauth", clientId: ID, tenantId: "t.example", clientSecret: "s" },
  });
  const token = (path: string) => ({
    path,
    holds: "token",
    option: ["azuread", "workloadIdentity", "tokenFilePath"],
    isAwaited: true,
  });
  const way = { kind: "workload_identity", clientId: ID, tenantId: "t.example" };
  // The pod's token is not there on the host that checks the file.
  assert.deepEqual(await identityOf(`azuread: { workload_identity: { ${client} } }`), {
    ...azure,
    way: { ...way, token: token("/var/run/secrets/azure/tokens/azure-identity-token") },
  });
  assert.deepEqual(
    await identityOf(`azuread: { workload_identity: { ${client}, token_file_path: t } }`),
    { ...azure, way: { ...way, token: token("/etc/t") } },
  );
});

test("what is wrong with azuread has its key and its line", async () => {
  const client = `client_id: ${ID}, tenant_id: t`;
  const cases: [string, string][] = [
    ["{}", "azuread: expected one of managed_identity, workload_identity and oauth"],
    ["{ cloud: AzureMoon, managed_identity: {} }", 'azuread.cloud: got "AzureMoon", expected'],
    ["{ managed_identity: { client_id: x } }", 'azuread.managed_identity.client_id: got "x"'],
    ["{ oauth: {} }", "azuread.oauth.client_secret: missing, and there is no default"],
    [`{ oauth: { ${client}, client_secret: [hunter2] } }`, "azuread.oauth.client_secret: got a"],
    [`{ workload_identity: { client_id: ${ID} } }`, "azuread.workload_identity.tenant_id: missing"],
    [
      `{ workload_identity: { client_id: ${ID}, tenant_id: a/b } }`,
      'azuread.workload_identity.tenant_id: got "a/b", expected letters, digits',
    ],
    [
      `{ managed_identity: {}, workload_identity: { ${client} } }`,
      "azuread.workload_identity: given together with managed_identity, expected at most one",
    ],
    ["{ sdk: {} }", "azuread.sdk: not supported: walq has not the chain of Azure's SDK"],
    ["{ certificate: {} }", "azuread.certificate: not supported: walq signs no certificates'"],
  ];
  for (const [block, expected] of cases) {
    const problems = await problemsOf(`azuread: ${block}`);
    const start = `3: remote_write[0].${expected}`;
    assert.ok(problems.some((line) => line.startsWith(start)), `${block}: ${problems.join("\n")}`);
    assert.doesNotMatch(problems.join("\n"), /hunter2/);
  }
});

test("sigv4 with all keys of Prometheus, and with none", async () => {
  const none = {
    kind: "sigv4",
    region: undefined,
    accessKey: undefined,
    secretKey: undefined,
    profile: undefined,
    roleArn: undefined,
    externalId: undefined,
    useFipsStsEndpoint: false,
    serviceName: "aps",
  };
  assert.deepEqual(await identityOf("sigv4: {}"), none);
  // As in Prometheus, and so is every block: nothing behind it is no block.
  for (
    const name of ["sigv4", "azuread", "oauth2", "basic_auth", "authorization", "http_headers"]
  ) {
    assert.notEqual((await identityOf(`${name}:`) as { kind?: string })?.kind, "sigv4", name);
    assert.deepEqual(await identityOf(`${name}:`), await identityOf(""), name);
  }
  const lines = `
sigv4:
  region: eu-central-1
  access_key: AKID
  secret_key: s3cret
  profile: edge
  role_arn: arn:aws:iam::1:role/x
  external_id: ext
  use_fips_sts_endpoint: true
  service_name: aps-x
`;
  assert.deepEqual(await identityOf(lines), {
    kind: "sigv4",
    region: "eu-central-1",
    accessKey: "AKID",
    secretKey: "s3cret",
    profile: "edge",
    roleArn: "arn:aws:iam::1:role/x",
    externalId: "ext",
    useFipsStsEndpoint: true,
    serviceName: "aps-x",
  });
});

test("what is wrong with sigv4 has its key and its line", async () => {
  const cases: [string, string][] = [
    ["{ access_key: hunter2 }", "sigv4.secret_key: missing, expected it with access_key"],
    ["{ secret_key: hunter2 }", "sigv4.access_key: missing, expected it with secret_key"],
    ["{ external_id: hunter2 }", "sigv4.external_id: given without role_arn"],
    ["{ use_fips_sts_endpoint: hunter2 }", "sigv4.use_fips_sts_endpoint: got"],
    ["{ access_key: [hunter2], secret_key: a }", "sigv4.access_key: got a list, expected a text"],
    ["hunter2", "sigv4: got a single value, expected a map"],
    ["{ hunter2: a }", "sigv4: unknown key at column"],
  ];
  for (const [block, expected] of cases) {
    const problems = await problemsOf(`sigv4: ${block}`);
    const start = `3: remote_write[0].${expected}`;
    assert.ok(problems.some((line) => line.startsWith(start)), `${block}: ${problems.join("\n")}`);
    if (!block.includes("fips")) assert.doesNotMatch(problems.join("\n"), /hunter2/);
  }
});

test("of all ways to say who walq is a block uses one", async () => {
  const ways: Readonly<Record<string, string>> = {
    basic_auth: "{ username: a, password: b }",
    authorization: "{ credentials: a }",
    bearer_token: "a",
    oauth2: "{ client_id: a, token_url: 'http://b/' }",
    sigv4: "{}",
    azuread: "{ managed_identity: {} }",
  };
  const names = Object.keys(ways);
  for (const [index, first] of names.entries()) {
    assert.deepEqual(await problemsOf(`${first}: ${ways[first]}`), [""], first);
    for (const second of names.slice(index + 1)) {
      const [problem] = await problemsOf(
        `${first}: ${ways[first]}\n${second}: ${ways[second]}`,
      );
      assert.equal(
        problem,
        `2: remote_write[0]: has ${first} and ${second}, expected at most one of them`,
      );
    }
  }
  const [problem] = await problemsOf("google_iam: { credentials_file: a }");
  assert.match(problem!, /^3: remote_write\[0\]\.google_iam: not supported: Google Cloud takes/);
});
