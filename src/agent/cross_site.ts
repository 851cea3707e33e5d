/**
 * What a browser lets other people's pages do. A page can have its own name resolve
 * to 127.0.0.1 (DNS rebinding) and then reads whatever listens there: its name is in
 * the Host header. And a page can post to any address without asking: its origin is
 * in the Origin header, which browsers send with every POST, and senders never. A page
 * that did both has the same name in both, so that they agree proves nothing.
 */

/** The names that a server goes by, and where a client came in. */
export interface ServerNames {
  /** What it listens on; a socket of Unix, which no page can reach by itself, has none. */
  readonly hostname: string | undefined;
  /**
   * The address at which the connection came in, whatever the name that is listened
   * on: any name may mean loopback, and a wildcard does, too. One that is not known
   * is taken for loopback.
   */
  readonly localAddress?: string | undefined;
  /** The name of this host. */
  readonly ownName?: string | undefined;
  /** In lower case. */
  readonly allowedHosts: readonly string[];
}

/** The name in the Host header if it is a foreign one. Only on loopback a server knows all its own names. */
export function foreignHost(headers: Headers, server: ServerNames): string | undefined {
  if (!isOnLoopback(server)) return undefined;
  const name = nameIn(headers.get("host") ?? "");
  return isKnown(name, server) ? undefined : name;
}

/** The Origin header if it is that of a page which this server did not serve, nor a neighbour on loopback. */
export function foreignOrigin(headers: Headers, server: ServerNames): string | undefined {
  const origin = headers.get("origin") ?? "";
  if (origin === "") return isOfOtherPage(headers) ? "another site" : undefined;
  if (!URL.canParse(origin)) return origin;
  const { host, hostname } = new URL(origin);
  const asked = headers.get("host")?.toLowerCase() ?? "";
  const isOwn = (host === asked && isKnown(nameIn(asked), server)) || isNamed(hostname, server) ||
    (isLocal(hostname) && (server.hostname === undefined || isOnLoopback(server)));
  return isOwn ? undefined : origin;
}

/** What browsers say where they say no origin, to https and to loopback. */
function isOfOtherPage(headers: Headers): boolean {
  return /^(?:cross|same)-site$/i.test(headers.get("sec-fetch-site") ?? "");
}

/** Whether nobody else can make the name be this host. */
function isKnown(name: string, server: ServerNames): boolean {
  // Nobody can make an address, or a name without a dot, resolve to somewhere else.
  const isFixed = !name.includes(".") || /^[\d.]+$/.test(name) || /^\[[\da-f:.]+\]$/.test(name);
  return isFixed || isLocal(name) || isNamed(name, server);
}

function isNamed(name: string, { hostname, ownName, allowedHosts }: ServerNames): boolean {
  const own = [hostname, ownName].map((one) => one?.toLowerCase());
  // What is every host's own name is nobody's.
  return (own.includes(name) && !isLocal(name)) || allowedHosts.includes(name);
}

function isOnLoopback({ hostname, localAddress }: ServerNames): boolean {
  return hostname !== undefined && (localAddress === undefined || isLoopback(localAddress));
}

/** An address as runtimes write it; one of IPv4 may be mapped into IPv6. */
function isLoopback(address: string): boolean {
  return /^(?:(?:::ffff:)?127\.|::ffff:7f[\da-f]{2}:|::1$)/i.test(address);
}

function isLocal(name: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(name);
}

/** Without the port, and the dot that may end a full name. */
function nameIn(host: string): string {
  return host.trim().toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}
