/**
 * Who walq is, before real servers over real sockets: OAuth 2.0, SigV4 and Azure, with
 * secrets that are rotated while data flows. Nothing is lost, and no secret is seen.
 */
import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { after, before, beforeEach, describe, it } from "node:test";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../src/contracts.ts";
import type { EndpointOptions } from "../../src/options.ts";
import { defaultPlatform, Queue } from "../../src/default_queue.ts";
import { makeKey, verifyJwt } from "../auth/keys.ts";
import { whyRefused } from "../auth/aws/verify.ts";
import { readQuestion } from "../auth/token_server.ts";
import { EndpointDouble } from "../support/endpoint_double.ts";
import { MemoryLogger } from "../support/memory_logger.ts";
import { EndpointServer, type SeenRequest } from "./endpoint_server.ts";

const ID = "00000000-1111-2222-3333-444444444444";
const HOUR_SECONDS = 3_600;

describe("credentials over sockets", () => {
  const server = new EndpointServer();
  let directory: string;
  let endpoint: EndpointDouble;
  let logger: MemoryLogger;
  let shown: string[];
  /** Every secret that has been used, in any form. */
  let secrets: Set<string>;
  /** Says why the endpoint refuses a request, if it does. */
  let whyNot: (request: Received) => Promise<string | undefined> | string | undefined;
  /** Requests that it refused. */
  let refused: number;
  let write: string;

  before(async () => {
    await server.open();
    write = server.at("/api/v1/write", (response, seen) => void receive(response, seen));
  });
  after(() => server.close());
  beforeEach(async () => {
    directory = await mkdtemp(`${tmpdir()}/walq-credentials-`);
    endpoint = new EndpointDouble();
    logger = new MemoryLogger();
    shown = [];
    secrets = new Set();
    refused = 0;
  });

  async function receive(response: ServerResponse, { message, body }: SeenRequest): Promise<void> {
    const headers = headersOf(message);
    const why = await whyNot({ method: "POST", url: write, headers, body });
    if (why !== undefined) {
      refused++;
      // As the worst of them do: what was sent is in the answer, before all that may be cut off.
      const { authorization, "x-amz-security-token": session = "", "x-tenant": tenant = "" } =
        headers;
      response.writeHead(401).end(`${why}: ${tenant} ${session} ${authorization}`);
      return;
    }
    const request: HttpRequest = { method: "POST", url: write, headers, body, answerBytesMax: 0 };
    response.writeHead((await endpoint.script(request)).status).end();
  }

  /** Puts a secret into a file, as a whole. */
  async function putSecret(name: string, secret: string): Promise<string> {
    secrets.add(secret);
    const path = `${directory}/${name}`;
    await writeFile(`${path}.new`, `${secret}\n`);
    await rename(`${path}.new`, path);
    return path;
  }

  /** A queue that sends what `load` appends, until all of it has come. */
  async function run(
    options: Partial<EndpointOptions>,
    load: (put: () => Promise<void>) => Promise<void>,
    { env = {}, elsewhere = {}, aheadMs = 0 }: {
      /** How far the clock of the host is ahead. */
      readonly aheadMs?: number;
      readonly env?: Readonly<Record<string, string>>;
      /** Which servers stand in for others, by their origins. */
      readonly elsewhere?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<void> {
    const platform = await defaultPlatform();
    const queue = await Queue.open({
      dataPath: `${directory}/data`,
      endpoints: [{
        name: "one",
        url: write,
        parallelism: 3,
        flushInterval: "10ms",
        retryBackoff: "10ms",
        ...options,
      }],
    }, {
      platform: {
        ...platform,
        http: redirected(platform.http, elsewhere),
        env: (name) => env[name],
        clock: {
          nowMs: () => platform.clock.nowMs() + aheadMs,
          monotonicMs: () => platform.clock.monotonicMs(),
          after: (...timer) => platform.clock.after(...timer),
        },
      },
      logger,
    });
    let put = 0;
    try {
      await load(async () => {
        const appender = queue.appender();
        appender.append({ __name__: `s${put % 5}` }, Date.now(), put++);
        await appender.commit({ durable: true });
        shown.push(JSON.stringify(queue.stats()));
      });
      await queue.close({ graceMs: 60_000 });
      shown.push(JSON.stringify(queue.stats()), ...logger.lines);
      const values = new Set(endpoint.arrivals.map(({ valueBits }) => valueBits));
      assert.equal(values.size, put, "what was appended has not all come");
      const { droppedTotal } = queue.stats().endpoints[0]!;
      assert.deepEqual([...new Set(Object.values(droppedTotal))], [0]);
      for (const secret of secrets) {
        for (const text of shown) assert.ok(!text.includes(secret), `${secret} in ${text}`);
      }
    } finally {
      await queue.close();
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** Appends until something is so. */
  async function until(isSo: () => boolean, put: () => Promise<void>): Promise<void> {
    while (!isSo()) {
      await put();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  const arrived = (): number => endpoint.arrivals.length;

  it("goes on with what a token file holds now", async () => {
    let wanted = "t0ken-first";
    whyNot = ({ headers }) =>
      headers["authorization"] === `Custom ${wanted}` ? undefined : "wrong token";
    const bearerTokenFile = await putSecret("token", wanted);
    await run({ bearerTokenFile, authorizationType: "Custom" }, async (put) => {
      for (const next of ["t0ken-second", "t0ken-third"]) {
        const before = arrived();
        await until(() => arrived() > before, put);
        wanted = next;
        // The endpoint goes first, and refuses what comes with the old one.
        const refusedBefore = refused;
        await until(() => refused > refusedBefore, put);
        await putSecret("token", next);
      }
      const before = arrived();
      await until(() => arrived() > before, put);
    });
  });

  it("gets tokens by OAuth 2.0, and new ones when the client's secret is rotated", async () => {
    let secret = "cl1ent-s3cret-old";
    let good: string | undefined;
    let issued = 0;
    const tokenUrl = server.at("/oauth2/token", (response, { message, body }) => {
      const { basic, form } = readQuestion(message.headers, new TextDecoder().decode(body));
      if (basic !== `walq:${secret}` || form["scope"] !== "metrics") {
        response.writeHead(401).end(JSON.stringify({ error: "invalid_client", basic }));
        return;
      }
      good = `t0ken-number-${++issued}`;
      secrets.add(good);
      const answer = { access_token: good, token_type: "Bearer", expires_in: HOUR_SECONDS };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
    whyNot = ({ headers }) =>
      headers["authorization"] === `Bearer ${good}` ? undefined : "unknown token";
    const clientSecretFile = await putSecret("client", secret);
    const oauth2 = { clientId: "walq", clientSecretFile, tokenUrl, scopes: ["metrics"] };
    await run({ oauth2 }, async (put) => {
      await until(() => arrived() > 0, put);
      assert.equal(issued, 1);
      secret = "cl1ent-s3cret-new";
      good = undefined;
      const refusedBefore = refused;
      await until(() => refused > refusedBefore, put);
      await putSecret("client", secret);
      const before = arrived();
      await until(() => arrived() > before, put);
      assert.equal(good, `t0ken-number-${issued}`);
    });
  });

  it("gets tokens for assertions that its key signs", async () => {
    const key = await makeKey();
    const path = await putSecret("key", key.pkcs8.trim());
    for (const line of key.pkcs8.split("\n").slice(1, -2)) secrets.add(line);
    const tokenUrl = server.at("/jwt/token", (response, { body }) => {
      const { form } = readQuestion({}, new TextDecoder().decode(body));
      secrets.add(form["assertion"]!);
      void verifyJwt(form["assertion"]!, key.publicKey).then(({ claims }) => {
        assert.deepEqual([claims["iss"], claims["aud"]], ["walq", tokenUrl]);
        const answer = { access_token: "t0ken-for-jwt", token_type: "Bearer", expires_in: 60 };
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
      });
    });
    secrets.add("t0ken-for-jwt");
    whyNot = ({ headers }) =>
      headers["authorization"] === "Bearer t0ken-for-jwt" ? undefined : "unknown token";
    const oauth2 = {
      clientId: "walq",
      clientCertificateKeyFile: path,
      grantType: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      tokenUrl,
    } as const;
    await run({ oauth2 }, (put) => until(() => arrived() > 0, put));
  });

  it("signs by SigV4 with keys of the virtual machine, which end and are got again", async () => {
    const keys = new Map<string, Keys>();
    server.at("/latest/api/token", (response, { message }) => {
      response.writeHead(message.method === "PUT" ? 200 : 405).end("imds-t0ken");
    });
    server.at("/latest/meta-data/iam/security-credentials/", (response) => {
      response.writeHead(200).end("role");
    });
    server.at("/latest/meta-data/iam/security-credentials/role", (response, { message }) => {
      if (message.headers["x-aws-ec2-metadata-token"] !== "imds-t0ken") {
        response.writeHead(401).end();
        return;
      }
      const made = makeKeys(keys, secrets);
      response.writeHead(200).end(JSON.stringify({
        Code: "Success",
        AccessKeyId: made.accessKeyId,
        SecretAccessKey: made.secretAccessKey,
        Token: made.sessionToken,
        // By the second, as it is compared with the Date of the answer.
        Expiration: new Date(Math.floor(Date.now() / 1000) * 1000 + 3_000).toISOString(),
      }));
    });
    secrets.add("imds-t0ken");
    const used = new Set<string>();
    whyNot = (request) => verified(request, keys, used);
    const env = { AWS_REGION: "eu-central-1", AWS_EC2_METADATA_SERVICE_ENDPOINT: server.origin };
    await run({ sigv4: {} }, async (put) => {
      await until(() => used.size > 1, put);
    }, { env });
    assert.equal(refused, 0);
  });

  it("signs by SigV4 for a role, with the keys of a file that is rotated", async () => {
    const keys = new Map<string, Keys>();
    const roles = new Map<string, Keys>();
    const used = new Set<string>();
    server.at("/sts", (response, { message, body }) => {
      const url = `${server.origin}/sts`;
      const headers = headersOf(message);
      const request = { method: "POST", url, headers, body };
      void verified(request, keys, new Set(), "sts").then((why) => {
        if (why !== undefined) return response.writeHead(403).end(`<Message>${why}</Message>`);
        const made = makeKeys(roles, secrets);
        response.writeHead(200).end(`<Credentials>
          <AccessKeyId>${made.accessKeyId}</AccessKeyId>
          <SecretAccessKey>${made.secretAccessKey}</SecretAccessKey>
          <SessionToken>${made.sessionToken}</SessionToken>
          <Expiration>${new Date(Date.now() + 3_000).toISOString()}</Expiration></Credentials>`);
      });
    });
    whyNot = (request) => verified(request, roles, used);
    const putKeys = async (): Promise<string> => {
      keys.clear();
      const { accessKeyId, secretAccessKey, sessionToken } = makeKeys(keys, secrets);
      const path = await putSecret(
        "credentials",
        `[edge]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n` +
          `aws_session_token=${sessionToken}`,
      );
      return path;
    };
    const env = {
      AWS_SHARED_CREDENTIALS_FILE: await putKeys(),
      AWS_ENDPOINT_URL_STS: `${server.origin}/sts`,
    };
    const sigv4 = { region: "eu-central-1", profile: "edge", roleArn: "arn:aws:iam::1:role/x" };
    await run({ sigv4, httpHeaders: { "X-Tenant": { secrets: ["t3nant-x"] } } }, async (put) => {
      secrets.add("t3nant-x");
      await until(() => used.size > 0, put);
      await putKeys();
      await until(() => used.size > 1, put);
    }, { env });
  });

  it("signs by SigV4 though the clock of the host is an hour off, when the endpoint has said so", async () => {
    const keys = new Map<string, Keys>();
    const { accessKeyId: accessKey, secretAccessKey: secretKey } = makeKeys(keys, secrets);
    keys.set(accessKey, { ...keys.get(accessKey)!, sessionToken: undefined });
    whyNot = (request) => verified(request, keys, new Set());
    for (const aheadMs of [3_600_000, -3_600_000]) {
      endpoint = new EndpointDouble();
      refused = 0;
      const sigv4 = { region: "eu-central-1", accessKey, secretKey };
      await run({ sigv4 }, (put) => until(() => arrived() > 0, put), { aheadMs });
      assert.ok(refused > 0);
    }
  });

  it("gets tokens of Azure AD from the host and from the login", async () => {
    const good = new Set<string>();
    const issue = (response: ServerResponse): void => {
      const token = `azure-t0ken-${good.size}`;
      good.add(`Bearer ${token}`);
      secrets.add(token);
      const answer = { access_token: token, token_type: "Bearer", expires_in: "86399" };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    };
    const query = `api-version=2018-02-01&resource=${
      encodeURIComponent("https://monitor.azure.com/")
    }&client_id=${ID}`;
    server.at(`/metadata/identity/oauth2/token?${query}`, (response, { message }) => {
      if (message.headers["metadata"] === "true") issue(response);
      else response.writeHead(400).end();
    });
    server.at("/tenant/oauth2/v2.0/token", (response, { body }) => {
      const { form } = readQuestion({}, new TextDecoder().decode(body));
      const proof = form["client_secret"] ?? form["client_assertion"] ?? "";
      if (secrets.has(proof) && form["client_id"] === ID) issue(response);
      else response.writeHead(401).end(JSON.stringify({ error: "invalid_client", proof }));
    });
    whyNot = ({ headers }) => good.has(headers["authorization"]!) ? undefined : "unknown token";
    secrets.add("azure-s3cret");
    const tokenFilePath = await putSecret("kubernetes", "jwt-of-kubernetes");
    const client = { clientId: ID, tenantId: "tenant" };
    const elsewhere = {
      "http://169.254.169.254": server.origin,
      "https://login.microsoftonline.com": server.origin,
    };
    for (
      const way of [
        { workloadIdentity: { ...client, tokenFilePath } },
        { oauth: { ...client, clientSecret: "azure-s3cret" } },
        { managedIdentity: { clientId: ID } },
      ]
    ) {
      endpoint = new EndpointDouble();
      await run({ azuread: way }, (put) => until(() => arrived() > 0, put), { elsewhere });
    }
    assert.equal(good.size, 3);
  });
});

/** A request as the endpoint got it. */
interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

function makeKeys(known: Map<string, Keys>, secrets: Set<string>): Keys {
  const id = `ASIA${crypto.randomUUID().slice(0, 8)}`;
  const keys = {
    accessKeyId: id,
    secretAccessKey: `${crypto.randomUUID()}/s3cret+`,
    sessionToken: `${crypto.randomUUID()}-session==`,
  };
  known.set(id, keys);
  secrets.add(keys.secretAccessKey).add(`${keys.sessionToken}`);
  return keys;
}

async function verified(
  request: Received,
  known: ReadonlyMap<string, Keys>,
  used: Set<string>,
  service: string = "aps",
): Promise<string | undefined> {
  const id = /Credential=([^/]+)/.exec(request.headers["authorization"] ?? "")?.[1] ?? "";
  const keys = known.get(id);
  if (keys === undefined) return "unknown key";
  const scope = { region: "eu-central-1", service, nowMs: Date.now() };
  const why = await whyRefused(request, keys, scope);
  if (why === undefined) used.add(id);
  return why;
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** The client, with some servers in the place of others: those of clouds are not on this host. */
function redirected(http: HttpClient, elsewhere: Readonly<Record<string, string>>): HttpClient {
  return {
    exchange: (request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> => {
      const { origin } = new URL(request.url);
      const url = request.url.replace(origin, elsewhere[origin] ?? origin);
      return http.exchange({ ...request, url }, signal);
    },
    close: () => http.close(),
  };
}
