import type { ConnectionSource, TlsSource } from "../connection/source.ts";
import type { ProxySettings } from "../contracts.ts";
import type { CheckedEndpointOptions } from "./checked.ts";
import type { ConnectionOptions } from "./resolved.ts";

type Given = Pick<CheckedEndpointOptions, Exclude<ConnectionOptions, "roundRobinDns">>;

/** How connections are made, by the options of a client; undefined where they say nothing of it. */
export function resolveConnection(
  given: Given,
  roundRobinDns: boolean,
): ConnectionSource | undefined {
  const tls = resolveTls(given);
  const proxy = resolveProxy(given);
  if (tls === undefined && proxy === undefined && !roundRobinDns) return undefined;
  return { tls, proxy, roundRobinDns };
}

function resolveTls({ tlsConfig }: Given): TlsSource | undefined {
  if (tlsConfig === undefined) return undefined;
  const { insecureSkipVerify, ...others } = tlsConfig;
  const isEmpty = Object.values(others).every((value) => value === undefined);
  return isEmpty && !insecureSkipVerify ? undefined : tlsConfig;
}

function resolveProxy(given: Given): ProxySettings | undefined {
  const { proxyUrl, noProxy, proxyFromEnvironment, proxyConnectHeader = {} } = given;
  if (proxyUrl === undefined && !proxyFromEnvironment) return undefined;
  return {
    url: proxyUrl,
    noProxy,
    fromEnvironment: proxyFromEnvironment,
    connectHeaders: proxyConnectHeader,
  };
}
