import type { Lease } from "../renewable.ts";

/** What requests to AWS are signed with. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of keys that end. */
  readonly sessionToken: string | undefined;
}

/** Those in files may be others soon. */
const RECHECK_MS = 1_000;

/** Keys that stay as they are. */
export function fixedKeys(keys: AwsKeys): Lease<AwsKeys> {
  return { value: keys, lifetimeMs: undefined };
}

/** Keys that were read from a file. */
export function keysOfFile(keys: AwsKeys): Lease<AwsKeys> {
  return { value: keys, lifetimeMs: undefined, recheckMs: RECHECK_MS };
}

/** Keys that end at this time, as a text; `nowMs` is by the clock of who gave them out. */
export function endingKeys(keys: AwsKeys, expiration: unknown, nowMs: number): Lease<AwsKeys> {
  const endMs = typeof expiration === "string" ? Date.parse(expiration) : NaN;
  return { value: keys, lifetimeMs: Number.isNaN(endMs) ? undefined : Math.max(1, endMs - nowMs) };
}

/** All of them that nobody may see. */
export function secretsOfKeys(keys: AwsKeys): string[] {
  const { accessKeyId, secretAccessKey, sessionToken } = keys;
  return [accessKeyId, secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])];
}
