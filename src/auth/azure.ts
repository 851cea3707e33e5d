import * as oauth from "oauth4webapi";
import type { AzureCloud, AzureIdentity, AzureWay } from "../credentials.ts";
import { ask, type AskDependencies, objectOf, type Question, wrongAnswer } from "./ask.ts";
import { requestToken } from "./oauth2.ts";
import type { Lease } from "./renewable.ts";
import type { ObtainToken } from "./token_credential.ts";

/** Where a cloud gives out tokens, and what for: its Azure Monitor takes remote write. */
const CLOUDS: Readonly<Record<AzureCloud, { readonly login: string; readonly scope: string }>> = {
  AzurePublic: {
    login: "https://login.microsoftonline.com",
    scope: "https://monitor.azure.com//.default",
  },
  AzureGovernment: {
    login: "https://login.microsoftonline.us",
    scope: "https://monitor.azure.us//.default",
  },
  AzureChina: {
    login: "https://login.chinacloudapi.cn",
    scope: "https://monitor.azure.cn//.default",
  },
};

/** The instance metadata service of every virtual machine: of this host, and so without TLS. */
const INSTANCE_METADATA = "http://169.254.169.254/metadata/identity/oauth2/token";
const INSTANCE_METADATA_VERSION = "2018-02-01";
/** It is near, or not there. */
const INSTANCE_METADATA_TIMEOUT_MS = 10_000;
/** The end of a scope that stands for all that an application may do; a resource has none. */
const ALL = "/.default";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Asks for a token of Azure AD. */
export function azureTokens(identity: AzureIdentity, dependencies: AskDependencies): ObtainToken {
  const { way, cloud } = identity;
  const { login, scope: ofMonitor } = CLOUDS[cloud];
  const { scope = ofMonitor } = identity;
  if (way.kind === "managed_identity") {
    return (_secrets, signal) => askHost(way.clientId, scope, dependencies, signal);
  }
  const { clientId, tenantId } = way;
  return async ([secret = ""], signal) =>
    await requestToken(
      {
        tokenUrl: `${login}/${tenantId}/oauth2/v2.0/token`,
        clientId,
        authentication: authenticationOf(way, secret),
        grantType: "client_credentials",
        params: { scope },
        secrets: [secret],
      },
      dependencies,
      signal,
    );
}

function authenticationOf({ kind }: AzureWay, secret: string): oauth.ClientAuth {
  if (kind === "oauth") return oauth.ClientSecretPost(secret);
  // Somebody else has signed the assertion (RFC 7523, section 2.2).
  return (_server, client, body) => {
    body.set("client_id", client.client_id);
    body.set("client_assertion_type", ASSERTION_TYPE);
    body.set("client_assertion", secret);
  };
}

async function askHost(
  clientId: string | undefined,
  scope: string,
  dependencies: AskDependencies,
  signal: AbortSignal,
): Promise<Lease<string>> {
  const query = new URLSearchParams({
    "api-version": INSTANCE_METADATA_VERSION,
    resource: scope.endsWith(ALL) ? scope.slice(0, -ALL.length) : scope,
    ...(clientId === undefined ? {} : { client_id: clientId }),
  });
  const question: Question = {
    what: "a token",
    method: "GET",
    url: `${INSTANCE_METADATA}?${query}`,
    headers: { metadata: "true" },
    secrets: [],
    timeoutMs: INSTANCE_METADATA_TIMEOUT_MS,
  };
  const answer = await ask(question, dependencies, signal);
  const { access_token: token, expires_in: seconds } = objectOf(question, answer);
  if (typeof token !== "string") throw wrongAnswer(question, answer, "there is no access_token");
  const lifetimeMs = Number(seconds) * 1000;
  return { value: token, lifetimeMs: lifetimeMs > 0 ? lifetimeMs : undefined };
}
