/** What is asked of those who give out tokens: by JWT assertions, and in Azure. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { azureTokens } from "../../src/auth/azure.ts";
import { oauth2Tokens } from "../../src/auth/oauth2.ts";
import type { HttpRequest } from "../../src/contracts.ts";
import type { AzureIdentity, OAuth2Identity } from "../../src/credentials.ts";
import { resolveOptions } from "../../src/options.ts";
import { makeAnswer, ScriptedHttpClient, VirtualClock } from "../../src/testing/memory.ts";
import { makeKey, verifyJwt } from "./keys.ts";
import { readQuestion } from "./token_server.ts";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ID = "00000000-1111-2222-3333-444444444444";
const { signal } = new AbortController();

/** A client whose requests are kept, and answered with a token. */
function client(answer = '{"access_token":"t0ken","token_type":"Bearer","expires_in":"3599"}') {
  const requests: HttpRequest[] = [];
  const http = new ScriptedHttpClient((request) => {
    requests.push(request);
    return makeAnswer(200, answer);
  });
  const clock = new VirtualClock();
  const form = (at = 0) =>
    readQuestion(requests[at]!.headers, new TextDecoder().decode(requests[at]!.body)).form;
  return { http, clock, requests, form };
}

function identityOf<T>(endpoint: Record<string, unknown>): T {
  const options = { dataPath: "d", endpoints: [{ name: "o", url: "http://o/", ...endpoint }] };
  return resolveOptions(options).endpoints[0]!.credentials.identity as T;
}

for (
  const [form, algorithm, hash] of [
    ["pkcs8", "RS256", "SHA-256"],
    ["pkcs1", "RS384", "SHA-384"],
    ["pkcs8", "RS512", "SHA-512"],
  ] as const
) {
  test(`an assertion is signed by a key in ${form}, with ${algorithm}`, async () => {
    const key = await makeKey(hash);
    const dependencies = client();
    const identity = identityOf<OAuth2Identity>({
      oauth2: {
        clientId: "walq",
        tokenUrl: "http://login/token",
        grantType: JWT_BEARER,
        clientCertificateKey: key[form],
        clientCertificateKeyId: "kid-1",
        signatureAlgorithm: algorithm,
        scopes: ["a", "b"],
        claims: { sub: "somebody", nested: { a: [1] } },
        endpointParams: { resource: "r" },
      },
    });
    const lease = await oauth2Tokens(identity, dependencies)([key[form]], signal);
    assert.deepEqual(lease, { value: "t0ken", lifetimeMs: 3_599_000 });
    const { assertion, ...rest } = dependencies.form();
    assert.deepEqual(rest, { grant_type: JWT_BEARER, resource: "r" });
    const { head, claims } = await verifyJwt(assertion!, key.publicKey);
    assert.deepEqual(head, { alg: algorithm, kid: "kid-1", typ: "JWT" });
    const { jti, ...others } = claims;
    assert.match(String(jti), /^[0-9a-f-]{36}$/);
    const seconds = dependencies.clock.nowMs() / 1000;
    assert.deepEqual(others, {
      iss: "walq",
      sub: "somebody",
      aud: "http://login/token",
      iat: seconds,
      exp: seconds + 600,
      scope: "a b",
      nested: { a: [1] },
    });
  });
}

test("issuer and audience may be others, and an assertion without a key's name has none", async () => {
  const key = await makeKey();
  const dependencies = client();
  const identity = identityOf<OAuth2Identity>({
    oauth2: {
      clientId: "walq",
      tokenUrl: "http://login/token",
      grantType: JWT_BEARER,
      clientCertificateKey: key.pkcs8,
      iss: "me",
      audience: "you",
    },
  });
  await oauth2Tokens(identity, dependencies)([key.pkcs8], signal);
  const { head, claims } = await verifyJwt(dependencies.form()["assertion"]!, key.publicKey);
  assert.deepEqual(head, { alg: "RS256", typ: "JWT" });
  assert.deepEqual([claims["iss"], claims["sub"], claims["aud"]], ["me", "walq", "you"]);
});

test("a key that is none is told, and nothing of it", async () => {
  const identity = identityOf<OAuth2Identity>({
    oauth2: {
      clientId: "walq",
      tokenUrl: "http://login/token",
      grantType: JWT_BEARER,
      clientCertificateKeyFile: "/key",
    },
  });
  const pem = "-----BEGIN PRIVATE KEY-----\nczNjcmV0\n-----END PRIVATE KEY-----";
  await assert.rejects(
    oauth2Tokens(identity, client())([pem], signal),
    { message: "the private key cannot be used: expected an RSA key in PEM" },
  );
});

test("a managed identity asks the host", async () => {
  const dependencies = client('{"access_token":"t0ken","expires_in":"86399"}');
  const identity = identityOf<AzureIdentity>({ azuread: { managedIdentity: { clientId: ID } } });
  const lease = await azureTokens(identity, dependencies)([], signal);
  assert.deepEqual(lease, { value: "t0ken", lifetimeMs: 86_399_000 });
  const [{ method, url, headers }] = dependencies.requests as [HttpRequest];
  const resource = encodeURIComponent("https://monitor.azure.com/");
  assert.equal(
    url,
    "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01" +
      `&resource=${resource}&client_id=${ID}`,
  );
  assert.deepEqual([method, headers], ["GET", { metadata: "true" }]);
});

test("the host's own identity has no name, and the scope may be another", async () => {
  const dependencies = client('{"access_token":"t0ken"}');
  const azuread = { managedIdentity: {}, cloud: "AzureChina", scope: "api://x/.default" };
  const lease = await azureTokens(identityOf({ azuread }), dependencies)([], signal);
  assert.deepEqual(lease, { value: "t0ken", lifetimeMs: undefined });
  const { searchParams } = new URL(dependencies.requests[0]!.url);
  assert.deepEqual([searchParams.get("resource"), searchParams.has("client_id")], [
    "api://x",
    false,
  ]);
});

test("an application asks the login of its cloud, by its secret or by a token of Kubernetes", async () => {
  const clouds = [
    ["AzurePublic", "login.microsoftonline.com", "https://monitor.azure.com//.default"],
    ["AzureGovernment", "login.microsoftonline.us", "https://monitor.azure.us//.default"],
    ["AzureChina", "login.chinacloudapi.cn", "https://monitor.azure.cn//.default"],
  ];
  for (const [cloud, host, scope] of clouds) {
    const dependencies = client();
    const oauth = { clientId: ID, clientSecret: "s3cret", tenantId: "tenant.example" };
    const workloadIdentity = { clientId: ID, tenantId: "tenant.example" };
    const ask = (way: object, secret: string) =>
      azureTokens(identityOf({ azuread: { cloud, ...way } }), dependencies)([secret], signal);
    await ask({ oauth }, "s3cret");
    await ask({ workloadIdentity }, "jwt-of-kubernetes");
    const url = `https://${host}/tenant.example/oauth2/v2.0/token`;
    assert.deepEqual(dependencies.requests.map((request) => request.url), [url, url]);
    const form = { grant_type: "client_credentials", client_id: ID, scope };
    assert.deepEqual(dependencies.form(0), { ...form, client_secret: "s3cret" });
    assert.deepEqual(dependencies.form(1), {
      ...form,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: "jwt-of-kubernetes",
    });
  }
});

test("what the host or the login answers instead is told without secrets", async () => {
  const clock = new VirtualClock();
  const failing = (status: number, text: string) => ({
    clock,
    http: new ScriptedHttpClient(() => makeAnswer(status, text)),
  });
  const managed = identityOf<AzureIdentity>({ azuread: { managedIdentity: {} } });
  await assert.rejects(azureTokens(managed, failing(400, "Identity not found"))([], signal), {
    message: "cannot get a token from http://169.254.169.254/metadata/identity/oauth2/token?...: " +
      "HTTP 400: Identity not found",
  });
  await assert.rejects(
    azureTokens(managed, failing(200, "{}"))([], signal),
    /HTTP 200, but there is no access_token$/,
  );
  const oauth = { clientId: ID, clientSecret: "s3cret-x", tenantId: "t" };
  await assert.rejects(
    azureTokens(identityOf({ azuread: { oauth } }), failing(401, "not s3cret-x"))(
      ["s3cret-x"],
      signal,
    ),
    /HTTP 401: not <hidden>$/,
  );
  const silent = { clock, http: new ScriptedHttpClient(() => new Promise(() => {})) };
  const waiting = assert.rejects(
    azureTokens(managed, silent)([], signal),
    /no answer in 10000 ms$/,
  );
  await clock.advance(10_000);
  await waiting;
});

test("a token is taken from a form too, and one that says less than nothing of its end has none", async () => {
  const identity = identityOf<OAuth2Identity>({
    oauth2: { clientId: "walq", clientSecret: "hunter2", tokenUrl: "http://login/token" },
  });
  const form = "application/x-www-form-urlencoded; charset=utf-8";
  const cases: readonly (readonly [string, string, number | undefined])[] = [
    ["access_token=t0ken&token_type=bearer&expires_in=60", form, 60_000],
    ["access_token=t0ken", form, undefined],
    ['{"access_token":"t0ken","expires_in":-1}', "application/json", undefined],
    ['{"access_token":"t0ken","expires_in":"-1"}', "application/json", undefined],
  ];
  for (const [text, type, lifetimeMs] of cases) {
    const http = new ScriptedHttpClient(() => makeAnswer(200, text, { "content-type": type }));
    const dependencies = { http, clock: new VirtualClock() };
    const lease = await oauth2Tokens(identity, dependencies)(["hunter2"], signal);
    assert.deepEqual(lease, { value: "t0ken", lifetimeMs }, text);
  }
});

test("a token server that redirects is not followed, and where to is told without secrets", async () => {
  const identity = identityOf<OAuth2Identity>({
    oauth2: { clientId: "walq", clientSecret: "hunter2", tokenUrl: "http://login/token" },
  });
  const http = new ScriptedHttpClient(() =>
    makeAnswer(308, "", { location: "https://hunter2.login/oauth2/token?secret=hunter2" })
  );
  const dependencies = { http, clock: new VirtualClock() };
  await assert.rejects(
    oauth2Tokens(identity, dependencies)(["hunter2"], signal),
    (error: Error) => {
      const told =
        "HTTP 308: a redirect to https://<hidden>.login/oauth2/token?..., which is not followed";
      return error.message.endsWith(told) && !error.message.includes("hunter2");
    },
  );
  assert.equal(http.exchanges, 1);
});
