/** Keys that the host has for who runs on it: of a container, and of a virtual machine. */
import type { Environment, FileSystem } from "../../contracts.ts";
import { readSecret } from "../../credentials.ts";
import { httpDateMs } from "../../http_date.ts";
import { ask, type AskDependencies, objectOf, type Question, wrongAnswer } from "../ask.ts";
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

/** The keys of the role that a virtual machine has, by the second version of its metadata service. */
export async function instanceKeys(
  dependencies: HostDependencies,
  signal: AbortSignal,
): Promise<Lease<AwsKeys>> {
  const { env } = dependencies;
  const origin = (env("AWS_EC2_METADATA_SERVICE_ENDPOINT") || INSTANCE).replace(/\/$/, "");
  const question: Question = {
    what: "AWS keys",
    method: "PUT",
    url: `${origin}/latest/api/token`,
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": String(INSTANCE_TOKEN_SECONDS) },
    secrets: [],
    timeoutMs: TIMEOUT_MS,
  };
  const { text: token } = await ask(question, dependencies, signal);
  const headers = { "x-aws-ec2-metadata-token": token.trim() };
  const url = `${origin}/latest/meta-data/iam/security-credentials/`;
  const roles: Question = { ...question, method: "GET", url, headers };
  const answer = await ask(roles, dependencies, signal);
  const [role = ""] = answer.text.trim().split("\n");
  if (role === "") throw wrongAnswer(roles, answer, "the instance has no role");
  const secrets = [token.trim()];
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
