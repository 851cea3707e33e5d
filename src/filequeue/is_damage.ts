import { WalqError } from "../errors.ts";

const DAMAGES: readonly string[] = ["CORRUPT", "UNSUPPORTED_FORMAT"];

/** It is the file, and no other one is to be tried in its place. */
export function isDamage(error: unknown): error is WalqError {
  return error instanceof WalqError && DAMAGES.includes(error.code);
}
