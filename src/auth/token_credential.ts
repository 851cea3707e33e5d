import type { HttpClient } from "../contracts.ts";
import { HEADER_VALUE, HEADER_VALUE_WANTED } from "../credentials.ts";
import type { Credential, Outgoing, Signed } from "./credential.ts";
import type { AuthDependencies } from "./dependencies.ts";
import { type Held, type Lease, Renewable } from "./renewable.ts";
import type { SecretTexts } from "./secret_texts.ts";

/** Gets a token for the secrets, which are in the order in which they are in the texts. */
export type ObtainToken = (
  secrets: readonly string[],
  signal: AbortSignal,
) => Promise<Lease<string>>;

/** A token that somebody gives out for secrets, and that ends: `Bearer` in the Authorization header. */
export class TokenCredential implements Credential {
  readonly #texts: SecretTexts;
  readonly #tokens: Renewable<string>;
  readonly #http: HttpClient;
  /** The secrets that the last token was asked for with. */
  #askedWith = 0;
  #signed: Signed | undefined;

  constructor(texts: SecretTexts, obtain: ObtainToken, dependencies: AuthDependencies) {
    this.#texts = texts;
    this.#http = dependencies.http;
    this.#tokens = new Renewable({
      what: "a token",
      obtain: async (signal) => {
        const secrets = await texts.current();
        this.#askedWith = texts.mark;
        return checked(await obtain(secrets, signal));
      },
      isSame: (a, b) => a === b,
    }, dependencies);
  }

  get canChange(): boolean {
    return this.#texts.canChange;
  }

  get mark(): number {
    return this.#tokens.mark;
  }

  get secrets(): readonly string[] {
    return [...this.#texts.all, ...this.#tokens.all];
  }

  async sign(_request: Outgoing, signal: AbortSignal): Promise<Signed> {
    if (this.canChange) {
      await this.#texts.current();
      // A new secret is for a new token; the one that is there may be used until then.
      if (this.#isNewSecret) void this.#tokens.renew();
    }
    const held = await this.#tokens.current(signal);
    if (this.#signed?.mark !== held.mark) this.#signed = signedBy(held);
    return this.#signed;
  }

  async refused(): Promise<void> {
    await this.#texts.readAgain();
    if (this.#isNewSecret) await this.#tokens.renew();
    else await this.#tokens.refused();
  }

  async look(): Promise<void> {
    await this.#texts.readAgain();
    if (this.#isNewSecret) await this.#tokens.renew();
  }

  async stop(): Promise<void> {
    this.#tokens.stop();
    await this.#http.close();
  }

  get #isNewSecret(): boolean {
    return this.#texts.mark !== this.#askedWith;
  }
}

function signedBy({ value, mark }: Held<string>): Signed {
  return { headers: { authorization: `Bearer ${value}` }, mark };
}

function checked(lease: Lease<string>): Lease<string> {
  if (HEADER_VALUE.test(lease.value)) return lease;
  throw new Error("the token that was got cannot be sent: expected " + HEADER_VALUE_WANTED);
}
