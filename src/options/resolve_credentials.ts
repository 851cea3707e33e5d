import type { Credentials, Identity, Secret, SecretHeader, SecretKind } from "../credentials.ts";
import type { CheckedEndpointOptions, CheckedHttpHeader } from "./checked.ts";
import type { CredentialOptions } from "./resolved.ts";

type Given = Pick<CheckedEndpointOptions, CredentialOptions>;

/** Who walq is, by the options of an endpoint. */
export function resolveCredentials(given: Given): Credentials {
  return {
    identity: resolveIdentity(given),
    secretHeaders: Object.entries(given.httpHeaders ?? {}).map(resolveHeader),
  };
}

function resolveIdentity(given: Given): Identity {
  const { basicAuth, bearerToken, bearerTokenFile, authorizationType: type = "Bearer" } = given;
  if (bearerToken !== undefined || bearerTokenFile !== undefined) {
    return {
      kind: "token",
      type,
      token: secret(bearerToken, bearerTokenFile, "token", ["bearerTokenFile"]),
    };
  }
  if (basicAuth === undefined) return { kind: "none" };
  const { username, usernameFile, password, passwordFile } = basicAuth;
  return {
    kind: "basic",
    username: secret(username, usernameFile, "user name", ["basicAuth", "usernameFile"]),
    password: secret(password, passwordFile, "password", ["basicAuth", "passwordFile"]),
  };
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
