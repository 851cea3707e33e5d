import type { Environment, FileSystem } from "../../contracts.ts";
import { readSecret, type SigV4Identity } from "../../credentials.ts";
import { messageOf } from "../../errors.ts";
import type { AskDependencies } from "../ask.ts";
import type { Lease } from "../renewable.ts";
import { containerKeys, instanceKeys } from "./host.ts";
import { type AwsKeys, fixedKeys, keysOfFile } from "./keys.ts";
import { type Profile, type Profiles, readProfiles } from "./profiles.ts";
import type { AwsSigner } from "./signer.ts";
import { assumeRole, assumeRoleWithWebIdentity, type StsDependencies } from "./sts.ts";

/** A profile may take its keys from another one, and so on: so often at most. */
const PROFILES_MAX = 8;

/** What requests are signed with, and for which region. */
export interface AwsIdentity {
  readonly keys: AwsKeys;
  readonly region: string;
}

/** Where keys may come from. */
export interface ChainDependencies extends AskDependencies {
  readonly files: FileSystem;
  readonly env: Environment;
  readonly signer: AwsSigner;
  /** What time it is, as AWS sees it. */
  readonly nowMs: () => number;
}

/**
 * Looks for keys where AWS's own clients look: in the options, the environment, a web
 * identity (AssumeRoleWithWebIdentity), the profile, the container, the virtual machine.
 * The first that has some is taken, and a role on top of it.
 */
export async function findIdentity(
  identity: SigV4Identity,
  dependencies: ChainDependencies,
  signal: AbortSignal,
): Promise<Lease<AwsIdentity>> {
  const { accessKey, secretKey, roleArn } = identity;
  const isWhole = accessKey !== undefined && identity.region !== undefined;
  // Who gives all in the options has asked for no other place to be looked at.
  const { env } = dependencies;
  const profiles = isWhole ? undefined : await readProfiles(dependencies.files, dependencies.env);
  const name = identity.profile ?? (env("AWS_PROFILE") || env("AWS_DEFAULT_PROFILE") || "default");
  const region = identity.region ?? regionOf(profiles?.get(name), env);
  const sts: StsDependencies = {
    ...dependencies,
    region,
    useFips: identity.useFipsStsEndpoint,
  };
  const chain = new Chain(profiles, { ...dependencies, sts }, signal);
  const base = accessKey === undefined
    ? await chain.find(name, identity.profile !== undefined)
    : fixedKeys({
      accessKeyId: accessKey,
      secretAccessKey: secretKey!,
      sessionToken: undefined,
    });
  const role = { arn: roleArn!, externalId: identity.externalId };
  const lease = roleArn === undefined ? base : await assumeRole(role, base.value, sts, signal);
  return { ...lease, value: { keys: lease.value, region } };
}

function regionOf(profile: Profile | undefined, env: Environment): string {
  const region = env("AWS_REGION") || env("AWS_DEFAULT_REGION") || profile?.get("region");
  if (region) return region;
  throw new Error(
    "sigv4 has no region: expected it in the options, in AWS_REGION or in the profile",
  );
}

/** The places, one after the other. */
class Chain {
  readonly #profiles: Profiles | undefined;
  readonly #dependencies: ChainDependencies & { readonly sts: StsDependencies };
  readonly #signal: AbortSignal;

  constructor(
    profiles: Profiles | undefined,
    dependencies: ChainDependencies & { readonly sts: StsDependencies },
    signal: AbortSignal,
  ) {
    this.#profiles = profiles;
    this.#dependencies = dependencies;
    this.#signal = signal;
  }

  /** A profile that the options name comes before the environment. */
  async find(profile: string, isNamed: boolean): Promise<Lease<AwsKeys>> {
    const before = isNamed ? undefined : this.#ofEnvironment() ?? await this.#ofWebIdentity();
    const found = before ?? await this.#ofProfile(profile, isNamed) ??
      await containerKeys(this.#dependencies, this.#signal);
    if (found !== undefined) return found;
    if (this.#dependencies.env("AWS_EC2_METADATA_DISABLED")?.toLowerCase() === "true") {
      throw new Error(
        `there are no AWS keys: not in the environment, nor in the profile "${profile}", nor of a container`,
      );
    }
    try {
      return await instanceKeys(this.#dependencies, this.#signal);
    } catch (error) {
      throw new Error(
        `there are no AWS keys in the environment, nor in the profile "${profile}", nor of a ` +
          `container; and ${messageOf(error)}`,
      );
    }
  }

  #ofEnvironment(): Lease<AwsKeys> | undefined {
    const { env } = this.#dependencies;
    // The second of each are the names of before, which AWS's own clients still look at.
    const accessKeyId = env("AWS_ACCESS_KEY_ID") || env("AWS_ACCESS_KEY");
    const secretAccessKey = env("AWS_SECRET_ACCESS_KEY") || env("AWS_SECRET_KEY");
    if (!accessKeyId || !secretAccessKey) return undefined;
    const sessionToken = env("AWS_SESSION_TOKEN") || undefined;
    return fixedKeys({ accessKeyId, secretAccessKey, sessionToken });
  }

  async #ofWebIdentity(): Promise<Lease<AwsKeys> | undefined> {
    const { env } = this.#dependencies;
    const path = env("AWS_WEB_IDENTITY_TOKEN_FILE");
    const arn = env("AWS_ROLE_ARN");
    if (!path || !arn) return undefined;
    return await this.#byToken(path, arn, env("AWS_ROLE_SESSION_NAME"));
  }

  async #byToken(path: string, arn: string, sessionName?: string): Promise<Lease<AwsKeys>> {
    const { files, sts } = this.#dependencies;
    const token = await readSecret(files, { path, holds: "token", option: [] });
    const role = { arn, sessionName: sessionName || undefined };
    return await assumeRoleWithWebIdentity(role, token, sts, this.#signal);
  }

  /** Undefined where the profile is not there, if nobody has named it, or says nothing of keys. */
  async #ofProfile(
    name: string,
    isNamed: boolean,
    depth: number = 0,
  ): Promise<Lease<AwsKeys> | undefined> {
    const profile = this.#profiles?.get(name);
    if (profile === undefined) {
      if (isNamed) throw new Error(`there is no profile "${name}" in the files of AWS`);
      return undefined;
    }
    if (depth > PROFILES_MAX) throw new Error(`the profile "${name}" leads to itself`);
    const own = ownKeys(profile);
    const arn = profile.get("role_arn");
    if (arn !== undefined) {
      const token = profile.get("web_identity_token_file");
      const sessionName = profile.get("role_session_name");
      if (token !== undefined) return await this.#byToken(token, arn, sessionName);
      const source = profile.get("source_profile");
      const base = source === undefined || source === name
        ? own ?? await this.#ofSource(name, profile.get("credential_source"))
        : await this.#ofProfile(source, true, depth + 1);
      if (base === undefined) throw new Error(`the profile "${source}" has no keys`);
      const role = { arn, sessionName, externalId: profile.get("external_id") };
      return await assumeRole(role, base.value, this.#dependencies.sts, this.#signal);
    }
    for (const way of ["credential_process", "sso_session", "sso_start_url"]) {
      if (own === undefined && profile.has(way)) {
        throw new Error(`the profile "${name}" has keys by ${way}, which walq does not support`);
      }
    }
    return own;
  }

  async #ofSource(name: string, source: string | undefined): Promise<Lease<AwsKeys>> {
    const lease = source === "Environment"
      ? this.#ofEnvironment()
      : source === "EcsContainer"
      ? await containerKeys(this.#dependencies, this.#signal)
      : source === "Ec2InstanceMetadata"
      ? await instanceKeys(this.#dependencies, this.#signal)
      : undefined;
    if (lease !== undefined) return lease;
    throw new Error(
      `the profile "${name}" has a role and no keys to take it with: expected source_profile ` +
        "or credential_source",
    );
  }
}

function ownKeys(profile: Profile): Lease<AwsKeys> | undefined {
  const accessKeyId = profile.get("aws_access_key_id");
  const secretAccessKey = profile.get("aws_secret_access_key");
  if (!accessKeyId || !secretAccessKey) return undefined;
  return keysOfFile({
    accessKeyId,
    secretAccessKey,
    sessionToken: profile.get("aws_session_token") || undefined,
  });
}
