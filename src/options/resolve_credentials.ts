import { assert } from "../assert.ts";
import type {
  AzureIdentity,
  AzureWay,
  Credentials,
  Identity,
  OAuth2Identity,
  Secret,
  SecretHeader,
  SecretKind,
} from "../credentials.ts";
import type {
  CheckedAzureAd,
  CheckedEndpointOptions,
  CheckedHttpHeader,
  CheckedOAuth2,
} from "./checked.ts";
import type { CredentialOptions } from "./resolved.ts";

type Given = Pick<CheckedEndpointOptions, CredentialOptions>;

/** Who walq is, by the options of an endpoint. */
export function resolveCredentials(given: Given): Credentials {
  return {
    identity: resolveIdentity(given),
    secretHeaders: Object.entries(given.httpHeaders ?? {}).map(resolveHeader),
  };
}

/** The same without the headers. */
export function resolveIdentity(given: Given): Identity {
  const { basicAuth, bearerToken, bearerTokenFile, authorizationType: type = "Bearer" } = given;
  if (bearerToken !== undefined || bearerTokenFile !== undefined) {
    return {
      kind: "token",
      type,
      token: secret(bearerToken, bearerTokenFile, "token", ["bearerTokenFile"]),
    };
  }
  if (given.oauth2 !== undefined) return resolveOAuth2(given.oauth2);
  if (given.sigv4 !== undefined) return { kind: "sigv4", ...given.sigv4 };
  if (given.azuread !== undefined) return resolveAzure(given.azuread);
  if (basicAuth === undefined) return { kind: "none" };
  const { username, usernameFile, password, passwordFile } = basicAuth;
  return {
    kind: "basic",
    username: secret(username, usernameFile, "user name", ["basicAuth", "usernameFile"]),
    password: secret(password, passwordFile, "password", ["basicAuth", "passwordFile"]),
  };
}

function resolveOAuth2(given: CheckedOAuth2): OAuth2Identity {
  const { clientId, tokenUrl, scopes, endpointParams } = given;
  const shared = { kind: "oauth2", clientId, tokenUrl, scopes, endpointParams } as const;
  if (given.grantType === "client_credentials") {
    const { clientSecret, clientSecretFile } = given;
    const option = ["oauth2", "clientSecretFile"];
    const own = secret(clientSecret, clientSecretFile, "password", option);
    return { ...shared, secret: own, assertion: undefined };
  }
  const { clientCertificateKey, clientCertificateKeyFile, clientCertificateKeyId: keyId } = given;
  const option = ["oauth2", "clientCertificateKeyFile"];
  return {
    ...shared,
    secret: secret(clientCertificateKey, clientCertificateKeyFile, "private key", option),
    assertion: {
      keyId,
      algorithm: given.signatureAlgorithm,
      issuer: given.iss ?? clientId,
      audience: given.audience ?? tokenUrl,
      claims: given.claims,
    },
  };
}

function resolveAzure({ cloud, scope, ...ways }: CheckedAzureAd): AzureIdentity {
  return { kind: "azuread", cloud, scope, way: resolveAzureWay(ways) };
}

function resolveAzureWay(
  { managedIdentity, workloadIdentity, oauth }: Omit<CheckedAzureAd, "cloud" | "scope">,
): AzureWay {
  if (managedIdentity !== undefined) return { kind: "managed_identity", ...managedIdentity };
  if (oauth !== undefined) return { kind: "oauth", ...oauth };
  assert(workloadIdentity !== undefined, "azuread without a way to get a token");
  const { clientId, tenantId, tokenFilePath: path } = workloadIdentity;
  const option = ["azuread", "workloadIdentity", "tokenFilePath"];
  const token = { path, holds: "token", option, isAwaited: true } as const;
  return { kind: "workload_identity", clientId, tenantId, token };
}

/** The text, or the file in its place; nothing is an empty text. */
function secret(
  text: string | undefined,
  path: string | undefined,
  holds: SecretKind,
  option: readonly string[],
): Secret {
  return path === undefined ? text ?? "" : { path, holds, option };
}

function resolveHeader([name, given]: [string, CheckedHttpHeader]): SecretHeader {
  const { values = [], secrets = [], files = [] } = given;
  const option = ["httpHeaders", name, "files"];
  const inFiles = files.map((path): Secret => ({ path, holds: "header value", option }));
  return { name: name.toLowerCase(), values: [...values, ...secrets, ...inFiles] };
}
