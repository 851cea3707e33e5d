import type { Credential, Outgoing, Signed } from "./credential.ts";
import type { SecretTexts } from "./secret_texts.ts";

/** Makes headers of secrets; it gets them in the order in which they are in the texts. */
export type BuildHeaders = (texts: readonly string[]) => Readonly<Record<string, string>>;

/** Headers that are the same for each request until a secret changes. */
export class HeaderCredential implements Credential {
  readonly #texts: SecretTexts;
  readonly #build: BuildHeaders;
  #signed: Signed | undefined;

  constructor(texts: SecretTexts, build: BuildHeaders) {
    this.#texts = texts;
    this.#build = build;
  }

  get canChange(): boolean {
    return this.#texts.canChange;
  }

  get mark(): number {
    return this.#texts.mark;
  }

  get secrets(): readonly string[] {
    return [...this.#texts.all, ...Object.values(this.#signed?.headers ?? {})];
  }

  sign(_request: Outgoing, _signal: AbortSignal): Signed | Promise<Signed> {
    // What is in no file is made once.
    if (this.#signed !== undefined && !this.canChange) return this.#signed;
    return this.#signAnew();
  }

  async refused(): Promise<void> {
    await this.#texts.readAgain();
  }

  async look(): Promise<void> {
    await this.#texts.readAgain();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  async #signAnew(): Promise<Signed> {
    const texts = await this.#texts.current();
    const { mark } = this.#texts;
    if (this.#signed?.mark !== mark) this.#signed = { headers: this.#build(texts), mark };
    return this.#signed;
  }
}
