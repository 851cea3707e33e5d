import * as oauth from "oauth4webapi";
import type { HttpAnswer } from "../contracts.ts";
import type { AssertionOptions, OAuth2Identity } from "../credentials.ts";
import { messageOf } from "../errors.ts";
import {
  ask,
  type AskDependencies,
  AskError,
  objectOf,
  type Question,
  wrongAnswer,
} from "./ask.ts";
import { importPrivateKey } from "./private_key.ts";
import type { Lease } from "./renewable.ts";
import type { ObtainToken } from "./token_credential.ts";

/** As long as Prometheus's. */
const ASSERTION_SECONDS = 10 * 60;

/** A request for a token, whatever grant it is for. */
export interface TokenRequest {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly authentication: oauth.ClientAuth;
  readonly grantType: string;
  readonly params: Readonly<Record<string, string>>;
  /** What nobody may see of it. */
  readonly secrets: readonly string[];
}

/** Asks for a token of OAuth 2.0 (RFC 6749, section 4.4, and RFC 7523, section 2.1). */
export function oauth2Tokens(identity: OAuth2Identity, dependencies: AskDependencies): ObtainToken {
  return identity.assertion === undefined
    ? clientCredentials(identity, dependencies)
    : jwtBearer(identity, identity.assertion, dependencies);
}

/**
 * Servers want the client's secret in the Authorization header or among the parameters,
 * and not all take both: the first, which the specification prefers, is tried first, and
 * what works is remembered, as in Go's client and so in Prometheus.
 */
function clientCredentials(identity: OAuth2Identity, dependencies: AskDependencies): ObtainToken {
  const { tokenUrl, clientId, scopes, endpointParams } = identity;
  let works: ((secret: string) => oauth.ClientAuth) | undefined;
  return async ([secret = ""], signal) => {
    const request = (authentication: oauth.ClientAuth): Promise<Lease<string>> =>
      requestToken(
        {
          tokenUrl,
          clientId,
          authentication,
          grantType: "client_credentials",
          params: { ...scopeOf(scopes), ...endpointParams },
          secrets: [secret, ...Object.values(endpointParams)],
        },
        dependencies,
        signal,
      );
    if (secret === "") return await request(oauth.None());
    if (works !== undefined) return await request(works(secret));
    try {
      const lease = await request(oauth.ClientSecretBasic(secret));
      works = oauth.ClientSecretBasic;
      return lease;
    } catch (error) {
      if (!(error instanceof AskError) || !isRefusal(error.status)) throw error;
    }
    const lease = await request(oauth.ClientSecretPost(secret));
    works = oauth.ClientSecretPost;
    return lease;
  };
}

function isRefusal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500 && status !== 429;
}

/** The assertion says who asks: nothing else does. */
function jwtBearer(
  { tokenUrl, clientId, scopes, endpointParams }: OAuth2Identity,
  options: AssertionOptions,
  dependencies: AskDependencies,
): ObtainToken {
  return async ([pem = ""], signal) => {
    const key = await importPrivateKey(pem, options.algorithm);
    const seconds = Math.floor(dependencies.clock.nowMs() / 1000);
    const claims = {
      iss: options.issuer,
      sub: clientId,
      jti: crypto.randomUUID(),
      aud: options.audience,
      iat: seconds,
      exp: seconds + ASSERTION_SECONDS,
      ...scopeOf(scopes),
      ...options.claims,
    };
    const assertion = await signAssertion(key, options.keyId, claims);
    return await requestToken(
      {
        tokenUrl,
        clientId,
        authentication: () => {},
        grantType: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        params: { assertion, ...endpointParams },
        secrets: [assertion, ...pem.split("\n"), ...Object.values(endpointParams)],
      },
      dependencies,
      signal,
    );
  };
}

/** Signs a JWT as the library signs those by which a client says who it is. */
async function signAssertion(
  key: CryptoKey,
  keyId: string | undefined,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  // By Deno's types no key is one for the library.
  const own = key as oauth.CryptoKey;
  const kid = keyId === undefined ? {} : { kid: keyId };
  const authentication = oauth.PrivateKeyJwt({ key: own, ...kid }, {
    [oauth.modifyAssertion]: (header, payload) => {
      header["typ"] = "JWT";
      for (const name of Object.keys(payload)) delete payload[name];
      Object.assign(payload, claims);
    },
  });
  const body = new URLSearchParams();
  await authentication({ issuer: "" }, { client_id: "" }, body, new Headers());
  return body.get("client_assertion")!;
}

function scopeOf(scopes: readonly string[]): { scope?: string } {
  return scopes.length === 0 ? {} : { scope: scopes.join(" ") };
}

/**
 * Asks once for a token.
 *
 * @throws {AskError} that says what was asked and what the answer was.
 */
export async function requestToken(
  { tokenUrl, clientId, authentication, grantType, params, secrets }: TokenRequest,
  dependencies: AskDependencies,
  signal: AbortSignal,
): Promise<Lease<string>> {
  const server = { issuer: tokenUrl, token_endpoint: tokenUrl };
  const client = { client_id: clientId };
  let fail: (error: unknown) => unknown = (error) => error;
  const response = await oauth.genericTokenEndpointRequest(
    server,
    client,
    authentication,
    grantType,
    params,
    {
      // Whether the connection is safe is for the URL to say, as for the endpoint's own.
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: async (url, { headers, body }) => {
        const question: Question = {
          what: "a token",
          method: "POST",
          url,
          headers,
          body: new TextEncoder().encode(String(body)),
          secrets,
        };
        const answer = await ask(question, dependencies, signal);
        fail = (error) => wrongAnswer(question, answer, messageOf(error));
        return readable(isForm(answer) ? formOf(answer) : objectOf(question, answer));
      },
    },
  );
  try {
    const token = await oauth.processGenericTokenEndpointResponse(server, client, response);
    const seconds = token.expires_in ?? 0;
    return {
      value: token.access_token,
      // Prometheus takes 0 for "not said", too.
      lifetimeMs: seconds > 0 ? seconds * 1000 : undefined,
    };
  } catch (error) {
    throw fail(error);
  }
}

/** Drafts of the specification had answers in this form, which Go's client reads too. */
function isForm({ header }: HttpAnswer): boolean {
  const [type = ""] = (header("content-type") ?? "").split(";", 1);
  return type.trim().toLowerCase() === "application/x-www-form-urlencoded";
}

function formOf({ text }: HttpAnswer): Record<string, unknown> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** What there has to be in an answer, without what would only be a reason to refuse it. */
function readable({ access_token, token_type, expires_in }: Record<string, unknown>): Response {
  // Some leave the type out; there is only one that is used.
  const type = token_type || "Bearer";
  // Who says less than nothing says nothing of its end.
  const seconds = Number(expires_in) < 0 ? 0 : expires_in ?? 0;
  return Response.json({ access_token, token_type: type, expires_in: seconds });
}
