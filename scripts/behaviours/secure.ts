import type { TlsOptions } from "../../mod.ts";
import type { ServerOptions } from "node:https";
import { openHttpProxy, openSocksProxy, type ProxyOptions } from "../../test/support/proxies.ts";
import type { Behaviour, Group, Stage } from "./behaviour.ts";
import { pem, serve, status } from "./servers.ts";

const OK = status(204);
const VALID = { cert: pem("valid"), key: pem("key") };
const CLIENTS = { ...VALID, requestCert: true, ca: pem("client_ca") };
const CLIENT = { cert: pem("client"), key: pem("client_key") };
const TRUSTED = { ca: pem("ca") };
const USER = { username: "bob", password: "s3cret" };

function secure(name: string, server: ServerOptions, tlsConfig?: TlsOptions): Behaviour {
  return {
    name,
    open: async (stage) => ({
      url: await serve(stage, OK, server),
      ...(tlsConfig && { tlsConfig }),
    }),
  };
}

function proxied(
  name: string,
  open: (stage: Stage) => Promise<{ port: number; scheme: string; login?: string }>,
  isSecure = false,
): Behaviour {
  return {
    name,
    open: async (stage) => {
      const { port, scheme, login = "" } = await open(stage);
      return {
        url: await serve(stage, OK, isSecure ? VALID : undefined),
        proxyUrl: `${scheme}://${login}127.0.0.1:${port}`,
        tlsConfig: TRUSTED,
      };
    },
  };
}

async function httpProxy(stage: Stage, options: ProxyOptions = {}): Promise<number> {
  const proxy = await openHttpProxy(options);
  stage.closeLater(() => proxy.close());
  return proxy.port;
}

async function socksProxy(stage: Stage, options: ProxyOptions = {}): Promise<number> {
  const proxy = await openSocksProxy(options);
  stage.closeLater(() => proxy.close());
  return proxy.port;
}

/** TLS and proxies. */
export const SECURE: readonly Group[] = [
  {
    title: "TLS",
    behaviours: [
      secure("a certificate by the authority of `ca`", VALID, TRUSTED),
      secure("the same, without `ca`", VALID),
      secure("a certificate that has expired", { ...VALID, cert: pem("expired") }, TRUSTED),
      secure("a certificate for another name", { ...VALID, cert: pem("wrong_host") }, TRUSTED),
      secure("the same, with `server_name`", { ...VALID, cert: pem("wrong_host") }, {
        ...TRUSTED,
        serverName: "other.invalid",
      }),
      secure("a certificate by itself", { ...VALID, cert: pem("self_signed") }, TRUSTED),
      secure("the same, with `insecure_skip_verify`", { ...VALID, cert: pem("self_signed") }, {
        insecureSkipVerify: true,
      }),
      secure("a client certificate is asked for, and given", CLIENTS, { ...TRUSTED, ...CLIENT }),
      secure("a client certificate is asked for, and there is none", CLIENTS, TRUSTED),
      secure(
        "TLS 1.2 at most, with `min_version: TLS13`",
        { ...VALID, maxVersion: "TLSv1.2" },
        { ...TRUSTED, minVersion: "TLS13" },
      ),
      secure("TLS 1.3 at least", { ...VALID, minVersion: "TLSv1.3" }, TRUSTED),
      {
        name: "HTTP at an https URL",
        open: async (stage) => ({
          url: (await serve(stage, OK)).replace("http:", "https:"),
          tlsConfig: TRUSTED,
        }),
      },
      {
        name: "TLS at an http URL",
        open: async (stage) => ({
          url: (await serve(stage, OK, VALID)).replace("https:", "http:"),
        }),
      },
    ],
  },
  {
    title: "Proxies",
    behaviours: [
      proxied("an http proxy", async (stage) => ({
        port: await httpProxy(stage),
        scheme: "http",
      })),
      proxied("an http proxy with a login, to https", async (stage) => ({
        port: await httpProxy(stage, { user: USER }),
        scheme: "http",
        login: "bob:s3cret@",
      }), true),
      proxied("an http proxy with a wrong login, to https", async (stage) => ({
        port: await httpProxy(stage, { user: USER }),
        scheme: "http",
        login: "bob:wrong@",
      }), true),
      proxied("an http proxy that refuses the tunnel", async (stage) => ({
        port: await httpProxy(stage, { answer: "HTTP/1.1 403 Forbidden\r\n\r\n" }),
        scheme: "http",
      }), true),
      proxied("an https proxy, to https", async (stage) => ({
        port: await httpProxy(stage, { tls: VALID }),
        scheme: "https",
      }), true),
      proxied("a SOCKS 5 proxy with a login", async (stage) => ({
        port: await socksProxy(stage, { user: USER }),
        scheme: "socks5",
        login: "bob:s3cret@",
      })),
      proxied("a SOCKS 5 proxy with a wrong login", async (stage) => ({
        port: await socksProxy(stage, { user: USER }),
        scheme: "socks5",
        login: "bob:wrong@",
      })),
      proxied("a proxy that is down", () => Promise.resolve({ port: 1, scheme: "http" })),
    ],
  },
];
