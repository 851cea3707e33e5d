/** Where a request goes. */
export interface Target {
  /** Connections to the same place are shared. */
  readonly place: string;
  /** Scheme, host and port. */
  readonly origin: string;
  readonly isSecure: boolean;
  /** As a socket wants it: an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The path of the socket of this host that is connected to, in place of host and port. */
  readonly unixSocket: string | undefined;
  /** As the header wants it: with the port where it is not the scheme's own. */
  readonly authority: string;
  /** Path and query. */
  readonly path: string;
}

/** The parts of an http or https URL. */
export function targetOf(text: string, unixSocket?: string): Target {
  const url = new URL(text);
  const isSecure = url.protocol === "https:";
  if (!isSecure && url.protocol !== "http:") {
    throw new TypeError(`got a URL of the scheme "${url.protocol}", expected http or https`);
  }
  return {
    // No origin has a space.
    place: unixSocket === undefined ? url.origin : `${url.origin} ${unixSocket}`,
    origin: url.origin,
    isSecure,
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (isSecure ? 443 : 80) : Number(url.port),
    unixSocket,
    authority: url.host,
    path: url.pathname + url.search,
  };
}
