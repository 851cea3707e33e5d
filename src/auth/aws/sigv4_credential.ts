import type { HttpClient } from "../../contracts.ts";
import type { SigV4Identity } from "../../credentials.ts";
import type { Credential, Outgoing, Signed } from "../credential.ts";
import type { AuthDependencies } from "../dependencies.ts";
import { type Held, Renewable } from "../renewable.ts";
import { type AwsIdentity, findIdentity } from "./chain.ts";
import { secretsOfKeys } from "./keys.ts";
import { AwsSigner } from "./signer.ts";

/** Signs each attempt by AWS Signature Version 4: its headers, its body and the time. */
export class SigV4Credential implements Credential {
  readonly #identity: SigV4Identity;
  readonly #keys: Renewable<AwsIdentity>;
  readonly #signer = new AwsSigner();
  readonly #http: HttpClient;
  readonly #nowMs: () => number;

  constructor(identity: SigV4Identity, dependencies: AuthDependencies) {
    const { files, env, clock, http, nowMs } = dependencies;
    const all = { files, env, clock, http, nowMs, signer: this.#signer };
    this.#identity = identity;
    this.#http = http;
    this.#nowMs = nowMs;
    this.#keys = new Renewable({
      what: "AWS keys",
      obtain: (signal) => findIdentity(identity, all, signal),
      isSame: (a, b) => JSON.stringify(a) === JSON.stringify(b),
    }, dependencies);
  }

  /** Files of AWS can. */
  get canChange(): boolean {
    return this.#keys.isRechecked;
  }

  get mark(): number {
    return this.#keys.mark;
  }

  get secrets(): readonly string[] {
    const { accessKey, secretKey, externalId } = this.#identity;
    const given = [accessKey, secretKey, externalId].filter((secret) => secret !== undefined);
    return [...given, ...this.#keys.all.flatMap(({ keys }) => secretsOfKeys(keys))];
  }

  async sign(request: Outgoing, signal: AbortSignal): Promise<Signed> {
    return await this.#signBy(await this.#keys.current(signal), request);
  }

  async refused(): Promise<void> {
    await this.#keys.refused();
  }

  async look(): Promise<void> {
    if (this.#keys.isRechecked) await this.#keys.renew();
  }

  async stop(): Promise<void> {
    this.#keys.stop();
    await this.#http.close();
  }

  async #signBy({ value, mark }: Held<AwsIdentity>, request: Outgoing): Promise<Signed> {
    const scope = { region: value.region, service: this.#identity.serviceName };
    const headers = await this.#signer.sign(request, value.keys, scope, this.#nowMs());
    return { headers, mark };
  }
}
