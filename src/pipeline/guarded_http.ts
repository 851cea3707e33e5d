import type { HttpAnswer, HttpClient, HttpRequest } from "../contracts.ts";

/**
 * Lets requests through while this process may send: in the moment in which one leaves, what
 * it holds must not be another process's by now.
 */
export class GuardedHttp implements HttpClient {
  readonly #inner: HttpClient;
  readonly #maySend: () => boolean;

  constructor(inner: HttpClient, maySend: () => boolean) {
    this.#inner = inner;
    this.#maySend = maySend;
  }

  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    if (!this.#maySend()) {
      throw new Error("the partitions of what is to be sent may be another process's by now");
    }
    return await this.#inner.exchange(request, signal);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
