/** Where keys of AWS come from. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { findIdentity } from "../../../src/auth/aws/chain.ts";
import { AwsSigner } from "../../../src/auth/aws/signer.ts";
import { stsUrl } from "../../../src/auth/aws/sts.ts";
import type { HttpAnswer, HttpRequest } from "../../../src/contracts.ts";
import type { SigV4Identity } from "../../../src/credentials.ts";
import { resolveOptions } from "../../../src/options.ts";
import { makeAnswer, MemoryPlatform } from "../../../src/testing/memory.ts";
import { whyRefused } from "./verify.ts";

const INSTANCE = "http://169.254.169.254";
const ROLES = `${INSTANCE}/latest/meta-data/iam/security-credentials/`;
const { signal } = new AbortController();
const HOUR_MS = 3_600_000;

/** What a request was, and what is answered to it. */
type Answers = Readonly<
  Record<string, (request: HttpRequest, form: URLSearchParams) => HttpAnswer>
>;

/** A host with files, variables and services. */
class Host {
  readonly platform = new MemoryPlatform();
  readonly asked: string[] = [];

  constructor(
    { files = {}, env = {}, answers = {} }: {
      readonly files?: Readonly<Record<string, string>>;
      readonly env?: Readonly<Record<string, string>>;
      readonly answers?: Answers;
    },
  ) {
    const { variables, http } = this.platform;
    variables.set("HOME", "/home/me");
    for (const [name, value] of Object.entries(env)) variables.set(name, value);
    for (const [path, text] of Object.entries(files)) {
      this.platform.files.plant(path, new TextEncoder().encode(text));
    }
    http.script = (request) => {
      const key = `${request.method} ${request.url}`;
      this.asked.push(key);
      const form = new URLSearchParams(new TextDecoder().decode(request.body));
      return answers[key]?.(request, form) ?? makeAnswer(404, "nothing here");
    };
  }

  async find(sigv4: Record<string, unknown> = {}) {
    const { files, env, clock, http } = this.platform;
    const nowMs = () => clock.nowMs();
    const dependencies = { files, env, clock, http, nowMs, signer: new AwsSigner() };
    return await findIdentity(identityOf(sigv4), dependencies, signal);
  }

  /** A time so far from now, as AWS writes it. */
  in(ms: number): string {
    return new Date(this.platform.clock.nowMs() + ms).toISOString();
  }
}

function identityOf(sigv4: Record<string, unknown>): SigV4Identity {
  const endpoints = [{ name: "one", url: "http://one/", sigv4 }];
  const [endpoint] = resolveOptions({ dataPath: "d", endpoints }).endpoints;
  return endpoint!.credentials.identity as SigV4Identity;
}

const keysOf = (accessKeyId: string, sessionToken?: string) => ({
  accessKeyId,
  secretAccessKey: `${accessKeyId}-s3cret`,
  sessionToken,
});
const json = (id: string, expiration: string): HttpAnswer =>
  makeAnswer(
    200,
    JSON.stringify({
      Code: "Success",
      AccessKeyId: id,
      SecretAccessKey: `${id}-s3cret`,
      Token: `${id}-session`,
      Expiration: expiration,
    }),
  );
const xml = (id: string, expiration: string): HttpAnswer =>
  makeAnswer(
    200,
    `<AssumeRoleResponse><AssumeRoleResult><Credentials>
      <AccessKeyId>${id}</AccessKeyId><SecretAccessKey>${id}-s3cret</SecretAccessKey>
      <SessionToken>${id}-session</SessionToken><Expiration>${expiration}</Expiration>
    </Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  );

const ENV = {
  AWS_ACCESS_KEY_ID: "ENV",
  AWS_SECRET_ACCESS_KEY: "ENV-s3cret",
  AWS_REGION: "eu-west-1",
};
const FILES = {
  "/home/me/.aws/credentials": `
# of old
[default]
aws_access_key_id = FILE
aws_secret_access_key = FILE-s3cret  ; and so on
[other]
aws_access_key_id=OTHER
aws_secret_access_key=OTHER-s3cret
aws_session_token=OTHER-session
`,
  "/home/me/.aws/config": `
[default]
region = eu-north-1
s3 =
  region = no-such-1
[profile other]
region = ap-south-1
[profile taken]
role_arn = arn:aws:iam::1:role/taken
source_profile = other
external_id = ext
role_session_name = me
region = us-east-2
[profile circle]
role_arn = arn:aws:iam::1:role/circle
source_profile = circle2
[profile circle2]
role_arn = arn:aws:iam::1:role/circle
source_profile = circle
[profile process]
credential_process = /bin/keys
`,
};

test("keys and a region in the options are all that is needed: nothing else is looked at", async () => {
  const host = new Host({ env: ENV, files: FILES });
  const { counts } = host.platform.files;
  assert.deepEqual(
    await host.find({ region: "r", accessKey: "GIVEN", secretKey: "GIVEN-s3cret" }),
    { value: { keys: keysOf("GIVEN"), region: "r" }, lifetimeMs: undefined },
  );
  assert.deepEqual([counts.read, host.asked], [0, []]);
});

test("the environment comes before the files, and a profile that is named before it", async () => {
  const host = new Host({ env: { ...ENV, AWS_SESSION_TOKEN: "ENV-session" }, files: FILES });
  const { value } = await host.find();
  assert.deepEqual(value, { keys: keysOf("ENV", "ENV-session"), region: "eu-west-1" });
  const named = await host.find({ profile: "other" });
  assert.deepEqual(named.value.keys, keysOf("OTHER", "OTHER-session"));
  // It may be another one at any time.
  assert.equal(named.recheckMs, 1_000);
});

test("the profile has keys and region, in the files that the environment names", async () => {
  const host = new Host({ files: FILES });
  assert.deepEqual((await host.find()).value, { keys: keysOf("FILE"), region: "eu-north-1" });
  host.platform.variables.set("AWS_PROFILE", "other");
  assert.deepEqual((await host.find()).value, {
    keys: keysOf("OTHER", "OTHER-session"),
    region: "ap-south-1",
  });
  const files = { "/k": FILES["/home/me/.aws/credentials"] };
  const env = { AWS_SHARED_CREDENTIALS_FILE: "/k", AWS_DEFAULT_REGION: "r" };
  const moved = new Host({ files, env });
  assert.deepEqual((await moved.find()).value, { keys: keysOf("FILE"), region: "r" });
});

test("a web identity is changed for keys by STS, without a signature", async () => {
  const forms: Record<string, string>[] = [];
  const host: Host = new Host({
    files: { "/token": "jwt-of-kubernetes\n" },
    env: {
      AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
      AWS_ROLE_ARN: "arn:role",
      AWS_REGION: "eu-west-1",
    },
    answers: {
      "POST https://sts.eu-west-1.amazonaws.com/": ({ headers }, form) => {
        assert.equal(headers["authorization"], undefined);
        forms.push(Object.fromEntries(form));
        return xml("WEB", host.in(HOUR_MS));
      },
    },
  });
  assert.deepEqual(await host.find(), {
    value: { keys: keysOf("WEB", "WEB-session"), region: "eu-west-1" },
    lifetimeMs: HOUR_MS,
  });
  assert.deepEqual(forms, [{
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: "arn:role",
    RoleSessionName: `walq-${host.platform.clock.nowMs()}`,
    WebIdentityToken: "jwt-of-kubernetes",
  }]);
});

test("a role is taken by STS, with a signature that AWS takes", async () => {
  const url = "https://sts-fips.us-east-1.amazonaws.com/";
  const host: Host = new Host({
    env: ENV,
    answers: {
      [`POST ${url}`]: (request, form) => {
        seen.push({ request, form: Object.fromEntries(form) });
        return xml("ROLE", host.in(HOUR_MS));
      },
    },
  });
  const seen: { request: HttpRequest; form: Record<string, string> }[] = [];
  const role = { region: "us-east-1", roleArn: "arn:r", externalId: "ext" };
  const { value, lifetimeMs } = await host.find({ ...role, useFipsStsEndpoint: true });
  assert.deepEqual([value.keys, lifetimeMs], [keysOf("ROLE", "ROLE-session"), HOUR_MS]);
  const [{ request, form }] = seen as [typeof seen[0]];
  assert.deepEqual([form["Action"], form["RoleArn"], form["ExternalId"]], [
    "AssumeRole",
    "arn:r",
    "ext",
  ]);
  const nowMs = host.platform.clock.nowMs();
  const received = { ...request, body: request.body! };
  const scope = { region: "us-east-1", service: "sts", nowMs };
  assert.equal(await whyRefused(received, keysOf("ENV"), scope), undefined);
});

test("a profile may take a role with the keys of another", async () => {
  const host: Host = new Host({
    files: FILES,
    answers: {
      "POST https://sts.us-east-2.amazonaws.com/": (_request, form) => {
        assert.deepEqual(
          [form.get("RoleSessionName"), form.get("ExternalId"), form.get("RoleArn")],
          ["me", "ext", "arn:aws:iam::1:role/taken"],
        );
        return xml("TAKEN", host.in(HOUR_MS));
      },
    },
  });
  const { value } = await host.find({ profile: "taken" });
  assert.deepEqual(value.keys, keysOf("TAKEN", "TAKEN-session"));
});

test("a container asks where the environment says, with its token, and nobody else", async () => {
  const host: Host = new Host({
    env: { AWS_REGION: "r", AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/credentials/x" },
    answers: {
      "GET http://169.254.170.2/v2/credentials/x": () => json("ECS", host.in(HOUR_MS)),
    },
  });
  const { value, lifetimeMs } = await host.find();
  assert.deepEqual([value.keys, lifetimeMs], [keysOf("ECS", "ECS-session"), HOUR_MS]);

  const pod: Host = new Host({
    files: { "/token": "pod-token\n" },
    env: {
      AWS_REGION: "r",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials",
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/token",
    },
    answers: {
      "GET http://169.254.170.23/v1/credentials": ({ headers }) => {
        assert.equal(headers["authorization"], "pod-token");
        return json("POD", pod.in(HOUR_MS));
      },
    },
  });
  assert.deepEqual((await pod.find()).value.keys, keysOf("POD", "POD-session"));
  pod.platform.variables.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://evil.example/");
  await assert.rejects(pod.find(), /leads to another host without TLS: nothing is sent there/);
  assert.equal(pod.asked.length, 1);
});

test("a virtual machine asks for a token first, and then for the keys of its role", async () => {
  const host: Host = new Host({
    env: { AWS_REGION: "r" },
    answers: {
      [`PUT ${INSTANCE}/latest/api/token`]: ({ headers }) => {
        assert.equal(headers["x-aws-ec2-metadata-token-ttl-seconds"], "21600");
        return makeAnswer(200, "imds-token");
      },
      [`GET ${ROLES}`]: ({ headers }) =>
        makeAnswer(headers["x-aws-ec2-metadata-token"] === "imds-token" ? 200 : 401, "my-role\n"),
      [`GET ${ROLES}my-role`]: ({ headers }) =>
        headers["x-aws-ec2-metadata-token"] === "imds-token"
          ? json("EC2", host.in(6 * HOUR_MS))
          : makeAnswer(401),
    },
  });
  const { value, lifetimeMs } = await host.find();
  assert.deepEqual([value.keys, lifetimeMs], [keysOf("EC2", "EC2-session"), 6 * HOUR_MS]);
  assert.equal(host.asked.length, 3);
});

test("a virtual machine without the second version is asked by the first, unless that is switched off", async () => {
  const answersWith = (status: number, host: () => Host): Answers => ({
    [`PUT ${INSTANCE}/latest/api/token`]: () => makeAnswer(status),
    [`GET ${ROLES}`]: ({ headers }) =>
      makeAnswer(headers["x-aws-ec2-metadata-token"] === undefined ? 200 : 401, "my-role"),
    [`GET ${ROLES}my-role`]: () => json("EC2", host().in(HOUR_MS)),
  });
  const find = async (status: number, more: Readonly<Record<string, string>> = {}) => {
    const host: Host = new Host({
      env: { AWS_REGION: "r", ...more },
      answers: answersWith(status, () => host),
    });
    return await host.find().then(({ value }) => value.keys.accessKeyId, ({ message }) => message);
  };
  for (const status of [403, 404, 405]) assert.equal(await find(status), "EC2");
  for (const status of [400, 401, 500]) assert.match(await find(status), /api\/token: HTTP \d+$/);
  assert.match(await find(404, { AWS_EC2_METADATA_V1_DISABLED: "True" }), /api\/token: HTTP 404$/);
});

test("a virtual machine is asked by IPv6 where the environment says so", async () => {
  const host = new Host({
    env: { AWS_REGION: "r", AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: "IPv6" },
  });
  await assert.rejects(host.find(), /http:\/\/\[fd00:ec2::254\]\/latest\/api\/token/);
});

test("the environment's older names are looked at, too", async () => {
  const old = { AWS_ACCESS_KEY: "OLD", AWS_SECRET_KEY: "OLD-s3cret", AWS_REGION: "r" };
  const { value } = await new Host({ env: old }).find();
  assert.deepEqual(value.keys, keysOf("OLD"));
  const { value: newer } = await new Host({ env: { ...old, ...ENV } }).find();
  assert.deepEqual(newer.keys, keysOf("ENV"));
  const profile = { AWS_DEFAULT_PROFILE: "other", AWS_REGION: "r" };
  const { value: other } = await new Host({ files: FILES, env: profile }).find();
  assert.equal(other.keys.accessKeyId, "OTHER");
});

test("what STS escapes in its XML is read as it is meant, and STS is where the environment says", async () => {
  const env = { ...ENV, AWS_ENDPOINT_URL: "http://stack:4566" };
  const text = "<Credentials><AccessKeyId>&#65;&#x42;</AccessKeyId>" +
    "<SecretAccessKey>a&#43;b&#47;c&#x3D;&amp;lt;&unknown;&#x110000;</SecretAccessKey>" +
    "<SessionToken>t&#61;&#61;</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>";
  const host = new Host({
    env,
    answers: { "POST http://stack:4566": () => makeAnswer(200, `${text}</Credentials>`) },
  });
  const { value } = await host.find({ roleArn: "arn:r" });
  assert.deepEqual(value.keys, {
    accessKeyId: "AB",
    secretAccessKey: "a+b/c=&lt;&unknown;&#x110000;",
    sessionToken: "t==",
  });
});

test("a lifetime goes by the clock of who gave the keys out", async () => {
  const date = new Date(Date.UTC(2030, 0, 1));
  const host = new Host({
    env: { AWS_REGION: "r", AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/x" },
    answers: {
      "GET http://169.254.170.2/x": () => {
        const { text } = json("ECS", new Date(date.getTime() + HOUR_MS).toISOString());
        return makeAnswer(200, text, { date: date.toUTCString() });
      },
    },
  });
  assert.equal((await host.find()).lifetimeMs, HOUR_MS);
});

test("what is missing is told, with where it was looked for", async () => {
  const cases: [ConstructorParameters<typeof Host>[0], Record<string, unknown>, RegExp][] = [
    [{}, {}, /^sigv4 has no region: expected it in the options, in AWS_REGION or in the profile$/],
    [
      {},
      { region: "r" },
      /^there are no AWS keys in the environment, nor in the profile "default", nor of a container; and cannot get AWS keys from http:\/\/169\.254\.169\.254\/latest\/api\/token: HTTP 404: nothing here$/,
    ],
    [
      { env: { AWS_EC2_METADATA_DISABLED: "true" } },
      { region: "r" },
      /^there are no AWS keys: not/,
    ],
    [{ files: FILES }, { region: "r", profile: "no" }, /^there is no profile "no" in the files of/],
    [{ files: FILES }, { region: "r", profile: "circle" }, /leads to itself$/],
    [{ files: FILES }, { region: "r", profile: "process" }, /by credential_process, which walq/],
    [
      { files: FILES },
      { region: "r", profile: "taken" },
      /from https:\/\/sts\.r\.amazonaws\.com\//,
    ],
  ];
  for (const [options, sigv4, expected] of cases) {
    const host = new Host(options);
    await assert.rejects(host.find(sigv4), (error: Error) => {
      assert.match(error.message, expected);
      return true;
    });
  }
});

test("what STS echoes is not told", async () => {
  const host = new Host({
    env: ENV,
    answers: {
      "POST https://sts.eu-west-1.amazonaws.com/": ({ headers }) =>
        makeAnswer(403, `<Error>ENV-s3cret ENV ext-1 ${headers["authorization"]}</Error>`),
    },
  });
  await assert.rejects(host.find({ roleArn: "arn:r", externalId: "ext-1" }), (error: Error) => {
    assert.match(error.message, /HTTP 403: <Error><hidden> /);
    assert.doesNotMatch(error.message, /s3cret|ext-1|Signature=/);
    return true;
  });
});

test("STS is in the region's own partition", () => {
  const cases: [string, boolean, string][] = [
    ["eu-west-1", false, "https://sts.eu-west-1.amazonaws.com/"],
    ["eu-west-1", true, "https://sts-fips.eu-west-1.amazonaws.com/"],
    ["us-gov-west-1", true, "https://sts.us-gov-west-1.amazonaws.com/"],
    ["cn-north-1", false, "https://sts.cn-north-1.amazonaws.com.cn/"],
    ["eusc-de-east-1", false, "https://sts.eusc-de-east-1.amazonaws.eu/"],
    ["us-iso-east-1", false, "https://sts.us-iso-east-1.c2s.ic.gov/"],
  ];
  for (const [region, useFips, expected] of cases) {
    assert.equal(stsUrl(region, useFips), expected);
  }
});
