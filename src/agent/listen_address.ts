/** A port of the host, under one of its addresses. */
export interface PortAddress {
  readonly hostname: string;
  /** 0 takes any port that is free. */
  readonly port: number;
}

/** A socket of Unix in the file system. */
export interface SocketAddress {
  readonly path: string;
}

/** Where a server listens. */
export type ListenAddress = PortAddress | SocketAddress;

const SOCKET_PREFIX = "unix:";
/** What a socket's address holds on Linux, with the zero behind it (unix(7)). */
const SOCKET_PATH_BYTES_MAX = 107;

/** `host:port`, or `unix:` and a path; undefined for anything else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text.startsWith(SOCKET_PREFIX)) {
    const path = text.slice(SOCKET_PREFIX.length);
    const { length } = new TextEncoder().encode(path);
    return length === 0 || length > SOCKET_PATH_BYTES_MAX || path.includes("\0")
      ? undefined
      : { path };
  }
  const match = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]*):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[2]) > 65_535) return undefined;
  const hostname = match[1]!.replace(/^\[|\]$/g, "");
  return { hostname: hostname === "" ? "0.0.0.0" : hostname, port: Number(match[2]) };
}

/** Whether it is a wildcard, in whatever spelling: every address of the host, of IPv4 and of IPv6. */
export function isEverywhere(hostname: string): boolean {
  const url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}/`;
  return URL.canParse(url) && ["0.0.0.0", "[::]"].includes(new URL(url).hostname);
}

/** As it is written in a file; an address of IPv6 has colons of its own, and so brackets. */
export function shownAddress(address: ListenAddress): string {
  if ("path" in address) return `${SOCKET_PREFIX}${address.path}`;
  const { hostname, port } = address;
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

/** The port of the first address that has one. */
export function portOf({ addresses }: { readonly addresses: readonly ListenAddress[] }): number {
  for (const address of addresses) {
    if ("port" in address) return address.port;
  }
  throw new Error("BUG: no address has a port");
}
