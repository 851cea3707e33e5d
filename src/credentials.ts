/** Who walq is before an endpoint, as the options say it; src/auth makes headers of it. */
import type { FileSystem } from "./contracts.ts";
import { FileSystemError, messageOf } from "./errors.ts";

/** What all runtimes send unchanged in a header (RFC 9110, section 5.5), without the obsolete bytes. */
export const HEADER_VALUE: RegExp = /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/;

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
}

/** What a text is a secret of, and so what may be in it. */
export type SecretKind = "token" | "header value" | "user name" | "password";

/** What may be in a secret: what it has to be, in words, and whether it is that. */
const RULES: Readonly<Record<SecretKind, readonly [string, (text: string) => boolean]>> = {
  "token": ["printable ASCII", (text) => HEADER_VALUE.test(text)],
  "header value": ["printable ASCII", (text) => HEADER_VALUE.test(text)],
  "user name": ['a text without ":"', (text) => !text.includes(":")],
  "password": ["a text", () => true],
};

/** How the Authorization header comes about. */
export type Identity =
  | { readonly kind: "none" }
  | { readonly kind: "basic"; readonly username: Secret; readonly password: Secret }
  /** `type` comes before it, such as "Bearer". */
  | { readonly kind: "token"; readonly type: string; readonly token: Secret };

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

/** Every secret of an identity, in an order of its own. */
export function secretsOf(identity: Identity): readonly Secret[] {
  switch (identity.kind) {
    case "none":
      return [];
    case "basic":
      return [identity.username, identity.password];
    case "token":
      return [identity.token];
  }
}

/** All files that hold secrets. */
export function secretFilesOf({ identity, secretHeaders }: Credentials): readonly SecretFile[] {
  const all = [...secretsOf(identity), ...secretHeaders.flatMap(({ values }) => values)];
  return all.filter((secret) => typeof secret !== "string");
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
