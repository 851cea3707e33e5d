import type { HttpAnswer, HttpClient, HttpRequest } from "../contracts.ts";

/** As Go's client. */
const REDIRECTS_MAX = 10;

/**
 * Follows redirects that stay at the scheme, host and port that was asked, with the
 * request as it is: 307 and 308 for any request, and the others for one without a body
 * (RFC 9110, section 15.4). Every other redirect is the answer: what is sent may have
 * secrets, and what stores nothing must not look like a success.
 */
export class RedirectingHttpClient implements HttpClient {
  readonly #http: HttpClient;

  constructor(http: HttpClient) {
    this.#http = http;
  }

  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    let answer = await this.#http.exchange(request, signal);
    if (answer.status < 300 || answer.status >= 400) return answer;
    let { url } = request;
    const asked = new Set([url]);
    while (asked.size <= REDIRECTS_MAX) {
      const next = nextUrl(answer, url, request.method);
      // A circle would be gone through again with each attempt.
      if (next === undefined || asked.has(next)) return answer;
      asked.add(url = next);
      answer = await this.#http.exchange({ ...request, url }, signal);
    }
    return answer;
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

/** Where the request goes next; undefined when it goes nowhere. */
function nextUrl(
  { status, header }: HttpAnswer,
  from: string,
  method: HttpRequest["method"],
): string | undefined {
  const keepsMethod = status === 307 || status === 308;
  const isFollowed = keepsMethod || (method === "GET" && [301, 302, 303].includes(status));
  const location = isFollowed ? header("location") : undefined;
  if (location === undefined || !URL.canParse(location, from)) return undefined;
  const url = new URL(location, from);
  const isHere = url.origin === new URL(from).origin && url.username === "" && url.password === "";
  return isHere ? url.href : undefined;
}
