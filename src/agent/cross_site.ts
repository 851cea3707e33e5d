/**
 * What a browser lets other people's pages do. A page can have its own name resolve
 * to 127.0.0.1 (DNS rebinding) and then reads whatever listens there: its name is in
 * the Host header. And a page can post to any address without asking: its origin is
 * in the Origin header, which browsers send with every POST, and senders never.
 */

/** The names that a server goes by. */
export interface ServerNames {
  /** What it listens on; a socket of Unix, which no page can reach by itself, has none. */
  readonly hostname: string | undefined;
  /** In lower case. */
  readonly allowedHosts: readonly string[];
}

/** The name in the Host header if it is a foreign one. Only a listener on loopback knows all its own names. */
export function foreignHost(headers: Headers, server: ServerNames): string | undefined {
  if (server.hostname === undefined || !isLocal(server.hostname)) return undefined;
  const name = nameIn(headers.get("host") ?? "");
  // Nobody can make an address, or a name without a dot, resolve to somewhere else.
  const isFixed = !name.includes(".") || /^[\d.]+$/.test(name) || name.startsWith("[");
  return isFixed || isLocal(name) || isNamed(name, server) ? undefined : name;
}

/** The Origin header if it is that of a page which this server did not serve, nor a neighbour on loopback. */
export function foreignOrigin(headers: Headers, server: ServerNames): string | undefined {
  const origin = headers.get("origin");
  if (origin === null || origin === "") return undefined;
  if (!URL.canParse(origin)) return origin;
  const { host, hostname } = new URL(origin);
  const isOwn = host === headers.get("host")?.toLowerCase() || isNamed(hostname, server) ||
    (isLocal(hostname) && (server.hostname === undefined || isLocal(server.hostname)));
  return isOwn ? undefined : origin;
}

function isNamed(name: string, { hostname, allowedHosts }: ServerNames): boolean {
  return name === hostname?.toLowerCase() || allowedHosts.includes(name);
}

function isLocal(name: string): boolean {
  return /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(name);
}

/** Without the port, and the dot that may end a full name. */
function nameIn(host: string): string {
  return host.trim().toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}
