/** Keys that the host has for who runs on it: of a container, and of a virtual machine. */
import type { Environment, FileSystem } from "../../contracts.ts";
import { readSecret } from "../../credentials.ts";
import { httpDateMs } from "../../http_date.ts";
import {
  ask,
  type AskDependencies,
  AskError,
  objectOf,
  type Question,
  wrongAnswer,
} from "../ask.ts";
import type { Lease } from "../renewable.ts";
import { type AwsKeys, endingKeys } from "./keys.ts";

/** Where a task of ECS asks. */
const CONTAINERS = "http://169.254.170.2";
/** Whom a whole URL may lead to without TLS, as the token that goes there is a secret. */
const CONTAINER_HOSTS: ReadonlySet<string> = new Set([
  "localhost",
  "127.0.0.1",
  "[::1]",
  "169.254.170.2",
  "169.254.170.23",
  "[fd00:ec2::23]",
]);
/** Where a virtual machine of EC2 asks. */
const INSTANCE = "http://169.254.169.254";
/** The same by IPv6. */
const INSTANCE_V6 = "http://[fd00:ec2::254]";
/** With these who asks for a token is told that there is none to be had. */
const NO_TOKENS: ReadonlySet<number | undefined> = new Set([403, 404, 405]);
const INSTANCE_TOKEN_SECONDS = 21_600;
/** They are near, or not there. */
const TIMEOUT_MS = 5_000;

/** What is asked with. */
export interface HostDependencies extends AskDependencies {
  readonly files: FileSystem;
  readonly env: Environment;
}

/** The keys of a container, where the environment says that it has some (ECS, and pods of EKS). */
export async function containerKeys(
  dependencies: HostDependencies,
  signal: AbortSignal,
): Promise<Lease<AwsKeys> | undefined> {
  const { env } = dependencies;
  const relative = env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const full = env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!relative && !full) return undefined;
  const url = relative ? `${CONTAINERS}${relative}` : full!;
  if (!mayAsk(url)) {
    throw new Error(
      "AWS_CONTAINER_CREDENTIALS_FULL_URI leads to another host without TLS: nothing is sent there",
    );
  }
  const token = await containerToken(dependencies);
  const headers = token === undefined ? {} : { authorization: token };
  return await askForKeys({ url, headers, secrets: [] }, dependencies, signal);
}

function mayAsk(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && CONTAINER_HOSTS.has(hostname));
}

async function containerToken({ files, env }: HostDependencies): Promise<string | undefined> {
  const path = env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (path) return await readSecret(files, { path, holds: "token", option: [] });
  return env("AWS_CONTAINER_AUTHORIZATION_TOKEN") || undefined;
}

/**
 * The keys of the role that a virtual machine has, by the second version of its metadata
 * service; or by the first, as AWS's own clients do, where the service has no other.
 */
export async function instanceKeys(
  dependencies: HostDependencies,
  signal: AbortSignal,
): Promise<Lease<AwsKeys>> {
  const { env } = dependencies;
  const isV6 = env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.toLowerCase() === "ipv6";
  const origin = (env("AWS_EC2_METADATA_SERVICE_ENDPOINT") || (isV6 ? INSTANCE_V6 : INSTANCE))
    .replace(/\/$/, "");
  const question: Question = {
    what: "AWS keys",
    method: "PUT",
    url: `${origin}/latest/api/token`,
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": String(INSTANCE_TOKEN_SECONDS) },
    secrets: [],
    timeoutMs: TIMEOUT_MS,
  };
  let token: string;
  try {
    token = (await ask(question, dependencies, signal)).text.trim();
  } catch (error) {
    const isOff = env("AWS_EC2_METADATA_V1_DISABLED")?.toLowerCase() === "true";
    if (isOff || !(error instanceof AskError) || !NO_TOKENS.has(error.status)) throw error;
    // Where that has nothing either, the first is what is told.
    return await keysOfRole(origin, undefined, dependencies, signal).catch(() => {
      throw error;
    });
  }
  return await keysOfRole(origin, token, dependencies, signal);
}

async function keysOfRole(
  origin: string,
  token: string | undefined,
  dependencies: HostDependencies,
  signal: AbortSignal,
): Promise<Lease<AwsKeys>> {
  const headers: Record<string, string> = token === undefined
    ? {}
    : { "x-aws-ec2-metadata-token": token };
  const secrets = token === undefined ? [] : [token];
  const url = `${origin}/latest/meta-data/iam/security-credentials/`;
  const what = "AWS keys";
  const timeoutMs = TIMEOUT_MS;
  const roles: Question = { what, method: "GET", url, headers, secrets, timeoutMs };
  const answer = await ask(roles, dependencies, signal);
  const [role = ""] = answer.text.trim().split("\n");
  if (role === "") throw wrongAnswer(roles, answer, "the instance has no role");
  const ofRole = { url: `${url}${encodeURIComponent(role)}`, headers, secrets };
  return await askForKeys(ofRole, dependencies, signal);
}

async function askForKeys(
  request: Pick<Question, "url" | "headers" | "secrets">,
  dependencies: HostDependencies,
  signal: AbortSignal,
): Promise<Lease<AwsKeys>> {
  const question: Question = {
    ...request,
    what: "AWS keys",
    method: "GET",
    timeoutMs: TIMEOUT_MS,
  };
  const answer = await ask(question, dependencies, signal);
  const { AccessKeyId, SecretAccessKey, Token, Expiration, Code } = objectOf(question, answer);
  if (typeof AccessKeyId !== "string" || typeof SecretAccessKey !== "string") {
    const code = typeof Code === "string" && /^\w{1,40}$/.test(Code) ? ` (${Code})` : "";
    throw wrongAnswer(question, answer, `there are no keys in it${code}`);
  }
  const keys = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: typeof Token === "string" ? Token : undefined,
  };
  const nowMs = httpDateMs(answer.header("date")) ?? dependencies.clock.nowMs();
  return endingKeys(keys, Expiration, nowMs);
}
