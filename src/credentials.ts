import type { FileSystem } from "./contracts.ts";
import { FileSystemError, messageOf } from "./errors.ts";

/** What all runtimes send unchanged in a header (RFC 9110, section 5.5), without the obsolete bytes. */
export const HEADER_VALUE: RegExp = /^[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?$/;

/** A key or a token; nobody's is larger. */
const SECRET_BYTES_MAX = 64 * 1024;

/** A file that holds the secret part of the Authorization header: it may change at any time. */
export type SecretFile =
  & { readonly path: string }
  & (
    | { readonly holds: "password"; readonly username: string }
    /** `type` comes before it, such as "Bearer". */
    | { readonly holds: "token"; readonly type: string }
  );

/** The value of an Authorization header for basic authentication: RFC 7617, in UTF-8. */
export function basicAuthorization(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
}

/**
 * The value of the Authorization header, by what is in the file now. White space at
 * the ends of the file is not part of the secret: editors end files with a newline.
 *
 * @throws {Error} that names the file and what is wrong with it, never what is in it.
 */
export async function readAuthorization(files: FileSystem, file: SecretFile): Promise<string> {
  const secret = await readSecret(files, file.path);
  if (file.holds === "password") return basicAuthorization(file.username, secret);
  if (HEADER_VALUE.test(secret)) return `${file.type} ${secret}`;
  throw new Error(`the file "${file.path}" holds no token: expected printable ASCII`);
}

async function readSecret(files: FileSystem, path: string): Promise<string> {
  let secret: string;
  try {
    const bytes = await files.readWhole(path, SECRET_BYTES_MAX);
    secret = new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
  } catch (error) {
    throw new Error(`cannot read the file "${path}": ${whyNot(error)}`);
  }
  if (secret === "") throw new Error(`the file "${path}" is empty`);
  return secret;
}

function whyNot(error: unknown): string {
  if (!(error instanceof FileSystemError)) return "not UTF-8";
  if (error.code === "too_large") return `larger than ${SECRET_BYTES_MAX} bytes`;
  // "io" stands for all that has no word of its own.
  return error.code === "io" ? messageOf(error.cause) : error.code.replaceAll("_", " ");
}
