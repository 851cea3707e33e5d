import {
  basicAuthorization,
  type Credentials,
  type Identity,
  type SecretHeader,
  secretsOf,
} from "../credentials.ts";
import type { Credential } from "./credential.ts";
import type { AuthDependencies } from "./dependencies.ts";
import { type BuildHeaders, HeaderCredential } from "./header_credential.ts";
import { SecretTexts } from "./secret_texts.ts";

/** The credential of an endpoint. */
export function makeCredential(
  { identity, secretHeaders }: Credentials,
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

function authorizationOf(identity: Identity): BuildHeaders {
  switch (identity.kind) {
    case "none":
      return () => ({});
    case "basic":
      return ([username, password]) => ({
        authorization: basicAuthorization(username!, password!),
      });
    case "token":
      return ([token]) => ({ authorization: `${identity.type} ${token}` });
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
