import type { HttpAnswer, HttpClient, HttpRequest } from "../contracts.ts";
import { httpDateMs } from "../http_date.ts";

/** Tells what each answer says that the time is. */
export class DatedHttpClient implements HttpClient {
  readonly #http: HttpClient;
  readonly #heard: (dateMs: number) => void;

  constructor(http: HttpClient, heard: (dateMs: number) => void) {
    this.#http = http;
    this.#heard = heard;
  }

  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await this.#http.exchange(request, signal);
    const dateMs = httpDateMs(answer.header("date"));
    if (dateMs !== undefined) this.#heard(dateMs);
    return answer;
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}
