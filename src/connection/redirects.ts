import type { HttpAnswer, HttpAnswerHead, HttpClient, HttpRequest } from "../contracts.ts";

/** As Go's client. */
const REDIRECTS_MAX = 10;

/** Sent to another host than the one that was asked: none of these says who walq is. */
const SENT_ELSEWHERE = /^(accept|accept-encoding|user-agent|x-prometheus-[a-z-]+)$/i;

/**
 * Follows redirects that stay at the scheme, host and port that was asked, with the
 * request as it is: 307 and 308 for any request, and the others for one without a body
 * (RFC 9110, section 15.4). Every other redirect is the answer: what is sent may have
 * secrets, and what stores nothing must not look like a success.
 *
 * With `goesElsewhere` a GET is followed to other hosts, too, as Prometheus follows what
 * targets and servers of discoveries answer: without the headers that may be secrets.
 */
export class RedirectingHttpClient implements HttpClient {
  readonly #http: HttpClient;
  readonly #goesElsewhere: boolean;

  constructor(http: HttpClient, goesElsewhere: boolean = false) {
    this.#http = http;
    this.#goesElsewhere = goesElsewhere;
  }

  async exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    if (request.onBody === undefined) {
      const answer = await this.#http.exchange(request, signal);
      // Nearly all are none.
      return isRedirect(answer) ? await this.#follow(request, signal, answer) : answer;
    }
    return await this.#follow(request, signal);
  }

  /** `answered` is what the request got. */
  async #follow(
    request: HttpRequest,
    signal: AbortSignal,
    answered?: HttpAnswer,
  ): Promise<HttpAnswer> {
    const { onBody } = request;
    let others: Set<string> | undefined;
    // A circle would be gone through again with each attempt.
    const next = (head: HttpAnswerHead, from: string): string | undefined => {
      if (!isRedirect(head)) return undefined;
      const asked = others ??= new Set([request.url]);
      if (asked.size > REDIRECTS_MAX) return undefined;
      const url = nextUrl(head, from, request.method, this.#goesElsewhere);
      return url === undefined || asked.has(url) ? undefined : url;
    };
    for (let asking = request;;) {
      const { url } = asking;
      const answer = answered ?? await this.#http.exchange(
        // The body of an answer that is not the last one interests nobody.
        onBody === undefined ? asking : {
          ...asking,
          onBody: (piece, head) => next(head, url) === undefined && onBody(piece, head),
        },
        signal,
      );
      answered = undefined;
      const to = next(answer, url);
      if (to === undefined) return answer;
      others?.add(to);
      asking = { ...asking, url: to, headers: headersFor(to, asking) };
    }
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

function isRedirect({ status }: HttpAnswerHead): boolean {
  return status >= 300 && status < 400;
}

/** Where the request goes next; undefined when it goes nowhere. */
function nextUrl(
  { status, header }: HttpAnswerHead,
  from: string,
  method: HttpRequest["method"],
  goesElsewhere: boolean,
): string | undefined {
  const keepsMethod = status === 307 || status === 308;
  const isFollowed = keepsMethod || (method === "GET" && [301, 302, 303].includes(status));
  const location = isFollowed ? header("location") : undefined;
  if (location === undefined || !URL.canParse(location, from)) return undefined;
  const url = new URL(location, from);
  if (url.username !== "" || url.password !== "") return undefined;
  const isHere = url.origin === new URL(from).origin;
  const isThere = goesElsewhere && method === "GET" && /^https?:$/.test(url.protocol);
  return isHere || isThere ? url.href : undefined;
}

/** Once they are gone they do not come back, as in Go's client. */
function headersFor(to: string, { url, headers }: HttpRequest): HttpRequest["headers"] {
  if (new URL(to).origin === new URL(url).origin) return headers;
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => SENT_ELSEWHERE.test(name)),
  );
}
