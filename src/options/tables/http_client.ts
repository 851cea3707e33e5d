/**
 * How to ask an HTTP server: who walq is, and by which way. These rows are the same for
 * all that walq asks, as those of Prometheus's HTTP clients are.
 */
import { HEADER_VALUE } from "../../credentials.ts";
import { defaulted, optional } from "../block.ts";
import type {
  CheckedBasicAuth,
  CheckedEndpointOptions,
  CheckedHttpHeader,
  CheckedTlsOptions,
} from "../checked.ts";
import { type Broken, hidden, oneOf, shown } from "../checks.ts";
import { flag, named, nested, path, secret, text } from "../kinds.ts";
import type { Kind, Option } from "../table.ts";
import type { BasicAuth, HttpHeader, TlsOptions } from "../types.ts";
import { BASIC_AUTH } from "./basic_auth.ts";
import { headerLists, TOKEN, whyNoHeader } from "./headers.ts";
import { HTTP_HEADER } from "./http_header.ts";
import { TLS } from "./tls.ts";

const AUTHORIZATION_TYPE = text(
  (input) =>
    isBasic(input) ? 'another type: with "Basic" goes basicAuth' : 'a type such as "Bearer"',
  (input) => TOKEN.test(input) && !isBasic(input) ? input : undefined,
  hidden,
);

function isBasic(input: unknown): boolean {
  return typeof input === "string" && input.toLowerCase() === "basic";
}

/** Its user name and password are secrets. */
const PROXY_URL = secret(
  'a URL of the scheme http, https, socks5 or socks5h, such as "http://proxy:3128"',
  (input) => /^(?:https?|socks5h?):\/\/./i.test(input) && URL.canParse(input),
);

/** What is no host is passed over, as Go does it. */
const NO_PROXY = text(
  'a list of hosts such as "localhost,.internal,10.0.0.0/8"',
  (input) => input,
);

type Optional<Given, Checked> = Option<Kind<Given, Checked>, "optional">;

/** The compiler wants to be told what a table may spread. */
type HttpClientRows = {
  readonly basicAuth: Optional<BasicAuth, CheckedBasicAuth>;
  readonly bearerToken: Optional<string, string>;
  readonly bearerTokenFile: Optional<string, string>;
  readonly authorizationType: Optional<string, string>;
  readonly httpHeaders: Optional<
    Readonly<Record<string, HttpHeader>>,
    Readonly<Record<string, CheckedHttpHeader>>
  >;
  readonly tlsConfig: Optional<TlsOptions, CheckedTlsOptions>;
  readonly proxyUrl: Optional<string, string>;
  readonly noProxy: Optional<string, string>;
  readonly proxyFromEnvironment: Option<Kind<boolean, boolean>, "defaulted">;
  readonly proxyConnectHeader: Optional<HeaderLists, HeaderLists>;
  readonly followRedirects: Option<Kind<boolean, boolean>, "defaulted">;
};

type HeaderLists = Readonly<Record<string, readonly string[]>>;

/** Who walq is, and how it connects. */
export const HTTP_CLIENT: HttpClientRows = {
  basicAuth: optional(nested(BASIC_AUTH), {
    doc: "Sent as the Authorization header.",
  }),
  bearerToken: optional(
    secret("printable ASCII that is not empty", (token) => HEADER_VALUE.test(token)),
    {
      doc: "Sent as the Authorization header, after its type: printable ASCII; a secret, " +
        "never logged.",
      file: ["bearer_token", "authorization.credentials"],
    },
  ),
  bearerTokenFile: optional(path("file"), {
    doc: "A file that holds that token in place of `bearerToken`: as `passwordFile` of " +
      "`basicAuth`.",
    file: ["bearer_token_file", "authorization.credentials_file"],
    insteadOf: "bearerToken",
  }),
  authorizationType: optional(AUTHORIZATION_TYPE, {
    doc: "The type of that header; only with `bearerToken` or its file.",
    file: "authorization.type",
    defaultDoc: '"Bearer"',
  }),
  httpHeaders: optional(named(HTTP_HEADER, whyNoSecretHeader), {
    doc: "Headers to add to every request, by their names, with values that can be in files.",
  }),
  tlsConfig: optional(nested(TLS), {
    doc: "TLS by other authorities, with a certificate of walq's own, and so on: " +
      "[connections.md](connections.md).",
  }),
  proxyUrl: optional(PROXY_URL, {
    doc: "A proxy for all connections: http, https, socks5 or socks5h, with a user name and a " +
      "password where it wants them; those are secrets, never logged.",
  }),
  noProxy: optional(NO_PROXY, {
    doc: "Hosts that are connected to without that proxy: names (with all below them), " +
      "addresses, networks, each with a port or without, or `*`. With it, hosts of this " +
      "machine are too.",
  }),
  proxyFromEnvironment: defaulted(flag(), false, {
    doc: "Take proxies from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or the same in lower " +
      "case. Not together with `proxyUrl`. Without either no proxy is used, whatever the " +
      "environment says.",
  }),
  proxyConnectHeader: optional(headerLists(), {
    doc: "Headers for the proxy alone, with each CONNECT. Values are secrets.",
  }),
  followRedirects: defaulted(flag(), true, {
    doc: "Follow a redirect with 307 or 308 that leads to the same scheme, host and port. All " +
      "other redirects are no answer: the request is sent again to where it was.",
  }),
};

function whyNoSecretHeader(name: string, all: Record<string, unknown>): string | undefined {
  if (name.toLowerCase() !== "authorization") return whyNoHeader(name, all);
  return "reserved: give the credentials as such, not as a header";
}

/** Ways to say who walq is, of which one may be used, and what messages call them. */
const WAYS = ["basicAuth", "bearerToken", "bearerTokenFile"] as const;

/** What is wrong between these options, and with `headers`. */
export function* clientContradictions(client: CheckedEndpointOptions): Generator<Broken> {
  yield* proxyContradictions(client);
  yield* oneOf(client, "bearerToken", "bearerTokenFile");
  const [first, second] = WAYS.filter((way) => client[way] !== undefined);
  const isOneToken = first === "bearerToken" && second === "bearerTokenFile";
  if (first !== undefined && second !== undefined && !isOneToken) {
    yield [second, `given together with ${first}, expected at most one of them`];
  }
  const hasToken = client.bearerToken !== undefined || client.bearerTokenFile !== undefined;
  if (client.authorizationType !== undefined && !hasToken) {
    yield ["authorizationType", "given without bearerToken, which is what it would be the type of"];
  }
  const own = Object.keys(client.headers);
  if (first !== undefined && own.some((name) => name.toLowerCase() === "authorization")) {
    yield ["headers", `have Authorization, which ${first} already sets`];
  }
  for (const name of Object.keys(client.httpHeaders ?? {})) {
    const twin = own.find((other) => other.toLowerCase() === name.toLowerCase());
    if (twin !== undefined) {
      yield [["httpHeaders", name], `the same header as ${shown(twin)} in headers`];
    }
  }
}

/** The rules of Prometheus's own check. */
function* proxyContradictions(client: CheckedEndpointOptions): Generator<Broken> {
  const { proxyUrl, noProxy, proxyFromEnvironment, proxyConnectHeader } = client;
  if (proxyFromEnvironment && proxyUrl !== undefined) {
    yield ["proxyUrl", "given together with proxyFromEnvironment, expected one of them"];
  }
  if (proxyFromEnvironment && noProxy !== undefined) {
    yield ["noProxy", "given together with proxyFromEnvironment, which takes NO_PROXY"];
  } else if (noProxy !== undefined && proxyUrl === undefined) {
    yield ["noProxy", "given without proxyUrl"];
  }
  if (proxyConnectHeader !== undefined && proxyUrl === undefined && !proxyFromEnvironment) {
    yield ["proxyConnectHeader", "given without proxyUrl or proxyFromEnvironment"];
  }
}
