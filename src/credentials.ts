/** Who walq is before an endpoint, as the options say it; src/auth makes headers of it. */
import type { FileSystem } from "./contracts.ts";
import { FileSystemError, messageOf } from "./errors.ts";

/**
 * What a header can hold, as Go's net/http has it: a text in UTF-8 without control characters
 * but tabs (RFC 9110, section 5.5, with the obsolete bytes), and without blanks at its ends.
 */
export const HEADER_VALUE: RegExp =
  /^(?![\t ])[\t\x20-\x7e\u0080-\ud7ff\ue000-\u{10ffff}]+(?<![\t ])$/u;

/** That, in words. */
export const HEADER_VALUE_WANTED =
  "a text without control characters, and without blanks at its ends";

/** A key or a token; nobody's is larger. */
const SECRET_BYTES_MAX = 64 * 1024;

/** A secret: its text, or the file that holds it. */
export type Secret = string | SecretFile;

/** A file that holds a secret: what is in it may change at any time. */
export interface SecretFile {
  readonly path: string;
  readonly holds: SecretKind;
  /** The option that names it, from those of the endpoint: for messages. */
  readonly option: readonly string[];
  /** It is put there by somebody else, perhaps later: a start does not look for it. */
  readonly isAwaited?: true;
}

/** What a text is a secret of, and so what may be in it. */
export type SecretKind =
  | "token"
  | "header value"
  | "user name"
  | "password"
  | "private key"
  | "credentials of NATS"
  | "seed of an nkey";

/** What may be in a secret: what it has to be, in words, and whether it is that. */
const RULES: Readonly<Record<SecretKind, readonly [string, (text: string) => boolean]>> = {
  "token": [HEADER_VALUE_WANTED, (text) => HEADER_VALUE.test(text)],
  "header value": [HEADER_VALUE_WANTED, (text) => HEADER_VALUE.test(text)],
  "user name": ['a text without ":"', (text) => !text.includes(":")],
  "password": ["a text", () => true],
  "private key": ["one in PEM (PKCS #8 or PKCS #1) without a passphrase", isPrivateKey],
  "credentials of NATS": [
    "a JWT and a seed, each between lines of dashes, as nsc writes them",
    (text) => /JWT-{3,}\s+\S/.test(text) && /SEED-{3,}\s+SU[A-Z2-7]{56}\s/.test(text),
  ],
  "seed of an nkey": [
    'that of a user: 58 letters and digits, of which the first are "SU"',
    (text) => /^SU[A-Z2-7]{56}$/.test(text),
  ],
};

/** How the Authorization header comes about. */
export type Identity =
  | { readonly kind: "none" }
  | { readonly kind: "basic"; readonly username: Secret; readonly password: Secret }
  /** `type` comes before it, such as "Bearer". */
  | { readonly kind: "token"; readonly type: string; readonly token: Secret }
  | OAuth2Identity
  | SigV4Identity
  | AzureIdentity;

/** How a token is asked for: by the client's secret, or by an assertion that it signs (RFC 7523). */
export type OAuth2GrantType =
  | "client_credentials"
  | "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** How an assertion is signed (RFC 7518, section 3.1). */
export type OAuth2SignatureAlgorithm = "RS256" | "RS384" | "RS512";

/** A token by OAuth 2.0. */
export interface OAuth2Identity {
  readonly kind: "oauth2";
  readonly tokenUrl: string;
  readonly clientId: string;
  /** Of the client, or the key that signs the assertion; empty for a client without. */
  readonly secret: Secret;
  readonly scopes: readonly string[];
  /** Sent with each request for a token; the values are secrets. */
  readonly endpointParams: Readonly<Record<string, string>>;
  /** Undefined where the client's secret says who it is. */
  readonly assertion: AssertionOptions | undefined;
}

/** What is in an assertion, and how it is signed. */
export interface AssertionOptions {
  readonly keyId: string | undefined;
  readonly algorithm: OAuth2SignatureAlgorithm;
  readonly issuer: string;
  readonly audience: string;
  /** Beside those that an assertion has, or in their place. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A signature by keys of AWS, and where those come from: what is undefined is looked for. */
export interface SigV4Identity {
  readonly kind: "sigv4";
  readonly region: string | undefined;
  /** With `secretKey`, or neither. */
  readonly accessKey: string | undefined;
  readonly secretKey: string | undefined;
  readonly profile: string | undefined;
  readonly roleArn: string | undefined;
  readonly externalId: string | undefined;
  readonly useFipsStsEndpoint: boolean;
  readonly serviceName: string;
}

/** The clouds of Azure, each with its own login. */
export type AzureCloud = "AzurePublic" | "AzureGovernment" | "AzureChina";

/** A token of Azure AD. */
export interface AzureIdentity {
  readonly kind: "azuread";
  readonly cloud: AzureCloud;
  /** Undefined is that of Azure Monitor. */
  readonly scope: string | undefined;
  readonly way: AzureWay;
}

/** How it is got. */
export type AzureWay =
  /** From the host, which knows who it is; `clientId` tells one of its identities from others. */
  | { readonly kind: "managed_identity"; readonly clientId: string | undefined }
  /** For a token of Kubernetes. */
  | {
    readonly kind: "workload_identity";
    readonly clientId: string;
    readonly tenantId: string;
    readonly token: SecretFile;
  }
  | {
    readonly kind: "oauth";
    readonly clientId: string;
    readonly tenantId: string;
    readonly clientSecret: Secret;
  };

/** A header that is added to each request; of more than one value it is a list (RFC 9110, section 5.3). */
export interface SecretHeader {
  readonly name: string;
  readonly values: readonly Secret[];
}

/** All that is said of who walq is. */
export interface Credentials {
  readonly identity: Identity;
  readonly secretHeaders: readonly SecretHeader[];
}

/** Who walq is before the servers of a stream. */
export type StreamCredentials =
  | { readonly kind: "none" }
  | { readonly kind: "user"; readonly username: Secret; readonly password: Secret }
  | { readonly kind: "token"; readonly token: Secret }
  /** A JWT and the seed that it is for. */
  | { readonly kind: "credentials"; readonly credentials: Secret }
  | { readonly kind: "nkey"; readonly seed: Secret };

/** Every secret of it, in an order of its own. */
export function streamSecretsOf(credentials: StreamCredentials): readonly Secret[] {
  switch (credentials.kind) {
    case "none":
      return [];
    case "user":
      return [credentials.username, credentials.password];
    case "token":
      return [credentials.token];
    case "credentials":
      return [credentials.credentials];
    case "nkey":
      return [credentials.seed];
  }
}

/** Every secret of an identity, in an order of its own. */
export function secretsOf(identity: Identity): readonly Secret[] {
  switch (identity.kind) {
    case "none":
      return [];
    case "basic":
      return [identity.username, identity.password];
    case "token":
      return [identity.token];
    case "oauth2":
      return [identity.secret];
    case "sigv4":
      return [];
    case "azuread":
      return azureSecretsOf(identity.way);
  }
}

function azureSecretsOf(way: AzureWay): readonly Secret[] {
  switch (way.kind) {
    case "managed_identity":
      return [];
    case "workload_identity":
      return [way.token];
    case "oauth":
      return [way.clientSecret];
  }
}

/** All files that hold secrets. */
export function secretFilesOf({ identity, secretHeaders }: Credentials): readonly SecretFile[] {
  return filesIn([...secretsOf(identity), ...secretHeaders.flatMap(({ values }) => values)]);
}

/** Those that are in files. */
export function filesIn(secrets: readonly Secret[]): readonly SecretFile[] {
  return secrets.filter((secret) => typeof secret !== "string");
}

/** Whether a text is a key that can be used as it is; src/auth/private_key.ts reads it. */
export function isPrivateKey(text: string): boolean {
  return /^-----BEGIN (?:RSA )?PRIVATE KEY-----$/m.test(text) && !text.includes("ENCRYPTED");
}

/** The value of an Authorization header for basic authentication: RFC 7617, in UTF-8. */
export function basicAuthorization(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
}

/**
 * What is in the file now. White space at its ends is not part of the secret: editors
 * end files with a newline.
 *
 * @throws {Error} that names the file and what is wrong with it, never what is in it.
 */
export async function readSecret(files: FileSystem, file: SecretFile): Promise<string> {
  const { path, holds } = file;
  let secret: string;
  try {
    const bytes = await files.readWhole(path, SECRET_BYTES_MAX);
    secret = new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
  } catch (error) {
    throw new Error(`cannot read the file "${path}": ${whyNot(error)}`);
  }
  if (secret === "") throw new Error(`the file "${path}" is empty`);
  const [expected, isSound] = RULES[holds];
  if (!isSound(secret)) {
    throw new Error(`the file "${path}" holds no ${holds}: expected ${expected}`);
  }
  return secret;
}

function whyNot(error: unknown): string {
  if (!(error instanceof FileSystemError)) return "not UTF-8";
  if (error.code === "too_large") return `larger than ${SECRET_BYTES_MAX} bytes`;
  // "io" stands for all that has no word of its own.
  return error.code === "io" ? messageOf(error.cause) : error.code.replaceAll("_", " ");
}
