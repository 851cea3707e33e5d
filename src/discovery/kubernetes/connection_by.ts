import type { ResolvedClient } from "../../options/resolved_scrape.ts";

type Connection = NonNullable<ResolvedClient["connection"]>;

/** A connection over TLS by these settings. */
export function connectionBy(
  tls: Partial<NonNullable<Connection["tls"]>>,
  proxyUrl?: string,
): Connection {
  return {
    tls: {
      ca: undefined,
      cert: undefined,
      key: undefined,
      caFile: undefined,
      certFile: undefined,
      keyFile: undefined,
      serverName: undefined,
      insecureSkipVerify: false,
      ...tls,
    },
    proxy: proxyUrl === undefined
      ? undefined
      : { url: proxyUrl, fromEnvironment: false, connectHeaders: {} },
    roundRobinDns: false,
  };
}
