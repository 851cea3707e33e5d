/**
 * Requests as `Request` has them, for a handler that looks at the method, the URL and a
 * header or two: the real ones are dear to make. Whatever else somebody asks of them, a real one answers.
 */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** A path that is the same when it has been read as part of a URL. */
const PLAIN_PATH = /^\/[\w\-./~?=&+,:;@!$()*%]*$/;
/** What may be a step in a path that leads nowhere, or back. */
const DOTTED = /\/\.|%2e/i;

/**
 * The host is a header like others: whatever it says, the path is found. So is the method: a
 * `Request` refuses `TRACE`, for which the router has an answer as for all others.
 */
export function requestOf(incoming: IncomingMessage): Request {
  const { method = "GET", url = "/" } = incoming;
  return new AskedRequest(incoming, method, urlOf(url)) as unknown as Request;
}

class AskedHeaders {
  readonly #headers: IncomingHttpHeaders;
  #real: Headers | undefined;

  constructor(headers: IncomingHttpHeaders) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    const key = name.toLowerCase();
    const value = Object.hasOwn(this.#headers, key) ? this.#headers[key] : undefined;
    return value === undefined ? null : String(value);
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  real(): Headers {
    return this.#real ??= realHeaders(this.#headers);
  }
}

class AskedRequest {
  readonly #incoming: IncomingMessage;
  readonly #method: string;
  readonly #url: string;
  readonly #headers: AskedHeaders;
  #real: Request | undefined;

  constructor(incoming: IncomingMessage, method: string, url: string) {
    this.#incoming = incoming;
    this.#method = method;
    this.#url = url;
    this.#headers = new AskedHeaders(incoming.headers);
  }

  get method(): string {
    return this.#method;
  }

  get url(): string {
    return this.#url;
  }

  get headers(): AskedHeaders {
    return this.#headers;
  }

  real(): Request {
    return this.#real ??= realRequest(this.#incoming);
  }
}

/**
 * Gives a class what it lacks of another one, by way of a real one: when somebody asks for it.
 * Node loads all of its `fetch` as soon as one of these classes is named.
 */
function complete(
  { prototype: light }: { readonly prototype: object },
  wholeOf: () => { readonly prototype: object },
): void {
  const completed = (): object => {
    const { prototype: whole } = wholeOf();
    if (Object.getPrototypeOf(light) !== whole) completeNow(light, whole);
    return whole;
  };
  const ahead = new Proxy({}, {
    get: (_, key, asked) => {
      completed();
      return Reflect.get(light, key, asked);
    },
    has: (_, key) => Reflect.has(completed(), key),
    getPrototypeOf: completed,
  });
  Object.setPrototypeOf(light, ahead);
}

function completeNow(light: object, whole: object): void {
  Object.setPrototypeOf(light, whole);
  for (const key of Reflect.ownKeys(whole)) {
    if (Object.hasOwn(light, key)) continue;
    Object.defineProperty(light, key, {
      get(this: { real(): object }): unknown {
        const real = this.real();
        const value: unknown = Reflect.get(real, key);
        return typeof value === "function" ? value.bind(real) : value;
      },
    });
  }
}

complete(AskedHeaders, () => Headers);
complete(AskedRequest, () => Request);

function realHeaders(headers: IncomingHttpHeaders): Headers {
  const real = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) real.set(name, String(value));
  }
  return real;
}

function realRequest({ url, method = "GET", headers }: IncomingMessage): Request {
  return new Request(urlOf(url ?? "/"), { method, headers: realHeaders(headers) });
}

/** The URL for a path, or for a whole URL as a proxy is asked for it (RFC 9112, section 3.2.2). */
function urlOf(target: string): string {
  if (PLAIN_PATH.test(target) && !DOTTED.test(target)) return `http://walq${target}`;
  const path = target.startsWith("/") ? target : /^https?:\/\/[^/?#]*(.*)$/i.exec(target)?.[1];
  return new URL(`http://walq${path?.startsWith("/") ? path : `/${path ?? target}`}`).href;
}
