import type { Credential, Outgoing, Signed } from "./credential.ts";

/** Headers with secrets, beside a credential that is no header of that kind: it signs what has them. */
export class WithHeaders implements Credential {
  readonly #headers: Credential;
  readonly #inner: Credential;

  constructor(headers: Credential, inner: Credential) {
    this.#headers = headers;
    this.#inner = inner;
  }

  get canChange(): boolean {
    return this.#headers.canChange || this.#inner.canChange;
  }

  /** Both only grow. */
  get mark(): number {
    return this.#headers.mark + this.#inner.mark;
  }

  get secrets(): readonly string[] {
    return [...this.#headers.secrets, ...this.#inner.secrets];
  }

  async sign(request: Outgoing, signal: AbortSignal): Promise<Signed> {
    const outer = await this.#headers.sign(request, signal);
    const headers = { ...request.headers, ...outer.headers };
    const inner = await this.#inner.sign({ ...request, headers }, signal);
    return { headers: { ...outer.headers, ...inner.headers }, mark: outer.mark + inner.mark };
  }

  async refused(): Promise<void> {
    await Promise.all([this.#headers.refused(), this.#inner.refused()]);
  }

  async look(): Promise<void> {
    await Promise.all([this.#headers.look(), this.#inner.look()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#headers.stop(), this.#inner.stop()]);
  }
}
