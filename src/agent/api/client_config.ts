/** How somebody is asked over HTTP, in the keys of a file of Prometheus and without secrets. */
import type { ResolvedClient } from "../../options.ts";
import { shownUrl } from "../../shown_url.ts";

/** Keys of the file. Those that are undefined, empty, "" or 0 are left out, as Prometheus leaves them out. */
export type Keys = Readonly<Record<string, unknown>>;

type Credentials = ResolvedClient["credentials"];
type ConnectionSource = NonNullable<ResolvedClient["connection"]>;
/** Its text, or the file that holds it. */
type Secret = Credentials["secretHeaders"][number]["values"][number];

const HIDDEN = "<secret>";

/** Those of the keys that say something. */
export function given(keys: Keys): Keys {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => !isNothing(value)));
}

function isNothing(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === "" || value === 0 || value === false;
}

/** How somebody is asked over HTTP. */
export function clientKeys({ credentials, connection, followRedirects }: ResolvedClient): Keys {
  return {
    ...identityKeys(credentials),
    ...given({ tls_config: tlsKeys(connection?.tls) }),
    follow_redirects: followRedirects,
    enable_http2: true,
    ...proxyKeys(connection),
    ...given({
      http_headers: Object.fromEntries(
        credentials.secretHeaders.map(({ name, values }) => [inGoForm(name), headerKeys(values)]),
      ),
    }),
  };
}

function identityKeys({ identity }: Credentials): Keys {
  if (identity.kind === "basic") {
    const { username, password } = identity;
    const name = typeof username === "string" ? { username } : { username_file: username.path };
    return { basic_auth: given({ ...name, ...secretKey("password", password) }) };
  }
  if (identity.kind === "token") {
    return {
      authorization: { type: identity.type, ...secretKey("credentials", identity.token) },
    };
  }
  if (identity.kind !== "oauth2") return {};
  const { clientId, secret, scopes, tokenUrl, endpointParams } = identity;
  return {
    oauth2: given({
      client_id: clientId,
      ...secretKey("client_secret", secret),
      scopes,
      token_url: shownUrl(tokenUrl),
      endpoint_params: Object.fromEntries(
        Object.keys(endpointParams).map((name) => [name, HIDDEN]),
      ),
    }),
  };
}

/** The secret hidden, or the path of its file. */
export function secretKey(key: string, secret: Secret): Keys {
  if (typeof secret !== "string") return { [`${key}_file`]: secret.path };
  return secret === "" ? {} : { [key]: HIDDEN };
}

/** A header's name as Go writes it. */
function inGoForm(name: string): string {
  return name.replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase());
}

function headerKeys(values: readonly Secret[]): Keys {
  const files = values.flatMap((value) => typeof value === "string" ? [] : [value.path]);
  return given({ secrets: values.slice(files.length).map(() => HIDDEN), files });
}

/** How TLS is spoken; its key hidden. */
export function tlsKeys(tls: ConnectionSource["tls"]): Keys {
  if (tls === undefined) return {};
  return {
    ...given({
      ca: tls.ca,
      cert: tls.cert,
      key: tls.key === undefined ? "" : HIDDEN,
      ca_file: tls.caFile,
      cert_file: tls.certFile,
      key_file: tls.keyFile,
      server_name: tls.serverName,
    }),
    insecure_skip_verify: tls.insecureSkipVerify,
    ...given({ min_version: tls.minVersion, max_version: tls.maxVersion }),
  };
}

function proxyKeys(connection: ConnectionSource | undefined): Keys {
  const proxy = connection?.proxy;
  if (proxy === undefined) return {};
  return given({
    proxy_url: proxy.url === undefined ? "" : shownUrl(proxy.url),
    no_proxy: proxy.noProxy,
    proxy_from_environment: proxy.fromEnvironment,
    proxy_connect_header: Object.fromEntries(
      Object.entries(proxy.connectHeaders).map(([name, values]) => [
        name,
        values.map(() => HIDDEN),
      ]),
    ),
  });
}
