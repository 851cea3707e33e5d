/** How connections are made. These rows are the same wherever walq is a client. */
import { defaulted, optional } from "../block.ts";
import type { CheckedTlsOptions } from "../checked.ts";
import type { Broken } from "../checks.ts";
import { flag, nested, secret, text } from "../kinds.ts";
import type { Kind, Option } from "../table.ts";
import type { TlsOptions } from "../types.ts";
import { headerLists } from "./headers.ts";
import { TLS } from "./tls.ts";

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

type HeaderLists = Readonly<Record<string, readonly string[]>>;

/** The compiler wants to be told what a table may spread. */
export type ConnectionRows = {
  readonly tlsConfig: Optional<TlsOptions, CheckedTlsOptions>;
  readonly proxyUrl: Optional<string, string>;
  readonly noProxy: Optional<string, string>;
  readonly proxyFromEnvironment: Option<Kind<boolean, boolean>, "defaulted">;
  readonly proxyConnectHeader: Optional<HeaderLists, HeaderLists>;
};

/** TLS and proxies. */
export const CONNECTION: ConnectionRows = {
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
};

/** What has these options. */
interface Proxied {
  readonly proxyUrl: string | undefined;
  readonly noProxy: string | undefined;
  readonly proxyFromEnvironment: boolean;
  readonly proxyConnectHeader: HeaderLists | undefined;
}

/** The rules of Prometheus's own check. */
export function* proxyContradictions(client: Proxied): Generator<Broken> {
  const { proxyUrl, noProxy, proxyFromEnvironment, proxyConnectHeader } = client;
  if (proxyFromEnvironment && proxyUrl !== undefined) {
    yield ["proxyUrl", "given together with proxyFromEnvironment, expected one of them"];
  }
  if (proxyFromEnvironment && noProxy !== undefined) {
    yield ["noProxy", "given together with proxyFromEnvironment, which takes NO_PROXY"];
  } else if (noProxy !== undefined && proxyUrl === undefined) {
    yield ["noProxy", "given without proxyUrl"];
  }
  const hasHeader = Object.keys(proxyConnectHeader ?? {}).length > 0;
  if (hasHeader && proxyUrl === undefined && !proxyFromEnvironment) {
    yield ["proxyConnectHeader", "given without proxyUrl or proxyFromEnvironment"];
  }
}
