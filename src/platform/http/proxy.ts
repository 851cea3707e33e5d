import type { ProxySettings } from "../../contracts.ts";
import { ConnectionSettingsError, ProxyError } from "../../errors.ts";
import { hideSecrets } from "../../hide_secrets.ts";
import { isExempt, parseNoProxy } from "./no_proxy.ts";
import type { Target } from "./target.ts";

/** A proxy that connections can go by. */
export interface Proxy {
  /** How it is spoken to; by `socks5` it looks names up itself. */
  readonly kind: "http" | "https" | "socks5";
  /** As a socket wants it: an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Without what may be a secret. */
  readonly shown: string;
  /** Undefined where the URL has no user name. */
  readonly login: ProxyLogin | undefined;
  /** Sent with each CONNECT; the values are secrets. */
  readonly connectHeaders: Readonly<Record<string, readonly string[]>>;
}

/** Who walq is to a proxy; both are secrets. */
export interface ProxyLogin {
  readonly username: string;
  readonly password: string;
}

/** By which proxy a request goes there, if by any. */
export type ChooseProxy = (target: Target) => Proxy | undefined;

/** What is in the environment under a name. */
export type ReadEnvironment = (name: string) => string | undefined;

const KINDS: Readonly<Record<string, readonly [Proxy["kind"], defaultPort: number]>> = {
  "http:": ["http", 80],
  "https:": ["https", 443],
  "socks5:": ["socks5", 1080],
  "socks5h:": ["socks5", 1080],
};

/**
 * Chooses as Go does it: `url` is for all hosts when there is no `noProxy`; with one, and
 * by the environment, a host of this machine is never asked for by a proxy.
 *
 * @throws {ConnectionSettingsError} for what is no URL of a proxy.
 */
export function proxyChooser(settings: ProxySettings, env: ReadEnvironment): ChooseProxy {
  const { url, noProxy, fromEnvironment, connectHeaders } = settings;
  if (fromEnvironment) return environmentChooser(connectHeaders, env);
  if (url === undefined) return () => undefined;
  const proxy = parseProxyUrl(url, connectHeaders);
  if (proxy === undefined) {
    throw new ConnectionSettingsError(["proxyUrl"], `expected ${EXPECTED}`);
  }
  if (noProxy === undefined) return () => proxy;
  const exempt = parseNoProxy(noProxy);
  return (target) => isExempt(target, exempt) ? undefined : proxy;
}

const EXPECTED =
  'a URL of the scheme http, https, socks5 or socks5h, such as "http://proxy:3128"; ' +
  "for SOCKS a user name of 1 to 255 bytes and a password of at most 255, or neither";
/** The user name, or the password, of SOCKS. */
const LOGIN_BYTES_MAX = 255;

/** golang.org/x/net/http/httpproxy, FromEnvironment. */
function environmentChooser(
  connectHeaders: ProxySettings["connectHeaders"],
  env: ReadEnvironment,
): ChooseProxy {
  const http = environmentProxy("HTTP_PROXY", connectHeaders, env);
  const https = environmentProxy("HTTPS_PROXY", connectHeaders, env);
  const exempt = parseNoProxy(either("NO_PROXY", env));
  // A CGI program has the header "Proxy:" of whoever asks as HTTP_PROXY.
  const isCgi = (env("REQUEST_METHOD") ?? "") !== "";
  return (target) => {
    const proxy = target.isSecure ? https : http;
    if (proxy === undefined) return undefined;
    if (isCgi && !target.isSecure) {
      throw new ProxyError(
        proxy.shown,
        "is not used: HTTP_PROXY is the client's word where REQUEST_METHOD is set",
      );
    }
    return isExempt(target, exempt) ? undefined : proxy;
  };
}

function environmentProxy(
  name: string,
  connectHeaders: ProxySettings["connectHeaders"],
  env: ReadEnvironment,
): Proxy | undefined {
  const text = either(name, env);
  if (text === "") return undefined;
  // Many write "proxy:3128".
  const url = text.includes("://") ? text : `http://${text}`;
  const proxy = parseProxyUrl(url, connectHeaders);
  if (proxy !== undefined) return proxy;
  const message = `the environment's ${name} is wrong: expected ${EXPECTED}`;
  throw new ConnectionSettingsError(["proxyFromEnvironment"], message);
}

/** In upper case, or else in lower case. */
function either(name: string, env: ReadEnvironment): string {
  return env(name) || env(name.toLowerCase()) || "";
}

/** Undefined for what is no URL of a proxy. */
function parseProxyUrl(
  text: string,
  connectHeaders: ProxySettings["connectHeaders"],
): Proxy | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === "" || !Object.hasOwn(KINDS, url.protocol)) {
    return undefined;
  }
  const [kind, defaultPort] = KINDS[url.protocol]!;
  const { hostname } = url;
  const port = url.port === "" ? defaultPort : Number(url.port);
  const login = loginIn(url);
  if (kind === "socks5" && login !== undefined && !isCarried(login)) return undefined;
  return {
    kind,
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    shown: `${url.protocol}//${hostname}:${port}`,
    login,
    connectHeaders,
  };
}

function loginIn({ username, password }: URL): ProxyLogin | undefined {
  if (username === "" && password === "") return undefined;
  return { username: decoded(username), password: decoded(password) };
}

/** Both have their length in one byte (RFC 1929). That of a password may be 0, as Go sends it, though the RFC has it from 1. */
function isCarried({ username, password }: ProxyLogin): boolean {
  const lengthOf = (text: string): number => new TextEncoder().encode(text).length;
  return username !== "" && lengthOf(username) <= LOGIN_BYTES_MAX &&
    lengthOf(password) <= LOGIN_BYTES_MAX;
}

/** As it is where it has a "%" that stands for nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A text of the proxy's without what it was told of the login: it may echo the request, whole or cut off. */
export function withoutLogin(text: string, proxy: Proxy): string {
  const { login } = proxy;
  if (login === undefined) return text;
  const pair = proxyAuthorization(proxy)!.replace(/^Basic /, "");
  return hideSecrets(text, [pair, `${login.username}:${login.password}`, login.password]);
}

/** The value of Proxy-Authorization, if there is one: RFC 7617, in UTF-8. */
export function proxyAuthorization({ login }: Proxy): string | undefined {
  if (login === undefined) return undefined;
  const bytes = new TextEncoder().encode(`${login.username}:${login.password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
}
