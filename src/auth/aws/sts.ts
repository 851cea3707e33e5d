import type { Environment } from "../../contracts.ts";
import { httpDateMs } from "../../http_date.ts";
import { ask, type AskDependencies, type Question, wrongAnswer } from "../ask.ts";
import type { Lease } from "../renewable.ts";
import { type AwsKeys, endingKeys, secretsOfKeys } from "./keys.ts";
import type { AwsSigner } from "./signer.ts";

const VERSION = "2011-06-15";

/** Where partitions of AWS are, that are not below amazonaws.com. */
const DOMAINS: readonly (readonly [regions: RegExp, domain: string])[] = [
  [/^cn-/, "amazonaws.com.cn"],
  [/^eusc-/, "amazonaws.eu"],
  [/^us-iso-/, "c2s.ic.gov"],
  [/^us-isob-/, "sc2s.sgov.gov"],
];

/** What is asked of STS, and where. */
export interface StsDependencies extends AskDependencies {
  readonly env: Environment;
  readonly signer: AwsSigner;
  readonly region: string;
  readonly useFips: boolean;
  /** What time it is, as AWS sees it. */
  readonly nowMs: () => number;
}

/** A role, and how it is taken. */
export interface Role {
  readonly arn: string;
  readonly sessionName?: string | undefined;
  readonly externalId?: string | undefined;
}

/** Takes a role, with keys that may. */
export async function assumeRole(
  role: Role,
  keys: AwsKeys,
  dependencies: StsDependencies,
  signal: AbortSignal,
): Promise<Lease<AwsKeys>> {
  const form = new URLSearchParams({
    Action: "AssumeRole",
    Version: VERSION,
    ...formOf(role, dependencies),
    ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
  });
  const secrets = [...secretsOfKeys(keys), ...(role.externalId ? [role.externalId] : [])];
  const question = questionOf(form, secrets, dependencies);
  const { signer, region, nowMs } = dependencies;
  const signed = await signer.sign(question, keys, { region, service: "sts" }, nowMs());
  const headers = { ...question.headers, ...signed };
  return await askSts({ ...question, headers }, dependencies, signal);
}

/** Takes a role with a token of somebody whom AWS trusts, such as a cluster of Kubernetes. */
export async function assumeRoleWithWebIdentity(
  role: Role,
  token: string,
  dependencies: StsDependencies,
  signal: AbortSignal,
): Promise<Lease<AwsKeys>> {
  const form = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: VERSION,
    ...formOf(role, dependencies),
    WebIdentityToken: token,
  });
  return await askSts(questionOf(form, [token], dependencies), dependencies, signal);
}

function formOf({ arn, sessionName }: Role, { nowMs }: StsDependencies): Record<string, string> {
  return { RoleArn: arn, RoleSessionName: sessionName ?? `walq-${nowMs()}` };
}

function questionOf(
  form: URLSearchParams,
  secrets: readonly string[],
  { env, region, useFips }: StsDependencies,
): Question {
  return {
    what: "AWS keys",
    method: "POST",
    url: env("AWS_ENDPOINT_URL_STS") || env("AWS_ENDPOINT_URL") || stsUrl(region, useFips),
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body: new TextEncoder().encode(form.toString()),
    secrets,
  };
}

/** The service of the region: that of all regions is far from most, and falls when one does. */
export function stsUrl(region: string, useFips: boolean): string {
  const domain = DOMAINS.find(([regions]) => regions.test(region))?.[1] ?? "amazonaws.com";
  // Those of the government have no other than such.
  const host = useFips && !region.startsWith("us-gov-") ? "sts-fips" : "sts";
  return `https://${host}.${region}.${domain}/`;
}

async function askSts(
  question: Question,
  dependencies: StsDependencies,
  signal: AbortSignal,
): Promise<Lease<AwsKeys>> {
  const answer = await ask(question, dependencies, signal);
  const valueOf = (name: string): string | undefined => {
    const written = new RegExp(`<${name}>\\s*([^<]*?)\\s*</${name}>`).exec(answer.text)?.[1];
    return written === undefined ? undefined : unescaped(written);
  };
  const accessKeyId = valueOf("AccessKeyId");
  const secretAccessKey = valueOf("SecretAccessKey");
  if (!accessKeyId || !secretAccessKey) {
    throw wrongAnswer(question, answer, "there are no keys in it");
  }
  const keys = { accessKeyId, secretAccessKey, sessionToken: valueOf("SessionToken") };
  const nowMs = httpDateMs(answer.header("date")) ?? dependencies.nowMs();
  return endingKeys(keys, valueOf("Expiration"), nowMs);
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** A text of XML as it is meant: some escape "=", "+" and "/", which keys and tokens have. */
function unescaped(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(\w+));/g,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[name] ?? whole;
      const code = decimal === undefined ? parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
