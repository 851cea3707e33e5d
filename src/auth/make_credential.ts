import {
  type AzureIdentity,
  basicAuthorization,
  type Credentials,
  type Identity,
  type OAuth2Identity,
  type SecretHeader,
  secretsOf,
  type SigV4Identity,
} from "../credentials.ts";
import { SigV4Credential } from "./aws/sigv4_credential.ts";
import { azureTokens } from "./azure.ts";
import type { Credential } from "./credential.ts";
import type { AuthDependencies } from "./dependencies.ts";
import { type BuildHeaders, HeaderCredential } from "./header_credential.ts";
import { oauth2Tokens } from "./oauth2.ts";
import { SecretTexts } from "./secret_texts.ts";
import { TokenCredential } from "./token_credential.ts";
import { WithHeaders } from "./with_headers.ts";

/** The credential of an endpoint. */
export function makeCredential(
  { identity, secretHeaders }: Credentials,
  dependencies: AuthDependencies,
): Credential {
  switch (identity.kind) {
    case "oauth2":
    case "azuread":
      return withHeaders(secretHeaders, tokenCredential(identity, dependencies), dependencies);
    case "sigv4":
      return withHeaders(secretHeaders, new SigV4Credential(identity, dependencies), dependencies);
    default:
      return headerCredential(identity, secretHeaders, dependencies);
  }
}

/** Identities that are a header of their own. */
type HeaderIdentity = Exclude<Identity, OAuth2Identity | AzureIdentity | SigV4Identity>;

const NOBODY: HeaderIdentity = { kind: "none" };

function withHeaders(
  secretHeaders: readonly SecretHeader[],
  inner: Credential,
  dependencies: AuthDependencies,
): Credential {
  if (secretHeaders.length === 0) return inner;
  return new WithHeaders(headerCredential(NOBODY, secretHeaders, dependencies), inner);
}

function tokenCredential(
  identity: OAuth2Identity | AzureIdentity,
  dependencies: AuthDependencies,
): Credential {
  const obtain = identity.kind === "oauth2"
    ? oauth2Tokens(identity, dependencies)
    : azureTokens(identity, dependencies);
  const texts = new SecretTexts(secretsOf(identity), dependencies);
  return new TokenCredential(texts, obtain, dependencies);
}

function headerCredential(
  identity: HeaderIdentity,
  secretHeaders: readonly SecretHeader[],
  dependencies: AuthDependencies,
): Credential {
  const own = secretsOf(identity);
  const texts = [...own, ...secretHeaders.flatMap(({ values }) => values)];
  const buildOwn = authorizationOf(identity);
  const buildOthers = headersOf(secretHeaders);
  return new HeaderCredential(new SecretTexts(texts, dependencies), (read) => ({
    ...buildOthers(read.slice(own.length)),
    ...buildOwn(read.slice(0, own.length)),
  }));
}

function authorizationOf(identity: HeaderIdentity): BuildHeaders {
  switch (identity.kind) {
    case "none":
      return () => ({});
    case "basic":
      return ([username, password]) => ({
        authorization: basicAuthorization(username!, password!),
      });
    case "token":
      return ([token]) => ({ authorization: `${identity.type} ${token}`.trimEnd() });
  }
}

function headersOf(secretHeaders: readonly SecretHeader[]): BuildHeaders {
  return (texts) => {
    let at = 0;
    return Object.fromEntries(
      secretHeaders.map(({ name, values }) => {
        const own = texts.slice(at, at += values.length);
        return [name, own.join(", ")];
      }),
    );
  };
}
